"""Sizes of the modes that cut something away, worked out by hand from the rules of the language.

Each row: `component  input  scaled  cropped  canvas`, where `-` is a part the mode does not have. The arithmetic stands
above each group: W×H is the input, w×h the box; halves round up, and no side is ever below one pixel.
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
c_crop,dpr_2.0,w_0.5           4000x3000  4000x3000  2000x3000  -
c_crop,dpr_2.0,h_0.25,w_0.5    4000x3000  4000x3000  2000x750   -
c_crop,dpr_2.0,h_300,w_0.5     4000x3000  4000x3000  2000x600   -
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
