"""What an origin behind a network said, remembered, so that a hit asks it nothing and its trouble is nobody's.

    younger than `fresh_s`     believed; near the end ever more likely one request has it looked at early
    older, up to STALE_S       given at once as not `fresh`, while one task looks again
    the origin in trouble      the same, and the next look waits as long as `negatives` says
    absent                     remembered too, but not for long

One look per original at a time, whoever asks; every look belongs to this room and ends by the origin's own deadline.
"""

import asyncio
import random
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import NamedTuple

import msgspec

from imgproxy.errors import ImageError, NotFound, Overloaded
from imgproxy.metrics import Metrics
from imgproxy.metrics.families import LOOKS
from imgproxy.negatives import Negatives, anew
from imgproxy.origins import STALE_S, Origin
from imgproxy.origins.freshness import early_from, is_due
from imgproxy.values import Located, Original, Source

_MAX_REMEMBERED = 50_000
_MAX_FAILURES = 10_000
_MAX_LOOKS = 256
_MAX_BACKGROUND = 64

_Slot = tuple[str, str, str | None]
_Outcome = Located | ImageError


class _Known(NamedTuple):
    located: Located
    early_from: float
    fresh_until: float


class Remembered:
    """An Origin in front of one that has to be asked over a network and remembers nothing itself."""

    def __init__(
        self,
        origin: Origin,
        fresh_s: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
        metrics: Metrics | None = None,
    ) -> None:
        self._origin = origin
        self._fresh_s = fresh_s
        self._clock = clock
        self._chance = chance
        self._metrics = metrics or Metrics()
        self._known: OrderedDict[_Slot, _Known] = OrderedDict()
        self._failures: Negatives[_Slot] = Negatives(_MAX_FAILURES, clock)
        self._looks: dict[_Slot, asyncio.Task[_Outcome]] = {}
        self._tasks: set[asyncio.Task[_Outcome]] = set()

    def peek(self, source: Source) -> Located | None:
        """What was seen last. Raises NotFound while that is known."""
        slot = _slot(source)
        known = self._known.get(slot)
        if known is None:
            self._failures.check(slot, NotFound)
            return None
        now = self._clock()
        if now < known.early_from:
            return _for(source, known.located)
        return self._ageing(source, slot, known, now)

    async def locate(self, source: Source) -> Located:
        """Looks, unless it is known that looking fails. Raises what the origin raises, and Overloaded."""
        slot = _slot(source)
        outcome: _Outcome | None = self._failures.recall(slot)
        if outcome is None:
            if slot not in self._looks and len(self._looks) >= _MAX_LOOKS:
                raise Overloaded(f"{_MAX_LOOKS} originals are being looked for")
            # who leaves ends his wait alone; the look goes on for the others
            outcome = await asyncio.shield(self._look(slot, source))
        if isinstance(outcome, Located):
            return _for(source, outcome)
        known = self._known.get(slot)
        if known is None or self._clock() - known.fresh_until > STALE_S:
            raise anew(outcome)
        return _for(source, known.located, fresh=False)

    @asynccontextmanager
    async def open(self, located: Located) -> AsyncIterator[Original]:
        """The bytes as they are now; if that is not the version that was located, the next look is due."""
        async with AsyncExitStack() as opened:
            try:
                original = await opened.enter_async_context(self._origin.open(located))
            except NotFound:
                self.forget(located.source)
                raise
            if original.version not in {"", located.version}:
                self.forget(located.source)
            yield original

    def forget(self, source: Source) -> None:
        """Looks under way began too early to be remembered."""
        slot = _slot(source)
        self._known.pop(slot, None)
        self._failures.forget(slot)
        self._looks.pop(slot, None)

    def believe(self, located: Located) -> None:
        slot, now = _slot(located.source), self._clock()
        self._known.setdefault(slot, _Known(located, now, now))

    async def start(self) -> None:
        await self._origin.start()

    async def close(self) -> None:
        """Ends looks first, then what they use."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._origin.close()

    def _ageing(self, source: Source, slot: _Slot, known: _Known, now: float) -> Located | None:
        if now - known.fresh_until > STALE_S:
            return None
        if is_due(now, known.fresh_until, self._fresh_s, self._chance):
            self._look_again(slot, source)
        return _for(source, known.located, fresh=now < known.fresh_until)

    def _look_again(self, slot: _Slot, source: Source) -> None:
        """In the background; not while the last failure is remembered, and not beside too many others."""
        if len(self._looks) < _MAX_BACKGROUND and self._failures.recall(slot) is None:
            self._look(slot, source)

    def _look(self, slot: _Slot, source: Source) -> asyncio.Task[_Outcome]:
        """The one task for that original."""
        if slot not in self._looks:
            task = asyncio.create_task(self._outcome(slot, source), name="look at an original")
            self._looks[slot] = task
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return self._looks[slot]

    async def _outcome(self, slot: _Slot, source: Source) -> _Outcome:
        """What a look found and how it is remembered; a failure is a value, as perhaps nobody is waiting any more."""
        found: _Outcome
        try:
            found = await self._origin.locate(source)
        except ImageError as error:
            found = anew(error)
        finally:
            current = self._looks.get(slot) is asyncio.current_task()
            if current:
                del self._looks[slot]
        if current:
            self._remember(slot, found)
        return found

    def _remember(self, slot: _Slot, found: _Outcome) -> None:
        before = self._known.get(slot)
        self._metrics.cells[LOOKS[_result(found, before)]] += 1
        if isinstance(found, ImageError):
            self._failures.remember(slot, found)
            if isinstance(found, NotFound):
                self._known.pop(slot, None)
            return
        self._failures.forget(slot)
        fresh_until = self._clock() + self._fresh_s
        self._known[slot] = _Known(found, early_from(fresh_until, self._fresh_s), fresh_until)
        self._known.move_to_end(slot)
        if len(self._known) > _MAX_REMEMBERED:
            self._known.popitem(last=False)


def _result(found: _Outcome, before: _Known | None) -> str:
    """A value of LOOKS."""
    if isinstance(found, ImageError):
        return "absent" if isinstance(found, NotFound) else "failed"
    return "same" if before and before.located.version == found.version else "new"


def _for(source: Source, located: Located, *, fresh: bool = True) -> Located:
    """The same for a source that claims another version."""
    if located.fresh is fresh and located.source == source:
        return located
    return msgspec.structs.replace(located, source=source, fresh=fresh)


def _slot(source: Source) -> _Slot:
    return source.kind, source.public_id, source.extension
