"""What goes out as it is stored tells everything but the place."""

import io

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
