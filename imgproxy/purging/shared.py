"""The journal of a node: a file that all workers append to, and a number in shared memory that says when to read on.

    <folder>/journal       one entry per line, JSON; a line without its end is one that a crash cut off
    <folder>/generation    8 mapped bytes, counted up after every append; locked while a worker writes

Synchronous: reading on is a read of some bytes of a local file, after a purge and at no other time.
"""

import contextlib
import fcntl
import mmap
import os
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from imgproxy.purging import Purge

_GENERATION_BYTES = 8
_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Purge)


class JournalFile:
    """The file in `folder`, and how far this worker has read it."""

    def __init__(self, folder: Path) -> None:
        self._journal = folder / "journal"
        self._file = folder / "generation"
        self._fd: int | None = None
        self._generation: memoryview | list[int] = [0]
        self._seen = -1
        self._inode, self._offset = 0, 0
        self.lines = 0
        """How many were read or written since the file was begun."""

    @property
    def has_news(self) -> bool:
        """A look at a number; this is all that a request pays."""
        return self._generation[0] != self._seen

    def open(self) -> None:
        """Raises OSError."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._fd = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with self.locked():
            if os.fstat(self._fd).st_size != _GENERATION_BYTES:
                os.ftruncate(self._fd, _GENERATION_BYTES)
        self._generation = memoryview(mmap.mmap(self._fd, _GENERATION_BYTES)).cast("q")

    def close(self) -> None:
        """The worker serves no more; there is no news for it."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
        self._generation, self._seen = [0], 0

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else writes for the length of the block, which must be short. Raises OSError."""
        if self._fd is None:
            raise FileNotFoundError("the journal is not open")
        fcntl.flock(self._fd, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._fd, fcntl.LOCK_UN)

    def news(self) -> list[Purge]:
        """Entries since the last call. Raises OSError."""
        self._seen = self._generation[0]
        try:
            with self._journal.open("rb") as file:
                inode = os.fstat(file.fileno()).st_ino
                if inode != self._inode:
                    self._inode, self._offset, self.lines = inode, 0, 0
                file.seek(self._offset)
                data = file.read()
        except FileNotFoundError:
            return []
        whole = data[: data.rfind(b"\n") + 1]
        self._offset += len(whole)
        return list(self._entries(whole))

    def append(self, purge: Purge) -> None:
        """To be called while locked and after `news`. Raises OSError."""
        with self._journal.open("a+b") as file:
            size = file.seek(0, os.SEEK_END)
            cut_off = (
                size > self._offset
            )  # the end of a line is missing: this worker has read all whole ones
            file.write((b"\n" if cut_off else b"") + _encoder.encode(purge) + b"\n")
        self._generation[0] += 1

    def rewrite(self, purges: Iterable[Purge]) -> None:
        """The whole journal anew, to be called while locked. Raises OSError."""
        new = self._journal.with_name(f"new-{secrets.token_hex(8)}")
        new.write_bytes(b"".join(_encoder.encode(purge) + b"\n" for purge in purges))
        new.replace(self._journal)
        self._generation[0] += 1

    def _entries(self, lines: bytes) -> Iterator[Purge]:
        for line in lines.splitlines():
            self.lines += 1
            with contextlib.suppress(msgspec.DecodeError):  # cut off by a crash
                yield _decoder.decode(line)
