"""Purges on two nodes of two workers each: how long an old answer is still given after one of them was told.

Originals change so that their folder cannot see it: same name, inode, time and size.  Every worker is asked over connections of
its own all the while.  Beside it: the nodes' subscriptions are cut as the purge is told, so that it may have to be read from the journal.
"""

import asyncio
import itertools
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import monotonic

import msgspec
import pyvips
from msgspec import Struct
from redis.asyncio import Redis

from benchmarks import nodes, pictures, report
from benchmarks.errors import UnexpectedAnswer
from benchmarks.launch import Running
from benchmarks.nodes import Cluster
from benchmarks.pictures import Size
from benchmarks.pinned import Connection, Heard, pinned, watch
from imgproxy.purging import folder_tag

_SIZE = Size(3000, 2200)  # so dear to decode that masters are made
_PATH = "/demo/image/upload/c_scale,w_{}/f_webp/{}.jpg"
_WIDTH, _NEW_WIDTH = 400, 380
_MASTER_WIDTHS = (420, 440, 460)
_CACHE = "memory:64MB,disk:{data}/cache?max=1GB,redis:"
_KEY = {"X-Api-Key": "demo-key:demo-secret", "Content-Type": "application/json"}
_CALM_S = 0.1
_AFTER_S = 0.15
_DEADLINE_S = 15.0
_WORKERS, _CONNECTIONS = 2, 2
_BY_ID, _BY_PREFIX, _BY_TAG = "public id", "prefix", "tag"
_LOST = "public id, just cut off"
_WAYS = (_BY_ID, _BY_PREFIX, _BY_TAG, _LOST)


class Round(Struct, frozen=True):
    """Milliseconds since the purge was called: until it was answered, until every worker gave the new answer, and until
    the last old one was given by the node that was called and by the other.
    """

    answered_ms: float
    everywhere_ms: float
    last_old_ms: float
    last_old_elsewhere_ms: float


class Figures(Struct, frozen=True):
    """`rounds` by way and subject; of pictures of another size made afterwards, how many came out of an old master."""

    rounds: dict[str, list[Round]]
    masters_made: int
    masters_used: int
    made_after: int
    out_of_old_masters: int


def run(*, quick: bool = False) -> report.Finding:
    with tempfile.TemporaryDirectory() as name, nodes.redis() as redis_url:
        folder = Path(name)
        cluster = Cluster(
            folder=folder, originals=folder / "originals", redis_url=redis_url, cache=_CACHE
        )
        cluster.originals.mkdir()
        with nodes.running(cluster) as both:
            bench = _Bench(cluster, both, _versions())
            figures = asyncio.run(bench.measure(1 if quick else 4))
    return report.Finding("purging", (_table(figures),), figures)


def _versions() -> tuple[bytes, bytes]:
    """Two pictures of the same number of bytes, the second much darker."""
    old = pictures.draw(_SIZE, 1)
    both = [image.jpegsave_buffer(Q=85) for image in (old, (old * 0.4).cast("uchar"))]
    most = max(map(len, both))
    return both[0].ljust(most, b"\0"), both[1].ljust(most, b"\0")


class _Bench:
    """Two nodes over one folder of originals, each round with a picture of its own."""

    def __init__(
        self, cluster: Cluster, both: Sequence[Running], versions: tuple[bytes, bytes]
    ) -> None:
        self._cluster = cluster
        self._both = both
        self._old, self._new = versions
        self._levels = [pyvips.Image.new_from_buffer(each, "").avg() for each in versions]
        self._names = (f"p{number}/photo" for number in itertools.count())
        self._after: list[bool] = []

    async def measure(self, rounds: int) -> Figures:
        found: dict[str, list[Round]] = {}
        async with pinned(self._both, _WORKERS, _CONNECTIONS, "/health/live") as connections:
            for _ in range(rounds):
                for way, broken in itertools.product(_WAYS, (False, True)):
                    subject = "a remembered failure" if broken else "a picture"
                    done = await self._round(connections, way, broken=broken)
                    found.setdefault(f"{subject} by {way}", []).append(done)
        masters = nodes.counted(self._both, "darkroom_masters")
        return Figures(found, masters["made"], masters["used"], len(self._after), sum(self._after))

    async def _round(self, connections: list[Connection], way: str, *, broken: bool) -> Round:
        name = next(self._names)
        path, file = _PATH.format(_WIDTH, name), self._cluster.originals / f"{name}.jpg"
        file.parent.mkdir()
        file.write_bytes(b"no picture".ljust(len(self._old), b"\0") if broken else self._old)
        (old,) = {(await each.ask(path)).what for each in connections}
        if not broken:
            await self._fill_masters(connections, name)
        _repaint(file, self._new)
        heard, called_s, answered_s = await self._purged(connections, path, old, way, name)
        if not broken:
            await self._look_at_masters(connections, name)
        return _judged(heard, old, called_s, answered_s, connections)

    async def _purged(
        self, connections: list[Connection], path: str, old: tuple[int, str], way: str, name: str
    ) -> tuple[list[list[Heard]], float, float]:
        heard: list[list[Heard]] = [[] for _ in connections]
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for connection, answers in zip(connections, heard, strict=True):
                group.create_task(watch(connection, path, stop.is_set, answers))
            await asyncio.sleep(_CALM_S)
            called_s, answered_s = await self._call(way, name)
            await _until(lambda: all(answers[-1].what != old for answers in heard), way)
            await asyncio.sleep(_AFTER_S)
            stop.set()
        return heard, called_s, answered_s

    async def _call(self, way: str, name: str) -> tuple[float, float]:
        """When the purge was called and when it was answered."""
        if way == _LOST:
            async with Redis.from_url(self._cluster.redis_url) as redis:
                await redis.client_kill_filter(_type="pubsub")
        first = self._both[0]
        caller = Connection(first, *await asyncio.open_connection("127.0.0.1", first.port))
        try:
            told = await caller.ask("/api/purge", msgspec.json.encode(_order(way, name)), _KEY)
        finally:
            caller.close()
        if told.what[0] != 200:
            raise UnexpectedAnswer("/api/purge", str(told.what[0]), "200")
        return told.asked_s, told.heard_s

    async def _fill_masters(self, connections: list[Connection], name: str) -> None:
        for number, connection in enumerate(self._one_of_each(connections)):
            for width in _MASTER_WIDTHS:
                await connection.ask(_PATH.format(width + number, name))

    async def _look_at_masters(self, connections: list[Connection], name: str) -> None:
        """Whether a picture of another size, made after the purge, shows what was there before it."""
        for number, connection in enumerate(self._one_of_each(connections)):
            told = await connection.ask(_PATH.format(_NEW_WIDTH + number, name))
            level = pyvips.Image.new_from_buffer(told.body, "").avg()
            old, new = (abs(level - each) for each in self._levels)
            self._after.append(old < new)

    def _one_of_each(self, connections: list[Connection]) -> list[Connection]:
        return [next(c for c in connections if c.server is node) for node in self._both]


