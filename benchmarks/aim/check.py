"""How far the levels of `q_auto` are from what they mean, what aiming costs, and what it saves against one fixed quality.

Only sources that no fit has seen; every answer is encoded as in a render, decoded and scored.
"""

import os
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import islice, pairwise
from multiprocessing import get_context
from pathlib import Path
from statistics import fmean, median, quantiles
from time import process_time
from unittest.mock import patch

import pyvips
from msgspec import Struct

from benchmarks import report
from benchmarks.aim.curves import decoded
from benchmarks.aim.metric import Reference
from benchmarks.aim.samples import Sample, samples
from benchmarks.progress import Progress
from imgproxy.render.aim import LEVELS, REACH, aimed
from imgproxy.render.encode import encode, warm
from imgproxy.render.job import Encoding
from imgproxy.renderers.pool import ENVIRONMENT

TOLERANCE = 4.0
_FIXED = 80
_QUICK_SAMPLES = 4


class Shot(Struct, frozen=True):
    """One answer. `level` is empty for the fixed quality; `out_of_reach`: no quality that is answered comes near."""

    kind: str
    format: str
    level: str
    quality: int
    score: float
    bytes: int
    encode_ms: float
    aim_ms: float
    out_of_reach: bool

    @property
    def off(self) -> float:
        """Points above what the level means."""
        return self.score - LEVELS[self.level]


class Row(Struct, frozen=True):
    """One format and level. Shares are of what is within reach."""

    format: str
    level: str
    answers: int
    out_of_reach: int
    within: float
    within_photos: float | None
    median_off: float
    p95_off: float
    encode_ms: float
    """CPU of the median encoding."""


class Saving(Struct, frozen=True):
    """Mean bytes and scores of a format at the fixed quality, and mean bytes of aimed answers that score the same.

    `p10`: the score that nine of ten pictures pass.  `as_jpg`: the same mean as JPEG has at the fixed quality.
    """

    format: str
    fixed_score: float
    fixed_p10: float
    fixed_bytes: float
    same_mean_bytes: float
    same_p10_bytes: float
    as_jpg_bytes: float


class Figures(Struct, frozen=True):
    pictures: int
    sources: int
    rows: tuple[Row, ...]
    savings: tuple[Saving, ...]
    added: dict[str, float]
    """CPU of aiming over CPU of encoding, by format."""

    within: float
    within_photos: float
    added_all: float
    """Of all formats and levels together; shares are of what is within reach."""


def run(*, quick: bool = False) -> report.Finding:
    """Raises CannotRun without the metric."""
    with tempfile.TemporaryDirectory() as name:
        return check(Path(name), _QUICK_SAMPLES if quick else None)


def check(folder: Path, most: int | None = None, cuts: int = 1) -> report.Finding:
    """`folder` keeps what is drawn; `most` samples at most; `cuts` of each source."""
    chosen = list(islice(samples(folder, cuts, held=True), most))
    Reference(chosen[0].open())  # raises here what cannot travel between processes
    progress = Progress("aim: scored pictures", expected=len(chosen))
    shots: list[Shot] = []
    # process_time counts one process: what an encoding costs is right beside others, too
    workers = ProcessPoolExecutor(None, get_context("spawn"), warm)
    with patch.dict(os.environ, ENVIRONMENT), workers as pool:
        for done, found in enumerate(pool.map(_shots, chosen), start=1):
            shots += found
            progress.show(done)
    progress.clear()
    figures = Figures(
        pictures=len(chosen),
        sources=len({sample.source for sample in chosen}),
        rows=tuple(_row(shots, name, level) for name in REACH for level in LEVELS),
        savings=tuple(_saving(shots, name) for name in REACH),
        added={name: _added(shots, (name,)) for name in REACH},
        within=_share(_reached(shots)),
        within_photos=_share([shot for shot in _reached(shots) if shot.kind == "photo"]),
        added_all=_added(shots, tuple(REACH)),
    )
    return report.Finding("aim", (_hits_table(figures), _bytes_table(figures)), figures)


def _shots(sample: Sample) -> list[Shot]:
    image = sample.open()
    reference = Reference(image)
    found = []
    for name in REACH:
        for level in (*LEVELS, ""):
            # aimed for each answer, as in a render: the first time costs more than those that follow
            started = process_time()
            quality = aimed(name, image)[level] if level else _FIXED
            between = process_time()
            body = encode([image], Encoding(name, quality))
            encode_ms = (process_time() - between) * 1000
            aim_ms = (between - started) * 1000
            score = reference.score(decoded(body, name))
            beyond = bool(level) and is_beyond(image, reference, name, level, score - LEVELS[level])
            found.append(
                Shot(
                    sample.kind,
                    name,
                    level,
                    quality,
                    score,
                    len(body),
                    encode_ms,
                    aim_ms,
                    beyond,
                )
            )
    return found


def is_beyond(image: pyvips.Image, reference: Reference, name: str, level: str, off: float) -> bool:
    """Whether even the end of the scale, on the side where the level lies, is further off than the tolerance."""
    if abs(off) <= TOLERANCE:
        return False
    body = encode([image], Encoding(name, REACH[name][off < 0]))
    left = reference.score(decoded(body, name)) - LEVELS[level]
    return abs(left) > TOLERANCE and (left > 0) == (off > 0)


