"""What a hit costs from each tier alone, beside a render, and what a tier that hangs adds to the hits behind it.

Each contestant is a node with one worker and the tiers that its row names; nothing else answers.  What hangs takes connections
and never says a word.  It must never use a store that it did not start.
"""

import contextlib
import logging
import socket
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from msgspec import Struct

from benchmarks import nodes, pictures, report, rounds, servers
from benchmarks.launch import Running, fetch_ok
from benchmarks.load import LoadPlan, run_load
from benchmarks.pictures import Size
from benchmarks.rounds import Lap, Laps
from benchmarks.traffic import Order, Traffic
from tests import services

_PICTURE = "/demo/image/upload/c_fill,w_480,h_360/f_webp/q_75/{}"
_BUCKET = "tiers"
_PICTURES = 16
_CROWD = 16
_RENDER = "a render"
_BEHIND = "behind a hanging"
_BACKLOG = 512


class _Scale(Struct, frozen=True):
    size: Size
    rounds: int
    lap_s: float
    hung_s: float
    renders: int


# a tier that hangs is looked at again every five seconds or ten: a lap has to be longer to show what that costs
_FULL = _Scale(pictures.TWELVE_MEGAPIXELS, rounds=2, lap_s=0.8, hung_s=6.0, renders=10)
_QUICK = _Scale(Size(1200, 900), rounds=1, lap_s=0.3, hung_s=0.3, renders=2)


class Figures(Struct, frozen=True):
    """By contestant: over one connection and over many; a render is asked for over one alone.

    `slowest_ms`: while a tier hangs, over a time in which it is looked at again.
    """

    answer_bytes: int
    alone: Laps
    crowd: Laps
    slowest_ms: dict[str, float]


class _Contestant(Struct, frozen=True):
    """`cache` is what DARKROOM_CACHE says; `{disk}` is a folder of its own."""

    cache: str
    settings: dict[str, str] = {}


def run(*, quick: bool = False) -> report.Finding:
    scale = _QUICK if quick else _FULL
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        count = _PICTURES + scale.renders * scale.rounds
        photos = pictures.write_jpegs(folder / "photos", scale.size, 1)
        copies = pictures.link_copies(photos, folder / "originals", count)
        targets = [_PICTURE.format(copy.name) for copy in copies]
        running = {
            name: stack.enter_context(_node(folder / f"node-{number}", contestant))
            for number, (name, contestant) in enumerate(_contestants(stack))
        }
        figures = _measure(running, targets, scale)
    return report.Finding("tiers", (_table(figures, scale),), figures)


def _contestants(stack: contextlib.ExitStack) -> Iterator[tuple[str, _Contestant]]:
    disk = "disk:{disk}?max=1GB"
    yield "memory", _Contestant("memory:64MB")
    yield "disk", _Contestant(disk)
    yield "Redis", _Contestant(stack.enter_context(nodes.redis()))
    store = _aws(stack.enter_context(_store()))
    yield "S3", _Contestant(f"s3://{_BUCKET}/answers", store)
    hung = stack.enter_context(_silence())
    yield f"disk {_BEHIND} Redis", _Contestant(f"redis://127.0.0.1:{hung}/0,{disk}")
    silent = _aws(f"http://127.0.0.1:{hung}")
    yield f"disk {_BEHIND} S3", _Contestant(f"s3://{_BUCKET},{disk}", silent)


@contextlib.contextmanager
def _node(folder: Path, contestant: _Contestant) -> Iterator[Running]:
    folder.mkdir()
    settings = {
        "DARKROOM_ORIGINALS": str(folder.parent / "originals"),
        "DARKROOM_RENDERERS": "1",
        "DARKROOM_CACHE": contestant.cache.format(disk=folder / "answers"),
        **contestant.settings,
    }
    with servers.image_node(folder, settings) as server:
        yield server


