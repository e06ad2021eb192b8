"""Sizes and places, worked out by hand from the rules of the language, through text, step and arithmetic together.

Each row: `component  input  scaled  cropped  canvas`, where `-` is a part the mode does not have. The arithmetic stands
above each group: W×H is the input, w×h the box; halves round up, and no side is ever below one pixel.
"""

import pytest

from imgproxy import geometry
from imgproxy.errors import BadCombination, ImageError, LimitExceeded
from imgproxy.geometry import window
from imgproxy.grammar import parse
from imgproxy.operations._resize import Resize
from imgproxy.step import Scene
from imgproxy.values import Size

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

# The larger of w/W and h/H, then cut: 400/4000 = 0.1 against 400/3000 = 0.1333 (× 4000 = 533.3).
FILL = """
c_fill,h_300,w_400       4000x3000  400x300    400x300    -
c_fill,h_400,w_400       4000x3000  533x400    400x400    -
c_fill,h_400,w_300       4000x3000  533x400    300x400    -
c_fill,h_200,w_400       4000x3000  400x300    400x200    -
c_fill,h_300,w_400       3000x4000  400x533    400x300    -
c_fill,h_100,w_100       3000x4000  100x133    100x100    -
c_fill,h_100,w_200       1000x1000  200x200    200x100    -
c_fill,h_200,w_100       1000x1000  200x200    100x200    -
c_fill,h_1000,w_1000     640x480    1333x1000  1000x1000  -
c_fill,h_480,w_640       640x480    640x480    640x480    -
c_fill,h_480,w_1280      640x480    1280x960   1280x480   -
c_fill,h_627,w_1200      1920x1080  1200x675   1200x627   -
c_fill,w_100             640x480    100x75     100x75     -
c_fill,h_960             640x480    1280x960   1280x960   -
c_fill,g_north,h_440,w_440   4000x3000  587x440  440x440  -
c_fill,g_auto,h_300,w_400    3000x4000  400x533  400x300  -
c_fill,h_0.5,w_0.5       4000x3000  2000x1500  2000x1500  -
c_fill,h_1.0,w_0.5       4000x3000  4000x3000  2000x3000  -
c_fill,h_300,w_0.25      4000x3000  1000x750   1000x300   -
"""

# 50/51 × 101 = 99.02; 100/101 × 51 = 50.495; 100/10 = 10 → 100000 wide; 1/3000 × 4000 = 1.33; 2/3000 × 4000 = 2.67;
# 4/3000 × 4000 = 5.33. One side: the box is 150 × 112.5 → 113, so 113/3000 × 4000 = 150.67 → 151 covers it.
FILL_ROUNDING = """
c_fill,h_50,w_50         101x51     99x50      50x50      -
c_fill,h_25,w_100        101x51     100x50     100x25     -
c_fill,h_50,w_99         101x51     99x50      99x50      -
c_fill,h_100,w_100       10000x10   100000x100 100x100    -
c_fill,h_5,w_5           10x10000   5x5000     5x5        -
c_fill,h_20,w_30         1x1        30x30      30x20      -
c_fill,h_1,w_1           4000x3000  1x1        1x1        -
c_fill,h_2,w_2           4000x3000  3x2        2x2        -
c_fill,h_4,w_3           4000x3000  5x4        3x4        -
c_fill,w_150             4000x3000  151x113    150x113    -
"""

