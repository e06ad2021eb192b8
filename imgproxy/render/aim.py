"""Which quality makes a picture look as good as a level of `q_auto` says, in each format.

    level   SSIMULACRA2 against the uncompressed result
    best    85    cannot be told apart at a glance
    good    75
    eco     65
    low     50    faults show, the picture is clear

The answer is a straight line through the picture's traits, and what a few dozen bends add to it, fitted by
`benchmarks.aim` for each format and level, in the unit in which encoders err evenly: the logarithm of what they
divide by (jpg, jxl), or their own scale (webp, avif). How far the scores are off is published in benchmarks/RESULTS.md.
"""

import math
from typing import Any, NamedTuple

import numpy as np
import pyvips

from imgproxy.render.aim_coefficients import BENDS, LINES, MIDDLES, SPREADS
from imgproxy.render.traits import measured
from imgproxy.step import Output

LEVELS = {"best": 85.0, "good": 75.0, "eco": 65.0, "low": 50.0}
"""SSIMULACRA2 that each level aims at, best first."""

REACH = {"jpg": (20, 97), "webp": (10, 99), "avif": (25, 97), "jxl": (20, 98)}
"""Lowest and highest quality that is answered: below, next to nothing is saved and what breaks is not in the score."""

_FAR = 3.0
"""Spreads from the middle beyond which a trait counts as no further: the fit has seen little there."""

_JXL_LOWEST = 30


class _Line(NamedTuple):
    """Of one format. Rows of `bends` are bends, those of `of_traits` and `of_bends` levels."""

    middles: Any
    spreads: Any
    bend_starts: Any
    bends: Any
    starts: Any
    of_traits: Any
    of_bends: Any


def _line(format: str) -> _Line:  # noqa: A002 - the domain's word
    bends = np.array(BENDS[format])
    levels = np.array([LINES[format][level] for level in LEVELS])
    traits = len(MIDDLES[format])
    return _Line(
        middles=np.array(MIDDLES[format]),
        spreads=np.array(SPREADS[format]),
        bend_starts=bends[:, 0],
        bends=bends[:, 1:],
        starts=levels[:, 0],
        of_traits=levels[:, 1 : traits + 1],
        of_bends=levels[:, traits + 1 :],
    )


_LINES = {name: _line(name) for name in REACH}


def quality(
    format: str,  # noqa: A002 - the domain's word
    level: str,
    image: pyvips.Image,
    *,
    sensitive: bool = False,
) -> int:
    """The quality for one level; `sensitive`: half-way to that of the level above, or to the highest."""
    found = aimed(format, image)
    if not sensitive:
        return found[level]
    names = list(LEVELS)
    above = found[names[names.index(level) - 1]] if level != names[0] else REACH[format][1]
    return (found[level] + above + 1) // 2


def aimed(format: str, image: pyvips.Image) -> dict[str, int]:  # noqa: A002 - the domain's word
    """Quality by level, better levels never lower. `format` is a key of REACH; `image` sRGB, 8 bit, in memory."""
    return from_traits(format, measured(format, image))


def from_traits(format: str, traits: tuple[float, ...]) -> dict[str, int]:  # noqa: A002 - as above
    """As `aimed`, out of the numbers of `traits.measured` for the format."""
    line = _LINES[format]
    known = np.clip((np.array(traits) - line.middles) / line.spreads, -_FAR, _FAR)
    bent = np.tanh(line.bend_starts + line.bends @ known)
    wanted = line.starts + line.of_traits @ known + line.of_bends @ bent
    least, most = REACH[format]
    found: dict[str, int] = {}
    for level, each in reversed(list(zip(LEVELS, wanted.tolist(), strict=True))):
        found[level] = max([min(max(round(_quality(format, each)), least), most), *found.values()])
    return found


def meant(output: Output, format: str) -> float:  # noqa: A002 - as above
    """The score that is asked for, and no more; infinite where quality is a number or lies between two levels."""
    levels = format in REACH and output.quality is None and not output.sensitive
    return LEVELS[output.quality_level] if levels else math.inf


def strain(format: str, quality: float) -> float:  # noqa: A002 - as above
    """What a quality means to the encoder, in the unit in which `from_traits` reckons."""
    if format == "jpg":
        return math.log(5000 / quality if quality < 50 else 200.5 - 2 * quality)
    if format == "jxl":
        return math.log(_distance(quality))
    return quality / 10


def _quality(format: str, strain_: float) -> float:  # noqa: A002 - as above
    """The other way round."""
    if format == "jpg":
        scale = math.exp(min(strain_, 9.0))
        return 5000 / scale if scale > 100 else (200.5 - scale) / 2
    if format == "jxl":
        return _jxl_quality(math.exp(min(strain_, 4.0)))
    return strain_ * 10


def _distance(quality: float) -> float:
    """Of a quality below 100, as libjxl reads it itself."""
    if quality >= _JXL_LOWEST:
        return 0.1 + (100 - quality) * 0.09
    return 53 / 3000 * quality * quality - 23 / 20 * quality + 25


def _jxl_quality(distance: float) -> float:
    if distance <= _distance(_JXL_LOWEST):
        return 100 - (distance - 0.1) / 0.09
    a, b, c = 53 / 3000, -23 / 20, 25 - distance
    return (-b - math.sqrt(max(b * b - 4 * a * c, 0.0))) / (2 * a)
