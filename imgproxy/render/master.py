"""Working copies of originals: upright sRGB pixels, shrunk once, so that a page's other sizes and formats need no decoder.

    magic, length of the head, head as msgpack, zeros up to PIXELS_AT, pixels row by row

The head holds the original's header, so that a master stands for its original wherever at most two thirds of its sides
are asked for (`COVERS`): sizes, windows and choices of format come out the same.  Whatever needs more opens the original.
Pixels are not compressed: 2000 × 1500 take 9 MB and are there at once, where near-lossless WebP takes 0.5 MB and 65 ms.

A file that is not whole is no master.  This room reads files and fills a buffer; where masters are kept is not its
business, and what is in a file is believed no more than an original.
"""

import mmap
import os
import zlib
from collections.abc import Callable
from math import ceil
from pathlib import Path
from typing import Protocol, TypeGuard

import msgspec
import pyvips

from imgproxy.errors import NotAnImage
from imgproxy.render import colour, guards
from imgproxy.render.decode import RESIDUE, Picture, loaded, resized
from imgproxy.render.job import Header, RenderJob
from imgproxy.settings import Limits
from imgproxy.values import Size

LONGEST_PX = 2000
"""Longest side of a master, where the decoder does not happen to give a little more."""

_LARGEST_PX = 2400
COVERS = 1.5
"""How many times smaller than the master a picture must be to be made from it: what is left for the good kernel.

A phone's photo held upright has a master of 1512 px, which is enough for 1008.
"""

_COVERS_OF_JPEG = RESIDUE
"""From here up its decoder shrinks by itself, for a master and without one; below, the whole of it is sharper."""

PIXELS_AT = 4096
_MAGIC = b"DRM1"
_SAMPLE_BYTES = 4096
_SAMPLE_EVERY = 256 * 1024

_NS_PER_PIXEL = {
    "jpg": 4,
    "bmp": 4,
    "tiff": 8,
    "png": 12,
    "webp": 11,
    "avif": 15,
    "heic": 19,
    "jxl": 25,
}
"""What a small picture of a large original costs to decode; formats that are not here never get a master."""

_WORTH_MS = 20.0
_DEAR_MS = 100.0
_DEAR = frozenset({"avif", "heic", "jxl"})
"""Formats whose decoders shrink nothing while they read and take so long that the copy is a trifle beside them."""

_READ_IN_ROWS = frozenset({"png", "tiff"})
"""Read from top to bottom by libvips: the whole of such an original never has to lie in memory."""

Tell = Callable[[str, int], None]
"""Told what became of a master, and the bytes of a new one."""


class Desk(Protocol):
    """Where a new master is laid; `None`: there is no such place."""

    place: memoryview | None

    def tell(self, what: str, size_bytes: int) -> None:
        """What became of a master: see `keeping` and `read`."""
        ...


class _NoDesk:
    place: memoryview | None = None

    def tell(self, what: str, size_bytes: int) -> None:
        """Nobody listens."""


NO_DESK = _NoDesk()


class _Head(msgspec.Struct, frozen=True, array_like=True):
    header: Header
    width: int
    height: int
    bands: int
    check: int


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Head)


def is_worth_it(header: Header) -> bool:
    """Whether decoding the original takes so long that a master may pay for itself."""
    return _decoding_ms(header) >= _WORTH_MS


def is_dear(header: Header) -> bool:
    """Whether it takes so long that a master is made while nobody knows yet who will use it."""
    return header.format in _DEAR and _decoding_ms(header) >= _DEAR_MS


def _decoding_ms(header: Header) -> float:
    if header.pages > 1 or header.sheets > 1:
        return 0.0
    pixels = header.size.width * header.size.height
    return pixels * _NS_PER_PIXEL.get(header.format, 0) / 1e6


def size_for(header: Header) -> Size:
    """Of the master: about LONGEST_PX, and a whole part of the original where that is near."""
    width, height = header.size
    longer = max(width, height)
    if longer <= _LARGEST_PX:
        return header.size
    if factor := factor_for(header):
        return Size(ceil(width / factor), ceil(height / factor))
    return Size(
        max(1, round(width * LONGEST_PX / longer)), max(1, round(height * LONGEST_PX / longer))
    )


def factor_for(header: Header) -> int | None:
    """How many pixels of the original become one, in each direction; `None` where no whole number will do.

    Averaging them is what libvips does first in a large reduction, and takes half the time of its good kernel.  A JPEG
    decoder can do it by itself.
    """
    factors = (2, 4, 8) if header.format == "jpg" else range(2, 9)
    longer = max(header.size)
    return next((f for f in factors if LONGEST_PX <= ceil(longer / f) <= _LARGEST_PX), None)


def is_covered(scaled: Size | None, by: Size, kind: str) -> TypeGuard[Size]:
    """Whether a picture of `scaled` (`None`: every pixel) may be made from a master of `by`, whose original is a `kind`."""
    if scaled is None:
        return False
    times = _COVERS_OF_JPEG if kind == "jpg" else COVERS
    return scaled.width * times <= by.width and scaled.height * times <= by.height


