"""How far a sample and its trial are apart, as SSIMULACRA2 sees it: errors, and structure that is no longer the same.

Nothing of that score says more about a picture than structure at a quarter of its size, in the brightness that cones see,
of linear light.  So that place of it is followed closely (`structure_far`), the rest by blocks of brightness as files have it.
"""

import math
from typing import NamedTuple

import numpy as np

from imgproxy.render.trial import MEANS_2, MEANS_4, Array, means

_WHITE_SEEN = 0.845
"""Where the brightness of SSIMULACRA2 ends; here it ends at 255."""

_STABLE = np.float32(0.0009 * (255 / _WHITE_SEEN) ** 2)
"""The constant that it adds to variances, in squared steps."""

_CONE_BIAS = np.float32(0.00379307)
"""What cones add of their own."""

_TO_STEPS = np.float32(255 / _WHITE_SEEN)


class Blocks(NamedTuple):
    """Of rows of a block of 8×8 pixels each: their mean squares, the means of 2×2 and of 4×4, and the mean of all."""

    squares: Array
    halved: Array
    quartered: Array
    mean: Array


def blocks(rows: Array) -> Blocks:
    """Of rows of 64: pixels, or how far those of two pictures are apart."""
    halved, quartered = rows @ MEANS_2, rows @ MEANS_4
    return Blocks(_mean_squares(rows), halved, quartered, quartered @ _MEAN_OF_4)


def errors(apart: Blocks) -> tuple[float, ...]:
    """Of brightness: root mean square, its peaks, and what is left of it in means of 2×2, 4×4 and 8×8."""
    root = math.sqrt(mean_of(apart.squares))
    left = (apart.halved, apart.quartered, apart.mean)
    return (
        math.log(root + 0.3),
        math.log((root + 0.1) / (mean_of(np.sqrt(apart.squares)) + 0.1)),
        *(math.log(root_of(each) + 0.1) for each in left),
    )


def structure(apart: Blocks, both: Blocks) -> tuple[float, ...]:
    """Of blocks of 8×8, `unlike` at full size, then of their means of 2×2; `apart` is one less the other, `both` their sum."""
    full = unlike(*(each.squares - each.mean * each.mean for each in (apart, both)))
    half = (_mean_squares(each.halved) - each.mean * each.mean for each in (apart, both))
    return (*full, *unlike(*half))


def structure_far(one: Array, other: Array) -> tuple[float, float]:
    """`unlike` of rows of 4×4 that `seen` gives."""
    return unlike(_variances(one - other), _variances(one + other))


def far_errors(one: Array, other: Array) -> tuple[float, float, float]:
    """As `structure_far`, of means of 2×2, and the root mean square error."""
    apart = one - other
    pair = apart @ _FAR_MEANS_2, (one + other) @ _FAR_MEANS_2
    return (*unlike(*map(_variances, pair)), math.log(root_of(apart) + 0.1))


def seen(light: Array) -> Array:
    """The brightness that SSIMULACRA2 compares, 0 to 255, of what light does to cones, 0 to 1."""
    brightness: Array = np.cbrt(light + _CONE_BIAS) * _TO_STEPS
    return brightness


def unlike(apart: Array, both: Array) -> tuple[float, float]:
    """Mean, and fourth root of the mean fourth power, of what SSIM of contrasts is short of 1 in each place.

    Out of the variances of the difference of two pictures and of their sum.  With V for variances, that is
    2 V(x - y) / (V(x + y) + V(x - y) + 2 C), as twice a covariance is both variances less that of the difference, and twice
    their sum is V(x + y) + V(x - y).
    """
    half = apart / (both + apart + 2 * _STABLE)
    mean = mean_of(half)
    half *= half
    peak = (float(np.vdot(half, half)) / half.size) ** 0.25
    return math.log(2 * max(mean, 0.0) + 1e-4), math.log(2 * peak + 1e-3)


def root_of(values: Array) -> float:
    """The root of their mean square."""
    return math.sqrt(float(np.vdot(values, values)) / values.size)


def mean_of(values: Array) -> float:
    """In a third of the time that numpy's own takes for so few."""
    return float(values.sum()) / values.size


def _variances(rows: Array) -> Array:
    """Of each row."""
    length = rows.shape[1]
    mean = rows @ np.full(length, 1 / length, dtype=np.float32)
    found: Array = _mean_squares(rows) - mean * mean
    return found


def _mean_squares(rows: Array) -> Array:
    """Of each row."""
    found: Array = np.einsum("ij,ij->i", rows, rows) * np.float32(1 / rows.shape[1])
    return found


_FAR_MEANS_2, _MEAN_OF_4 = means(4, 2), np.full(4, 1 / 4, dtype=np.float32)
