"""Gravity by content: what its words mean, and which window it takes.

Tried on pictures with one thing to see; faces are where the test says.
"""

import pytest
import pyvips

from imgproxy.errors import BadCombination, BadParameter, NotSupported
from imgproxy.grammar import parse
from imgproxy.notation.focus import Area, Focus
from imgproxy.notation.gravity import Gravity, Kind
from imgproxy.notation.length import Length, Offset
from imgproxy.operations import _seams as seams
from imgproxy.step import Scene
from imgproxy.values import Face, Size
from tests.test_faces import LEFT, chart, drawn, window

# --- gravity by content ----------------------------------------------------------------------------------------------


def spot(x: int, width: int = 600) -> pyvips.Image:
    """A blue disc with a yellow rim on grey."""
    at = pyvips.Image.xyz(width, 200)
    far = ((at[0] - x) ** 2 + (at[1] - 100) ** 2) ** 0.5
    image = (far < 30).ifthenelse([240, 220, 40], [128, 128, 128])
    image = (far < 22).ifthenelse([20, 40, 200], image)
    return image.cast("uchar").copy(interpretation="srgb").copy_memory()


def seen(text, picture, *found):
    """Left and right edge of a window as high as the picture, by what it shows of the spot."""
    result = drawn(text, *found, picture=picture)
    return (result[2] - result[0] > 100).avg() / 255 * result.width * result.height


WHOLE = 1400  # pixels of the blue disc, nearly


@pytest.mark.parametrize("x", [60, 130, 300, 450, 540])
@pytest.mark.parametrize(
    "text",
    ["c_crop,g_auto,w_200", "c_fill,g_auto:subject,h_200,w_200", "c_auto,g_face:auto,h_200,w_120"],
)
def test_automatic_gravity_shows_what_stands_out(x, text):
    assert seen(text, spot(x)) > WHOLE


def test_a_plain_picture_is_cut_in_the_middle():
    plain = pyvips.Image.black(640, 200, bands=3).copy(interpretation="srgb")
    step = next(parse("c_crop,g_auto,w_200").steps())
    scene = Scene(Size(640, 200))
    step.apply(plain, scene)
    left, top = next(value for value in scene.choices.values() if isinstance(value[0], int))
    assert (left, top) == (220, 0)


FACE_FAR_RIGHT = Face(0.85, 0.3, 0.1, 0.3, 0.9)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("c_crop,g_auto:no_faces,w_200", True),
        ("c_crop,g_auto:none,w_200", True),
        ("c_crop,g_auto:faces_avoid,w_200", True),
        ("c_crop,g_auto,w_200", True),
        ("c_crop,g_auto:aoi_500_50_90_90:aoi_510_60_70_70:no_faces,w_200", False),
        ("c_crop,g_auto:aoi_0.85_0.3_0.1_0.3:aoi_0.85_0.3_0.1_0.3,w_200", False),
    ],
)
def test_what_counts_for_automatic_gravity_has_weights(text, shown):
    """A spot at the left, a face at the right: the spot wins until the face gets company."""
    assert (seen(text, spot(80), FACE_FAR_RIGHT) > WHOLE) is shown


def test_people_are_kept_where_the_rest_is_dull():
    plain = chart(600, 200)
    result = drawn("c_crop,g_auto,w_200", FACE_FAR_RIGHT, picture=plain)
    left, _, right, _ = window(result, (600, 200))
    assert left <= 0.85 * 600
    assert right >= 0.95 * 600 - 5


@pytest.mark.parametrize("size", [(1, 1), (2, 1), (1, 300), (300, 2), (64, 64)])
def test_the_smallest_pictures_have_windows_too(size):
    picture = pyvips.Image.black(*size, bands=4).copy(interpretation="srgb")
    result = drawn("c_fill,g_auto,h_5,w_9", LEFT, picture=picture)
    assert (result.width, result.height) == (9, 5)


# --- grammar ---------------------------------------------------------------------------------------------------------

