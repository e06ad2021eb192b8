"""Ordered dither."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, ClassVar

import pyvips
from msgspec import Meta

from imgproxy.operations._bands import toned
from imgproxy.step import Scene, Step

if TYPE_CHECKING:
    from collections.abc import Iterable

Tile = list[list[float]]
"""Thresholds from 0 to 1."""

Spot = Callable[[float, float], float]


class OrderedDither(Step, frozen=True, kw_only=True):
    """`e_ordered_dither[:pattern]`: each band only full or empty, in a printer's pattern; 0 to 18, default 0.

    0 no pattern, 1 checks, 2 to 5 fine ordered tiles of 2, 3, 4 and 8 px, 6 to 8 slanted and 9 to 12 upright halftones of 4, 6, 8
    (and 16) px, 13 to 18 round dots of 5, 6 and 7 px, black or white.
    """

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("ordered_dither",)
    examples: ClassVar[tuple[str, ...]] = (
        "e_ordered_dither",
        "e_ordered_dither:5",
        "e_ordered_dither:8",
        "e_ordered_dither:13",
    )

    pattern: Annotated[int, Meta(ge=0, le=18)] = 0

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":  # noqa: ARG002 - the shape of a step
        """Every pixel against the threshold at its place."""
        tile = pyvips.Image.new_from_array(TILES[self.pattern]) * 255
        times = (-(-image.width // tile.width), -(-image.height // tile.height))
        wall = tile.replicate(*times).crop(0, 0, image.width, image.height)
        return toned(image, lambda colour: colour > wall)


def _ordered(side: int) -> Tile:
    """Bayer's index matrix for powers of two; for 3 the spiral order by hand."""
    if side == 3:
        return _spread([[3, 7, 4], [6, 1, 9], [2, 8, 5]])
    ranks = [[1]]
    while len(ranks) < side:
        ranks = [
            [4 * (value - 1) + 1 + quarter[at // len(row)] for at, value in enumerate(row * 2)]
            for quarter, half in (((0, 2), ranks), ((3, 1), ranks))
            for row in half
        ]
    return _spread(ranks)


def _halftone(side: int, spot: Spot) -> Tile:
    """Pixels in the order in which a dot grows."""
    places = [((x + 0.5) / side, (y + 0.5) / side) for y in range(side) for x in range(side)]
    order = sorted(range(side * side), key=lambda at: (round(spot(*places[at]), 9), at))
    ranks = [0] * (side * side)
    for rank, at in enumerate(order, 1):
        ranks[at] = rank
    return _spread([ranks[at : at + side] for at in range(0, side * side, side)])


def _spread(ranks: "Iterable[Iterable[int]]") -> Tile:
    rows = [list(row) for row in ranks]
    most = sum(len(row) for row in rows)
    return [[(rank - 0.5) / most for rank in row] for row in rows]


def _slanted(x: float, y: float) -> float:
    """Dots at 45 degrees: two to a tile, growing from black in turn with white."""
    return math.cos(2 * math.pi * x) + math.cos(2 * math.pi * y)


def _upright(x: float, y: float) -> float:
    return -math.cos(math.pi * (2 * x - 1)) - math.cos(math.pi * (2 * y - 1))


def _round(x: float, y: float) -> float:
    return -math.hypot(x - 0.5, y - 0.5)


def _hole(x: float, y: float) -> float:
    return math.hypot(x - 0.5, y - 0.5)


def _diagonal(x: float, y: float) -> float:
    """The spot function on a grid turned by 45 degrees."""
    return _slanted((x + y) / 1, (x - y) / 1)


TILES: tuple[Tile, ...] = (
    [[0.5]],
    [[0.25, 0.75], [0.75, 0.25]],
    *(_ordered(side) for side in (2, 3, 4, 8)),
    *(_halftone(side, _diagonal) for side in (4, 6, 8)),
    *(_halftone(side, _upright) for side in (4, 6, 8, 16)),
    *(_halftone(side, spot) for side in (5, 6, 7) for spot in (_round, _hole)),
)
"""By number, in the order the language numbers them."""
