"""Whatever an original is, its frames are upright sRGB, 8 bit, at the size that was asked."""

import io

import PIL.Image
import pillow_heif
import pytest
import pyvips

from benchmarks.likeness import ssim
from imgproxy.render.decode import open_original, resized, shrink_for
from imgproxy.render.job import MEDIA_TYPES
from imgproxy.render.sniff import sniff
from imgproxy.settings import Limits
from imgproxy.values import Size
from tests.originals import (
    BLUE,
    CORNERS,
    FIELDS,
    GREEN,
    RED,
    SAND,
    WRITERS,
    animation,
    assert_close,
    four_fields,
    opener,
    pillow,
    pillow_bytes,
    pixel,
    plain,
    scene,
    svg_bytes,
)


@pytest.fixture
def opened(tmp_path):
    return opener(tmp_path)


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_is_known_and_read(name, opened):
    data = WRITERS[name](four_fields())
    assert sniff(data) == name
    picture = opened(data)
    assert picture.header.format == name
    size = Size(67, 33) if name == "pdf" else Size(32, 16)
    assert picture.header.size == size
    (whole,) = picture.frames()
    assert (whole.width, whole.height) == size
    (half,) = picture.frames(Size(16, 8))
    assert (half.width, half.height, half.format, half.interpretation) == (16, 8, "uchar", "srgb")
    # libvips writes every GIF with a transparent entry in its palette
    assert picture.header.has_alpha == (name in {"svg", "gif"})
    assert whole.bands == half.bands == 3 + picture.header.has_alpha
    if name != "pdf":
        assert_close(whole, CORNERS, 6)
    assert_close(half, {(x // 2, y // 2): colour for (x, y), colour in CORNERS.items()}, 12)


def test_the_table_of_media_types_is_what_is_read():
    assert set(WRITERS) == set(MEDIA_TYPES)


def test_a_drawing_is_drawn_at_the_size_that_is_asked(opened):
    """Not enlarged from its own 32 pixels: the edge between two fields stays sharp."""
    (large,) = opened(svg_bytes(FIELDS)).frames(Size(640, 320))
    assert pixel(large, 318, 50)[:3] == RED
    assert pixel(large, 321, 50)[:3] == GREEN


def test_a_name_that_libvips_would_read_options_from_is_only_a_name(opened):
    picture = opened(WRITERS["gif"](four_fields()), name="a [page=7].gif[n=3]")
    assert picture.header.size == Size(32, 16)
    assert len(picture.frames(Size(16, 8))) == 1


# --- orientation -----------------------------------------------------------------------------------------------------

STORED = {
    1: lambda upright: upright,
    2: lambda upright: upright.fliphor(),
    3: lambda upright: upright.rot180(),
    4: lambda upright: upright.flipver(),
    5: lambda upright: upright.rot90().fliphor(),
    6: lambda upright: upright.rot270(),
    7: lambda upright: upright.rot270().fliphor(),
    8: lambda upright: upright.rot90(),
}
"""How a camera that writes this EXIF orientation stores an upright picture."""


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("name", ["jpg", "png", "webp", "tiff"])
def test_all_eight_orientations_come_out_upright(name, orientation, opened):
    stored = STORED[orientation](four_fields()).copy()
    stored.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    picture = opened(WRITERS[name](stored))
    assert picture.header.size == Size(32, 16)
    assert picture.header.orientation == orientation
    (whole,) = picture.frames()
    (same,) = picture.frames(Size(32, 16))
    tolerance = 4 if name == "jpg" else 0
    assert (whole - four_fields()).abs().max() <= tolerance
    assert (same - four_fields()).abs().max() <= tolerance


@pytest.mark.parametrize("orientation", STORED)
def test_avif_turns_by_its_own_boxes(orientation, opened):
    stored = STORED[orientation](four_fields())
    exif = PIL.Image.Exif()
    exif[0x0112] = orientation
    picture = opened(pillow_bytes(stored, "AVIF", exif=exif, quality=95, subsampling="4:4:4"))
    assert picture.header.size == Size(32, 16)
    assert_close(picture.frames()[0], CORNERS, 8)
    assert_close(picture.frames(Size(32, 16))[0], CORNERS, 8)


def test_a_rotation_is_applied_once_in_heic(opened):
    """Files from phones turn by their own boxes and keep the EXIF tag of the camera beside them."""
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    file = io.BytesIO()
    heif = pillow_heif.from_pillow(pillow(STORED[6](four_fields(64, 32))))
    heif[0].info["exif"] = exif.tobytes()
    heif.save(file, quality=95)
    picture = opened(file.getvalue())
    (whole,) = picture.frames()
    assert (whole.width, whole.height) == picture.header.size
    turned = picture.header.size == Size(64, 32)
    points = {(16, 8): RED, (48, 24): SAND} if turned else {(8, 48): RED, (24, 16): SAND}
    assert_close(whole, points, 8)


# --- shrinking while loading --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".jpg[Q=95]", ".webp[Q=95]"])
@pytest.mark.parametrize("width", [300, 150])
def test_a_decoder_that_shrinks_leaves_the_good_kernel_enough_to_do(suffix, width, opened):
    """Noise shows what is averaged instead: a WebP decoder alone gives 0.90 here."""
    noise = pyvips.Image.gaussnoise(1200, 900, mean=128, sigma=60).cast("uchar")
    picture = opened(noise.bandjoin([noise, noise]).write_to_buffer(suffix))
    scaled = Size(width, width * 3 // 4)
    (small,) = picture.frames(scaled)
    assert ssim(small, resized(picture.frames()[0], scaled)) > 0.99


# --- colour ----------------------------------------------------------------------------------------------------------


def test_an_embedded_profile_is_honoured(opened):
    source = four_fields()
    wide = source.icc_transform("p3", input_profile="srgb", intent="relative")
    assert (wide - source).abs().max() > 10, "the test picture must change with the profile"
    picture = opened(wide.pngsave_buffer())
    assert (picture.frames()[0] - source).abs().max() <= 2
    assert (picture.frames(Size(32, 16))[0] - source).abs().max() <= 2


def test_a_profile_for_other_pixels_is_ignored(opened):
    cmyk = four_fields().icc_transform("cmyk", input_profile="srgb").get("icc-profile-data")
    odd = four_fields().copy()
    odd.set_type(pyvips.GValue.blob_type, "icc-profile-data", cmyk)
    picture = opened(odd.tiffsave_buffer())
    assert (picture.frames()[0] - four_fields()).abs().max() <= 1
    assert (picture.frames(Size(32, 16))[0] - four_fields()).abs().max() <= 1


@pytest.mark.parametrize("profile", [True, False])
def test_cmyk_becomes_srgb(profile, opened):
    cmyk = four_fields().icc_transform("cmyk", input_profile="srgb", intent="relative")
    picture = opened(cmyk.jpegsave_buffer(Q=98, keep="icc" if profile else "none"))
    (whole,) = picture.frames()
    assert (whole.bands, whole.interpretation) == (3, "srgb")
    # the red and green of a screen are outside of what ink can print
    assert_close(whole, {(24, 12): SAND}, 12)
    assert (picture.frames(Size(32, 16))[0] - whole).abs().max() <= 4


@pytest.mark.parametrize("name", ["png", "tiff"])
def test_sixteen_bits_become_eight(name, opened):
    deep = (four_fields().cast("ushort") * 257).cast("ushort").copy(interpretation="rgb16")
    picture = opened(WRITERS[name](deep))
    assert (picture.frames()[0] - four_fields()).abs().max() == 0
    assert (picture.frames(Size(32, 16))[0] - four_fields()).abs().max() == 0


@pytest.mark.parametrize("name", ["jpg", "png", "tiff", "jxl"])
def test_grey_becomes_three_bands(name, opened):
    grey = plain(32, 16, (90,))
    (whole,) = opened(WRITERS[name](grey)).frames()
    assert whole.bands == 3
    assert_close(whole, {(5, 5): (90, 90, 90)}, 1)


@pytest.mark.parametrize("name", ["png", "webp", "avif", "tiff", "jxl", "heic", "ico"])
def test_alpha_stays_straight_and_does_not_bleed(name, opened):
    """Red beside fully transparent green: shrinking must not mix the green in."""
    both = plain(16, 32, (200, 0, 0, 255)).join(plain(16, 32, (0, 200, 0, 0)), "horizontal")
    picture = opened(WRITERS[name](both))
    assert picture.header.has_alpha
    (small,) = picture.frames(Size(3, 3))
    assert small.bands == 4
    edge = pixel(small, 1, 1)
    assert edge[0] > 150
    assert edge[1] < 60
    assert 90 < edge[3] < 165


# --- both ways agree --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["jpg", "png", "webp", "tiff", "avif"])
def test_scaling_while_loading_equals_scaling_afterwards(name, opened):
    picture = opened(WRITERS[name](scene(800, 600)))
    (while_loading,) = picture.frames(Size(120, 90))
    afterwards = picture.frames()[0].thumbnail_image(120, height=90, size="force")
    assert (while_loading - afterwards).abs().avg() < 1.5


def test_a_whole_frame_may_be_read_in_any_order(opened):
    """Steps turn pictures upside down and look at them twice."""
    (whole,) = opened(WRITERS["jpg"](scene(200, 150))).frames()
    turned = whole.rot180()
    assert turned.avg() == pytest.approx(whole.avg(), abs=0.01)
    assert whole.flipver().crop(0, 0, 200, 10).max() > 0


# --- animation --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".gif", ".webp[lossless]"])
def test_an_animation_keeps_frames_delays_and_loops(suffix, opened):
    picture = opened(animation([100, 40, 250], 3, suffix))
    header = picture.header
    assert (header.size, header.pages) == (Size(20, 10), 3)
    assert (header.delays_ms, header.loop) == ((100, 40, 250), 3)
    assert [pixel(frame, 10, 5)[:3] for frame in picture.frames()] == [RED, GREEN, BLUE]


def test_a_frame_without_a_delay_lasts_as_long_as_browsers_show_it(opened):
    assert opened(animation([0, 10, 20], 0, ".gif")).header.delays_ms == (100, 100, 20)


@pytest.mark.parametrize("suffix", [".gif", ".webp[lossless]"])
def test_frames_do_not_bleed_into_each_other_when_scaled(suffix, opened):
    frames = opened(animation([50, 50, 50], 0, suffix)).frames(Size(7, 3))
    for frame, colour in zip(frames, (RED, GREEN, BLUE), strict=True):
        assert (frame.width, frame.height) == (7, 3)
        assert_close(frame, {(3, 0): colour, (3, 2): colour, (0, 0): colour}, 1)


def test_only_the_first_frame_when_that_is_enough(opened):
    picture = opened(animation([50] * 5, 0, ".gif"))
    for scaled in (None, Size(10, 5)):
        (frame,) = picture.frames(scaled, still=True)
        assert pixel(frame, 5, 2)[:3] == RED


def test_an_avif_sequence_is_an_animation(opened):
    first, second = (PIL.Image.new("RGB", (16, 16), colour) for colour in (RED, BLUE))
    file = io.BytesIO()
    first.save(file, "AVIF", save_all=True, append_images=[second], duration=80, quality=95)
    picture = opened(file.getvalue())
    assert (picture.header.pages, picture.header.delays_ms) == (2, (80, 80))
    one, two = picture.frames(Size(8, 8))
    assert_close(one, {(4, 4): RED}, 8)
    assert_close(two, {(4, 4): BLUE}, 8)


def test_pages_of_a_tiff_are_no_frames(opened):
    strip = four_fields().join(four_fields(), "vertical").copy()
    strip.set_type(pyvips.GValue.gint_type, "page-height", 16)
    picture = opened(strip.tiffsave_buffer())
    assert (picture.header.size, picture.header.pages) == (Size(32, 16), 1)
    assert len(picture.frames()) == 1


def test_an_icon_is_its_largest_picture(opened):
    icon = pillow_bytes(four_fields(64, 64), "ICO", sizes=[(16, 16), (64, 64), (32, 32)])
    assert opened(icon).header.size == Size(64, 64)


@pytest.mark.parametrize(
    ("times", "factor"),
    [(0.5, 1), (1, 1), (3.1, 1), (3.2, 2), (6.3, 2), (6.4, 4), (12.7, 4), (12.8, 8), (100, 8)],
)
def test_a_jpeg_decoder_shrinks_as_far_as_leaves_enough_for_the_good_kernel(times, factor):
    assert shrink_for(times) == factor


def test_avif_pixels_are_those_that_pillow_gives(tmp_path):
    original = PIL.Image.effect_noise((64, 48), 90).convert("RGB")
    path = tmp_path / "a.avif"
    original.save(path, quality=90)
    [frame] = open_original(str(path), Limits()).frames()
    with PIL.Image.open(path) as picture:
        assert frame.write_to_memory() == picture.tobytes()
