"""`q_auto` aims: what it looks at is bounded, its levels are in order, and scores come out near what they mean."""

import io
import math
from importlib.util import find_spec
from itertools import combinations

import numpy as np
import PIL.Image
import pytest
import pyvips
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import pictures
from benchmarks.aim import drawings
from benchmarks.aim.curves import decoded
from benchmarks.aim.metric import Reference
from imgproxy.render import aim, traits, trial, unlike
from imgproxy.render.aim import LEVELS, REACH
from imgproxy.render.encode import encode
from imgproxy.render.job import Encoding, RenderJob
from imgproxy.render.pipeline import render
from imgproxy.render.trial import TILE_PX
from tests.originals import animation, four_fields, plain, scene
from tests.services import require_or_skip

FORMATS = sorted(REACH)


def noise(width, height, sigma=40):
    image = pyvips.Image.gaussnoise(width, height, mean=128, sigma=sigma, seed=1)
    return image.bandjoin([image, image]).cast("uchar").copy(interpretation="srgb").copy_memory()


# --- traits -----------------------------------------------------------------------------------------------------------

SIZES = [
    (1, 1),
    (2, 3),
    (7, 400),
    (9000, 1),
    (1, 9000),
    (64, 9000),
    (16_384, 2),
    (2, 16_384),
    (40_000, 3),
    (181, 181),
    (400, 300),
    (3000, 2000),
]


def pixels_of(tiles):
    return len(tiles) * TILE_PX**2


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_sample_is_bounded_and_hardly_larger_than_the_picture(width, height, name):
    share = traits.SHARES[name]
    tiles = traits._tiles(plain(width, height, (10, 20, 30)), share)
    budget = max(share.min_px, min(share.max_px, int(width * height * share.share)))
    whole = math.ceil(width / TILE_PX) * math.ceil(height / TILE_PX) * TILE_PX**2
    assert pixels_of(tiles) <= min(whole, budget)
    assert pixels_of(tiles) > min(whole, budget) - TILE_PX**2
    assert tiles.shape[1:] == (TILE_PX, TILE_PX, 3)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_size_has_all_traits(width, height, name):
    found = traits.measured(name, noise(width, height))
    assert len(found) == len(traits.NAMES)
    assert all(map(math.isfinite, found))


def test_tiles_come_from_all_quarters():
    tiles = traits._tiles(four_fields(1200, 800), traits.SHARES["jpg"])
    colours, counts = np.unique(tiles.reshape(-1, 3), axis=0, return_counts=True)
    assert len(colours) == 4
    assert min(counts) > 0.15 * pixels_of(tiles)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_tiles_are_inside_the_picture_and_overlap_only_where_they_do_not_fit(width, height):
    wide, high = max(width, TILE_PX), max(height, TILE_PX)
    places = list(traits._places(wide, high, 64))
    assert len(set(places)) == len(places)
    assert all(0 <= left <= wide - TILE_PX and 0 <= top <= high - TILE_PX for left, top in places)
    for (left, top), (x, y) in combinations(places, 2):
        sideways = abs(left - x) >= TILE_PX / 2 or left == x or wide % TILE_PX
        upright = abs(top - y) >= TILE_PX / 2 or top == y or high % TILE_PX
        assert sideways
        assert upright


def test_a_small_picture_is_looked_at_whole():
    places = set(traits._places(100, 70, 1000))
    seen = {(x + dx, y + dy) for x, y in places for dx in range(TILE_PX) for dy in range(TILE_PX)}
    assert len(seen) == 100 * 70


def test_a_tile_holds_the_pixels_of_its_place():
    image = noise(300, 200)
    expected = np.frombuffer(image.write_to_memory(), dtype=np.uint8).reshape(200, 300, 3)
    places = traits._places(300, 200, traits.SHARES["webp"].tiles(300, 200))
    tiles = traits._tiles(image, traits.SHARES["webp"])
    for tile, (left, top) in zip(tiles, places, strict=True):
        assert (tile == expected[top : top + TILE_PX, left : left + TILE_PX]).all()


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_pixels_have_the_same_traits(name):
    assert traits.measured(name, scene(300, 200)) == traits.measured(name, scene(300, 200))


