"""Hostile input against a real server: originals, URLs and HTTP that mean harm, and what became of the server.

    python -m benchmarks.hostile --requests 10000        or --quick

Kept promises are none of: a 5xx that no deadline excuses, an answer later than its deadline and one second, a path or
an address of the machine in an answer, a header that a URL smuggled in, memory that grows, a renderer lost.
Beside it an honest client asks for a picture from memory, calmly before and all the while: what the attack costs others.
The server is one that this program starts; it must never be pointed at another.
"""

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from benchmarks import hostile_files, overload, processes, report, servers
from benchmarks.errors import BenchmarkError
from benchmarks.hostile_findings import (
    CONNECTIONS,
    HONEST_PER_S,
    Findings,
    attack_table,
    honest_table,
)
from benchmarks.hostile_requests import Request, requests
from benchmarks.hostile_talk import (
    HONEST_5XX,
    QUEUE_TIMEOUT_S,
    RENDER_TIMEOUT_S,
    Outcome,
    faults,
    send,
    shown,
)
from benchmarks.launch import Running, fetch_ok
from benchmarks.openloop import Load, Rate
from benchmarks.overload import Phase
from benchmarks.progress import Progress

_MANY, _FEW = 10_000, 300
_IN_A_ROW, _QUICK = 800, 60
"""Requests among the other benchmarks: every family has its share of them."""

_HONEST = "/demo/image/upload/c_fill,w_160,h_120/f_webp/honest.jpg"
_CALM_S = 3.0
_ATTACKS_PER_S = 80.0
"""More than there can be, so that the honest client is through before the attack is."""

_GROWTH_BYTES = 40_000_000
_ENOUGH = 4000
"""Requests after whose first half everything bounded is full."""


class Figures(Struct, frozen=True):
    """`weights` as in `Findings`."""

    requests: int
    seconds: float
    statuses: dict[str, dict[int, int]]
    slowest_s: dict[str, float]
    faults: list[str]
    excused: dict[str, int]
    honest: dict[str, Phase]
    weights: list[tuple[int, int]]


def run(*, quick: bool = False) -> report.Finding:
    findings = attack(_QUICK if quick else _IN_A_ROW)
    figures = Figures(
        requests=findings.requests,
        seconds=findings.seconds,
        statuses={family: dict(found) for family, found in findings.statuses.items()},
        slowest_s=dict(findings.slowest_s),
        faults=findings.faults,
        excused=dict(findings.excused),
        honest=findings.honest,
        weights=findings.weights,
    )
    return report.Finding("hostile", (attack_table(findings), honest_table(findings)), figures)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0 when every promise was kept, 1 when one was not, 2 when nothing could be found out."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hostile", description=__doc__)
    parser.add_argument("--requests", type=int, default=_MANY)
    parser.add_argument("--quick", action="store_true", help=f"{_FEW} requests")
    options = parser.parse_args(arguments)
    try:
        findings = attack(_FEW if options.quick else options.requests)
    except BenchmarkError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    for table in (attack_table(findings), honest_table(findings)):
        print(f"{report.as_text(table)}\n")
    for fault in findings.faults[:60]:
        print(f"FAULT {fault}")
    return 1 if findings.faults else 0


def attack(count: int) -> Findings:
    """What `count` hostile requests did to a server of its own with one worker and two renderers."""
    # an attacker writes to connections that are closed already, and does not want to hear of it
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    findings = Findings()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = hostile_files.write(folder / "originals", damaged_each=4 if count < _MANY else 40)
        with servers.image_node(folder, _settings(folder)) as server:
            asyncio.run(_send_all(server, list(requests(files, min(100, count))), Findings()))
            findings.weights.append(_weights(server))
            with _honest(server, _CALM_S) as calm:
                findings.honest["calm"] = overload.phase(calm.wait())
            _send_in_quarters(server, list(requests(files, count)), findings)
            _rest(server)
            findings.weights.append(_weights(server))
        if count >= _ENOUGH:
            findings.faults += _growth(findings.weights)
        findings.faults += _cries(
            (folder / f"server-{server.port}.log").read_text(errors="replace")
        )
    return findings


def _send_in_quarters(server: Running, todo: list[Request], findings: Findings) -> None:
    with _honest(server, max(1.0, len(todo) / _ATTACKS_PER_S)) as beside:
        started_s = time.monotonic()
        for quarter in range(4):
            part = todo[quarter * len(todo) // 4 : (quarter + 1) * len(todo) // 4]
            asyncio.run(_send_all(server, part, findings))
            findings.weights.append(_weights(server))
        findings.seconds = time.monotonic() - started_s
        findings.honest["beside the attack"] = overload.phase(beside.wait())


def _honest(server: Running, duration_s: float) -> Load:
    fetch_ok(server, _HONEST)
    return Load(
        Rate(
            base_url=server.base_url,
            targets=(_HONEST,),
            per_s=HONEST_PER_S,
            duration_s=duration_s,
        )
    )


def _cries(log: str) -> Iterator[str]:
    if "Traceback" in log or "unexpected fault" in log:
        at = log.find("Traceback")
        yield f"the server's log has a traceback: {log[max(0, at - 300) : at + 3000]}"


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
            outcome = await send(server.port, request)
            _judge(request, outcome, findings)
            progress.show(findings.requests)

    async with asyncio.TaskGroup() as group:
        watch = group.create_task(_watch(server, findings))
        await asyncio.gather(*(keep_sending() for _ in range(CONNECTIONS)))
        watch.cancel()
    progress.clear()


async def _watch(server: Running, findings: Findings) -> None:
    while True:
        findings.renderers |= {pid for pid, is_renderer, _ in _members(server) if is_renderer}
        await asyncio.sleep(0.5)


def _judge(request: Request, outcome: Outcome, findings: Findings) -> None:
    findings.requests += 1
    if request.manner == "left":
        findings.statuses[request.family][0] += 1
        return
    findings.statuses[request.family][outcome.status] += 1
    if request.manner == "whole":
        slowest = findings.slowest_s
        slowest[request.family] = max(slowest[request.family], outcome.seconds)
    if excuse := HONEST_5XX.search(outcome.head):
        findings.excused[excuse[0].decode()] += 1
        if b"process ended" in excuse[0]:
            findings.faults.append(f"a renderer died: {shown(request)}")
    findings.faults += [f"{fault}: {shown(request)}" for fault in faults(request, outcome)]


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


if __name__ == "__main__":
    raise SystemExit(main())
