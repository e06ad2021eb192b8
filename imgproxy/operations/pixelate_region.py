"""Pixelation of a rectangle."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from imgproxy.operations._region import Regional
from imgproxy.operations.pixelate import automatic, pixelated

if TYPE_CHECKING:
    import pyvips


class PixelateRegion(Regional, frozen=True, kw_only=True):
    """`e_pixelate_region[:size]` with `x`, `y`, `w`, `h`: squares of one colour in a rectangle; size as `e_pixelate`.

    Pixels, or fractions of the picture; from the top left corner; a missing side reaches to the edge.
    """

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("pixelate_region",)
    examples: ClassVar[tuple[str, ...]] = (
        "e_pixelate_region:8,h_40,w_48,x_16,y_8",
        "e_pixelate_region,w_0.5",
    )

    size: Annotated[int, Meta(ge=1, le=200)] | None = None

    def changed(self, image: "pyvips.Image") -> "pyvips.Image":
        """Squares on the grid of the whole picture."""
        return pixelated(image, self.size or automatic(image))
