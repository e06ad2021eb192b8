"""What single effects promise beyond their goldens: exact sizes, colours that are met exactly, what stays untouched."""

import pytest
import pyvips

from imgproxy.errors import BadCombination, BadRequest, LimitExceeded
from imgproxy.grammar import parse
from imgproxy.render.job import RenderJob
from imgproxy.render.pipeline import render
from imgproxy.step import Scene
from imgproxy.values import Size
from tests import goldens
from tests.goldens import draw, framed, plain, same

# --- sizes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("e_shear:45:0", (300, 100)),
        ("e_shear:0:45", (200, 300)),
        ("e_shear:0:0", (200, 100)),
        ("e_distort:10:10:110:10:110:60:10:60", (100, 50)),
        ("e_distort:-10:0:90:0:90:50:-10:50", (100, 50)),
        ("e_distort:10:10:110:10:110:60:10:60,dpr_2.0", (200, 100)),
        ("e_distort:arc:0", (200, 100)),
        # the middle row, 200 px long, becomes half a circle of radius 63.66: 113.66 outside, 13.66 inside
        ("e_distort:arc:180", (227, 114)),
        ("e_distort:arc:-180", (227, 114)),
        ("e_distort:arc:360", (200, 200)),
        ("e_outline:7", (214, 114)),
        ("e_outline:fill:7,dpr_2.0", (228, 128)),
        ("e_outline:inner:7", (200, 100)),
        ("e_outline:inner_fill", (200, 100)),
        # sigma is 2.5, its reach 6
        ("e_shadow", (206 + 10, 106 + 10 )),
        ("e_shadow,x_0,y_0", (212, 112)),
        ("e_shadow,x_-20,y_30", (200 + 26, 100 + 36)),
        ("e_dropshadow", (200, 100)),
        ("e_gradient_fade", (200, 100)),
        ("e_gradient_fade:symmetric_pad,y_0.8", (200, 140)),
        ("e_gradient_fade:symmetric_pad,x_0.8", (280, 100)),
        ("e_gradient_fade:symmetric_pad,x_150", (300, 100)),
        ("a_auto_right,c_fill,h_80,w_40", (40, 80)),
    ],
)  # fmt: skip
def test_size(text, size):
    result = draw(plain(200, 100, 80, 120, 160), parse(text))
    assert (result.width, result.height) == size


@pytest.mark.parametrize(
    "text",
    [
        "e_shear:70:70",
        "e_distort:0:0:90:0:90:90:0:90",
        "e_distort:arc:90",
        "e_outline:40",
        "e_shadow:50,x_90",
    ],
)
def test_nothing_grows_beyond_the_limit(text):
    with pytest.raises(LimitExceeded):
        next(parse(text).steps()).apply(
            plain(40, 40, 1, 2, 3), Scene(Size(40, 40), max_pixels=2500)
        )


# --- geometry --------------------------------------------------------------------------------------------------------


def test_corners_where_they_are_change_nothing():
    image = goldens.photo()
    result = draw(image, parse("e_distort:0:0:96:0:96:72:0:72"))
    assert same(result[:3].crop(1, 1, 94, 70), image.crop(1, 1, 94, 70), 1)
    assert result[3].crop(1, 1, 94, 70).min() == 255


def test_corners_may_mirror():
    image = goldens.photo()
    result = draw(image, parse("e_distort:96:0:0:0:0:72:96:72"))
    assert same(result[:3].crop(1, 1, 94, 70), image.fliphor().crop(1, 1, 94, 70), 1)


@pytest.mark.parametrize(
    "text",
    [
        "e_distort:0:0:50:50:99:99:0:99",
        "e_distort:0:0:90:0:20:20:0:90",
        "e_distort:0:0:90:90:90:0:0:90",
    ],
)
def test_corners_must_be_convex(text):
    with pytest.raises(BadCombination, match="convex"):
        parse(text)


