"""A load that does not wait for answers: requests go out at a fixed rate, as those of people do who know nothing of each other.

Each is sent at its time on a free keep-alive connection or a new one, and its latency counts from the time when it was due,
so that a server which stalls is charged for all who came meanwhile.  In a process of its own; bounded in rate, time and
connections.  It stands for other machines, so it goes before the server where the system lets it; how late it was itself
is told too.  It must never ask again what was refused.
"""

import asyncio
import multiprocessing
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Self, cast

import uvloop
from msgspec import Struct

from benchmarks.client import Tally
from benchmarks.errors import BadTarget, ClientLost, MalformedResponse
from benchmarks.http1 import ResponseReader
from benchmarks.load import LoadReport, percentile, summarise
from benchmarks.traffic import read_address, write_request

_MAX_REQUESTS = 50_000
_MAX_CONNECTIONS = 1500
_START_DEADLINE_S = 30.0
_GRACE_S = 10.0
_PRIORITY = -10


class Rate(Struct, frozen=True, kw_only=True):
    """`per_s` requests for `duration_s`, for the targets in turn; an answer may take `timeout_s`."""

    base_url: str
    targets: Sequence[str]
    per_s: float
    duration_s: float
    timeout_s: float = 40.0
    headers: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.per_s * self.duration_s <= _MAX_REQUESTS:
            raise BadTarget(f"{self.per_s:g}/s for {self.duration_s:g} s", f"up to {_MAX_REQUESTS}")


class Found(Struct, frozen=True):
    """What came back: of all answers, of those with status 200 alone, and how many 503 said when to come back.

    `late_p99_ms`: how long after its time the load itself was ready to send, because it did not get the processor.
    """

    all: LoadReport
    good: LoadReport
    retry_after: int
    not_sent: int
    late_p99_ms: float


class _Session:
    """What all connections of one load share."""

    def __init__(self) -> None:
        self.all, self.good = Tally(), Tally()
        self.late_ms: list[float] = []
        self.retry_after = self.not_sent = 0
        self.free: list[_Connection] = []
        self.open = self.outstanding = 0

    def answered(self, status: int, size_bytes: int, due_s: float) -> None:
        now_s = time.monotonic()
        for tally in (self.all, self.good) if status == 200 else (self.all,):
            tally.latencies_ms.append((now_s - due_s) * 1000)
            tally.statuses[status] += 1
            tally.body_bytes += size_bytes
            tally.ended_s = now_s

    def failed(self, kind: str) -> None:
        self.all.failures[kind] += 1
        self.all.ended_s = time.monotonic()


class _Connection(asyncio.Protocol):
    """One request outstanding at most."""

    def __init__(self, session: _Session) -> None:
        self._session = session
        self._reader = ResponseReader()
        self._transport: asyncio.Transport | None = None
        self._late: asyncio.TimerHandle | None = None
        self._due_s = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def ask(self, request: bytes, due_s: float, timeout_s: float) -> None:
        assert self._transport is not None
        self._due_s = due_s
        self._session.outstanding += 1
        self._late = asyncio.get_running_loop().call_later(timeout_s, self._give_up, "timeout")
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        if self._late is None:
            return self._give_up("unasked")
        if b"\nretry-after:" in data[:2048].lower():
            self._session.retry_after += 1
        try:
            response = self._reader.feed(data)
        except MalformedResponse:
            return self._give_up("malformed")
        if response is None:
            return None
        self._session.answered(response.status, response.body_bytes, self._due_s)
        self._settle()
        if response.reusable:
            self._session.free.append(self)
        elif self._transport:
            self._transport.close()
        return None

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._session.open -= 1
        with suppress(ValueError):
            self._session.free.remove(self)
        if self._late is not None:
            self._session.failed("closed")
            self._settle()

    def _settle(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
            self._session.outstanding -= 1

    def _give_up(self, kind: str) -> None:
        if self._late is not None:
            self._session.failed(kind)
            self._settle()
        if self._transport:
            self._transport.abort()


class Load:
    """A load under way: `with Load(rate) as load: …; found = load.wait()`."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        context = multiprocessing.get_context("spawn")
        self._report, sending = context.Pipe(duplex=False)
        self._process = context.Process(target=_run, args=(rate, sending), daemon=True)
        self._process.start()
        sending.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.join(_GRACE_S)
        self._report.close()

    def wait(self) -> Found:
        """Raises `ClientLost` when its process died or fell silent."""
        rate = self._rate
        try:
            if self._report.poll(
                _START_DEADLINE_S + rate.duration_s + rate.timeout_s + 2 * _GRACE_S
            ):
                tallies, retry_after, not_sent, late_ms = self._report.recv()
                every, good = (summarise([tally]) for tally in tallies)
                return Found(every, good, retry_after, not_sent, percentile(sorted(late_ms), 99))
        except EOFError:
            pass
        raise ClientLost(0, self._process.exitcode)


def _run(rate: Rate, report: Any) -> None:
    session = _Session()
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, _PRIORITY)
    uvloop.run(_send_all(rate, session))
    tallies = session.all, session.good
    report.send((tallies, session.retry_after, session.not_sent, session.late_ms))


async def _send_all(rate: Rate, session: _Session) -> None:
    address = read_address(rate.base_url, allow_remote=False)
    requests = [write_request(address, target, rate.headers) for target in rate.targets]
    connecting: set[asyncio.Task[None]] = set()
    begun_s = time.monotonic()
    session.all.started_s = session.good.started_s = begun_s
    for number in range(int(rate.per_s * rate.duration_s)):
        due_s = begun_s + number / rate.per_s
        if (early_s := due_s - time.monotonic()) > 0:
            await asyncio.sleep(early_s)
        session.late_ms.append((time.monotonic() - due_s) * 1000)
        request = requests[number % len(requests)]
        if session.free:
            session.free.pop().ask(request, due_s, rate.timeout_s)
        elif session.open < _MAX_CONNECTIONS:
            session.open += 1
            connect = partial(_ask_anew, session, request, due_s, rate.timeout_s)
            task = asyncio.create_task(connect(address.host, address.port))
            connecting.add(task)
            task.add_done_callback(connecting.discard)
        else:
            session.not_sent += 1
    deadline_s = time.monotonic() + rate.timeout_s + _GRACE_S
    while (session.outstanding or connecting) and time.monotonic() < deadline_s:
        await asyncio.sleep(0.02)


async def _ask_anew(
    session: _Session, request: bytes, due_s: float, timeout_s: float, host: str, port: int
) -> None:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(timeout_s):
            _, connection = await loop.create_connection(partial(_Connection, session), host, port)
    except OSError:  # refused, or past the deadline (TimeoutError is one of them)
        session.open -= 1
        session.failed("connect")
    else:
        connection.ask(request, due_s, timeout_s)
