"""Sizes of the modes that keep the whole picture, worked out by hand from the rules of the language.

Each row: `component  input  scaled  cropped  canvas`, where `-` is a part the mode does not have. The arithmetic stands
above each group: W×H is the input, w×h the box; halves round up, and no side is ever below one pixel.
"""

# One missing side keeps the ratio: 4000×3000 is 4:3, so h = 0.75 w and w = 1.333 h. Two sides stretch.
SCALE = """
c_scale,w_400            4000x3000  400x300    - -
c_scale,w_400            3000x4000  400x533    - -
c_scale,w_500            3000x4000  500x667    - -
c_scale,w_400            1000x1000  400x400    - -
c_scale,w_200            640x480    200x150    - -
c_scale,w_1280           640x480    1280x960   - -
c_scale,h_100            4000x3000  133x100    - -
c_scale,h_200            4000x3000  267x200    - -
c_scale,h_960            640x480    1280x960   - -
c_scale,w_300,h_120      4000x3000  300x120    - -
c_scale,w_300,h_120      100x100    300x120    - -
c_scale,w_640,h_480      640x480    640x480    - -
w_300                    4000x3000  300x225    - -
h_300                    4000x3000  400x300    - -
w_300,h_120              4000x3000  300x120    - -
"""

# Odd sides: 101 × 50/51 = 99.02, 51 × 50/101 = 25.25, 51 × 2/101 = 1.01, 51 × 1/101 = 0.505.
# Halves: 1 × 3/2 = 1.5, 1 × 5/2 = 2.5, 1 × 7/2 = 3.5, 2 × 1/4 = 0.5, 6 × 1/4 = 1.5, 5 × 3/6 = 2.5: all up.
SCALE_ROUNDING = """
c_scale,h_50             101x51     99x50      - -
c_scale,w_50             101x51     50x25      - -
c_scale,w_2              101x51     2x1        - -
c_scale,w_1              101x51     1x1        - -
c_scale,w_1              10000x10   1x1        - -
c_scale,h_1              10000x10   1000x1     - -
c_scale,h_1              10x10000   1x1        - -
c_scale,w_100            1x1        100x100    - -
c_scale,w_3              2x1        3x2        - -
c_scale,w_5              2x1        5x3        - -
c_scale,w_7              2x1        7x4        - -
c_scale,h_3              1x2        2x3        - -
c_scale,h_5              1x2        3x5        - -
c_scale,w_1              4x2        1x1        - -
c_scale,w_1              4x6        1x2        - -
c_scale,w_3              6x5        3x3        - -
"""

# A decimal point makes a fraction of the same side: 0.5 × 4000. 0.5 × 101 = 50.5 → 51, then 51 × 51/101 = 25.75 → 26.
SCALE_FRACTIONS = """
c_scale,w_0.5            4000x3000  2000x1500  - -
c_scale,h_0.25           4000x3000  1000x750   - -
c_scale,w_0.5,h_1.0      4000x3000  2000x3000  - -
c_scale,w_1.0            4000x3000  4000x3000  - -
c_scale,w_1              4000x3000  1x1        - -
c_scale,w_2.0            640x480    1280x960   - -
c_scale,w_.5             640x480    320x240    - -
c_scale,w_0.5            101x51     51x26      - -
c_scale,w_0.5,h_0.5      101x51     51x26      - -
c_scale,w_0.333          1000x1000  333x333    - -
c_scale,w_0.0001         1000x1000  1x1        - -
"""

# With one side the ratio gives the other: 320 × 9/16 = 180, 100 × 9/16 = 56.25, 100 × 2/3 = 66.67, 101 / 2 = 50.5;
# with two it says nothing; alone it is the largest such window of the input: 3000 × 9/16 = 1687.5 → 1688.
SCALE_RATIO = """
ar_1.0,c_scale,w_0.5     4000x3000  2000x2000  - -
ar_16:9,c_scale,w_320    4000x3000  320x180    - -
ar_16:9,c_scale,h_180    4000x3000  320x180    - -
ar_16:9,c_scale,w_100    4000x3000  100x56     - -
ar_3:2,c_scale,w_100     4000x3000  100x67     - -
ar_2:1,c_scale,w_101     4000x3000  101x51     - -
ar_1:2,c_scale,h_101     4000x3000  51x101     - -
ar_16:9,c_scale,w_300,h_300  640x480  300x300  - -
ar_0.5625,c_scale,w_1080 4000x3000  1080x1920  - -
ar_1.7778,c_scale,w_1920 4000x3000  1920x1080  - -
ar_1.333333,c_scale,h_3000  640x480 4000x3000  - -
ar_1:1,c_scale           4000x3000  3000x3000  - -
ar_16:9,c_scale          4000x3000  4000x2250  - -
ar_4:3,c_scale           4000x3000  4000x3000  - -
ar_9:16,c_scale          4000x3000  1688x3000  - -
ar_16:9,w_320            640x480    320x180    - -
"""

