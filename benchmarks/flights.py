"""One flight: five hundred at once for one cold picture, over workers and nodes, and what becomes of them when somebody is killed.

The promise is one render, and a replacement within two seconds of a death.  Beside it: nodes that share nothing, and people who
ask for different pictures, so that nobody can share.
"""

import itertools
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from statistics import median

from msgspec import Struct

from benchmarks import killed, nodes, pictures, processes, report
from benchmarks.crowd import Told, ask_at_once, slowest_s
from benchmarks.errors import UnexpectedAnswer
from benchmarks.killed import Killing, spread
from benchmarks.launch import Running
from benchmarks.nodes import Cluster
from benchmarks.pictures import Size

_PICTURE = "/demo/image/upload/c_fill,w_800,h_600/f_webp/q_80/{}"
_SLOW = "/demo/image/upload/c_scale,w_4500/e_blur:1200/c_scale,w_400/f_webp/{}"
"""A second and more of work for an answer that is small enough for the Redis tier, which nodes share answers by."""

_SHARED_CACHE = "memory:64MB,disk:{data}/cache?max=1GB,redis:"
_ORIGINALS = 400


_Wishes = list[tuple[Running, str]]


class _Scale(Struct, frozen=True):
    size: Size
    crowd: int
    alone: int
    rounds: int
    waiting: int
    kills: int


_FULL = _Scale(pictures.TWELVE_MEGAPIXELS, crowd=500, alone=3, rounds=2, waiting=60, kills=2)
_QUICK = _Scale(Size(1200, 900), crowd=40, alone=1, rounds=1, waiting=12, kills=1)
_APART = 10
"""Of so many, one asks for a picture of his own where nobody shares."""


class Sharing(Struct, frozen=True):
    """By rounds: renders, the slowest answer of a crowd, CPU time of all servers; `alone_ms`: a single one's, median."""

    requests: int
    alone_ms: float
    renders: tuple[int, ...]
    slowest_ms: tuple[float, ...]
    cpu_ms: tuple[float, ...]


class Figures(Struct, frozen=True):
    sharing: dict[str, Sharing]
    kills: dict[str, tuple[Killing, ...]]


def run(*, quick: bool = False) -> report.Finding:
    scale = _QUICK if quick else _FULL
    with tempfile.TemporaryDirectory() as name, nodes.redis() as redis_url:
        folder = Path(name)
        photos = pictures.write_jpegs(folder / "photos", scale.size, 1)
        copies = pictures.link_copies(photos, folder / "originals", _ORIGINALS)
        bench = _Bench(scale, folder, redis_url, (copy.name for copy in copies))
        figures = Figures(sharing=dict(bench.sharing()), kills=dict(bench.kills()))
    tables = (_sharing_table(figures, scale), _kills_table(figures, scale))
    return report.Finding("flights", tables, figures)


