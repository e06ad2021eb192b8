"""Every operation of the language: it parses, spells itself in one way, and draws what was recorded and looked at.

Most tests here run over the registry, so a new operation is tested by being there. `pytest --record-goldens` writes
results that are missing or differ; look at them before you commit them.
"""

import random
import re
from itertools import product
from pathlib import Path

import pytest
import pyvips

from imgproxy.errors import BadRequest, LimitExceeded
from imgproxy.grammar import parse
from imgproxy.operations import CLAIMS
from imgproxy.step import Phase, Scene
from imgproxy.values import Size
from tests import goldens
from tests.goldens import EXAMPLES, PICTURED, PICTURES, PIXEL_STEPS, draw, head_of

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "docs" / "adding-an-effect.md").read_text(encoding="utf-8")
R, G, B, W = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def _named(part) -> str:
    return part if isinstance(part, str) else head_of(part)


# --- over the registry -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", CLAIMS, ids=head_of)
def test_says_what_it_is_for(step):
    """The docs page shows the docstring and the examples; the docstring must name the parameter."""
    assert step.__doc__
    assert step.examples, "an example for the docs, the tests and the playground is needed"
    assert f"`{step.key}_" in step.__doc__


@pytest.mark.parametrize(("step", "example"), EXAMPLES, ids=_named)
def test_examples_mean_the_operation_and_spell_it_in_one_way(step, example):
    transformation = parse(example)
    assert step in {type(each) for each in transformation.operations()}
    assert parse(transformation.canonical()) == transformation
    assert parse(transformation.canonical()).canonical() == transformation.canonical()


@pytest.mark.parametrize(("step", "example"), EXAMPLES, ids=_named)
def test_order_of_parameters_means_nothing(step, example):
    components = [component.split(",") for component in example.split("/")]
    for parameters in components:
        random.Random(example).shuffle(parameters)
    assert parse("/".join(map(",".join, components))) == parse(example)


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize(("step", "example"), PICTURED, ids=_named)
def test_gives_8_bit_srgb_and_leaves_its_input_alone(step, example, picture):
    image = PICTURES[picture]()
    before = image.write_to_memory()
    result = draw(image, parse(example))
    assert (result.format, result.interpretation) == ("uchar", "srgb")
    assert result.bands in {3, 4}
    assert image.write_to_memory() == before


@pytest.mark.parametrize(("step", "example"), PICTURED, ids=_named)
def test_the_smallest_pictures_are_drawn_or_refused_with_a_reason(step, example):
    for (width, height), bands in product([(1, 1), (3, 1), (1, 40), (41, 2)], (3, 4)):
        flat = pyvips.Image.black(width, height, bands=bands) + [60, 100, 140, 180][:bands]
        try:
            result = draw(flat.cast("uchar").copy(interpretation="srgb"), parse(example))
        except BadRequest:
            continue
        assert (result.format, result.interpretation) == ("uchar", "srgb")


@pytest.mark.parametrize(("step", "example"), PICTURED, ids=_named)
def test_draws_what_was_recorded(step, example, request):
    _compare(step, example, "photo", request.config)


@pytest.mark.parametrize("step", PIXEL_STEPS, ids=head_of)
def test_draws_what_was_recorded_with_alpha(step, request):
    _compare(step, step.examples[0], "alpha", request.config)


def test_every_golden_belongs_to_an_example():
    """A golden of an operation that is gone, or of an example that changed, must go too."""
    known = {f"{head_of(step)}/{goldens.stem_of(example, 'photo')}" for step, example in PICTURED}
    known |= {
        f"{head_of(step)}/{goldens.stem_of(step.examples[0], 'alpha')}" for step in PIXEL_STEPS
    }
    there = {f"{path.parent.name}/{path.name}" for path in goldens.FOLDER.rglob("*.png")}
    assert {name.rsplit(".", 2)[0] for name in there} == known
    assert len(there) == len(known)


def _compare(step, example, picture, config):
    result = draw(PICTURES[picture](), parse(example))
    path = goldens.path_of(step, example, picture, result)
    trouble = goldens.difference(path, result)
    if trouble and config.getoption("--record-goldens"):
        for old in path.parent.glob(f"{goldens.stem_of(example, picture)}.[0-9]*x*.png"):
            old.unlink()
        goldens.record(path, result)
    elif trouble:
        _keep(result, path, config.getoption("--keep-failures"))
        pytest.fail(f"{example} on {picture}: {trouble}", pytrace=False)