@contextlib.contextmanager
def _silence() -> Iterator[int]:
    """A port that takes connections, as its kernel does, and never answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", services.free_port()))
        listening.listen(_BACKLOG)
        yield listening.getsockname()[1]


@contextlib.contextmanager
def _store() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # a line for every request
    with services.s3_server() as endpoint:
        made = urllib.request.Request(f"{endpoint}/{_BUCKET}", method="PUT")
        with urllib.request.urlopen(made, timeout=10):
            yield endpoint


def _aws(endpoint: str) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_DEFAULT_REGION": "us-east-1",
    }


def _measure(running: dict[str, Running], targets: list[str], scale: _Scale) -> Figures:
    warm, cold = targets[:_PICTURES], targets[_PICTURES:]
    sizes = [len(fetch_ok(server, path).body) for server in running.values() for path in warm]
    alone: dict[str, Callable[[int], Lap]] = {
        name: partial(_hits, server, name, warm, 1, scale.lap_s) for name, server in running.items()
    }
    alone[_RENDER] = lambda number: _renders(running["memory"], cold[number :: scale.rounds])
    crowd = {
        name: partial(_hits, server, name, warm, _CROWD, scale.lap_s)
        for name, server in running.items()
    }
    return Figures(
        answer_bytes=round(sum(sizes) / len(sizes)),
        alone=rounds.take_turns(alone, scale.rounds),
        crowd=rounds.take_turns(crowd, scale.rounds),
        slowest_ms={
            name: run_load(_plan(server, warm, 1, scale.hung_s)).max_ms
            for name, server in running.items()
            if _BEHIND in name
        },
    )


def _hits(
    server: Running, name: str, targets: list[str], clients: int, duration_s: float, _round: int
) -> Lap:
    if _BEHIND in name:
        fetch_ok(
            server, targets[0]
        )  # it may be time to look at the tier again: that is not of the lap
    plan = _plan(server, targets, clients, duration_s)
    return rounds.load_lap(server, plan, 200, f"tiers: {name}, {clients}")


def _plan(server: Running, targets: list[str], clients: int, duration_s: float) -> LoadPlan:
    return LoadPlan(
        base_url=server.base_url,
        targets=tuple(targets),
        concurrency=clients,
        duration_s=duration_s,
    )


def _renders(server: Running, targets: list[str]) -> Lap:
    plan = LoadPlan(
        base_url=server.base_url,
        targets=tuple(targets),
        traffic=Traffic(Order.ONCE),
        concurrency=1,
        duration_s=60,
    )
    return rounds.load_lap(server, plan, 200, "tiers: renders")


def _table(figures: Figures, scale: _Scale) -> report.Table:
    columns = (
        "from",
        "p50 ms at 1",
        "p99 ms at 1",
        "slowest ms",
        f"requests/s at {_CROWD}",
        "server CPU µs",
    )
    rows = tuple(
        (
            name,
            report.ms(rounds.typical(laps, lambda lap: lap.p50_ms)),
            report.ms(rounds.typical(laps, lambda lap: lap.p99_ms)),
            report.ms(figures.slowest_ms[name]) if name in figures.slowest_ms else "",
            report.rate(rounds.typical(figures.crowd.get(name, laps), lambda lap: lap.per_s)),
            report.us(rounds.typical(figures.crowd.get(name, laps), lambda lap: lap.cpu_us)),
        )
        for name, laps in figures.alone.items()
    )
    notes = (
        f"{report.size(figures.answer_bytes)} each; one worker whose only tiers those are, medians of {scale.rounds} rounds; a render is of a {scale.size.megapixels:.0f} MP JPEG, over one connection",
        "CPU is of Darkroom alone, not of the stores; the S3 store is moto, in Python, and most of the time there is its own",
        f"a tier hangs: it takes connections and says nothing, so it is left alone; slowest: in {scale.hung_s:g} s, in which it is looked at again, by a request or by a write that nobody waits for",
    )
    return report.Table("Tiers: a hit from each", columns, rows, notes)
