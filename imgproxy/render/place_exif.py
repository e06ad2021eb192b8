"""The place in EXIF: directories of tags as TIFF has them, in whatever file they stand.

GPS is a directory of its own (CIPA DC-008, 4.6.6); maker's notes are in no standard, and some makers write coordinates
and city names there, so that all of a note goes.  Directories are followed as far as they lead, each once.
It must never change a length: what is erased becomes zeros.
"""

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from imgproxy.render.place_words import erase_datasets

_EXIF: Final = 0x8769
_GPS: Final = 0x8825
_SUB: Final = frozenset({0x014A, _EXIF, 0xA005})
"""Further pictures, EXIF itself, and what goes with it."""

_NOTES: Final = frozenset({0x927C, 0xC634})
"""The maker's, and what converters of raw pictures keep of it."""

_IPTC: Final = 0x83BB

_MOST_ENTRIES: Final = 512
_MOST_DIRECTORIES: Final = 4096
_MOST_STARTS: Final = 4096
_LONGS: Final = frozenset({4, 13, 16, 18})
_NONE: Final = slice(0, 0)
_TYPE_BYTES: Final = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8)


class _Layout(NamedTuple):
    """How numbers are written: TIFF has 32 bits for what BigTIFF has 64 for."""

    counter: struct.Struct
    entry: struct.Struct
    offset: struct.Struct
    first_at: int


class _Value(NamedTuple):
    """One entry of a directory: where it stands, and where its value does."""

    tag: int
    kind: int
    entry: slice
    value: slice


def _layout(order: str, *, big: bool) -> _Layout:
    counter, entry, offset = ("Q", "HHQQ", "Q") if big else ("H", "HHII", "I")
    return _Layout(
        struct.Struct(order + counter),
        struct.Struct(order + entry),
        struct.Struct(order + offset),
        first_at=8 if big else 4,
    )


_LAYOUTS: Final = {
    b"II*\0": _layout("<", big=False),
    b"MM\0*": _layout(">", big=False),
    b"II+\0": _layout("<", big=True),
    b"MM\0+": _layout(">", big=True),
}


def erase_in_exif(data: bytearray) -> None:
    """In every TIFF that begins anywhere; what is not sound is left, since nobody can read a place out of it."""
    for start, layout in _starts(data):
        try:
            (first,) = layout.offset.unpack_from(data, start + layout.first_at)
            _erase_from(data, layout, start, first)
        except struct.error:
            continue


def _starts(data: bytearray) -> Iterator[tuple[int, _Layout]]:
    """No container is asked where its EXIF is: each has a way of its own, and some keep it in several places."""
    for magic, layout in _LAYOUTS.items():
        at = data.find(magic)
        for _ in range(_MOST_STARTS):
            if at < 0:
                break
            yield at, layout
            at = data.find(magic, at + 1)


def _erase_from(data: bytearray, layout: _Layout, start: int, first: int) -> None:
    waiting, seen = [first], set[int]()
    while waiting and len(seen) < _MOST_DIRECTORIES:
        directory = waiting.pop()
        if directory in seen or not directory:
            continue
        seen.add(directory)
        for value in _values(data, layout, start, directory):
            if value.tag in _SUB and value.kind in _LONGS:
                waiting += _offsets(data, layout, value)
            elif value.tag == _GPS:
                for gps in _offsets(data, layout, value):
                    _empty(data, layout, start, gps)
            elif value.tag in _NOTES:
                data[value.value] = bytes(value.value.stop - value.value.start)
            elif value.tag == _IPTC:
                erase_datasets(data, value.value.start, value.value.stop)
        waiting.append(_following(data, layout, start + directory))


def _empty(data: bytearray, layout: _Layout, start: int, directory: int) -> None:
    """An empty directory stays, so that the pointer to it is sound."""
    values = list(_values(data, layout, start, directory))
    for value in values:
        data[value.value] = bytes(value.value.stop - value.value.start)
        data[value.entry] = bytes(layout.entry.size)
    if values:
        layout.counter.pack_into(data, start + directory, 0)


def _values(data: bytearray, layout: _Layout, start: int, directory: int) -> Iterator[_Value]:
    """The entries of a directory; none where it is not sound."""
    at = start + directory
    if at + layout.counter.size > len(data):
        return
    (count,) = layout.counter.unpack_from(data, at)
    entries = at + layout.counter.size
    if count > _MOST_ENTRIES or entries + count * layout.entry.size > len(data):
        return
    for entry in range(entries, entries + count * layout.entry.size, layout.entry.size):
        tag, kind, number, offset = layout.entry.unpack_from(data, entry)
        end = entry + layout.entry.size
        size = number * _TYPE_BYTES[kind] if kind < len(_TYPE_BYTES) else 0
        place = end - layout.offset.size if size <= layout.offset.size else start + offset
        sound = place + size <= len(data)
        yield _Value(tag, kind, slice(entry, end), slice(place, place + size) if sound else _NONE)


def _offsets(data: bytearray, layout: _Layout, value: _Value) -> list[int]:
    wide = value.kind in {16, 18}
    number = struct.Struct(layout.offset.format[0] + ("Q" if wide else "I"))
    found = data[value.value]
    whole = found[: len(found) // number.size * number.size]
    return [offset for (offset,) in number.iter_unpack(whole)][:_MOST_DIRECTORIES]


def _following(data: bytearray, layout: _Layout, at: int) -> int:
    """Where the next directory of the chain is; 0 for none."""
    if at + layout.counter.size > len(data):
        return 0
    (count,) = layout.counter.unpack_from(data, at)
    end = at + layout.counter.size + count * layout.entry.size
    if count > _MOST_ENTRIES or end + layout.offset.size > len(data):
        return 0
    return int(layout.offset.unpack_from(data, end)[0])
