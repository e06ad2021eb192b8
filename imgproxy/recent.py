"""A table of what was asked for lately, bounded, whose hits cost one look and no bookkeeping.

    young   what was kept or found since the last change
    old     what was young before; found here, it is young again

Full of young ones, it forgets the old, and the young grow old: whatever is asked for at least once in `most` other keys stays.
"""

from collections.abc import Hashable
from typing import Generic, TypeVar

_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V")


class Recent(Generic[_K, _V]):
    """Between `most` and twice as many of the values that were asked for last."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._young: dict[_K, _V] = {}
        self._old: dict[_K, _V] = {}

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def get(self, key: _K) -> _V | None:
        """What was kept under that key; `None` for nothing, or when it was long ago."""
        value = self._young.get(key)
        if value is None and (value := self._old.pop(key, None)) is not None:
            self.keep(key, value)
        return value

    def keep(self, key: _K, value: _V) -> None:
        if len(self._young) >= self._most:
            self._old, self._young = self._young, {}
        self._young[key] = value

    def clear(self) -> None:
        self._young.clear()
        self._old.clear()
