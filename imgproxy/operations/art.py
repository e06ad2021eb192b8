"""Art filters."""

from typing import TYPE_CHECKING, Any, ClassVar, Self

import pyvips

from imgproxy.notation.near import Unknown
from imgproxy.operations._bands import blended, luma, toned
from imgproxy.operations._curves import curved, through
from imgproxy.operations._looks import LOOKS, Five, Look
from imgproxy.operations._paint import brushed
from imgproxy.operations._soften import softened
from imgproxy.operations.vignette import shade
from imgproxy.step import Scene, Step

if TYPE_CHECKING:
    from imgproxy.operations._curves import Curve


class Name(str):
    """A look by its name."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """One of the 21."""
        if text not in LOOKS:
            raise Unknown(f"one of {', '.join(LOOKS)}", text, LOOKS)
        return cls(text)


_FOCUS = 1 / 60
_BRUSH = 1 / 220
"""Sigma of the glow and half a brush, as shares of the longer side."""


class Art(Step, frozen=True, kw_only=True):
    """`e_art:<look>`: one of 21 looks of colour, light and film.

    The names are the language's, the recipes are our own: similar in mood, not the same in pixels.
    """

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("art",)
    examples: ClassVar[tuple[str, ...]] = tuple(f"e_art:{name}" for name in LOOKS)

    look: Name

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":  # noqa: ARG002 - the shape of a step
        """Brush, saturation, curves, glow, vignette, grain."""
        look = LOOKS[self.look]
        image = toned(image, lambda colour: _coloured(colour, look))
        image = curved(image, _curve(look.red), _curve(look.green), _curve(look.blue))
        return toned(image, lambda colour: _finished(colour, look))


def _curve(values: Five) -> "Curve":
    return through([(at / 4, value) for at, value in enumerate(values)])


def _coloured(colour: Any, look: Look) -> Any:
    longer = max(colour.width, colour.height)
    painted = brushed(colour, max(1, round(longer * _BRUSH))) if look.painted else colour
    return blended(luma(painted), painted, look.saturation)


def _finished(colour: Any, look: Look) -> Any:
    if look.glow:
        light = softened(colour, max(colour.width, colour.height) * _FOCUS)
        colour = colour + (colour / -255 + 1) * light * look.glow
    if look.vignette:
        colour = colour * shade(colour.width, colour.height, look.vignette)
    return colour + _grain(colour.width, colour.height) * look.grain if look.grain else colour


def _grain(width: int, height: int) -> Any:
    """Noise of mean 0 and deviation 1, the same for every picture of a size, so that equal requests give equal bytes."""
    return pyvips.Image.gaussnoise(width, height, mean=0, sigma=1, seed=1839)
