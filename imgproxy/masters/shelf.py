"""The folder of masters: a file for each, within a budget; what was used longest ago goes first.

    <root>/kept/ab/<source>/<key>   whole; the mtime is the time of last use
    <root>/new/                     being written; renamed into place when whole

A master is some megabytes and the budget holds some hundred, so the folder is simply read to know what it holds.
Masters go before anything else does: where the disk is nearly full, all of them make room and none is added.
Synchronous, for threads; it must never be called from the event loop, but for `find`.
"""

import contextlib
import os
import secrets
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from imgproxy.files import move_into_place

_LOW_WATER = 0.9
_TOUCH_EVERY_S = 60.0
_LEFTOVER_S = 600.0
_CHUNK_BYTES = 1 << 22
MIN_FREE_BYTES = 512 * 1024 * 1024
"""Of the file system; with less, there are no masters."""


class Swept(msgspec.Struct, frozen=True):
    """What is held after a sweep, and how many files went."""

    held_bytes: int
    dropped: int


class Shelf:
    """Keys are hex digits, as are sources."""

    def __init__(self, root: Path, max_bytes: int, min_free_bytes: int = MIN_FREE_BYTES) -> None:
        self._kept, self._new = root / "kept", root / "new"
        self._max_bytes = max_bytes
        self._min_free_bytes = min_free_bytes

    def open(self) -> Swept:
        """Makes the folders, removes what was left unfinished. Raises OSError."""
        self._kept.mkdir(parents=True, exist_ok=True)
        self._new.mkdir(parents=True, exist_ok=True)
        for path in self._new.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < time.time() - _LEFTOVER_S:
                    path.unlink()
        return self.sweep()

    def find(self, source: str, key: str) -> str | None:
        """The path of a master, which may be gone by the time it is opened."""
        path = self._path(source, key)
        try:
            used_s = path.stat().st_mtime
            if time.time() - used_s > _TOUCH_EVERY_S:
                os.utime(path)
        except OSError:
            return None
        return str(path)

    def put(self, source: str, key: str, fd: int, size_bytes: int) -> bool:
        """Copies the beginning of the file `fd`; False where there is no room for it. Raises OSError."""
        if size_bytes > self._max_bytes or not self._is_roomy(size_bytes):
            return False
        path, temporary = self._path(source, key), self._new / secrets.token_hex(16)
        try:
            with temporary.open("xb") as file:
                _copy(fd, file.fileno(), size_bytes)
            move_into_place(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        return True

    def drop(self, source: str, key: str) -> bool:
        """Whether it was there."""
        try:
            self._path(source, key).unlink()
        except FileNotFoundError:
            return False
        return True

    def purge(self, source: str) -> int:
        """All masters of an original; how many."""
        folder = self._kept / source[:2] / source
        dropped = 0
        for path in folder.glob("*"):
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
                dropped += 1
        with contextlib.suppress(OSError):
            folder.rmdir()
        return dropped

    def sweep(self) -> Swept:
        """Evicts down to a little below the budget, if it is passed. Raises OSError."""
        return self._evict(self._max_bytes, int(self._max_bytes * _LOW_WATER))

    def _evict(self, limit: int, goal: int) -> Swept:
        files = sorted(self._files())
        held = sum(size for _, size, _ in files)
        if held <= limit:
            return Swept(held, 0)
        dropped = 0
        for _, size, path in files:
            if held <= goal:
                break
            path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                path.parent.rmdir()  # only goes when empty
            held, dropped = held - size, dropped + 1
        return Swept(held, dropped)

    def _is_roomy(self, size_bytes: int) -> bool:
        if shutil.disk_usage(self._new).free >= self._min_free_bytes + size_bytes:
            return True
        self._evict(0, 0)
        return False

    def _path(self, source: str, key: str) -> Path:
        return self._kept / source[:2] / source / key

    def _files(self) -> Iterator[tuple[float, int, Path]]:
        for path in self._kept.glob("*/*/*"):
            with contextlib.suppress(FileNotFoundError):
                status = path.stat()
                yield status.st_mtime, status.st_size, path


def _copy(source: int, target: int, size_bytes: int) -> None:
    offset = 0
    while offset < size_bytes:
        done = _copy_some(source, target, offset, min(_CHUNK_BYTES, size_bytes - offset))
        if not done:
            raise OSError("a master ends too early")
        offset += done


def _copy_some(source: int, target: int, offset: int, count: int) -> int:
    if sys.platform != "linux":
        return os.write(target, os.pread(source, count, offset))
    return os.sendfile(target, source, offset, count)
