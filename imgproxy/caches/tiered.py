"""Several tiers as one cache: reads fall through and promote, writes and purges go to all.

Memory is asked and filled without waiting; of the others each has a deadline, and one that hangs or fails is left
alone for a while. Writes to slow tiers are tasks that this room owns and limits: nobody waits for one that hangs.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TypeVar

from imgproxy.breaker import Breaker
from imgproxy.caches import Cache
from imgproxy.caches.memory import Memory
from imgproxy.metrics import Metrics
from imgproxy.metrics.families import LOOKUPS
from imgproxy.values import CacheKey, Rendered

_T = TypeVar("_T")
_MAX_WRITES = 256
_PAUSE_S = 5.0
_PURGE_TIMEOUT_S = 30.0


class Tiered:
    """A Cache over `tiers`, fastest first."""

    name = "tiered"

    def __init__(
        self,
        tiers: Sequence[Cache],
        get_timeout_s: float = 1.0,
        put_timeout_s: float = 10.0,
        linger_s: float = 0.5,
        metrics: Metrics | None = None,
    ) -> None:
        self._metrics = metrics or Metrics()
        self._memories = tuple(tier for tier in tiers if isinstance(tier, Memory))
        self._tiers = tuple(tiers)
        self._breakers = tuple(Breaker(f"{tier.name} tier", _PAUSE_S) for tier in tiers)
        self._get_timeout_s = get_timeout_s
        self._put_timeout_s = put_timeout_s
        self._linger_s = linger_s
        self._writes: set[asyncio.Task[None]] = set()

    def lookup(self, key: CacheKey) -> Rendered | None:
        """What memory holds; for the hot path, never waits."""
        for memory in self._memories:
            if rendered := memory.lookup(key):
                return rendered
        return None

    async def get(self, key: CacheKey) -> Rendered | None:
        for index, tier in enumerate(self._tiers):
            rendered = await self._within(
                index, "reading", partial(tier.get, key), self._get_timeout_s
            )
            self._count("misses" if rendered is None else "hits", tier.name)
            if rendered is not None:
                self._promote(key, rendered, index)
                return rendered
        return None

    async def put(self, key: CacheKey, rendered: Rendered) -> None:
        """Memory holds it at once; back when every tier has it or gave up, but after `linger_s` at the latest."""
        self._remember(key, rendered)
        if task := self._write_behind(key, rendered, len(self._tiers)):
            await asyncio.wait((task,), timeout=self._linger_s)

    @property
    def states(self) -> tuple[tuple[Cache, bool], ...]:
        """The tiers in order, each with whether it is in trouble: it says so itself, or was too late."""
        pairs = zip(self._tiers, self._breakers, strict=True)
        return tuple((tier, breaker.in_doubt or tier.in_trouble) for tier, breaker in pairs)

    @property
    def in_trouble(self) -> bool:
        """Whether any of them is."""
        return any(troubled for _, troubled in self.states)

    @property
    def held_bytes(self) -> int:
        """What those hold that know it."""
        return sum(tier.held_bytes or 0 for tier in self._tiers)

    async def purge(self, source: str) -> int:
        """Copies dropped, all tiers together; asks even a tier that was in trouble."""
        return await self._dropped("purging", lambda tier: tier.purge(source))

    async def remove(self, key: CacheKey) -> int:
        """As `purge`, for one answer."""
        return await self._dropped("removing", lambda tier: tier.remove(key))

    async def _dropped(self, doing: str, drop: Callable[[Cache], Awaitable[int]]) -> int:
        dropped = await asyncio.gather(
            *(
                self._within(index, doing, partial(drop, tier), _PURGE_TIMEOUT_S, anyway=True)
                for index, tier in enumerate(self._tiers)
            )
        )
        return sum(count or 0 for count in dropped)

    async def start(self) -> None:
        for tier in self._tiers:
            await tier.start()

    async def close(self) -> None:
        """Gives writes a moment to end, then ends them and every tier, slowest first."""
        if self._writes:
            await asyncio.wait(self._writes, timeout=self._linger_s)
        for task in self._writes:
            task.cancel()
        await asyncio.gather(*self._writes, return_exceptions=True)
        for tier in reversed(self._tiers):
            await tier.close()

    def _count(self, result: str, tier: str) -> None:
        if (cell := LOOKUPS[result].get(tier)) is not None:
            self._metrics.cells[cell] += 1

    def _remember(self, key: CacheKey, rendered: Rendered) -> None:
        for memory in self._memories:
            memory.keep(key, rendered)

    def _promote(self, key: CacheKey, rendered: Rendered, found_at: int) -> None:
        if found_at == 0:
            return
        self._remember(key, rendered)
        self._write_behind(key, rendered, found_at)

    def _write_behind(
        self, key: CacheKey, rendered: Rendered, before: int
    ) -> asyncio.Task[None] | None:
        """The task that writes to the slow tiers before an index; `None` when there is none, or too much waits already."""
        slow = sum(not isinstance(tier, Memory) for tier in self._tiers[:before])
        if not slow or len(self._writes) >= _MAX_WRITES:
            return None
        task = asyncio.create_task(self._put_slow(key, rendered, before), name="write behind")
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)
        return task

    async def _put_slow(self, key: CacheKey, rendered: Rendered, before: int) -> None:
        """Into all tiers before an index that are not memory, together."""
        await asyncio.gather(
            *(
                self._within(
                    index, "writing", partial(tier.put, key, rendered), self._put_timeout_s
                )
                for index, tier in enumerate(self._tiers[:before])
                if not isinstance(tier, Memory)
            )
        )

    async def _within(
        self,
        index: int,
        doing: str,
        call: Callable[[], Awaitable[_T]],
        timeout_s: float,
        *,
        anyway: bool = False,
    ) -> _T | None:
        """What the tier gives in time; `None` when it is paused, late or broken."""
        breaker = self._breakers[index]
        if not (anyway or breaker.admit()):
            return None
        try:
            async with asyncio.timeout(timeout_s):
                found = await call()
        except Exception as error:  # noqa: BLE001 - no fault of a cache may reach a request
            breaker.trip(doing, error)
            return None
        breaker.mend()
        return found
