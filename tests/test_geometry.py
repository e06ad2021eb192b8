"""Sizes and places, worked out by hand from the rules of the language, through text, step and arithmetic together.

The tables of sizes are in `sizes_whole` and `sizes_cut`.
"""

import pytest

from imgproxy import geometry
from imgproxy.errors import BadCombination, ImageError, LimitExceeded
from imgproxy.geometry import window
from imgproxy.grammar import parse
from imgproxy.operations._resize import Resize
from imgproxy.step import Scene
from imgproxy.values import Size
from tests import sizes_cut, sizes_whole
from tests.goldens import draw, photo, same

TABLES = [
    table
    for module in (sizes_whole, sizes_cut)
    for name, table in vars(module).items()
    if name.isupper()
]
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
    assert plan == (size(scaled), size(cropped), size(canvas), None)


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


# --- density -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "c_crop,g_west,w_0.5",
        "c_crop,h_0.5,w_0.25,x_0.5,y_0.5",
        "e_blur_region:900,h_0.5,w_0.5",
        "e_pixelate_region:9,h_0.5,w_0.5,y_0.25",
        "l_sample/c_scale,fl_relative,h_0.5,w_0.5/fl_layer_apply",
    ],
)
def test_a_fraction_that_names_a_part_stays_that_part_at_any_density(text):
    sharp, plain = (draw(photo(), parse(each)) for each in (f"{text}/dpr_2.0", text))
    assert same(sharp, plain)
