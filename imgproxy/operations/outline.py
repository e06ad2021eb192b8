"""Outline."""

from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Self

import msgspec
from msgspec import field

from imgproxy.notation.colour import BLACK, Colour
from imgproxy.notation.number import read_integer, round_half_up
from imgproxy.operations._bands import with_alpha
from imgproxy.operations._canvas import admit
from imgproxy.operations._silhouette import grown, over, painted, softly
from imgproxy.step import Scene, Step

if TYPE_CHECKING:
    import pyvips

_SIGMA_PER_BLUR = 1 / 20
"""As `e_blur` would, but its scale ends at 200 instead of 2000."""


class Side(StrEnum):
    """Where the line runs, and whether the picture stays."""

    OUTER = "outer"
    INNER = "inner"
    FILL = "fill"
    INNER_FILL = "inner_fill"


class Line(msgspec.Struct, frozen=True):
    """Side, width in pixels (1 to 100) and blur (0 to 200)."""

    side: Side = Side.OUTER
    width: int = 5
    blur: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """`[side][:width][:blur]`."""
        parts = text.split(":") if text else []
        side = Side(parts.pop(0)) if parts and parts[0] in list(Side) else Side.OUTER
        if len(parts) > 2:
            raise ValueError(_EXPECTED)
        try:
            numbers = [
                read_integer(part, *bounds) for part, bounds in zip(parts, _BOUNDS, strict=False)
            ]
        except ValueError:
            raise ValueError(_EXPECTED) from None
        return cls(side, *numbers)

    def __str__(self) -> str:
        return f"{self.side}:{self.width}:{self.blur}"


_BOUNDS = ((1, 100), (0, 200))
_EXPECTED = "outer, inner, fill or inner_fill, then a width of 1 to 100 and a blur of 0 to 200"


class Outline(Step, frozen=True, kw_only=True):
    """`e_outline[:side][:width][:blur]` with `co_<colour>`: a line around the shape that alpha draws.

    `outer` (the default) runs outside and the canvas grows for it; `inner` runs inside; `fill` is the outer shape all in
    colour, `inner_fill` the picture's own. Width 1 to 100 px, default 5, times `dpr`; blur 0 to 200, default 0; black without `co_`.
    """

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("outline",)
    examples: ClassVar[tuple[str, ...]] = (
        "co_orange,e_outline:4",
        "co_red,e_outline:inner:3",
        "co_rgb:00f,e_outline:outer:6:60",
        "co_teal,e_outline:fill:4",
        "e_outline:inner_fill",
    )

    line: Line = Line()
    colour: Colour = field(default=BLACK, name="co")

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":
        """The line under the picture when outside, over it when inside."""
        image, px = with_alpha(image), self.line.width * scene.dpr
        sigma = self.line.blur * _SIGMA_PER_BLUR * scene.dpr
        if self.line.side in {Side.INNER, Side.INNER_FILL}:
            return self._inside(image, px, sigma)
        image = _roomy(image, round_half_up(px + 2 * sigma), scene)
        shape = painted(softly(grown(image[3], px), sigma), self.colour)
        return shape if self.line.side is Side.FILL else over(image, shape)

    def _inside(self, image: "pyvips.Image", px: float, sigma: float) -> "pyvips.Image":
        if self.line.side is Side.INNER_FILL:
            return painted(image[3], self.colour)
        # a rim of nothing, so that the canvas edge counts as an edge of the shape
        outside = (image[3].embed(1, 1, image.width + 2, image.height + 2)) ^ 255
        rim = softly(grown(outside, px), sigma).crop(1, 1, image.width, image.height)
        line = painted(rim, self.colour)
        return over(line, image)[:3].bandjoin(image[3]).copy(interpretation="srgb")


def _roomy(image: "pyvips.Image", px: int, scene: Scene) -> "pyvips.Image":
    width, height = admit(image.width + 2 * px, image.height + 2 * px, scene)
    return image.embed(px, px, width, height)
