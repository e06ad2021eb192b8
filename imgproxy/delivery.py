"""The use case: a request becomes an answer, from memory, from a shared tier, or by one render.

    peek   memory only, without waiting: the hot path
    get    one flight per key in this process, one lease per key among processes, then
           shared tiers → original → render → answer → store → lease freed → flight forgotten

A failure that depends on nothing but the request and the original is remembered for a short while, so that a
request that kills or times out a renderer does not do so ten times a second.  This room knows the seams and no
concrete origin, cache or lease.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from time import monotonic, perf_counter
from typing import NamedTuple

from imgproxy.caches import Hot, Shared
from imgproxy.errors import (
    BadRequest,
    ImageError,
    NotFound,
    ReferenceNotFound,
    RendererDied,
    RenderTimedOut,
)
from imgproxy.flights import Leases
from imgproxy.flights.flights import Flights
from imgproxy.metrics import Metrics
from imgproxy.metrics.families import HELD_BYTES, LOOKUPS, NEGATIVE, PURGES, STAGES
from imgproxy.origins import Origin
from imgproxy.purging import OneId, Prefix, Purge, tag_of
from imgproxy.purging.purges import Purges
from imgproxy.render.job import LayerFile, RenderJob, RenderReport
from imgproxy.renderers.pool import Renderers
from imgproxy.request import RenderRequest
from imgproxy.settings import Limits
from imgproxy.values import CacheKey, Located, Rendered, Source, etag_of

NEGATIVE_S = 10.0
"""How long a failure is remembered."""

_MAX_FAILURES = 4096
_MAX_LOOKED = 50_000
_MEMORY_HIT, _MEMORY_MISS = LOOKUPS["hits"]["memory"], LOOKUPS["misses"]["memory"]
_HELD, _NEGATIVE = HELD_BYTES[""], NEGATIVE[""]
_STAGES = tuple(STAGES[name] for name in ("queue", "fetch", "render", "encode"))


class Timing(NamedTuple):
    """Milliseconds of a miss, for Server-Timing."""

    queue_ms: float
    fetch_ms: float
    render_ms: float
    encode_ms: float


class Answer(NamedTuple):
    """What is sent, what it was made from, and how it came about: `hit`, `miss` or `joined`."""

    rendered: Rendered
    located: Located
    how: str
    timing: Timing | None = None


class Purged(NamedTuple):
    """What a purge did: its stamp, the tag the CDN was told, copies deleted so far (a prefix deletes none by itself)."""

    stamp: int
    tag: str
    copies: int


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
    ) -> None:
        self.origin = origin
        self.memory = memory
        self.shared = shared
        self.leases = leases
        self.renderers = renderers
        self.metrics = metrics or Metrics()
        self.purges = purges or Purges()
        self._looked: dict[Source, int] = {}
        self._clearing: set[asyncio.Task[int]] = set()
        self._limits = limits
        self._clock = clock
        self._flights: Flights[Answer] = Flights()
        self._failures: OrderedDict[CacheKey, tuple[float, ImageError]] = OrderedDict()

    async def start(self) -> None:
        """Opens everything it was given; called once in the event loop that serves."""
        self.metrics.open()
        for part in (self.origin, self.shared, self.leases, self.renderers):
            await part.start()
        await self.purges.start(self._hear_of)

    async def close(self) -> None:
        """Ends flights first, then what they used."""
        await self._flights.close()
        await self.purges.close()
        for task in self._clearing:
            task.cancel()
        await asyncio.gather(*self._clearing, return_exceptions=True)
        for part in (self.renderers, self.leases, self.shared, self.origin):
            await part.close()
        self.metrics.close()

    def peek(self, request: RenderRequest) -> Answer | None:
        """The answer if it can be given without waiting. Raises NotFound when absence is known."""
        purged = self.purges.stamp(request.source, request.needs)
        if purged and self._must_look(request, purged):
            return None
        located = self.origin.peek(request.source)
        layers = self._peek_layers(request) if request.needs else ()
        if located is None or layers is None:
            return None
        rendered = self.memory.lookup(request.key(located, layers, purged))
        if rendered is None:
            return None
        self.metrics.cells[_MEMORY_HIT] += 1
        return Answer(rendered, located, "hit")

    async def get(self, request: RenderRequest) -> Answer:
        """The answer. Raises ImageError and its children, TimeoutError never."""
        purged = self.purges.stamp(request.source, request.needs)
        if purged and self._must_look(request, purged):
            await self._look_anew(request, purged)
        located = self.origin.peek(request.source) or await self.origin.locate(request.source)
        layers = await self._locate_layers(request) if request.needs else ()
        key = request.key(located, layers, purged)
        if rendered := self.memory.lookup(key):
            self.metrics.cells[_MEMORY_HIT] += 1
            return Answer(rendered, located, "hit")
        self.metrics.cells[_MEMORY_MISS] += 1
        if failure := self._failure(key):
            self.metrics.cells[_NEGATIVE] += 1
            raise failure

        async def work(answer: Callable[[Answer], None]) -> None:
            await self._produce(request, (located, *layers), key, answer)

        answer, joined = await self._flights.join(key.path, work)
        return answer._replace(how="joined") if joined and answer.how == "miss" else answer

    async def purge(self, pattern: OneId | Prefix) -> Purged:
        """What was made from matching originals is void on every worker of this node when this comes back."""
        purge = await self.purges.issue(pattern)
        self.metrics.cells[PURGES["id" if isinstance(pattern, OneId) else "prefix"]] += 1
        copies = 0
        if isinstance(pattern, OneId):
            copies = self.memory.drop(pattern.digest) + await self.shared.purge(pattern.digest)
        return Purged(purge.stamp, tag_of(pattern), copies)

    def _hear_of(self, purge: Purge, first: bool) -> None:
        """Another worker or node has purged; `first`: the stores of this node have to be cleared from here."""
        if not isinstance(purge.pattern, OneId):
            return
        self.memory.drop(purge.pattern.digest)
        if first:
            clearing = self.shared.purge(purge.pattern.digest)
            task = asyncio.create_task(clearing, name="clear after purge")
            self._clearing.add(task)
            task.add_done_callback(self._clearing.discard)

    def _must_look(self, request: RenderRequest, purged: int) -> bool:
        """What the origin remembers from before a purge does not count."""
        sources = (request.source, *request.needs)
        return any(self._looked.get(source, 0) < purged for source in sources)

    async def _look_anew(self, request: RenderRequest, purged: int) -> None:
        await self.origin.locate(request.source)
        for source in request.needs:
            with _as_reference(source):
                await self.origin.locate(source)
        if len(self._looked) > _MAX_LOOKED:
            self._looked.clear()
        self._looked.update(dict.fromkeys((request.source, *request.needs), purged))

    async def _produce(
        self,
        request: RenderRequest,
        originals: tuple[Located, ...],
        key: CacheKey,
        answer: Callable[[Answer], None],
    ) -> None:
        located = originals[0]
        if rendered := await self.shared.get(key):
            self._keep(key, rendered)
            answer(Answer(rendered, located, "hit"))
            return
        async with self.leases.hold(key.path) as waited:
            if waited and (rendered := await self.shared.get(key)):
                self._keep(key, rendered)
                answer(Answer(rendered, located, "joined"))
                return
            made = await self._render(request, originals, key)
            self._keep(key, made.rendered)
            answer(made)
            await self.shared.put(key, made.rendered)

    async def _render(
        self, request: RenderRequest, originals: tuple[Located, ...], key: CacheKey
    ) -> Answer:
        started = perf_counter()
        try:
            async with AsyncExitStack() as opened:
                paths = [
                    (await opened.enter_async_context(self.origin.open(located))).path
                    for located in originals
                ]
                fetched_ms = (perf_counter() - started) * 1000
                finished = await self.renderers.render(self._job(request, paths))
        except (BadRequest, RendererDied, RenderTimedOut) as error:
            self._remember(key, error)
            raise
        report = finished.report
        timing = Timing(finished.queue_ms, fetched_ms, report.render_ms, report.encode_ms)
        for stage, took_ms in zip(_STAGES, timing, strict=True):
            self.metrics.observe(stage, took_ms / 1000)
        return Answer(_rendered(report, originals[0]), originals[0], "miss", timing)

    def _keep(self, key: CacheKey, rendered: Rendered) -> None:
        self.memory.keep(key, rendered)
        self.metrics.cells[_HELD] = self.memory.held_bytes

    def _job(self, request: RenderRequest, paths: list[str]) -> RenderJob:
        return RenderJob(
            path=paths[0],
            transformation=request.canonical,
            formats=request.variant.formats,
            negotiated=request.output.format == "auto",
            extension=request.source.extension,
            layers=tuple(map(LayerFile, request.needs, paths[1:])),
            limits=self._limits,
        )

    def _peek_layers(self, request: RenderRequest) -> tuple[Located, ...] | None:
        """The originals of all layers if they are known without waiting. Raises ReferenceNotFound."""
        found = []
        for source in request.needs:
            with _as_reference(source):
                found.append(self.origin.peek(source))
        return None if None in found else tuple(filter(None, found))

    async def _locate_layers(self, request: RenderRequest) -> tuple[Located, ...]:
        found = []
        for source in request.needs:
            with _as_reference(source):
                found.append(self.origin.peek(source) or await self.origin.locate(source))
        return tuple(found)

    def _failure(self, key: CacheKey) -> ImageError | None:
        held = self._failures.get(key)
        if held is None:
            return None
        until, error = held
        if until < self._clock():
            del self._failures[key]
            return None
        return type(error)(*error.args)

    def _remember(self, key: CacheKey, error: ImageError) -> None:
        self._failures[key] = (self._clock() + NEGATIVE_S, error)
        while len(self._failures) > _MAX_FAILURES:
            self._failures.popitem(last=False)


@contextmanager
def _as_reference(source: Source) -> Iterator[None]:
    """An absent layer is told as one, so that nobody looks for the picture itself."""
    try:
        yield
    except NotFound:
        raise ReferenceNotFound(source.public_id) from None


def _rendered(report: RenderReport, located: Located) -> Rendered:
    return Rendered(
        body=report.body,
        media_type=report.media_type,
        width=report.width,
        height=report.height,
        etag=etag_of(report.body),
        modified_s=located.modified_s,
        pages=report.pages,
    )
