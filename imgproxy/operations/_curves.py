"""Tone curves: one table of 256 values, applied to each colour band.

The underscore keeps this file out of the registry. Curves work on gamma-coded values, as the eye judges them.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING

import pyvips

from imgproxy.operations._bands import toned

if TYPE_CHECKING:
    from collections.abc import Sequence

Curve = Callable[[float], float]
"""A value of 0 to 1 to its new one; what leaves the range is clipped."""


def curved(image: "pyvips.Image", *curves: Curve) -> "pyvips.Image":
    """Colour through one curve, or through three of its own; alpha as it was."""
    first, *others = map(_table, curves)
    table = first.bandjoin(others) if others else first
    return toned(image, lambda colour: colour.maplut(table))


def through(points: "Sequence[tuple[float, float]]") -> Curve:
    """The smooth curve through points sorted by x, without overshoot (monotone cubic, Fritsch and Carlson 1980)."""
    steps = [(b[0] - a[0], (b[1] - a[1]) / (b[0] - a[0])) for a, b in pairwise(points)]
    slopes = [steps[0][1], *map(_slope, steps, steps[1:]), steps[-1][1]]

    def curve(value: float) -> float:
        at = max(0, min(len(steps) - 1, sum(value >= x for x, _ in points) - 1))
        return _hermite(
            (value - points[at][0]) / steps[at][0],
            steps[at][0],
            points[at : at + 2],
            slopes[at : at + 2],
        )

    return curve


def _slope(left: tuple[float, float], right: tuple[float, float]) -> float:
    """Harmonic mean of two secants, zero where they turn."""
    (width, rise), (next_width, next_rise) = left, right
    if rise * next_rise <= 0:
        return 0.0
    total = 3 * (width + next_width)
    return total / ((2 * next_width + width) / rise + (next_width + 2 * width) / next_rise)


def _hermite(
    t: float, width: float, ends: "Sequence[tuple[float, float]]", slopes: "Sequence[float]"
) -> float:
    start, end = ends[0][1], ends[1][1]
    return (
        (1 + 2 * t) * (1 - t) ** 2 * start
        + t * (1 - t) ** 2 * width * slopes[0]
        + t * t * (3 - 2 * t) * end
        + t * t * (t - 1) * width * slopes[1]
    )


def _table(curve: Curve) -> "pyvips.Image":
    values = [max(0, min(255, int(curve(level / 255) * 255 + 0.5))) for level in range(256)]
    return pyvips.Image.new_from_array([values]).cast("uchar")
