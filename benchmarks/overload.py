"""Overload: twenty times as many misses as can be made, one in five for one hostile original, and hits all the while.

What has to hold: no hit is refused or kept waiting, a miss is answered or refused with 503 and Retry-After, the hostile original
does not take the others' turns, and memory stays under a bound that is known before.  Both loads are open loops: they come at
their rate whatever the server does.  The generator shares the cores with the server, so figures are upper bounds; it
goes first where the system lets it, as another machine would.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from benchmarks import pictures, processes, report, servers
from benchmarks.errors import UnexpectedAnswer
from benchmarks.launch import Running, fetch_ok
from benchmarks.load import LoadPlan, run_load
from benchmarks.openloop import Found, Load, Rate
from benchmarks.servers import DarkroomSetup
from benchmarks.traffic import Order, Traffic

_TIMES = 20
_HITS_PER_S = 200.0
_MAX_MISSES = 12_000
_PHOTOS = 4
_HOSTILE = "/demo/image/upload/c_scale,w_{width}/f_avif/q_90/hostile.jpg"
_HIT = "/demo/image/upload/c_fill,w_480,h_360/f_webp/q_75/hit.jpg"

_MEMORY_TIER_BYTES = 128_000_000  # the default of DARKROOM_CACHE
_CONNECTION_BYTES = (
    64_000  # a socket's buffers, a request's tasks and its place in a queue; measured, rounded up
)
_MAX_CONNECTIONS = 2048  # of one worker


class _Scale(Struct, frozen=True):
    calm_s: float
    storm_s: float
    jobs: int


_FULL = _Scale(calm_s=6.0, storm_s=12.0, jobs=60)
_QUICK = _Scale(calm_s=1.0, storm_s=2.0, jobs=8)


class Phase(Struct, frozen=True):
    """Hits in one phase: how many, refused or failed, and their times."""

    answers: int
    refused: int
    p50_ms: float
    p99_ms: float
    max_ms: float

    def cells(self) -> tuple[str, ...]:
        """Under PHASE_COLUMNS but for the first."""
        times_ms = (self.p50_ms, self.p99_ms, self.max_ms)
        return report.count(self.answers), report.count(self.refused), *map(report.ms, times_ms)


PHASE_COLUMNS = ("hits", "answered", "refused or lost", "p50 ms", "p99 ms", "max ms")


class Figures(Struct, frozen=True):
    """`others_per_s`: misses of ordinary originals made during the storm; bytes are of server processes, renderers apart."""

    capacity_per_s: float
    offered_per_s: float
    calm: Phase
    storm: Phase
    misses: int
    made: int
    hostile_made: int
    refused: int
    refused_without_retry_after: int
    unanswered: int
    others_per_s: float
    miss_p50_ms: float
    miss_p99_ms: float
    refusal_p50_ms: float
    idle_bytes: int
    peak_bytes: int
    bound_bytes: int
    largest_renderer_bytes: int
    hits_late_p99_ms: float


class _Storm(Struct, frozen=True):
    hits: Found
    misses: Found
    hostile: Found
    offered_per_s: float


def run(*, quick: bool = False) -> report.Finding:
    scale = _QUICK if quick else _FULL
    with _serving(scale) as darkroom:
        idle_bytes = sum(each.resident_bytes for each in _parts(darkroom, renderers=False))
        capacity_per_s = _capacity(darkroom, scale)
        fetch_ok(darkroom, _HIT)
        with Load(_hits(darkroom, scale.calm_s)) as load:
            calm = load.wait()
        storm = _storm(darkroom, scale, capacity_per_s)
        peak_bytes = sum(
            processes.high_water_bytes(each.pid) for each in _parts(darkroom, renderers=False)
        )
        renderers = _parts(darkroom, renderers=True)
        largest = max(processes.high_water_bytes(each.pid) for each in renderers)
    figures = _figures(capacity_per_s, calm, storm, (idle_bytes, peak_bytes, largest))
    return report.Finding("overload", (_table(figures), _misses_table(figures)), figures)


@contextlib.contextmanager
def _serving(scale: _Scale) -> Iterator[Running]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        photos = pictures.write_jpegs(folder / "photos", pictures.TWELVE_MEGAPIXELS, _PHOTOS)
        originals = folder / "originals"
        pictures.link_copies(photos, originals, _MAX_MISSES + scale.jobs)
        for other in ("hit.jpg", "hostile.jpg"):
            (originals / other).hardlink_to(photos[0])
        setup = DarkroomSetup(folder=folder, originals=originals, renderers=os.cpu_count() or 1)
        with servers.darkroom(setup) as darkroom:
            yield darkroom


def _parts(darkroom: Running, *, renderers: bool) -> list[processes.Member]:
    """The render processes, or all the others."""
    members = processes.members(darkroom.pid)
    return [each for each in members if ("renderers.child" in each.command) is renderers]


def _target(index: int) -> str:
    return f"/demo/image/upload/c_fill,w_{480 + index % 65},h_360/f_webp/q_75/copy-{index}.jpg"


def _capacity(darkroom: Running, scale: _Scale) -> float:
    """Misses per second that the server makes when it is asked for no more than it can."""
    plan = LoadPlan(
        base_url=darkroom.base_url,
        targets=tuple(_target(_MAX_MISSES + number) for number in range(scale.jobs)),
        traffic=Traffic(Order.ONCE),
        concurrency=4 * (os.cpu_count() or 1),
        duration_s=60,
    )
    found = run_load(plan)
    if set(found.statuses) != {200} or found.failures:
        raise UnexpectedAnswer(darkroom.name, report.tally(found.statuses), "only 200")
    return found.requests_per_s


def _hits(darkroom: Running, duration_s: float) -> Rate:
    return Rate(
        base_url=darkroom.base_url, targets=(_HIT,), per_s=_HITS_PER_S, duration_s=duration_s
    )


def _storm(darkroom: Running, scale: _Scale, capacity_per_s: float) -> _Storm:
    per_s = min(_TIMES * capacity_per_s, _MAX_MISSES / scale.storm_s)
    others = [_target(number) for number in range(int(per_s * 0.8 * scale.storm_s) + 1)]
    hostile = [_HOSTILE.format(width=2000 + number) for number in range(len(others) // 4 + 1)]
    rates = (
        Rate(base_url=darkroom.base_url, targets=targets, per_s=share, duration_s=scale.storm_s)
        for targets, share in ((others, per_s * 0.8), (hostile, per_s * 0.2))
    )
    with contextlib.ExitStack() as stack:
        misses, bad = (stack.enter_context(Load(rate)) for rate in rates)
        hits = stack.enter_context(Load(_hits(darkroom, scale.storm_s)))
        return _Storm(hits.wait(), misses.wait(), bad.wait(), per_s)


def phase(found: Found) -> Phase:
    """Of those that were answered with 200; all others are refused or lost."""
    bad = found.all.answers - found.good.answers + sum(found.all.failures.values()) + found.not_sent
    good = found.good
    return Phase(good.answers, bad, good.p50_ms, good.p99_ms, good.max_ms)


def _figures(
    capacity_per_s: float, calm: Found, storm: _Storm, resident: tuple[int, int, int]
) -> Figures:
    both = (storm.misses, storm.hostile)
    refused = sum(each.all.statuses.get(503, 0) for each in both)
    made = storm.misses.good.answers
    hostile_made = storm.hostile.good.answers
    sent = sum(each.all.answers + sum(each.all.failures.values()) for each in both)
    idle_bytes, peak_bytes, largest = resident
    return Figures(
        capacity_per_s=capacity_per_s,
        offered_per_s=storm.offered_per_s,
        calm=phase(calm),
        storm=phase(storm.hits),
        misses=sent,
        made=made,
        hostile_made=hostile_made,
        refused=refused,
        refused_without_retry_after=refused - sum(each.retry_after for each in both),
        unanswered=sent - made - hostile_made - refused + sum(each.not_sent for each in both),
        others_per_s=made / storm.misses.good.elapsed_s if made else 0.0,
        miss_p50_ms=storm.misses.good.p50_ms,
        miss_p99_ms=storm.misses.good.p99_ms,
        refusal_p50_ms=storm.misses.all.p50_ms,
        idle_bytes=idle_bytes,
        peak_bytes=peak_bytes,
        bound_bytes=idle_bytes + _MEMORY_TIER_BYTES + _MAX_CONNECTIONS * _CONNECTION_BYTES,
        largest_renderer_bytes=largest,
        hits_late_p99_ms=storm.hits.late_p99_ms,
    )


def _table(figures: Figures) -> report.Table:
    rows = tuple(
        (name, *phase.cells())
        for name, phase in (
            ("without other load", figures.calm),
            (f"beside {figures.offered_per_s:,.0f} misses/s", figures.storm),
        )
    )
    notes = (
        f"one worker, {os.cpu_count()} render processes; hits come at {_HITS_PER_S:g}/s, latencies from when each was due",
        f"99 % of those beside misses were sent at most {figures.hits_late_p99_ms:.1f} ms late, which is in their latency",
        f"it can make {figures.capacity_per_s:.1f} misses/s; each miss is another 12 MP original, one in five a hostile one",
    )
    title = f"Overload: hits at {_TIMES}× the misses it can make"
    return report.Table(title, PHASE_COLUMNS, rows, notes)


def _misses_table(figures: Figures) -> report.Table:
    rows = (
        ("misses asked", report.count(figures.misses)),
        ("made for ordinary originals", report.count(figures.made)),
        ("… per second", report.rate(figures.others_per_s)),
        ("made for the hostile original", report.count(figures.hostile_made)),
        ("refused with 503", report.count(figures.refused)),
        ("… without Retry-After", report.count(figures.refused_without_retry_after)),
        ("neither", report.count(figures.unanswered)),
        ("p50 of those made, ms", report.ms(figures.miss_p50_ms)),
        ("p99 of those made, ms", report.ms(figures.miss_p99_ms)),
        ("p50 of all answers, ms", report.ms(figures.refusal_p50_ms)),
        ("server processes idle", report.size(figures.idle_bytes)),
        ("server processes at most", report.size(figures.peak_bytes)),
        ("their bound", report.size(figures.bound_bytes)),
        ("largest render process", report.size(figures.largest_renderer_bytes)),
    )
    notes = (
        "bound: idle, the memory tier's 128 MB, and 64 kB for each of 2,048 connections",
        "a render process is held by DARKROOM_MAX_RENDERER_BYTES",
    )
    return report.Table("Overload: misses and memory", ("", "figure"), rows, notes)
