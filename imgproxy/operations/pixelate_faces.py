"""Pixelation of faces."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from imgproxy.operations._faces import Spot
from imgproxy.operations.pixelate import pixelated

if TYPE_CHECKING:
    import pyvips

_AUTOMATIC_SQUARES = 8
"""Along the height of a face when no size is written: too few for a likeness."""


class PixelateFaces(Spot, frozen=True, kw_only=True):
    """`e_pixelate_faces[:size]`: squares of one colour over faces; size 1 to 200 px, automatic from each face when missing.

    Needs the extra `faces`; without it, and where no face is found, nothing changes.
    """

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("pixelate_faces",)
    examples: ClassVar[tuple[str, ...]] = ("e_pixelate_faces", "e_pixelate_faces:3")

    size: Annotated[int, Meta(ge=1, le=200)] | None = None

    def changed(self, part: "pyvips.Image", side: int) -> "pyvips.Image":
        """Squares that start at the corner of the face's rectangle."""
        return pixelated(part, self.size or max(2, round(side / _AUTOMATIC_SQUARES)))
