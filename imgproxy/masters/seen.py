"""A small table, shared by all workers of a node, of what was asked for lately.

A slot holds half of a key's digits and the time; keys that meet in one slot push each other out, so the table neither grows
nor waits for anybody.  What it says may be wrong now and then; nothing but work may depend on it.
"""

import mmap
import os
import struct
import time
from collections.abc import Callable
from pathlib import Path

_SLOT = struct.Struct("=II")
_SLOTS = 65_536


class Seen:
    """Remembers keys, which are hex digits, for `for_s`; without a file for this process alone."""

    def __init__(
        self, path: Path | None, for_s: float, clock: Callable[[], float] = time.time
    ) -> None:
        self._for_s = for_s
        self._clock = clock
        self._table = mmap.mmap(-1, _SLOTS * _SLOT.size) if path is None else _opened(path)

    def note(self, key: str) -> bool:
        """Whether it was noted before, lately."""
        at = int(key[:4], 16) % _SLOTS * _SLOT.size
        print_, now = int(key[4:12], 16), int(self._clock())
        held, when = _SLOT.unpack_from(self._table, at)
        _SLOT.pack_into(self._table, at, print_, now)
        return bool(held == print_ and now - when <= self._for_s)

    def close(self) -> None:
        """The table stays for the others."""
        self._table.close()


def _opened(path: Path) -> mmap.mmap:
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.ftruncate(fd, _SLOTS * _SLOT.size)
        return mmap.mmap(fd, 0)
    finally:
        os.close(fd)
