"""Bytes at equal looks: what each server needs for the same score of the same pictures.

    python -m benchmarks.peer_bytes
    python -m benchmarks.peer_bytes --originals /srv/peer-originals --peer imgproxy=http://127.0.0.1:8081

A quality of 75 means another thing to every encoder, and a server that decodes fewer pixels pays in sharpness.  So every
picture is asked for at several qualities, each answer is scored (SSIMULACRA2) beside the whole original made smaller
without loss, and bytes are read off the line between the two answers around a score.
"""

import argparse
import math
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import fmean, geometric_mean

import pyvips
from msgspec import Struct

from benchmarks import pictures, report
from benchmarks.aim.metric import Reference
from benchmarks.aim.samples import PHOTOS
from benchmarks.contestants import OURS, Contestants, common_formats, entered, given
from benchmarks.errors import BenchmarkError
from benchmarks.peer_urls import Peer, Wish, read_peer
from benchmarks.progress import Progress

_NAMES = """
bar-24mp-progressive city-night fog-forest-lowcontrast harbour-panorama-nokia interior-dark-chair
interior-kitchen-lowcontrast interior-library interior-yellow-chair museum-12mp-olympus shop-night-12mp-progressive
street-6mp-hato three-faces-family
""".split()
_DRAWN = 6
_ASPECT_WIDTH, _ASPECT_HEIGHT = 4, 3
_WIDTH_PX, _HEIGHT_PX = 640, 480
_ORIGINAL_QUALITY = 95

_QUALITIES = {
    "jpg": (40, 60, 75, 87, 95),
    "webp": (35, 60, 75, 90, 98),
    "avif": (30, 45, 60, 75, 90),
}
_COMMON_QUALITY = 75
SCORES = (65, 75, 85)


class Shot(Struct, frozen=True):
    """One answer: `score` is 100 for no visible or invisible difference at all, 90 for none visible."""

    server: str
    original: str
    format: str
    quality: int
    bytes: int
    score: float


class Figures(Struct, frozen=True):
    shots: list[Shot]
    gaps: tuple[str, ...]


def run(*, peers: Sequence[Peer] = (), originals: Path | None = None) -> report.Finding:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        place = originals or folder / "originals"
        names = _write_originals(place)
        with entered(folder, place, os.cpu_count() or 1, peers) as field:
            formats, lacking = common_formats(field.contestants, names[0], tuple(_QUALITIES))
            progress = Progress("peer_bytes: pictures", expected=len(names))
            shots: list[Shot] = []
            for index, original in enumerate(names):
                progress.show(index)
                shots.extend(_shots(field.contestants, place / original, formats))
            progress.clear()
    figures = Figures(shots, (*field.gaps, *lacking))
    return report.Finding("peer_bytes", tuple(_tables(figures, len(names))), figures)


def _write_originals(place: Path) -> list[str]:
    """Photographs, or drawings where there are none, cut to one shape: so nobody has to decide where to crop."""
    place.mkdir(parents=True, exist_ok=True)
    found = [path for name in _NAMES if (path := PHOTOS / "photo" / f"{name}.jpg").exists()]
    images = [pyvips.Image.new_from_file(str(path)) for path in found] or [
        pictures.draw(pictures.TWELVE_MEGAPIXELS, seed) for seed in range(1, _DRAWN + 1)
    ]
    names = [f"bytes-{index}.jpg" for index in range(len(images))]
    for name, image in zip(names, images, strict=True):
        _shaped(image).jpegsave(str(place / name), Q=_ORIGINAL_QUALITY, keep="none")
    return names


