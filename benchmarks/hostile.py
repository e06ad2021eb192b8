"""Hostile input against a real server: originals, URLs and HTTP that mean harm, and what became of the server.

    python -m benchmarks.hostile --requests 10000        or --quick

Kept promises are none of: a 5xx that no deadline excuses, an answer later than its deadline and one second, a path or
an address of the machine in an answer, a header that a URL smuggled in, memory that grows, a renderer lost.
The server is one that this program starts; it must never be pointed at another.
"""

import argparse
import asyncio
import logging
import re
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct, field

from benchmarks import hostile_files, processes, report, servers
from benchmarks.errors import BenchmarkError
from benchmarks.hostile_requests import Request, requests
from benchmarks.launch import Running
from benchmarks.progress import Progress

RENDER_TIMEOUT_S = 2.0
QUEUE_TIMEOUT_S = 5.0
_SLACK_S = 1.0
_CONNECTIONS = 6
_GIVE_UP_S = 30.0
_LEAVE_AFTER_S = 0.02
_DRIP_S = 0.2
_MAX_KEPT_BYTES = 200_000
_MANY, _FEW = 10_000, 300
_GROWTH_BYTES = 40_000_000
_ENOUGH = 4000
"""Requests after whose first half everything bounded is full."""

_HONEST_5XX = re.compile(
    rb"Rendering took longer|Too many renders are waiting|The render process ended"
)
_LEAK = re.compile(
    rb"/tmp/|/home/|/root/|/usr/|/var/|site-packages|Traceback|\.py\b|root:x:0|127\.0\.0\.1:\d"
)
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")


class Outcome(Struct, frozen=True):
    """`status` 0: the connection was closed without an answer."""

    status: int
    seconds: float
    head: bytes
    body: bytes


