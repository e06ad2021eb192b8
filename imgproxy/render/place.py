"""A file without the place where it was taken, and otherwise as it was: bytes to bytes, nothing is decoded.

What is asked for as it is stored goes out with its camera and its author, but an address is nobody's business.  Erased
are, wherever in a container they stand, further pictures inside it too:

    EXIF       the GPS directory, and maker's notes, which nobody can read for certain (`place_exif`)
    XMP, IPTC  coordinates and the names of sub-location, city, region and country (`place_words`)

What is packed so that it cannot be looked into goes out of the file whole (`packed`).  The words that people write into
titles and comments are theirs, and stay.
"""

import zlib

from imgproxy.render.packed import PNG_START, parts, readable
from imgproxy.render.place_exif import erase_in_exif
from imgproxy.render.place_words import erase_in_iptc, erase_in_xmp


def without_place(data: bytes) -> bytes:
    """The same bytes where no place is told and nothing is packed."""
    shown = readable(data)
    erased = bytearray(shown)
    for spans in parts(shown):
        _erase_in_parts(erased, spans)
    _erase(erased)
    if erased == data:
        return data
    if data.startswith(PNG_START):
        _sum_again(erased)
    return bytes(erased)


def _erase(data: bytearray) -> None:
    erase_in_exif(data)
    erase_in_iptc(data)
    erase_in_xmp(data)


def _erase_in_parts(data: bytearray, spans: list[slice]) -> None:
    """In one text that a container cut into pieces, perhaps in the middle of a word."""
    whole = bytearray().join(data[span] for span in spans)
    _erase(whole)
    at = 0
    for span in spans:
        length = span.stop - span.start
        data[span] = whole[at : at + length]
        at += length


def _sum_again(data: bytearray) -> None:
    """The checksum of every chunk of a PNG."""
    at = len(PNG_START)
    while at + 12 <= len(data):
        end = at + 8 + int.from_bytes(data[at : at + 4])
        if end + 4 > len(data):
            return
        data[end : end + 4] = zlib.crc32(data[at + 4 : end]).to_bytes(4)
        at = end + 4
