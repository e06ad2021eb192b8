"""Rows of numbers that all workers of a node can read: one small mapped file per worker.

    <folder>/0.cells, 1.cells, …    16 bytes that name the layout, then the row, 8 bytes per number

A worker takes the first file that nobody has locked and counts on in it.  So counters never go back, neither when a worker is
replaced nor when the service is restarted, there are never more files than there once were workers, and one that is killed
leaves its numbers.  Gauges begin at zero and count only while their worker lives.
"""

import contextlib
import fcntl
import mmap
import os
from collections.abc import Iterator, MutableSequence, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import cast

from imgproxy.metrics.families import CELLS, FAMILIES

Cells = MutableSequence[float]

_HEAD_BYTES = 16
_FILE_BYTES = _HEAD_BYTES + CELLS * 8
_MAX_FILES = 256
_GAUGES = frozenset(
    cell for family in FAMILIES if family.kind == "gauge" for cell in family.row.values()
)
_LAYOUT = blake2b(
    repr([(family.name, sorted(family.row.items())) for family in FAMILIES]).encode(),
    digest_size=_HEAD_BYTES,
).digest()
"""A file of another version of the software has other cells, and begins anew."""


class Row:
    """A row that is this worker's for as long as the file is open, which is as long as it is locked."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        row = memoryview(mmap.mmap(fd, _FILE_BYTES))[_HEAD_BYTES:].cast("d")
        self.cells = cast("Cells", row)  # a memoryview of doubles is one in all that is used here

    def close(self) -> None:
        os.close(self._fd)


def take(folder: Path) -> Row:
    """The first row that nobody has. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(_MAX_FILES):
        fd = os.open(folder / f"{number}.cells", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _prepare(fd)
            return Row(fd)
        except BlockingIOError:
            os.close(fd)
        except BaseException:
            os.close(fd)
            raise
    raise OSError(f"{_MAX_FILES} workers count here already")


def total(folder: Path) -> list[float]:
    """All rows added up; gauges of rows that nobody holds are left out."""
    sums = [0.0] * CELLS
    for row, alive in _rows(folder):
        for cell, value in enumerate(row):
            if alive or cell not in _GAUGES:
                sums[cell] += value
    return sums


def _prepare(fd: int) -> None:
    if os.pread(fd, _HEAD_BYTES, 0) != _LAYOUT or os.fstat(fd).st_size != _FILE_BYTES:
        os.ftruncate(fd, 0)
    os.ftruncate(fd, _FILE_BYTES)
    for cell in _GAUGES:
        os.pwrite(fd, bytes(8), _HEAD_BYTES + cell * 8)
    os.pwrite(fd, _LAYOUT, 0)


def _rows(folder: Path) -> Iterator[tuple[Sequence[float], bool]]:
    """Each row as it is now, and whether its worker lives."""
    for path in folder.glob("*.cells"):
        with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
            data = file.read()
            if len(data) == _FILE_BYTES and data.startswith(_LAYOUT):
                yield memoryview(data)[_HEAD_BYTES:].cast("d"), _is_locked(file.fileno())


def _is_locked(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False
