"""Frames become files that hold what was asked, and which format that is is a table."""

import pytest
import pyvips

from imgproxy.errors import LimitExceeded
from imgproxy.render.choose import WRITTEN_FORMATS, choose
from imgproxy.render.encode import MAX_SIDES, QUALITIES, encode, quality_for, settle
from imgproxy.render.job import ALPHA_FORMATS, ANIMATED_FORMATS, Encoding, Header
from imgproxy.render.sniff import sniff
from imgproxy.values import Size
from tests.originals import (
    BLUE,
    CORNERS,
    GREEN,
    RED,
    assert_close,
    four_fields,
    opener,
    pixel,
    plain,
    scene,
)

LEVELS = ("best", "good", "eco", "low")


@pytest.fixture
def opened(tmp_path):
    return opener(tmp_path)


def encoding(name, level="good", **options):
    return Encoding(name, quality_for(name, level), **options)


# --- choosing --------------------------------------------------------------------------------------------------------

AUTO = ("jxl", "avif", "webp")

#   original  formats      extension  animated alpha | answer
ASKED = [
    ("jpg", ("webp",), "jpg", False, False, "webp"),
    ("jpg", ("png",), None, False, False, "png"),
    ("png", ("jpg",), "png", False, True, "jpg"),
    ("gif", ("avif",), "gif", True, True, "avif"),
    ("gif", ("webp",), "gif", True, True, "webp"),
    ("jpg", (), "webp", False, False, "webp"),
    ("png", (), "jpg", False, True, "jpg"),
    ("png", (), "jpeg", False, False, "jpg"),
    ("gif", (), "jpg", True, False, "jpg"),
    ("jpg", (), None, False, False, "jpg"),
    ("gif", (), None, True, True, "gif"),
    ("webp", (), None, True, False, "webp"),
    ("avif", (), None, False, False, "avif"),
    ("heic", (), None, False, False, "jpg"),
    ("tiff", (), None, False, True, "png"),
    ("svg", (), None, False, True, "png"),
    ("svg", (), "svg", False, True, "png"),
    ("pdf", (), "pdf", False, False, "jpg"),
    ("jpg", (), "heic", False, False, "jpg"),
    ("jpg", (), "xyz", False, True, "png"),
]

NEGOTIATED = [
    ("jpg", AUTO, "jpg", False, False, "jxl"),
    ("png", AUTO, "jpg", False, True, "jxl"),
    ("jpg", ("avif", "webp"), None, False, False, "avif"),
    ("gif", AUTO, "gif", True, True, "webp"),
    ("gif", ("jxl", "avif"), "gif", True, True, "gif"),
    ("webp", ("jxl", "avif"), None, True, True, "gif"),
    ("webp", (), None, True, False, "gif"),
    ("webp", (), None, False, True, "png"),
    ("avif", (), "avif", False, False, "jpg"),
    ("jpg", (), "jpg", False, False, "jpg"),
    ("jpg", (), "jpg", False, True, "png"),
    ("png", (), None, False, False, "png"),
    ("png", ("jpg", "png"), None, False, True, "png"),
    ("heic", (), None, False, False, "jpg"),
]


@pytest.mark.parametrize(("own", "formats", "extension", "animated", "alpha", "answer"), ASKED)
def test_a_format_that_is_asked_for_is_answered(own, formats, extension, animated, alpha, answer):
    header = Header(own, Size(1, 1))
    assert choose(header, formats, extension, animated=animated, has_alpha=alpha) == answer


@pytest.mark.parametrize(("own", "formats", "extension", "animated", "alpha", "answer"), NEGOTIATED)
def test_a_negotiated_format_can_hold_the_picture(own, formats, extension, animated, alpha, answer):
    header = Header(own, Size(1, 1))
    options = {"animated": animated, "has_alpha": alpha, "negotiated": True}
    assert choose(header, formats, extension, **options) == answer
    assert not animated or answer in ANIMATED_FORMATS
    assert not alpha or answer in ALPHA_FORMATS


# --- writing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(WRITTEN_FORMATS))
def test_every_format_is_written_and_read_again(name, opened):
    data = encode([four_fields(64, 32)], Encoding(name, 95))
    assert sniff(data) == name
    (frame,) = opened(data).frames()
    assert (frame.width, frame.height) == (64, 32)
    assert_close(frame, {(2 * x, 2 * y): colour for (x, y), colour in CORNERS.items()}, 8)


@pytest.mark.parametrize("name", sorted(ALPHA_FORMATS))
def test_transparency_is_kept_where_the_format_has_it(name, opened):
    half = plain(16, 16, (*RED, 0)).join(plain(16, 16, (*BLUE, 255)), "horizontal")
    (frame,) = opened(encode([half], encoding(name))).frames()
    assert frame.bands == 4
    assert pixel(frame, 4, 8)[3] <= 4
    assert pixel(frame, 28, 8)[3] >= 251
    assert_close(frame.flatten(), {(28, 8): BLUE}, 24)


def test_transparency_becomes_white_in_a_jpeg(opened):
    half = plain(16, 16, (*RED, 0)).join(plain(16, 16, (*BLUE, 255)), "horizontal")
    (frame,) = opened(encode([half], Encoding("jpg", 95))).frames()
    assert frame.bands == 3
    assert_close(frame, {(4, 8): (255, 255, 255), (28, 8): BLUE}, 8)