# Both sides times the ratio, rounded once: 101 × 1.5 = 151.5 → 152, then 0.75 × 152 = 114; 33 × 1.5 = 49.5 → 50, then
# 37.5 → 38; 202 / 2 = 101 exactly, not 2 × 51. Wherever in the URL the ratio stands.
SCALE_DPR = """
c_scale,dpr_2.0,w_100    4000x3000  200x150    - -
c_scale,h_300/dpr_2.0    4000x3000  800x600    - -
dpr_2.0/c_scale,h_300    4000x3000  800x600    - -
c_scale,dpr_1.5,w_101    4000x3000  152x114    - -
c_scale,dpr_1.5,w_33     4000x3000  50x38      - -
c_scale,dpr_2,w_0.25     4000x3000  2000x1500  - -
ar_16:9,c_scale,dpr_2.0,w_320  4000x3000  640x360  - -
ar_2:1,c_scale,dpr_2.0,w_101   4000x3000  202x101  - -
c_scale,dpr_0.5,h_50,w_100     4000x3000  50x25    - -
c_scale,dpr_0.1,w_1      4000x3000  1x1        - -
dpr_3.0,w_100            640x480    300x225    - -
ar_1:1,c_scale,dpr_2.0   4000x3000  3000x3000  - -
"""

# The smaller of w/W and h/H: 200/4000 = 0.05 against 100/3000 = 0.0333 (× 4000 = 133.3).
FIT = """
c_fit,h_200,w_200        4000x3000  200x150    - -
c_fit,h_200,w_200        3000x4000  150x200    - -
c_fit,h_200,w_200        1000x1000  200x200    - -
c_fit,h_200,w_200        200x200    200x200    - -
c_fit,h_100,w_200        4000x3000  133x100    - -
c_fit,h_1000,w_1000      640x480    1000x750   - -
c_fit,w_1000             640x480    1000x750   - -
c_fit,h_960              640x480    1280x960   - -
c_fit,w_400              4000x3000  400x300    - -
c_fit,h_400              3000x4000  300x400    - -
c_fit,h_0.5,w_0.5        4000x3000  2000x1500  - -
c_fit,w_0.5              4000x3000  2000x1500  - -
c_fit,h_0.1              4000x3000  400x300    - -
c_fit,h_0.1,w_0.5        4000x3000  400x300    - -
"""

# 100/10000 × 10 = 0.1 → 1; 51 × 50/101 = 25.25; 51 × 25/101 = 12.62; 2×1 into 3×3: 1.5 → 3×1.5; into 5×3: 2.5 → 5×2.5;
# into 5×2: 2 → 4×2; 7×5 into 10×7: 1.4 → 9.8×7; 3×2 into 100×67: 33.33 → 100×66.7.
FIT_ROUNDING = """
c_fit,h_100,w_100        10000x10   100x1      - -
c_fit,h_100,w_100        10x10000   1x100      - -
c_fit,h_1,w_1            4000x3000  1x1        - -
c_fit,h_50,w_50          101x51     50x25      - -
c_fit,h_25,w_25          101x51     25x13      - -
c_fit,h_3,w_3            2x1        3x2        - -
c_fit,h_3,w_5            2x1        5x3        - -
c_fit,h_2,w_5            2x1        4x2        - -
c_fit,h_7,w_10           7x5        10x7       - -
c_fit,h_67,w_100         3x2        100x67     - -
"""

# The ratio completes the box first: 320×180 around 3000×4000 is 180/4000 = 0.045 → 135×180; alone, 3000×3000 → 0.75.
FIT_RATIO_AND_DPR = """
ar_1:1,c_fit,w_200       4000x3000  200x150    - -
ar_16:9,c_fit,w_320      3000x4000  135x180    - -
ar_1:1,c_fit             4000x3000  3000x2250  - -
c_fit,dpr_2.0,h_200,w_200    4000x3000  400x300   - -
c_fit,h_200,w_200/dpr_1.5    3000x4000  225x300   - -
c_fit,dpr_2.0,h_600,w_600    640x480    1200x900  - -
ar_1:1,c_fit,dpr_2.0,w_101   1000x1000  202x202   - -
"""

