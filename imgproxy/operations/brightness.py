"""Brightness."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from imgproxy.operations._curves import curved
from imgproxy.step import Scene, Step

if TYPE_CHECKING:
    import pyvips


class Brightness(Step, frozen=True, kw_only=True):
    """`e_brightness[:level]`: lighter or darker; level -99 to 100 percent, default 80.

    Every band is multiplied: 100 doubles it, -50 halves it. Highlights lose their colour when they reach white.
    """

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("brightness",)
    examples: ClassVar[tuple[str, ...]] = ("e_brightness", "e_brightness:30", "e_brightness:-50")

    level: Annotated[int, Meta(ge=-99, le=100)] = 80

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":  # noqa: ARG002 - the shape of a step
        """A straight line through black."""
        return curved(image, lambda value: value * (1 + self.level / 100))
