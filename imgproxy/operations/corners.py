"""Rounded corners."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple, Self

import msgspec
import pyvips

from imgproxy.notation.number import read_decimal, spell
from imgproxy.operations._bands import masked
from imgproxy.step import Bag, Phase, Scene, Step

_LARGEST_PX = 100_000


class Ellipse(NamedTuple):
    """Radii of one corner across and down, in pixels."""

    across: float
    down: float


Four = tuple[float, float, float, float]


class Radii(msgspec.Struct, frozen=True):
    """Pixels of the four corners clockwise from the top left; `None` for `max`, an ellipse inside the picture."""

    pixels: Four | None

    @classmethod
    def parse(cls, text: str) -> Self:
        """`max`, `20`, or two to four values in the order of CSS: `tl:tr:br:bl`, missing ones from across."""
        if text == "max":
            return cls(None)
        words = text.split(":")
        try:
            values = [read_decimal(word, 0, _LARGEST_PX) for word in words]
            return cls(_four(values))
        except ValueError:
            raise ValueError(
                "max, or one to four radii in pixels such as 20 or 20:0:20:0"
            ) from None

    def ellipses(self, width: int, height: int, dpr: float, grown: float = 0.0) -> list[Ellipse]:
        """Clockwise from the top left, for a picture of that size; neighbours that would meet are shrunk alike.

        `grown` pixels lie around (a border), whose round corners are that much larger and square ones stay square.
        """
        if self.pixels is None:
            return [Ellipse(width / 2 + grown, height / 2 + grown)] * 4
        asked = [radius * dpr for radius in self.pixels]
        sums = [asked[corner] + asked[corner - 1] for corner in range(4)]
        room = [height, width, height, width]
        factor = min(
            [1.0] + [side / total for side, total in zip(room, sums, strict=True) if total > 0]
        )
        radii = [radius * factor + (grown if radius else 0) for radius in asked]
        return [Ellipse(radius, radius) for radius in radii]

    def __str__(self) -> str:
        if self.pixels is None:
            return "max"
        shortest = next(
            count for count in (1, 2, 3, 4) if _four(self.pixels[:count]) == self.pixels
        )
        return ":".join(spell(value) for value in self.pixels[:shortest])


def _four(values: Sequence[float]) -> Four:
    """One to four values to four, as CSS does for `border-radius`. Raises ValueError for another number of them."""
    match list(values):
        case [every]:
            return every, every, every, every
        case [falling, rising]:
            return falling, rising, falling, rising
        case [top_left, rising, bottom_right]:
            return top_left, rising, bottom_right, rising
        case [top_left, top_right, bottom_right, bottom_left]:
            return top_left, top_right, bottom_right, bottom_left
    raise ValueError("one to four radii")


class Corners(Step, frozen=True, kw_only=True):
    """`r_<px>`, `r_max`, `r_<tl>:<tr>:<br>:<bl>`: rounds the corners; outside them is transparent, or `b_`.

    Pixels are multiplied by `dpr`. `max` makes a circle of a square and an ellipse of anything else.
    """

    key: ClassVar[str] = "r"
    phase: ClassVar[Phase] = Phase.CORNERS
    examples: ClassVar[tuple[str, ...]] = ("r_20", "r_max", "r_40:10", "r_0:30:60:10")

    radii: Radii

    @classmethod
    def take(cls, name: str, value: str, bag: Bag) -> Self:
        """Leaves the radii in the bag for the border, which goes around the same corners."""
        step = super().take(name, value, bag)
        bag.give("r", str(step.radii))
        return step

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":
        """Alpha times the shape."""
        ellipses = self.radii.ellipses(image.width, image.height, scene.dpr)
        return masked(image, rounded(image.width, image.height, ellipses))


def rounded(width: int, height: int, corners: list[Ellipse]) -> "pyvips.Image":
    """One band, 255 inside the rectangle with such corners, smooth along them; only the corners are computed."""
    shape = (pyvips.Image.black(width, height) + 255).cast("uchar")
    tiles = {ellipse: _quarter(ellipse) for ellipse in set(corners) if min(ellipse) > 0}
    for place, ellipse in enumerate(corners):
        if ellipse not in tiles:
            continue
        tile = tiles[ellipse]
        right, bottom = place in {1, 2}, place in {2, 3}
        tile = tile.fliphor() if right else tile
        tile = tile.flipver() if bottom else tile
        left, top = width - tile.width if right else 0, height - tile.height if bottom else 0
        shape = shape.insert(tile, left, top)
    return shape


def _quarter(ellipse: Ellipse) -> "pyvips.Image":
    """The top left quarter as coverage: the distance to the curve, to first order the value of its equation over
    the length of its gradient, turned into 0 to 255 across one pixel.
    """
    across, down = ellipse
    at = pyvips.Image.xyz(-int(-across // 1), -int(-down // 1))
    x, y = (at[0] + 0.5 - across) / across, (at[1] + 0.5 - down) / down
    gradient = ((x / across) ** 2 + (y / down) ** 2) ** 0.5 * 2
    inside = (1 - x * x - y * y) / gradient + 0.5
    # in memory, since the four inserts would each compute it again
    return (inside * 255 + 0.5).cast("uchar").copy_memory()
