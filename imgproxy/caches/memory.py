"""The tier in this process: answers as they are. What nobody asks for a second time does not push out what is asked for.

Two queues, first in, first out (S3-FIFO; J. Yang et al., SOSP 2023): a tenth of the budget for what is new, the rest for
what was asked for again while it was there, or soon after it had left. At the head of a queue an answer that was asked
for goes round once more. Measured by benchmarks/evictions.py.

The one tier that may be asked without waiting; a hit is a look-up and a mark. It must never copy a body.
"""

from collections import OrderedDict

from imgproxy.values import CacheKey, Rendered

_ENTRY_BYTES = 1400
"""What an entry costs beside its body: key and value objects, digests, places in tables; measured, rounded up."""

_NEW_SHARE = 0.1
_MOST_ASKED = 3
_POPULAR = 3


class _Entry:
    __slots__ = ("asked", "rendered")

    def __init__(self, rendered: Rendered) -> None:
        self.rendered = rendered
        self.asked = 0

    @property
    def held_bytes(self) -> int:
        return len(self.rendered.body) + _ENTRY_BYTES


class Memory:
    """A Cache of at most `max_bytes`; bodies above `max_item_bytes` (default: an eighth of it) are not kept."""

    name = "memory"

    def __init__(self, max_bytes: int, max_item_bytes: int | None = None) -> None:
        self._max_bytes = max_bytes
        self._max_item_bytes = max_bytes // 8 if max_item_bytes is None else max_item_bytes
        self._new: OrderedDict[CacheKey, _Entry] = OrderedDict()
        self._proven: OrderedDict[CacheKey, _Entry] = OrderedDict()
        self._left: OrderedDict[int, None] = OrderedDict()
        self._by_source: dict[str, set[CacheKey]] = {}
        self._held_bytes = self._new_bytes = 0

    @property
    def held_bytes(self) -> int:
        """Bodies and the cost of their entries."""
        return self._held_bytes

    @property
    def in_trouble(self) -> bool:
        """Never."""
        return False

    @property
    def proven(self) -> tuple[CacheKey, ...]:
        """What was asked for more than once, so that slower tiers, which do not see it asked, can keep it too."""
        return tuple(self._proven)

    def lookup(self, key: CacheKey) -> Rendered | None:
        """`get` without a wait, for the hot path."""
        entry = self._proven.get(key) or self._new.get(key)
        if entry is None:
            return None
        if entry.asked < _MOST_ASKED:
            entry.asked += 1
        return entry.rendered

    def popular(self, key: CacheKey) -> Rendered | None:
        """The answer if it was asked for three times while it was held; this is no asking."""
        entry = self._proven.get(key)
        asked = 1 if entry else 0
        entry = entry or self._new.get(key)
        return entry.rendered if entry and entry.asked + asked >= _POPULAR else None

    def keep(self, key: CacheKey, rendered: Rendered) -> None:
        """`put` without a wait."""
        known = self._drop(key) or hash(key) in self._left
        if len(rendered.body) > self._max_item_bytes:
            return
        self._by_source.setdefault(key.source, set()).add(key)
        entry = _Entry(rendered)
        self._held_bytes += entry.held_bytes
        if known:
            self._left.pop(hash(key), None)
            self._proven[key] = entry
        else:
            self._new[key] = entry
            self._new_bytes += entry.held_bytes
        while self._held_bytes > self._max_bytes:
            self._make_room()

    async def get(self, key: CacheKey) -> Rendered | None:
        return self.lookup(key)

    async def put(self, key: CacheKey, rendered: Rendered) -> None:
        self.keep(key, rendered)

    async def purge(self, source: str) -> int:
        return self.drop(source)

    async def remove(self, key: CacheKey) -> int:
        return self.forget(key)

    def forget(self, key: CacheKey) -> int:
        """`remove` without a wait."""
        return int(self._drop(key))

    def drop(self, source: str) -> int:
        """`purge` without a wait."""
        keys = tuple(self._by_source.get(source, ()))
        for key in keys:
            self._drop(key)
        return len(keys)

    async def start(self) -> None:
        """Nothing to open."""

    async def close(self) -> None:
        """Gives the memory back."""
        for table in (self._new, self._proven, self._left, self._by_source):
            table.clear()
        self._held_bytes = self._new_bytes = 0

    def _make_room(self) -> None:
        """One step: the head of a queue leaves, or goes to the end of the proven."""
        from_new = self._new_bytes > self._max_bytes * _NEW_SHARE or not self._proven
        key, entry = next(iter((self._new if from_new else self._proven).items()))
        if not entry.asked:
            self._drop(key)
            if from_new:
                self._remember(key)
        elif from_new:
            del self._new[key]
            self._new_bytes -= entry.held_bytes
            entry.asked = 0
            self._proven[key] = entry
        else:
            entry.asked -= 1
            self._proven.move_to_end(key)

    def _remember(self, key: CacheKey) -> None:
        """For as long as as many others as are held leave after it."""
        self._left[hash(key)] = None
        while len(self._left) > len(self._new) + len(self._proven):
            self._left.popitem(last=False)

    def _drop(self, key: CacheKey) -> bool:
        """Whether it was held."""
        if entry := self._new.pop(key, None):
            self._new_bytes -= entry.held_bytes
        elif not (entry := self._proven.pop(key, None)):
            return False
        self._held_bytes -= entry.held_bytes
        siblings = self._by_source[key.source]
        siblings.discard(key)
        if not siblings:
            del self._by_source[key.source]
        return True
