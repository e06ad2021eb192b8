"""Finished answers, kept as bytes until a change touches them: no statement when warm, and never stale.

    fresh   watched since it was made, touched by nothing, within its time to live: given as it is
    known   anything else: made again by one flight per key; given only when the database does not answer

A flight belongs to the changes told while it was under way: whoever comes after one starts another, and an answer
that one of them touches is never taken for fresh.  In the last part of its life an answer is made again early, by
chance and in the background, so that expiry is no stampede.  Least recently asked leaves first.
"""

import asyncio
import math
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from random import random
from time import monotonic
from typing import Final, TypeAlias

import msgspec

from api.conditions import etag_of
from db.changes import Change, Tags, Watch
from db.errors import DatabaseUnavailable

TTL_S: Final = 3600.0
"""The safety net under the notifications."""

MAX_STALE_S: Final = 86_400.0
"""How old an answer may be given while the database is down."""

_EARLY: Final = 0.02
_PAUSE_S: Final = 1.0
_ENTRY_BYTES: Final = (
    4000  # tags, keys and places in tables, for a page of 20; measured, rounded up
)
_MAX_NAMES: Final = 8192


class Made(msgspec.Struct, frozen=True):
    """What a maker gives: the bytes and what they depend on."""

    body: bytes
    tags: Tags


class Answer(msgspec.Struct):
    """One answer and what became of it: `touched` by a change, or `due` to be made again early."""

    body: bytes
    etag: str
    tags: Tags
    made_s: float
    epoch: int
    touched: bool = False
    due: bool = False


class Served(msgspec.Struct, frozen=True):
    """An answer and, when the database could not be asked, how old it is."""

    answer: Answer
    stale_s: float | None = None


Make: TypeAlias = Callable[[], Awaitable[Made]]
Name: TypeAlias = tuple[object, ...]


class _Flight:
    """One making; `changes` are those told since it began."""

    task: "asyncio.Task[Answer]"

    def __init__(self) -> None:
        self.changes: list[Change] = []

    def touches(self, tags: Tags) -> bool:
        return any(change is None or change & tags for change in self.changes)


