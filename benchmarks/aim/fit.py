"""Fits the lines and bends of `imgproxy.render.aim` and writes them: `python -m benchmarks.aim.fit FOLDER --minutes 9`.

FOLDER keeps samples and scores between runs, so that the work can be done in pieces: nothing is scored twice, and what
is listed there is fitted.  For each format and level the wanted strain is read off each sample's curve.  Lines through
the traits, and through bends of them (hyperbolic tangents of other lines, common to all formats), are fitted by steps down
the slope of the error, which counts by what it costs in points of score; far ones count less and less.  Four such fits
from different beginnings are averaged.  Sources that are held back are not looked at.
"""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from benchmarks.aim import curves
from benchmarks.aim.samples import Sample, listed, samples
from benchmarks.launch import ROOT
from imgproxy.render.aim import LEVELS, REACH, strain
from imgproxy.render.traits import measured

_CUTS = 3
_VARIANTS = 26
_FITS, _BENDS, _STEPS = 4, 8, 400
_DECAY = 0.03
"""How much a large coefficient costs, beside an error of the tolerance in each sample."""

_RATE, _INERTIA, _SCALING = 0.01, 0.9, 0.99
_FAR = 3.0
_TOLERANCE = 4.0
TARGET = ROOT / "imgproxy" / "render" / "aim_coefficients.py"

Array = np.ndarray[Any, np.dtype[Any]]


class Curve:
    """Score by strain of one sample in one format, never falling with quality."""

    def __init__(self, format_: str, points: Sequence[curves.Point]) -> None:
        points = sorted(points, key=lambda point: point.quality)
        self.strains = np.array([strain(format_, point.quality) for point in points])
        rising = np.maximum.accumulate([point.score for point in points])
        self.scores: Array = rising + np.arange(len(points)) * 1e-6
        self.bytes = np.array([point.bytes for point in points], dtype=float)

    def strain_at(self, score: float) -> float:
        return float(np.interp(score, self.scores, self.strains))

    def score_at(self, strain_: float) -> float:
        order = np.argsort(self.strains)
        return float(np.interp(strain_, self.strains[order], self.scores[order]))

    def bytes_at(self, score: float) -> float:
        return float(np.exp(np.interp(score, self.scores, np.log(self.bytes))))

    def reaches(self, score: float) -> bool:
        return bool(self.scores[0] - _TOLERANCE <= score <= self.scores[-1] + _TOLERANCE)

    def slope_at(self, strain_: float) -> float:
        step = float(np.ptp(self.strains)) / 50
        rise = self.score_at(strain_ + step) - self.score_at(strain_ - step)
        return abs(rise) / (2 * step)


def read_curves(path: Path, chosen: Sequence[Sample]) -> dict[str, dict[str, Curve]]:
    """By format and sample name; only those that are whole."""
    wanted = {sample.name for sample in chosen}
    found: dict[str, dict[str, dict[int, curves.Point]]] = {name: {} for name in curves.QUALITIES}
    for point in curves.read(path):
        if point.sample in wanted:
            found[point.format].setdefault(point.sample, {})[point.quality] = point
    return {
        name: {
            sample: Curve(name, list(points.values()))
            for sample, points in by_sample.items()
            if len(points) == len(curves.QUALITIES[name])
        }
        for name, by_sample in found.items()
    }


class Goals:
    """What each sample wants: strains, and what being off costs, by sample (row) and format and level (column)."""

    def __init__(self, known: dict[str, dict[str, Curve]], names: Sequence[str]) -> None:
        self.columns = [(name, level) for name in REACH for level in LEVELS]
        shape = (len(names), len(self.columns))
        self.strains, slopes = np.zeros(shape), np.zeros(shape)
        for column, (format_, level) in enumerate(self.columns):
            for row, name in enumerate(names):
                curve = known[format_][name]
                self.strains[row, column] = curve.strain_at(LEVELS[level])
                if curve.reaches(LEVELS[level]):
                    slopes[row, column] = curve.slope_at(self.strains[row, column])
        self.middles, self.spreads = self.strains.mean(axis=0), self.strains.std(axis=0) + 1e-9
        usual = np.array([np.median(column[column > 0]) for column in slopes.T])
        bounded = np.clip(slopes, 0.4 * usual, 1.6 * usual)
        self.weights: Array = np.where(slopes > 0, bounded, 0) * self.spreads / _TOLERANCE
        """In tolerances per spread."""

    @property
    def usual(self) -> Array:
        usual: Array = (self.strains - self.middles) / self.spreads
        return usual


class Shape(NamedTuple):
    """Bends: a line each through the traits.  Lines: start, slopes of traits, slopes of bends; one column per goal."""

    bends: Array
    bend_starts: Array
    of_bends: Array
    of_traits: Array
    starts: Array

    def bent(self, table: Array) -> Array:
        bent: Array = np.tanh(table @ self.bends + self.bend_starts)
        return bent

    def wanted(self, table: Array) -> Array:
        found: Array = self.bent(table) @ self.of_bends + table @ self.of_traits + self.starts
        return found


def fitted(table: Array, goals: Goals) -> Shape:
    """The mean of several fits, as one with the bends of all."""
    fits = [_descended(table, goals, seed) for seed in range(_FITS)]
    return Shape(
        np.hstack([each.bends for each in fits]),
        np.hstack([each.bend_starts for each in fits]),
        np.vstack([each.of_bends for each in fits]) / _FITS,
        np.mean([each.of_traits for each in fits], axis=0),
        np.mean([each.starts for each in fits], axis=0),
    )