# As fit, but never above 1. 639/640 × 480 = 479.25; 479/480 × 640 = 638.67; 100/480 × 640 = 133.3.
LIMIT = """
c_limit,w_5000           4000x3000  4000x3000  - -
c_limit,h_5000,w_5000    4000x3000  4000x3000  - -
c_limit,w_400            4000x3000  400x300    - -
c_limit,h_200,w_200      4000x3000  200x150    - -
c_limit,h_1000,w_1000    640x480    640x480    - -
c_limit,w_640            640x480    640x480    - -
c_limit,w_639            640x480    639x479    - -
c_limit,h_479            640x480    639x479    - -
c_limit,h_240,w_1000     640x480    320x240    - -
c_limit,h_1000,w_320     640x480    320x240    - -
c_limit,h_100,w_800      640x480    133x100    - -
c_limit,w_100            1x1        1x1        - -
c_limit,w_1000           10000x10   1000x1     - -
c_limit,h_5              10000x10   5000x5     - -
c_limit,h_20,w_20000     10000x10   10000x10   - -
c_limit,w_1.0            640x480    640x480    - -
c_limit,w_2.0            640x480    640x480    - -
ar_1:1,c_limit,w_300     640x480    300x225    - -
ar_16:9,c_limit,h_1080   1920x1080  1920x1080  - -
ar_1:1,c_limit           640x480    480x360    - -
"""

# The box grows with the ratio, the picture stays within itself: 400 × 2 = 800 > 640. 300 × 1.5 = 450 → 337.5 → 338.
LIMIT_DPR = """
c_limit,dpr_2.0,w_300    640x480    600x450    - -
c_limit,dpr_2.0,w_320    640x480    640x480    - -
c_limit,dpr_2.0,w_321    640x480    640x480    - -
c_limit,dpr_2.0,w_400    640x480    640x480    - -
c_limit,w_960/dpr_2.0    4000x3000  1920x1440  - -
c_limit,dpr_1.5,w_300    4000x3000  450x338    - -
c_limit,dpr_2.0,w_0.5    640x480    640x480    - -
c_limit,dpr_3.0,w_0.5    640x480    640x480    - -
"""

# As fit, but never below 1: the whole picture must be too small. 641/640 × 480 = 480.75; 102/101 × 51 = 51.505.
MFIT = """
c_mfit,h_1000,w_1000     640x480    1000x750   - -
c_mfit,h_240,w_320       640x480    640x480    - -
c_mfit,h_480,w_640       640x480    640x480    - -
c_mfit,h_100,w_1000      640x480    640x480    - -
c_mfit,h_1000,w_100      640x480    640x480    - -
c_mfit,w_1000            640x480    1000x750   - -
c_mfit,w_100             640x480    640x480    - -
c_mfit,h_960             640x480    1280x960   - -
c_mfit,w_641             640x480    641x481    - -
c_mfit,h_102,w_102       101x51     102x52     - -
c_mfit,h_1500,w_2000     1000x1000  1500x1500  - -
c_mfit,w_10              1x1        10x10      - -
c_mfit,w_1.5             640x480    960x720    - -
ar_1:1,c_mfit,w_700      640x480    700x525    - -
c_mfit,dpr_2.0,w_400     640x480    800x600    - -
c_mfit,dpr_2.0,w_300     640x480    640x480    - -
"""

# As fit, then a canvas of the box; one side keeps the ratio. 25/101 × 51 = 12.62.
PAD = """
c_pad,h_300,w_300        4000x3000  300x225    -  300x300
c_pad,h_300,w_300        3000x4000  225x300    -  300x300
c_pad,h_200,w_300        1000x1000  200x200    -  300x200
c_pad,h_1000,w_1000      640x480    1000x750   -  1000x1000
c_pad,h_480,w_640        640x480    640x480    -  640x480
c_pad,h_480,w_1280       640x480    640x480    -  1280x480
b_white,c_pad,g_north,h_300,w_300  4000x3000  300x225  -  300x300
c_pad,w_400              4000x3000  400x300    -  400x300
c_pad,h_400              3000x4000  300x400    -  300x400
c_pad,h_100,w_100        10000x10   100x1      -  100x100
c_pad,h_50,w_50          101x51     50x25      -  50x50
c_pad,w_25               101x51     25x13      -  25x13
c_pad,h_1,w_100          4000x3000  1x1        -  100x1
c_pad,h_1.0,w_0.5        4000x3000  2000x1500  -  2000x3000
c_pad,dpr_2.0,h_300,w_300    4000x3000  600x450    -  600x600
c_pad,h_500,w_500/dpr_3.0    640x480    1500x1125  -  1500x1500
"""

