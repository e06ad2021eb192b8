"""Misses: every request cold, every original new, beside a bare libvips loop that does the same work.

Each original is asked for once, under a name of its own, in a size of its own: nothing can be joined, reused or
remembered, so this is the floor that a cache cannot lift.  The server must not be helped: its cache stays on.
"""

import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import Struct

from benchmarks import pictures, report, rounds, servers
from benchmarks.bare import BareJob, Loop
from benchmarks.launch import Running
from benchmarks.load import LoadPlan
from benchmarks.progress import Progress
from benchmarks.rounds import Lap, Laps
from benchmarks.servers import DarkroomSetup
from benchmarks.traffic import Order, Traffic

_FORMATS = ("jpg", "webp", "avif")
_QUALITY = 75
_PHOTOS = 4
_CONNECTIONS_PER_PROCESS = 4


class _Scale(Struct, frozen=True):
    rounds: int
    jobs: int


_FULL = _Scale(rounds=3, jobs=120)
_QUICK = _Scale(rounds=1, jobs=12)


class Figures(Struct, frozen=True):
    """`rate_ratio`: Darkroom's misses/s over the bare loop's, median over rounds; `cpu_ratio` likewise per answer."""

    processes: int
    jobs_per_round: int
    original_megapixels: float
    formats: tuple[str, ...]
    laps: Laps
    rate_ratio: float
    cpu_ratio: float


def run(*, quick: bool = False) -> report.Finding:
    scale = _QUICK if quick else _FULL
    processes = os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as name:
        jobs = _jobs(Path(name), scale)
        setup = DarkroomSetup(
            folder=Path(name), originals=_originals(Path(name)), renderers=processes
        )
        with servers.darkroom(setup) as darkroom, Loop(processes) as loop:
            laps = _compare(darkroom, loop, jobs, scale, processes)
    figures = _figures(laps, processes, scale)
    return report.Finding("misses", (_table(figures),), figures)


def _originals(folder: Path) -> Path:
    return folder / "originals"


def _jobs(folder: Path, scale: _Scale) -> list[BareJob]:
    """One job for each copy of a photo; the first ones are for warming up."""
    photos = pictures.write_jpegs(folder / "photos", pictures.TWELVE_MEGAPIXELS, _PHOTOS)
    copies = pictures.link_copies(photos, _originals(folder), scale.jobs * (scale.rounds + 1))
    return [_job(path, index) for index, path in enumerate(copies)]


def _job(path: Path, index: int) -> BareJob:
    # 480 to 544 px, so that sizes differ while the work stays the same within a few per cent.
    width = 480 + index % 65
    return BareJob(str(path), width, width * 3 // 4, _FORMATS[index % len(_FORMATS)], _QUALITY)


def _target(job: BareJob) -> str:
    transformation = f"c_fill,w_{job.width},h_{job.height}/f_{job.format}/q_{job.quality}"
    return f"/demo/image/upload/{transformation}/{Path(job.path).name}"


def _compare(
    darkroom: Running, loop: Loop, jobs: Sequence[BareJob], scale: _Scale, processes: int
) -> Laps:
    def of_round(number: int) -> Sequence[BareJob]:
        return jobs[(number + 1) * scale.jobs : (number + 2) * scale.jobs]

    contestants: dict[str, Callable[[int], Lap]] = {
        "Darkroom": lambda number: _server_lap(darkroom, of_round(number), processes),
        "bare libvips loop": lambda number: _loop_lap(loop, of_round(number)),
    }
    loop.warm(jobs[0])
    _server_lap(darkroom, jobs[: 2 * processes], processes)
    return rounds.take_turns(contestants, scale.rounds)


def _server_lap(darkroom: Running, jobs: Sequence[BareJob], processes: int) -> Lap:
    plan = LoadPlan(
        base_url=darkroom.base_url,
        targets=tuple(map(_target, jobs)),
        traffic=Traffic(Order.ONCE),
        concurrency=_CONNECTIONS_PER_PROCESS * processes,
        duration_s=120,
        timeout_s=60,
    )
    return rounds.load_lap(darkroom, plan, 200, "misses: Darkroom")


def _loop_lap(loop: Loop, jobs: Sequence[BareJob]) -> Lap:
    progress = Progress("misses: bare libvips loop", expected=len(jobs))
    found = loop.run(jobs, progress)
    progress.clear()
    return Lap(
        per_s=found.jobs / found.elapsed_s,
        cpu_us=found.cpu_s / found.jobs * 1e6,
        answer_bytes=found.body_bytes / found.jobs,
    )


def _figures(laps: Laps, processes: int, scale: _Scale) -> Figures:
    ours, theirs = laps["Darkroom"], laps["bare libvips loop"]
    return Figures(
        processes=processes,
        jobs_per_round=scale.jobs,
        original_megapixels=pictures.TWELVE_MEGAPIXELS.megapixels,
        formats=_FORMATS,
        laps=laps,
        rate_ratio=rounds.ratio(ours, theirs, lambda lap: lap.per_s),
        cpu_ratio=rounds.ratio(ours, theirs, lambda lap: lap.cpu_us),
    )


def _table(figures: Figures) -> report.Table:
    columns = (
        "server",
        "misses/s",
        "CPU ms/miss",
        "mean answer",
        "p50 ms",
        "p99 ms",
        "misses/s of bare",
        "CPU of bare",
    )
    ratios = {"Darkroom": (report.times(figures.rate_ratio), report.times(figures.cpu_ratio))}
    rows = tuple(
        _row(name, laps, ratios.get(name, ("", ""))) for name, laps in figures.laps.items()
    )
    notes = (
        (
            f"{figures.processes} render processes each; {figures.jobs_per_round} originals of {figures.original_megapixels:g} MP "
            f"per round, each asked for once, 480 to 544 px wide, {', '.join(figures.formats)} in turn at quality {_QUALITY}"
        ),
        "Darkroom's CPU is its whole process tree, storing included; the load generator shares the cores",
    )
    return report.Table("Misses: JPEG originals, cold", columns, rows, notes)


def _row(name: str, laps: Sequence[Lap], ratios: tuple[str, str]) -> tuple[str, ...]:
    latencies = [
        rounds.typical(laps, lambda lap: lap.p50_ms),
        rounds.typical(laps, lambda lap: lap.p99_ms),
    ]
    return (
        name,
        report.rate(rounds.typical(laps, lambda lap: lap.per_s)),
        report.ms(rounds.typical(laps, lambda lap: lap.cpu_us) / 1000),
        report.size(rounds.typical(laps, lambda lap: lap.answer_bytes)),
        *(report.ms(latency) if latency else "" for latency in latencies),
        *ratios,
    )
