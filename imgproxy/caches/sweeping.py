"""Keeps a folder of many files within a budget: what was asked for least, and longest ago, goes first.

All processes that write into the folder share three small files beside the answers:

    ledger   its *length* is the estimate of what is held, in blocks. A writer appends one byte per block, which the
             kernel adds up across processes; a sweep sets the true length. So nobody needs to look at a million
             files to know whether there is room, and the estimate survives a restart and a kill.
    pace     the half-life of a request, in seconds; its mtime is the time of the last eviction.
    lock     held by the one process that sweeps.

What a file is worth is its mtime: see worth.

A sweep reads the folder twice, in slices with rests between, and remembers only a table of bytes per second of
worth, never a list of files. This room is synchronous and runs in a thread; it must never be called from the event
loop.
"""

# ruff: noqa: PTH106, PTH108, PTH120

import contextlib
import fcntl
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from imgproxy.caches.worth import Pace

BLOCK_BYTES = 4096
"""What a small file really takes on nearly every file system."""

_LOW_WATER = 0.95
_HIGH_WATER = 1.04
"""Within 5 % even when many write at once."""

_SECOND_NS = 10**9
_SLICE_FILES = 200
_REST_S = 0.005
"""Not more than about a third of a core. A nice thread would be worse: set aside while it holds the interpreter's lock,
it would keep the event loop waiting."""


class Swept(msgspec.Struct, frozen=True):
    """What one sweep saw and did."""

    files: int
    held_bytes: int
    dropped_files: int
    dropped_bytes: int


