"""A small picture as bytes in memory: read from a PNG that our own render processes wrote, and its dominant colour.

For pictures of a few dozen pixels, in pure Python, so that the process that serves needs no decoder; never for what a
client sent.
"""

import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from typing import Final, NamedTuple

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_BANDS: Final = {0: 1, 2: 3, 4: 2, 6: 4}
"""Bytes a pixel by colour type: grey, colour, grey with alpha, colour with alpha."""


class NotReadable(ValueError):
    """`NotReadable(why)`: no PNG, or of a kind that is not written here."""


class Pixels(NamedTuple):
    """Straight RGBA, a byte each, row by row from the top left."""

    width: int
    height: int
    rgba: bytes


def read_png(png: bytes) -> Pixels:
    """The pixels of a PNG of 8 bits a channel without palette and interlacing.  Raises NotReadable."""
    if not png.startswith(_SIGNATURE):
        raise NotReadable("no PNG")
    chunks = list(_chunks(png))
    width, height, depth, kind, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
    if depth != 8 or kind not in _BANDS or interlaced:
        raise NotReadable(f"depth {depth}, colour type {kind}, interlacing {interlaced}")
    data = zlib.decompress(b"".join(body for name, body in chunks if name == b"IDAT"))
    rows = b"".join(_rows(data, width * _BANDS[kind], _BANDS[kind]))
    return Pixels(width, height, _as_rgba(rows, _BANDS[kind]))


def dominant(pixels: Pixels) -> str:
    """`#rrggbb`: the mean of the fullest of 512 colour cells (3 bits a channel), on white where light comes through.

    A colour that is really there, unlike the mean of everything.
    """
    flat = list(_on_white(pixels.rgba))
    cells = Counter((r >> 5, g >> 5, b >> 5) for r, g, b in flat)
    fullest = cells.most_common(1)[0][0]
    kept = [one for one in flat if (one[0] >> 5, one[1] >> 5, one[2] >> 5) == fullest]
    return "#" + "".join(
        f"{round(sum(one[band] for one in kept) / len(kept)):02x}" for band in range(3)
    )


def _on_white(rgba: bytes) -> Iterator[tuple[int, int, int]]:
    for at in range(0, len(rgba), 4):
        red, green, blue, alpha = rgba[at : at + 4]
        rest = 255 * (255 - alpha)
        yield (
            round((red * alpha + rest) / 255),
            round((green * alpha + rest) / 255),
            round((blue * alpha + rest) / 255),
        )


def _as_rgba(rows: bytes, bands: int) -> bytes:
    made = bytearray(b"\xff") * (len(rows) // bands * 4)
    grey = bands < 3
    for band in range(3):
        made[band::4] = rows[0 if grey else band :: bands]
    if bands in (2, 4):
        made[3::4] = rows[bands - 1 :: bands]
    return bytes(made)


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_SIGNATURE)
    while at < len(png):
        length, name = struct.unpack(">I4s", png[at : at + 8])
        yield name, png[at + 8 : at + 8 + length]
        at += length + 12


def _rows(data: bytes, stride: int, step: int) -> Iterator[bytes]:
    """The lines without their filters (PNG specification, clause 9)."""
    above = bytes(stride)
    for start in range(0, len(data), stride + 1):
        line = bytearray(data[start + 1 : start + 1 + stride])
        for at in range(stride):
            left, corner = (line[at - step], above[at - step]) if at >= step else (0, 0)
            line[at] = (line[at] + _predicted(data[start], left, above[at], corner)) & 255
        above = bytes(line)
        yield above


def _predicted(kind: int, left: int, above: int, corner: int) -> int:
    match kind:
        case 0:
            return 0
        case 1:
            return left
        case 2:
            return above
        case 3:
            return (left + above) // 2
    near = left + above - corner
    # ties go to the left, then to what is above
    return min((left, above, corner), key=lambda one: abs(near - one))
