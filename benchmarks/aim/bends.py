"""Lines through traits and through bends of them, fitted to what samples want of a format; `fit` writes them down.

Bends are hyperbolic tangents of other lines through the traits, common to all levels.  All is found by steps down the slope
of the error, which counts by what it costs in points of score; far ones count less and less.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from benchmarks.aim import curves
from imgproxy.render.aim import LEVELS, strain

_FITS, _BENDS, _STEPS = 2, 20, 1200
_DECAY = 0.02
"""How much a large coefficient costs, beside an error of the tolerance in each sample."""

_RATE, _INERTIA, _SCALING = 0.01, 0.9, 0.99
_TOLERANCE = 4.0

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


class Goals:
    """What each sample wants of a format: strains, and what being off costs, by sample (row) and level (column)."""

    def __init__(self, wanted: Sequence[Curve]) -> None:
        shape = (len(wanted), len(LEVELS))
        self.strains, slopes = np.zeros(shape), np.zeros(shape)
        for column, level in enumerate(LEVELS):
            for row, curve in enumerate(wanted):
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
    shape = _beginning(table.shape[1], len(LEVELS), seed)
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
