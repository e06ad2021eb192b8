"""Turning, rounding, framing and fading, pixel by pixel on pictures of four colours."""

import pytest
import pyvips

from imgproxy.errors import LimitExceeded
from imgproxy.grammar import parse
from imgproxy.step import Scene
from imgproxy.values import Size
from tests import goldens
from tests.goldens import draw

R, G, B, W = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def quarters(width: int = 4, height: int = 4) -> pyvips.Image:
    """Red and green above, blue and white below."""
    return _picture(
        [
            [
                (R, G)[x >= width // 2] if y < height // 2 else (B, W)[x >= width // 2]
                for x in range(width)
            ]
            for y in range(height)
        ]
    )


def _picture(rows: list[list[tuple[int, int, int]]]) -> pyvips.Image:
    data = bytes(value for row in rows for pixel in row for value in pixel)
    image = pyvips.Image.new_from_memory(data, len(rows[0]), len(rows), 3, "uchar")
    return image.copy(interpretation="srgb").copy_memory()


def corners_of(image: pyvips.Image) -> list[tuple[int, ...]]:
    """Clockwise from the top left."""
    right, bottom = image.width - 1, image.height - 1
    return [
        tuple(map(int, image(x, y))) for x, y in ((0, 0), (right, 0), (right, bottom), (0, bottom))
    ]


@pytest.mark.parametrize(
    ("text", "clockwise"),
    [
        ("a_0", [R, G, W, B]),
        ("a_90", [B, R, G, W]),
        ("a_180", [W, B, R, G]),
        ("a_270", [G, W, B, R]),
        ("a_-90", [G, W, B, R]),
        ("a_hflip", [G, R, B, W]),
        ("a_vflip", [B, W, G, R]),
        ("a_hflip.vflip", [W, B, R, G]),
        ("a_hflip.90", [W, G, R, B]),
        ("a_90.hflip", [R, B, W, G]),
        ("a_ignore", [R, G, W, B]),
    ],
)
def test_turns_and_flips(text, clockwise):
    result = draw(quarters(4, 6), parse(text))
    assert corners_of(result) == clockwise
    assert (result.width, result.height) == ((6, 4) if "90" in text or "270" in text else (4, 6))


@pytest.mark.parametrize(
    ("degrees", "size"),
    [
        (45, (141, 141)),
        (30, (112, 93)),
        (1, (101, 52)),
        (89, (52, 101)),
        (135, (106, 106)),
        (-30, (112, 93)),
    ],
)
def test_free_angles_grow_to_the_bounding_box(degrees, size):
    width, height = (100, 100) if degrees == 45 else (100, 50)
    result = draw(
        pyvips.Image.black(width, height, bands=3).copy(interpretation="srgb"),
        parse(f"a_{degrees}"),
    )
    assert (result.width, result.height) == size
    assert result.hasalpha()
    assert [corner[3] for corner in corners_of(result)] == [0, 0, 0, 0] or degrees in {1, 89}


def test_a_free_angle_turns_clockwise_about_the_middle():
    image = quarters(40, 40)
    result = draw(image, parse("a_45"))
    middle, reach = result.width // 2, 14
    found = [
        result(middle + x, middle + y)
        for x, y in ((0, -reach), (reach, 0), (0, reach), (-reach, 0))
    ]
    assert [tuple(map(int, pixel)) for pixel in found] == [
        (*colour, 255) for colour in (R, G, W, B)
    ]


@pytest.mark.parametrize(
    ("text", "stored"),
    [("a_ignore", True), ("a_ignore.90", True), ("a_90", False), ("a_exif", False)],
)
def test_ignoring_the_stored_orientation_is_known_before_loading(text, stored):
    assert parse(f"c_scale,w_40/{text}").keeps_stored_orientation() is stored


@pytest.mark.parametrize(
    ("text", "alpha"),
    [
        ("r_1", [[200, 255, 255, 200], [255] * 4, [255] * 4, [200, 255, 255, 200]]),
        ("r_0", [[255] * 4] * 4),
        ("r_2:0:0:0", [[80, 233, 255, 255], [233, 255, 255, 255], [255] * 4, [255] * 4]),
        ("r_0:2:0:0", [[255, 255, 233, 80], [255, 255, 255, 233], [255] * 4, [255] * 4]),
        ("r_0:0:2:0", [[255] * 4, [255] * 4, [255, 255, 255, 233], [255, 255, 233, 80]]),
        ("r_0:0:0:2", [[255] * 4, [255] * 4, [233, 255, 255, 255], [80, 233, 255, 255]]),
    ],
)
def test_corners_pixel_by_pixel(text, alpha):
    result = draw(quarters(), parse(text))
    for y, row in enumerate(alpha):
        # the area of the circle in each pixel; a first-order formula stands in for it at radii as small as these
        assert [result(x, y)[3] for x in range(4)] == pytest.approx(row, abs=20)
    assert corners_of(result[:3]) == [R, G, W, B]


@pytest.mark.parametrize("text", ["r_max", "r_200", "r_50"])
def test_a_square_becomes_a_circle(text):
    """Coverage adds up to the circle's area within a thousandth, and is the same in all four quarters."""
    result = draw(pyvips.Image.black(100, 100, bands=3).copy(interpretation="srgb"), parse(text))
    covered = result[3].avg() / 255
    assert covered == pytest.approx(3.14159265 / 4, rel=0.001)
    assert (result[3] - result[3].fliphor()).abs().max() == 0
    assert (result[3] - result[3].rot90()).abs().max() == 0


def test_large_radii_of_an_oblong_make_a_pill_and_max_an_ellipse():
    oblong = pyvips.Image.black(200, 100, bands=3).copy(interpretation="srgb")
    pill, ellipse = (draw(oblong, parse(text))[3] for text in ("r_500", "r_max"))
    assert (pill(60, 1)[0], ellipse(60, 1)[0]) == (255, 0)
    assert ellipse.avg() / 255 == pytest.approx(3.14159265 / 4, rel=0.001)


def test_border_surrounds_and_grows():
    result = draw(quarters(), parse("bo_2px_solid_rgb:0a0b0c"))
    assert (result.width, result.height) == (8, 8)
    assert corners_of(result) == [(10, 11, 12, 255)] * 4
    assert corners_of(result.crop(2, 2, 4, 4)) == [(*colour, 255) for colour in (R, G, W, B)]
    assert result[3].min() == 255


def test_border_follows_round_corners_without_a_seam():
    picture = (pyvips.Image.black(80, 80, bands=3) + 200).cast("uchar").copy(interpretation="srgb")
    result = draw(picture, parse("bo_10px_solid_rgb:c8c8c8,r_20"))
    assert (result.width, result.height) == (100, 100)
    assert [corner[3] for corner in corners_of(result)] == [0, 0, 0, 0]
    inside = result.crop(0, 50, 100, 1).bandjoin(result.crop(0, 50, 100, 1).rot90().rot270())
    assert inside[3].min() == 255
    # border and picture are of one colour: wherever it is not the outer edge, nothing shows between them
    diagonal = [result(at, at) for at in range(9, 50)]
    assert all(pixel == [200, 200, 200, 255] for pixel in diagonal)


def test_lengths_follow_the_device_pixel_ratio_and_strengths_do_not():
    image = quarters(40, 40)
    assert draw(image, parse("bo_3px_solid_red,dpr_2.0")).width == 52
    twice = draw(image, parse("r_5,dpr_2.0"))
    assert (twice - draw(image, parse("r_10"))).abs().max() == 0
    assert (
        draw(image, parse("e_blur:200,dpr_2.0")) - draw(image, parse("e_blur:200"))
    ).abs().max() == 0


@pytest.mark.parametrize("text", ["a_45", "bo_30px_solid_red"])
def test_nothing_grows_beyond_the_limit(text):
    scene = Scene(Size(40, 40), max_pixels=3000)
    step = next(parse(text).steps())
    with pytest.raises(LimitExceeded):
        step.apply(quarters(40, 40), scene)


@pytest.mark.parametrize(("text", "alpha"), [("o_0", 0), ("o_50", 128), ("o_100", 255)])
def test_opacity(text, alpha):
    assert draw(quarters(), parse(text))[3].min() == alpha


def test_a_large_blur_is_the_same_as_the_slow_one():
    """Shrinking first is a shortcut, not another look."""
    image = goldens.photo()
    for sigma in (6, 10, 18):
        slow = image.gaussblur(sigma, min_ampl=0.003, precision="float")
        fast = draw(image, parse(f"e_blur:{sigma * 50}"))
        assert (slow - fast).abs().avg() < 1
        assert (slow - fast).abs().max() < 6
