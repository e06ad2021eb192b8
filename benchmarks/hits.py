"""Hits: derivatives of about 20 KB out of the memory tier, and their 304s, beside the limits of Python and of C.

The barest ASGI app and nginx send the very bytes that Darkroom sends, as many bodies of them, over the same number of workers.
The figure to compare is server CPU per request: on a small machine the generator competes for the cores, and bends
requests/s.

Requests that wait together for one URL share a look into the folder.  With as many URLs in turn as there are connections
nothing is shared, with hundreds neither bodies nor tables stay in the processor's nearer caches.
"""

import contextlib
import os
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from msgspec import Struct

from benchmarks import pictures, report, rounds, servers
from benchmarks.errors import CannotRun, UnexpectedAnswer
from benchmarks.launch import Answer, Running, fetch_ok
from benchmarks.load import LoadPlan
from benchmarks.rounds import Lap, Laps
from benchmarks.servers import DarkroomSetup

# What a current Chromium sends for an <img>.
BROWSER_ACCEPT = ("Accept", "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8")
_WANTED_BYTES = 20_480
_WORKERS = 1
_CONNECTIONS = 32
_OURS = "Darkroom"
# Small, as every URL has to be rendered once.
_ORIGINAL = pictures.Size(960, 720)


class Discipline(Struct, frozen=True):
    """What is asked for: answers of one status, by so many URLs in turn."""

    status: int
    urls: int

    def lap_name(self, server: str) -> str:
        return f"{self.status} {server}" + (f", {self.urls} URLs" if self.urls > 1 else "")


class _Scale(Struct, frozen=True):
    rounds: int
    lap_s: float
    warmup_s: float
    disciplines: tuple[Discipline, ...]


_FULL = _Scale(
    rounds=4,
    lap_s=1.0,
    warmup_s=0.4,
    disciplines=(
        Discipline(200, 1),
        Discipline(200, _CONNECTIONS),
        Discipline(200, 500),
        Discipline(304, 1),
        Discipline(304, _CONNECTIONS),
    ),
)
_QUICK = _Scale(
    rounds=1,
    lap_s=0.5,
    warmup_s=0.2,
    disciplines=(Discipline(200, 1), Discipline(200, _CONNECTIONS), Discipline(304, 1)),
)


class Contestant(Struct, frozen=True):
    """A server, where it keeps the answers, and where it says that they have not changed since `etag`."""

    server: Running
    paths: Sequence[str]
    unchanged: Sequence[str]
    etag: str


class Figures(Struct, frozen=True):
    """`cpu_ratios` and `rate_ratios`: Darkroom's figure over the other's, by the name of the other's laps."""

    answer_bytes: int
    workers: int
    connections: int
    laps: Laps
    cpu_ratios: dict[str, float]
    rate_ratios: dict[str, float]
    gaps: tuple[str, ...]


def run(*, quick: bool = False) -> report.Finding:
    scale = _QUICK if quick else _FULL
    most = max(discipline.urls for discipline in scale.disciplines)
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        contestants, answer_bytes, gaps = _enter(Path(folder), most, stack)
        turns: dict[str, Callable[[int], Lap]] = {}
        for discipline in scale.disciplines:
            for each in contestants:
                _lap(each, discipline, scale.warmup_s, 0)
                name = discipline.lap_name(each.server.name)
                turns[name] = partial(_lap, each, discipline, scale.lap_s)
        laps = rounds.take_turns(turns, scale.rounds)
    others = [each.server.name for each in contestants[1:]]
    figures = _figures(laps, scale.disciplines, others, answer_bytes, gaps)
    return report.Finding("hits", (_table(figures),), figures)


def _enter(
    folder: Path, most: int, stack: contextlib.ExitStack
) -> tuple[list[Contestant], int, tuple[str, ...]]:
    """Darkroom first, then the others; the bytes of an answer; who is missing."""
    drawn = pictures.write_jpegs(folder / "drawn", _ORIGINAL, 1)
    names = [copy.name for copy in pictures.link_copies(drawn, folder / "originals", most)]
    setup = DarkroomSetup(folder=folder, originals=folder / "originals", workers=_WORKERS)
    darkroom = stack.enter_context(servers.darkroom(setup))
    quality = _fitting(darkroom, names[0])
    ours = [_path(quality, name) for name in names]
    answer = _held(darkroom, ours)
    contestants = [Contestant(darkroom, ours, ours, answer.headers["etag"])]
    root = _written(folder / "bodies", answer.body, names)
    theirs = [f"/{name}" for name in names]
    barest = stack.enter_context(servers.barest(folder, root, _WORKERS))
    contestants.append(Contestant(barest, theirs, ("/304",), "any"))
    try:
        nginx = stack.enter_context(servers.nginx(folder, root, _WORKERS))
    except CannotRun as gap:
        return contestants, len(answer.body), (str(gap),)
    etag = fetch_ok(nginx, theirs[0]).headers["etag"]
    contestants.append(Contestant(nginx, theirs, theirs, etag))
    return contestants, len(answer.body), ()


