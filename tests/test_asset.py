"""What is stored about an original: how it is read, which texts ask for it, and what they make of it."""

import msgspec
import pytest
import pyvips

from imgproxy import asset
from imgproxy.asset import AssetData
from imgproxy.errors import BadParameter, OriginFailed
from imgproxy.grammar import parse
from imgproxy.render.interpret import Scope, lead, walk
from imgproxy.step import Output, Scene
from imgproxy.values import Face, Size, Source
from tests.goldens import badge, framed, plain, same

STORED = AssetData(
    tags=("sale", "garden"),
    context={"caption": "Villa", "trick": "$(five)"},
    metadata={"rooms": 7, "styles": ("old", "white")},
    regions={"door": (60, 20, 30, 40), "roof": (90, 0, 30, 10)},
    custom=(10, 50, 40, 20),
)

# --- the file ----------------------------------------------------------------------------------------------------------


def test_all_of_it_may_be_left_out():
    assert asset.read(b"{}") == asset.NOTHING


def test_what_is_written_is_read():
    assert asset.read(msgspec.json.encode(STORED)) == STORED


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "truncated"),
        (b"[]", "Expected `object`"),
        (b'{"tag": ["sale"]}', "unknown field `tag`"),
        (b'{"tags": "sale"}', r"Expected `array`.*\$\.tags"),
        (b'{"tags": ["\xff"]}', "cannot be read"),
        (b'{"custom": [0, 0, 0, 9]}', r"> 0.*\$\.custom"),
        (b'{"custom": [0, 0, 9]}', r"length 4.*\$\.custom"),
        (b'{"regions": {"a/b": [0, 0, 1, 1]}}', "regex"),
        (b'{"metadata": {"rooms": 1e300}}', r"<= 1000000000000.*\$\.metadata"),
        (b'{"context": {"caption": "%s"}}' % (b"x" * 70_000), "more than 65536 bytes"),
    ],
)
def test_a_broken_file_is_told_with_what_is_wrong(data, told):
    with pytest.raises(OriginFailed, match=rf"its \.asset\.json .*{told}"):
        asset.read(data)


@pytest.mark.parametrize(
    ("source", "beside"),
    [
        (Source("upload", "houses/villa", "jpg", 3), Source("upload", "houses/villa.asset.json")),
        (Source("private", "my.photo"), Source("private", "my.photo.asset.json")),
        (Source("fetch", "https://example.com/a.jpg"), None),
    ],
)
def test_it_lies_beside_the_original_under_its_public_id(source, beside):
    assert asset.beside(source) == beside


# --- which texts ask for it --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "c_crop,g_custom",
        "c_fill,g_custom:face,w_9",
        "c_fill,g_region_!door!,w_9",
        "if_!sale!_in_tags/e_grayscale/if_end",
        "if_w_gt_3/if_ctx:!a!_eq_!b!/e_sepia/if_end/if_end",
        "if_w_gt_3/c_crop,g_custom/if_end",
        "$c_ctx:!caption!/l_text:Arial_20:$(c)/fl_layer_apply",
        "$r_md:!rooms!_to_i_mul_10/w_$r",
        "$n_ctx:!where!/c_fill,g_$n,w_9",
        "l_logo/fl_layer_apply,g_region_!door!",
        "l_logo/fl_layer_apply,fl_region_relative,g_custom",
    ],
)
def test_these_need_it(text):
    assert parse(text).asks_asset()
    assert parse(parse(text).canonical()).asks_asset()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "w_300",
        "c_fill,g_auto:custom,w_9",
        "c_fill,g_face,w_9",
        "if_w_gt_3/e_sepia/if_end",
        "$x_iw_div_2/c_fill,w_$x",
        "l_logo/fl_layer_apply,fl_region_relative,g_faces",
        "l_text:Arial_20:tags/fl_layer_apply",
        "$c_ctx:!caption!/e_sepia",
    ],
)
def test_these_do_not(text):
    assert not parse(text).asks_asset()


# --- what they make of it ----------------------------------------------------------------------------------------------


def drawn(text, picture=None, stored=STORED, faces=()):
    transformation = parse(text)
    image = picture or plain(120, 80, 90, 90, 90)
    scene = Scene(Size(image.width, image.height))
    scene.asset, scene.find_faces = stored, lambda _image, _px: faces
    scene.pictures = lambda _: badge()
    scope = Scope(scene, Output(), stored.facts())
    resize, rest = lead(transformation.nodes, scope)
    return walk(rest, resize.apply(image, scene) if resize else image, scope)


def marked(rectangle):
    """Grey, with a white rectangle."""
    left, top, width, height = rectangle
    return plain(120, 80, 90, 90, 90).insert(plain(width, height, 255, 255, 255), left, top)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("c_crop,g_custom", STORED.custom),
        ("c_crop,g_custom:face", STORED.custom),
        ("c_crop,g_region_!door!", STORED.regions["door"]),
        ("c_crop,g_region_!roof!", STORED.regions["roof"]),
    ],
)
def test_a_crop_without_sides_is_the_stored_rectangle(text, place):
    result = drawn(text, marked(place))
    assert (result.width, result.height) == place[2:]
    assert result.min() == 255


@pytest.mark.parametrize("text", ["c_thumb,g_custom,h_40,w_80", "c_thumb,g_custom,h_10,w_20"])
def test_a_thumbnail_shows_the_stored_rectangle_and_no_more(text):
    assert drawn(text, marked(STORED.custom)).min() > 235


