"""Improve."""

from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

import msgspec

from imgproxy.notation.number import read_integer
from imgproxy.operations._bands import blended, luma, settled, toned
from imgproxy.operations._curves import curved
from imgproxy.operations._levels import bright_span, lifting
from imgproxy.operations._soften import softened
from imgproxy.operations.vibrance import enlivened
from imgproxy.step import Scene, Step

if TYPE_CHECKING:
    import pyvips


class Place(StrEnum):
    """Where the photo was taken."""

    OUTDOOR = "outdoor"
    INDOOR = "indoor"


class _Recipe(NamedTuple):
    mean: float
    """Brightness that the middle is moved towards."""
    vibrance: float
    clarity: float
    """Share of the difference to the surroundings that is added."""


_RECIPES = {Place.OUTDOOR: _Recipe(0.45, 0.3, 0.25), Place.INDOOR: _Recipe(0.52, 0.15, 0.15)}
"""Outdoors: colour and depth. Indoors: light, and little more, since lamps have colours enough."""
_SURROUNDINGS = 1 / 40
"""Sigma of what counts as surroundings, as a share of the longer side."""


class Wish(msgspec.Struct, frozen=True):
    """The place, and how much in percent."""

    place: Place = Place.OUTDOOR
    blend: int = 100

    @classmethod
    def parse(cls, text: str) -> Self:
        """`outdoor`, `indoor:50`, `50`."""
        head, _, rest = text.partition(":")
        place = Place(head) if head in list(Place) else None
        number = rest if place else text
        try:
            return cls(place or Place.OUTDOOR, read_integer(number, 0, 100) if number else 100)
        except ValueError:
            raise ValueError("outdoor or indoor, and a whole number from 0 to 100") from None

    def __str__(self) -> str:
        return f"{self.place}:{self.blend}"


class Improve(Step, frozen=True, kw_only=True):
    """`e_improve[:outdoor|indoor][:blend]`: light, contrast and colour set right together; blend 0 to 100, default 100.

    Tones are stretched to black and white and moved towards a mean exposure, local contrast and pale colours gain.
    `outdoor` (the default) is fresher, `indoor` lighter.
    """

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("improve",)
    examples: ClassVar[tuple[str, ...]] = ("e_improve", "e_improve:indoor", "e_improve:50")

    wish: Wish = Wish()

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":
        """Curve, then clarity, then vibrance, mixed with the picture."""
        recipe = _RECIPES[self.wish.place]
        found = scene.once(id(self), lambda: bright_span(image))
        stretch = found.stretch()
        lift = lifting(stretch(found.mean), recipe.mean, most=1.6)
        lit = curved(image, lambda value: lift(stretch(value)))
        better = toned(lit, lambda colour: _clear(colour, recipe))
        return settled(blended(image, better, self.wish.blend / 100))


def _clear(colour: Any, recipe: _Recipe) -> Any:
    bright = luma(colour)
    depth = bright - softened(bright, max(colour.width, colour.height) * _SURROUNDINGS)
    return enlivened(colour + depth * recipe.clarity, recipe.vibrance)