def _shaped(image: pyvips.Image) -> pyvips.Image:
    unit = min(image.width // _ASPECT_WIDTH, image.height // _ASPECT_HEIGHT)
    return image.crop(0, 0, unit * _ASPECT_WIDTH, unit * _ASPECT_HEIGHT)


def _shots(contestants: Contestants, original: Path, formats: Sequence[str]) -> Iterator[Shot]:
    # read whole before it is made smaller: no decoder may help by leaving pixels out
    whole = pyvips.Image.new_from_file(str(original)).copy_memory()
    reference = Reference(whole.thumbnail_image(_WIDTH_PX, height=_HEIGHT_PX, size="force"))
    for format_ in formats:
        for quality in _QUALITIES[format_]:
            wish = Wish(original.name, _WIDTH_PX, _HEIGHT_PX, format_, quality)
            for who, contestant in contestants.items():
                body = given(contestant, wish)
                score = reference.score(pyvips.Image.new_from_buffer(body, "").copy_memory())
                yield Shot(who, original.name, format_, quality, len(body), round(score, 2))


def bytes_at(shots: Sequence[Shot], score: float) -> float | None:
    """Bytes of one picture at a score, on the line (of the logarithm) between the shots around it; None outside of them."""
    ordered = sorted(shots, key=lambda shot: shot.quality)
    for low, high in pairwise(ordered):
        if low.score <= score <= high.score and low.score < high.score:
            part = (score - low.score) / (high.score - low.score)
            return math.exp((1 - part) * math.log(low.bytes) + part * math.log(high.bytes))
    return None


def mean_bytes_at(shots: Sequence[Shot], score: float) -> tuple[dict[str, float], int]:
    """The geometric mean by server over those pictures that every server can give at the score, and their number."""
    servers = list(dict.fromkeys(shot.server for shot in shots))
    found: dict[str, list[float]] = {server: [] for server in servers}
    for original in dict.fromkeys(shot.original for shot in shots):
        line = {
            server: bytes_at(
                [s for s in shots if (s.server, s.original) == (server, original)], score
            )
            for server in servers
        }
        known = {server: size for server, size in line.items() if size is not None}
        if len(known) == len(servers):
            for server, size in known.items():
                found[server].append(size)
    number = len(found[servers[0]])
    return (
        {server: geometric_mean(each) for server, each in found.items()} if number else {}
    ), number


def _tables(figures: Figures, pictures_in_all: int) -> Iterator[report.Table]:
    columns = (
        "server",
        f"bytes at q {_COMMON_QUALITY}",
        "score",
        *(f"bytes at {s}" for s in SCORES),
    )
    for format_ in dict.fromkeys(shot.format for shot in figures.shots):
        shots = [shot for shot in figures.shots if shot.format == format_]
        at = {score: mean_bytes_at(shots, score) for score in SCORES}
        rows = tuple(
            _row(server, shots, [at[score][0] for score in SCORES])
            for server in dict.fromkeys(shot.server for shot in shots)
        )
        reached = ", ".join(f"{score}: {at[score][1]}" for score in SCORES)
        title = f"Peers: {format_} bytes at equal SSIMULACRA2"
        yield report.Table(title, columns, rows, (_note(reached, pictures_in_all), *figures.gaps))


def _note(reached: str, pictures_in_all: int) -> str:
    return (
        f"geometric means of {_WIDTH_PX}×{_HEIGHT_PX} px answers; pictures of {pictures_in_all} "
        f"on which all reach the score: {reached}"
    )


def _row(server: str, shots: Sequence[Shot], at: Sequence[dict[str, float]]) -> tuple[str, ...]:
    mine = [s for s in shots if s.server == server and s.quality == _COMMON_QUALITY]
    return (
        server,
        report.size(geometric_mean(shot.bytes for shot in mine)),
        f"{fmean(shot.score for shot in mine):.1f}",
        *(_cell(each, server) for each in at),
    )


def _cell(means: dict[str, float], server: str) -> str:
    if not means:
        return ""
    beside_ours = means[server] / means[OURS] - 1
    return report.size(means[server]) + ("" if server == OURS else f" {beside_ours:+.0%}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0, or 2 when nothing could be compared."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peer_bytes", description=__doc__)
    parser.add_argument(
        "--peer", action="append", default=[], help="style=base URL; may be repeated"
    )
    parser.add_argument("--originals", type=Path, help="folder that the named peers serve")
    options = parser.parse_args(arguments)
    if options.peer and options.originals is None:
        parser.error("--peer needs --originals, the folder that it serves")
    try:
        finding = run(peers=tuple(map(read_peer, options.peer)), originals=options.originals)
    except BenchmarkError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    print(report.as_lines(finding), end="")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
