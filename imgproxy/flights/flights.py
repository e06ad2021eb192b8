"""One piece of work per key in this process, however many wait for it.

    absent ──join──▶ working ──answer──▶ answered ──work ends──▶ absent
                        │
                        ├──work fails──────────▶ absent   every waiter gets the same error
                        └──last waiter leaves──▶ absent   the work is cancelled

Work hands out its answer as soon as it has one and may go on, to store it for instance; whoever joins
meanwhile gets the answer at once, so no request falls between answer and store. Waiters come and go one by one;
the work belongs to the table, not to the one who came first. This room must never know what the work is.
"""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import structlog

from imgproxy.errors import Overloaded

_T = TypeVar("_T")
_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()

Work = Callable[[Callable[[_T], None]], Awaitable[None]]
"""Gets a function to call once with the answer; what it does afterwards delays no one."""


class _Flight(Generic[_T]):
    """Work under way, its answer to be, and how many wait for it."""

    def __init__(self) -> None:
        self.answer: asyncio.Future[_T] = asyncio.get_running_loop().create_future()
        self.answer.add_done_callback(_mark_seen)
        self.waiting = 0
        self.task: asyncio.Task[None] | None = None


class Flights(Generic[_T]):
    """The table of what is under way, at most `most`; one per process and kind of answer."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._flights: dict[str, _Flight[_T]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def __len__(self) -> int:
        return len(self._flights)

    async def join(self, key: str, work: Work[_T]) -> tuple[_T, bool]:
        """The answer, and True when the work was under way already. Raises what the work raises, and Overloaded."""
        flight = self._flights.get(key)
        joined = flight is not None
        if flight is None:
            flight = self._begin(key, work)
        flight.waiting += 1
        try:
            return await asyncio.shield(flight.answer), joined
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.answer.done():
                self._abandon(key, flight)
            del (
                flight
            )  # its error leads back to this frame, and a circle is freed by the collector alone

    async def close(self, grace_s: float = 5.0) -> None:
        """Cancels work that has no answer yet, and gives the rest `grace_s` to end. Takes no more work."""
        self._closed = True
        for key, flight in tuple(self._flights.items()):
            if not flight.answer.done():
                flight.answer.set_exception(Overloaded("the server is stopping"))
                self._abandon(key, flight)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace_s)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _begin(self, key: str, work: Work[_T]) -> _Flight[_T]:
        if self._closed:
            raise RuntimeError("flights are closed")
        if len(self._flights) >= self._most:
            raise Overloaded(f"{self._most} answers are being made")
        flight = self._flights[key] = _Flight[_T]()
        # a clean context: the work must not inherit what belongs to the request that came first
        flight.task = asyncio.get_running_loop().create_task(
            self._fly(key, flight, work), name=f"flight {key}", context=contextvars.Context()
        )
        self._tasks.add(flight.task)
        flight.task.add_done_callback(self._tasks.discard)
        return flight

    async def _fly(self, key: str, flight: _Flight[_T], work: Work[_T]) -> None:
        try:
            await work(lambda value: _settle(flight.answer, value))  # noqa: F821 - deleted when work is over
            _fail(flight.answer, RuntimeError("work ended without an answer"))
        except asyncio.CancelledError:
            _fail(flight.answer, RuntimeError("work was cancelled from within"))
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the waiters get it
            if not _fail(flight.answer, error):
                _log.exception("work failed after its answer", flight=key)
        finally:
            self._forget(key, flight)
            del flight

    def _abandon(self, key: str, flight: _Flight[_T]) -> None:
        """Stops the work; who comes now begins anew instead of waiting for something that is ending."""
        self._forget(key, flight)
        if flight.task:
            flight.task.cancel()
        flight.answer.cancel()

    def _forget(self, key: str, flight: _Flight[_T]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]


def _settle(answer: asyncio.Future[_T], value: _T) -> None:
    if not answer.done():
        answer.set_result(value)


def _fail(answer: asyncio.Future[_T], error: Exception) -> bool:
    """False when waiters have an answer already."""
    if answer.done():
        return False
    answer.set_exception(error)
    return True


def _mark_seen(answer: asyncio.Future[_T]) -> None:
    """An error that no waiter stayed for is no news for the event loop's log."""
    if not answer.cancelled():
        answer.exception()
