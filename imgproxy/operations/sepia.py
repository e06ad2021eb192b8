"""Sepia."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from imgproxy.operations._bands import blended, mixed, toned
from imgproxy.step import Scene, Step

if TYPE_CHECKING:
    import pyvips

SEPIA = ((0.393, 0.769, 0.189), (0.349, 0.686, 0.168), (0.272, 0.534, 0.131))
"""Rows give red, green and blue of the print: the matrix of the Filter Effects Module, `sepia(1)`."""


class Sepia(Step, frozen=True, kw_only=True):
    """`e_sepia[:level]`: browned like an old print; level 1 to 100 percent, default 80."""

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("sepia",)
    examples: ClassVar[tuple[str, ...]] = ("e_sepia", "e_sepia:40")

    level: Annotated[int, Meta(ge=1, le=100)] = 80

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":  # noqa: ARG002 - the shape of a step
        """Between the colours and their brown by level."""
        return toned(image, lambda colour: blended(colour, mixed(colour, SEPIA), self.level / 100))
