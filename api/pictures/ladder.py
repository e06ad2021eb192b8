"""Which widths of a picture are offered.

Fluid pictures climb one ladder for everything, so that different specs share files: 400 and from there up and down by a
factor of 1.2.  From 64 on neighbours differ by less than half in area; so whoever takes the first width that is enough never downloads
half as many pixels again as are shown.  Only the rungs between the narrowest width at the lowest density and the widest
at the highest are offered.  A picture whose width does not follow the viewport is offered at exactly its widths, once per
density.

Nothing is wider than the original: instead of the rungs above it, its own full width is the last candidate.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from api.pictures.layout import Bounds, whole

_FIRST: Final = 400
_STEP: Final = 1.2
_MULTIPLE: Final = 4
# An original up to this much wider than a rung takes its place: a candidate of its own would be no better.
_NEAR: Final = 1.02
_HALF_MORE: Final = 1.5


@lru_cache(maxsize=4096)
def widths(bounds: Bounds, densities: tuple[float, ...], widest: int) -> tuple[int, ...]:
    """The candidates for an original with `widest` pixels to give: rising, at least one, none wider."""
    if bounds.fixed:
        wanted = {whole(width * density) for width in bounds.fixed for density in densities}
        return tuple(sorted({min(width, widest) for width in wanted}))
    return _between(bounds.narrowest * densities[0], bounds.widest * densities[-1], widest)


def rungs(least: float) -> Iterator[int]:
    """The ladder from `least` on: … 276, 332, 400, 480, 576, 692, 828, 996, 1196 … without end, all multiples of four."""
    power = 0
    while _rung(power - 1) >= least and _rung(power - 1) < _rung(power):
        power -= 1
    while True:
        if _rung(power) >= least:
            yield _rung(power)
        power += 1


def _rung(power: int) -> int:
    return max(_MULTIPLE, _MULTIPLE * round(_FIRST * _STEP**power / _MULTIPLE))


def _between(least: float, most: float, widest: int) -> tuple[int, ...]:
    chosen: list[int] = []
    for rung in rungs(least):
        if rung >= widest or (_is_near(rung, widest) and _follows(chosen, widest)):
            return (*chosen, widest)
        chosen.append(rung)
        if rung >= most:
            return tuple(chosen)
    raise AssertionError  # the ladder has no end


def _is_near(rung: int, widest: int) -> bool:
    return rung * _NEAR >= widest


def _follows(chosen: list[int], widest: int) -> bool:
    """Whether the step is still small enough when the rung between is left out."""
    return not chosen or widest**2 < _HALF_MORE * chosen[-1] ** 2
