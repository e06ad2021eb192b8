"""Blur of faces."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from imgproxy.operations._bands import weighted
from imgproxy.operations._faces import Spot
from imgproxy.operations._soften import softened

if TYPE_CHECKING:
    import pyvips

_SIGMA_PER_FACE = 1 / 4000
"""500 blurs a face by a sixth of its height, whatever the picture's size: eyes and mouth are one shade."""


class BlurFaces(Spot, frozen=True, kw_only=True):
    """`e_blur_faces[:strength]`: makes faces unrecognisable; strength 1 to 2000, default 500.

    The blur grows with the face, so a near and a far one are hidden alike. Needs the extra `faces`; without it, and
    where no face is found, nothing changes.
    """

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("blur_faces",)
    examples: ClassVar[tuple[str, ...]] = ("e_blur_faces", "e_blur_faces:2000")

    strength: Annotated[int, Meta(ge=1, le=2000)] = 500

    def changed(self, part: "pyvips.Image", side: int) -> "pyvips.Image":
        """A Gaussian blur."""
        sigma = self.strength * side * _SIGMA_PER_FACE
        return weighted(part, lambda bands: softened(bands, sigma))
