"""Copies of foreign originals that are kept for a while, because a page asks for one picture in many forms at once.

Bounded in bytes; the one that was used longest ago goes first.  A copy that somebody is working with stays a file until
he is done, even when it has been replaced meanwhile.
"""

import os
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

from imgproxy.origins.spool import Spool
from imgproxy.values import Original


class _Copy:
    """A file, who uses it, and whether it is to go with its last user."""

    def __init__(self, original: Original) -> None:
        self.original = original
        self.users = 0
        self.gone = False


class Copies:
    """At most `max_bytes` of files in the spool, one per name."""

    def __init__(self, spool: Spool, max_bytes: int) -> None:
        self._spool = spool
        self._max_bytes = max_bytes
        self._held: OrderedDict[str, _Copy] = OrderedDict()
        self._held_bytes = 0

    def keep(self, name: str, original: Original) -> None:
        """From now on the copy of that name; the file is ours."""
        self.forget(name)
        self._held[name] = _Copy(original)
        self._held_bytes += original.size_bytes
        while self._held_bytes > self._max_bytes and len(self._held) > 1:
            self.forget(next(iter(self._held)))

    @contextmanager
    def lent(self, name: str) -> Iterator[Original | None]:
        """The copy, if it is still there, for as long as the block lasts."""
        copy = self._held.get(name)
        if copy is None or not _touched(copy.original.path):
            yield None
            return
        self._held.move_to_end(name)
        copy.users += 1
        try:
            yield copy.original
        finally:
            copy.users -= 1
            if copy.gone and not copy.users:
                self._spool.drop(copy.original)

    def forget(self, name: str) -> None:
        copy = self._held.pop(name, None)
        if copy is None:
            return
        self._held_bytes -= copy.original.size_bytes
        copy.gone = True
        if not copy.users:
            self._spool.drop(copy.original)

    def clear(self) -> None:
        for name in list(self._held):
            self.forget(name)


def _touched(path: str) -> bool:
    """Whether the file is still there; its new time tells other processes that it is nobody's leftover."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True
