"""Negate."""

from typing import TYPE_CHECKING, ClassVar

from imgproxy.operations._curves import curved
from imgproxy.step import Scene, Step

if TYPE_CHECKING:
    import pyvips


class Negate(Step, frozen=True, kw_only=True):
    """`e_negate`: the negative; light is dark and every colour its complement."""

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("negate",)
    examples: ClassVar[tuple[str, ...]] = ("e_negate",)

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":  # noqa: ARG002 - the shape of a step
        """Every band upside down."""
        return curved(image, lambda value: 1 - value)
