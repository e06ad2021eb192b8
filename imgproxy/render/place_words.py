"""The place in words: properties of XMP and datasets of IPTC that say where a picture was taken.

XMP is told apart by the names of properties and not by their prefixes, which a writer may choose; attributes, elements
and the JSON of content credentials are all known.  IPTC (IIM 4.2) is looked for where Photoshop's resources keep it, and
by itself.  It must never change a length: what is erased becomes spaces.
"""

import re
from collections.abc import Iterator
from typing import Final

_NAMES: Final = (
    rb"(?:[Gg][Pp][Ss]\w*|City|State|Country(?:Code|Name)?|ProvinceState|Sublocation|WorldRegion"
    rb"|Location(?:Created|Shown|Id|Name)?|shotLocation|coverage|[Ll]at(?:itude)?|[Ll]ong?(?:itude)?"
    rb"|(?:Absolute|Relative)Altitude)"
)
# behind the colon, which is found far faster than a prefix of any length
_ATTRIBUTE: Final = re.compile(rb""":%b["']?\s*+[=:]\s*+(?:"[^"<]*+"|'[^'<]*+')""" % _NAMES)
_PREFIX: Final = re.compile(rb"[\w.-]{1,64}\Z")
_ELEMENT: Final = re.compile(rb"<([\w.-]{1,64}:%b)(?=[\s/>])[^<>]*+>" % _NAMES)

_RESOURCE: Final = re.compile(rb"8BIM\x04\x04")
_DATASETS: Final = frozenset({0x1A, 0x1B, 0x5A, 0x5C, 0x5F, 0x64, 0x65})
"""Of record 2: content location code and name, city, sub-location, province, country code and name."""

_CUT_BYTES: Final = 256


def erase_in_xmp(data: bytearray) -> None:
    """Properties of a place, in every form and wherever they stand."""
    spans = list(_attributes(data))
    spans += _elements(data)
    for start, end in spans:
        data[start:end] = b" " * (end - start)


def erase_in_iptc(data: bytearray) -> None:
    """In the resource that Photoshop made for it, wherever it stands; and in what is nothing but datasets."""
    if data.startswith((b"\x1c\x01", b"\x1c\x02")):
        erase_datasets(data, 0, len(data))
    for found in list(_RESOURCE.finditer(data)):
        at = found.end()
        name_bytes = data[at] + 1 if at < len(data) else 1
        at += name_bytes + name_bytes % 2
        length = int.from_bytes(data[at : at + 4])
        erase_datasets(data, at + 4, min(len(data), at + 4 + length))


def erase_datasets(data: bytearray, start: int, end: int) -> None:
    """Between two marks; whatever follows something unsound is nobody's to read."""
    at = start
    while at + 5 <= end and data[at] == 0x1C:
        length = int.from_bytes(data[at + 3 : at + 5])
        if length & 0x8000 or at + 5 + length > end:
            data[at:end] = bytes(end - at)
            return
        if data[at + 1] == 2 and data[at + 2] in _DATASETS:
            data[at + 5 : at + 5 + length] = b" " * length
        at += 5 + length


def _attributes(data: bytearray) -> Iterator[tuple[int, int]]:
    """With their prefixes; a name without one is none of these."""
    for found in _ATTRIBUTE.finditer(data):
        if prefix := _PREFIX.search(data[max(0, found.start() - 64) : found.start()]):
            yield found.start() - len(prefix[0]), found.end()


def _elements(data: bytearray) -> list[tuple[int, int]]:
    """From the start of each to its end; one that was cut off takes what may be its text."""
    spans: list[tuple[int, int]] = []
    endless: set[bytes] = set()
    at = 0
    while found := _ELEMENT.search(data, at):
        at, name = found.end(), found[1]
        if not found[0].endswith(b"/>") and name not in endless:
            closing = data.find(b"</" + name, at)
            end = data.find(b">", closing) + 1 if closing >= 0 else 0
            if not end:
                endless.add(name)
                rest = data.find(b"<", at, at + _CUT_BYTES)
                end = rest if rest >= 0 else min(len(data), at + _CUT_BYTES)
            at = end
        spans.append((found.start(), at))
    return spans