def _descended(table: Array, goals: Goals, seed: int) -> Shape:
    """Steps down the slope, each coefficient at its own rate (Kingma and Ba, arXiv 1412.6980)."""
    shape = _beginning(table.shape[1], len(goals.columns), seed)
    moved = [np.zeros_like(part) for part in shape]
    scale = [np.zeros_like(part) for part in shape]
    for step in range(_STEPS):
        rate = _RATE * (1 - step / _STEPS) + _RATE / 100
        parts = []
        for index, (part, slope) in enumerate(zip(shape, _slope(shape, table, goals), strict=True)):
            moved[index] = _INERTIA * moved[index] + (1 - _INERTIA) * slope
            scale[index] = _SCALING * scale[index] + (1 - _SCALING) * slope**2
            way = moved[index] / (1 - _INERTIA ** (step + 1))
            size = np.sqrt(scale[index] / (1 - _SCALING ** (step + 1)))
            parts.append(part - rate * way / (size + 1e-8))
        shape = Shape(*parts)
    return shape


def _beginning(traits: int, goals: int, seed: int) -> Shape:
    rng = np.random.default_rng(seed)
    return Shape(
        rng.normal(0, traits**-0.5, (traits, _BENDS)),
        np.zeros(_BENDS),
        rng.normal(0, 0.3 * _BENDS**-0.5, (_BENDS, goals)),
        np.zeros((traits, goals)),
        np.zeros(goals),
    )


def _slope(shape: Shape, table: Array, goals: Goals) -> Shape:
    """Of the error, whose far ends count less and less, and of the decay."""
    bent = shape.bent(table)
    off = (shape.wanted(table) - goals.usual) * goals.weights
    pull = off / (1 + off * off) * goals.weights / len(table)
    back = pull @ shape.of_bends.T * (1 - bent * bent)
    return Shape(
        table.T @ back + _DECAY * shape.bends,
        back.sum(axis=0),
        bent.T @ pull + _DECAY * shape.of_bends,
        table.T @ pull + _DECAY * shape.of_traits,
        pull.sum(axis=0),
    )


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    deadline_s = perf_counter() + 60 * options.minutes
    new = samples(options.folder, _CUTS, held=False, variants=_VARIANTS, more=options.pictures)
    for _ in curves.measure(new, options.folder / "curves.jsonl", deadline_s):
        pass
    chosen = [sample for sample in listed(options.folder) if not sample.held_back]
    known = read_curves(options.folder / "curves.jsonl", chosen)
    whole = set.intersection(*(set(by_sample) for by_sample in known.values()))
    chosen = [sample for sample in chosen if sample.name in whole]
    traits = np.array([measured(sample.open()) for sample in chosen])
    middles, spreads = traits.mean(axis=0), traits.std(axis=0) + 1e-9
    goals = Goals(known, [sample.name for sample in chosen])
    shape = fitted(np.clip((traits - middles) / spreads, -_FAR, _FAR), goals)
    sources = len({sample.source for sample in chosen})
    about = f"{len(chosen)} delivered pictures of {sources} sources"
    TARGET.write_text(_text(about, middles, spreads, shape, goals), encoding="utf-8")
    print(f"{TARGET.name}: {about}")


def _text(about: str, middles: Array, spreads: Array, shape: Shape, goals: Goals) -> str:
    bends = np.column_stack([shape.bend_starts, shape.bends.T])
    lines = np.column_stack([shape.starts, shape.of_traits.T, shape.of_bends.T])
    lines *= goals.spreads[:, None]
    lines[:, 0] += goals.middles
    by_goal = dict(zip(goals.columns, lines, strict=True))
    rows = [
        '"""The lines of `imgproxy.render.aim`: written by `python -m benchmarks.aim.fit`, not by hand.',
        "",
        f"Fitted {datetime.now(UTC):%Y-%m-%d} on {about}: photographs, the drawn",
        "photographs of the demo, generated graphics, and pictures of the Debian packages gnome-backgrounds, mate-backgrounds,",
        "lomiri-wallpapers, ukui-wallpapers, gimp-help-en and tuxpaint-stamps-default; sources that are held back are not",
        "among them. How far the scores are off on those is in benchmarks/RESULTS.md (program `aim`).",
        '"""',
        "",
        "# fmt: off",
        f"MIDDLES = {_row(middles)}",
        f"SPREADS = {_row(spreads)}",
        '"""Of each trait, in the order of `traits.NAMES`: mean and standard deviation of what the fit has seen."""',
        "",
        "BENDS = (",
        *(f"    {_row(bend)}," for bend in bends),
        ")",
        '"""The start of each bend, then a slope for each trait, counted in spreads from its middle."""',
        "",
        "LINES = {",
    ]
    for name in REACH:
        rows.append(f'    "{name}": {{')
        rows += [f'        "{level}": {_row(by_goal[name, level])},' for level in LEVELS]
        rows.append("    },")
    end = (
        '"""By format and level: the start, then a slope for each trait, then one for each bend."""'
    )
    return "\n".join([*rows, "}", end, "# fmt: on", ""])


def _row(numbers: Array) -> str:
    return f"({', '.join(f'{number:.4f}' for number in numbers)})"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.aim.fit", description=__doc__)
    parser.add_argument("folder", type=Path, help="samples and scores are kept here")
    parser.add_argument("--minutes", type=float, default=9, help="for scoring what is missing")
    more = "folders of further pictures, each a source"
    parser.add_argument("--pictures", type=Path, nargs="*", default=(), help=more)
    return parser


if __name__ == "__main__":
    main()