def test_an_arc_keeps_the_middle_of_the_picture_upright():
    image = goldens.photo()
    result = draw(image, parse("e_distort:arc:30"))
    column = result.crop(result.width // 2 - 1, 0, 2, 72)
    # columns left and right of the middle lean, so only flat parts of the middle one are compared
    assert (column[:3].crop(0, 26, 2, 18) - image.crop(47, 26, 2, 18)).abs().max() < 30


@pytest.mark.parametrize(
    ("margin", "colour", "text"),
    [
        (9, (255, 255, 255), "e_trim"),
        (5, (3, 3, 3), "e_trim:5"),
        (1, (0, 255, 0), "e_trim:20:lime"),
        (4, (60, 130, 60), "e_trim:2:rgb:3c823c"),
    ],
)
def test_trim_takes_off_what_was_put_around(margin, colour, text):
    inner = goldens.photo().crop(14, 24, 42, 38)
    assert same(draw(framed(inner, margin, *colour), parse(text)), inner)


def test_trim_takes_off_what_is_transparent():
    inner = plain(10, 6, 200, 30, 30, 255)
    assert same(draw(framed(inner, 7, 0, 0, 0, 0), parse("e_trim")), inner)


def test_a_picture_that_is_all_edge_stays():
    image = plain(20, 10, 9, 9, 9)
    assert same(draw(image, parse("e_trim")), image)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("a_auto_right,c_scale,h_60,w_30", "left"),
        ("a_auto_left,c_scale,h_60,w_30", "right"),
        ("a_auto_right,c_fit,ar_1:2,w_30", "left"),
        ("a_auto_right,c_scale,h_30,w_60", None),
        ("a_auto_right,c_scale,h_40,w_40", None),
        ("a_auto_right,w_40", None),
    ],
)
def test_automatic_turns_lay_the_picture_along_the_box(text, first):
    """The left half is red and the right half blue; turned right, left comes to the top."""
    image = plain(40, 20, 0, 0, 255).insert(plain(20, 20, 255, 0, 0), 0, 0)
    result = draw(image, parse(text))
    top, left = result(result.width // 2, 0), result(0, result.height // 2)
    if first is None:
        assert left == [255, 0, 0]
    else:
        assert top == ([255, 0, 0] if first == "left" else [0, 0, 255])


# --- regions and alpha -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("effect", ["e_blur_region:500", "e_pixelate_region:9"])
def test_outside_a_region_nothing_changes(effect):
    image = goldens.photo()
    result = draw(image, parse(f"{effect},h_30,w_40,x_20,y_10"))
    inside = plain(96, 72, 0).draw_rect(255, 20, 10, 40, 30, fill=True)
    changed = (result - image).abs()
    assert inside.ifthenelse(0, changed).max() == 0
    assert inside.ifthenelse(changed, 0).max() > 40


@pytest.mark.parametrize(
    ("place", "pixels"),
    [
        ("x_-5,y_-5,w_10,h_10", 25),
        ("x_90,y_70,w_50,h_50", 12),
        ("x_200", 0),
        ("x_0.5", 48 * 72),
        ("w_0.25,h_0.5", 24 * 36),
        ("x_5,y_5,w_10,h_10,dpr_2.0", 400),
    ],
)
def test_a_region_is_cut_to_the_picture(place, pixels):
    image = goldens.photo().bandjoin(plain(96, 72, 255)).copy(interpretation="srgb")
    striped = image[:3] ^ (pyvips.Image.xyz(96, 72)[0] % 2 * 255).cast("uchar")
    striped = striped.copy_memory()
    changed = (draw(striped, parse(f"e_pixelate_region:2,{place}")) - striped).abs().bandor()
    assert (changed > 0).avg() / 255 * 96 * 72 == pixels


@pytest.mark.parametrize(
    ("text", "gone", "there"),
    [
        ("e_gradient_fade", (50, 71), (50, 30)),
        ("e_gradient_fade,y_-0.5", (50, 0), (50, 40)),
        ("e_gradient_fade,x_0.5", (95, 30), (40, 30)),
        ("e_gradient_fade,x_-0.5", (0, 30), (60, 30)),
    ],
)
def test_a_fade_ends_at_its_edge(text, gone, there):
    alpha = draw(goldens.photo(), parse(text))[3]
    assert alpha(*gone)[0] < 6
    assert alpha(*there)[0] == 255


def test_a_symmetric_fade_is_symmetric():
    alpha = draw(goldens.photo(), parse("e_gradient_fade:symmetric,x_0.8"))[3]
    assert same(alpha, alpha.fliphor(), 1)
    assert alpha(48, 30)[0] == 255


def test_an_outline_runs_around_the_shape():
    disc = framed(plain(20, 20, 10, 20, 30, 255), 10, 0, 0, 0, 0)
    result = draw(disc, parse("co_red,e_outline:4"))
    middle = result.height // 2
    row = [result(x, middle) for x in range(result.width)]
    assert row[:10] == [[0, 0, 0, 0]] * 10
    assert row[10:14] == [[255, 0, 0, 255]] * 4
    assert row[14:34] == [[10, 20, 30, 255]] * 20
    assert row[34:38] == [[255, 0, 0, 255]] * 4


def test_a_transparent_picture_has_no_outline():
    assert draw(plain(9, 9, 0, 0, 0, 0), parse("e_outline"))[3].max() == 0


def test_a_shadow_leaves_the_picture_alone():
    image = goldens.photo()
    result = draw(image, parse("e_shadow:60,x_7,y_9"))
    left, top = max(0, 3 - 7), max(0, 3 - 9)
    assert same(result[:3].crop(left, top, 96, 72), image)


@pytest.mark.parametrize(
    ("method", "wide"), [("dilate", 14), ("erode", 6), ("open", 10), ("close", 10)]
)
def test_morphology_moves_edges_by_the_radius(method, wide):
    square = framed(plain(10, 10, 255, 255, 255), 10, 0, 0, 0)
    result = draw(square, parse(f"e_morphology:kernel_square;method_{method};radius_2"))
    assert result[0].avg() * result.width * result.height / 255 == wide * wide


# --- text ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("e_tint:red", "e_tint:60:rgb:ff0000:50p"),
        (
            "e_tint:equalize:80:ff0000:0p:rgb:00f:40p",
            "e_tint:equalize:80:rgb:ff0000:0p:rgb:0000ff:40p",
        ),
        ("e_tint:100:red:green:blue", "e_tint:100:rgb:ff0000:0p:rgb:008000:50p:rgb:0000ff:100p"),
        ("e_replace_color:2F4F4F:60:silver", "e_replace_color:rgb:2f4f4f:60:rgb:c0c0c0"),
        ("e_replace_color:red", "e_replace_color:rgb:ff0000:50"),
        ("e_outline", "e_outline:outer:5:0"),
        ("e_outline:15:200", "e_outline:outer:15:200"),
        ("e_improve:50", "e_improve:outdoor:50"),
        ("e_improve:indoor", "e_improve:indoor:100"),
        ("e_cartoonify::bw", "e_cartoonify:50:bw"),
        ("e_trim:rgb:fff", "e_trim:10:rgb:ffffff"),
        ("e_gradient_fade:symmetric", "e_gradient_fade:symmetric:20"),
        ("e_dropshadow:spread_20", "e_dropshadow:azimuth_215;elevation_45;spread_20"),
        ("e_theme:color_black", "e_theme:color_rgb:000000:photosensitivity_100"),
        ("e_loop", "e_loop:0"),
        ("a_auto_right", "a_auto_right"),
        (
            "e_vectorize:3:detail:0.5",
            "e_vectorize:colors:3:detail:500:despeckle:2:paths:100:corners:25",
        ),
    ],
)
def test_one_spelling(text, canonical):
    assert parse(text).canonical() == canonical
    assert parse(canonical).canonical() == canonical


