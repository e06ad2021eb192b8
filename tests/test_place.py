"""What goes out as it is stored tells everything but the place."""

import io
import struct
import zlib

import PIL.Image
import pytest
from PIL.PngImagePlugin import PngInfo

from imgproxy.render.place import without_place

GPS, MAKE = 0x8825, 0x010F
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description exif:GPSLatitude="48,51.49N" dc:rights="R">'
    b"<exif:GPSLongitude>2,17.4E</exif:GPSLongitude></rdf:Description></x:xmpmeta>"
)
KINDS = ["jpeg", "png", "webp", "avif", "mpo"]


def taken(kind: str, *, place: bool = True) -> bytes:
    """A picture of that kind with a camera, and with or without a place."""
    exif = PIL.Image.Exif()
    exif[MAKE] = "Camera"
    if place:
        directory = exif.get_ifd(GPS)
        directory[1], directory[3] = "N", "E"
        directory[2], directory[4] = (48.0, 51.0, 29.5), (2.0, 17.0, 40.25)
    file = io.BytesIO()
    gradient = PIL.Image.linear_gradient("L").convert("RGB")
    gradient.save(file, kind, exif=exif)
    return file.getvalue()


def opened(data: bytes) -> PIL.Image.Image:
    return PIL.Image.open(io.BytesIO(data))


@pytest.mark.parametrize("kind", KINDS)
def test_the_place_is_gone_and_nothing_else(kind):
    data = taken(kind)
    assert opened(data).getexif().get_ifd(GPS)[2] == (48.0, 51.0, 29.5)
    erased = without_place(data)
    assert not opened(erased).getexif().get_ifd(GPS)
    assert opened(erased).getexif()[MAKE] == "Camera"
    assert len(erased) == len(data)
    assert opened(erased).tobytes() == opened(data).tobytes()


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_tells_no_place_is_the_very_same(kind):
    data = taken(kind, place=False)
    assert without_place(data) is data


def test_a_tiff_is_such_a_file_by_itself():
    exif = opened(taken("jpeg")).getexif()
    found = PIL.Image.Exif()
    found.load(b"Exif\0\0" + without_place(exif.tobytes().removeprefix(b"Exif\0\0")))
    assert not found.get_ifd(GPS)
    assert found[MAKE] == "Camera"


def test_the_numbers_are_nowhere_in_the_file():
    numbers = (29.5).as_integer_ratio()
    rational = b"".join(number.to_bytes(4, "big") for number in numbers)
    assert rational in taken("jpeg")
    assert rational not in without_place(taken("jpeg"))


def test_xmp_tells_no_place_either_and_its_rights_stay():
    file = io.BytesIO()
    PIL.Image.new("RGB", (9, 9)).save(file, "jpeg", xmp=XMP)
    erased = without_place(file.getvalue())
    assert b"GPS" not in erased
    assert b'dc:rights="R"' in erased


def test_a_png_whose_text_was_changed_is_sound():
    words, file = PngInfo(), io.BytesIO()
    words.add_itxt("XML:com.adobe.xmp", XMP.decode())
    PIL.Image.new("RGB", (9, 9)).save(file, "png", pnginfo=words)
    picture = opened(without_place(file.getvalue()))
    picture.verify()
    assert b"GPS" not in without_place(file.getvalue())


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_is_cut_anywhere_is_no_trouble(kind):
    data = taken(kind)
    for length in range(0, min(len(data), 700), 3):
        assert len(without_place(data[:length])) == length


# --- every other way in which a file tells a place -----------------------------------------------------------------------

TOWN = b"Zanzibar"
"""Nothing that a picture's own bytes would say by chance."""


def segment(marker: int, content: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(content) + 2) + content


def chunk(name: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)


def box(kind: bytes, *contents: bytes) -> bytes:
    content = b"".join(contents)
    return struct.pack(">I", len(content) + 8) + kind + content


def plain(kind: str) -> bytes:
    return taken(kind, place=False)


def jpeg(*segments: bytes) -> bytes:
    return plain("jpeg")[:2] + b"".join(segments) + plain("jpeg")[2:]


def png(*chunks: bytes) -> bytes:
    return plain("png")[:33] + b"".join(chunks) + plain("png")[33:]


def jxl(*boxes: bytes) -> bytes:
    return b"\0\0\0\x0cJXL \r\n\x87\n" + b"".join(boxes) + box(b"jxlc", b"\xff\x0a\0\0")


def directory(
    *entries: tuple[int, int, int, int], following: int = 0, order: str = "<", big: bool = False
) -> bytes:
    count, entry, offset = ("Q", "HHQQ", "Q") if big else ("H", "HHII", "I")
    body = b"".join(struct.pack(order + entry, *each) for each in entries)
    return struct.pack(order + count, len(entries)) + body + struct.pack(order + offset, following)


