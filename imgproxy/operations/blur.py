"""Blur."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from imgproxy.operations._bands import weighted
from imgproxy.operations._soften import softened
from imgproxy.step import Scene, Step

if TYPE_CHECKING:
    import pyvips

SIGMA_PER_STRENGTH = 1 / 50
"""100 softens skin and edges of a 400 px picture (2 px), 1000 leaves shapes (20 px), 2000 colours only (40 px)."""


class Blur(Step, frozen=True, kw_only=True):
    """`e_blur[:strength]`: a Gaussian blur; strength 1 to 2000, default 100, is 50 times sigma in pixels.

    The same strength looks stronger in a smaller picture, so blur after resizing.
    """

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("blur",)
    examples: ClassVar[tuple[str, ...]] = ("e_blur", "e_blur:400", "e_blur:2000")

    strength: Annotated[int, Meta(ge=1, le=2000)] = 100

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":  # noqa: ARG002 - the shape of a step
        """Alpha is blurred too: the edge of a cut-out becomes soft."""
        return weighted(image, lambda bands: softened(bands, self.strength * SIGMA_PER_STRENGTH))
