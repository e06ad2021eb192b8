"""A load, planned and measured: client processes are started, watched, and their tallies merged into one report.

Processes rather than threads, so that one server worker can be kept busy from another core; spawned rather than
forked, so that a program with threads of its own may call this.  It must never write to standard output.
"""

import contextlib
import math
import multiprocessing
import multiprocessing.connection
import signal
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from ctypes import Array, c_uint64
from multiprocessing.context import SpawnContext, SpawnProcess
from multiprocessing.synchronize import Barrier
from typing import Any

import uvloop
from msgspec import Struct

from benchmarks import client
from benchmarks.errors import BadTarget, ClientLost
from benchmarks.progress import Progress
from benchmarks.traffic import Address, Traffic, pick, read_address, write_request

MAX_REQUESTS = 5_000_000  # of one client process: its latencies are kept exactly, 8 bytes each
_START_DEADLINE_S = 30.0
_GRACE_S = 5.0
_SHOW_INTERVAL_S = 0.2


class LoadPlan(Struct, frozen=True, kw_only=True):
    """What to ask of whom.  Ends at `duration_s` or `max_requests`, whichever is first; warm-up comes before both."""

    base_url: str
    targets: tuple[str, ...]
    headers: tuple[tuple[str, str], ...] = ()
    traffic: Traffic = Traffic()
    concurrency: int = 32
    processes: int = 1
    duration_s: float = 5.0
    warmup_s: float = 0.0
    max_requests: int = MAX_REQUESTS
    timeout_s: float = 30.0
    allow_remote: bool = False

    def __post_init__(self) -> None:
        _check("concurrency", self.concurrency, 1, 10_000)
        _check("processes", self.processes, 1, min(64, self.concurrency))
        _check("duration_s", self.duration_s, 0.01, 3600)
        _check("warmup_s", self.warmup_s, 0, 600)
        _check("max_requests", self.max_requests, 1, MAX_REQUESTS)
        _check("timeout_s", self.timeout_s, 0.01, 600)
        if not self.targets:
            raise BadTarget("", "at least one path")


class LoadReport(Struct, frozen=True, kw_only=True):
    """Answers are complete responses of any status; failures are requests that got none, by kind.

    Percentiles are exact, by nearest rank, over all answers; 0 where there was none.
    """

    answers: int
    failures: dict[str, int]
    statuses: dict[int, int]
    body_bytes: int
    elapsed_s: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float

    @property
    def requests_per_s(self) -> float:
        return self.answers / self.elapsed_s if self.elapsed_s else 0.0

    @property
    def errors(self) -> int:
        """Requests that failed, and answers with a status of 400 or more."""
        return sum(self.failures.values()) + sum(
            n for status, n in self.statuses.items() if status >= 400
        )


def run_load(plan: LoadPlan, progress: Progress | None = None) -> LoadReport:
    """The report of a load; raises `BadTarget` or `RemoteTarget` before anything is asked, `ClientLost` on a crash."""
    address = read_address(plan.base_url, allow_remote=plan.allow_remote)
    requests = [write_request(address, target, plan.headers) for target in plan.targets]
    with _clients(plan, address, requests) as (clients, counts):
        return summarise(_collect(plan, clients, counts, progress))


def summarise(tallies: Iterable[client.Tally]) -> LoadReport:
    """One report from the tallies of all client processes."""
    tallies = [tally for tally in tallies if tally.settled]
    latencies_ms = sorted(latency for tally in tallies for latency in tally.latencies_ms)
    statuses = sum((tally.statuses for tally in tallies), Counter[int]())
    failures = sum((tally.failures for tally in tallies), Counter[str]())
    started_s = min((tally.started_s for tally in tallies), default=0.0)
    return LoadReport(
        answers=len(latencies_ms),
        failures=dict(sorted(failures.items())),
        statuses=dict(sorted(statuses.items())),
        body_bytes=sum(tally.body_bytes for tally in tallies),
        elapsed_s=max((tally.ended_s for tally in tallies), default=0.0) - started_s,
        p50_ms=percentile(latencies_ms, 50),
        p95_ms=percentile(latencies_ms, 95),
        p99_ms=percentile(latencies_ms, 99),
        max_ms=latencies_ms[-1] if latencies_ms else 0.0,
    )


