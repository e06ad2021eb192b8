"""Gamma."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from imgproxy.operations._curves import curved
from imgproxy.step import Scene, Step

if TYPE_CHECKING:
    import pyvips


class Gamma(Step, frozen=True, kw_only=True):
    """`e_gamma[:level]`: middle tones lighter or darker, black and white stay; level -50 to 150, default 0.

    A value of 0 to 1 is raised to the power of 100 / (100 + level): 100 takes the square root, -50 the square.
    """

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("gamma",)
    examples: ClassVar[tuple[str, ...]] = ("e_gamma:50", "e_gamma:-40")

    level: Annotated[int, Meta(ge=-50, le=150)] = 0

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":  # noqa: ARG002 - the shape of a step
        """All bands along one power."""
        return curved(image, lambda value: value ** (100 / (100 + self.level)))
