"""Originals of every kind, made on the spot: pictures whose every pixel is known, and files that lie."""

import io
import struct
import zlib

import PIL.Image
import pillow_heif
import pillow_jxl  # noqa: F401 - registers the format
import pyvips

from imgproxy.render.decode import open_original
from imgproxy.settings import Limits

RED, GREEN, BLUE, SAND = (220, 30, 40), (20, 160, 60), (30, 50, 200), (230, 220, 190)
CORNERS = {(8, 4): RED, (24, 4): GREEN, (8, 12): BLUE, (24, 12): SAND}
"""Middle points of the four fields of `four_fields`, and their colours."""


def four_fields(width=32, height=16):
    """Red, green over blue, sand: no rotation or reflection of it equals another."""
    pixels = b"".join(
        bytes(colour) * (width // 2)
        for row in ((RED, GREEN), (BLUE, SAND))
        for _ in range(height // 2)
        for colour in row
    )
    return pyvips.Image.new_from_memory(pixels, width, height, 3, "uchar").copy(
        interpretation="srgb"
    )


def plain(width, height, colour):
    """One colour of one band (grey), three, or four."""
    image = (pyvips.Image.black(width, height) + list(colour)).cast("uchar")
    return image.copy(interpretation="srgb" if len(colour) > 2 else "b-w")


def pillow(image):
    mode = {1: "L", 3: "RGB", 4: "RGBA"}[image.bands]
    return PIL.Image.frombytes(mode, (image.width, image.height), image.write_to_memory())


def pillow_bytes(image, name, **options):
    file = io.BytesIO()
    pillow(image).save(file, name, **options)
    return file.getvalue()


def heic_bytes(image):
    file = io.BytesIO()
    pillow_heif.from_pillow(pillow(image)).save(file, quality=95)
    return file.getvalue()


def svg_bytes(body="", head=""):
    return (
        f'{head}<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="32" height="16">{body}</svg>'
    ).encode()


FIELDS = "".join(
    f'<rect x="{x - 8}" y="{y - 4}" width="16" height="8" fill="rgb{colour}"/>'
    for (x, y), colour in CORNERS.items()
)

WRITERS = {
    "jpg": lambda image: image.jpegsave_buffer(Q=95),
    "png": lambda image: image.pngsave_buffer(),
    "gif": lambda image: image.gifsave_buffer(),
    "webp": lambda image: image.webpsave_buffer(lossless=True),
    "avif": lambda image: image.heifsave_buffer(compression="av1", Q=95, effort=0),
    "tiff": lambda image: image.tiffsave_buffer(),
    "jxl": lambda image: pillow_bytes(image, "JXL", lossless=True),
    "heic": heic_bytes,
    "bmp": lambda image: pillow_bytes(image, "BMP"),
    "ico": lambda image: pillow_bytes(image, "ICO", sizes=[(image.width, image.height)]),
    "pdf": lambda image: pillow_bytes(image, "PDF", resolution=72.0),
    "svg": lambda image: svg_bytes(FIELDS),
}


def scene(width, height):
    """Soft shapes with detail, the kind of content that shrinking must not change."""
    noise = pyvips.Image.perlin(width, height, cell_size=48, seed=3)
    waves = pyvips.Image.sines(width, height, hfreq=5, vfreq=3)
    bands = [noise * 100 + 128, waves * 60 + 120, noise * -80 + 120]
    return pyvips.Image.bandjoin(bands[0], bands[1:]).cast("uchar").copy(interpretation="srgb")


def animation(delays, loop, suffix):
    """One plain colour per frame, red, green, blue in turn."""
    frames = [plain(20, 10, (RED, GREEN, BLUE)[index % 3]) for index in range(len(delays))]
    strip = pyvips.Image.arrayjoin(frames, across=1).copy()
    strip.set_type(pyvips.GValue.gint_type, "page-height", 10)
    strip.set_type(pyvips.GValue.gint_type, "loop", loop)
    strip.set_type(pyvips.GValue.array_int_type, "delay", delays)
    return strip.write_to_buffer(suffix)


def opener(folder):
    """A function from bytes to the Picture they are."""

    def open_bytes(data, limits=None, name="original"):
        path = folder / name
        path.write_bytes(data)
        return open_original(str(path), limits or Limits())

    return open_bytes


def pixel(image, x, y):
    return tuple(round(value) for value in image(x, y))


def assert_close(image, points, within):
    for (x, y), colour in points.items():
        got = pixel(image, x, y)
        assert all(abs(a - b) <= within for a, b in zip(got, colour, strict=False)), (
            x,
            y,
            got,
            colour,
        )


# --- files that claim more than they hold -----------------------------------------------------------------------------


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_bomb(width, height):
    """A few bytes that claim to be a huge picture."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


def ico_bomb():
    """An icon whose directory says 16×16 and whose picture says otherwise."""
    inside = png_bomb(60_000, 60_000)
    entry = struct.pack("<BBBBHHII", 16, 16, 0, 0, 1, 32, len(inside), 22)
    return b"\x00\x00\x01\x00\x01\x00" + entry + inside


def bmp_bomb():
    header = struct.pack("<IiiHHIIiiII", 40, 60_000, 60_000, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 1000, 0, 0, 54) + header + bytes(64)


def heic_claiming(data, side):
    """A HEIC whose picture is said to be a square of `side`; libheif reads the largest numbers as none."""
    at = data.index(b"ispe") + 8
    return data[:at] + struct.pack(">II", side, side) + data[at + 8 :]


def jxl_bomb(width, height):
    """A codestream that ends after its size: 30-bit sides, no ratio."""
    bits, at = 0, 0
    for value, count in ((0, 1), (3, 2), (height - 1, 30), (0, 3), (3, 2), (width - 1, 30)):
        bits |= value << at
        at += count
    return b"\xff\x0a" + bits.to_bytes(16, "little")


def pdf_of(width, height):
    """One empty page, in points."""
    return (
        b"%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]>>endobj\n"
        b"trailer<</Root 1 0 R>>\n%%%%EOF\n"
    ) % (width, height)