# The ratio completes the box: 300×300, 320×180 (320/3000 × 4000 = 426.7), 100×33; 66×99: 99/3000 × 4000 = 132.
# Alone: the largest such window, so nothing is scaled: 4000 × 9/16 = 2250, 3000 × 9/16 = 1687.5, 51 × 1.5 = 76.5,
# 10 × 9/16 = 5.6.
FILL_RATIO = """
ar_1:1,c_fill,w_300      4000x3000  400x300    300x300    -
ar_16:9,c_fill,w_320     4000x3000  320x240    320x180    -
ar_16:9,c_fill,h_180     4000x3000  320x240    320x180    -
ar_16:9,c_fill,w_320     3000x4000  320x427    320x180    -
ar_1:1,c_fill,h_200,w_300    4000x3000  300x225  300x200  -
ar_2:3,c_fill,h_99       4000x3000  132x99     66x99      -
ar_3:1,c_fill,w_100      4000x3000  100x75     100x33     -
ar_1:1,c_fill            4000x3000  4000x3000  3000x3000  -
ar_16:9,c_fill           4000x3000  4000x3000  4000x2250  -
ar_16:9,c_fill           3000x4000  3000x4000  3000x1688  -
ar_4:3,c_fill            1000x1000  1000x1000  1000x750   -
ar_4:3,c_fill            640x480    640x480    640x480    -
ar_1.5,c_fill            101x51     101x51     77x51      -
ar_1:1,c_fill            10000x10   10000x10   10x10      -
ar_16:9,c_fill           10x10000   10x10000   10x6       -
"""

# 75 × 1.5 = 112.5 → 113, as above; 640/3000 × 4000 = 853.3; a ratio alone has no side to multiply.
FILL_DPR = """
c_fill,dpr_2.0,h_200,w_200   4000x3000  533x400  400x400  -
c_fill,h_75,w_100/dpr_1.5    4000x3000  151x113  150x113  -
c_fill,dpr_3.0,w_200         4000x3000  600x450  600x450  -
c_fill,dpr_2.0,h_300,w_400   640x480    800x600  800x600  -
ar_16:9,c_fill,dpr_2.0,w_320 3000x4000  640x853  640x360  -
ar_1:1,c_fill,dpr_2.0        4000x3000  4000x3000  3000x3000  -
"""

# By the sizes c_auto is a fill.
AUTO = """
c_auto,g_auto,h_300,w_400    4000x3000  400x300    400x300    -
c_auto,g_auto,h_400,w_400    4000x3000  533x400    400x400    -
c_auto,g_auto,h_1000,w_1000  640x480    1333x1000  1000x1000  -
ar_16:9,c_auto,g_auto,w_320  3000x4000  320x427    320x180    -
ar_1:1,c_auto,g_auto         4000x3000  4000x3000  3000x3000  -
c_auto,dpr_2.0,g_auto,h_200,w_200  4000x3000  533x400  400x400  -
c_auto,g_auto,w_200          640x480    200x150    200x150    -
"""

# Where the input covers the box in both directions a fill; anywhere else it is not resized, and only what sticks out of
# the box is cut.
LFILL = """
c_lfill,h_300,w_400      4000x3000  400x300    400x300    -
c_lfill,h_400,w_400      4000x3000  533x400    400x400    -
c_lfill,h_3000,w_4000    4000x3000  4000x3000  4000x3000  -
c_lfill,h_50,w_50        101x51     99x50      50x50      -
c_lfill,h_1000,w_1000    640x480    640x480    640x480    -
c_lfill,h_480,w_640      640x480    640x480    640x480    -
c_lfill,h_480,w_641      640x480    640x480    640x480    -
c_lfill,h_100,w_1000     640x480    640x480    640x100    -
c_lfill,h_1000,w_100     640x480    640x480    100x480    -
c_lfill,h_100,w_640      640x480    640x480    640x100    -
c_lfill,h_3000,w_200     4000x3000  4000x3000  200x3000   -
c_lfill,h_10,w_10        1x1        1x1        1x1        -
c_lfill,w_5000           4000x3000  4000x3000  4000x3000  -
c_lfill,w_400            4000x3000  400x300    400x300    -
c_lfill,h_960            640x480    640x480    640x480    -
c_lfill,h_240            640x480    320x240    320x240    -
c_lfill,h_0.5,w_0.5      640x480    320x240    320x240    -
c_lfill,h_0.5,w_2.0      640x480    640x480    640x240    -
"""

