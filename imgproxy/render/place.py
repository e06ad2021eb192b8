"""A file without the place where it was taken, and otherwise as it was: bytes to bytes of the same length, nothing is decoded.

What is asked for as it is stored goes out with its camera and its author, but an address is nobody's business.  Erased
are the GPS directory of EXIF (CIPA DC-008, 4.6.6: tag 0x8825 points to it), wherever a container keeps it, and the GPS properties of
XMP written as text.  Compressed metadata (PNG `zTXt`, JPEG XL `brob`) is not looked into.
"""

import re
import struct
import zlib
from typing import Final

_GPS: Final = 0x8825
_MOST_ENTRIES: Final = 512
_TYPE_BYTES: Final = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4)
_PNG_START: Final = b"\x89PNG\r\n\x1a\n"

# a TIFF file by itself, or behind the name that JPEG, PNG, WebP, HEIF and JPEG XL give the part that holds one
_TIFF: Final = re.compile(rb"(?:\A|[Ee][Xx][Ii][Ff].{0,10}?)(II\*\0|MM\0\*)", re.DOTALL)
_XMP: Final = re.compile(
    rb"""exif:GPS\w+\s*=\s*(?:"[^"]*"|'[^']*')|<exif:GPS(\w+)[^>]*>.*?</exif:GPS\1>""", re.DOTALL
)


def without_place(data: bytes) -> bytes:
    """The same bytes where no place is told."""
    erased = bytearray(data)
    for found in _TIFF.finditer(data):
        _erase_gps(erased, found.start(1))
    for found in _XMP.finditer(data):
        erased[found.start() : found.end()] = b" " * (found.end() - found.start())
    if erased == data:
        return data
    if data.startswith(_PNG_START):
        _sum_again(erased)
    return bytes(erased)


def _erase_gps(data: bytearray, start: int) -> None:
    """In the TIFF that begins there; what is not sound is left, since nobody can read a place out of it."""
    order = "<" if data[start] == ord("I") else ">"
    try:
        (first,) = struct.unpack_from(f"{order}I", data, start + 4)
        for entry in _entries(data, order, start + first):
            tag, _, _, at = struct.unpack_from(f"{order}HHII", data, entry)
            if tag == _GPS:
                _erase(data, order, start, start + at)
    except struct.error:
        return


def _erase(data: bytearray, order: str, start: int, directory: int) -> None:
    """An empty directory stays, so that the pointer to it is sound."""
    entries = _entries(data, order, directory)
    for entry in entries:
        _, kind, count, at = struct.unpack_from(f"{order}HHII", data, entry)
        size = count * _TYPE_BYTES[kind] if kind < len(_TYPE_BYTES) else 0
        if 4 < size <= len(data) - start - at:
            data[start + at : start + at + size] = bytes(size)
        data[entry : entry + 12] = bytes(12)
    if entries:
        data[directory : directory + 2] = bytes(2)


def _entries(data: bytearray, order: str, directory: int) -> range:
    """Where the entries of a directory begin; none where it is not sound.  Raises struct.error beyond the end."""
    (count,) = struct.unpack_from(f"{order}H", data, directory)
    end = directory + 2 + 12 * count
    return (
        range(directory + 2, end, 12) if count <= _MOST_ENTRIES and end <= len(data) else range(0)
    )


def _sum_again(data: bytearray) -> None:
    """The checksum of every chunk of a PNG."""
    at = len(_PNG_START)
    while at + 12 <= len(data):
        end = at + 8 + int.from_bytes(data[at : at + 4])
        if end + 4 > len(data):
            return
        data[end : end + 4] = zlib.crc32(data[at + 4 : end]).to_bytes(4)
        at = end + 4
