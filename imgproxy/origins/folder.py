"""Originals in a folder of this machine, found anew on every question.

A question costs one or two stats and no wait, so files that were added, changed or taken away count at once:

    chosen by the exact name    believed while the file's inode, time and size are the same
    chosen by a weaker rule     believed while also the folder's own time says that no name in it has changed

A folder in trouble (unmounted, closed, failing) does not take back what was found in it: for STALE_S that goes on
being given, as not `fresh`.

Nothing outside the folder may ever be reached, by whatever spelling or link, and no answer or error may show
where the folder is.
"""

# ruff: noqa: PTH100, PTH116 - text and os, as a Path costs more than the question

import errno
import os
import stat
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec

from imgproxy.errors import LimitExceeded, NotFound, OriginFailed
from imgproxy.origins import STALE_S
from imgproxy.origins.names import Asked, asked, hidden
from imgproxy.values import Located, Original, Source

_ABSENT = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.EINVAL}
_MAX_REMEMBERED = 10_000
_SETTLED_NS = 2 * 10**9
"""A folder changed this recently may change again within the same tick of its clock, unseen by its time."""

_LOOK = getattr(os, "O_PATH", os.O_RDONLY)
_Identity = tuple[int, int, int, int]
_Key = tuple[str, str | None]


class _Choice(NamedTuple):
    """A file that was found inside the root, and what must not have changed for it to be the right one still."""

    located: Located
    file: _Identity
    folder: str
    names: _Identity | None