# 800×400 out of 640×480 is wider than it, so 640×400; 400×400: 400/480 × 640 = 533.3. 300×300: 300/480 × 640 = 400.
LFILL_RATIO_AND_DPR = """
c_lfill,dpr_2.0,h_400,w_400  640x480  640x480  640x480  -
c_lfill,dpr_2.0,h_200,w_200  640x480  533x400  400x400  -
c_lfill,dpr_2.0,h_200,w_400  640x480  640x480  640x400  -
ar_1:1,c_lfill,w_300     640x480    400x300    300x300    -
ar_1:1,c_lfill,w_500     640x480    640x480    500x480    -
ar_16:9,c_lfill,w_1280   640x480    640x480    640x480    -
ar_1:1,c_lfill           640x480    640x480    480x480    -
ar_16:9,c_lfill          640x480    640x480    640x360    -
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

# Between fit and fill: at most 4/3 of fit, so at most a quarter of a side is cut; what is missing is canvas.
# 1000² into 400×100: fill 0.4, fit 0.1, so 0.1333 → 133². 4000×3000 into 400×100: 4/3 × 0.0333 = 0.0444 → 177.8×133.3.
FILL_PAD = """
c_fill_pad,g_auto,h_300,w_400    4000x3000  400x300    400x300    400x300
c_fill_pad,g_auto,h_300,w_300    4000x3000  400x300    300x300    300x300
c_fill_pad,g_auto,h_100,w_400    4000x3000  178x133    178x100    400x100
c_fill_pad,g_auto,h_100,w_400    1000x1000  133x133    133x100    400x100
c_fill_pad,g_auto,h_400,w_100    1000x1000  133x133    100x133    100x400
c_fill_pad,g_auto,h_100,w_120    1000x1000  120x120    120x100    120x100
c_fill_pad,g_auto,h_300,w_400    1000x1000  400x400    400x300    400x300
c_fill_pad,g_auto,h_300,w_300    3000x4000  300x400    300x300    300x300
c_fill_pad,g_auto,h_300,w_400    3000x4000  300x400    300x300    400x300
c_fill_pad,g_auto,h_1000,w_1000  640x480    1333x1000  1000x1000  1000x1000
c_fill_pad,g_auto,w_1000         640x480    1000x750   1000x750   1000x750
c_fill_pad,g_auto,h_100,w_100    10000x10   133x1      100x1      100x100
ar_2:1,c_fill_pad,g_auto,w_200   1000x1000  133x133    133x100    200x100
ar_2:1,c_fill_pad,dpr_2.0,g_auto,w_200  1000x1000  267x267  267x200  400x200
ar_2:1,c_fill_pad,g_auto         1000x1000  667x667    667x500    1000x500
c_auto_pad,g_auto,h_100,w_400    1000x1000  133x133    133x100    400x100
c_auto_pad,g_auto,h_300,w_400    4000x3000  400x300    400x300    400x300
"""

# A window of the unscaled input; a missing side is the input's; the window ends where the input does.
# 0.5 × 101 = 50.5 → 51, 0.5 × 51 = 25.5 → 26; 101 × 1.5 = 151.5 → 152, 51 × 1.5 = 76.5 → 77.
CROP = """
c_crop,h_300,w_400       4000x3000  4000x3000  400x300    -
c_crop,w_400             4000x3000  4000x3000  400x3000   -
c_crop,h_300             4000x3000  4000x3000  4000x300   -
c_crop,h_5000,w_5000     4000x3000  4000x3000  4000x3000  -
c_crop,h_100,w_5000      4000x3000  4000x3000  4000x100   -
c_crop,h_300,w_400,x_10,y_20  4000x3000  4000x3000  400x300  -
c_crop,g_south_east,h_300,w_400  4000x3000  4000x3000  400x300  -
c_crop,w_0.5             4000x3000  4000x3000  2000x3000  -
c_crop,h_0.5,w_0.5       4000x3000  4000x3000  2000x1500  -
c_crop,h_1.0,w_1.0       4000x3000  4000x3000  4000x3000  -
c_crop,h_1,w_1           4000x3000  4000x3000  1x1        -
c_crop,h_0.5,w_0.5       101x51     101x51     51x26      -
c_crop,h_10,w_10         1x1        1x1        1x1        -
ar_1:1,c_crop,w_100      4000x3000  4000x3000  100x100    -
ar_16:9,c_crop,w_320     4000x3000  4000x3000  320x180    -
ar_16:9,c_crop,w_8000    4000x3000  4000x3000  4000x3000  -
ar_1:1,c_crop            4000x3000  4000x3000  3000x3000  -
ar_16:9,c_crop           4000x3000  4000x3000  4000x2250  -
ar_16:9,c_crop           3000x4000  3000x4000  3000x1688  -
ar_2:3,c_crop            4000x3000  4000x3000  2000x3000  -
ar_1.5,c_crop            101x51     101x51     77x51      -
c_crop,dpr_2.0,h_300,w_400     4000x3000  4000x3000  800x600    -
c_crop,dpr_2.0,h_2000,w_3000   4000x3000  4000x3000  4000x3000  -
c_crop,dpr_1.5,h_51,w_101      4000x3000  4000x3000  152x77     -
"""

# As fill, closer by the zoom, never wider than fill: 150/3000 = 0.05, × 1.5 = 0.075, × 2 = 0.1; 1000/480 × 2 = 4.1667.
THUMB = """
c_thumb,h_150,w_150      4000x3000  200x150    150x150    -
c_thumb,g_face,h_150,w_150       4000x3000  200x150  150x150  -
c_thumb,h_150,w_150,z_0.7        4000x3000  200x150  150x150  -
c_thumb,h_150,w_150,z_1.5        4000x3000  300x225  150x150  -
c_thumb,h_150,w_150,z_2          4000x3000  400x300  150x150  -
c_thumb,h_1000,w_1000,z_2.0      640x480    2667x2000  1000x1000  -
c_thumb,dpr_2.0,h_150,w_150,z_2  4000x3000  800x600  300x300  -
ar_1:1,c_thumb,w_150     4000x3000  200x150    150x150    -
ar_1:1,c_thumb           4000x3000  4000x3000  3000x3000  -
c_thumb,w_200            640x480    200x150    200x150    -
"""

TABLES = [text for name, text in dict(globals()).items() if name.isupper()]
ROWS = [line.split() for table in TABLES for line in table.strip().splitlines()]


def size(text):
    return None if text == "-" else Size(*map(int, text.split("x")))


def planned(text, outer, max_pixels=25_000_000):
    """The step that the text means, and its plan for that input."""
    transformation = parse(text)
    scene = Scene(outer, transformation.output().dpr, max_pixels)
    [step] = [step for step in transformation.steps() if isinstance(step, Resize)]
    return step, step.plan(outer, scene)


@pytest.mark.parametrize(
    ("text", "outer", "scaled", "cropped", "canvas"), ROWS, ids=map(" ".join, ROWS)
)
def test_sizes(text, outer, scaled, cropped, canvas):
    _, plan = planned(text, size(outer))
    assert tuple(plan) == (size(scaled), size(cropped), size(canvas))


def test_the_table_is_as_long_as_was_promised_and_says_nothing_twice():
    keys = [tuple(row[:2]) for row in ROWS]
    assert len(keys) >= 300
    assert len(keys) == len(set(keys))


def test_the_result_is_the_last_part_there_is():
    part = Size(1, 1), Size(2, 2), Size(3, 3)
    assert geometry.Plan(*part).result == part[2]
    assert geometry.Plan(*part[:2]).result == part[1]
    assert geometry.Plan(part[0]).result == part[0]


# --- chains --------------------------------------------------------------------------------------------------------

CHAINS = """
c_scale,w_0.5/c_scale,w_0.5                      4000x3000  1000x750
c_crop,h_0.5,w_0.5/c_scale,w_0.5                 4000x3000  1000x750
c_auto,g_auto,h_300,w_400/c_limit,w_200          3000x4000  200x150
c_fill,h_627,w_1200/c_limit,w_1200               640x480    1200x627
c_crop,h_1000,w_1000/c_fit,h_50,w_100            4000x3000  50x50
c_scale,w_100/c_pad,h_100,w_100/c_crop,w_10      4000x3000  10x100
c_limit,w_800/dpr_2.0                            4000x3000  1600x1200
c_fill,h_100,w_100/c_crop,h_50,w_50/dpr_2.0      4000x3000  100x100
"""


@pytest.mark.parametrize(
    ("text", "outer", "result"), [line.split() for line in CHAINS.strip().splitlines()]
)
def test_each_component_works_on_what_the_one_before_left(text, outer, result):
    transformation = parse(text)
    now = size(outer)
    for step in transformation.steps():
        assert isinstance(step, Resize)
        now = step.plan(now, Scene(size(outer), transformation.output().dpr)).result
    assert now == size(result)


# --- places --------------------------------------------------------------------------------------------------------

# 400×300 out of 1000×800 leaves 600×500 free; half of it is 300×250. Positive moves go to the interior.
WINDOWS = """
north_west  1000x800  400x300   0,0      0,0
north       1000x800  400x300   0,0      300,0
north_east  1000x800  400x300   0,0      600,0
west        1000x800  400x300   0,0      0,250
center      1000x800  400x300   0,0      300,250
east        1000x800  400x300   0,0      600,250
south_west  1000x800  400x300   0,0      0,500
south       1000x800  400x300   0,0      300,500
south_east  1000x800  400x300   0,0      600,500
north_west  1000x800  400x300   10,20    10,20
north       1000x800  400x300   10,20    310,20
north_east  1000x800  400x300   10,20    590,20
west        1000x800  400x300   10,20    10,270
center      1000x800  400x300   10,20    310,270
east        1000x800  400x300   10,20    590,270
south_west  1000x800  400x300   10,20    10,480
south       1000x800  400x300   10,20    310,480
south_east  1000x800  400x300   10,20    590,480
center      1000x800  400x300   -10,-20  290,230
south_east  1000x800  400x300   -10,-20  610,520
north_west  1000x800  400x300   -10,-20  -10,-20
center      101x51    100x50    0,0      1,1
center      103x53    100x50    0,0      2,2
center      100x50    101x51    0,0      0,0
center      100x50    103x53    0,0      -1,-1
south_east  100x50    103x53    0,0      -3,-3
center      100x100   100x100   0,0      0,0
"""


@pytest.mark.parametrize(
    ("point", "outer", "inner", "shift", "corner"),
    [line.split() for line in WINDOWS.strip().splitlines()],
)
def test_windows(point, outer, inner, shift, corner):
    step, _ = planned(f"c_crop,w_1,h_1,g_{point}", Size(9, 9))
    across, down = map(int, shift.split(","))
    found = window(size(outer), size(inner), step.gravity.anchor, (across, down))
    assert ",".join(map(str, found)) == corner


# 400×300 asked of 1000×800: left, top, right, bottom on the picture. Offsets in fractions are of the picture's side.
CORNERS = """
c_crop,h_300,w_400                         300,250,700,550
c_crop,h_300,w_400,x_0                     0,0,400,300
c_crop,h_300,w_400,x_10                    10,0,410,300
c_crop,h_300,w_400,y_20                    0,20,400,320
c_crop,h_300,w_400,x_10,y_20               10,20,410,320
c_crop,g_center,h_300,w_400,x_10,y_20      310,270,710,570
c_crop,g_south_east,h_300,w_400,x_10,y_20  590,480,990,780
c_crop,g_south_east,h_300,w_400,x_10,y_-20 590,520,990,800
c_crop,h_300,w_400,x_0.5,y_0.25            500,200,900,500
c_crop,h_300,w_400,x_-100,y_-50            0,0,300,250
c_crop,h_300,w_400,x_900,y_700             900,700,1000,800
c_crop,g_xy_center,h_300,w_400,x_500,y_400 300,250,700,550
c_crop,g_xy_center,h_300,w_400,x_0,y_0     0,0,200,150
c_crop,g_xy_center,h_300,w_400,x_0.5,y_0.5 300,250,700,550
c_crop,dpr_2.0,h_300,w_400,x_10,y_20       20,40,820,640
"""


@pytest.mark.parametrize(
    ("text", "expected"), [line.split() for line in CORNERS.strip().splitlines()]
)
def test_a_crop_window_is_where_it_is_asked_and_ends_with_the_picture(text, expected):
    assert ",".join(map(str, bounds(text, Size(1000, 800)))) == expected


# 1000×800 scaled for 400×400 is 500×400: 100 columns to spare, none of the rows; the window is pushed back inside.
PUSHED = """
c_fill,h_400,w_400                  50,0,450,400
c_fill,g_west,h_400,w_400           0,0,400,400
c_fill,g_east,h_400,w_400           100,0,500,400
c_fill,g_west,h_400,w_400,x_30      30,0,430,400
c_fill,g_east,h_400,w_400,x_30      70,0,470,400
c_fill,g_west,h_400,w_400,x_300     100,0,500,400
c_fill,g_west,h_400,w_400,x_-30     0,0,400,400
c_fill,g_north,h_400,w_400,y_90     50,0,450,400
c_lfill,g_south_east,h_400,w_400    100,0,500,400
c_thumb,g_west,h_400,w_400,z_2      0,200,400,600
c_thumb,g_face,h_400,w_400,z_2      300,0,700,400
c_thumb,g_face:center,h_400,w_400,z_2  300,200,700,600
"""


@pytest.mark.parametrize(
    ("text", "expected"), [line.split() for line in PUSHED.strip().splitlines()]
)
def test_a_filling_window_keeps_its_size_inside_the_picture(text, expected):
    assert ",".join(map(str, bounds(text, Size(1000, 800)))) == expected


def bounds(text, outer):
    """Left, top, right, bottom of the window in the scaled picture."""
    step, plan = planned(text, outer)
    scene = Scene(outer, parse(text).output().dpr)
    image = plan.scaled  # has the width and height that the place depends on
    corner = step._corner(image, plan.cropped, scene)
    return step.bounded(plan.scaled, plan.cropped, *corner)


# --- refusals ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["c_crop,h_300,w_400,x_1000", "c_crop,h_9,w_9,x_0,y_-9"])
def test_a_crop_window_beside_the_picture_is_refused(text):
    with pytest.raises(BadCombination, match="put the window outside the 1000×800 picture"):
        bounds(text, Size(1000, 800))


@pytest.mark.parametrize(
    ("text", "outer", "came"),
    [
        ("c_scale,w_10000", Size(4000, 3000), "10000×7500"),
        ("c_pad,h_6000,w_6000", Size(10, 10), "6000×6000"),
        ("c_mpad,h_6000,w_6000", Size(10, 10), "6000×6000"),
        ("c_fill,h_5000,w_1", Size(10000, 1), "50000000×5000"),
        ("c_limit,w_9000", Size(6000, 5000), "6000×5000"),
    ],
)
def test_more_pixels_than_allowed_are_refused_before_they_are_made(text, outer, came):
    with pytest.raises(LimitExceeded) as caught:
        planned(text, outer)
    assert caught.value.args == ("the answer in pixels", came, 25_000_000)


@pytest.mark.parametrize("text", ["c_crop,h_300,w_400", "c_lfill,h_300,w_4000", "c_limit,w_400"])
def test_an_original_larger_than_any_answer_may_be_cut_and_shrunk(text):
    planned(text, Size(8000, 6000))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("c_fill", "Invalid combination: c_fill needs w, h or ar"),
        ("c_crop,x_10,y_10", "Invalid combination: c_crop needs w, h or ar"),
        ("c_scale,w_0", "Invalid w: '0', expected pixels of at least 1, or a fraction such as 0.5"),
    ],
)
def test_a_box_is_needed(text, sentence):
    with pytest.raises(ImageError) as caught:
        parse(text)
    assert str(caught.value) == sentence