def _order(way: str, name: str) -> dict[str, str]:
    """The tag is that of the folder, which every answer out of it carries."""
    folder = name.partition("/")[0]
    if way == _BY_TAG:
        return {"tag": folder_tag("upload", [folder])}
    return {"prefix": f"{folder}/"} if way == _BY_PREFIX else {"public_id": name}


def _repaint(file: Path, data: bytes) -> None:
    before = file.stat()
    with file.open("r+b") as opened:
        opened.write(data)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


async def _until(true: Callable[[], bool], way: str) -> None:
    deadline_s = monotonic() + _DEADLINE_S
    while not true():
        if monotonic() > deadline_s:
            given = f"the old way for {_DEADLINE_S:.0f} s"
            raise UnexpectedAnswer(f"a worker after a purge by {way}", given, "anew")
        await asyncio.sleep(0.002)


def _judged(
    heard: list[list[Heard]],
    old: tuple[int, str],
    called_s: float,
    answered_s: float,
    connections: list[Connection],
) -> Round:
    new = {answer.what for answers in heard for answer in answers} - {old}
    if len(new) != 1 or next(iter(new))[0] != 200:
        raise UnexpectedAnswer("two nodes", str(new), "one new picture")
    first, others = connections[0].server, {True: [0.0], False: [0.0]}
    everywhere_s = 0.0
    for connection, answers in zip(connections, heard, strict=True):
        last = max(answer.asked_s for answer in answers if answer.what == old)
        others[connection.server is first].append(last - called_s)
        everywhere_s = max(everywhere_s, min(a.heard_s for a in answers if a.asked_s > last))
    return Round(
        answered_ms=(answered_s - called_s) * 1000,
        everywhere_ms=(everywhere_s - called_s) * 1000,
        last_old_ms=max(others[True]) * 1000,
        last_old_elsewhere_ms=max(others[False]) * 1000,
    )


def _table(figures: Figures) -> report.Table:
    columns = (
        "purged",
        "answered ms",
        "new everywhere ms",
        "worst",
        "last old asked ms",
        "at the other node",
        "worst",
    )
    rows = tuple(
        (
            name,
            report.ms(median(each.answered_ms for each in rounds)),
            report.ms(median(each.everywhere_ms for each in rounds)),
            report.ms(max(each.everywhere_ms for each in rounds)),
            report.ms(max(each.last_old_ms for each in rounds)),
            report.ms(median(each.last_old_elsewhere_ms for each in rounds)),
            report.ms(max(each.last_old_elsewhere_ms for each in rounds)),
        )
        for name, rounds in figures.rounds.items()
    )
    count = len(next(iter(figures.rounds.values())))
    notes = (
        f"medians and worst of {count} rounds, from the call; {_CONNECTIONS} connections to each of {_WORKERS} workers of both nodes ask all the while",
        "new everywhere: each connection has been given the new picture, which one of the nodes had to make; last old: when the last request went out that still got the old one",
        "just cut off: Redis ends the nodes' subscriptions as the purge is called; they subscribe anew and read the journal",
        f"{figures.masters_made} masters were made and {figures.masters_used} used; of {figures.made_after} pictures of another size after a purge {figures.out_of_old_masters} showed the old original",
    )
    return report.Table("Purges: two nodes", columns, rows, notes)