class Ledger:
    """The shared estimate of what `root` holds, and the right to correct it."""

    def __init__(self, root: Path, max_bytes: int) -> None:
        self._path = root / "ledger"
        self._lock = root / "lock"
        self._max_bytes = max_bytes
        self.pace = Pace(root, max_bytes)

    def held_bytes(self) -> int | None:
        """The estimate, in whole blocks; `None` when nobody has counted yet."""
        try:
            return self._path.stat().st_size * BLOCK_BYTES
        except FileNotFoundError:
            return None

    @property
    def over(self) -> bool:
        """Time to sweep."""
        held = self.held_bytes()
        return held is None or held > self._max_bytes

    def has_room(self, size_bytes: int) -> bool:
        """Whether a file may still be written before a sweep: one may cross the line, many may not."""
        held = self.held_bytes() or 0
        full = held + blocks(size_bytes) * BLOCK_BYTES
        return held <= self._max_bytes or full <= self._max_bytes * _HIGH_WATER

    def begin(self) -> None:
        """An empty one, unless there is one. Raises OSError."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            self._path.touch(0o600, exist_ok=False)

    def add(self, size_bytes: int) -> None:
        """Counts a file that was written. Before the first sweep there is no ledger and nothing to count."""
        with contextlib.suppress(FileNotFoundError):
            fd = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
            try:
                os.write(fd, bytes(blocks(size_bytes)))
            finally:
                os.close(fd)

    @contextlib.contextmanager
    def counting(self) -> Iterator[bool]:
        """False when another process is at it."""
        fd = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
        finally:
            os.close(fd)

    def correct(self, held_bytes: int) -> None:
        """Sets the estimate; a longer file gets a hole, which takes no space."""
        fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.ftruncate(fd, held_bytes // BLOCK_BYTES)
        finally:
            os.close(fd)


class Halt:
    """A rest that ends at once when the owner wants to stop."""

    def __init__(self) -> None:
        self._stop = threading.Event()

    def set(self) -> None:
        self._stop.set()

    def rest(self) -> bool:
        """True when it is time to stop."""
        return self._stop.wait(_REST_S)


def sweep(
    answers: Path, ledger: Ledger, max_bytes: int, halt: Halt, *, anyway: bool = True
) -> Swept | None:
    """Counts, evicts down to a little below the budget, corrects the ledger.

    `None` when another process is sweeping, or has just done so (unless `anyway`), or when `halt` was set.
    Raises OSError.
    """
    with ledger.counting() as mine:
        if not mine or not (anyway or ledger.over):
            return None
        if (before := ledger.held_bytes()) is None:
            # full until counted: a count that is cut short is taken up again by the next writer
            before = max_bytes + BLOCK_BYTES
            ledger.correct(before)
        by_second = _count(answers, ledger.pace.latest_s, halt)
        if by_second is None:
            return None
        held = sum(size for _, size in by_second.values())
        dropped_files, dropped_bytes = 0, 0
        if held > max_bytes:
            excess = held - int(max_bytes * _LOW_WATER)
            dropped_files, dropped_bytes = _evict(answers, _cutoff(by_second, excess), excess, halt)
            ledger.pace.evicted(dropped_bytes)
        # what others wrote meanwhile may have been seen or not: count it, the next sweep knows better
        meanwhile = max(0, (ledger.held_bytes() or 0) - before)
        ledger.correct(held - dropped_bytes + meanwhile)
        files = sum(count for count, _ in by_second.values())
        return Swept(files, held, dropped_files, dropped_bytes)


def drop_older(folder: Path, age_s: float) -> int:
    """Removes files that were last written `age_s` ago, such as leftovers of writers that died; how many."""
    dropped, limit_s = 0, time.time() - age_s
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(FileNotFoundError):
                if entry.stat().st_mtime < limit_s:
                    os.unlink(entry.path)
                    dropped += 1
    return dropped


def blocks(size_bytes: int) -> int:
    """Whole blocks, at least one."""
    return max(1, -(-size_bytes // BLOCK_BYTES))


def _count(answers: Path, latest_s: float, halt: Halt) -> dict[int, tuple[int, int]] | None:
    """`{second of worth: (files, bytes)}`; `None` when halted. What is worth more than it can be is put right."""
    table: dict[int, tuple[int, int]] = {}
    for seen, (path, worth_ns, size) in enumerate(_files(str(answers)), start=1):
        second = worth_ns // _SECOND_NS
        if second > latest_s:
            second = int(latest_s)
            with contextlib.suppress(FileNotFoundError):
                os.utime(path, (second, second))
        count, total = table.get(second, (0, 0))
        table[second] = (count + 1, total + size)
        if seen % _SLICE_FILES == 0 and halt.rest():
            return None
    return table


def _cutoff(by_second: dict[int, tuple[int, int]], excess: int) -> int:
    """The highest second that has to lose files so that `excess` bytes go."""
    freed = 0
    for second in sorted(by_second):
        freed += by_second[second][1]
        if freed >= excess:
            return second
    return max(by_second)


def _evict(answers: Path, cutoff: int, excess: int, halt: Halt) -> tuple[int, int]:
    """Removes everything below the cutoff, and of the second of the cutoff only as much as is needed.

    Files and bytes that went.
    """
    last: list[tuple[int, str, int]] = []
    files = freed = 0
    for seen, (path, worth_ns, size) in enumerate(_files(str(answers)), start=1):
        if worth_ns // _SECOND_NS == cutoff:
            last.append((worth_ns, path, size))
        elif worth_ns // _SECOND_NS < cutoff and _remove(path):
            files, freed = files + 1, freed + size
        if seen % _SLICE_FILES == 0 and halt.rest():
            return files, freed
    for _, path, size in sorted(last):
        if freed >= excess:
            break
        if _remove(path):
            files, freed = files + 1, freed + size
    return files, freed


def _remove(path: str) -> bool:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return False
    with contextlib.suppress(OSError):
        os.rmdir(os.path.dirname(path))  # only goes when empty
    return True


def _files(folder: str) -> Iterator[tuple[str, int, int]]:
    """Path, worth (ns) and size in whole blocks of every file below."""
    try:
        entries = os.scandir(folder)
    except FileNotFoundError:
        return
    with entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _files(entry.path)
                continue
            with contextlib.suppress(FileNotFoundError):
                status = entry.stat(follow_symlinks=False)
                yield entry.path, status.st_mtime_ns, blocks(status.st_size) * BLOCK_BYTES
