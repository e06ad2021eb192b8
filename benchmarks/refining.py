"""What encoding again with patience saves, and what it costs: bytes, scores and CPU by format, as the idle process does it;
and how much nearer to what it means a level of `q_auto` comes by it.

Pictures are cut and drawn as for `q_auto`; each is encoded promptly, and then again as the idle process would: at a
number first, then for levels, out of sources that the fit has not seen.  Scores are those of the metric's own package,
which the idle process does not have.
"""

import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from statistics import fmean
from time import process_time
from typing import TypeVar

import pyvips
from msgspec import Struct

from benchmarks import report
from benchmarks.aim.check import TOLERANCE
from benchmarks.aim.metric import Reference
from benchmarks.aim.samples import Sample, samples
from benchmarks.progress import Progress
from imgproxy.delivery.popular import MIN_BYTES
from imgproxy.delivery.refining import is_worth_it
from imgproxy.render.aim import LEVELS, REACH, aimed
from imgproxy.render.encode import encode, quality_for, warm
from imgproxy.render.job import Encoding
from imgproxy.render.patient import decoded, refined

FORMATS = ("jpg", "webp", "avif", "jxl", "png")
_Found = TypeVar("_Found")

_LEVELS = ("good", "low")
_SAMPLES = 6
_QUICK_SAMPLES = 2
_MIN_PIXELS = 20_000
_MAX_PIXELS = 160_000
_MAX_UNSEEN_PIXELS = 66_000
"""Smaller, for more of them: each is encoded some thirty times."""


class Shot(Struct, frozen=True):
    """One picture in one format; scores of what is answered promptly and of what replaces it."""

    format: str
    pixels: int
    prompt_bytes: int
    patient_bytes: int
    prompt_score: float
    patient_score: float
    prompt_s: float
    patient_s: float

    @property
    def replaced(self) -> bool:
        return is_worth_it(self.prompt_bytes, self.patient_bytes)

    @property
    def saved_bytes(self) -> int:
        return self.prompt_bytes - self.patient_bytes if self.replaced else 0


class Row(Struct, frozen=True):
    """One format. Seconds are of CPU; `share` of the pictures that were replaced, savings are over all pictures."""

    format: str
    saved: float
    share: float
    score_change: float
    worst_change: float
    prompt_s_per_mp: float
    patient_s_per_mp: float
    s_per_saved_mb: float | None


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


class LevelRow(Struct, frozen=True):
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
    unseen: int
    levels: tuple[LevelRow, ...]


def run(*, quick: bool = False) -> report.Finding:
    """Raises CannotRun without the metric."""
    most = _QUICK_SAMPLES if quick else None
    Reference(pyvips.Image.black(8, 8, bands=3))  # raises here what cannot travel between processes
    # process_time counts one process: what an encoding costs is right beside others, too
    with (
        tempfile.TemporaryDirectory() as name,
        ProcessPoolExecutor(None, get_context("spawn"), warm) as pool,
    ):
        unseen = pool.map(_answers, islice(_unseen(Path(name)), most))
        shots = _all("refining: pictures", pool.map(_shots, _chosen(Path(name), most or _SAMPLES)))
        answers = _all("refining: pictures of levels", unseen)
    figures = Figures(
        pictures=len(shots) // len(FORMATS),
        rows=tuple(_row([shot for shot in shots if shot.format == name]) for name in FORMATS),
        unseen=len(answers) // len(REACH) // len(_LEVELS),
        levels=tuple(_level_row(answers, name, level) for name in REACH for level in _LEVELS),
    )
    return report.Finding("refining", (_table(figures), _levels_table(figures)), figures)


def _all(label: str, lists: Iterator[list[_Found]]) -> list[_Found]:
    """One list of many, which come one by one."""
    progress = Progress(label)
    found: list[_Found] = []
    for done, more in enumerate(lists, start=1):
        found += more
        progress.show(done)
    progress.clear()
    return found


def _chosen(folder: Path, most: int) -> Iterator[Sample]:
    """Of every fourth source one picture, of sizes that pages have."""
    every = (sample for at, sample in enumerate(samples(folder, 1)) if at % 4 == 0)
    return islice((sample for sample in every if _fits(sample, _MAX_PIXELS)), most)


def _unseen(folder: Path) -> Iterator[Sample]:
    """One picture of every source that the fit has not seen, if it is small."""
    held = samples(folder, 1, held=True)
    return (sample for sample in held if _fits(sample, _MAX_UNSEEN_PIXELS))