def copied(path: str, picture: Picture) -> pyvips.Image:
    """The pixels of a new master for the original at `path`, where libvips reads it in memory. Raises NotAnImage."""
    header, factor = picture.header, factor_for(picture.header)
    if factor is None or header.format == "webp":  # whose decoder averages by itself
        return picture.frames(size_for(header), still=True)[0]
    if header.format == "jpg" and not guards.is_whole(path, "jpg"):
        return picture.frames(size_for(header), still=True)[0]
    if header.format == "jpg":
        return colour.to_srgb(_computed("jpg", loaded("jpg", path, shrink=factor)).autorot())
    in_rows = header.format in _READ_IN_ROWS and header.orientation == 1
    if in_rows and guards.is_whole(path, header.format):
        image = colour.to_srgb(loaded(header.format, path))
        return _computed(header.format, _averaged(image, factor))
    return _averaged(picture.frames(None, still=True)[0], factor)


def _computed(kind: str, image: pyvips.Image) -> pyvips.Image:
    try:
        return image.copy_memory()
    except pyvips.Error as error:
        raise NotAnImage(f"the {kind.upper()} data is damaged or incomplete") from error


def _averaged(image: pyvips.Image, factor: int) -> pyvips.Image:
    if not image.hasalpha():
        # rows by the cubic kernel: as sharp and more alike, and twice as fast, since averaging has no vector instructions
        return image.reducev(factor, kernel="cubic").shrinkh(factor, ceil=True)
    small = image.premultiply().shrink(factor, factor, ceil=True).unpremultiply()
    return small.cast("uchar").copy(interpretation=colour.SRGB)


def write(image: pyvips.Image, header: Header, place: memoryview) -> tuple[pyvips.Image, int]:
    """The picture in memory, and how many bytes of `place` are filled with the master; 0: there is not enough room."""
    pixels = image.write_to_memory()
    width, height, bands = image.width, image.height, image.bands
    computed = pyvips.Image.new_from_memory(pixels, width, height, bands, "uchar")
    computed = computed.copy(interpretation=colour.SRGB)
    total = PIXELS_AT + len(pixels)
    head = _encoder.encode(_Head(header, width, height, bands, _check(memoryview(pixels))))
    start = b"".join((_MAGIC, len(head).to_bytes(4, "big"), head))
    if total > len(place) or len(start) > PIXELS_AT:
        return computed, 0
    place[:PIXELS_AT] = start.ljust(PIXELS_AT, b"\0")
    place[PIXELS_AT:total] = pixels
    return computed, total


def read(path: str, limits: Limits, original: Callable[[], Picture], tell: Tell) -> Picture | None:
    """The original's picture out of the master at `path`; `None` when that is not there, or not whole.

    `original` opens what the master stands for, when more is asked of it.
    """
    data = _mapped(path)
    head = _head(data) if data else None
    if data is None or head is None:
        tell("gone" if data is None else "damaged", 0)
        return None
    guards.check(head.header, limits)
    image = pyvips.Image.new_from_memory(
        data[PIXELS_AT:], head.width, head.height, head.bands, "uchar"
    ).copy(interpretation=colour.SRGB)

    def load(scaled: Size | None, still: bool) -> list[pyvips.Image]:
        if is_covered(scaled, Size(image.width, image.height), head.header.format):
            tell("used", 0)
            return [resized(image, scaled)]
        return original().load(scaled, still)

    return Picture(head.header, load, limits.max_original_pixels)


def _mapped(path: str) -> memoryview | None:
    """The whole file; `None` when it is gone. An empty file cannot be mapped."""
    try:
        with Path(path).open("rb") as file:
            if os.fstat(file.fileno()).st_size == 0:
                return memoryview(b"")
            return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except OSError:
        return None


def keeping(picture: Picture, job: RenderJob, desk: Desk) -> Picture:
    """The same picture; the first time a small size is asked of it, it leaves a master on the desk, and is made from it.

    When that is not to be, the desk is told why: `unfit` (never), `later` (when it is asked for again), `uncovered`
    (this request needs more than a master holds).
    """
    header, place = picture.header, desk.place
    if place is None or not is_worth_it(header):
        desk.tell("unfit", 0)
        return picture
    if job.keep == "dear" and not is_dear(header):
        desk.tell("later", 0)
        return picture
    made: list[pyvips.Image] = []

    def load(scaled: Size | None, still: bool) -> list[pyvips.Image]:
        if not is_covered(scaled, size_for(header), header.format):
            desk.tell("uncovered", 0)
            return picture.load(scaled, still)
        if not made:
            image, size_bytes = write(copied(job.path, picture), header, place)
            made.append(image)
            desk.tell("made" if size_bytes else "unfit", size_bytes)
        return [resized(made[0], scaled)]

    return Picture(header, load, picture.max_pixels)


def _head(data: memoryview) -> _Head | None:
    """`None` unless the file has its beginning, its length, and the samples that its head tells of."""
    if bytes(data[:4]) != _MAGIC or len(data) <= PIXELS_AT:
        return None
    try:
        head = _decoder.decode(data[8 : 8 + int.from_bytes(data[4:8], "big")])
    except msgspec.DecodeError:
        return None
    pixels = data[PIXELS_AT:]
    sides = 0 < head.width <= _LARGEST_PX and 0 < head.height <= _LARGEST_PX
    if not sides or head.bands not in {3, 4}:
        return None
    if len(pixels) != head.width * head.height * head.bands or _check(pixels) != head.check:
        return None
    return head


def _check(pixels: memoryview) -> int:
    """A checksum of a part in 64: finds holes that a crash left, and costs nothing."""
    check = 0
    for start in range(0, len(pixels), _SAMPLE_EVERY):
        check = zlib.crc32(pixels[start : start + _SAMPLE_BYTES], check)
    return zlib.crc32(pixels[-_SAMPLE_BYTES:], check)
