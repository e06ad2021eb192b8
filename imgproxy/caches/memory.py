"""The tier in this process: answers as they are, the least recently asked leaves first.

The one tier that may be asked without waiting; a hit is two look-ups in a dict. It must never copy a body.
"""

from collections import OrderedDict

from imgproxy.values import CacheKey, Rendered

_ENTRY_BYTES = 1200
"""What an entry costs beside its body: key and value objects, digests, places in two tables; measured, rounded up."""


class Memory:
    """A Cache of at most `max_bytes`; bodies above `max_item_bytes` (default: an eighth of it) are not kept."""

    name = "memory"

    def __init__(self, max_bytes: int, max_item_bytes: int | None = None) -> None:
        self._max_bytes = max_bytes
        self._max_item_bytes = max_bytes // 8 if max_item_bytes is None else max_item_bytes
        self._items: OrderedDict[CacheKey, Rendered] = OrderedDict()
        self._by_source: dict[str, set[CacheKey]] = {}
        self._held_bytes = 0

    @property
    def held_bytes(self) -> int:
        """Bodies and the cost of their entries."""
        return self._held_bytes

    def lookup(self, key: CacheKey) -> Rendered | None:
        """`get` without a wait, for the hot path."""
        rendered = self._items.get(key)
        if rendered is not None:
            self._items.move_to_end(key)
        return rendered

    def keep(self, key: CacheKey, rendered: Rendered) -> None:
        """`put` without a wait."""
        self._drop(key)
        if len(rendered.body) > self._max_item_bytes:
            return
        self._items[key] = rendered
        self._by_source.setdefault(key.source, set()).add(key)
        self._held_bytes += len(rendered.body) + _ENTRY_BYTES
        while self._held_bytes > self._max_bytes:
            self._drop(next(iter(self._items)))

    async def get(self, key: CacheKey) -> Rendered | None:
        return self.lookup(key)

    async def put(self, key: CacheKey, rendered: Rendered) -> None:
        self.keep(key, rendered)

    async def purge(self, source: str) -> int:
        return self.drop(source)

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
        self._items.clear()
        self._by_source.clear()
        self._held_bytes = 0

    def _drop(self, key: CacheKey) -> None:
        rendered = self._items.pop(key, None)
        if rendered is None:
            return
        self._held_bytes -= len(rendered.body) + _ENTRY_BYTES
        siblings = self._by_source[key.source]
        siblings.discard(key)
        if not siblings:
            del self._by_source[key.source]
