"""Popular answers are made again, better, in a process of the lowest priority, while no request waits for a render.

    quiet        no render for QUIET_S in this worker, none under way or waiting in any worker of the node
    candidate    an answer in memory that was asked for several times and was not refined before
    refine       one at a time: lease → others' result, or a patient render → better → memory, shared tiers
    better       at least GAIN smaller, or raised to what its level means; the render says so, bytes alone never do
    give way     a request that has to wait ends it at once, process and all; it is tried again later

The bytes get a tag of their own.  An answer that gains too little is marked too, so that nobody tries again, here, in other
workers, on other nodes or after a restart.  What was purged or removed meanwhile, or has a new original, is not stored.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

import structlog
from msgspec import structs

from imgproxy.caches import Hot, Shared
from imgproxy.delivery.answers import Timing
from imgproxy.delivery.finding import Finding
from imgproxy.delivery.making import Making
from imgproxy.delivery.popular import FORMATS, Candidate, Popular
from imgproxy.errors import ImageError, Overloaded, RendererDied, RenderTimedOut
from imgproxy.flights import Leases
from imgproxy.metrics import Metrics
from imgproxy.metrics.families import REFINED_BYTES_SAVED, REFINEMENTS, REFINING_S, RUNNING, WAITING
from imgproxy.renderers.pool import Renderers
from imgproxy.request import RenderRequest
from imgproxy.values import CacheKey, Rendered

QUIET_S = 3.0
GAIN = 0.03
"""Less than this share of an answer is not worth that every client loads it again."""

_LOOK_S = 10.0
_GLANCE_S = 0.5
_MAX_KEYS = 4096
_MAX_TRIES = 3
_FIRST = 16
_SPENT_S = REFINING_S[""]
_log: structlog.typing.FilteringBoundLogger = structlog.get_logger(__name__)

MakingBy = Callable[[Renderers], Making]


def is_worth_it(old_bytes: int, new_bytes: int, *, raised: bool = False) -> bool:
    """Whether answers of so many bytes are replaced by others; `raised`: they look worse than their level means."""
    return raised or new_bytes <= old_bytes * (1 - GAIN)


class Refining:
    """One task per worker; without `spare`, which starts a process of low priority, it does nothing."""

    def __init__(
        self,
        memory: Hot,
        shared: Shared,
        leases: Leases,
        finding: Finding,
        making: MakingBy,
        spare: Callable[[], Renderers] | None,
        metrics: Metrics,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._memory = memory
        self._shared = shared
        self._leases = leases
        self._finding = finding
        self._making = making
        self._spare = spare
        self._metrics = metrics
        self._clock = clock
        self._popular = Popular(_MAX_KEYS)
        self._tries: Counter[CacheKey] = Counter()
        self._waiting = 0
        self._asked_at = clock()
        self._renderers: Renderers | None = None
        self._working: asyncio.Task[str] | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begins to watch for quiet."""
        if self._spare is not None:
            self._task = asyncio.create_task(self._watch(), name="refining")

    async def close(self) -> None:
        """Ends what is under way, and its process."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        await self._end_process()

    def note(self, key: CacheKey, request: RenderRequest, rendered: Rendered) -> None:
        """An answer came into memory by the slow way."""
        if self._spare is not None:
            self._popular.note(key, request, rendered)

    def make_way(self) -> None:
        """A request has to wait for a render from now on, until `waited` is called."""
        self._waiting += 1
        if self._working is not None:
            self._working.cancel()

    def waited(self) -> None:
        """It has its answer, or none."""
        self._waiting -= 1
        self._asked_at = self._clock()

    def is_quiet(self) -> bool:
        """Whether nobody has waited for a while, and nobody waits on the node."""
        if self._waiting or self._clock() - self._asked_at < QUIET_S:
            return False
        cells = self._metrics.total()
        return cells[RUNNING[""]] + cells[WAITING[""]] <= 0

    async def look(self) -> str | None:
        """One candidate is refined, if it is quiet and there is one; what became of it (REFINEMENTS)."""
        if not self.is_quiet() or (candidate := self._next()) is None:
            return None
        working = self._working = asyncio.create_task(self._refined(candidate), name="refine")
        try:
            while not (await asyncio.wait((working,), timeout=_GLANCE_S))[0]:
                if not self.is_quiet():
                    working.cancel()
        finally:
            self._working = None
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
        result = "abandoned" if working.cancelled() else working.result()
        await self._conclude(candidate.key, result)
        return result

    async def _watch(self) -> None:
        while True:
            try:
                result = await self.look()
            except Exception:  # noqa: BLE001 - no request is concerned; the log tells, and the next look may do better
                _log.exception("refining failed")
                result = None
            if result is None:
                await self._end_process()
                await asyncio.sleep(_LOOK_S)
            elif result == "abandoned":
                await asyncio.sleep(QUIET_S)

    def _next(self) -> Candidate | None:
        """One of the largest: workers that look at the same time take different ones."""
        asked = sorted(self._popular.asked(self._memory), key=lambda each: -len(each.rendered.body))
        return random.choice(asked[:_FIRST]) if asked else None  # noqa: S311 - no secret

    async def _conclude(self, key: CacheKey, result: str) -> None:
        self._metrics.cells[REFINEMENTS[result]] += 1
        if result != "abandoned":
            self._popular.forget(key)
            return
        await self._end_process()
        self._tries[key] += 1
        if self._tries[key] >= _MAX_TRIES:
            self._popular.forget(key)
        if len(self._tries) > _MAX_KEYS:
            self._tries.clear()

    async def _refined(self, candidate: Candidate) -> str:
        try:
            async with self._leases.hold(f"refine {candidate.key.path}") as waited:
                stored = await self._shared.get(candidate.key)
                if stored is not None and stored.refined:
                    self._keep(candidate, stored)
                    return "adopted"
                if waited:
                    return "abandoned"  # another worker is still at it, or could not do it
                return await self._make(candidate)
        except (RendererDied, RenderTimedOut, Overloaded):
            return "abandoned"  # the machine had better things to do
        except ImageError as error:
            _log.info("not refined", key=candidate.key.path, error=str(error))
            return "failed"

    async def _make(self, candidate: Candidate) -> str:
        key, request, old = candidate
        originals, purged = await self._finding.locate(request)
        if request.key(originals[0], originals[1:], purged) != key:
            return "void"
        making = self._making(await self._process())
        answer = await making.make(request, originals, key)
        self._count_time(answer.timing)
        raised = answer.how == "raised"
        better = answer.rendered if _is_better(old, answer.rendered, raised=raised) else old
        new = structs.replace(better, refined=True)
        if not self._keep(candidate, new):
            return "void"
        await self._shared.put(key, new)
        if new.etag == old.etag:
            return "kept"
        saved = REFINED_BYTES_SAVED[FORMATS[new.media_type]]
        self._metrics.cells[saved] += max(0, len(old.body) - len(new.body))
        return "raised" if raised else "done"

    def _keep(self, candidate: Candidate, new: Rendered) -> bool:
        """In place of the old answer, unless that was purged, removed or replaced."""
        key, request, old = candidate
        held = self._memory.popular(key)
        originals, purged = self._finding.peek(request)
        current = originals and request.key(originals[0], originals[1:], purged)
        if held is None or held.etag != old.etag or current != key:
            return False
        self._memory.keep(key, new)
        return True

    async def _process(self) -> Renderers:
        if self._renderers is not None:
            return self._renderers
        assert self._spare is not None  # nothing is noted without
        renderers = self._spare()
        try:
            await renderers.start()
        except BaseException:
            await renderers.close()
            raise
        self._renderers = renderers
        return renderers

    async def _end_process(self) -> None:
        renderers, self._renderers = self._renderers, None
        if renderers is not None:
            await renderers.close()

    def _count_time(self, timing: Timing | None) -> None:
        if timing is not None:
            self._metrics.cells[_SPENT_S] += (timing.render_ms + timing.encode_ms) / 1000


def _is_better(old: Rendered, new: Rendered, *, raised: bool) -> bool:
    if (old.width, old.height) != (new.width, new.height):
        return False
    # another format is that of the original itself, which goes out where what was raised is no shorter
    comparable = raised or old.media_type == new.media_type
    return comparable and is_worth_it(len(old.body), len(new.body), raised=raised)
