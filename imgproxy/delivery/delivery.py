"""The order of a request's ways to its answer.

    peek   memory only, without waiting: the hot path
    get    one flight per key in this process, one lease per key among processes, then
           shared tiers → originals → render → answer → store → lease freed → flight forgotten

A failure that depends on nothing but the request and the original is remembered and told again; whoever waited for the
lease of one who failed is told the same, instead of failing once more.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

from imgproxy.caches import Hot, Shared
from imgproxy.delivery.answers import Answer, Purged
from imgproxy.delivery.finding import Finding
from imgproxy.delivery.making import Making
from imgproxy.delivery.notes import Notes
from imgproxy.delivery.refining import Refining
from imgproxy.errors import BadRequest, ImageError, Overloaded, RendererDied, RenderTimedOut
from imgproxy.flights import Leases
from imgproxy.flights.flights import Flights
from imgproxy.grace import Grace
from imgproxy.masters import Masters
from imgproxy.metrics import Metrics
from imgproxy.metrics.families import HELD_BYTES, LOOKUPS, NEGATIVE, PURGES
from imgproxy.negatives import NEGATIVE_S, Negatives
from imgproxy.origins import Origin
from imgproxy.purging import OneId, Order, Prefix, Purge, Tagged, tag_of
from imgproxy.purging.purges import Purges
from imgproxy.renderers.pool import Renderers
from imgproxy.request import RenderRequest
from imgproxy.settings import Limits, patient
from imgproxy.values import CacheKey, Located, Rendered

_MEMORY_HIT, _MEMORY_MISS = LOOKUPS["hits"]["memory"], LOOKUPS["misses"]["memory"]
_HELD, _NEGATIVE = HELD_BYTES[""], NEGATIVE[""]
_PURGES = {OneId: PURGES["id"], Prefix: PURGES["prefix"], Tagged: PURGES["tag"]}
_LASTING = BadRequest, RendererDied, RenderTimedOut
"""Failures that depend on the request and the original alone, so that trying again at once is of no use."""

_MAX_FAILURES = 4096
_MAX_FLIGHTS = 4096
_MAX_FETCHING = 256
"""Misses beside those that may wait for a process: originals on their way, leases of others, answers being stored."""


class Delivery:
    """Everything an image node does between a request value and an answer value."""

    def __init__(
        self,
        origin: Origin,
        memory: Hot,
        shared: Shared,
        leases: Leases,
        renderers: Renderers,
        limits: Limits,
        clock: Callable[[], float] = monotonic,
        metrics: Metrics | None = None,
        purges: Purges | None = None,
        masters: Masters | None = None,
        spare: Callable[[], Renderers] | None = None,
    ) -> None:
        """`spare`: a process for what may wait (`refining`); without one that is not done."""
        self.origin = origin
        self.memory = memory
        self.shared = shared
        self.leases = leases
        self.renderers = renderers
        self.metrics = metrics or Metrics()
        self.purges = purges or Purges()
        self.grace = Grace()
        self._notes = Notes(shared)
        self._finding = Finding(origin, self.purges, self._notes)
        self.masters = masters or Masters(Path(), 0, leases, self.metrics)
        self._making = Making(origin, renderers, self.masters, limits, self.metrics)
        self.refining = Refining(
            memory,
            shared,
            leases,
            self._finding,
            self._making_patiently,
            spare,
            self.metrics,
            clock,
        )
        self._limits = limits
        self._failures: Negatives[CacheKey] = Negatives(_MAX_FAILURES, clock)
        self._flights: Flights[Answer] = Flights(_MAX_FLIGHTS)
        self._max_misses = limits.max_queue + _MAX_FETCHING
        self._misses = 0
        self._clearing: set[asyncio.Task[int]] = set()

    async def start(self) -> None:
        """Opens everything it was given; called once in the event loop that serves."""
        self.metrics.open()
        for part in (self.origin, self.shared, self.leases, self.masters, self.renderers):
            await part.start()
        await self.purges.start(self._hear_of)
        await self.refining.start()

    async def close(self) -> None:
        """Ends flights first, then what they used."""
        await self.refining.close()
        await self._flights.close()
        await self.purges.close()
        for task in self._clearing:
            task.cancel()
        await asyncio.gather(*self._clearing, return_exceptions=True)
        for part in (self.renderers, self.masters, self.leases, self.shared, self.origin):
            await part.close()
        self.metrics.close()

    def peek(self, request: RenderRequest) -> Answer | None:
        """The answer if it can be given without waiting. Raises NotFound when absence is known."""
        originals, purged = self._finding.peek(request)
        if originals is None:
            return None
        rendered = self.memory.lookup(request.key(originals[0], originals[1:], purged))
        if rendered is None:
            return None
        self.metrics.cells[_MEMORY_HIT] += 1
        return Answer(rendered, originals[0], _held(originals))

    async def get(self, request: RenderRequest) -> Answer:
        """The answer. Raises ImageError and its children, TimeoutError never."""
        async with self.grace.until_over():
            return await self._get(request)

    async def _get(self, request: RenderRequest) -> Answer:
        originals, purged = await self._finding.locate(request)
        key = request.key(originals[0], originals[1:], purged)
        if rendered := self.memory.lookup(key):
            self.metrics.cells[_MEMORY_HIT] += 1
            return Answer(rendered, originals[0], _held(originals))
        self.metrics.cells[_MEMORY_MISS] += 1
        try:
            self._failures.check(key)
        except ImageError:
            self.metrics.cells[_NEGATIVE] += 1
            raise

        async def work(answer: Callable[[Answer], None]) -> None:
            await self._produce(request, originals, key, answer)

        answer, joined = await self._flights.join(key.path, work)
        return answer._replace(how="joined") if joined and answer.how == "miss" else answer

    async def purge(self, pattern: Order) -> Purged:
        """What was made from matching originals is void on every worker of this node when this comes back."""
        purge = await self.purges.issue(pattern)
        self.metrics.cells[_PURGES[type(pattern)]] += 1
        copies = 0
        if not isinstance(pattern, Prefix):
            copies = self.memory.drop(pattern.digest) + await self.shared.purge(pattern.digest)
            await self.masters.purge(pattern.digest)
        return Purged(purge.stamp, tag_of(pattern), copies)

    async def remove(self, request: RenderRequest) -> int:
        """Copies of one answer are gone from this worker's memory and the shared tiers; how many there were.

        Raises ImageError, when an original is not to be found any more.
        """
        originals, purged = await self._finding.locate(request)
        key = request.key(originals[0], originals[1:], purged)
        return self.memory.forget(key) + await self.shared.remove(key)

    def _hear_of(self, purge: Purge, first: bool) -> None:
        """Another worker or node has purged; `first`: the stores of this node have to be cleared from here."""
        if not isinstance(purge.pattern, OneId | Tagged):
            return
        self.memory.drop(purge.pattern.digest)
        self.masters.void(purge.pattern.digest)
        if not first:
            return
        for store in (self.shared, self.masters):
            clearing = store.purge(purge.pattern.digest)
            task = asyncio.create_task(clearing, name="clear after purge")
            self._clearing.add(task)
            task.add_done_callback(self._clearing.discard)

    async def _produce(
        self,
        request: RenderRequest,
        originals: tuple[Located, ...],
        key: CacheKey,
        answer: Callable[[Answer], None],
    ) -> None:
        located = originals[0]
        if rendered := await self.shared.get(key):
            self._keep(key, request, rendered)
            answer(Answer(rendered, located, _held(originals)))
            return
        with self._one_more_miss(key):
            async with self.leases.hold(key.path) as waited:
                if waited and (rendered := await self.shared.get(key)):
                    self._keep(key, request, rendered)
                    answer(Answer(rendered, located, "joined"))
                    return
                made = await self._make(request, originals, key, followed=waited)
                self._keep(key, request, made.rendered)
                answer(made)
                await self.shared.put(key, made.rendered)
                for each in originals:
                    await self._notes.note_version(each)

    @contextmanager
    def _one_more_miss(self, key: CacheKey) -> Iterator[None]:
        """Raises Overloaded at once where the way to the original would be for nothing."""
        self.renderers.admit(key.source)
        if self._misses >= self._max_misses:
            raise Overloaded(f"{self._max_misses} answers are being made")
        self._misses += 1
        self.refining.make_way()
        try:
            yield
        finally:
            self._misses -= 1
            self.refining.waited()

    async def _make(
        self,
        request: RenderRequest,
        originals: tuple[Located, ...],
        key: CacheKey,
        *,
        followed: bool,
    ) -> Answer:
        """`followed`: somebody else has just tried, and may have left word of why he could not."""
        if followed and (failure := await self._notes.failure(key)):
            if isinstance(failure, _LASTING):
                self._failures.remember(key, failure)
            self.metrics.cells[_NEGATIVE] += 1
            try:
                raise failure
            finally:
                del failure  # or it and this frame hold each other
        try:
            return await self._make_again_after_a_crash(request, originals, key)
        except Overloaded:
            raise  # of this worker alone
        except ImageError as error:
            lasting = isinstance(error, _LASTING)
            for_s = self._failures.remember(key, error) if lasting else NEGATIVE_S
            await self._notes.note_failure(key, error, for_s)
            raise

    async def _make_again_after_a_crash(
        self, request: RenderRequest, originals: tuple[Located, ...], key: CacheKey
    ) -> Answer:
        """Once: a process may have been ended for what others did to the machine."""
        try:
            return await self._making.make(request, originals, key)
        except RendererDied:
            return await self._making.make(request, originals, key)

    def _making_patiently(self, spare: Renderers) -> Making:
        """From the originals themselves; what it takes is no stage of a miss."""
        none = Masters(Path(), 0, self.leases, Metrics())
        return Making(self.origin, spare, none, patient(self._limits), Metrics(), "patient")

    def _keep(self, key: CacheKey, request: RenderRequest, rendered: Rendered) -> None:
        self.memory.keep(key, rendered)
        self.refining.note(key, request, rendered)
        self.metrics.cells[_HELD] = self.memory.held_bytes


def _held(originals: tuple[Located, ...]) -> str:
    """How an answer that was there already is told: `stale` where an original is due to be looked at again."""
    for located in originals:  # all() takes more than twice as long, and every hit comes by
        if not located.fresh:
            return "stale"
    return "hit"
