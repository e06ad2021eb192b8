"""Real pictures of every kind, through the whole pipeline; and those that must look like each other, do."""

import json
from pathlib import Path

import pytest
import pyvips

from imgproxy.errors import NotAnImage
from imgproxy.render.job import RenderJob
from imgproxy.render.pipeline import render
from tests.originals import opener

ROOT = Path(__file__).resolve().parent.parent.parent / "shared" / "images"
FILES = (
    [entry["file"] for entry in json.loads((ROOT / "MANIFEST.json").read_text())["files"]]
    if ROOT.is_dir()
    else []
)
REFUSED = {"other/world.jp2"}
"""Formats that nothing here reads."""

TRANSFORMATIONS = [
    # scaled while loading, and cut
    ("c_fill,w_120,h_90", "jpg", lambda width, height: (120, 90)),
    # a window of the whole picture
    ("c_crop,w_50,h_40,g_center", "png", lambda width, height: (min(width, 50), min(height, 40))),
    # stays animated, keeps its alpha
    ("c_scale,w_60,h_60/e_sepia", "webp", lambda width, height: (60, 60)),
]


@pytest.fixture
def drawn(shared_images):
    """A function from the name of a shared picture to its pixels at a size, as the pipeline delivers them."""

    def draw(name, width, height):
        transformation = f"c_scale,h_{height},w_{width}"
        report = render(RenderJob(str(shared_images / name), transformation, ("png",)))
        assert (report.width, report.height) == (width, height)
        return pyvips.Image.new_from_buffer(report.body, "").copy_memory()

    return draw


ANIMATED = {name for name in FILES if name.startswith("anim/") and not name.endswith(".jxl")}
"""An animated JPEG XL shows its first frame; pages of TIFF and PDF are no frames."""


@pytest.mark.parametrize("name", FILES or ["none"])
def test_every_shared_picture_is_rendered(name, shared_images, tmp_path):
    path = str(shared_images / name)
    if name in REFUSED:
        with pytest.raises(NotAnImage):
            render(RenderJob(path, "c_scale,w_10", ("jpg",)))
        return
    entry = next(entry for entry in manifest(shared_images) if entry["file"] == name)
    for transformation, answer, size in TRANSFORMATIONS:
        report = render(RenderJob(path, transformation, (answer,)))
        if known := upright_size(entry):
            assert (report.width, report.height) == size(*known)
        header = opener(tmp_path)(report.body).header
        assert header.size == (report.width, report.height)
        assert report.pages == (entry["frames"] if answer == "webp" and name in ANIMATED else 1)


@pytest.mark.parametrize("name", sorted(ANIMATED) or ["none"])
def test_every_shared_animation_lasts_as_long_as_before(name, shared_images, tmp_path):
    """The encoder of WebP makes one long frame out of equal ones, so frames are not counted."""
    path = shared_images / name
    report = render(RenderJob(str(path), "c_scale,w_60", ("webp",)))
    before = opener(tmp_path)(path.read_bytes()).header
    after = opener(tmp_path)(report.body).header
    if name != "anim/stack-overflow-97-frames.webp":  # all its frames are blank
        assert sum(after.delays_ms) == sum(before.delays_ms)
        assert after.loop == before.loop


def manifest(folder):
    return json.loads((folder / "MANIFEST.json").read_text())["files"]


def upright_size(entry):
    """What the manifest's sides become; `None` where they are not those of the picture that is shown."""
    if entry["format"] in {"PDF", "SVG"} or "clap" in entry["file"]:
        return None
    sides = (entry["width"], entry["height"])
    return sides[::-1] if entry.get("exif_orientation", 1) >= 5 else sides


#   one picture, the same picture, size to compare at, greatest mean difference
PAIRS = [
    *(
        (f"orientation/landscape_{n}.jpg", "orientation/landscape_1.jpg", 180, 120, 1.5)
        for n in range(2, 9)
    ),
    *(
        (f"orientation/portrait_{n}.jpg", "orientation/portrait_1.jpg", 120, 180, 1.5)
        for n in range(2, 9)
    ),
    ("orientation/portrait-faces-6.jpg", "photo/portrait-faces-mono.jpg", 168, 140, 6),
    ("avif/kimono-imir.avif", "avif/kimono.avif", 180, 256, 2),
    ("avif/kimono-irot90.avif", "avif/kimono.avif", 180, 256, 2),
    ("colour/adobe-rgb-parrots.jpg", "kodak/kodim23.png", 192, 128, 2),
    ("colour/display-p3-parrots.jpg", "kodak/kodim23.png", 192, 128, 2),
    ("colour/xyb.jpg", "png/palette-photo.png", 145, 221, 6),
    ("colour/cmyk-swop.jpg", "colour/cmyk-no-profile.jpg", 125, 83, 12),
    ("avif/hato-10bit.avif", "photo/street-6mp-hato.jpg", 200, 133, 6),
    ("svg/house-text-gradients.svgz", "svg/house-text-gradients.svg", 200, 125, 0),
    ("anim/loop-3.gif", "anim/loop-3.webp", 185, 142, 1),
]


@pytest.mark.parametrize(("one", "other", "width", "height", "mean"), PAIRS)
def test_pictures_of_the_same_thing_look_the_same(one, other, width, height, mean, drawn):
    first, second = drawn(one, width, height), drawn(other, width, height)
    assert first.bands == second.bands
    assert (first - second).abs().avg() <= mean


def test_the_same_without_its_profile_would_look_different(drawn, shared_images):
    """The pairs above could not fail if the profiles changed nothing."""
    raw = pyvips.Image.new_from_file(str(shared_images / "colour/adobe-rgb-parrots.jpg"))
    dull = raw.copy_memory().resize(192 / raw.width)
    assert (dull - drawn("kodak/kodim23.png", 192, 128)).abs().avg() > 4


@pytest.mark.parametrize("suffix", ["jpg", "avif"])
def test_red_is_at_twelve_oclock(suffix, drawn):
    wheel = drawn(f"colour/red-at-12-oclock.{suffix}", 800, 800)
    red, green, blue = wheel(400, 60)
    assert red > 240
    assert green < 20
    assert blue < 110


def test_sixteen_bits_keep_exact_colours(drawn):
    """The flag of the Netherlands, as its law gives it in sRGB."""
    flag = drawn("png/flag-16bit.png", 90, 60)
    stripes = [tuple(flag(45, y)) for y in (10, 30, 50)]
    assert stripes == [(174, 28, 40), (255, 255, 255), (33, 70, 139)]


@pytest.mark.parametrize(
    "name", ["heic/kitchen-iphone13-12mp.heic", "orientation/avif-iphone-12mp.avif"]
)
def test_a_phone_held_upright_gives_an_upright_picture(name, shared_images):
    report = render(RenderJob(str(shared_images / name), "c_limit,h_200,w_200", ("jpg",)))
    assert (report.width, report.height) == (150, 200)


def test_a_clean_aperture_is_cut_and_then_turned(shared_images):
    path = str(shared_images / "avif/kimono-clap-irot-imir.avif")
    report = render(RenderJob(path, "e_sepia", ("png",)))
    assert (report.width, report.height) == (385, 330)
