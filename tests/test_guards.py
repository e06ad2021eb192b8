"""What bytes are, by themselves; whatever else they pretend to be, the answer is a typed error and a clean sentence."""

import zlib

import pytest

from imgproxy.errors import BadRequest, LimitExceeded, NotAnImage, OriginFailed
from imgproxy.render.decode import open_original
from imgproxy.render.sanitize import MAX_DEPTH, sanitized
from imgproxy.render.sniff import jxl_size, sniff
from imgproxy.settings import Limits
from imgproxy.values import Size
from tests.originals import (
    CORNERS,
    FIELDS,
    WRITERS,
    animation,
    assert_close,
    bmp_bomb,
    heic_claiming,
    ico_bomb,
    jxl_bomb,
    opener,
    pdf_of,
    pillow_bytes,
    plain,
    png_bomb,
    scene,
    svg_bytes,
)


@pytest.fixture
def opened(tmp_path):
    return opener(tmp_path)


def assert_clean(error):
    """One line that a stranger may read."""
    text = str(error)
    assert "\n" not in text
    assert "/" not in text
    assert len(text) < 160


# --- what bytes are --------------------------------------------------------------------------------------------------

SNIFFED = [
    (b"\xff\xd8\xff\xe0....", "jpg"),
    (b"\x89PNG\r\n\x1a\n....", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "webp"),
    (b"RIFF\x10\x00\x00\x00WAVEfmt ", None),
    (b"\x00\x00\x00\x18ftypavif\x00\x00\x00\x00avifmif1", "avif"),
    (b"\x00\x00\x00\x18ftypavis\x00\x00\x00\x00msf1avis", "avif"),
    (b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1avif", "avif"),
    (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "heic"),
    (b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1heic", "heic"),
    (b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomavc1", None),
    (b"\xff\x0a\xfa\x1f", "jxl"),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n\x00\x00\x00\x14ftyp", "jxl"),
    (b"II*\x00\x08\x00\x00\x00", "tiff"),
    (b"MM\x00*\x00\x00\x00\x08", "tiff"),
    (b"II+\x00\x08\x00\x00\x00", "tiff"),
    (b"BM" + bytes(12) + b"\x28\x00\x00\x00", "bmp"),
    (b"BMW is a maker of cars, not of pictures", None),
    (b"\x00\x00\x01\x00\x01\x00\x10\x10\x00\x00\x01\x00\x20\x00" + bytes(8), "ico"),
    (b"\x00\x00\x01\x00\x00\x00" + bytes(16), None),
    (b"%PDF-1.7\n", "pdf"),
    (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "svg"),
    (b"<svg>", "svg"),
    (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- a > b -->\n<svg width='1'>", "svg"),
    (b"<?xml version='1.0'?><!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN' 'x.dtd'><svg >", "svg"),
    (b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg>", "svg"),
    ("<svg>".encode("utf-16"), "svg"),
    (b"<s:svg xmlns:s='http://www.w3.org/2000/svg'>", "svg"),
    (zlib.compress(b"<svg>", wbits=31), "svg"),
    (zlib.compress(b"hello", wbits=31), None),
    (b"<!DOCTYPE html><svg>", None),
    (b"<html><body><svg></svg></body></html>", None),
    (b"<svgx>", None),
    (b"<!-- <svg> -->", None),
    (b" \xff\xd8\xff\xe0", None),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", None),
    (b"", None),
]


@pytest.mark.parametrize(("head", "name"), SNIFFED)
def test_bytes_are_known_by_their_beginning(head, name):
    assert sniff(head) == name


# --- JPEG XL's size --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "size", [(1, 1), (256, 8), (640, 480), (1920, 1080), (31, 4999), (9000, 3)]
)
def test_the_size_of_a_codestream_is_read_without_decoding(size):
    image = plain(size[0], size[1], (1, 2, 3))
    data = pillow_bytes(image, "JXL", effort=1)
    assert jxl_size(data) == size
    boxed = pillow_bytes(image, "JXL", effort=1, use_container=True)
    assert boxed.startswith(b"\x00\x00\x00\x0cJXL ")
    assert jxl_size(boxed) == size


# --- too large --------------------------------------------------------------------------------------------------------


TOO_LARGE = {
    "png": png_bomb(60_000, 60_000),
    "png side": png_bomb(70_000, 1),
    "ico": ico_bomb(),
    "bmp": bmp_bomb(),
    "jxl": jxl_bomb(60_000, 60_000),
    "pdf": pdf_of(14_000, 14_000),
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="60000" height="60000"/>',
    "svgz": zlib.compress(svg_bytes(" " * 11_000_000), wbits=31),
}


@pytest.mark.parametrize("data", TOO_LARGE.values(), ids=TOO_LARGE)
def test_a_small_file_that_claims_a_huge_picture_is_refused_by_its_header(data, opened):
    with pytest.raises(LimitExceeded) as caught:
        opened(data).frames(Size(8, 8))
    assert_clean(caught.value)


def test_limits_count_all_frames_together(opened):
    data = animation([50] * 6, 0, ".gif")
    opened(data, Limits(max_frames=6, max_original_pixels=1200))
    with pytest.raises(LimitExceeded, match="in frames is 6, the limit is 5"):
        opened(data, Limits(max_frames=5))
    with pytest.raises(LimitExceeded, match="in pixels is 1200, the limit is 1199"):
        opened(data, Limits(max_original_pixels=1199))


def test_an_animation_may_not_be_blown_up_beyond_what_an_original_may_have(opened):
    picture = opened(animation([50] * 6, 0, ".gif"), Limits(max_original_pixels=10_000))
    assert len(picture.frames(Size(50, 30))) == 6
    assert len(picture.frames(Size(100, 100), still=True)) == 1
    with pytest.raises(LimitExceeded, match="all frames is 12000, the limit is 10000"):
        picture.frames(Size(50, 40))


def test_a_file_of_too_many_bytes_is_not_looked_into(opened):
    with pytest.raises(LimitExceeded, match="in bytes is 200, the limit is 100"):
        opened(b"x" * 200, Limits(max_original_bytes=100))


def test_a_file_that_is_gone_is_the_origins_failure(tmp_path):
    with pytest.raises(OriginFailed) as caught:
        open_original(str(tmp_path / "gone.jpg"), Limits())
    assert str(tmp_path) not in str(caught.value)


NO_IMAGES = {
    "empty": (b"", "the file is empty"),
    "html": (b"<!DOCTYPE html><html><img src=x onerror=alert(1)></html>", "it is an HTML page"),
    "text": (b"hello, world", "it is text"),
    "xml": (b"<?xml version='1.0'?><feed/>", "it is XML, but not SVG"),
    "noise": (bytes(range(256)) * 4, "its type is not known"),
    "jpg without a picture": (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(50), "the JPG data"),
    "png signature alone": (b"\x89PNG\r\n\x1a\n", "the PNG data"),
    "gif of garbage": (b"GIF89a" + b"\x77" * 40, "the GIF data"),
    "webp of garbage": (b"RIFF\x40\x00\x00\x00WEBPVP8 " + bytes(64), "the WEBP data"),
    "avif of garbage": (
        b"\x00\x00\x00\x18ftypavif\x00\x00\x00\x00avifmif1" + bytes(64),
        "the AVIF",
    ),
    "heic of garbage": (
        b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(64),
        "the HEIC",
    ),
    "heic without sides": (
        heic_claiming(WRITERS["heic"](plain(64, 64, (1, 2, 3))), 2**32 - 1),
        "the HEIC data says that it has no pixels",
    ),
    "jxl of garbage": (b"\xff\x0a" + b"\x55" * 64, "the JXL data"),
    "jxl container alone": (b"\x00\x00\x00\x0cJXL \r\n\x87\n" + bytes(32), "the JXL data"),
    "tiff of garbage": (b"II*\x00\x08\x00\x00\x00" + b"\x99" * 64, "the TIFF data"),
    "bmp of garbage": (b"BM" + bytes(12) + b"\x28\x00\x00\x00" + b"\x99" * 64, "the BMP data"),
    "ico of garbage": (b"\x00\x00\x01\x00\x01\x00\x10\x10\x00\x00" + b"\x99" * 64, "the ICO data"),
    "pdf of garbage": (b"%PDF-1.7\n" + b"\x99" * 64, "the PDF data"),
    "svg cut short": (svg_bytes()[:-4], "not well-formed"),
    "svg without size": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "the SVG data"),
    "gzip cut short": (zlib.compress(svg_bytes("<g/>" * 500), wbits=31)[:-60], "the SVG"),
}


@pytest.mark.parametrize(("data", "sentence"), NO_IMAGES.values(), ids=NO_IMAGES)
def test_what_is_no_picture_is_refused_with_a_sentence(data, sentence, opened):
    with pytest.raises(NotAnImage) as caught:
        opened(data, name="holiday.jpg").frames(Size(8, 8))
    assert sentence in str(caught.value)
    assert_clean(caught.value)


OUTSIDE = {
    "image by http": '<image xlink:href="http://127.0.0.1/a.png"/>',
    "image by file": '<image href="file:///etc/passwd"/>',
    "image by name": '<image href="secret.png"/>',
    "use of another file": '<use xlink:href="other.svg#a"/>',
    "filter input": '<filter id="f"><feImage href="http://127.0.0.1/a.png"/></filter>',
    "nested svg": '<image href="data:image/svg+xml,&lt;svg/&gt;"/>',
    "xinclude": '<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="/etc/passwd"/>',
    "fill": '<rect fill="url(http://127.0.0.1/a.svg#b)"/>',
    "style attribute": "<rect style=\"fill: url( 'file:///etc/passwd' )\"/>",
    "style escaped": r'<rect style="fill: \75 rl(http://127.0.0.1/)"/>',
    "style element": "<style>@import 'http://127.0.0.1/a.css';</style>",
    "style by data": "<style>rect{fill:u/**/rl(a.svg#x)} g{mask:url(b.svg#c)}</style>",
    "base": '<g xml:base="http://127.0.0.1/"/>',
}
ENTITIES = {
    "bomb": '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
    "file": '<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    "parameter": '<!DOCTYPE svg [<!ENTITY % a SYSTEM "http://127.0.0.1/a.dtd"> %a;]>',
    "types": "<!DOCTYPE svg [<!ELEMENT svg ANY>]>",
    "stylesheet": '<?xml-stylesheet href="http://127.0.0.1/a.css"?>',
}


@pytest.mark.parametrize("body", OUTSIDE.values(), ids=OUTSIDE)
def test_a_drawing_that_reaches_outside_itself_is_refused(body, opened):
    with pytest.raises(NotAnImage, match=r"the SVG (refers|imports|moves)"):
        opened(svg_bytes(body))


@pytest.mark.parametrize("head", ENTITIES.values(), ids=ENTITIES)
def test_a_drawing_with_entities_or_a_stylesheet_is_refused(head, opened):
    with pytest.raises(NotAnImage, match=r"the SVG (declares|refers)"):
        opened(svg_bytes("<text>&a;</text>" if "ENTITY a" in head else "", head))


HARMLESS = {
    "public doctype": ('<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "svg11.dtd">', FIELDS),
    "link": ("", f'<a href="https://example.org/">{FIELDS}</a>'),
    "script": ("", f"<script href='https://example.org/a.js'>alert(1)</script>{FIELDS}"),
    "handler": ("", f'<g onload="alert(1)">{FIELDS}</g>'),
    "own parts": ("", f'<g id="a">{FIELDS}</g><use href="#a"/><rect fill="url(#none)"/>'),
    "picture inside": ("", f'{FIELDS}<image href="data:image/png;base64,AAAA"/>'),
    "style": ("", f"<style>rect {{ stroke: none }} /* url(x) */</style>{FIELDS}"),
}


@pytest.mark.parametrize(("head", "body"), HARMLESS.values(), ids=HARMLESS)
def test_a_drawing_may_carry_what_does_nothing_here(head, body, opened):
    (frame,) = opened(svg_bytes(body, head)).frames()
    assert_close(frame, CORNERS, 2)


@pytest.mark.parametrize("name", [name for name in WRITERS if name != "svg"])
def test_a_truncated_file_gives_what_is_there_or_a_typed_error(name, opened):
    data = WRITERS[name](scene(160, 120))
    for share in (0.02, 0.1, 0.3, 0.6, 0.9, 0.99):
        cut = data[: int(len(data) * share)]
        for scaled in (None, Size(40, 30)):
            try:
                (frame,) = opened(cut).frames(scaled)
                assert frame.copy_memory().width == (scaled or frame).width
            except BadRequest as error:
                assert_clean(error)


@pytest.mark.parametrize("name", ["jpg", "png"])
def test_the_first_half_of_a_photo_is_better_than_none(name, opened):
    data = WRITERS[name](scene(400, 300))
    (whole,) = opened(data).frames(Size(40, 30))
    (half,) = opened(data[: len(data) * 6 // 10]).frames(Size(40, 30))
    top = (half.crop(0, 0, 40, 12) - whole.crop(0, 0, 40, 12)).abs().avg()
    assert top < 2


@pytest.mark.parametrize("name", ["jpg", "png"])
def test_a_file_that_ends_before_its_first_pixel_is_an_error(name, opened):
    data = WRITERS[name](scene(400, 300))
    start = data.index(b"\xff\xda") + 14 if name == "jpg" else data.index(b"IDAT") + 6
    with pytest.raises(NotAnImage):
        opened(data[:start]).frames(Size(40, 30))


def test_a_drawing_nested_too_deep_to_be_written_is_refused():
    deep = MAX_DEPTH - 1
    assert sanitized(svg_bytes("<g>" * deep + "</g>" * deep)).count(b"<g") == deep
    with pytest.raises(LimitExceeded, match="within each other"):
        sanitized(svg_bytes("<g>" * 100_000 + "</g>" * 100_000))


@pytest.mark.parametrize(
    "head",
    [b" " * 60_000, b"<!-- -->" * 8_000, b"<!DOCTYPE svg " + b"[]" * 30_000, b"<?x" * 20_000],
    ids=["spaces", "comments", "brackets", "instructions"],
)
def test_what_only_begins_like_an_svg_is_gone_over_once(head):
    """Spaces alone once kept the expression busy for ever."""
    assert sniff(head + b"x") is None


def test_comments_of_a_stylesheet_that_never_end_are_gone_over_once(tmp_path):
    style = b"<style>" + b"/* " * 300_000 + b"@import 'x';</style>"
    path = tmp_path / "endless.svg"
    path.write_bytes(
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">' + style + b"</svg>"
    )
    assert open_original(str(path), Limits()).header.size == Size(9, 9)
