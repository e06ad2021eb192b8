"""What encoding again with patience saves, and what it costs: bytes, scores and CPU by format, as the idle process does it.

Pictures are cut and drawn as for `q_auto`; each is encoded promptly for its level `good`, and then again as the idle
process would.  Scores are those of the metric's own package, which the idle process does not have.
"""

import tempfile
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from statistics import fmean
from time import process_time

from msgspec import Struct

from benchmarks import report
from benchmarks.aim.metric import Reference
from benchmarks.aim.samples import Sample, samples
from benchmarks.progress import Progress
from imgproxy.delivery.refining import is_worth_it
from imgproxy.render.aim import aimed
from imgproxy.render.encode import encode, quality_for
from imgproxy.render.job import Encoding
from imgproxy.render.patient import decoded, refined

FORMATS = ("jpg", "webp", "avif", "jxl", "png")
_SAMPLES = 6
_QUICK_SAMPLES = 2
_MAX_PIXELS = 160_000


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


class Figures(Struct, frozen=True):
    pictures: int
    rows: tuple[Row, ...]


def run(*, quick: bool = False) -> report.Finding:
    """Raises CannotRun without the metric."""
    with tempfile.TemporaryDirectory() as name:
        chosen = _chosen(Path(name), _QUICK_SAMPLES if quick else _SAMPLES)
        progress = Progress("refining: pictures", expected=len(chosen))
        shots: list[Shot] = []
        for done, sample in enumerate(chosen, start=1):
            shots += _shots(sample)
            progress.show(done)
        progress.clear()
    rows = tuple(_row([shot for shot in shots if shot.format == name]) for name in FORMATS)
    figures = Figures(len(chosen), rows)
    return report.Finding("refining", (_table(figures),), figures)


def _chosen(folder: Path, most: int) -> list[Sample]:
    """Of every fourth source one picture, of sizes that pages have."""
    every = (sample for at, sample in enumerate(samples(folder, 1)) if at % 4 == 0)
    fit = (sample for sample in every if 20_000 < _pixels(sample) <= _MAX_PIXELS)
    return list(islice(fit, most))


def _pixels(sample: Sample) -> int:
    image = sample.open()
    return int(image.width * image.height)


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