def tiff(*parts: bytes, order: str = "<") -> bytes:
    start = b"II*\0" if order == "<" else b"MM\0*"
    return start + struct.pack(f"{order}I", 8) + b"".join(parts)


def following(tag: int) -> bytes:
    """A TIFF with the town in a directory that `tag` points to, or that comes next (0)."""
    second = 8 + 18
    gps = second + 18
    inside = directory((0x8825, 4, 1, gps)) + directory((1, 2, 8, gps + 18)) + TOWN
    first = directory((tag or 0x10F, 4, 1, second), following=0 if tag else second)
    return tiff(first, inside)


def big_tiff() -> bytes:
    gps = 16 + 36
    inside = directory((1, 2, 16, gps + 36), big=True) + TOWN + TOWN
    return (
        b"II+\0\x08\0\0\0"
        + struct.pack("<Q", 16)
        + directory((0x8825, 16, 1, gps), big=True)
        + inside
    )


def xmp(text: bytes) -> bytes:
    return b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF>' + text + b"</rdf:RDF></x:xmpmeta>"


def iptc(dataset: int = 0x5A, record: int = 2) -> bytes:
    return bytes((0x1C, record, dataset)) + struct.pack(">H", len(TOWN)) + TOWN


def resource(content: bytes, name: bytes = b"\0\0") -> bytes:
    return b"8BIM\x04\x04" + name + struct.pack(">I", len(content)) + content


def item(encoding: bytes, content: bytes, way: int = 0) -> bytes:
    """The boxes of an AVIF with one item of a media type."""
    info = b"\2\0\0\0" + struct.pack(">HH", 1, 0) + b"mime\0application/rdf+xml\0" + encoding
    infos = box(b"iinf", bytes(4), struct.pack(">H", 1), box(b"infe", info))

    def meta(at: int) -> bytes:
        place = struct.pack(">HHHHHII", 1, 1, way, 0, 1, at, len(content))
        places = box(b"iloc", b"\1\0\0\0\x44\0", place)
        return box(b"meta", bytes(4), infos, places, box(b"idat", content) if way else b"")

    start = box(b"ftyp", b"avif\0\0\0\0avif")
    return (
        start
        + meta(0 if way else len(start) + len(meta(0)) + 8)
        + box(b"mdat", b"" if way else content)
    )


EXTENSION = b"http://ns.adobe.com/xmp/extension/\0" + b"0" * 40
HEX = b"Raw profile type exif\0\nexif\n" + TOWN.hex().encode()
LONG = b"<exif:GPSAreaInformation>" + TOWN + b"</exif:GPSAreaInformation>"

TELLING = {
    "a maker's note": tiff(directory((0x8769, 4, 1, 26)), directory((0x927C, 7, 8, 44)), TOWN),
    "a maker's note, big-endian": tiff(
        directory((0x8769, 4, 1, 26), order=">"),
        directory((0x927C, 7, 8, 44), order=">"),
        TOWN,
        order=">",
    ),
    "GPS of a further picture": following(0),
    "GPS of a picture inside": following(0x014A),
    "GPS of a BigTIFF": big_tiff(),
    "EXIF without its name, as in WebP and HEIF": b"EXIF\x40\0\0\0" + following(0x014A),
    "XMP by another prefix": xmp(b"<q:GPSLatitude>" + TOWN + b"</q:GPSLatitude>"),
    "XMP of a drone": xmp(b'<rdf:Description drone-dji:GpsLatitude="' + TOWN + b'"/>'),
    "XMP of a city": xmp(b"<photoshop:City>" + TOWN + b"</photoshop:City>"),
    "XMP of a place with parts": xmp(
        b"<Iptc4xmpExt:LocationShown><rdf:Bag><rdf:li><Iptc4xmpExt:City>"
        + TOWN
        + b"</Iptc4xmpExt:City></rdf:li></rdf:Bag></Iptc4xmpExt:LocationShown>"
    ),
    "XMP with room around": xmp(b"<rdf:Description photoshop:Country\n = '" + TOWN + b"'/>"),
    "XMP that was cut off": b"<photoshop:City>" + TOWN,
    "JSON of content credentials": b'{"exif:GPSLatitude": "' + TOWN + b'"}',
    "IPTC of a JPEG": jpeg(segment(0xED, b"Photoshop 3.0\0" + resource(iptc()))),
    "IPTC with a name": jpeg(segment(0xED, b"Photoshop 3.0\0" + resource(iptc(), b"\x04name\0"))),
    "IPTC after other datasets": resource(b"\x1c\1\x5a\0\3\x1b%G" + iptc(0x65)),
    "IPTC by itself": b"\x1c\1\x5a\0\3\x1b%G" + iptc(0x5C),
    "IPTC of a TIFF": tiff(directory((0x83BB, 7, 13, 26)), iptc()),
    "IPTC that is not sound": resource(b"\x1c\2\x5a\x80\4" + TOWN),
    "XMP over two segments": jpeg(
        segment(0xE1, EXTENSION + LONG[:30]), segment(0xE1, EXTENSION + LONG[30:])
    ),
    "IPTC over two segments": jpeg(
        segment(0xED, b"Photoshop 3.0\0" + resource(iptc())[:20]),
        segment(0xED, b"Photoshop 3.0\0" + resource(iptc())[20:]),
    ),
    "text in hexadecimal": png(chunk(b"tEXt", HEX)),
    "text in hexadecimal, packed": png(
        chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(TOWN))
    ),
    "packed XMP of a PNG": png(
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(xmp(LONG)))
    ),
    "text called by a place": png(chunk(b"tEXt", b"exif:GPSLatitude\0" + TOWN)),
    "EXIF of a PNG": png(chunk(b"eXIf", following(0x014A))),
    "a packed box of a JPEG XL": jxl(box(b"brob", b"Exif", zlib.compress(TOWN))),
    "what a JPEG was, in a JPEG XL": jxl(box(b"jbrd", zlib.compress(TOWN))),
    "a packed item of an AVIF": item(b"deflate\0", zlib.compress(TOWN)),
    "a packed item inside meta": item(b"br\0", zlib.compress(TOWN), way=1),
    "XMP of an AVIF": item(b"", LONG),
    "a second picture in a JPEG": plain("jpeg")
    + taken("jpeg")[:2]
    + segment(0xE1, b"Exif\0\0" + following(0)),
}