def percentile(ascending: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` % of the values do not exceed (nearest rank); 0 of nothing."""
    if not ascending:
        return 0.0
    return ascending[max(0, math.ceil(len(ascending) * percent / 100) - 1)]


class _Client(Struct):
    process: SpawnProcess
    report: "multiprocessing.connection.Connection[Any, client.Tally]"


@contextlib.contextmanager
def _clients(
    plan: LoadPlan, address: Address, requests: Sequence[bytes]
) -> Iterator[tuple[list[_Client], Array[c_uint64]]]:
    context = multiprocessing.get_context("spawn")
    counts = context.RawArray(c_uint64, plan.processes)
    barrier = context.Barrier(plan.processes)
    clients: list[_Client] = []
    try:
        shares = (_Share(plan, address, requests, index) for index in range(plan.processes))
        # Extended one by one, so that those already started are ended when a later start fails.
        clients.extend(_start(context, share, barrier, counts) for share in shares)
        yield clients, counts
    finally:
        for each in clients:
            each.process.kill()
            each.process.join(_GRACE_S)
            each.report.close()


class _Share(Struct, frozen=True):
    plan: LoadPlan
    address: Address
    requests: Sequence[bytes]
    index: int


def _start(context: SpawnContext, share: _Share, barrier: Barrier, counts: Any) -> _Client:
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(
        target=_run_client, args=(share, barrier, counts, sending), daemon=True
    )
    process.start()
    # The child holds its own copy: with ours closed, its death is an end of file here.
    sending.close()
    return _Client(process, receiving)


def _collect(
    plan: LoadPlan, clients: list[_Client], counts: Iterable[int], progress: Progress | None
) -> Iterator[client.Tally]:
    allowed_s = _START_DEADLINE_S + plan.warmup_s + plan.duration_s + 2 * plan.timeout_s + _GRACE_S
    deadline_s = time.monotonic() + allowed_s
    waiting = {each.report: index for index, each in enumerate(clients)}
    while waiting:
        ready = multiprocessing.connection.wait(list(waiting), _SHOW_INTERVAL_S)
        for report in ready:
            index = waiting.pop(report)  # type: ignore[call-overload]  # wait() is typed for sockets and handles too
            yield _receive(clients[index], index)
        if progress is not None:
            progress.show(sum(counts))
        if waiting and time.monotonic() > deadline_s:
            raise ClientLost(min(waiting.values()), None)


def _receive(sender: _Client, index: int) -> client.Tally:
    try:
        return sender.report.recv()
    except EOFError:
        sender.process.join(_GRACE_S)
        raise ClientLost(index, sender.process.exitcode) from None


def _run_client(share: _Share, barrier: Barrier, counts: Any, report: Any) -> None:
    """The life of one client process: warm up, wait for the others, load, report."""
    # Ctrl-C reaches the whole group; the parent alone answers it, by ending us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    plan = share.plan
    mine = pick(share.requests, plan.traffic, share.index, plan.processes)
    concurrency = _part(plan.concurrency, share.index, plan.processes)
    if plan.warmup_s:
        uvloop.run(_one_session(share, _again(share), plan.warmup_s, concurrency, None))
    barrier.wait(_START_DEADLINE_S + plan.warmup_s)
    report.send(uvloop.run(_one_session(share, mine, plan.duration_s, concurrency, counts)))


def _again(share: _Share) -> Iterator[bytes]:
    # Warm-up has an iterator of its own, so that `ONCE` still asks every target in the measured part.
    return pick(share.requests, share.plan.traffic, share.index, share.plan.processes)


async def _one_session(
    share: _Share, requests: Iterator[bytes], duration_s: float, concurrency: int, counts: Any
) -> client.Tally:
    most = _part(share.plan.max_requests, share.index, share.plan.processes)
    session = client.Session(requests, client.Bounds(duration_s, most, share.plan.timeout_s))

    def count(settled: int) -> None:
        if counts is not None:
            counts[share.index] = settled

    return await client.load(session, share.address.host, share.address.port, concurrency, count)


def _part(whole: int, index: int, parts: int) -> int:
    return whole // parts + (index < whole % parts)


def _check(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise BadTarget(f"{name}={value:g}", f"{least:g} to {most:g}")
