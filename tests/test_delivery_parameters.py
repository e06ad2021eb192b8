"""Parameters that say how the answer is written: each is rendered, and the bytes are looked at."""

import gzip
import io
import json
from pathlib import Path

import PIL.Image
import pytest
import pyvips

from imgproxy.errors import BadParameter, LimitExceeded
from imgproxy.render.encode import QUALITIES, quality_for
from imgproxy.render.job import RenderJob, RenderReport
from imgproxy.render.pipeline import render
from imgproxy.render.place import without_place
from tests.originals import animation, plain, scene


@pytest.fixture
def photo(tmp_path: Path) -> str:
    path = tmp_path / "photo.png"
    scene(120, 90).pngsave(str(path))
    return str(path)


def answer(path: str, transformation: str = "", **job) -> RenderReport:
    """What the render process gives back for a transformation."""
    return render(RenderJob(path, transformation, **job))


def pillow(report: RenderReport) -> PIL.Image.Image:
    return PIL.Image.open(io.BytesIO(report.body))


def vips(report: RenderReport) -> pyvips.Image:
    return pyvips.Image.new_from_buffer(report.body, "")


# --- quality ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format_", ["jpg", "avif"])
@pytest.mark.parametrize(
    ("quality", "halved"),
    [("q_95:420", True), ("q_40:444", False), ("q_auto:420", True), ("q_auto:low:444", False)],
)
def test_chroma_is_halved_or_whole_as_asked(photo, format_, quality, halved):
    report = answer(photo, quality, formats=(format_,))
    if format_ == "jpg":
        assert vips(report).get("jpeg-chroma-subsample") == ("4:2:0" if halved else "4:4:4")
    else:
        av1c = report.body[report.body.index(b"av1C") + 4 :]
        assert bool(av1c[2] & 0b1100) == halved


@pytest.mark.parametrize("format_", ["jpg", "webp", "avif", "jxl"])
def test_without_a_word_of_quality_it_is_that_of_q_auto(photo, format_):
    plain_, auto, best = (
        answer(photo, text, formats=(format_,)).body for text in ("", "q_auto", "q_auto:best")
    )
    assert plain_ == auto
    assert len(plain_) < len(best)


@pytest.mark.parametrize("format_", sorted(QUALITIES))
def test_sensitive_lies_between_its_level_and_the_next_better(format_):
    levels = ("best", "good", "eco", "low")
    row = [quality_for(format_, level) or 0 for level in levels]
    raised = [quality_for(format_, level, sensitive=True) or 0 for level in levels]
    assert all(low < up for low, up in zip(row, raised, strict=True))
    assert all(up < high for up, high in zip(raised[1:], row, strict=False))


# --- formats ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def glass(tmp_path: Path) -> str:
    """Half transparent."""
    path = tmp_path / "glass.png"
    scene(60, 40).bandjoin(128).copy(interpretation="srgb").pngsave(str(path))
    return str(path)


@pytest.fixture
def moving(tmp_path: Path) -> str:
    """Three frames, red, green, blue."""
    path = tmp_path / "moving.gif"
    path.write_bytes(animation((100, 200, 300), 0, ".gif"))
    return str(path)


@pytest.mark.parametrize(
    ("formats", "extension", "media_type"),
    [
        (("tiff",), None, "image/tiff"),
        ((), "tiff", "image/tiff"),
        ((), "tif", "image/tiff"),
        (("bmp",), None, "image/bmp"),
        (("ico",), "jpg", "image/vnd.microsoft.icon"),
    ],
)
def test_formats_for_programs_are_written_when_asked_for(photo, formats, extension, media_type):
    report = answer(photo, "c_fill,h_40,w_50", formats=formats, extension=extension)
    assert report.media_type == media_type
    assert pillow(report).size == (50, 40)


def test_a_scan_without_a_wish_comes_in_a_format_that_browsers_show(tmp_path):
    path = tmp_path / "scan"
    scene(50, 40).tiffsave(str(path))
    assert answer(str(path), "w_20").media_type == "image/jpeg"


def test_an_icon_has_sides_of_at_most_256(photo):
    with pytest.raises(LimitExceeded, match="ico answer"):
        answer(photo, "w_300", formats=("ico",))


