"""Saturation."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from imgproxy.operations._bands import blended, luma, toned
from imgproxy.step import Scene, Step

if TYPE_CHECKING:
    import pyvips


class Saturation(Step, frozen=True, kw_only=True):
    """`e_saturation[:level]`: stronger or paler colours; level -100 (grey) to 100 (twice), default 80."""

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("saturation",)
    examples: ClassVar[tuple[str, ...]] = ("e_saturation", "e_saturation:-50")

    level: Annotated[int, Meta(ge=-100, le=100)] = 80

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":  # noqa: ARG002 - the shape of a step
        """Away from the grey of the same brightness, or towards it."""
        return toned(image, lambda colour: blended(luma(colour), colour, 1 + self.level / 100))