# With one side as ever: 180/3000 × 4000 = 240. Alone: nothing is scaled or lost, the canvas is the smallest of that ratio
# around the picture: 3000 × 16/9 = 5333.3, 101 / 1.5 = 67.3.
PAD_RATIO = """
ar_1:1,c_pad,w_300       4000x3000  300x225    -  300x300
ar_16:9,c_pad,w_320      4000x3000  240x180    -  320x180
ar_16:9,c_pad,h_180      3000x4000  135x180    -  320x180
ar_1:1,c_pad             4000x3000  4000x3000  -  4000x4000
ar_1:1,c_pad             3000x4000  3000x4000  -  4000x4000
ar_16:9,c_pad            4000x3000  4000x3000  -  5333x3000
ar_4:3,c_pad             4000x3000  4000x3000  -  4000x3000
ar_2:1,c_pad             1000x1000  1000x1000  -  2000x1000
ar_1.5,c_pad             101x51     101x51     -  101x67
"""

# As limit, then a canvas of the box, however large that is.
LPAD = """
c_lpad,h_300,w_300       4000x3000  300x225    -  300x300
c_lpad,h_1000,w_1000     640x480    640x480    -  1000x1000
c_lpad,h_240,w_1000      640x480    320x240    -  1000x240
c_lpad,h_1000,w_320      640x480    320x240    -  320x1000
c_lpad,h_640,w_640       640x480    640x480    -  640x640
c_lpad,w_800             640x480    640x480    -  800x600
c_lpad,h_600             640x480    640x480    -  800x600
c_lpad,w_320             640x480    320x240    -  320x240
c_lpad,h_50,w_50         101x51     50x25      -  50x50
c_lpad,h_10,w_10         1x1        1x1        -  10x10
c_lpad,dpr_2.0,h_400,w_400   640x480  640x480  -  800x800
c_lpad,dpr_2.0,h_200,w_200   640x480  400x300  -  400x400
ar_1:1,c_lpad,w_800      640x480    640x480    -  800x800
ar_1:1,c_lpad            640x480    640x480    -  640x640
"""

# Never scaled: a canvas of the larger side each way. One side keeps the ratio, as in every padding mode.
# 800 × 9/16 = 450 is below 480; 480 × 16/9 = 853.3.
MPAD = """
c_mpad,h_1000,w_1000     640x480    640x480    -  1000x1000
c_mpad,h_240,w_320       640x480    640x480    -  640x480
c_mpad,h_240,w_1000      640x480    640x480    -  1000x480
c_mpad,h_1000,w_320      640x480    640x480    -  640x1000
c_mpad,w_1000            640x480    640x480    -  1000x750
c_mpad,h_600             640x480    640x480    -  800x600
c_mpad,w_320             640x480    640x480    -  640x480
c_mpad,dpr_2.0,h_400,w_400   640x480  640x480  -  800x800
c_mpad,dpr_2.0,h_200,w_200   640x480  640x480  -  640x480
c_mpad,h_1.0,w_1.5       640x480    640x480    -  960x480
ar_1:1,c_mpad,w_800      640x480    640x480    -  800x800
ar_16:9,c_mpad,w_800     640x480    640x480    -  800x480
ar_1:1,c_mpad            640x480    640x480    -  640x640
ar_16:9,c_mpad           640x480    640x480    -  853x480
"""

# Covered as fill does, but a side at most twice the box's; then seams down to the box.
# 400/4000 = 0.1 against 400/3000 = 0.1333: 533×400. 100/3000 = 0.0333: 133×100, and 133 > 2 × 50.
LIQUID = """
c_scale,g_liquid,h_400,w_400   4000x3000  533x400    400x400    -
c_scale,g_liquid,h_300,w_400   4000x3000  400x300    400x300    -
c_scale,g_liquid,w_400         4000x3000  400x300    400x300    -
c_scale,g_liquid,h_100,w_50    4000x3000  100x100    50x100     -
c_scale,g_liquid,h_960,w_640   640x480    1280x960   640x960    -
"""
