"""Theme: as if the page behind a screenshot had another background."""

import re
from typing import TYPE_CHECKING, Any, ClassVar, Self

import msgspec
import pyvips

from imgproxy.notation.colour import Colour
from imgproxy.notation.number import read_integer
from imgproxy.operations._bands import toned
from imgproxy.operations._distance import from_lab, lab, point
from imgproxy.step import Scene, Step

if TYPE_CHECKING:
    from collections.abc import Sequence

_TEXT = re.compile(r"color_(.+?)(?::photosensitivity_([^:]*))?")
_RIM = 0.04
"""Width of the edge that shows the background, as a share of the shorter side."""
_COLOURFUL = 40.0
"""Chroma from which on a pixel is content that keeps its own lightness a little."""


class Scheme(msgspec.Struct, frozen=True):
    """The new background, and how much contrast the content has with it in percent."""

    colour: Colour
    photosensitivity: int = 100

    @classmethod
    def parse(cls, text: str) -> Self:
        """`color_black`, `color_rgb:0f172a:photosensitivity_110`."""
        match = _TEXT.fullmatch(text)
        if match is None:
            raise ValueError("color_<colour>, then photosensitivity_0-200")
        return cls(
            Colour.parse(match[1]), read_integer(match[2], 0, 200) if match[2] is not None else 100
        )

    def __str__(self) -> str:
        return f"color_{self.colour}:photosensitivity_{self.photosensitivity}"


class Theme(Step, frozen=True, kw_only=True):
    """`e_theme:color_<colour>[:photosensitivity_<n>]`: a light screenshot turned dark, or the other way round.

    The background, seen at the edges, becomes the colour; what is farthest from it in lightness becomes its opposite, and
    hues stay. Photosensitivity 0 to 200, default 100: how far pixels move away from the new background.
    """

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("theme",)
    examples: ClassVar[tuple[str, ...]] = (
        "e_theme:color_black",
        "e_theme:color_rgb:fef3c7:photosensitivity_60",
    )

    scheme: Scheme

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":
        """A line through lightness, and the colour's tint on what is background."""
        ground = scene.once(id(self), lambda: _background(image))
        return toned(image, lambda colour: self._lit(colour, ground))

    def _lit(self, colour: Any, ground: "Sequence[float]") -> Any:
        here, goal = lab(colour), point(self.scheme.colour)
        far, opposite = (100.0 if base < 50 else 0.0 for base in (ground[0], goal[0]))
        slope = (opposite - goal[0]) / (far - ground[0] or 1.0)
        contrast = slope * self.scheme.photosensitivity / 100
        light = ((here[0] - ground[0]) * contrast + goal[0]).clamp(min=0, max=100)
        chroma = (here[1] ** 2 + here[2] ** 2) ** 0.5
        share = (chroma / -_COLOURFUL * 0.4 + 1).clamp(min=0.6, max=1)
        near = ((here[0] - ground[0]).abs() / -25 + 1).clamp(min=0, max=1) * share
        tint = [here[axis] + near * (goal[axis] - ground[axis]) for axis in (1, 2)]
        return from_lab((here[0] + (light - here[0]) * share).bandjoin(tint))


def _background(image: "pyvips.Image") -> list[float]:
    """CIELAB of the rim: the median of each band, which a logo at one edge does not move."""
    colour = image[:3]
    rim = max(1, round(min(image.width, image.height) * _RIM))
    across = colour.crop(0, 0, image.width, rim).join(
        colour.crop(0, image.height - rim, image.width, rim), "horizontal"
    )
    upright = colour.crop(0, 0, rim, image.height).join(
        colour.crop(image.width - rim, 0, rim, image.height), "vertical"
    )
    both = across.join(upright.rot90(), "horizontal")
    return point(Colour(*(both[band].percent(50) for band in range(3))))