@pytest.mark.parametrize(
    "text",
    """e_art:zoro e_art e_recolor:1:2 e_recolor:1:2:3:4:5:6:7:8:x e_replace_color e_replace_color:nocolour
    e_replace_color:red:500 e_replace_color:red:5:blue:7 e_tint:50p e_tint:100:nocolour e_outline:5:5:5 e_outline:0
    e_outline:thick e_improve:moon e_cartoonify:7:x e_trim:101 e_trim:5:5 e_distort:1:2:3 e_distort:arc:400 e_distort:arc
    e_shear:20 e_shear:89:0 e_dropshadow:azimuth_400 e_dropshadow:size_3 e_gradient_fade:twice e_morphology:method_melt
    e_morphology:radius_99 e_morphology:iterations_9 e_theme:black e_theme:color_black:photosensitivity_x
    e_simulate_colorblind:everything e_assist_colorblind:101 e_ordered_dither:19 e_vectorize:40 e_vectorize:colors e_vectorize:3:size:4 e_loop:-1 e_gamma:151 e_negate:1
    e_blur_region:0 e_make_transparent:101 e_shadow:101 e_vignette:-1""".split(),
)
def test_refused_with_a_sentence_that_names_the_effect(text):
    with pytest.raises(BadRequest, match=rf"e_{text[2:].partition(':')[0]}"):
        parse(text)


# --- through the whole render ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_ignore_gives_the_picture_as_it_lies_in_the_file(orientation, tmp_path):
    lying = plain(40, 24, 0, 0, 250).insert(plain(20, 12, 250, 0, 0), 0, 0).copy()
    lying.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    path = tmp_path / "lying.jpg"
    lying.jpegsave(str(path), Q=95)
    for text, size in (("a_ignore", (40, 24)), ("c_scale,w_20/a_ignore", (20, 12))):
        report = render(RenderJob(str(path), text, ("png",)))
        result = pyvips.Image.new_from_buffer(report.body, "")
        assert (result.width, result.height) == size
        assert result(2, 2) == pytest.approx([250, 0, 0], abs=12)
        assert result(size[0] - 3, size[1] - 3) == pytest.approx([0, 0, 250], abs=12)


@pytest.mark.parametrize(("text", "loop"), [("e_loop:3", 3), ("e_loop", 0), ("e_negate", 5)])
def test_loop_says_how_often_an_animation_plays(text, loop, tmp_path):
    frames = plain(8, 8, 255, 0, 0).join(plain(8, 8, 0, 255, 0), "vertical").copy()
    for name, value in (("page-height", 8), ("loop", 5)):
        frames.set_type(pyvips.GValue.gint_type, name, value)
    frames.set_type(pyvips.GValue.array_int_type, "delay", [100, 100])
    path = tmp_path / "moving.gif"
    frames.gifsave(str(path))
    report = render(RenderJob(str(path), text, ("webp",)))
    assert pyvips.Image.new_from_buffer(report.body, "", n=-1).get("loop") == loop
