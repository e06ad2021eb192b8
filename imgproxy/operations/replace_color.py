"""Replace one colour."""

from typing import TYPE_CHECKING, Any, ClassVar, Self

import msgspec

from imgproxy.notation.colour import Colour
from imgproxy.notation.number import read_integer
from imgproxy.operations._bands import toned
from imgproxy.operations._distance import from_lab, lab, most_colourful, nearness, point
from imgproxy.operations._words import words
from imgproxy.step import Scene, Step

if TYPE_CHECKING:
    import pyvips

_LIGHTNESS_WEIGHT = 0.35
"""Shadows and lights of one surface differ in lightness and count as one colour."""


class Exchange(msgspec.Struct, frozen=True):
    """The new colour, how near an old one must be (0 to 100 in CIELAB), and the old one, `None` for the main colour."""

    to: Colour
    tolerance: int = 50
    origin: Colour | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """`to[:tolerance][:from]`."""
        parts = words(text)
        if not 1 <= len(parts) <= 3:
            raise ValueError("a colour, a tolerance of 0 to 100, and the colour to replace")
        tolerance = read_integer(parts[1], 0, 100) if len(parts) > 1 else 50
        return cls(Colour.parse(parts[0]), tolerance, Colour.parse(parts[2]) if parts[2:] else None)

    def __str__(self) -> str:
        text = f"{self.to}:{self.tolerance}"
        return f"{text}:{self.origin}" if self.origin else text


class ReplaceColor(Step, frozen=True, kw_only=True):
    """`e_replace_color:<to>[:tolerance][:from]`: paints what has one colour in another and keeps light and shade.

    Tolerance 0 to 100, default 50, is the distance in CIELAB up to which a colour counts as `from`; without `from` it is
    the most prominent colour of the picture.
    """

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("replace_color",)
    examples: ClassVar[tuple[str, ...]] = (
        "e_replace_color:seagreen:40:b06a4a",
        "e_replace_color:rgb:7c3aed:30:rgb:3c78e6",
        "e_replace_color:gold",
    )

    exchange: Exchange

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":
        """The difference of the two colours added, where and as far as the old one is met."""
        origin = self.exchange.origin or scene.once(id(self), lambda: most_colourful(image))
        return toned(image, lambda colour: self._moved(colour, origin))

    def _moved(self, colour: Any, origin: Colour) -> Any:
        before, old, new = lab(colour), point(origin), point(self.exchange.to)
        away = (before - old) * [_LIGHTNESS_WEIGHT, 1, 1]
        apart = (away * away).bandmean() * 3
        share = nearness(apart**0.5, self.exchange.tolerance)
        return from_lab(
            before + share * [after - here for after, here in zip(new, old, strict=True)]
        )
