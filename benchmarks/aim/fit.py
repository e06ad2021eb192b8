"""Fits the lines of `imgproxy.render.aim` and writes them: `python -m benchmarks.aim.fit FOLDER --minutes 9`.

FOLDER keeps samples and scores between runs, so that the work can be done in pieces: nothing is scored twice.  For each
format and level the wanted strain is read off each sample's curve, and a line through the traits is fitted to it
by least squares, where an error counts by what it costs in points of score and far ones count less and less.
Sources that are held back are not looked at.
"""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.aim import curves
from benchmarks.aim.samples import Sample, samples
from benchmarks.launch import ROOT
from imgproxy.render.aim import LEVELS, strain
from imgproxy.render.traits import NAMES, measured

_CUTS = 3
_ROUNDS = 10
_RIDGE = 0.02
"""Of the number of samples."""

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


def fit(level: str, known: dict[str, Curve], traits: dict[str, Array]) -> Array:
    """Start and slopes of one line."""
    goal = LEVELS[level]
    names = [name for name, curve in known.items() if curve.reaches(goal)]
    wanted = np.array([known[name].strain_at(goal) for name in names])
    slopes = [known[name].slope_at(at) for name, at in zip(names, wanted, strict=True)]
    middle = np.median(slopes)
    weights = np.clip(slopes, 0.4 * middle, 1.6 * middle)
    return _line(np.array([traits[name] for name in names]), wanted, weights)


def _line(traits: Array, wanted: Array, weights: Array) -> Array:
    mean, spread = traits.mean(axis=0), traits.std(axis=0) + 1e-9
    table = np.column_stack([np.ones(len(traits)), (traits - mean) / spread])
    ridge = np.eye(table.shape[1]) * _RIDGE * len(traits)
    ridge[0, 0] = 0
    trust: Array = np.ones(len(traits))
    line: Array = np.zeros(table.shape[1])
    for _ in range(_ROUNDS):
        scaled = table * (weights**2 * trust)[:, None]
        line = np.linalg.solve(table.T @ scaled + ridge, scaled.T @ wanted)
        trust = 1 / (1 + ((table @ line - wanted) * weights / _TOLERANCE) ** 2)
    slopes = line[1:] / spread
    return np.concatenate([[line[0] - slopes @ mean], slopes])


def bounds(traits: dict[str, Array]) -> Array:
    """Lowest and highest of each trait that the fit has seen often."""
    limits: Array = np.percentile(np.array(list(traits.values())), [1, 99], axis=0)
    return limits.T


def main(arguments: Sequence[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    started = perf_counter()
    chosen = list(samples(options.folder, _CUTS, held=False))
    kept = options.folder / "curves.jsonl"
    for _ in curves.measure(chosen, kept, started + 60 * options.minutes):
        pass
    known = read_curves(kept, chosen)
    whole = set.intersection(*(set(by_sample) for by_sample in known.values()))
    traits = {
        sample.name: np.array(measured(sample.open())) for sample in chosen if sample.name in whole
    }
    lines = {
        name: {
            level: fit(level, {n: c for n, c in by_sample.items() if n in whole}, traits)
            for level in LEVELS
        }
        for name, by_sample in known.items()
    }
    sources = {sample.source for sample in chosen if sample.name in whole}
    TARGET.write_text(_text(lines, bounds(traits), len(whole), len(sources)), encoding="utf-8")
    print(f"{TARGET.name}: {len(whole)} samples of {len(sources)} sources")


def _text(lines: dict[str, dict[str, Array]], limits: Array, number: int, sources: int) -> str:
    rows = [
        '"""The lines of `imgproxy.render.aim`: written by `python -m benchmarks.aim.fit`, not by hand.',
        "",
        f"Fitted {datetime.now(UTC):%Y-%m-%d} on {number} delivered pictures of {sources} sources: photographs,",
        "the drawn photographs of the demo, and generated graphics; the sources that are held back are not among them.",
        "How far the scores are off on those is in benchmarks/RESULTS.md (program `aim`).",
        '"""',
        "",
        "BOUNDS = (",
        *(
            f"    ({low:.4f}, {high:.4f}),  # {name}"
            for name, (low, high) in zip(NAMES, limits, strict=True)
        ),
        ")",
        '"""What the fit has seen of each trait, in the order of `traits.NAMES`."""',
        "",
        "LINES = {",
    ]
    for name, by_level in lines.items():
        rows.append(f'    "{name}": {{')
        rows += [
            f'        "{level}": ({", ".join(f"{number:.5f}" for number in line)}),'
            for level, line in by_level.items()
        ]
        rows.append("    },")
    return "\n".join(
        [*rows, "}", '"""By format and level: the start, then a slope for each trait."""', ""]
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.aim.fit", description=__doc__)
    parser.add_argument("folder", type=Path, help="samples and scores are kept here")
    parser.add_argument("--minutes", type=float, default=9, help="for scoring what is missing")
    return parser


if __name__ == "__main__":
    main()