class Findings(Struct):
    requests: int = 0
    seconds: float = 0
    statuses: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    slowest_s: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    faults: list[str] = field(default_factory=list)
    excused: Counter[str] = field(default_factory=Counter)
    renderers: set[int] = field(default_factory=set)
    weights: list[tuple[int, int]] = field(default_factory=list)
    """Bytes of the server and of its largest renderer: before, after each quarter, and at rest."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0 when every promise was kept, 1 when one was not, 2 when nothing could be found out."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hostile", description=__doc__)
    parser.add_argument("--requests", type=int, default=_MANY)
    parser.add_argument("--quick", action="store_true", help=f"{_FEW} requests")
    options = parser.parse_args(arguments)
    # an attacker writes to connections that are closed already, and does not want to hear of it
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    try:
        findings = attack(_FEW if options.quick else options.requests)
    except BenchmarkError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    print(report.as_text(_table(findings)))
    for fault in findings.faults[:60]:
        print(f"FAULT {fault}")
    return 1 if findings.faults else 0


def attack(count: int) -> Findings:
    """What `count` hostile requests did to a server of its own with one worker and two renderers."""
    findings = Findings()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = hostile_files.write(folder / "originals", damaged_each=4 if count < _MANY else 40)
        with servers.image_node(folder, _settings(folder)) as server:
            warm = list(requests(files, 100))
            asyncio.run(_send_all(server, warm, Findings()))
            findings.weights.append(_weights(server))
            started_s = time.monotonic()
            todo = list(requests(files, count))
            for quarter in range(4):
                part = todo[quarter * count // 4 : (quarter + 1) * count // 4]
                asyncio.run(_send_all(server, part, findings))
                findings.weights.append(_weights(server))
            findings.seconds = time.monotonic() - started_s
            _rest(server)
            findings.weights.append(_weights(server))
        if count >= _ENOUGH:
            findings.faults += _growth(findings.weights)
        log = (folder / f"server-{server.port}.log").read_text(errors="replace")
        if "Traceback" in log or "unexpected fault" in log:
            at = log.find("Traceback")
            findings.faults.append(
                f"the server's log has a traceback: {log[max(0, at - 300) : at + 3000]}"
            )
    return findings


def _growth(weights: Sequence[tuple[int, int]]) -> Iterator[str]:
    """The first half fills what is bounded (the memory tier, what is remembered); after it nothing may grow on."""
    for who, half, end in zip(("server", "renderer"), weights[2], weights[-1], strict=True):
        if end > half + _GROWTH_BYTES:
            yield f"the {who} grew from {report.size(half)} at half time to {report.size(end)}"


def _settings(folder: Path) -> dict[str, str]:
    return {
        "DARKROOM_ORIGINALS": str(folder / "originals"),
        "DARKROOM_RENDERERS": "2",
        "DARKROOM_RENDER_TIMEOUT_S": str(RENDER_TIMEOUT_S),
        "DARKROOM_QUEUE_TIMEOUT_S": str(QUEUE_TIMEOUT_S),
        "DARKROOM_CACHE": "memory:32MB",
    }


async def _send_all(server: Running, todo: Sequence[Request], findings: Findings) -> None:
    progress = Progress("hostile", expected=len(todo))
    waiting = iter(todo)

    async def keep_sending() -> None:
        for request in waiting:
            outcome = await _send(server.port, request)
            _judge(request, outcome, findings)
            progress.show(findings.requests)

    async with asyncio.TaskGroup() as group:
        watch = group.create_task(_watch(server, findings))
        await asyncio.gather(*(keep_sending() for _ in range(_CONNECTIONS)))
        watch.cancel()
    progress.clear()


async def _watch(server: Running, findings: Findings) -> None:
    while True:
        findings.renderers |= {pid for pid, is_renderer, _ in _members(server) if is_renderer}
        await asyncio.sleep(0.5)


async def _send(port: int, request: Request) -> Outcome:
    started_s = time.monotonic()
    received = bytearray()
    try:
        async with asyncio.timeout(_GIVE_UP_S):
            await _exchange(port, request, received)
    except (OSError, TimeoutError):
        pass  # what came is judged; nothing at all is status 0
    status = _STATUS.match(received)
    head, _, body = bytes(received).partition(b"\r\n\r\n")
    seconds = time.monotonic() - started_s
    return Outcome(int(status[1]) if status else 0, seconds, head, body)


async def _exchange(port: int, request: Request, received: bytearray) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        await _write(writer, request)
        if request.manner == "left":
            await asyncio.sleep(_LEAVE_AFTER_S)
            return
        # a server that keeps the connection after an answer is not late: one second of silence ends the reading
        while data := await asyncio.wait_for(reader.read(65_536), _SLACK_S if received else None):
            received += data[: _MAX_KEPT_BYTES - len(received)]
            if request.manner == "slow":
                await asyncio.sleep(_DRIP_S)
    finally:
        writer.close()


async def _write(writer: asyncio.StreamWriter, request: Request) -> None:
    if request.manner == "slow":
        for at in range(0, min(len(request.data), 100), 10):
            writer.write(request.data[at : at + 10])
            await asyncio.sleep(_DRIP_S)
        writer.write(request.data[100:])
    else:
        writer.write(request.data)
        if b"Connection: close" not in request.data:
            writer.write_eof()
    await writer.drain()


def _judge(request: Request, outcome: Outcome, findings: Findings) -> None:
    findings.requests += 1
    if request.manner == "left":
        findings.statuses[request.family][0] += 1
        return
    findings.statuses[request.family][outcome.status] += 1
    if request.manner == "whole":
        slowest = findings.slowest_s
        slowest[request.family] = max(slowest[request.family], outcome.seconds)
    if excuse := _HONEST_5XX.search(outcome.head):
        findings.excused[excuse[0].decode()] += 1
        if b"process ended" in excuse[0]:
            findings.faults.append(f"a renderer died: {_shown(request)}")
    findings.faults += [f"{fault}: {_shown(request)}" for fault in _faults(request, outcome)]


def _faults(request: Request, outcome: Outcome) -> Iterator[str]:
    honest = _HONEST_5XX.search(outcome.head)
    if outcome.status >= 500 and not honest and request.family != "odd HTTP":
        yield f"{outcome.status} {outcome.head[-300:]!r}"
    if outcome.status == 0 and request.family != "odd HTTP":
        yield "no answer"
    if (
        outcome.seconds > RENDER_TIMEOUT_S + QUEUE_TIMEOUT_S + _SLACK_S
        and request.manner == "whole"
    ):
        yield f"late, {outcome.seconds:.1f} s"
    if b"\r\nx-injected" in outcome.head.lower():
        yield "a header was smuggled in"
    text = outcome.head + (outcome.body if b"text/" in outcome.head else b"")
    if (leak := _LEAK.search(text)) and leak[0] not in request.data:
        yield f"leak of {leak[0]!r}"


def _shown(request: Request) -> str:
    return f"[{request.family}] {request.data[:240]!r}"


def _weights(server: Running) -> tuple[int, int]:
    """Resident bytes of the server's own processes and of the largest renderer."""
    members = _members(server)
    ours = sum(weight for _, is_renderer, weight in members if not is_renderer)
    return ours, max((weight for _, is_renderer, weight in members if is_renderer), default=0)


def _members(server: Running) -> list[tuple[int, bool, int]]:
    return [
        (member.pid, "renderers.child" in member.command, member.resident_bytes)
        for member in processes.members(server.pid)
    ]


def _rest(server: Running) -> None:
    """Until nothing is being rendered and lost renderers have their successors."""
    deadline_s = time.monotonic() + 10
    while time.monotonic() < deadline_s:
        time.sleep(1)
        if sum(is_renderer for _, is_renderer, _ in _members(server)) >= 2:
            return


def _table(findings: Findings) -> report.Table:
    rows = tuple(
        (
            family,
            report.count(statuses.total()),
            report.tally(dict(sorted(statuses.items()))),
            f"{findings.slowest_s[family]:.1f}",
        )
        for family, statuses in sorted(findings.statuses.items())
    )
    notes = (
        f"{findings.requests:,} requests in {findings.seconds:.0f} s over {_CONNECTIONS} connections; status 0 is a closed connection",
        f"deadline {RENDER_TIMEOUT_S:g} s in a renderer after at most {QUEUE_TIMEOUT_S:g} s in the queue",
        f"excused 5xx: {report.tally(dict(findings.excused))}",
        *(
            f"{who}: {', '.join(map(report.size, sizes))} before, after each quarter, at rest"
            for who, sizes in zip(
                ("server", "largest renderer"), zip(*findings.weights, strict=True), strict=True
            )
        ),
        f"renderers seen: {len(findings.renderers)}, two at a time",
        f"broken promises: {len(findings.faults)}",
    )
    columns = ("family", "requests", "statuses", "slowest s")
    return report.Table("Hostile input", columns, rows, notes)


if __name__ == "__main__":
    raise SystemExit(main())
