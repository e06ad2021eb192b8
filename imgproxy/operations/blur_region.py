"""Blur of a rectangle."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from imgproxy.operations._bands import weighted
from imgproxy.operations._region import Regional
from imgproxy.operations._soften import softened
from imgproxy.operations.blur import SIGMA_PER_STRENGTH

if TYPE_CHECKING:
    import pyvips


class BlurRegion(Regional, frozen=True, kw_only=True):
    """`e_blur_region[:strength]` with `x`, `y`, `w`, `h`: blurs a rectangle; strength 1 to 2000, default 100, as `e_blur`.

    Pixels, or fractions of the picture; from the top left corner; a missing side reaches to the edge.
    """

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("blur_region",)
    examples: ClassVar[tuple[str, ...]] = (
        "e_blur_region:400,h_30,w_40,x_20,y_15",
        "e_blur_region:900,h_0.5,y_0.5",
    )

    strength: Annotated[int, Meta(ge=1, le=2000)] = 100

    def changed(self, image: "pyvips.Image") -> "pyvips.Image":
        """As `e_blur`; around the rectangle's edge neighbours from outside flow in, as through frosted glass."""
        return weighted(image, lambda bands: softened(bands, self.strength * SIGMA_PER_STRENGTH))