@pytest.mark.parametrize("name", FORMATS)
def test_transparency_counts_as_white(name):
    clear, white = plain(100, 80, (0, 0, 0, 0)), plain(100, 80, (255, 255, 255))
    assert traits.measured(name, clear) == traits.measured(name, white)


# --- a trial ----------------------------------------------------------------------------------------------------------


def tiles_of(image):
    return traits._tiles(image, traits.SHARES["avif"])


def drawn():
    return pictures.draw(pictures.Size(192, 160), 3).copy_memory()


def pillow_of(tiles):
    """Tiles one below the other, so that no block and no colour crosses a seam."""
    rows = tiles.reshape(-1, TILE_PX, 3).astype(np.uint8)
    return PIL.Image.fromarray(rows, "RGB")


def light_in_rows(plane):
    """Back from rows of a block to rows of pixels."""
    return plane.reshape(-1, 2, 2, 8, 8).transpose(0, 1, 3, 2, 4).reshape(-1, TILE_PX)


def test_brightness_and_colours_are_those_of_a_jpeg():
    tiles = tiles_of(drawn())
    planes = trial.planes(tiles)
    expected = np.asarray(pillow_of(tiles).convert("YCbCr"), dtype=float)
    assert abs(light_in_rows(planes.light) + 128 - expected[:, :, 0]).max() < 1.5
    halved = expected.reshape(len(expected) // 2, 2, TILE_PX // 2, 2, 3).mean((1, 3))
    for plane, band in zip(planes.colours.reshape(2, -1, 64), (1, 2), strict=True):
        rows = plane.reshape(-1, TILE_PX // 2)
        assert abs(rows + 128 - halved[:, :, band]).max() < 1.5


def test_a_trial_leaves_what_a_file_in_the_same_steps_leaves():
    """The decoder's own whole numbers aside; of grey, whose brightness is a whole number here and there."""
    grey = drawn().colourspace("b-w")
    tiles = tiles_of(grey.bandjoin([grey, grey]).copy(interpretation="srgb").copy_memory())
    file = io.BytesIO()
    steps = (trial.LIGHT_STEPS, trial.COLOUR_STEPS)
    tables = [each.astype(int).tolist() for each in steps]
    pillow_of(tiles).convert("L").save(file, "JPEG", qtables=tables)
    written = PIL.Image.open(file)
    left = light_in_rows(trial.tried(trial.planes(tiles)).left)
    apart = left + 128 - np.asarray(written, dtype=float)
    assert abs(apart).mean() < 0.5
    assert float(np.quantile(abs(apart), 0.99)) < 3


def test_no_trial_is_darker_than_black_or_lighter_than_white():
    left = trial.tried(trial.planes(tiles_of(noise(96, 96, 200)))).left
    assert left.min() == -128
    assert left.max() == 127


def test_flat_colour_comes_through_a_trial_nearly_as_it_was():
    tiles = tiles_of(plain(64, 64, (200, 60, 90)))
    found = trial.tried(trial.planes(tiles))
    apart = unlike.seen(trial.light_of_tiles(tiles)) - unlike.seen(trial.light_of_trial(found))
    assert abs(apart).max() < 2


def test_the_second_trial_begins_with_the_same_picture_and_is_coarser():
    tiles = tiles_of(drawn())
    found = trial.tried(trial.planes(tiles))
    whole, coarse = trial.coarse(found)
    light, left = trial.light_of_tiles(tiles), trial.light_of_trial(found)
    assert abs(whole - light).mean() < 0.3 * light.std()
    assert abs(coarse - whole).mean() > 2 * abs(left - light).mean()


# --- what a trial changes ---------------------------------------------------------------------------------------------

NOWHERE = pytest.approx((math.log(1e-4), math.log(1e-3)))


def far_of(image):
    return unlike.seen(trial.light_of_tiles(tiles_of(image)))


def written(image, quality):
    return decoded(encode([image], Encoding("jpg", quality)), "jpg").copy_memory()


def test_the_same_picture_is_nowhere_unlike():
    light = trial.planes(tiles_of(noise(120, 120))).light
    nothing, both = unlike.blocks(light - light), unlike.blocks(light + light)
    found = unlike.structure(nothing, both)
    assert found[:2] == NOWHERE
    assert found[2:] == NOWHERE
    far = far_of(noise(120, 120))
    assert unlike.structure_far(far, far) == NOWHERE
    assert unlike.far_errors(far, far)[:2] == NOWHERE
    assert unlike.errors(nothing)[0] == pytest.approx(math.log(0.3))


def test_the_lower_the_quality_the_more_unlike():
    picture = drawn()
    again = (far_of(written(picture, quality)) for quality in (90, 60, 30, 10))
    amounts = [
        (*unlike.structure_far(far_of(picture), each), *unlike.far_errors(far_of(picture), each))
        for each in again
    ]
    for place in zip(*amounts, strict=True):
        assert list(place) == sorted(place)


def test_structure_that_colour_carries_counts_from_afar():
    """Stripes that JPEG's brightness does not see, as its weights differ from those of cones."""
    stripes = PIL.Image.new("YCbCr", (96, 96), (120, 128, 128))
    stripes.paste((120, 230, 60), (0, 0, 96, 96), PIL.Image.linear_gradient("L").resize((96, 96)))
    coloured = far_of(vips_of(stripes.convert("RGB")))
    grey = far_of(plain(96, 96, (120, 120, 120)))
    assert unlike.structure_far(coloured, grey)[0] > math.log(0.005)


def test_structure_from_afar_is_what_the_metric_calls_its_heaviest_term(metric):
    """Brightness at a quarter of the size, mean of what SSIM is short of 1."""
    picture = pictures.draw(pictures.Size(192, 192), 4).copy_memory()
    for quality in (60, 20):
        again = written(picture, quality)
        ours = math.exp(unlike.structure_far(far_of(picture), far_of(again))[0])
        assert ours == pytest.approx(heaviest_term(picture, again), rel=0.35)


def heaviest_term(picture, again):
    from benchmarks.aim.metric import _pyramid, _Scale

    first, second = (_pyramid(each)[2] for each in (picture, again))
    return _Scale(first).compare(second).avg_ssim[2]


def vips_of(picture):
    data = picture.tobytes()
    image = pyvips.Image.new_from_memory(data, picture.width, picture.height, 3, "uchar")
    return image.copy(interpretation="srgb")


# --- qualities --------------------------------------------------------------------------------------------------------

NUMBERS = st.tuples(*[st.floats(-30, 30)] * len(traits.NAMES))


@given(st.sampled_from(FORMATS), NUMBERS)
def test_a_better_level_never_has_a_lower_quality(name, numbers):
    found = aim.from_traits(name, numbers)
    row = [found[level] for level in LEVELS]
    least, most = REACH[name]
    assert row == sorted(row, reverse=True)
    assert least <= row[-1] <= row[0] <= most


@pytest.mark.parametrize("name", FORMATS)
def test_quality_and_strain_are_two_ways_to_say_one_thing(name):
    least, most = REACH[name]
    for quality in range(least, most + 1):
        assert aim._quality(name, aim.strain(name, quality)) == pytest.approx(quality, abs=0.3)


EXTREMES = {
    "one pixel": plain(1, 1, (1, 2, 3)),
    "a line": plain(5000, 1, (1, 2, 3)),
    "flat": plain(300, 200, (40, 90, 200)),
    "noise": noise(300, 200, 90),
    "clear": plain(300, 200, (40, 90, 200, 0)),
    "grey": plain(300, 200, (90,)),
}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("extreme", EXTREMES)
def test_extremes_have_a_quality(name, extreme):
    least, most = REACH[name]
    assert least <= aim.quality(name, "good", EXTREMES[extreme]) <= most


@pytest.mark.parametrize("name", FORMATS)
def test_what_a_level_means_depends_on_the_picture(name):
    aims = {aim.quality(name, "eco", image) for image in (scene(300, 200), noise(300, 200))}
    assert len(aims) == 2


@pytest.mark.parametrize("name", FORMATS)
def test_sensitive_lies_between_a_level_and_the_next_better(name):
    found = aim.aimed(name, scene(300, 200))
    row = [found[level] for level in LEVELS]
    raised = [aim.quality(name, level, scene(300, 200), sensitive=True) for level in LEVELS]
    assert all(low <= up <= high for low, up, high in zip(row[1:], raised[1:], row, strict=False))
    assert row[0] <= raised[0] <= REACH[name][1]


# --- in a render ------------------------------------------------------------------------------------------------------


def bytes_of(path, transformation, name):
    return len(render(RenderJob(path, transformation, (name,))).body)


@pytest.mark.parametrize("name", FORMATS)
def test_an_answer_of_a_level_is_what_its_quality_makes(name, tmp_path):
    path = str(tmp_path / "photo.png")
    image = pictures.draw(pictures.Size(320, 240), 3).copy_memory()
    image.pngsave(path)
    for level in LEVELS:
        quality = aim.quality(name, level, image)
        expected = len(encode([image], Encoding(name, quality, level=level)))
        assert bytes_of(path, f"q_auto:{level}", name) == expected


def test_an_animation_has_one_quality(tmp_path):
    path = tmp_path / "moving.gif"
    path.write_bytes(animation((100, 200), 0, ".gif"))
    report = render(RenderJob(str(path), "q_auto:eco", ("webp",)))
    assert report.pages > 1


# --- the scores -------------------------------------------------------------------------------------------------------


@pytest.fixture
def metric():
    there = find_spec("ssimulacra2") and find_spec("cv2")
    require_or_skip(there, "the metric is missing: no package ssimulacra2 or no OpenCV here")


def test_our_road_to_the_metric_arrives_where_the_package_does(metric, tmp_path):
    from ssimulacra2 import compute_ssimulacra2

    image = pictures.draw(pictures.Size(401, 303), 5).copy_memory()
    image.pngsave(str(tmp_path / "a.png"))
    for quality in (20, 60, 90):
        path = tmp_path / f"{quality}.png"
        again = decoded(encode([image], Encoding("jpg", quality)), "jpg")
        again.pngsave(str(path))
        expected = compute_ssimulacra2(str(tmp_path / "a.png"), str(path))
        assert Reference(image).score(again) == pytest.approx(expected, abs=0.05)


def test_a_small_picture_is_scored_like_a_large_one(metric):
    image = pictures.draw(pictures.Size(640, 480), 5).copy_memory()
    small = image.crop(100, 100, 200, 150).copy_memory()
    scores = [
        Reference(each).score(decoded(encode([each], Encoding("jpg", 60)), "jpg"))
        for each in (image, small)
    ]
    assert abs(scores[0] - scores[1]) < 8
    assert Reference(small).score(small) == 100


HELD_BACK = {
    "grain": lambda: pictures.draw(pictures.Size(480, 360), 77),
    "interface": lambda: drawings.draw("interface", 77).crop(0, 0, 480, 360),
    "text": lambda: drawings.draw("text", 77).crop(0, 0, 480, 360),
}
"""Pictures of seeds that no fit has drawn."""


def offs(name, make):
    """Points that the score of each level is off."""
    image = make().copy_memory()
    reference = Reference(image)
    aims = aim.aimed(name, image).items()
    scores = {
        level: reference.score(decoded(encode([image], Encoding(name, quality)), name))
        for level, quality in aims
    }
    return [abs(score - LEVELS[level]) for level, score in scores.items()]


@pytest.mark.parametrize("name", FORMATS)
def test_scores_of_a_grainy_picture_come_out_at_what_the_levels_mean(name, metric):
    assert max(offs(name, HELD_BACK["grain"])) < 7


@pytest.mark.parametrize("name", FORMATS)
def test_scores_come_out_near_what_the_levels_mean(name, metric):
    found = [off for make in HELD_BACK.values() for off in offs(name, make)]
    assert sum(found) / len(found) < 8
    assert max(found) < 30
