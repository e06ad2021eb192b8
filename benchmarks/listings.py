"""Listings: twenty of them in three ways, on both database engines, and warm answers beside a bare Litestar handler.

    naive        61 statements         optimized   1          cached   0

Each at one client and at fifty.  The bare handler sends the very bytes that a warm page has; the figure to compare
is server CPU per request, in rounds that alternate.
"""

import asyncio
import contextlib
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from msgspec import Struct

from api.seed import DemoPhoto, Kind, seed
from benchmarks import report, rounds, servers
from benchmarks.errors import UnexpectedAnswer
from benchmarks.launch import Launch, Running, fetch_ok, free_port, running
from benchmarks.load import LoadPlan
from benchmarks.rounds import Lap, Laps
from benchmarks.servers import DarkroomSetup
from db import engine
from db.migrate import migrate
from db.settings import DatabaseSettings
from tests import services

WAYS = {
    # name: path, statements
    "naive": ("/api/properties/live/naive/", 61),
    "optimized": ("/api/properties/live/optimized/", 1),
    "cached": ("/api/properties/cached/", 0),
}
_PAGE = "/api/properties"
_MANY = 50
_LISTINGS = 200
_KINDS: tuple[Kind, ...] = ("exterior", "interior", "interior", "detail")
_NAMES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}


class _Scale(Struct, frozen=True):
    rounds: int
    lap_s: float


_FULL = _Scale(rounds=3, lap_s=1.0)
_QUICK = _Scale(rounds=1, lap_s=0.4)


class Figures(Struct, frozen=True):
    """`alone` and `crowd` by engine and way; `warm` beside the bare handler, `cpu_ratios` of each engine to it."""

    listings: int
    answer_bytes: int
    statements: dict[str, int]
    alone: Laps
    crowd: Laps
    warm: Laps
    cpu_ratios: dict[str, float]
    gaps: tuple[str, ...]


def run(*, quick: bool = False) -> report.Finding:
    scale = _QUICK if quick else _FULL
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        databases = dict(_databases(Path(folder), stack))
        statements, alone, crowd = _three_ways(Path(folder), databases, scale)
        size, warm = _warm(Path(folder), databases, scale)
    figures = Figures(
        listings=_LISTINGS,
        answer_bytes=size,
        statements=statements,
        alone=alone,
        crowd=crowd,
        warm=warm,
        cpu_ratios={
            name: rounds.ratio(laps, warm["bare Litestar"], lambda lap: lap.cpu_us)
            for name, laps in warm.items()
            if name != "bare Litestar"
        },
        gaps=() if "PostgreSQL" in databases else ("PostgreSQL is missing here",),
    )
    return report.Finding("listings", (_ways_table(figures), _warm_table(figures)), figures)


def _databases(folder: Path, stack: contextlib.ExitStack) -> Iterator[tuple[str, str]]:
    """The URL of a filled database for each engine that is here."""
    sqlite = f"sqlite:///{folder}/listings.sqlite"
    asyncio.run(_fill(sqlite))
    yield _NAMES["sqlite"], sqlite
    if install := services.find_postgres():
        url = stack.enter_context(services.postgres_server(install))
        asyncio.run(_fill(url))
        yield _NAMES["postgres"], url


async def _fill(url: str) -> None:
    async with engine.running(DatabaseSettings(url)) as opened:
        await migrate(opened)
        await seed(_LISTINGS, [_photo(number) for number in range(28)])


def _photo(number: int) -> DemoPhoto:
    kind = _KINDS[number % len(_KINDS)]
    words = f"A room with a number of things in it, {number}"
    return DemoPhoto(
        f"demo/photo-{number}", 2400, 1600, words, kind, "#a0b0c0", "data:image/webp;base64," + "A" * 160
    )  # fmt: skip


def _three_ways(
    folder: Path, databases: dict[str, str], scale: _Scale
) -> tuple[dict[str, int], Laps, Laps]:
    statements: dict[str, int] = {}
    turns: dict[int, dict[str, Callable[[int], Lap]]] = {1: {}, _MANY: {}}
    with contextlib.ExitStack() as stack:
        for name, url in databases.items():
            server = stack.enter_context(_service(folder, name, url, lab=True))
            for way, (path, expected) in WAYS.items():
                label = f"{name} {way}"
                statements[label] = _statements(server, path, expected)
                for clients, laps in turns.items():
                    laps[label] = partial(_lap, label, server, path, clients, scale.lap_s)
        alone, crowd = (rounds.take_turns(turns[clients], scale.rounds) for clients in turns)
    return statements, alone, crowd


