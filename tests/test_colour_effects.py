"""What effects do to single colours, where that can be said exactly, and to tones as a whole."""

import pytest

from imgproxy.grammar import parse
from imgproxy.step import Scene
from imgproxy.values import Size
from tests import goldens
from tests.goldens import draw, framed, plain, same


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        ("e_negate", (10, 200, 255), (245, 55, 0)),
        ("e_blackwhite", (130, 130, 130), (255, 255, 255)),
        ("e_blackwhite:60", (130, 130, 130), (0, 0, 0)),
        ("e_brightness:50", (100, 20, 200), (150, 30, 255)),
        ("e_brightness_hsb:50", (100, 20, 200), (128, 26, 255)),
        ("e_brightness_hsb:-50", (100, 20, 200), (50, 10, 100)),
        ("e_red:-100", (100, 20, 200), (0, 20, 200)),
        ("e_blue:50", (100, 20, 100), (100, 20, 150)),
        ("e_gamma:100", (64, 64, 64), (128, 128, 128)),
        ("e_colorize:100,co_rgb:102030", (1, 2, 3), (16, 32, 48)),
        ("e_colorize:50,co_white", (55, 155, 255), (155, 205, 255)),
        ("e_recolor:0:1:0:0:0:1:1:0:0", (10, 20, 30), (20, 30, 10)),
        ("e_saturation:-100", (255, 0, 0), (54, 54, 54)),
        ("e_vibrance:-100", (120, 120, 140), (122, 122, 123)),
        ("e_grayscale", (0, 255, 0), (182, 182, 182)),
        ("e_sepia:100", (255, 255, 255), (255, 255, 239)),
        ("e_tint:100:navy:orange", (0, 0, 0), (0, 0, 128)),
        ("e_tint:100:navy:orange", (255, 255, 255), (255, 165, 0)),
        ("e_hue:100", (200, 200, 200), (200, 200, 200)),
        ("e_replace_color:rgb:204080:30:rgb:c83c28", (200, 60, 40), (32, 64, 128)),
        ("e_simulate_colorblind:protanopia", (90, 90, 90), (90, 90, 90)),
        ("e_simulate_colorblind:tritanomaly", (200, 200, 200), (200, 200, 200)),
    ],
)  # fmt: skip
def test_one_colour(text, before, after):
    result = draw(plain(8, 8, *before), parse(text))
    assert result(4, 4) == pytest.approx(after, abs=2)


def test_recolor_with_four_rows_reaches_alpha():
    result = draw(plain(2, 2, 10, 20, 30), parse("e_recolor:1:0:0:0:0:1:0:0:0:0:1:0:0:0:0:0.5"))
    assert result(0, 0) == [10, 20, 30, 128]


def test_a_colour_goes_and_the_others_stay():
    image = framed(plain(10, 10, 200, 30, 30), 10, 250, 250, 250)
    alpha = draw(image, parse("e_make_transparent"))[3]
    assert (alpha(1, 1), alpha(15, 15)) == ([0], [255])
    alpha = draw(image, parse("e_make_transparent:20,co_rgb:c81e1e"))[3]
    assert (alpha(1, 1), alpha(15, 15)) == ([255], [0])


def test_automatic_contrast_reaches_black_and_white():
    dull = (goldens.photo() * 0.4 + 60).cast("uchar").copy(interpretation="srgb")
    result = draw(dull, parse("e_auto_contrast"))
    bright = result.colourspace("b-w")
    assert dull.colourspace("b-w").max() - dull.colourspace("b-w").min() < 110
    assert bright.percent(99.5) >= 250
    assert bright.percent(0.4) <= 5


def test_automatic_colour_takes_a_cast_away():
    cast = (goldens.grey() * [0.6, 0.8, 1.0]).cast("uchar").copy(interpretation="srgb")
    result = draw(cast, parse("e_auto_color"))
    means = [result[band].avg() for band in range(3)]
    assert max(means) - min(means) < 2


def test_frames_of_an_animation_share_what_the_first_decided():
    scene = Scene(Size(96, 72))
    step = next(parse("e_auto_contrast").steps())
    first = (goldens.photo() * 0.5).cast("uchar").copy(interpretation="srgb")
    second = plain(96, 72, 100, 100, 100)
    step.apply(first, scene).avg()
    alone = next(parse("e_auto_contrast:100").steps()).apply(second, Scene(Size(96, 72)))
    assert not same(step.apply(second, scene), alone)


def test_a_theme_gives_its_colour_to_the_background():
    page = framed(plain(30, 10, 20, 20, 20), 20, 250, 250, 250)
    result = draw(page, parse("e_theme:color_rgb:102040"))
    assert result(2, 2) == pytest.approx([16, 32, 64], abs=2)
    assert min(result(35, 25)) > 180


def test_red_eyes_become_dark_and_a_red_dress_stays_red():
    face = plain(120, 120, 200, 150, 120).draw_circle([215, 40, 50], 30, 30, 3, fill=True)
    face = face.draw_rect([215, 40, 50], 20, 60, 80, 50, fill=True)
    result = draw(face, parse("e_redeye"))
    assert result(30, 30)[0] < 60
    assert result(60, 85) == [215, 40, 50]
    assert result(5, 5) == [200, 150, 120]


@pytest.mark.parametrize("pattern", range(1, 19))
def test_dither_patterns_keep_the_mean_and_use_two_tones(pattern):
    grey = plain(240, 240, 128, 128, 128)
    result = draw(grey, parse(f"e_ordered_dither:{pattern}"))
    assert result[0].hist_find().crop(1, 0, 254, 1).max() == 0
    # nine pixels cannot be half black
    assert result.avg() == pytest.approx(128, abs=15 if pattern == 3 else 5)


def test_equal_requests_give_equal_pixels():
    """Grain is drawn with a fixed seed."""
    image = goldens.photo()
    assert same(draw(image, parse("e_art:daguerre")), draw(image, parse("e_art:daguerre")))