@pytest.mark.parametrize("name", sorted(WRITTEN_FORMATS))
def test_no_metadata_survives(name, opened):
    image = scene(64, 48).copy()
    image.set_type(pyvips.GValue.gstr_type, "exif-ifd0-Artist", "somebody (somebody, ASCII, 9)")
    image.set_type(pyvips.GValue.blob_type, "xmp-data", b"<x:xmpmeta>somebody</x:xmpmeta>")
    image.set_type(pyvips.GValue.blob_type, "icc-profile-data", b"somebody" * 40)
    assert b"somebody" not in encode([image], encoding(name))


@pytest.mark.parametrize("name", sorted(ANIMATED_FORMATS))
def test_an_animation_keeps_frames_delays_and_loops(name, opened):
    frames = [plain(20, 10, colour) for colour in (RED, GREEN, BLUE)]
    data = encode(frames, encoding(name, delays_ms=(100, 40, 250), loop=2))
    picture = opened(data)
    assert (picture.header.pages, picture.header.size) == (3, Size(20, 10))
    assert (picture.header.delays_ms, picture.header.loop) == ((100, 40, 250), 2)
    for frame, colour in zip(picture.frames(), (RED, GREEN, BLUE), strict=True):
        assert_close(frame, {(10, 5): colour}, 30)


@pytest.mark.parametrize("name", sorted(WRITTEN_FORMATS - ANIMATED_FORMATS))
def test_other_formats_take_the_first_frame(name, opened):
    frames = [plain(20, 10, colour) for colour in (RED, GREEN, BLUE)]
    picture = opened(encode(frames, encoding(name, delays_ms=(1, 2, 3))))
    assert picture.header.pages == 1
    assert_close(picture.frames()[0], {(10, 5): RED}, 24)


@pytest.mark.parametrize("name", sorted(MAX_SIDES))
def test_a_side_that_a_format_cannot_write_is_refused_before_it_is_tried(name):
    wide = pyvips.Image.black(MAX_SIDES[name] + 1, 1, bands=3).copy(interpretation="srgb")
    with pytest.raises(LimitExceeded, match=f"{name} answer .* limit is {MAX_SIDES[name]}"):
        encode([wide], encoding(name))


@pytest.mark.parametrize("name", ["jpg", "gif", "webp"])
def test_the_longest_side_can_be_written(name):
    wide = pyvips.Image.black(MAX_SIDES[name], 1, bands=3).copy(interpretation="srgb")
    assert sniff(encode([wide], encoding(name))) == name


def test_jpegs_are_progressive_unless_told_otherwise():
    start_of_frame = {
        progressive: encode([scene(64, 48)], encoding("jpg", progressive=progressive))
        for progressive in (None, "steep", "none")
    }
    assert b"\xff\xc2" in start_of_frame[None]
    assert b"\xff\xc2" in start_of_frame["steep"]
    assert b"\xff\xc2" not in start_of_frame["none"]
    assert b"\xff\xc0" in start_of_frame["none"]


@pytest.mark.parametrize("name", ["png", "gif"])
def test_lossy_is_smaller_in_formats_that_are_lossless_by_nature(name):
    frames = [scene(160, 120), (scene(160, 120) + 3).cast("uchar")]
    options = {"delays_ms": (50, 50)}
    lossy = encode(frames, encoding(name, lossy=True, **options))
    assert len(lossy) < 0.9 * len(encode(frames, encoding(name, **options)))


# --- quality ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(set(QUALITIES) - {"png"}))
def test_better_levels_cost_more_bytes_and_lie_closer(name, opened):
    image = scene(200, 150)
    bodies = [encode([image], encoding(name, level)) for level in LEVELS]
    sizes = [len(body) for body in bodies]
    assert sizes == sorted(sizes, reverse=True)
    distances = [(opened(body).frames()[0] - image).abs().avg() for body in bodies]
    assert distances == sorted(distances)


@pytest.mark.parametrize("name", sorted(QUALITIES))
def test_levels_are_in_order_and_in_range(name):
    row = [quality_for(name, level) or 0 for level in LEVELS]
    assert row == sorted(row, reverse=True)
    assert 1 <= min(row) < max(row) <= 100


def test_a_gif_has_no_quality():
    assert quality_for("gif", "good") is None


@pytest.mark.parametrize("name", sorted(set(QUALITIES) - {"png"}))
@pytest.mark.parametrize("quality", [1, 100])
def test_the_ends_of_the_scale_can_be_asked_for(name, quality):
    assert sniff(encode([scene(64, 48)], Encoding(name, quality))) == name


# --- settling --------------------------------------------------------------------------------------------------------


def test_an_alpha_band_that_no_frame_uses_is_dropped():
    frames = settle([plain(4, 4, (*RED, 255)), plain(4, 4, (*BLUE, 255))])
    assert [frame.bands for frame in frames] == [3, 3]
    assert pixel(frames[1], 1, 1) == BLUE


def test_an_alpha_band_that_one_frame_uses_is_kept_in_all():
    frames = settle([plain(4, 4, (*RED, 255)), plain(4, 4, (*BLUE, 254))])
    assert [frame.bands for frame in frames] == [4, 4]
    assert [frame.bands for frame in settle([four_fields()])] == [3]