def _warm(folder: Path, databases: dict[str, str], scale: _Scale) -> tuple[int, Laps]:
    turns: dict[str, Callable[[int], Lap]] = {}
    body = b""
    with contextlib.ExitStack() as stack:
        for name, url in databases.items():
            server = stack.enter_context(_service(folder, name, url, lab=False))
            body = fetch_ok(server, _PAGE).body
            label = f"Darkroom on {name}"
            turns[label] = partial(_lap, label, server, _PAGE, _MANY, scale.lap_s)
        bare = stack.enter_context(_bare(folder, body))
        turns["bare Litestar"] = partial(_lap, "bare Litestar", bare, _PAGE, _MANY, scale.lap_s)
        for lap in turns.values():
            lap(0)  # warms up
        return len(body), rounds.take_turns(turns, scale.rounds)


@contextlib.contextmanager
def _service(folder: Path, name: str, url: str, *, lab: bool) -> Iterator[Running]:
    own = folder / f"{name}-{lab}"
    (own / "originals").mkdir(parents=True)
    settings = {"DATABASE_URL": url, "DARKROOM_LAB": "1" if lab else "0"}
    setup = DarkroomSetup(folder=own, originals=own / "originals", settings=settings)
    with servers.darkroom(setup) as server:
        yield server


@contextlib.contextmanager
def _bare(folder: Path, body: bytes) -> Iterator[Running]:
    port, file = free_port(), folder / "bare-body"
    file.write_bytes(body)
    command = [
        sys.executable,
        "-m",
        "benchmarks.bare_litestar",
        f"--port={port}",
        f"--file={file}",
    ]
    launch = Launch(
        name="bare Litestar", command=command, port=port, ready_path=_PAGE, folder=folder
    )
    with running(launch) as server:
        yield server


def _statements(server: Running, path: str, expected: int) -> int:
    """As the second answer tells; raises `UnexpectedAnswer` where it is not what the way promises."""
    fetch_ok(server, path)
    told = fetch_ok(server, path).headers.get("server-timing", "")
    if told != f'db;desc="{expected}"':
        raise UnexpectedAnswer(f"{server.name} {path}", f"Server-Timing {told}", f"{expected}")
    return expected


def _lap(
    label: str, server: Running, path: str, clients: int, duration_s: float, _round: int
) -> Lap:
    plan = LoadPlan(
        base_url=server.base_url, targets=(path,), concurrency=clients, duration_s=duration_s
    )
    return rounds.load_lap(server, plan, 200, f"listings: {label}, {clients}")


def _ways_table(figures: Figures) -> report.Table:
    columns = (
        "engine and way",
        "statements",
        "p50 ms at 1",
        "p99 ms at 1",
        f"p50 ms at {_MANY}",
        f"p99 ms at {_MANY}",
        f"requests/s at {_MANY}",
        "server CPU µs",
    )
    rows = tuple(
        (
            name,
            report.count(statements),
            report.ms(rounds.typical(figures.alone[name], lambda lap: lap.p50_ms)),
            report.ms(rounds.typical(figures.alone[name], lambda lap: lap.p99_ms)),
            report.ms(rounds.typical(figures.crowd[name], lambda lap: lap.p50_ms)),
            report.ms(rounds.typical(figures.crowd[name], lambda lap: lap.p99_ms)),
            report.rate(rounds.typical(figures.crowd[name], lambda lap: lap.per_s)),
            report.us(rounds.typical(figures.crowd[name], lambda lap: lap.cpu_us)),
        )
        for name, statements in figures.statements.items()
    )
    notes = (
        f"a page of 20 of {figures.listings} listings with all photos; one worker, medians of interleaved rounds",
        "statements as the answers themselves tell in Server-Timing; the CPU of PostgreSQL is not counted",
        *figures.gaps,
    )
    return report.Table("Listings: three ways to the same page", columns, rows, notes)


def _warm_table(figures: Figures) -> report.Table:
    columns = ("warm page", "requests/s", "server CPU µs/request", "p50 ms", "CPU ÷ bare Litestar")
    rows = tuple(
        (
            name,
            report.rate(rounds.typical(laps, lambda lap: lap.per_s)),
            report.us(rounds.typical(laps, lambda lap: lap.cpu_us)),
            report.ms(rounds.typical(laps, lambda lap: lap.p50_ms)),
            report.times(figures.cpu_ratios[name]) if name in figures.cpu_ratios else "",
        )
        for name, laps in figures.warm.items()
    )
    notes = (f"{report.size(figures.answer_bytes)} each, {_MANY} connections, one worker",)
    return report.Table("Listings: warm answers", columns, rows, notes)
