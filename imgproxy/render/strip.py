"""Files without what they say besides their pixels, and how well a JPEG was saved: bytes to bytes, nothing is decoded.

What is dropped are the camera, the place, previews, further pictures and comments.  Colour profiles stay, since the
numbers mean nothing without.  A file that is not sound, or that browsers do not show, is none of ours.
"""

from collections.abc import Iterator
from itertools import pairwise

FORMATS = frozenset({"jpg", "png", "webp"})
"""Formats that can be stripped without being decoded."""

_PNG_START = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset(b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP sBIT cICP".split())
_WEBP_KEPT = frozenset((b"VP8 ", b"VP8L", b"ALPH", b"ICCP"))
_WEBP_ICC, _WEBP_ALPHA = 0x20, 0x10

_SOI, _EOI, _SOS, _DQT = 0xD8, 0xD9, 0xDA, 0xDB
_INSIDE_SCANS = frozenset({0x00, 0x01, 0xFF, *range(0xD0, 0xD8)})
_NOTES = frozenset({*range(0xE1, 0xEE), 0xEF, 0xFE})
"""What applications add, but for the one that tells how colours are coded."""

_SHOWN_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
"""Baseline, extended and progressive with Huffman codes: what browsers show."""

_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ICC = b"ICC_PROFILE\0"

# the first table of the JPEG standard's annex K in the order of the file, which quality scales
_LUMINANCE = (
    "16 11 12 14 12 10 16 14 13 14 18 17 16 19 24 40 26 24 22 22 24 49 35 37 29 40 58 51 61 60 57 51 "
    "56 55 64 72 92 78 64 68 87 69 55 56 80 109 81 87 95 98 103 104 103 62 77 113 121 112 100 120 92 101 103 99"
)
_STANDARD = tuple(map(int, _LUMINANCE.split()))


def stripped(data: bytes, format: str) -> bytes | None:  # noqa: A002 - the domain's word
    """The file with nothing but its picture, `None` if it cannot be had; `format` is one of FORMATS."""
    try:
        return {"jpg": _jpg, "png": _png, "webp": _webp}[format](data)
    except (IndexError, ValueError):
        return None


def jpeg_quality(data: bytes) -> int | None:
    """Quality 1 to 100 that the brightness table of a JPEG comes nearest to; `None` without an 8-bit table."""
    try:
        for marker, at, end in _segments(data):
            if marker == _DQT and data[at] == 0 and end - at >= 65:
                return _nearest(data[at + 1 : at + 65])
    except (IndexError, ValueError):
        pass
    return None


def _nearest(table: bytes) -> int:
    scale = 100 * sum(table) / sum(_STANDARD)
    quality = (200 - scale) / 2 if scale <= 100 else 5000 / scale
    return min(max(round(quality), 1), 100)


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, start and end of the content of each segment, up to and with the first scan's header."""
    if data[:2] != bytes((0xFF, _SOI)):
        raise ValueError("no JPEG")
    at, marker = 2, 0
    while marker != _SOS:
        if data[at] != 0xFF:
            raise ValueError("no marker")
        marker = data[at + 1]
        if marker == 0xFF:  # fill
            at += 1
            continue
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4])
        if end > len(data) or end < at + 4:
            raise ValueError("cut off")
        yield marker, at + 4, end
        at = end


def _jpg(data: bytes) -> bytes | None:
    kept, end, shown = [data[:2]], 2, False
    for marker, at, end in _segments(data):
        if marker in _FRAMES:
            shown = marker in _SHOWN_FRAMES and data[at] == 8 and data[at + 5] in {1, 3}
        if marker not in _NOTES or data[at : at + len(_ICC)] == _ICC:
            kept.append(data[at - 4 : end])
    return b"".join([*kept, data[end : _end(data, end)]]) if shown else None


def _end(data: bytes, at: int) -> int:
    """Behind the end of the picture whose first scan starts there; some files have further pictures after it."""
    while True:
        at = data.index(0xFF, at)
        marker = data[at + 1]
        if marker == _EOI:
            return at + 2
        if marker in _INSIDE_SCANS:
            at += 1 if marker == 0xFF else 2
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4])


def _png(data: bytes) -> bytes | None:
    if not data.startswith(_PNG_START):
        return None
    kept, at, name = [_PNG_START], len(_PNG_START), b""
    while name != b"IEND":
        name = data[at + 4 : at + 8]
        end = at + 12 + int.from_bytes(data[at : at + 4])
        if end > len(data):
            return None
        if name in _PNG_KEPT:
            kept.append(data[at:end])
        at = end
    return b"".join(kept)


def _webp(data: bytes) -> bytes | None:
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return None
    chunks = []
    marks = [12]
    while marks[-1] + 8 <= len(data):
        at = marks[-1]
        marks.append(at + 8 + (int.from_bytes(data[at + 4 : at + 8], "little") + 1) // 2 * 2)
    if marks[-1] > len(data) + 1:
        return None
    for at, end in pairwise(marks):
        name = data[at : at + 4]
        if name == b"VP8X":
            flags = data[at + 8] & (_WEBP_ICC | _WEBP_ALPHA)
            chunks.append(data[at : at + 8] + bytes((flags,)) + data[at + 9 : end])
        elif name in _WEBP_KEPT:
            chunks.append(data[at:end])
    if not any(
        chunk[:4] in {b"VP8 ", b"VP8L"} for chunk in chunks
    ):  # an animation has its pictures elsewhere
        return None
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + len(body).to_bytes(4, "little") + body