def _fitting(darkroom: Running, name: str) -> int:
    """The highest quality at which the derivative has at most 20 KB."""
    low, high = 1, 100
    while low < high:
        middle = (low + high + 1) // 2
        fits = len(_ask(darkroom, _path(middle, name)).body) <= _WANTED_BYTES
        low, high = (middle, high) if fits else (low, middle - 1)
    return low


def _held(darkroom: Running, paths: Sequence[str]) -> Answer:
    """One of the answers, which are all alike, once the memory tier holds every one."""
    for path in paths:
        _ask(darkroom, path)
    answers = [_hit(darkroom, path) for path in paths]
    return answers[0]


def _hit(darkroom: Running, path: str) -> Answer:
    answer = _ask(darkroom, path)
    if "cache;desc=hit" not in (timing := answer.headers.get("server-timing", "")):
        raise UnexpectedAnswer(
            f"Darkroom, asked again for {path},", f"Server-Timing {timing!r}", "a hit"
        )
    return answer


def _written(root: Path, body: bytes, names: Sequence[str]) -> Path:
    """A folder of equal files: each has bytes of its own, and all have one time, which is in nginx's entity tags."""
    root.mkdir()
    for name in names:
        (root / name).write_bytes(body)
        os.utime(root / name, (0, 0))
    return root


def _ask(darkroom: Running, path: str) -> Answer:
    return fetch_ok(darkroom, path, dict([BROWSER_ACCEPT]))


def _path(quality: int, name: str) -> str:
    return f"/demo/image/upload/c_fill,w_480,h_360/f_auto/q_{quality}/{name}"


def _lap(contestant: Contestant, discipline: Discipline, duration_s: float, _round: int) -> Lap:
    changed = discipline.status == 200
    paths = contestant.paths if changed else contestant.unchanged
    plan = LoadPlan(
        base_url=contestant.server.base_url,
        targets=tuple(paths[: discipline.urls]),
        headers=(BROWSER_ACCEPT,)
        if changed
        else (BROWSER_ACCEPT, ("If-None-Match", contestant.etag)),
        concurrency=_CONNECTIONS,
        duration_s=duration_s,
    )
    label = f"hits: {discipline.lap_name(contestant.server.name)}"
    return rounds.load_lap(contestant.server, plan, discipline.status, label)


def _figures(
    laps: Laps,
    disciplines: Sequence[Discipline],
    others: Sequence[str],
    answer_bytes: int,
    gaps: tuple[str, ...],
) -> Figures:
    pairs = {
        each.lap_name(other): (laps[each.lap_name(_OURS)], laps[each.lap_name(other)])
        for each in disciplines
        for other in others
    }
    return Figures(
        answer_bytes=answer_bytes,
        workers=_WORKERS,
        connections=_CONNECTIONS,
        laps=laps,
        cpu_ratios={
            name: rounds.ratio(*pair, lambda lap: lap.cpu_us) for name, pair in pairs.items()
        },
        rate_ratios={
            name: rounds.ratio(*pair, lambda lap: lap.per_s) for name, pair in pairs.items()
        },
        gaps=gaps,
    )


def _table(figures: Figures) -> report.Table:
    columns = (
        "answers, server and URLs in turn",
        "requests/s",
        "server CPU µs/request",
        "p50 ms",
        "p99 ms",
        "CPU of Darkroom ÷ this",
    )
    rows = tuple(_row(name, laps, figures) for name, laps in figures.laps.items())
    notes = (
        f"{figures.workers} worker each, {figures.connections} keep-alive connections, one URL where not said otherwise, interleaved rounds, medians",
        "every server holds as many bodies as there are URLs",
        "the load generator runs on the same machine and its CPU is not counted",
        *figures.gaps,
    )
    return report.Table(
        f"Hits: {report.size(figures.answer_bytes)} from memory", columns, rows, notes
    )


def _row(name: str, laps: Sequence[Lap], figures: Figures) -> tuple[str, ...]:
    times = figures.cpu_ratios.get(name)
    return (
        name,
        report.rate(rounds.typical(laps, lambda lap: lap.per_s)),
        report.us(rounds.typical(laps, lambda lap: lap.cpu_us)),
        report.ms(rounds.typical(laps, lambda lap: lap.p50_ms)),
        report.ms(rounds.typical(laps, lambda lap: lap.p99_ms)),
        report.times(times) if times else "",
    )
