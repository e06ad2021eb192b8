"""Colorize."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta, field

from imgproxy.notation.colour import Colour
from imgproxy.operations._bands import toned
from imgproxy.step import Scene, Step

if TYPE_CHECKING:
    import pyvips

GREY = Colour(128, 128, 128)


class Colorize(Step, frozen=True, kw_only=True):
    """`e_colorize[:level]` with `co_<colour>`: mixed with one colour; level 0 to 100 percent, default 100.

    At 100 nothing but the colour is left, in the shape that alpha gives: a logo becomes white with `co_white`.
    Without `co_` the colour is grey.
    """

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("colorize",)
    examples: ClassVar[tuple[str, ...]] = ("co_rgb:1d4ed8,e_colorize:40", "co_white,e_colorize")

    level: Annotated[int, Meta(ge=0, le=100)] = 100
    colour: Colour = field(default=GREY, name="co")

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":  # noqa: ARG002 - the shape of a step
        """Between the picture and the colour by level."""
        share = self.level / 100
        paint = [value * share for value in self.colour.rgb]
        return toned(image, lambda colour: colour * (1 - share) + paint)