class Folder:
    """An Origin over `root`; a root that does not exist (yet) is empty. Originals above `max_bytes` are refused."""

    def __init__(
        self,
        root: Path,
        max_bytes: int = 50_000_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._root = os.path.abspath(root).rstrip("/")
        self._max_bytes = max_bytes
        self._clock = clock
        self._choices: dict[_Key, _Choice] = {}
        self._last: dict[_Key, Located] = {}
        self._troubled: dict[_Key, float] = {}
        self._root_found: tuple[int, int] | None = None

    def peek(self, source: Source) -> Located:
        """The file as it is now, or as it was when the folder is in trouble. Raises NotFound, OriginFailed; never waits."""
        key = source.public_id, source.extension
        choice = self._choices.get(key)
        try:
            if choice is None or not _holds(choice):
                choice = self._choose(source)
        except OriginFailed:
            last = self._last_known(key)
            if last is None:
                raise
            return msgspec.structs.replace(last, source=source, fresh=False)
        if self._troubled:
            self._troubled.pop(key, None)
        located = choice.located
        return (
            located if located.source == source else msgspec.structs.replace(located, source=source)
        )

    async def locate(self, source: Source) -> Located:
        return self.peek(source)

    @asynccontextmanager
    async def open(self, located: Located) -> AsyncIterator[Original]:
        """The file itself, by a path without links in it."""
        real = self._real(located.place)
        status = real and _file_status(real)
        if not real or not status:
            raise self._absent(located.source)
        if status.st_size > self._max_bytes:
            raise LimitExceeded("the original in bytes", status.st_size, self._max_bytes)
        if not os.access(real, os.R_OK):
            raise OriginFailed("the file cannot be read")
        yield Original(real, status.st_size)

    def forget(self, source: Source) -> None:
        key = source.public_id, source.extension
        for table in (self._choices, self._last, self._troubled):
            table.pop(key, None)

    def believe(self, located: Located) -> None:
        self._keep_last((located.source.public_id, located.source.extension), located)

    async def start(self) -> None:
        """Nothing to open."""

    async def close(self) -> None:
        """Nothing to close."""

    def _choose(self, source: Source) -> _Choice:
        key = (source.public_id, source.extension)
        self._choices.pop(key, None)
        names = asked(*key)
        if names is None:
            raise NotFound(source.public_id)
        # taken before the search: a name that changes during it makes the choice void
        folder = self._folder(names.folders[0])
        before = _status(folder)
        for path in self._paths(names):
            status = _file_status(path)
            if status and self._real(path):
                choice = _Choice(_located(source, path, status), _identity(status), "", None)
                if path != f"{self._root}/{names.exact[0]}":
                    choice = choice._replace(folder=folder, names=before and _identity(before))
                self._remember(key, names, choice)
                return choice
        raise self._gone(source)

    def _paths(self, names: Asked) -> Iterator[str]:
        """Files by all rules, best first; those of the third exist, unless they were just removed."""
        for name in names.exact:
            yield f"{self._root}/{name}"
        for folder in map(self._folder, names.folders):
            for name in _existing(folder, names.alike()):
                yield f"{folder}/{name}"

    def _last_known(self, key: _Key) -> Located | None:
        """What to give while there is trouble; `None` when that is nothing, or has gone on for too long."""
        located = self._last.get(key)
        if located is None:
            return None
        since = self._troubled.setdefault(key, self._clock())
        return located if self._clock() - since <= STALE_S else None

    def _gone(self, source: Source) -> NotFound | OriginFailed:
        """Why there is no such file; one that is not there is no longer given while there is trouble."""
        absent = self._absent(source)
        if isinstance(absent, NotFound):
            self._last.pop((source.public_id, source.extension), None)
        return absent

    def _absent(self, source: Source) -> NotFound | OriginFailed:
        """Why there is no such file: it is not there, or nothing is, where something was before."""
        if self._root_found is None:
            return NotFound(source.public_id)
        status = _status(self._root or "/")
        if status is None or (
            (status.st_dev, status.st_ino) != self._root_found and not _has_entries(self._root)
        ):
            return OriginFailed("the folder is not there")
        return NotFound(source.public_id)

    def _keep_last(self, key: _Key, located: Located) -> None:
        if len(self._last) >= _MAX_REMEMBERED and key not in self._last:
            del self._last[next(iter(self._last))]
        self._last[key] = located

    def _remember(self, key: _Key, names: Asked, choice: _Choice) -> None:
        """Bounded; only what can be checked later: one spelling of the folder, whose time has come to rest."""
        self._keep_last(key, choice.located)
        if root := _status(self._root or "/"):
            self._root_found = root.st_dev, root.st_ino
        if choice.folder:
            settled = choice.names and time.time_ns() - choice.names[2] > _SETTLED_NS
            if len(names.folders) > 1 or not settled:
                return
        if len(self._choices) >= _MAX_REMEMBERED:
            del self._choices[next(iter(self._choices))]
        self._choices[key] = choice

    def _folder(self, name: str) -> str:
        return f"{self._root}/{name}" if name else self._root or "/"

    def _real(self, path: str) -> str | None:
        """The path without links, `None` when that is outside or hidden."""
        root = os.path.realpath(self._root or "/").rstrip("/") + "/"
        real = os.path.realpath(path)
        return real if real.startswith(root) and not hidden(real[len(root) :]) else None


def _holds(choice: _Choice) -> bool:
    """Resolving links would cost more than the rest together; the same inode is the same file, found inside before."""
    if choice.folder and _identity_at(choice.folder) != choice.names:
        return False
    return _identity_at(choice.located.place) == choice.file


def _has_entries(folder: str) -> bool:
    """Whether anything is in it; the place where a disk was is an empty folder. Raises OriginFailed."""
    try:
        with os.scandir(folder or "/") as entries:
            return next(entries, None) is not None
    except OSError as error:
        raise OriginFailed("the folder cannot be read") from error


def _existing(folder: str, names: Iterator[str]) -> Iterator[str]:
    """Names that are in the folder; asked from the folder itself, which makes 170 questions 150 µs."""
    try:
        fd = os.open(folder, _LOOK | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in _ABSENT:
            return
        raise OriginFailed("the folder cannot be read") from error
    try:
        yield from [name for name in names if os.access(name, os.F_OK, dir_fd=fd)]
    finally:
        os.close(fd)


def _located(source: Source, path: str, status: os.stat_result) -> Located:
    version = f"{status.st_mtime_ns:x}-{status.st_size:x}-{status.st_ino:x}"
    return Located(source, version, status.st_size, status.st_mtime, path)


def _identity(status: os.stat_result) -> _Identity:
    return status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size


def _file_status(path: str) -> os.stat_result | None:
    """The status of a regular file, `None` for anything else. Raises OriginFailed."""
    status = _status(path)
    return status if status and stat.S_ISREG(status.st_mode) else None


def _identity_at(path: str) -> _Identity | None:
    """The question of every hit: what is there now, `None` for nothing. Raises OriginFailed."""
    try:
        status = os.stat(path)
    except OSError as error:
        _expect_absence(error)
        return None
    return status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size


def _status(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except OSError as error:
        _expect_absence(error)
        return None


def _expect_absence(error: OSError) -> None:
    """Raises OriginFailed where the error leaves open what is there."""
    if error.errno not in _ABSENT:
        raise OriginFailed("the folder cannot be read") from error
