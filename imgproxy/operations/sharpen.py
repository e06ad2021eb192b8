"""Sharpen."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from imgproxy.operations._bands import luma, toned
from imgproxy.step import Scene, Step

if TYPE_CHECKING:
    import pyvips


class Sharpen(Step, frozen=True, kw_only=True):
    """`e_sharpen[:strength]`: crisper fine detail; strength 1 to 2000, default 100, is a percentage.

    At 100 the difference to a blur of 0.8 px is added once, which brings back what scaling down took.
    """

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("sharpen",)
    examples: ClassVar[tuple[str, ...]] = ("e_sharpen", "e_sharpen:400")

    strength: Annotated[int, Meta(ge=1, le=2000)] = 100

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":  # noqa: ARG002 - the shape of a step
        """Detail of brightness alone, so that edges get no coloured seams."""
        return toned(image, lambda colour: colour + detail(colour, 0.8) * (self.strength / 100))


def detail(colour: "pyvips.Image", sigma_px: float) -> "pyvips.Image":
    """One band: how much brighter each pixel is than its surroundings."""
    bright = luma(colour)
    return bright - bright.gaussblur(sigma_px, min_ampl=0.01)