SPELLINGS = [
    ("auto:faces", Gravity(Kind.AUTO, None), "auto"),
    ("auto:classic:faces_100", Gravity(Kind.AUTO, None), "auto"),
    ("auto:custom:aggr:body:focal", Gravity(Kind.AUTO, None), "auto"),
    ("auto:face", Gravity(Kind.AUTO, None, Focus(largest_only=True)), "auto:face"),
    ("auto:face_80", Gravity(Kind.AUTO, None, Focus(80, largest_only=True)), "auto:face_80"),
    ("auto:faces_avoid", Gravity(Kind.AUTO, None, Focus(-100)), "auto:faces_-100"),
    ("auto:none", Gravity(Kind.AUTO, None, Focus(0)), "auto:no_faces"),
    ("auto:face_0", Gravity(Kind.AUTO, None, Focus(0, largest_only=True)), None),
    ("auto:thirds_0:no_faces", Gravity(Kind.AUTO, None, Focus(0, thirds=0)), "auto:no_faces:thirds_0"),
    (
        "auto:aoi_10_0.5_200_0.25",
        Gravity(
            Kind.AUTO,
            None,
            Focus(areas=(Area(Offset(10), Offset(0.5, True), Length(200), Length(0.25, True)),)),
        ),
        "auto:aoi_10_0.5_200_0.25",
    ),
    ("body", Gravity(Kind.BODY, "north"), "body"),
    ("body:face", Gravity(Kind.BODY, "north"), "body"),
    ("body:auto", Gravity(Kind.BODY, None), "body:auto"),
    ("custom", Gravity(Kind.CUSTOM), "custom"),
    ("liquid", Gravity(Kind.LIQUID), "liquid"),
    ("custom:faces", Gravity(Kind.CUSTOM, "north", faces="faces"), "custom:faces"),
    ("region_!front door!", Gravity(Kind.REGION, region="front door"), "region_!front door!"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value", "canonical"), SPELLINGS)
def test_gravity_has_one_spelling(text, value, canonical):
    assert Gravity.parse(text) == value
    if canonical:
        assert str(value) == canonical
        assert Gravity.parse(canonical) == value


@pytest.mark.parametrize(
    "text",
    "auto:x auto:faces:x auto:face_x auto:face_101 auto:faces_-101 auto:thirds_-1 auto:thirds_101 auto:aoi "
    "auto:aoi_1_2_3 auto:aoi_1_2_0_4 auto:aoi_1_2_3_4_5 auto:facess auto:face_80_70".split(),
)
def test_what_automatic_gravity_cannot_mean(text):
    with pytest.raises(BadParameter, match=r"^Invalid g: .*no_faces, thirds_N or aoi_x_y_w_h"):
        parse(f"c_fill,g_{text},w_9")


@pytest.mark.parametrize(
    "text",
    "cat dog:auto auto:cat auto:car_50 auto:face:dog_avoid adv_face adv_faces adv_eyes ocr_text "
    "clipping_path_!1! custom:adv_face track_person:obj_1".split(),
)
def test_what_only_an_add_on_finds_is_refused_by_name(text):
    with pytest.raises(NotSupported, match=r"^Not supported: g_"):
        parse(f"c_fill,g_{text},w_9")


@pytest.mark.parametrize("text", ["c_crop,g_auto", "c_crop", "c_thumb,g_face", "c_fill,g_faces"])
def test_a_size_is_needed_where_no_face_gives_one(text):
    with pytest.raises(BadCombination, match="needs w, h or ar"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("c_imagga_scale,w_9", "c_fill,g_auto,w_9"),
        ("c_imagga_crop,h_9,w_9", "c_fill,g_auto,h_9,w_9"),
        ("c_imagga_scale,g_north,w_9", "c_fill,g_north,w_9"),
    ],
)
def test_an_add_on_of_old_means_automatic_gravity(text, canonical):
    assert parse(text).canonical() == canonical


# --- liquid ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "path"),
    [
        ([[1.0, 0.0, 1.0]] * 3, [1, 1, 1]),
        ([[0.0, 9.0, 9.0], [9.0, 0.0, 9.0], [9.0, 9.0, 0.0]], [0, 1, 2]),
        ([[0.0, 5.0, 5.0, 5.0], [9.0, 9.0, 9.0, 0.0], [5.0, 5.0, 0.0, 5.0]], [2, 3, 2]),
        ([[3.0]], [0]),
    ],
)
def test_a_seam_is_the_cheapest_path_of_cells_that_touch(rows, path):
    """In the third the cell for nothing at the left is too far from the one at the right."""
    assert seams.seam(rows) == path


def test_every_row_loses_as_many_cells_and_the_dearest_stay():
    rows = [[1.0, 1.0, 9.0, 1.0, 1.0]] * 4
    left = seams.left_over(rows, 3)
    assert all(len(columns) == 2 and 2 in columns for columns in left)


@pytest.mark.parametrize("x", [80, 200, 300, 400, 520])
def test_liquid_scaling_keeps_things_in_shape_where_plain_scaling_squeezes_them(x):
    """Two thirds of the width: a disc would lose a third of its pixels."""
    assert seen("c_scale,h_200,w_400", spot(x)) < 0.72 * WHOLE
    assert seen("c_scale,g_liquid,h_200,w_400", spot(x)) > 0.93 * WHOLE


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("c_scale,g_liquid,w_300", (300, 100)),
        ("c_scale,g_liquid,h_400,w_900", (900, 400)),
        ("c_scale,g_liquid,h_3,w_400", (400, 3)),
        ("c_scale,g_liquid,h_150,w_2", (2, 150)),
        ("g_liquid,h_0.5,w_1.0", (600, 100)),
        ("ar_1:1,g_liquid,w_90", (90, 90)),
    ],
)
def test_liquid_scaling_gives_exactly_the_sides(text, size):
    result = drawn(text, picture=spot(300))
    assert (result.width, result.height) == size


@pytest.mark.parametrize("mode", ["fill", "crop", "thumb", "fit", "pad", "limit"])
def test_liquid_is_for_scaling_alone(mode):
    with pytest.raises(BadCombination, match="g_liquid only goes with c_scale"):
        parse(f"c_{mode},g_liquid,h_20,w_20")
