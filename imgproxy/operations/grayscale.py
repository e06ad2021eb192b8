"""Grayscale."""

from typing import TYPE_CHECKING, ClassVar

from imgproxy.operations._bands import luma, toned
from imgproxy.step import Scene, Step

if TYPE_CHECKING:
    import pyvips


class Grayscale(Step, frozen=True, kw_only=True):
    """`e_grayscale`: every pixel as bright as it was, without colour."""

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("grayscale",)
    examples: ClassVar[tuple[str, ...]] = ("e_grayscale",)

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":  # noqa: ARG002 - the shape of a step
        """Rec. 709 brightness in all three bands."""
        return toned(image, lambda colour: luma(colour).bandjoin([luma(colour)] * 2))
