"""`q_auto` aims: what it looks at is bounded, its levels are in order, and scores come out near what they mean."""

import io
import math
from importlib.util import find_spec
from itertools import combinations

import PIL.Image
import pytest
import pyvips
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import pictures
from benchmarks.aim import drawings
from benchmarks.aim.curves import decoded
from benchmarks.aim.metric import Reference
from imgproxy.render import aim, traits, unlike
from imgproxy.render.aim import LEVELS, REACH
from imgproxy.render.encode import encode
from imgproxy.render.job import Encoding, RenderJob
from imgproxy.render.pipeline import render
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


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_sample_is_bounded_and_never_larger_than_the_picture(width, height, name):
    looked = traits.RECIPES[name]
    sample = traits._sampled(plain(width, height, (10, 20, 30)), looked)
    pixels = width * height
    budget = max(looked.min_px, min(looked.max_px, int(pixels * looked.share)))
    assert sample.width * sample.height <= min(pixels, budget)
    assert sample.width * sample.height >= min(pixels, budget, 8192) // 2
    assert max(sample.size) <= 8192


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_every_size_has_all_traits(width, height, name):
    found = traits.measured(name, noise(width, height))
    assert len(found) == len(traits.NAMES[name])
    assert all(map(math.isfinite, found))


TRIALS = {"jpg": 1, "webp": 1, "avif": 2, "jxl": 1}


@pytest.mark.parametrize("name", FORMATS)
def test_a_large_picture_is_tried_on_no_more_than_the_sample(name, monkeypatch):
    tried = []
    save = PIL.Image.Image.save

    def counted(image, *arguments, **options):
        tried.append(image.width * image.height)
        save(image, *arguments, **options)

    monkeypatch.setattr(PIL.Image.Image, "save", counted)
    traits.measured(name, noise(2000, 1500))
    assert len(tried) == TRIALS[name]
    assert max(tried) <= traits.RECIPES[name].max_px


def test_tiles_come_from_all_quarters():
    sample = traits._sampled(four_fields(1200, 800), traits.RECIPES["jpg"])
    counts = {colour: count for count, colour in sample.getcolors()}
    assert len(counts) == 4
    assert min(counts.values()) > 0.15 * sample.width * sample.height


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_tiles_are_inside_the_picture_and_do_not_overlap(width, height):
    wide, high, places = traits._tiles(width, height, traits.RECIPES["webp"])
    assert all(0 <= left <= width - wide and 0 <= top <= height - high for left, top in places)
    for (left, top), (x, y) in combinations(places, 2):
        assert abs(left - x) >= wide or abs(top - y) >= high


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_pixels_have_the_same_traits(name):
    assert traits.measured(name, scene(300, 200)) == traits.measured(name, scene(300, 200))


@pytest.mark.parametrize("name", FORMATS)
def test_transparency_counts_as_white(name):
    clear, white = plain(100, 80, (0, 0, 0, 0)), plain(100, 80, (255, 255, 255))
    assert traits.measured(name, clear) == traits.measured(name, white)


# --- what a trial changes ---------------------------------------------------------------------------------------------


def sampled(image):
    return traits._sampled(image, traits.RECIPES["jpg"])


def written(sample, quality):
    file = io.BytesIO()
    sample.save(file, "JPEG", quality=quality)
    return PIL.Image.open(file).convert("RGB")


def test_the_same_picture_is_nowhere_unlike():
    sample = sampled(noise(120, 120))
    light = sample.getchannel(0)
    nowhere = pytest.approx((math.log(1e-4), math.log(1e-3)))
    assert unlike.structure(light, light) == nowhere
    assert unlike.structure_far(unlike.seen(sample), unlike.seen(sample)) == nowhere


def test_the_lower_the_quality_the_more_unlike():
    sample = sampled(pictures.draw(pictures.Size(200, 150), 3).copy_memory())
    light = unlike.seen(sample)
    again = (unlike.seen(written(sample, quality)) for quality in (90, 60, 30, 10))
    amounts = [unlike.structure_far(light, each) for each in again]
    for place in zip(*amounts, strict=True):
        assert list(place) == sorted(place)


def test_structure_that_colour_carries_counts_from_afar():
    """Stripes that JPEG's brightness does not see, as its weights differ from those of cones."""
    stripes = PIL.Image.new("YCbCr", (96, 96), (120, 128, 128))
    stripes.paste((120, 230, 60), (0, 0, 96, 96), PIL.Image.linear_gradient("L").resize((96, 96)))
    grey = PIL.Image.new("RGB", (96, 96), (120, 120, 120))
    found = unlike.structure_far(*map(unlike.seen, (stripes.convert("RGB"), grey)))
    assert found[0] > math.log(0.005)


def test_structure_from_afar_is_what_the_metric_calls_its_heaviest_term(metric):
    """Brightness at a quarter of the size, mean of what SSIM is short of 1."""
    sample = picture_of(pictures.draw(pictures.Size(192, 192), 4))
    for quality in (60, 20):
        again = written(sample, quality)
        ours = math.exp(unlike.structure_far(unlike.seen(sample), unlike.seen(again))[0])
        assert ours == pytest.approx(heaviest_term(sample, again), rel=0.35)


def heaviest_term(sample, again):
    from benchmarks.aim.metric import _pyramid, _Scale

    first, second = (_pyramid(vips_of(each))[2] for each in (sample, again))
    return _Scale(first).compare(second).avg_ssim[2]


def picture_of(image):
    return PIL.Image.frombytes("RGB", (image.width, image.height), image.write_to_memory())


def vips_of(picture):
    data = picture.tobytes()
    image = pyvips.Image.new_from_memory(data, picture.width, picture.height, 3, "uchar")
    return image.copy(interpretation="srgb")


# --- qualities --------------------------------------------------------------------------------------------------------

NUMBERS = {name: st.tuples(*[st.floats(-30, 30)] * len(traits.NAMES[name])) for name in FORMATS}


@given(st.sampled_from(FORMATS), st.data())
def test_a_better_level_never_has_a_lower_quality(name, data):
    found = aim.from_traits(name, data.draw(NUMBERS[name]))
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
