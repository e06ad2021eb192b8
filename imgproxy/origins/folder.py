"""Originals in a folder of this machine, found anew on every question.

A question costs one or two stats and no wait, so files that were added, changed or taken away count at once.
Nothing outside the folder may ever be reached, by whatever spelling or link, and no answer or error may show
where the folder is.
"""

# ruff: noqa: PTH100, PTH116

import errno
import os
import stat
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from imgproxy.errors import LimitExceeded, NotFound, OriginFailed
from imgproxy.origins.names import Asked, asked, hidden
from imgproxy.values import Located, Original, Source

_K = TypeVar("_K")
_V = TypeVar("_V")

_ABSENT = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.EINVAL}
_MAX_REMEMBERED = 4096
_SETTLED_NS = 2 * 10**9
"""A folder changed this recently may change again within the same tick of its clock, unseen by its mtime."""


class Folder:
    """An Origin over `root`; a root that does not exist (yet) is empty. Originals above `max_bytes` are refused."""

    def __init__(self, root: Path, max_bytes: int = 50_000_000) -> None:
        self._root = os.path.abspath(root)
        self._max_bytes = max_bytes
        self._alike_names: dict[tuple[str, Asked], tuple[int, str]] = {}
        self._inside_inodes: dict[str, tuple[int, int]] = {}

    def peek(self, source: Source) -> Located:
        """The file as it is now. Raises NotFound, OriginFailed; never waits."""
        names = asked(source.public_id, source.extension)
        found = names and (self._exact(names) or self._alike(names))
        if not found:
            raise NotFound(source.public_id)
        path, status = found
        version = f"{status.st_mtime_ns:x}-{status.st_size:x}-{status.st_ino:x}"
        return Located(source, version, status.st_size, status.st_mtime, path)

    async def locate(self, source: Source) -> Located:
        return self.peek(source)

    @asynccontextmanager
    async def open(self, located: Located) -> AsyncIterator[Original]:
        """The file itself, by a path without links in it."""
        real = self._real(located.place)
        status = real and _status(real)
        if not real or not status:
            raise NotFound(located.source.public_id)
        if status.st_size > self._max_bytes:
            raise LimitExceeded("the original in bytes", status.st_size, self._max_bytes)
        if not os.access(real, os.R_OK):
            raise OriginFailed("the file cannot be read")
        yield Original(real, status.st_size)

    async def start(self) -> None:
        """Nothing to open."""

    async def close(self) -> None:
        """Nothing to close."""

    def _exact(self, names: Asked) -> tuple[str, os.stat_result] | None:
        for name in names.exact:
            path = f"{self._root}/{name}"
            if status := self._inside_status(path):
                return path, status
        return None

    def _alike(self, names: Asked) -> tuple[str, os.stat_result] | None:
        """By the third rule; the choice is remembered until the folder's own mtime says that names have changed."""
        for folder in names.folders:
            place = f"{self._root}/{folder}" if folder else self._root
            changed_ns = _changed_ns(place)
            if changed_ns is None:
                continue
            known_ns, known = self._alike_names.get((folder, names), (None, ""))
            paths = (
                (known,)
                if known_ns == changed_ns
                else (f"{place}/{name}" for name in names.alike())
            )
            for path in paths:
                if status := self._inside_status(path):
                    self._remember_alike((folder, names), changed_ns, path)
                    return path, status
        return None

    def _remember_alike(self, key: tuple[str, Asked], changed_ns: int, path: str) -> None:
        if time.time_ns() - changed_ns > _SETTLED_NS:
            _bounded(self._alike_names)[key] = (changed_ns, path)

    def _inside_status(self, path: str) -> os.stat_result | None:
        """The status of a regular file that really lies in the root.

        Resolving links costs more than the rest together, so an inode that was found inside is believed again;
        `open` resolves every time.
        """
        status = _status(path)
        if status is None or self._inside_inodes.get(path) == (status.st_dev, status.st_ino):
            return status
        if self._real(path) is None:
            return None
        _bounded(self._inside_inodes)[path] = (status.st_dev, status.st_ino)
        return status

    def _real(self, path: str) -> str | None:
        root = os.path.realpath(self._root).rstrip("/") + "/"
        real = os.path.realpath(path)
        return real if real.startswith(root) and not hidden(real[len(root) :]) else None


def _status(path: str) -> os.stat_result | None:
    """The status of a regular file, `None` for anything else. Raises OriginFailed."""
    status = _any_status(path)
    return status if status and stat.S_ISREG(status.st_mode) else None


def _changed_ns(folder: str) -> int | None:
    status = _any_status(folder)
    return status.st_mtime_ns if status and stat.S_ISDIR(status.st_mode) else None


def _any_status(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except OSError as error:
        if error.errno in _ABSENT:
            return None
        raise OriginFailed("the folder cannot be read") from error


def _bounded(table: dict[_K, _V]) -> dict[_K, _V]:
    """The table with room for one more; the entry that came first goes."""
    if len(table) >= _MAX_REMEMBERED:
        del table[next(iter(table))]
    return table
