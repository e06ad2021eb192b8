"""Peers: the same originals and wishes for Darkroom, thumbor, and any server that runs already.

    python -m benchmarks.peers
    python -m benchmarks.peers --originals /srv/peer-originals --peer imgproxy=http://127.0.0.1:8081,4711

Misses: originals of their own, each asked for once.  Page: every photo in six widths as AVIF and WebP, as a page of
cards asks for them.  Hits: a part of the page again, from wherever a server keeps its results.  A peer that is named has to
serve the folder `--originals`, into which the photos are written; with its process id, its CPU and memory are known too.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from msgspec import Struct

from benchmarks import pictures, report, rounds
from benchmarks.contestants import (
    OURS,
    Contestant,
    Contestants,
    Memory,
    common_formats,
    entered,
    memory_of,
)
from benchmarks.errors import BenchmarkError
from benchmarks.load import LoadPlan
from benchmarks.peer_urls import STYLES, Peer, Wish, read_peer
from benchmarks.rounds import Lap, Laps
from benchmarks.traffic import Order, Traffic

_QUALITY = 75
_PHOTOS = 4
_WIDTHS = (160, 240, 320, 480, 640, 960)
_PAGE_FORMATS = ("avif", "webp")
_MISS_FORMATS = ("jpg", "webp", "avif")
_CONNECTIONS = 8


class _Scale(Struct, frozen=True):
    rounds: int
    misses: int
    hits_s: float


_FULL = _Scale(rounds=4, misses=24, hits_s=2.0)
_QUICK = _Scale(rounds=1, misses=6, hits_s=0.5)


class Figures(Struct, frozen=True):
    """`rate_ratios`: Darkroom's answers/s over the other's, median over rounds, by discipline and other."""

    processes: int
    laps: dict[str, Laps]
    rate_ratios: dict[str, dict[str, float]]
    memory: dict[str, Memory]
    gaps: tuple[str, ...]


def run(
    *, quick: bool = False, peers: Sequence[Peer] = (), originals: Path | None = None
) -> report.Finding:
    scale = _QUICK if quick else _FULL
    cores = os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        place = originals or folder / "originals"
        names = _write_originals(folder / "photos", place, scale)
        with entered(folder, place, cores, peers) as field:
            formats, lacking = common_formats(field.contestants, names[0], _MISS_FORMATS)
            wishes = _wishes(names, formats, scale)
            laps = dict(_disciplines(field.contestants, wishes, scale))
            memory = memory_of(field.contestants)
    ratios = {name: _ratios(each) for name, each in laps.items()}
    figures = Figures(cores, laps, ratios, memory, (*field.gaps, *lacking))
    return report.Finding("peers", tuple(_tables(figures)), figures)


class _Wishes(Struct, frozen=True):
    """One list for each round; hits ask for the page of the last round again."""

    misses: list[list[Wish]]
    pages: list[list[Wish]]


def _write_originals(photos: Path, place: Path, scale: _Scale) -> list[str]:
    drawn = pictures.write_jpegs(photos, pictures.TWELVE_MEGAPIXELS, _PHOTOS)
    place.mkdir(parents=True, exist_ok=True)
    for old in place.glob("copy-*.jpg"):
        old.unlink()
    needed = (scale.misses + _PHOTOS) * scale.rounds + 1
    return [copy.name for copy in pictures.link_copies(drawn, place, needed)]


def _wishes(names: list[str], formats: Sequence[str], scale: _Scale) -> _Wishes:
    """The first name is not among them: with it the formats were tried."""
    cut = 1 + scale.misses * scale.rounds
    return _Wishes(
        [
            [_miss(name, n, formats) for n, name in enumerate(part)]
            for part in _parts(names[1:cut], scale.rounds)
        ],
        [_page(part, formats) for part in _parts(names[cut:], scale.rounds)],
    )


def _parts(names: list[str], count: int) -> Iterator[list[str]]:
    size = len(names) // count
    return (names[at * size : (at + 1) * size] for at in range(count))


def _miss(name: str, index: int, formats: Sequence[str]) -> Wish:
    width = 480 + index % 65
    return Wish(name, width, width * 3 // 4, formats[index % len(formats)], _QUALITY)


def _page(names: Sequence[str], formats: Sequence[str]) -> list[Wish]:
    return [
        Wish(name, width, width * 3 // 4, kind, _QUALITY)
        for name in names
        for width in _WIDTHS
        for kind in _PAGE_FORMATS
        if kind in formats
    ]


def _disciplines(
    contestants: Contestants, wishes: _Wishes, scale: _Scale
) -> Iterator[tuple[str, Laps]]:
    def turns(lap: Callable[[Contestant, int], Lap]) -> Laps:
        who = {name: partial(lap, each) for name, each in contestants.items()}
        return rounds.take_turns(who, scale.rounds)

    yield "misses", turns(lambda each, number: _once(each, wishes.misses[number]))
    yield "page", turns(lambda each, number: _once(each, wishes.pages[number]))
    yield "hits", turns(lambda each, _: _again(each, wishes.pages[-1], scale.hits_s))


def _once(contestant: Contestant, wishes: Sequence[Wish]) -> Lap:
    plan = _plan(contestant, wishes, Order.ONCE, 300.0)
    return _lap(contestant, plan)


def _again(contestant: Contestant, wishes: Sequence[Wish], duration_s: float) -> Lap:
    return _lap(contestant, _plan(contestant, wishes, Order.ROUND_ROBIN, duration_s))


def _plan(
    contestant: Contestant, wishes: Sequence[Wish], order: Order, duration_s: float
) -> LoadPlan:
    return LoadPlan(
        base_url=contestant.server.base_url,
        targets=tuple(map(STYLES[contestant.style], wishes)),
        headers=(("Accept", "image/avif,image/webp,*/*;q=0.8"),),
        traffic=Traffic(order),
        concurrency=_CONNECTIONS,
        duration_s=duration_s,
        timeout_s=60,
    )


def _lap(contestant: Contestant, plan: LoadPlan) -> Lap:
    return rounds.load_lap(contestant.server, plan, 200, f"peers: {contestant.server.name}")


def _ratios(laps: Laps) -> dict[str, float]:
    return {
        name: rounds.ratio(laps[OURS], theirs, lambda lap: lap.per_s)
        for name, theirs in laps.items()
        if name != OURS
    }


_TITLES = {
    "misses": f"Peers: misses, 12 MP JPEG to 480 to 544 px, {', '.join(_MISS_FORMATS)} in turn",
    "page": f"Peers: a page of {_PHOTOS} photos, {len(_WIDTHS)} widths, {' and '.join(_PAGE_FORMATS)}, nothing cached",
    "hits": "Peers: the page again, from where results are kept",
}


def _tables(figures: Figures) -> Iterator[report.Table]:
    columns = (
        "server",
        "answers/s",
        "CPU ms/answer",
        "mean answer",
        "p50 ms",
        "p99 ms",
        "Darkroom ÷ this",
    )
    for name, laps in figures.laps.items():
        rows = tuple(
            _row(who, each, figures.rate_ratios[name].get(who)) for who, each in laps.items()
        )
        yield report.Table(_TITLES[name], columns, rows, _notes(figures) if name == "hits" else ())
    yield _memory_table(figures.memory)


def _memory_table(memory: Mapping[str, Memory]) -> report.Table:
    rows = tuple(
        (who, str(each.processes), report.size(each.largest_bytes), report.size(each.sum_bytes))
        for who, each in memory.items()
    )
    notes = (
        "resident at most, since the start; pages that processes share count for each of them",
    )
    columns = ("server", "processes", "largest", "all together")
    return report.Table("Peers: memory after all of this", columns, rows, notes)


def _notes(figures: Figures) -> tuple[str, ...]:
    return (
        f"{figures.processes} render processes each, {_CONNECTIONS} connections, quality {_QUALITY}, AVIF at the same encoder speed",
        "each with its own encoder settings otherwise (Darkroom: trellis and libvips; others: their defaults), so look at the bytes too",
        *figures.gaps,
    )


def _row(name: str, laps: Sequence[Lap], ratio: float | None) -> tuple[str, ...]:
    cpu_us = rounds.typical(laps, lambda lap: lap.cpu_us)
    return (
        name,
        report.rate(rounds.typical(laps, lambda lap: lap.per_s)),
        report.ms(cpu_us / 1000) if cpu_us else "",
        report.size(rounds.typical(laps, lambda lap: lap.answer_bytes)),
        report.ms(rounds.typical(laps, lambda lap: lap.p50_ms)),
        report.ms(rounds.typical(laps, lambda lap: lap.p99_ms)),
        report.times(ratio) if ratio else "",
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0, or 2 when nothing could be compared."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument(
        "--peer", action="append", default=[], help="style=base URL[,process id]; may be repeated"
    )
    parser.add_argument("--originals", type=Path, help="folder that the named peers serve")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args(arguments)
    if options.peer and options.originals is None:
        parser.error("--peer needs --originals, the folder that it serves")
    try:
        peers = tuple(map(read_peer, options.peer))
        finding = run(quick=options.quick, peers=peers, originals=options.originals)
    except BenchmarkError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    print(report.as_lines(finding), end="")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
