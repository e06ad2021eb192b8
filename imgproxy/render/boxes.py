"""Boxes of ISO 14496-12, which AVIF, HEIC and JPEG XL are made of: where they are, and which items in them are encoded.

Only what the erasing of metadata needs; never decodes a pixel.  What is not sound ends the walk.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

_MOST_ITEMS: Final = 65_536
_IN_FILE: Final = 0
_IN_META: Final = 1


class Box(NamedTuple):
    """Where a box begins, what it is called, and where its content is."""

    start: int
    kind: bytes
    content: slice


def boxes(data: bytes, start: int, end: int) -> Iterator[Box]:
    """Those that follow each other between two marks; the last may be cut off."""
    at = start
    while at + 8 <= end:
        size, header = int.from_bytes(data[at : at + 4]), 8
        if size == 1:
            size, header = int.from_bytes(data[at + 8 : at + 16]), 16
        if size == 0:
            size = end - at
        if size < header:
            return
        yield Box(at, data[at + 4 : at + 8], slice(at + header, min(end, at + size)))
        at += size


def encoded_items(data: bytes) -> Iterator[slice]:
    """Where the bytes of items are that say they are encoded; ISO 14496-12, 8.11.6."""
    for meta in _named(data, slice(0, len(data)), b"meta"):
        inside = slice(meta.start + 4, meta.stop)
        wanted = set(_encoded(data, inside))
        if not wanted:
            continue
        base = next((found.start for found in _named(data, inside, b"idat")), 0)
        for places in _named(data, inside, b"iloc"):
            yield from _Places(data, places, base).of(wanted)


def _named(data: bytes, within: slice, kind: bytes) -> Iterator[slice]:
    return (box.content for box in boxes(data, within.start, within.stop) if box.kind == kind)


def _encoded(data: bytes, meta: slice) -> Iterator[int]:
    """Numbers of items of a media type that have an encoding on top."""
    for infos in _named(data, meta, b"iinf"):
        first = infos.start + (6 if data[infos.start : infos.start + 1] == b"\0" else 8)
        for info in _named(data, slice(first, infos.stop), b"infe"):
            wide = {b"\2": 2, b"\3": 4}.get(data[info.start : info.start + 1], 0)
            if not wide:
                continue  # older ones name no type
            number = int.from_bytes(data[info.start + 4 : info.start + 4 + wide])
            at = info.start + 4 + wide + 2
            words = data[at + 4 : info.stop].split(b"\0")
            if data[at : at + 4] == b"mime" and len(words) > 2 and words[2]:
                yield number


class _Places:
    """The item location box, read from front to back; ISO 14496-12, 8.11.3."""

    def __init__(self, data: bytes, content: slice, base: int) -> None:
        self._data, self._end, self._base = data, content.stop, base
        self._version = int.from_bytes(data[content.start : content.start + 1])
        self._at = content.start + 4
        sizes = self._take(2)
        self._widths = [sizes >> shift & 15 for shift in (12, 8, 4, 0)]

    def of(self, wanted: set[int]) -> Iterator[slice]:
        """The extents of those items."""
        offset_bytes, length_bytes, base_bytes, index_bytes = self._widths
        index_bytes = index_bytes if self._version else 0
        for _ in range(min(_MOST_ITEMS, self._take(4 if self._version == 2 else 2))):
            number = self._take(4 if self._version == 2 else 2)
            way = self._take(2) & 15 if self._version else _IN_FILE
            self._take(2)
            base = self._take(base_bytes) + (self._base if way == _IN_META else 0)
            for _ in range(self._take(2)):
                self._take(index_bytes)
                start = base + self._take(offset_bytes)
                length = self._take(length_bytes)
                if self._at > self._end:
                    return
                if number in wanted:
                    yield slice(start, start + length)

    def _take(self, count: int) -> int:
        value = int.from_bytes(self._data[self._at : self._at + count])
        self._at += count
        return value
