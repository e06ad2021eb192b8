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

from imgproxy.errors import BadRequest
from imgproxy.grammar import parse
from imgproxy.operations import CLAIMS
from imgproxy.step import Phase
from tests import goldens, sheet
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


# --- the guide -------------------------------------------------------------------------------------------------------


def test_the_guide_shows_the_code_that_runs():
    shown = re.search(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    assert shown
    assert shown[1] == (ROOT / "imgproxy" / "operations" / "gamma.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("room", re.findall(r"`(_\w+\.py)`", GUIDE))
def test_rooms_that_the_guide_names_are_there(room):
    assert (ROOT / "imgproxy" / "operations" / room).is_file()


def test_the_contact_sheet_shows_every_example_once(tmp_path):
    photo = tmp_path / "house & garden.png"
    goldens.photo().pngsave(str(photo))
    steps = PIXEL_STEPS[:3]
    text = sheet.page(photo, steps)
    assert text.count("<img ") == sum(len(step.examples) + 1 for step in steps)
    assert all(
        f"/demo/image/upload/{example}/" in text for step in steps for example in step.examples
    )
    assert "house &amp; garden" in text