@pytest.mark.parametrize(
    ("transformation", "job", "media_type", "frames"),
    [
        ("f_auto", {"formats": ("avif", "webp"), "negotiated": True}, "image/webp", 3),
        ("f_auto:animated", {"formats": ("avif", "webp"), "negotiated": True}, "image/webp", 3),
        ("f_auto:image", {"formats": ("avif", "webp"), "negotiated": True}, "image/avif", 1),
        ("f_auto:image", {"negotiated": True}, "image/gif", 1),
        ("f_webp,fl_awebp", {"formats": ("webp",)}, "image/webp", 3),
        ("f_png", {"formats": ("png",)}, "image/png", 1),
        ("f_png,fl_apng", {"formats": ("png",)}, "image/png", 3),
        ("fl_apng", {"formats": ("jpg",)}, "image/jpeg", 1),
    ],
)
def test_how_many_frames_go_out(moving, transformation, job, media_type, frames):
    report = answer(moving, transformation, **job)
    assert (report.media_type, report.pages) == (media_type, frames)
    assert getattr(pillow(report), "n_frames", 1) == frames


def test_frames_of_an_animated_png_keep_their_times(moving):
    picture = pillow(answer(moving, "f_png,fl_apng,w_10", formats=("png",)))
    times = []
    for index in range(getattr(picture, "n_frames", 1)):
        picture.seek(index)
        times.append(picture.info["duration"])
    assert (picture.size[0], times, picture.info["loop"]) == (10, [100, 200, 300], 0)


@pytest.mark.parametrize(
    ("transformation", "formats", "mode"),
    [
        ("fl_preserve_transparency", ("jpg",), "RGBA"),
        ("", ("jpg",), "RGB"),
        ("fl_preserve_transparency", ("bmp",), "RGBA"),
        ("b_white,fl_preserve_transparency", ("jpg",), "RGB"),
        ("fl_png24", ("png",), "RGB"),
        ("fl_png8", ("png",), "P"),
        ("", ("tiff",), "RGBA"),
    ],
)
def test_what_becomes_of_transparency(glass, transformation, formats, mode):
    assert pillow(answer(glass, transformation, formats=formats)).mode == mode


def test_png32_has_transparency_that_nobody_needs(photo):
    assert pillow(answer(photo, "fl_png32", formats=("png",))).mode == "RGBA"
    assert pillow(answer(photo, "w_40", formats=("png",))).mode == "RGB"


def test_any_format_takes_a_palette_for_flat_drawings_and_not_for_photographs(photo, tmp_path):
    flat = tmp_path / "flat.png"
    plain(80, 60, (200, 30, 40)).join(plain(80, 60, (20, 30, 240)), "horizontal").pngsave(str(flat))
    picture = (pyvips.Image.xyz(256, 256) * [1, 1]).bandjoin(
        (pyvips.Image.xyz(256, 256)[0] * 7 + pyvips.Image.xyz(256, 256)[1] * 3) % 256
    )
    many = tmp_path / "many.png"
    picture.cast("uchar").copy(interpretation="srgb").pngsave(str(many))
    asked = "fl_any_format,q_auto"
    assert pillow(answer(str(flat), asked, formats=("png",))).mode == "P"
    assert pillow(answer(str(many), asked, formats=("png",))).mode == "RGB"


@pytest.mark.parametrize(
    ("flag", "mode", "compression"),
    [
        ("fl_tiff8_lzw", "RGB", "tiff_lzw"),
        ("fl_group4", "1", "group4"),
        ("fl_mono", "1", "packbits"),
        ("w_60", "RGB", "tiff_adobe_deflate"),
    ],
)
def test_how_a_tiff_is_packed(photo, flag, mode, compression):
    picture = pillow(answer(photo, flag, formats=("tiff",)))
    assert (picture.mode, picture.info["compression"]) == (mode, compression)


# --- what a file says besides its pixels ------------------------------------------------------------------------------