class Warm:
    """At most `max_bytes` of answers.  `chance` gives numbers from 0 to 1, as `random` does."""

    def __init__(
        self,
        watch: Watch,
        max_bytes: int = 32_000_000,
        ttl_s: float = TTL_S,
        clock: Callable[[], float] = monotonic,
        chance: Callable[[], float] = random,
    ) -> None:
        self._watch, self._max_bytes, self._ttl_s = watch, max_bytes, ttl_s
        self._clock, self._chance = clock, chance
        self._answers: OrderedDict[str, Answer] = OrderedDict()
        self._showing: dict[str, set[str]] = {}
        self._names: OrderedDict[Name, str] = OrderedDict()
        self._flights: dict[str, _Flight] = {}
        self._flying: set[_Flight] = set()
        self._held_bytes = 0
        self._epoch = 0
        self._down_until_s = -math.inf

    @property
    def held_bytes(self) -> int:
        """Bodies and the cost of their entries."""
        return self._held_bytes

    async def start(self, watch: Watch | None = None) -> None:
        """Listens to changes; `watch` takes the place of the one given before."""
        self._watch = watch or self._watch
        await self._watch.start(self.tell)

    async def close(self) -> None:
        """Ends flights and listens no more."""
        tasks = [flight.task for flight in self._flying]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._watch.close()

    async def caught_up(self) -> None:
        """Whatever was committed before the call counts afterwards."""
        await self._watch.caught_up()

    def tell(self, change: Change) -> None:
        """From now on no answer that the change touches is fresh."""
        for flight in self._flying:
            flight.changes.append(change)
        if change is None:
            self._epoch += 1
            return
        for tag in change:
            for key in self._showing.get(tag, ()):
                self._answers[key].touched = True

    def named(self, name: Name) -> Answer | None:
        """As `peek`, by a name that was given before: the hot path, which knows raw requests only."""
        key = self._names.get(name)
        return None if key is None else self.peek(key)

    def give_name(self, name: Name, key: str) -> None:
        """What was asked in these words is this answer."""
        self._names[name] = key
        if len(self._names) > _MAX_NAMES:
            self._names.popitem(last=False)

    def peek(self, key: str) -> Answer | None:
        """The answer if it is fresh.  Never waits."""
        answer = self._answers.get(key)
        if answer is None or not self._is_fresh(answer):
            return None
        if answer.due or self._is_early(self._age_s(answer)):
            answer.due = True
            return None
        self._answers.move_to_end(key)
        return answer

    async def get(self, key: str, make: Make) -> Served:
        """The answer, made if need be by one flight for all who ask.

        Raises what `make` raises; DatabaseUnavailable only when no earlier answer is young enough.
        """
        if answer := self.peek(key):
            return Served(answer)
        known = self._answers.get(key)
        if known is not None and self._is_fresh(known):
            if not self._is_down():
                self._flight(key, make)  # due: made again beside, for whoever comes next
            return Served(known)
        if known is not None and self._is_down() and self._age_s(known) <= MAX_STALE_S:
            return Served(known, self._age_s(known))
        try:
            return Served(await asyncio.shield(self._flight(key, make).task))
        except DatabaseUnavailable:
            self._down_until_s = self._clock() + _PAUSE_S
            if known is None or self._age_s(known) > MAX_STALE_S:
                raise
            return Served(known, self._age_s(known))

    def _is_fresh(self, answer: Answer) -> bool:
        # asked first: it may tell of a change
        sees = self._watch.sees()
        current = sees and not answer.touched and answer.epoch == self._epoch
        return current and self._age_s(answer) < self._ttl_s

    def _is_early(self, age_s: float) -> bool:
        """Rarely at first, surely at the end: exponential with a mean of 2 % of the life (Vattani et al., 2015)."""
        if age_s < self._ttl_s / 2:
            return False
        return age_s - _EARLY * self._ttl_s * math.log(self._chance() or 1e-9) >= self._ttl_s

    def _is_down(self) -> bool:
        return self._clock() < self._down_until_s

    def _age_s(self, answer: Answer) -> float:
        return self._clock() - answer.made_s

    def _flight(self, key: str, make: Make) -> _Flight:
        """The one under way, unless something has changed since it began."""
        flight = self._flights.get(key)
        if flight is None or flight.changes:
            flight = self._flights[key] = _Flight()
            flight.task = asyncio.create_task(self._fly(flight, key, make), name=f"make {key}")
            flight.task.add_done_callback(_look)
            self._flying.add(flight)
        return flight

    async def _fly(self, flight: _Flight, key: str, make: Make) -> Answer:
        try:
            seen, epoch, made_s = self._watch.sees(), self._epoch, self._clock()
            flight.changes.clear()  # what was told until here, the maker will see
            made = await make()
            seen = self._watch.sees() and seen
        finally:
            newest = self._flights.get(key) is flight
            if newest:
                del self._flights[key]
            self._flying.discard(flight)
        touched = not seen or flight.touches(made.tags)
        answer = Answer(made.body, etag_of(made.body), made.tags, made_s, epoch, touched)
        if newest:
            self._keep(key, answer)
        return answer

    def _keep(self, key: str, answer: Answer) -> None:
        self._drop(key)
        if len(answer.body) > self._max_bytes // 8:
            return
        self._answers[key] = answer
        for tag in answer.tags:
            self._showing.setdefault(tag, set()).add(key)
        self._held_bytes += len(answer.body) + _ENTRY_BYTES
        while self._held_bytes > self._max_bytes:
            self._drop(next(iter(self._answers)))

    def _drop(self, key: str) -> None:
        answer = self._answers.pop(key, None)
        if answer is None:
            return
        self._held_bytes -= len(answer.body) + _ENTRY_BYTES
        for tag in answer.tags:
            keys = self._showing[tag]
            keys.discard(key)
            if not keys:
                del self._showing[tag]


def _look(task: "asyncio.Task[Answer]") -> None:
    """A failure that nobody waited for is not reported as lost: those who waited have it."""
    if not task.cancelled():
        task.exception()
