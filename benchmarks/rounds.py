"""Fair comparison: contestants take turns in rounds, and ratios are taken within a round.

A shared machine speeds up and slows down over minutes; a ratio within one round hardly notices, and the median over
rounds drops the odd one out.  This room must never decide what is compared.
"""

from collections.abc import Callable, Mapping, Sequence
from statistics import median

from msgspec import Struct

from benchmarks.errors import UnexpectedAnswer
from benchmarks.launch import Running
from benchmarks.load import LoadPlan, LoadReport, run_load
from benchmarks.processes import cpu_seconds
from benchmarks.progress import Progress
from benchmarks.report import tally
from benchmarks.traffic import Order


class Lap(Struct, frozen=True):
    """What one contestant did in one round; `cpu_us` is its CPU time per answer, the generator's not counted."""

    per_s: float
    cpu_us: float
    answer_bytes: float
    p50_ms: float = 0.0
    p99_ms: float = 0.0


Laps = Mapping[str, Sequence[Lap]]


def take_turns(contestants: Mapping[str, Callable[[int], Lap]], rounds: int) -> Laps:
    """The laps of each, in order of rounds; each is called with the round's number."""
    laps: dict[str, list[Lap]] = {name: [] for name in contestants}
    for number in range(rounds):
        for name, run in contestants.items():
            laps[name].append(run(number))
    return laps


def load_lap(server: Running, plan: LoadPlan, expected_status: int, label: str) -> Lap:
    """One load on one server; raises `UnexpectedAnswer` unless every answer has the status that is being measured."""
    once = plan.traffic.order is Order.ONCE
    progress = Progress(label, expected=len(plan.targets) if once else None)
    before_s = cpu_seconds(server.pid)
    report = run_load(plan, progress)
    spent_s = cpu_seconds(server.pid) - before_s
    progress.clear()
    _expect(server, report, expected_status)
    return Lap(
        per_s=report.requests_per_s,
        cpu_us=spent_s / report.answers * 1e6,
        answer_bytes=report.body_bytes / report.answers,
        p50_ms=report.p50_ms,
        p99_ms=report.p99_ms,
    )


def _expect(server: Running, report: LoadReport, status: int) -> None:
    if report.failures or set(report.statuses) != {status}:
        given = f"{tally(report.statuses)}, failures {tally(report.failures)}"
        raise UnexpectedAnswer(server.name, given, f"only {status}")


def typical(laps: Sequence[Lap], figure: Callable[[Lap], float]) -> float:
    return median(map(figure, laps))


def ratio(ours: Sequence[Lap], theirs: Sequence[Lap], figure: Callable[[Lap], float]) -> float:
    """The median over rounds of our figure divided by theirs in the same round."""
    return median(figure(our) / figure(their) for our, their in zip(ours, theirs, strict=True))
