"""Who renders next: free places handed out fairly among originals, so that one hostile original cannot take them all.

    waiting     at most `max_waiting` in all and half of them for one original; more are refused at once
    turns       a free place goes to the original that has the fewest, of several to each in turn
    slow ones   an original whose renders took longer than SLOW_S leaves one place to the others, free or not,
                until SLOW_FOR_S after the last of them; one of which nothing is known yet does so, too

A single original that renders fast may use every place from its second render on.
"""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

import msgspec

SLOW_S = 1.0
SLOW_FOR_S = 60.0

_MAX_KNOWN = 4096
_T = TypeVar("_T")


class Refusal(NamedTuple):
    """Why somebody may not even wait: a value of the metric `RENDERS`, and the sentence."""

    result: str
    sentence: str


class Turn(msgspec.Struct, Generic[_T], frozen=True):
    """A place that was given out: for whom, and when."""

    place: _T
    source: str
    began: float


class Admission(Generic[_T]):
    """Places of which there are `count` when all are free."""

    def __init__(
        self, count: int, max_waiting: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._count = count
        self._max_waiting = max_waiting
        self._max_share = max(1, max_waiting // 2)
        self._clock = clock
        self._free: list[_T] = []
        self._queues: OrderedDict[str, deque[asyncio.Future[Turn[_T]]]] = OrderedDict()
        self._begun: dict[str, list[float]] = {}
        self._slow: OrderedDict[str, float] = OrderedDict()
        self._quick: OrderedDict[str, None] = OrderedDict()
        self.waiting = 0
        """How many wait for a place."""

    @property
    def free(self) -> int:
        """Places that wait for somebody."""
        return len(self._free)

    def refusal(self, source: str) -> Refusal | None:
        """Why nobody may wait for that original now; `None` when there is room."""
        if self.waiting >= self._max_waiting:
            return Refusal("overloaded", f"the queue of {self._max_waiting} is full")
        if len(self._queues.get(source, ())) >= self._max_share:
            return Refusal("crowded", f"{self._max_share} of one original")
        return None

    async def take(self, source: str) -> Turn[_T]:
        """A place, in turn; whoever stops waiting leaves the queue at once."""
        given: asyncio.Future[Turn[_T]] = asyncio.get_running_loop().create_future()
        self._queues.setdefault(source, deque()).append(given)
        self.waiting += 1
        self._hand_out()
        try:
            return await given
        except asyncio.CancelledError:
            if given.cancelled():
                self._leave_queue(source, given)
            else:  # it was given in the moment of leaving
                self.end(given.result())
                self.add(given.result().place)
            raise

    def add(self, place: _T) -> None:
        """A place is free; the one that came last is taken first, as it is warm."""
        self._free.append(place)
        self._hand_out()

    def end(self, turn: Turn[_T]) -> None:
        """It is over; its place comes back by `add`, or another instead of it."""
        begun = self._begun[turn.source]
        begun.remove(turn.began)
        if not begun:
            del self._begun[turn.source]
        if self._clock() - turn.began > SLOW_S:
            self._mark_slow(turn.source)
        else:
            _remember(self._quick, turn.source, None)
        self._hand_out()

    def _hand_out(self) -> None:
        while self._free and (source := self._next()) is not None:
            given = self._queues[source].popleft()
            if self._queues[source]:
                self._queues.move_to_end(source)
            else:
                del self._queues[source]
            self.waiting -= 1
            if given.cancelled():
                continue  # who waited is leaving, and could not say so yet
            turn = Turn(self._free.pop(), source, self._clock())
            self._begun.setdefault(source, []).append(turn.began)
            given.set_result(turn)

    def _next(self) -> str | None:
        """Of the originals that may have one more place the one with the fewest, and of those the one whose turn it is."""
        may = filter(self._may_begin, self._queues)
        return min(may, key=lambda source: len(self._begun.get(source, ())), default=None)

    def _may_begin(self, source: str) -> bool:
        begun = self._begun.get(source) or []
        if len(begun) < max(1, self._count - 1):
            return True
        if self._clock() - begun[0] > SLOW_S:
            self._mark_slow(source)
        is_known = source in self._quick and not self._is_slow(source)
        return len(begun) < self._count and is_known

    def _mark_slow(self, source: str) -> None:
        self._quick.pop(source, None)
        _remember(self._slow, source, self._clock() + SLOW_FOR_S)

    def _is_slow(self, source: str) -> bool:
        return self._slow.get(source, 0.0) > self._clock()

    def _leave_queue(self, source: str, given: "asyncio.Future[Turn[_T]]") -> None:
        queue = self._queues.get(source)
        if queue is not None and given in queue:
            queue.remove(given)
            self.waiting -= 1
            if not queue:
                del self._queues[source]


def _remember(known: OrderedDict[str, _T], source: str, value: _T) -> None:
    known[source] = value
    known.move_to_end(source)
    if len(known) > _MAX_KNOWN:
        known.popitem(last=False)