def _row(shots: Sequence[Shot], name: str, level: str) -> Row:
    mine = _of(shots, name, level)
    reached = _reached(mine)
    photos = [shot for shot in reached if shot.kind == "photo"]
    amounts = [abs(shot.off) for shot in reached]
    return Row(
        format=name,
        level=level,
        answers=len(mine),
        out_of_reach=len(mine) - len(reached),
        within=_share(reached),
        within_photos=_share(photos) if photos else None,
        median_off=median(amounts),
        p95_off=quantiles(amounts, n=20, method="inclusive")[-1],
        encode_ms=median(shot.encode_ms for shot in mine),
    )


def _reached(shots: Sequence[Shot]) -> list[Shot]:
    return [shot for shot in shots if shot.level and not shot.out_of_reach]


def _share(shots: Sequence[Shot]) -> float:
    return fmean(abs(shot.off) <= TOLERANCE for shot in shots)


def _saving(shots: Sequence[Shot], name: str) -> Saving:
    fixed = _of(shots, name, "")
    aimed_ = [_of(shots, name, level) for level in reversed(LEVELS)]
    return Saving(
        format=name,
        fixed_score=_score(fixed),
        fixed_p10=_p10(fixed),
        fixed_bytes=_bytes(fixed),
        same_mean_bytes=_bytes_at(aimed_, _score, _score(fixed)),
        same_p10_bytes=_bytes_at(aimed_, _p10, _p10(fixed)),
        as_jpg_bytes=_bytes_at(aimed_, _score, _score(_of(shots, "jpg", ""))),
    )


def _bytes_at(
    levels: Sequence[Sequence[Shot]], scale: Callable[[Sequence[Shot]], float], value: float
) -> float:
    """Mean bytes where the levels, on a line between the two around it, come to the value on a scale."""
    points = [(scale(shots), _bytes(shots)) for shots in levels]
    pairs = list(pairwise(points))
    (low, small), (high, large) = next((p for p in pairs if value <= p[1][0]), pairs[-1])
    return small + (large - small) * (value - low) / (high - low)


def _of(shots: Sequence[Shot], name: str, level: str) -> list[Shot]:
    return [shot for shot in shots if (shot.format, shot.level) == (name, level)]


def _score(shots: Sequence[Shot]) -> float:
    return fmean(shot.score for shot in shots)


def _bytes(shots: Sequence[Shot]) -> float:
    return fmean(shot.bytes for shot in shots)


def _p10(shots: Sequence[Shot]) -> float:
    return quantiles((shot.score for shot in shots), n=10, method="inclusive")[0]


def _added(shots: Sequence[Shot], names: Sequence[str]) -> float:
    mine = [shot for shot in shots if shot.format in names and shot.level]
    return sum(shot.aim_ms for shot in mine) / sum(shot.encode_ms for shot in mine)


def _hits_table(figures: Figures) -> report.Table:
    rows = tuple(
        (
            f"{row.format} {row.level}",
            f"{LEVELS[row.level]:.0f}",
            f"{row.within:.0%}",
            "" if row.within_photos is None else f"{row.within_photos:.0%}",
            f"{row.median_off:.1f}",
            f"{row.p95_off:.1f}",
            str(row.out_of_reach),
            f"{row.encode_ms:.1f}",
            f"{figures.added[row.format]:.0%}",
        )
        for row in figures.rows
    )
    columns = (
        "format, level",
        "aim",
        "within ±4",
        "photos within ±4",
        "median off",
        "p95 off",
        "out of reach",
        "encoding, CPU ms",
        "added CPU",
    )
    notes = (
        f"SSIMULACRA2 at delivered size of {figures.pictures} pictures of {figures.sources} sources, 120 to 1000 px wide",
        "no fit has seen the sources",
        "out of reach, and not in the shares: scored at the end of the scale, "
        + _ends()
        + ", it is still over 4 points off,",
        "as flat colour is that never looks as bad as `low`, or coloured edges that WebP, which halves colours, cannot keep",
        "encoding: median of the pictures; added CPU: choosing the quality over encoding with it, all levels of a format together",
        f"all together: {figures.within:.1%} within ±4, photographs {figures.within_photos:.1%}, added CPU {figures.added_all:.0%}",
    )
    return report.Table("q_auto: how near a level comes to what it means", columns, rows, notes)


def _ends() -> str:
    return ", ".join(f"{name} {least} or {most}" for name, (least, most) in REACH.items())


def _bytes_table(figures: Figures) -> report.Table:
    jpg = next(each.fixed_bytes for each in figures.savings if each.format == "jpg")
    rows = tuple(
        (
            each.format,
            f"{each.fixed_score:.1f}",
            f"{each.fixed_p10:.1f}",
            report.size(each.fixed_bytes),
            _against(each.same_mean_bytes, each.fixed_bytes),
            _against(each.same_p10_bytes, each.fixed_bytes),
            _against(each.as_jpg_bytes, jpg),
        )
        for each in figures.savings
    )
    columns = (
        "format",
        f"q_{_FIXED}: mean score",
        "nine of ten pass",
        f"q_{_FIXED}: bytes",
        "aimed, same mean",
        "aimed, nine of ten pass the same",
        f"aimed, mean of jpg q_{_FIXED}",
    )
    notes = (
        f"mean bytes per picture, and their difference to those at q_{_FIXED}; aimed: on the line between the two levels around",
        f"the last column is beside jpg at q_{_FIXED}, the others beside the same format",
    )
    title = f"q_auto against a fixed quality of {_FIXED}: bytes at equal score"
    return report.Table(title, columns, rows, notes)


def _against(aimed_bytes: float, fixed_bytes: float) -> str:
    return f"{report.size(aimed_bytes)} {aimed_bytes / fixed_bytes - 1:+.0%}"