def _fits(sample: Sample, max_pixels: int) -> bool:
    image = sample.open()
    return _MIN_PIXELS < int(image.width * image.height) <= max_pixels


def _shots(sample: Sample) -> list[Shot]:
    image = sample.open()
    reference = Reference(image)
    found = []
    for name in FORMATS:
        quality = quality_for(name, "good") if name == "png" else aimed(name, image)["good"]
        encoding = Encoding(name, quality)
        started = process_time()
        prompt = encode([image], encoding)
        between = process_time()
        patient = refined([image], encoding, prompt).body
        ended = process_time()
        found.append(
            Shot(
                format=name,
                pixels=image.width * image.height,
                prompt_bytes=len(prompt),
                patient_bytes=len(patient),
                prompt_score=reference.score(decoded(prompt, name)),
                patient_score=reference.score(decoded(patient, name)),
                prompt_s=between - started,
                patient_s=ended - between,
            )
        )
    return found


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
        out_of_reach=_is_beyond(image, reference, name, level, later_off),
    )


def _is_beyond(
    image: pyvips.Image, reference: Reference, name: str, level: str, off: float
) -> bool:
    """Whether the end of the scale, on the side where the level lies, is off by more than the tolerance as well."""
    if abs(off) <= TOLERANCE:
        return False
    end = encode([image], Encoding(name, REACH[name][off < 0]))
    left = reference.score(decoded(end, name)) - LEVELS[level]
    return abs(left) > TOLERANCE and (left > 0) == (off > 0)


def _level_row(answers: Sequence[Answer], name: str, level: str) -> LevelRow:
    mine = [answer for answer in answers if (answer.format, answer.level) == (name, level)]
    reached = [answer for answer in mine if not answer.out_of_reach]
    return LevelRow(
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


def _row(shots: Sequence[Shot]) -> Row:
    saved = sum(shot.saved_bytes for shot in shots)
    pixels = sum(shot.pixels for shot in shots)
    patient_s = sum(shot.patient_s for shot in shots)
    changes = [shot.patient_score - shot.prompt_score for shot in shots if shot.replaced] or [0.0]
    return Row(
        format=shots[0].format,
        saved=saved / sum(shot.prompt_bytes for shot in shots),
        share=fmean(shot.replaced for shot in shots),
        score_change=fmean(changes),
        worst_change=min(changes),
        prompt_s_per_mp=sum(shot.prompt_s for shot in shots) / pixels * 1e6,
        patient_s_per_mp=patient_s / pixels * 1e6,
        s_per_saved_mb=patient_s / saved * 1e6 if saved else None,
    )


def _table(figures: Figures) -> report.Table:
    rows = tuple(
        (
            row.format,
            f"{row.saved:.1%}",
            f"{row.share:.0%}",
            f"{row.score_change:+.2f}",
            f"{row.worst_change:+.2f}",
            f"{row.prompt_s_per_mp:.2f} s",
            f"{row.patient_s_per_mp:.1f} s",
            "-" if row.s_per_saved_mb is None else f"{row.s_per_saved_mb:.0f} s",
        )
        for row in figures.rows
    )
    columns = (
        "format",
        "bytes saved",
        "replaced",
        "score",
        "worst",
        "prompt, per MP",
        "patient, per MP",
        "CPU per MB saved",
    )
    notes = (
        f"{figures.pictures} pictures at the quality of their level `good`; saved: over all, of which those are replaced that gain enough",
        "score, worst: SSIMULACRA2 of what was replaced, after less before, mean and lowest",
        "patient: all trials and their scores; it runs at the lowest priority while no request waits",
    )
    return report.Table("Popular pictures encoded again while nobody waits", columns, rows, notes)


def _levels_table(figures: Figures) -> report.Table:
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
        for row in figures.levels
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
        f"SSIMULACRA2 of {figures.unseen} pictures, up to {_MAX_UNSEEN_PIXELS:,} pixels, whose sources no fit has seen",
        "later, if it is popular: brought down to what the level means where that saves enough, raised to it where it was more than 2 points below",
        "out of reach, and not in shares and means: later and at the end of the scale, it is still over 4 points off",
        f"answers below {MIN_BYTES} bytes stay as they are",
    )
    return report.Table("q_auto before and after refining", columns, rows, notes)