@pytest.fixture
def signed(tmp_path: Path) -> str:
    """A JPEG that says who made it, and where."""
    image = scene(64, 48).copy()
    for name, text in {
        "exif-ifd0-Artist": "Ada",
        "exif-ifd0-Copyright": "2026 Ada",
        "exif-ifd0-Make": "Camera",
        "exif-ifd3-GPSLatitude": "52/1 31/1 0/1",
    }.items():
        image.set_type(pyvips.GValue.gstr_type, name, f"{text} ({text}, ASCII, 9, 9)")
    image.set_type(pyvips.GValue.blob_type, "xmp-data", b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>")
    path = tmp_path / "signed.jpg"
    image.jpegsave(str(path))
    return str(path)


@pytest.mark.parametrize("format_", ["jpg", "png", "webp", "avif"])
@pytest.mark.parametrize(
    ("flag", "author", "document"),
    [("fl_keep_attribution", True, False), ("fl_keep_iptc", True, True), ("q_80", False, False)],
)
def test_author_and_copyright_stay_when_asked_and_place_never(
    signed, format_, flag, author, document
):
    image = vips(answer(signed, f"w_32/{flag}", formats=(format_,)))
    said = " ".join(str(image.get(name)) for name in image.get_fields() if "exif-ifd" in name)
    assert ("2026 Ada" in said) == author
    assert bool(image.get_typeof("xmp-data")) == document
    assert "Camera" not in said
    assert "52/1" not in said


def test_what_iptc_says_stays_but_for_the_city(photo, tmp_path):
    said = b"\x1c\2\x50\0\3Ada" + b"\x1c\2\x5a\0\6London"
    image = pyvips.Image.new_from_file(photo).copy()
    resource = b"Photoshop 3.0\0008BIM\4\4\0\0" + len(said).to_bytes(4) + said
    image.set_type(pyvips.GValue.blob_type, "iptc-data", resource)
    path = tmp_path / "told.jpg"
    image.jpegsave(str(path))
    kept = vips(answer(str(path), "w_32/fl_keep_iptc", formats=("jpg",))).get("iptc-data")
    assert b"Ada" in kept
    assert b"London" in path.read_bytes()
    assert b"London" not in kept


@pytest.mark.parametrize("format_", ["jpg", "png", "webp", "avif", "tiff"])
def test_the_profile_is_there_when_asked_for(photo, format_):
    assert pillow(answer(photo, "fl_force_icc", formats=(format_,))).info.get("icc_profile")
    assert not pillow(answer(photo, "w_60", formats=(format_,))).info.get("icc_profile")


@pytest.mark.parametrize(
    ("transformation", "same"),
    [
        ("", True),
        ("fl_c2pa", True),
        ("fl_immutable_cache", True),
        ("fl_keep_iptc", True),
        ("fl_original", True),
        ("e_sepia,fl_original,w_10/q_1", True),
        ("fl_force_strip", False),
        ("fl_strip_profile", False),
    ],
)
def test_when_the_stored_bytes_go_out(signed, transformation, same):
    """All of them but those that tell the place, which this one does."""
    stored = Path(signed).read_bytes()
    assert without_place(stored) != stored
    assert (answer(signed, transformation).body == without_place(stored)) == same


# --- drawings ---------------------------------------------------------------------------------------------------------

DRAWING = """<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="40" height="30">
<script>alert(1)</script><rect width="40" height="30" fill="red" onclick="alert(2)"/>
<a xlink:href=" java&#10;script:alert(3)"><circle r="3"/></a><a href="#top"><circle r="4"/></a>
<g><foreignObject><b>4</b></foreignObject></g></svg>"""


def test_a_packed_drawing_goes_out_unpacked_and_without_its_place(tmp_path):
    said = '<metadata><rdf:RDF xmlns:rdf="r" xmlns:exif="e"><exif:GPSLatitude>52</exif:GPSLatitude></rdf:RDF></metadata>'
    text = DRAWING.replace("<script>alert(1)</script>", said).encode()
    path = tmp_path / "drawing.svgz"
    path.write_bytes(gzip.compress(text))
    body = answer(str(path), "").body
    assert body == without_place(text)
    assert b"GPS" not in body


def test_a_drawing_is_cleaned_of_what_runs(tmp_path):
    path = tmp_path / "drawing.svg"
    path.write_text(DRAWING)
    body = answer(str(path), "fl_sanitize").body.decode()
    assert body.startswith("<svg xmlns=")
    assert not any(word in body for word in ("alert", "script", "onclick", "foreign", "<b>"))
    assert 'href="#top"' in body
    assert 'fill="red"' in body
    assert answer(str(path)).body == path.read_bytes()


def test_a_drawing_can_be_asked_for_as_pixels(tmp_path):
    path = tmp_path / "drawing.svg"
    path.write_text(DRAWING)
    report = answer(str(path), "fl_rasterize", extension="svg")
    assert (report.media_type, report.width, report.height) == ("image/jpeg", 40, 30)


@pytest.mark.parametrize(
    ("transformation", "size"),
    [
        ("fl_ignore_aspect_ratio,w_40", (40, 90)),
        ("c_scale,fl_ignore_aspect_ratio,h_40", (120, 40)),
        ("c_scale,w_60/fl_ignore_aspect_ratio.lossy,h_40", (60, 40)),
        ("c_scale,w_40", (40, 30)),
    ],
)
def test_the_other_side_stays_when_the_ratio_is_ignored(photo, transformation, size):
    report = answer(photo, transformation)
    assert (report.width, report.height) == size


# --- pages, density, delays, colour space -----------------------------------------------------------------------------


@pytest.fixture
def document(tmp_path: Path) -> str:
    """Two pages of 72 by 36 and 36 by 72 points."""
    path = tmp_path / "plan.pdf"
    path.write_bytes(
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 72 36]>>endobj\n"
        b"4 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 36 72]>>endobj\n"
        b"trailer<</Root 1 0 R>>\n%%EOF\n"
    )
    return str(path)