def _keep(result: pyvips.Image, path: Path, folder: Path | None) -> None:
    if folder:
        kept = folder / path.parent.name / path.name
        kept.parent.mkdir(parents=True, exist_ok=True)
        result.pngsave(str(kept))


# --- laws of groups --------------------------------------------------------------------------------------------------

TONE_NAMES = (
    "grayscale sepia sharpen brightness contrast saturation negate blackwhite brightness_hsb hue vibrance gamma "
    "red colorize tint auto_brightness improve fill_light simulate_colorblind assist_colorblind unsharp_mask oil_paint "
    "cartoonify vignette replace_color ordered_dither theme art"
).split()
TONE = [
    (step, example)
    for step, example in PICTURED
    if step.phase is Phase.EFFECT and head_of(step).removeprefix("e_") in TONE_NAMES
]


@pytest.mark.parametrize(("step", "example"), TONE, ids=_named)
def test_tone_effects_leave_alpha_alone(step, example):
    image = goldens.cut_out()
    assert (draw(image, parse(example))[3] - image[3]).abs().max() == 0


@pytest.mark.parametrize("example", ["e_blur:300", "e_pixelate:9", "a_30", "e_blur:2000"])
def test_colour_that_nobody_sees_does_not_bleed(example):
    """A red picture whose transparent half is green stays red wherever it can be seen."""
    half = pyvips.Image.xyz(40, 40)[0] < 20
    colour = half.ifthenelse([255, 0, 0], [0, 255, 0]).bandjoin(half.cast("uchar"))
    result = draw(colour.copy(interpretation="srgb").cast("uchar"), parse(example))
    seen = result[3] > 8
    assert (seen.ifthenelse(result[1], 0)).max() == 0


@pytest.mark.parametrize(
    "example",
    ["e_contrast", "e_contrast:level_100;type_linear", "e_brightness:0", "e_saturation:0"],
)
def test_zero_changes_nothing(example):
    image = goldens.photo()
    assert (draw(image, parse(example)) - image).abs().max() == 0


# --- canonical spellings ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("a_450", "a_90"),
        ("a_-90", "a_270"),
        ("a_hflip.hflip", "a_0"),
        ("a_vflip.hflip", "a_180"),
        ("a_vflip", "a_hflip.180"),
        ("a_45.hflip", "a_hflip.315"),
        ("a_exif", "a_0"),
        ("a_auto", "a_0"),
        ("a_ignore", "a_ignore"),
        ("a_90.ignore", "a_ignore.90"),
        ("a_12.5", "a_12.5"),
        ("a_hflip.12.5", "a_hflip.12.5"),
        ("r_10:10:10:10", "r_10"),
        ("r_10:20:10", "r_10:20"),
        ("r_1:2:3:2", "r_1:2:3"),
        ("r_20.0", "r_20"),
        ("bo_4.0px_solid_white,r_max", "bo_4px_solid_rgb:ffffff,r_max"),
        ("e_contrast:level_30", "e_contrast:30"),
        ("e_contrast:type_linear;level_120", "e_contrast:level_120;type_linear"),
        ("e_blur", "e_blur:100"),
    ],
)
def test_one_spelling(text, canonical):
    assert parse(text).canonical() == canonical


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("e_blur:0", "e_blur"),
        ("e_blur:2001", "e_blur"),
        ("e_sepia:101", "e_sepia"),
        ("e_grayscale:1", "e_grayscale"),
        ("e_contrast:type_wavy", "e_contrast"),
        ("e_contrast:level_0;type_linear", "e_contrast"),
        ("e_contrast:steep_3", "e_contrast"),
        ("r_1:2:3:4:5", "r"),
        ("r_-3", "r"),
        ("a_sideways", "a"),
        ("a_45..9", "a"),
        ("bo_4_solid_red", "bo"),
        ("bo_4px_dashed_red", "bo"),
        ("o_101", "o"),
    ],
)
def test_refusals_name_the_parameter(text, named):
    with pytest.raises(BadRequest, match=rf"^Invalid {named}: "):
        parse(text)


# --- exact pixels ----------------------------------------------------------------------------------------------------


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


# --- the guide -------------------------------------------------------------------------------------------------------


def test_the_guide_shows_the_code_that_runs():
    shown = re.search(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    assert shown
    assert shown[1] == (ROOT / "imgproxy" / "operations" / "gamma.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("room", re.findall(r"`(_\w+\.py)`", GUIDE))
def test_rooms_that_the_guide_names_are_there(room):
    assert (ROOT / "imgproxy" / "operations" / room).is_file()