@pytest.mark.parametrize(
    ("text", "left", "top"),
    [
        ("c_crop,g_region_!door!,h_80,w_60", 45, 0),
        ("c_fill,g_region_!door!,h_80,w_60", 45, 0),
        ("c_crop,g_region_!door!,h_80,w_60,x_5", 50, 0),
        ("c_crop,g_region_!roof!,h_80,w_60", 60, 0),
        ("c_crop,g_custom,h_40,w_120", 0, 40),
    ],
)
def test_a_window_lies_around_it(text, left, top):
    """The middle of the door is at 75, 40; windows end at the picture's edge."""
    at = pyvips.Image.xyz(120, 80)
    picture = at.bandjoin(at[0] * 0).cast("uchar").copy(interpretation="srgb")
    assert [round(value) for value in drawn(text, picture)(0, 0)] == [left, top, 0]


@pytest.mark.parametrize(
    ("text", "as_if"),
    [
        ("c_fill,g_custom,h_80,w_60", "c_fill,h_80,w_60"),
        ("c_fill,g_region_!window!,h_80,w_60", "c_fill,h_80,w_60"),
        ("c_crop,g_custom", "c_crop,h_1.0,w_1.0"),
        ("c_thumb,g_custom,h_40,w_40", "c_thumb,h_40,w_40"),
        ("c_fill,g_custom:face,h_40,w_80", "c_fill,g_north,h_40,w_80"),
    ],
)
def test_what_is_not_stored_has_a_fallback(text, as_if):
    picture = framed(badge().flatten(), 20, 10, 60, 200)
    assert same(drawn(text, picture, asset.NOTHING), drawn(as_if, picture, asset.NOTHING))


def test_faces_count_where_no_place_is_stored():
    face = Face(0.75, 0.25, 0.1, 0.2, 0.9)
    assert drawn("c_crop,g_custom:face", stored=asset.NOTHING, faces=(face,)).width == 12
    assert drawn("c_crop,g_custom:face", faces=(face,)).width == 40


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("!sale!_in_tags", True),
        ("!sale:garden!_in_tags", True),
        ("!sale:pool!_in_tags", False),
        ("!pool!_nin_tags", True),
        ("ctx:!caption!_eq_!Villa!", True),
        ("ctx:!nothing!_eq_!!", True),
        ("md:!rooms!_gt_6", True),
        ("!old!_in_md:!styles!", True),
        ("!new!_in_md:!styles!", False),
    ],
)
def test_conditions_ask_what_is_stored(text, holds):
    assert (drawn(f"if_{text}/c_scale,w_7/if_end").width == 7) is holds


def test_stored_numbers_are_counted_with():
    assert drawn("$r_md:!rooms!_mul_3/c_scale,w_$r").width == 21
    assert (
        drawn("$r_ctx:!wide!_to_i_add_1/w_$r", stored=AssetData(context={"wide": "8"})).width == 9
    )


def test_stored_words_name_no_variables():
    """What an editor types must not become a part of the text that is read."""
    with pytest.raises(BadParameter, match="name no variables"):
        drawn("$five_iw/$c_ctx:!trick!/l_text:Arial_20:$(c)/fl_layer_apply")


# --- layers on boxes ---------------------------------------------------------------------------------------------------

LEFT, RIGHT = Face(0.1, 0.25, 0.2, 0.5, 0.9), Face(0.6, 0.25, 0.3, 0.5, 0.8)
UNSURE = Face(0.4, 0.1, 0.1, 0.1, 0.55)


def changed(text, **given):
    """Left, top, right and bottom of what the layer covers."""
    before = plain(120, 80, 90, 90, 90)
    after = drawn(text, before, **given)
    assert (after.width, after.height) == (120, 80)
    left, top, width, height = (after[:3] - before).abs().find_trim(threshold=8, background=[0])
    return left, top, left + width, top + height


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("l_seal/c_scale,h_1.0,w_1.0/fl_layer_apply,fl_region_relative,g_face", (12, 20, 36, 60)),
        ("l_seal/c_scale,fl_region_relative,h_1.0,w_1.0/fl_layer_apply,g_face", (12, 20, 36, 60)),
        ("l_seal/c_scale,h_0.5,w_0.5/fl_layer_apply,fl_region_relative,g_face", (18, 30, 30, 50)),
        ("l_seal/c_scale,h_1.0,w_1.0/fl_layer_apply,fl_region_relative,g_faces", (12, 20, 108, 60)),
        ("l_seal/c_scale,h_1.0,w_1.0/fl_layer_apply,fl_region_relative,g_region_!door!", (60, 20, 90, 60)),
        ("l_seal,w_20/fl_layer_apply,g_face", (14, 30, 34, 50)),
        ("l_seal,w_20/fl_layer_apply,g_face,x_10,y_-5", (24, 25, 44, 45)),
    ],
)  # fmt: skip
def test_a_layer_lies_on_its_box(text, box):
    """The seal's rim is soft, so a pixel more or less."""
    covered = changed(text, faces=(LEFT, RIGHT, UNSURE))
    assert all(abs(a - b) <= 1 for a, b in zip(covered, box, strict=True)), covered


def test_without_a_box_fractions_are_of_the_picture():
    box = changed("l_seal/c_scale,h_0.5,w_0.5/fl_layer_apply,fl_region_relative,g_faces")
    assert box[2] - box[0] >= 58