@pytest.fixture
def scans(tmp_path: Path) -> str:
    """A TIFF of a red and a blue page."""
    path = tmp_path / "scans.tiff"
    pages = [plain(30, 20, (250, 0, 0)), plain(30, 20, (0, 0, 250))]
    strip = pyvips.Image.arrayjoin(pages, across=1).copy()
    strip.set_type(pyvips.GValue.gint_type, "page-height", 20)
    strip.tiffsave(str(path))
    return str(path)


@pytest.mark.parametrize(
    ("transformation", "size"),
    [
        ("q_90", (150, 75)),
        ("pg_1", (150, 75)),
        ("pg_2", (75, 150)),
        ("dn_72", (72, 36)),
        ("dn_300,pg_2", (150, 300)),
        ("c_scale,w_20/pg_2", (20, 40)),
        ("if_pc_eq_2_and_cp_eq_2/w_10/if_end/pg_2", (10, 20)),
    ],
)
def test_a_page_of_a_document_at_a_density(document, transformation, size):
    report = answer(document, transformation, extension="jpg")
    assert (report.width, report.height) == size


@pytest.mark.parametrize(("page", "band"), [(1, 0), (2, 2)])
@pytest.mark.parametrize("rest", ["", "/c_fill,h_10,w_10", "/e_negate/e_negate"])
def test_a_page_of_a_scan(scans, page, band, rest):
    image = vips(answer(scans, f"pg_{page}{rest}", extension="png"))
    assert image[band].avg() > 240
    assert image[2 - band].avg() < 10


@pytest.mark.parametrize(("page", "band"), [(1, 0), (2, 1), (3, 2)])
def test_a_frame_of_an_animation_is_a_still(moving, page, band):
    report = answer(moving, f"pg_{page}")
    assert (report.media_type, report.pages) == ("image/gif", 1)
    assert [round(vips(report)[at].avg() / 255) for at in range(3)] == [
        int(at == band) for at in range(3)
    ]


def test_a_page_that_is_not_there_is_told_how_many_there_are(document, scans, moving, photo):
    for path, sheets in ((document, 2), (scans, 2), (moving, 3), (photo, 1)):
        with pytest.raises(
            BadParameter, match=f"Invalid pg: '9', expected a page from 1 to {sheets}"
        ):
            answer(path, "pg_9")


def test_every_frame_gets_the_delay(moving):
    picture = vips(answer(moving, "dl_80,w_10"))
    assert picture.get("delay") == [80, 80, 80]


@pytest.mark.parametrize(
    ("space", "profile"), [("cs_srgb", False), ("cs_no_cmyk", False), ("cs_tinysrgb", True)]
)
def test_a_colour_space_is_srgb_with_or_without_a_profile(photo, space, profile):
    found = pillow(answer(photo, space, extension="jpg")).info.get("icc_profile")
    assert bool(found) == profile
    assert len(found or b"") < 500


# --- breakpoints ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "widths"),
    [
        ("c_scale,w_auto:breakpoints:json", [120, 50]),
        ("c_fill,h_40,w_auto:breakpoints_20_100_1_3:json", [100, 20]),
        ("e_sepia/c_limit,w_auto:breakpoints_20_400_20_1:30:json", [120]),
    ],
)
def test_breakpoints_are_listed_instead_of_drawn(photo, text, widths):
    """A program asks once and writes a `srcset` from the answer."""
    report = answer(photo, text)
    assert report.media_type == "application/json"
    assert json.loads(report.body) == {"breakpoints": widths}
