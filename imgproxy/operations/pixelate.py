"""Pixelate."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from imgproxy.operations._bands import weighted
from imgproxy.step import Scene, Step

if TYPE_CHECKING:
    import pyvips

_AUTOMATIC_SQUARES = 25
"""Along the longer side when no size is written: a face is no longer told from another, a scene still is."""


class Pixelate(Step, frozen=True, kw_only=True):
    """`e_pixelate[:size]`: squares of one colour; size 1 to 200 px, automatic from the picture's size when missing."""

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("pixelate",)
    examples: ClassVar[tuple[str, ...]] = ("e_pixelate", "e_pixelate:12")

    size: Annotated[int, Meta(ge=1, le=200)] | None = None

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":  # noqa: ARG002 - the shape of a step
        """Squares start at the top left corner."""
        return pixelated(image, self.size or automatic(image))


def automatic(image: "pyvips.Image") -> int:
    """The square for a picture whose URL names none, in pixels."""
    longer: int = max(image.width, image.height)
    return max(2, round(longer / _AUTOMATIC_SQUARES))


def pixelated(image: "pyvips.Image", side: int) -> "pyvips.Image":
    """Squares of `side` pixels in their mean colour; those cut by an edge are filled up with the edge's colour."""
    across, down = -(-image.width // side), -(-image.height // side)
    grid = image.embed(0, 0, across * side, down * side, extend="copy")
    mosaic = weighted(grid, lambda bands: bands.shrink(side, side)).zoom(side, side)
    return mosaic.crop(0, 0, image.width, image.height)
