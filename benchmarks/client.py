"""One load-generating event loop: keep-alive connections that each have one request outstanding, closed loop.

A closed loop asks again when it has been answered, so its latencies are those at that concurrency, not those that a
fixed arrival rate would meet.  Callbacks instead of a coroutine per request: the generator shares the machine with the
server, and a general HTTP client costs more CPU than most answers.  This room must never wait without a deadline.
"""

import asyncio
import contextlib
import time
from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import cast

from msgspec import Struct, field

from benchmarks.errors import MalformedResponse
from benchmarks.http1 import ResponseReader

_RECONNECT_PAUSE_S = 0.05
_WATCH_INTERVAL_S = 0.1


class Bounds(Struct, frozen=True):
    """When to stop asking, and how long one answer may take; answers outstanding at the end are waited for."""

    duration_s: float
    max_requests: int
    timeout_s: float


class Tally(Struct):
    """What came back: latencies in ms in order of completion, counts by status and by kind of failure."""

    latencies_ms: "array[float]" = field(default_factory=lambda: array("d"))
    statuses: Counter[int] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    body_bytes: int = 0
    started_s: float = 0.0
    ended_s: float = 0.0

    @property
    def settled(self) -> int:
        return len(self.latencies_ms) + self.failures.total()


class Session:
    """The shared state of all connections of one loop: what to ask next, and the tally."""

    def __init__(self, requests: Iterator[bytes], bounds: Bounds) -> None:
        self.tally = Tally(started_s=time.monotonic())
        self.bounds = bounds
        self.connections: set[Connection] = set()
        self._requests = requests
        self._deadline_s = self.tally.started_s + bounds.duration_s
        self._left = bounds.max_requests

    @property
    def is_over(self) -> bool:
        return self._left <= 0 or time.monotonic() >= self._deadline_s

    def next_request(self) -> bytes | None:
        if self.is_over:
            return None
        request = next(self._requests, None)
        self._left = self._left - 1 if request is not None else 0
        return request

    def answered(self, status: int, body_bytes: int, sent_s: float) -> None:
        now_s = time.monotonic()
        self.tally.latencies_ms.append((now_s - sent_s) * 1000)
        self.tally.statuses[status] += 1
        self.tally.body_bytes += body_bytes
        self.tally.ended_s = now_s

    def failed(self, kind: str) -> None:
        self.tally.failures[kind] += 1
        self.tally.ended_s = time.monotonic()

    def could_not_connect(self) -> None:
        # Counted against the bound too, or a dead server would be knocked at for ever.
        self._left -= 1
        self.failed("connect")


class Connection(asyncio.Protocol):
    """Asks, counts the answer, asks again; `ended` is set when the socket is gone."""

    def __init__(self, session: Session, ended: asyncio.Future[None]) -> None:
        self._session = session
        self._ended = ended
        self._reader = ResponseReader()
        self._transport: asyncio.Transport | None = None
        self._sent_s: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._session.connections.add(self)
        self._ask()

    def data_received(self, data: bytes) -> None:
        if self._sent_s is None:
            return self._give_up("unasked")
        try:
            response = self._reader.feed(data)
        except MalformedResponse:
            return self._give_up("malformed")
        if response is not None:
            self._session.answered(response.status, response.body_bytes, self._sent_s)
            self._sent_s = None
            self._ask() if response.reusable else self._close()
        return None

    def connection_lost(self, exc: Exception | None) -> None:
        self._session.connections.discard(self)
        if self._sent_s is not None:
            response = self._reader.end()
            if response is not None and exc is None:
                self._session.answered(response.status, response.body_bytes, self._sent_s)
            else:
                self._session.failed("closed")
        if not self._ended.done():
            self._ended.set_result(None)

    def give_up_when_late(self, now_s: float) -> None:
        if self._sent_s is not None and now_s - self._sent_s > self._session.bounds.timeout_s:
            self._give_up("timeout")

    def _ask(self) -> None:
        request = self._session.next_request()
        if request is None:
            return self._close()
        assert self._transport is not None
        self._sent_s = time.monotonic()
        self._transport.write(request)
        return None

    def _give_up(self, kind: str) -> None:
        self._session.failed(kind)
        self._sent_s = None
        assert self._transport is not None
        self._transport.abort()

    def _close(self) -> None:
        assert self._transport is not None
        self._transport.close()


async def load(
    session: Session, host: str, port: int, concurrency: int, show: Callable[[int], None]
) -> Tally:
    """The tally once every connection has had its last answer or passed its deadline.

    `show` is told now and then how many requests have been settled.
    """
    watch = asyncio.create_task(_watch(session, show))
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(concurrency):
                group.create_task(_keep_busy(session, host, port))
    finally:
        watch.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watch
    return session.tally


async def _keep_busy(session: Session, host: str, port: int) -> None:
    loop = asyncio.get_running_loop()
    while not session.is_over:
        ended: asyncio.Future[None] = loop.create_future()
        try:
            async with asyncio.timeout(session.bounds.timeout_s):
                await loop.create_connection(partial(Connection, session, ended), host, port)
        except OSError:  # refused, unreachable, or past the deadline (TimeoutError is one of them)
            session.could_not_connect()
            await asyncio.sleep(_RECONNECT_PAUSE_S)
        else:
            # Bounded: `_watch` ends a connection whose answer is late, and each answer may be its last.
            await ended


async def _watch(session: Session, show: Callable[[int], None]) -> None:
    while True:
        show(session.tally.settled)
        await asyncio.sleep(_WATCH_INTERVAL_S)
        now_s = time.monotonic()
        for connection in tuple(session.connections):
            connection.give_up_when_late(now_s)
