"""Hits: one derivative of about 20 KB out of the memory tier, and its 304, beside the limits of Python and of C.

The barest ASGI app and nginx send the very bytes that Darkroom sends, over the same number of workers.  The figure to
compare is server CPU per request: on a small machine the generator competes for the cores, and bends requests/s.

Requests that wait together for one URL share a look into the folder.  So the same bytes are asked for once more under as
many names as there are connections, in turn: then nothing is shared.
"""

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
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
_APART = f"200 Darkroom, {_CONNECTIONS} URLs"
_ORIGINAL = "photo-1"


class _Scale(Struct, frozen=True):
    rounds: int
    lap_s: float
    warmup_s: float


_FULL = _Scale(rounds=5, lap_s=2.0, warmup_s=1.0)
_QUICK = _Scale(rounds=1, lap_s=0.5, warmup_s=0.2)


class Contestant(Struct, frozen=True):
    server: Running
    paths: tuple[str, ...]
    status: int = 200
    headers: tuple[tuple[str, str], ...] = (BROWSER_ACCEPT,)


class Figures(Struct, frozen=True):
    """`cpu_ratios` and `rate_ratios`: Darkroom's figure over the other's, by discipline and other."""

    answer_bytes: int
    workers: int
    connections: int
    laps: Laps
    cpu_ratios: dict[str, float]
    rate_ratios: dict[str, float]
    gaps: tuple[str, ...]


def run(*, quick: bool = False) -> report.Finding:
    scale = _QUICK if quick else _FULL
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        contestants, body, gaps = _enter(Path(folder), stack)
        for name, each in contestants.items():
            _lap(name, each, scale.warmup_s, 0)
        turns: dict[str, Callable[[int], Lap]] = {
            name: partial(_lap, name, each, scale.lap_s) for name, each in contestants.items()
        }
        laps = rounds.take_turns(turns, scale.rounds)
    figures = _figures(laps, len(body), gaps)
    return report.Finding("hits", (_table(figures),), figures)


def _enter(
    folder: Path, stack: contextlib.ExitStack
) -> tuple[dict[str, Contestant], bytes, tuple[str, ...]]:
    originals = folder / "originals"
    pictures.write_jpegs(originals, pictures.TWELVE_MEGAPIXELS, 1)
    names = [f"{_ORIGINAL}-{number}" for number in range(_CONNECTIONS)]
    for name in names:
        (originals / f"{name}.jpg").hardlink_to(originals / f"{_ORIGINAL}.jpg")
    setup = DarkroomSetup(folder=folder, originals=originals, workers=_WORKERS)
    darkroom = stack.enter_context(servers.darkroom(setup))
    path, answer = _derivative(darkroom)
    barest = stack.enter_context(servers.barest(folder, answer.body, _WORKERS))
    contestants = dict(_disciplines(darkroom, path, answer.headers["etag"]))
    contestants |= {
        _APART: Contestant(darkroom, tuple(path.replace(_ORIGINAL, name) for name in names)),
        "200 barest ASGI": Contestant(barest, ("/20kb",)),
        "304 barest ASGI": Contestant(barest, ("/304",), 304),
    }
    for each in contestants[_APART].paths:
        fetch_ok(darkroom, each, dict([BROWSER_ACCEPT]))
    try:
        nginx = stack.enter_context(
            servers.nginx(folder, _static_root(folder, answer.body), _WORKERS)
        )
    except CannotRun as gap:
        return contestants, answer.body, (str(gap),)
    tag = fetch_ok(nginx, "/body.jpg").headers["etag"]
    static = {
        name.replace("Darkroom", "nginx"): each
        for name, each in _disciplines(nginx, "/body.jpg", tag)
    }
    return contestants | static, answer.body, ()


def _disciplines(server: Running, path: str, etag: str) -> Iterator[tuple[str, Contestant]]:
    yield "200 Darkroom", Contestant(server, (path,))
    yield (
        "304 Darkroom",
        Contestant(server, (path,), 304, (BROWSER_ACCEPT, ("If-None-Match", etag))),
    )


def _static_root(folder: Path, body: bytes) -> Path:
    root = folder / "static"
    root.mkdir()
    (root / "body.jpg").write_bytes(body)
    return root


def _derivative(darkroom: Running) -> tuple[str, Answer]:
    """The path and answer of the derivative of highest quality that has at most 20 KB, now in the memory tier."""
    low, high = 1, 100
    while low < high:
        middle = (low + high + 1) // 2
        fits = len(_ask(darkroom, middle).body) <= _WANTED_BYTES
        low, high = (middle, high) if fits else (low, middle - 1)
    answer = _ask(darkroom, low)
    if "cache;desc=hit" not in (timing := answer.headers.get("server-timing", "")):
        answer = _ask(darkroom, low)
        timing = answer.headers.get("server-timing", "")
    if "cache;desc=hit" not in timing:
        raise UnexpectedAnswer(
            f"Darkroom, asked again for {_path(low)},", f"Server-Timing {timing!r}", "a hit"
        )
    return _path(low), answer


def _ask(darkroom: Running, quality: int) -> Answer:
    return fetch_ok(darkroom, _path(quality), dict([BROWSER_ACCEPT]))


def _path(quality: int) -> str:
    return f"/demo/image/upload/c_fill,w_480,h_360/f_auto/q_{quality}/{_ORIGINAL}.jpg"


def _lap(name: str, contestant: Contestant, duration_s: float, _round: int) -> Lap:
    plan = LoadPlan(
        base_url=contestant.server.base_url,
        targets=contestant.paths,
        headers=contestant.headers,
        concurrency=_CONNECTIONS,
        duration_s=duration_s,
    )
    return rounds.load_lap(contestant.server, plan, contestant.status, f"hits: {name}")


def _figures(laps: Laps, answer_bytes: int, gaps: tuple[str, ...]) -> Figures:
    pairs = {
        f"{status} {other}": (laps[f"{status} Darkroom"], laps[f"{status} {other}"])
        for status in ("200", "304")
        for other in ("barest ASGI", "nginx")
        if f"{status} {other}" in laps
    }
    pairs[_APART] = laps[_APART], laps["200 barest ASGI"]
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
        "answer and server",
        "requests/s",
        "server CPU µs/request",
        "p50 ms",
        "p99 ms",
        "CPU of Darkroom ÷ this",
    )
    rows = tuple(
        _row(name, laps, figures)
        for name, laps in sorted(figures.laps.items(), key=lambda item: item[0])
    )
    notes = (
        f"{figures.workers} worker each, {figures.connections} keep-alive connections, one URL where not said otherwise, interleaved rounds, medians",
        "the load generator runs on the same machine and its CPU is not counted",
        f"{figures.connections} URLs in turn cost {report.times(figures.cpu_ratios[_APART])} the CPU of the barest ASGI app",
        *figures.gaps,
    )
    return report.Table(
        f"Hits: {report.size(figures.answer_bytes)} from memory", columns, rows, notes
    )


def _row(name: str, laps: Sequence[Lap], figures: Figures) -> tuple[str, ...]:
    times = None if name == _APART else figures.cpu_ratios.get(name)
    return (
        name,
        report.rate(rounds.typical(laps, lambda lap: lap.per_s)),
        report.us(rounds.typical(laps, lambda lap: lap.cpu_us)),
        report.ms(rounds.typical(laps, lambda lap: lap.p50_ms)),
        report.ms(rounds.typical(laps, lambda lap: lap.p99_ms)),
        report.times(times) if times else "",
    )