class _Bench:
    """Where the nodes are, and cold originals in stock."""

    def __init__(self, scale: _Scale, folder: Path, redis_url: str, names: Iterator[str]) -> None:
        self._scale = scale
        self._folder = folder
        self._redis_url = redis_url
        self._names = names
        self._clusters = itertools.count()

    def sharing(self) -> Iterator[tuple[str, Sharing]]:
        with nodes.running(self._cluster(1)) as alone:
            yield "one node", self._share(alone)
            yield "… each his own picture", self._apart(alone)
        with nodes.running(self._cluster(2)) as both:
            yield "two nodes with a Redis", self._share(both)
        with nodes.running(self._cluster(2, redis=False)) as both:
            yield "two nodes without", self._share(both)

    def kills(self) -> Iterator[tuple[str, tuple[Killing, ...]]]:
        for victim in killed.VICTIMS:
            yield victim, tuple(self._kill(victim) for _ in range(self._scale.kills))

    def _cluster(self, count: int, *, redis: bool = True) -> Cluster:
        return Cluster(
            folder=self._folder / f"cluster-{next(self._clusters)}",
            originals=self._folder / "originals",
            nodes=count,
            redis_url=self._redis_url if redis and count > 1 else "",
            cache=_SHARED_CACHE if redis and count > 1 else "",
        )

    def _share(self, servers: Sequence[Running]) -> Sharing:
        wishes = (
            spread(servers, self._cold(_PICTURE), self._scale.crowd)
            for _ in range(self._scale.rounds)
        )
        return self._crowds(servers, wishes)

    def _apart(self, servers: Sequence[Running]) -> Sharing:
        wishes = [(servers[0], self._cold(_PICTURE)) for _ in range(self._scale.crowd // _APART)]
        return self._crowds(servers, [wishes])

    def _crowds(self, servers: Sequence[Running], crowds: Iterable[_Wishes]) -> Sharing:
        alone = [
            _asked(servers, [(servers[0], self._cold(_PICTURE))]) for _ in range(self._scale.alone)
        ]
        found = [(len(wishes), *_asked(servers, wishes)) for wishes in crowds]
        requests, slowest_ms, renders, cpu_ms = zip(*found, strict=True)
        return Sharing(requests[0], median(each[0] for each in alone), renders, slowest_ms, cpu_ms)

    def _kill(self, victim: str) -> Killing:
        cluster = self._cluster(2 if victim == "node" else 1)
        found: list[Killing] = []  # a return would be lost with what `mourned` takes
        with nodes.mourned(), nodes.running(cluster) as servers:
            calm, path = self._cold(_SLOW), self._cold(_SLOW)
            found.append(killed.kill(victim, servers, self._scale.waiting, calm, path))
        return found[0]

    def _cold(self, path: str) -> str:
        return path.format(next(self._names))


def _asked(servers: Sequence[Running], wishes: _Wishes) -> tuple[float, int, float]:
    """The slowest answer in ms, how many renders there were, CPU in ms; raises `UnexpectedAnswer` where one is not 200."""
    renders = nodes.counted(servers, "darkroom_renders")["done"]
    cpu_s = sum(processes.cpu_seconds(server.pid) for server in servers)
    told = ask_at_once(wishes)
    spent_s = sum(processes.cpu_seconds(server.pid) for server in servers) - cpu_s
    _expect(told)
    renders = nodes.counted(servers, "darkroom_renders")["done"] - renders
    return slowest_s(told) * 1000, renders, spent_s * 1000


def _expect(told: Sequence[Told]) -> None:
    statuses = {each.status for each in told}
    if statuses != {200}:
        raise UnexpectedAnswer("a crowd", str(statuses), "only 200")


def _sharing_table(figures: Figures, scale: _Scale) -> report.Table:
    columns = ("cold picture", "at once", "renders", "alone ms", "slowest ms", "server CPU ms")
    rows = tuple(
        (
            name,
            report.count(found.requests),
            " ".join(map(str, found.renders)),
            report.ms(found.alone_ms),
            report.ms(median(found.slowest_ms)),
            report.ms(median(found.cpu_ms)),
        )
        for name, found in figures.sharing.items()
    )
    notes = (
        f"{scale.size.megapixels:.0f} MP JPEG to 800×600 WebP; two workers per node with one render process each",
        f"everybody is connected, then all ask; {scale.rounds} rounds, renders of each; without a Redis nodes do not know of each other",
        f"each his own: {scale.crowd // _APART} people, a cold picture each: what nobody can share",
    )
    return report.Table(f"Flights: {scale.crowd} at once", columns, rows, notes)


def _kills_table(figures: Figures, scale: _Scale) -> report.Table:
    columns = (
        "killed",
        "undisturbed s",
        "killed after s",
        "replaced after s",
        "at most",
        "answer after s",
        "cut",
        "renders",
    )
    rows = tuple(
        (
            victim,
            f"{median(each.undisturbed_s for each in kills):.2f}",
            f"{median(each.killed_after_s for each in kills):.2f}",
            f"{median(each.replaced_after_s for each in kills):.2f}",
            f"{max(each.replaced_after_s for each in kills):.2f}",
            f"{median(each.answered_s for each in kills):.2f}",
            " ".join(report.count(each.cut) for each in kills),
            " ".join(report.count(each.renders) for each in kills),
        )
        for victim, kills in figures.kills.items()
    )
    notes = (
        f"{scale.waiting} wait, in equal parts at each node, when SIGKILL meets who renders; medians of {scale.kills}",
        "replaced: until the render began that everybody was answered with; of a node only the other one lives to count renders",
        "cut: connections to the dead process, which a browser opens again",
    )
    return report.Table("Flights: the one who renders is killed", columns, rows, notes)
