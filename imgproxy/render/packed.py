"""Metadata that a container packs or cuts up: out with what cannot be read as it stands, and where the pieces of the rest are.

    PNG        compressed text, and the hexadecimal "Raw profile" of ImageMagick: the chunk goes, with names of a place
    JPEG XL    `brob` and `jbrd` boxes: emptied and called `free`, since offsets must stay as they are
    AVIF HEIC  items that say they are encoded: emptied (`boxes`)
    JPEG       extended XMP, IPTC and EXIF may go on in further segments: these are put together

Pure.  A container that is not sound is given back as it came.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from imgproxy.render.boxes import boxes, encoded_items
from imgproxy.render.sniff import JXL_CONTAINER

PNG_START: Final = b"\x89PNG\r\n\x1a\n"
_COMPRESSED: Final = 1
_PLACE: Final = re.compile(
    rb"gps|geo|latitude|longitude|location|\bcity\b|\bcountry\b", re.IGNORECASE
)
_PACKED_BOXES: Final = frozenset({b"brob", b"jbrd"})
_SCAN: Final = 0xDA
_NO_LENGTH: Final = frozenset({0x01, *range(0xD0, 0xD8)})

# what a segment opens with, and how many bytes after that are about the segment and not of the text
_CONTINUED: Final = (
    (b"http://ns.adobe.com/xmp/extension/\0", 40),
    (b"Photoshop 3.0\0", 0),
    (b"Exif\0\0", 0),
)


def readable(data: bytes) -> bytes:
    """The file without what cannot be looked into."""
    if data.startswith(PNG_START):
        return _png(data)
    if data.startswith(JXL_CONTAINER):
        return _jxl(data)
    if data[4:8] == b"ftyp":
        return _emptied(data, encoded_items(data))
    return data


def parts(data: bytes) -> Iterator[list[slice]]:
    """The pieces of each text that is in more than one, in their order."""
    if not data.startswith(b"\xff\xd8"):
        return
    found: dict[bytes, list[slice]] = defaultdict(list)
    for start, end in _segments(data):
        for name, about in _CONTINUED:
            if data.startswith(name, start):
                found[name].append(slice(min(end, start + len(name) + about), end))
    yield from (spans for spans in found.values() if len(spans) > 1)


def _segments(data: bytes) -> Iterator[tuple[int, int]]:
    """The contents of the segments in front of the first scan."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != _SCAN:
        if data[at + 1] in _NO_LENGTH or data[at + 1] == 0xFF:
            at += 1 if data[at + 1] == 0xFF else 2
            continue
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4])
        if end < at + 4 or end > len(data):
            return
        yield at + 4, end
        at = end


def _png(data: bytes) -> bytes:
    kept, at = [PNG_START], len(PNG_START)
    while at + 12 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4])
        if end > len(data):
            break
        if not _is_packed(data[at + 4 : at + 8], data[at + 8 : end - 4]):
            kept.append(data[at:end])
        at = end
    kept.append(data[at:])
    whole = b"".join(kept)
    return data if len(whole) == len(data) else whole


def _is_packed(name: bytes, content: bytes) -> bool:
    """Whether it is text of PNG that does not show its words, or that says by its name that it is about a place."""
    if name not in {b"tEXt", b"zTXt", b"iTXt"}:
        return False
    keyword, _, rest = content.partition(b"\0")
    compressed = name == b"zTXt" or (name == b"iTXt" and rest[:1] == bytes((_COMPRESSED,)))
    return compressed or keyword.startswith(b"Raw profile type") or bool(_PLACE.search(keyword))


def _jxl(data: bytes) -> bytes:
    packed = [box for box in boxes(data, 0, len(data)) if box.kind in _PACKED_BOXES]
    shown = bytearray(_emptied(data, (box.content for box in packed)))
    for box in packed:
        shown[box.start + 4 : box.start + 8] = b"free"
    return bytes(shown) if packed else data


def _emptied(data: bytes, spans: Iterator[slice]) -> bytes:
    emptied = bytearray(data)
    for span in spans:
        emptied[span] = bytes(len(emptied[span]))
    return bytes(emptied) if emptied != data else data