TOLD = [TOWN[:3], TOWN.hex().encode(), zlib.compress(TOWN), zlib.compress(xmp(LONG))]


@pytest.mark.parametrize("way", TELLING)
def test_no_way_of_telling_a_place_is_left(way):
    data = TELLING[way]
    assert any(form in data for form in TOLD)
    erased = without_place(data)
    assert not any(form in erased for form in TOLD)
    assert without_place(erased) == erased


STAYING = {
    "the author": resource(b"\x1c\2\x50\0\7Theatre" + iptc()),
    "rights in XMP": xmp(b"<dc:rights>Theatre</dc:rights>" + LONG),
    "a comment": jpeg(segment(0xFE, b"Theatre, City=1")),
    "a title of PNG": png(
        chunk(b"tEXt", b"Title\0Theatre"), chunk(b"zTXt", b"a\0\0" + zlib.compress(b"b"))
    ),
    "EXIF in a packed item's neighbour": item(b"gzip\0", b"packed") + box(b"free", b"Theatre"),
    "another property": xmp(b"<a:Locations>Theatre</a:Locations><a:Cityscape>x</a:Cityscape>"),
}


@pytest.mark.parametrize("what", STAYING)
def test_what_is_about_something_else_stays(what):
    assert b"Theatre" in without_place(STAYING[what])


def test_a_jpeg_xl_without_its_packed_boxes_is_the_same_picture():
    import pillow_jxl  # noqa: F401 - registers the format

    file = io.BytesIO()
    opened(plain("jpeg")).save(file, "jxl", lossless_jpeg=False, exif=b"Exif\0\0" + following(0))
    data = file.getvalue()
    start = 12 + int.from_bytes(data[12:16])
    packed = data[:start] + box(b"brob", b"xml ", zlib.compress(TOWN)) + data[start:]
    erased = without_place(packed)
    assert TOWN[:3] not in erased
    assert opened(erased).tobytes() == opened(data).tobytes()


@pytest.mark.parametrize("way", TELLING)
def test_what_is_cut_anywhere_is_no_trouble_in_any_container(way):
    data = TELLING[way]
    for length in range(0, min(len(data), 1500), 7):
        assert len(without_place(data[:length])) <= length


@pytest.mark.parametrize("way", TELLING)
def test_what_is_damaged_anywhere_is_no_trouble(way):
    data = TELLING[way][:600]
    for at in range(0, len(data), 3):
        damaged = data[:at] + b"\xff" + data[at + 1 :]
        assert len(without_place(damaged)) <= len(damaged)


# each would take minutes if what was passed were gone over again
ENDLESS = [b"<a:City>", b"<a:City ", b"a" * 64, b"a:City=", b"II*\0\x08\0\0\0\0\0", b"8BIM\x04\x04"]


@pytest.mark.parametrize("piece", ENDLESS)
def test_what_never_ends_takes_no_longer_than_its_length(piece):
    data = piece * (2_000_000 // len(piece))
    assert len(without_place(data)) == len(data)
