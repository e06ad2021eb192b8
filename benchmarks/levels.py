"""How much nearer to what it means a level of `q_auto` comes where an answer is popular: promptly, and after the idle process.

Pictures are cut and drawn as for `q_auto`, out of sources that the fit has not seen; scores are those of the metric's own
package, which the idle process does not have.
"""

import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from statistics import fmean

import pyvips
from msgspec import Struct

from benchmarks import report
from benchmarks.aim.check import TOLERANCE, is_beyond
from benchmarks.aim.metric import Reference
from benchmarks.aim.samples import Sample, samples
from benchmarks.progress import Progress
from imgproxy.delivery.popular import MIN_BYTES
from imgproxy.delivery.refining import is_worth_it
from imgproxy.render.aim import LEVELS, REACH, aimed
from imgproxy.render.encode import encode, warm
from imgproxy.render.job import Encoding
from imgproxy.render.patient import decoded, refined

_LEVELS = ("good", "low")
_QUICK_SAMPLES = 2
_MIN_PIXELS, _MAX_PIXELS = 20_000, 66_000
"""Small ones, for more of them: each is encoded some thirty times."""


class Answer(Struct, frozen=True):
    """One picture in one format at a level: bytes and points above what the level means, promptly and later.

    `out_of_reach`: no quality that is answered comes near; `raised`: it was below.
    """

    format: str
    level: str
    prompt_bytes: int
    later_bytes: int
    prompt_off: float
    later_off: float
    raised: bool
    out_of_reach: bool


class Row(Struct, frozen=True):
    """One format and level; shares are of what is within reach, bytes those of all pictures together."""

    format: str
    level: str
    out_of_reach: int
    raised: int
    within: float
    within_later: float
    mean_off: float
    mean_off_later: float
    prompt_bytes: int
    later_bytes: int


class Figures(Struct, frozen=True):
    pictures: int
    rows: tuple[Row, ...]


def run(*, quick: bool = False) -> report.Finding:
    """Raises CannotRun without the metric."""
    Reference(pyvips.Image.black(8, 8, bands=3))  # raises here what cannot travel between processes
    progress = Progress("levels: pictures")
    answers: list[Answer] = []
    with (
        tempfile.TemporaryDirectory() as name,
        ProcessPoolExecutor(None, get_context("spawn"), warm) as pool,
    ):
        chosen = islice(_unseen(Path(name)), _QUICK_SAMPLES if quick else None)
        for done, found in enumerate(pool.map(_answers, chosen), start=1):
            answers += found
            progress.show(done)
    progress.clear()
    figures = Figures(
        pictures=len(answers) // len(REACH) // len(_LEVELS),
        rows=tuple(_row(answers, name, level) for name in REACH for level in _LEVELS),
    )
    return report.Finding("levels", (_table(figures),), figures)


def _unseen(folder: Path) -> Iterator[Sample]:
    """One picture of every source that the fit has not seen, if it is small."""
    held = samples(folder, 1, held=True)
    return (sample for sample in held if _fits(sample))


def _fits(sample: Sample) -> bool:
    image = sample.open()
    return _MIN_PIXELS < int(image.width * image.height) <= _MAX_PIXELS


def _answers(sample: Sample) -> list[Answer]:
    image = sample.open()
    reference = Reference(image)
    found = []
    for name in REACH:
        qualities = aimed(name, image)
        found += [_answer(image, reference, name, level, qualities[level]) for level in _LEVELS]
    return found


def _answer(
    image: pyvips.Image, reference: Reference, name: str, level: str, quality: int
) -> Answer:
    encoding = Encoding(name, quality)
    prompt = encode([image], encoding)
    later, raised = prompt, False
    if len(prompt) >= MIN_BYTES:
        best, raised = refined([image], encoding, prompt, LEVELS[level])
        later = best if is_worth_it(len(prompt), len(best), raised=raised) else prompt
    prompt_off, later_off = (
        reference.score(decoded(body, name)) - LEVELS[level] for body in (prompt, later)
    )
    return Answer(
        format=name,
        level=level,
        prompt_bytes=len(prompt),
        later_bytes=len(later),
        prompt_off=prompt_off,
        later_off=later_off,
        raised=raised,
        out_of_reach=is_beyond(image, reference, name, level, later_off),
    )


def _row(answers: Sequence[Answer], name: str, level: str) -> Row:
    mine = [answer for answer in answers if (answer.format, answer.level) == (name, level)]
    reached = [answer for answer in mine if not answer.out_of_reach]
    return Row(
        format=name,
        level=level,
        out_of_reach=len(mine) - len(reached),
        raised=sum(answer.raised for answer in mine),
        within=fmean(abs(answer.prompt_off) <= TOLERANCE for answer in reached),
        within_later=fmean(abs(answer.later_off) <= TOLERANCE for answer in reached),
        mean_off=fmean(abs(answer.prompt_off) for answer in reached),
        mean_off_later=fmean(abs(answer.later_off) for answer in reached),
        prompt_bytes=sum(answer.prompt_bytes for answer in mine),
        later_bytes=sum(answer.later_bytes for answer in mine),
    )


def _table(figures: Figures) -> report.Table:
    rows = tuple(
        (
            f"{row.format} {row.level}",
            f"{LEVELS[row.level]:.0f}",
            f"{row.within:.0%}",
            f"{row.within_later:.0%}",
            f"{row.mean_off:.1f}",
            f"{row.mean_off_later:.1f}",
            str(row.raised),
            str(row.out_of_reach),
            report.size(row.prompt_bytes),
            report.size(row.later_bytes),
            f"{row.later_bytes / row.prompt_bytes - 1:+.1%}",
        )
        for row in figures.rows
    )
    columns = (
        "format, level",
        "means",
        "within ±4",
        "later",
        "mean off",
        "later",
        "raised",
        "out of reach",
        "bytes",
        "later",
        "change",
    )
    notes = (
        f"SSIMULACRA2 of {figures.pictures} pictures, up to {_MAX_PIXELS:,} pixels, whose sources no fit has seen",
        "later, if it is popular: brought down to what the level means where that saves enough, raised to it where it was more than 2 points below",
        "out of reach, and not in shares and means: later and at the end of the scale, it is still over 4 points off",
        f"answers below {MIN_BYTES} bytes stay as they are",
    )
    return report.Table("q_auto before and after refining", columns, rows, notes)
