"""When nothing but the encoding is left to decide, an answer is never larger than the original; and what that goes out as."""

import io
from itertools import product
from pathlib import Path

import PIL.Image
import pytest
import pyvips

from benchmarks import pictures
from imgproxy.render.job import RenderJob
from imgproxy.render.pipeline import render
from imgproxy.render.strip import FORMATS, jpeg_quality, stripped
from tests.originals import animation, scene

SECRET = b"51.5007N"


def photo(width=320, height=240):
    return pictures.draw(pictures.Size(width, height), 9).copy_memory()


def telling(name, image=None, **options):
    """A file with a place in it."""
    picture = PIL.Image.fromarray((image or photo(64, 48)).numpy())
    exif = PIL.Image.Exif()
    exif[0x010E] = SECRET.decode()
    file = io.BytesIO()
    picture.save(file, {"jpg": "JPEG"}.get(name, name.upper()), exif=exif, **options)
    return file.getvalue()


def pixels(data):
    return pyvips.Image.new_from_buffer(data, "").write_to_memory()


# --- stripping --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_a_stripped_file_has_the_pixels_and_nothing_more(name):
    data = telling(name)
    assert SECRET in data
    clean = stripped(data, name)
    assert clean is not None
    assert SECRET not in clean
    assert len(clean) < len(data)
    assert pixels(clean) == pixels(data)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_a_colour_profile_stays(name, tmp_path):
    path = tmp_path / f"wide.{'jpg' if name == 'jpg' else name}"
    photo(64, 48).write_to_file(str(path), profile="p3", keep="icc")
    clean = stripped(path.read_bytes(), name)
    assert pyvips.Image.new_from_buffer(clean, "").get_typeof("icc-profile-data")


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_a_file_that_is_cut_off_or_no_picture_at_all_is_none_of_ours(name):
    data = telling(name)
    for length in (0, 1, 3, 11, 20, len(data) // 2):
        assert stripped(data[:length], name) is None
    assert stripped(b"\xff\xd8" + bytes(200), name) is None


def test_a_jpeg_that_browsers_do_not_show_is_none_of_ours():
    cmyk = io.BytesIO()
    PIL.Image.new("CMYK", (16, 16)).save(cmyk, "JPEG")
    assert stripped(cmyk.getvalue(), "jpg") is None


def test_an_animation_is_none_of_ours():
    assert stripped(animation((100, 200), 0, ".webp"), "webp") is None


@pytest.mark.parametrize("progressive", [False, True])
def test_further_pictures_behind_the_first_are_dropped(progressive):
    data = telling("jpg", progressive=progressive)
    assert stripped(data + data, "jpg") == stripped(data, "jpg")


@pytest.mark.parametrize("quality", [20, 35, 50, 60, 75, 90, 95, 100])
def test_how_well_a_jpeg_was_saved_is_read_off_its_table(quality):
    data = scene(32, 32).jpegsave_buffer(Q=quality)
    assert jpeg_quality(data) == pytest.approx(quality, abs=1)


def test_what_is_no_jpeg_was_saved_with_no_quality():
    assert jpeg_quality(telling("png")) is None
    assert jpeg_quality(b"\xff\xd8\xff") is None


# --- in a render ------------------------------------------------------------------------------------------------------

LEVELS = ("best", "good", "eco", "low")


@pytest.fixture
def poor(tmp_path):
    """A JPEG of quality 40 that tells a place."""
    path = tmp_path / "poor.jpg"
    path.write_bytes(telling("jpg", photo(), quality=40))
    return str(path)


@pytest.mark.parametrize(("name", "level"), [*product(("jxl", "avif", "webp", "jpg"), LEVELS)])
@pytest.mark.parametrize("size", ["", "c_limit,w_2000/"])
def test_a_negotiated_answer_is_never_larger_than_the_original(name, level, size, poor):
    original = Path(poor).stat().st_size
    report = render(
        RenderJob(poor, f"{size}q_auto:{level}", (name, "jpg"), negotiated=True, extension="jpg")
    )
    assert len(report.body) <= original
    assert SECRET not in report.body
    assert (report.width, report.height) == (320, 240)


def test_what_was_saved_worse_than_asked_goes_out_pixel_for_pixel(poor):
    report = render(RenderJob(poor, "q_auto:best", ("jpg",)))
    assert pixels(report.body) == pixels(Path(poor).read_bytes())
    assert report.media_type == "image/jpeg"


def test_the_type_says_what_went_out_instead(poor):
    report = render(RenderJob(poor, "q_auto:best", ("webp",), negotiated=True, extension="jpg"))
    kinds = {b"\xff\xd8": "image/jpeg", b"RI": "image/webp"}
    assert report.media_type == kinds[report.body[:2]]


OTHERWISE = [
    # a number is a number
    ("q_95", ("jpg",), False),
    # the format was asked for by name
    ("q_auto:best", ("webp",), False),
    # pixels were changed
    ("c_scale,w_319/q_auto:best", ("jpg",), False),
    ("e_sepia/q_auto:best", ("jpg",), False),
    ("a_180/q_auto:best", ("jpg",), False),
    # the way of writing was asked for
    ("fl_progressive:none/q_auto:best", ("jpg",), False),
    ("q_auto:best:444", ("jpg",), False),
]


@pytest.mark.parametrize(("transformation", "formats", "negotiated"), OTHERWISE)
def test_otherwise_what_is_asked_is_encoded(transformation, formats, negotiated, poor):
    report = render(RenderJob(poor, transformation, formats, negotiated=negotiated))
    assert report.body != stripped(Path(poor).read_bytes(), "jpg")


def test_a_turned_original_is_turned_in_its_pixels(tmp_path):
    path = tmp_path / "turned.jpg"
    exif = PIL.Image.Exif()
    exif[0x0112] = 3
    PIL.Image.fromarray(photo().numpy()).save(path, quality=30, exif=exif)
    report = render(RenderJob(str(path), "q_auto:best", ("jpg",)))
    assert pixels(report.body) != pixels(path.read_bytes())
    assert b"Exif" not in report.body
