"""Several tiers as one cache: reads fall through and promote, writes and purges go to all.

Memory is asked and filled without waiting; of the others each has a deadline, and one that hangs or fails is left
alone for a while. What is promoted to a slower tier is written by tasks that this room owns and limits.
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
_MAX_PROMOTIONS = 64
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
        metrics: Metrics | None = None,
    ) -> None:
        self._metrics = metrics or Metrics()
        self._memories = tuple(tier for tier in tiers if isinstance(tier, Memory))
        self._tiers = tuple(tiers)
        self._breakers = tuple(Breaker(f"{tier.name} tier", _PAUSE_S) for tier in tiers)
        self._get_timeout_s = get_timeout_s
        self._put_timeout_s = put_timeout_s
        self._promotions: set[asyncio.Task[None]] = set()

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
        """Memory holds it at once; back when every tier has it or gave up."""
        self._remember(key, rendered)
        await self._put_slow(key, rendered, len(self._tiers))

    @property
    def asked_tiers(self) -> tuple[tuple[Cache, bool], ...]:
        """The tiers in order, each with whether it is asked now or left alone after trouble."""
        asked = (breaker.lets_through for breaker in self._breakers)
        return tuple(zip(self._tiers, asked, strict=True))

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
        """Ends promotions, then every tier, slowest first."""
        for task in self._promotions:
            task.cancel()
        await asyncio.gather(*self._promotions, return_exceptions=True)
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
        faster = sum(not isinstance(tier, Memory) for tier in self._tiers[:found_at])
        if not faster or len(self._promotions) >= _MAX_PROMOTIONS:
            return
        task = asyncio.create_task(self._put_slow(key, rendered, found_at), name="promotion")
        self._promotions.add(task)
        task.add_done_callback(self._promotions.discard)

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
        if not (anyway or breaker.lets_through):
            return None
        try:
            async with asyncio.timeout(timeout_s):
                return await call()
        except Exception as error:  # noqa: BLE001 - no fault of a cache may reach a request
            breaker.trip(doing, error)
            return None
