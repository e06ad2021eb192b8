"""Shear."""

import math
from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from imgproxy.operations._warp import slanted
from imgproxy.step import Scene, Step

if TYPE_CHECKING:
    import pyvips

Angle = Annotated[float, Meta(ge=-80, le=80)]


class Shear(Step, frozen=True, kw_only=True):
    """`e_shear:<x>:<y>`: a parallelogram; x leans columns, y leans rows, each -80 to 80 degrees.

    The canvas grows to hold it; what is new is transparent.
    """

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("shear",)
    examples: ClassVar[tuple[str, ...]] = ("e_shear:20:0", "e_shear:-10:15")

    across: Angle
    down: Angle

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":
        """Positive x moves the bottom to the right, positive y the right side down."""
        if self.across == self.down == 0:
            return image
        lean, fall = math.tan(math.radians(self.across)), math.tan(math.radians(self.down))
        return slanted(image, [1, lean, fall, 1], scene)
