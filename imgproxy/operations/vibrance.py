"""Vibrance."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from msgspec import Meta

from imgproxy.operations._bands import luma, strongest, toned, weakest
from imgproxy.step import Scene, Step

if TYPE_CHECKING:
    import pyvips


class Vibrance(Step, frozen=True, kw_only=True):
    """`e_vibrance[:level]`: saturation for the pale colours, little for the strong ones; level -100 to 100, default 20.

    Skin and skies gain before what is already loud. At 100 a nearly grey pixel gets three times its colour; at -100 it
    loses it all.
    """

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("vibrance",)
    examples: ClassVar[tuple[str, ...]] = ("e_vibrance", "e_vibrance:90", "e_vibrance:-70")

    level: Annotated[int, Meta(ge=-100, le=100)] = 20

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":  # noqa: ARG002 - the shape of a step
        """Away from grey by how pale each pixel is."""
        return toned(image, lambda colour: enlivened(colour, self.level / 100))


def enlivened(colour: Any, share: float) -> Any:
    """Three bands with vibrance -1 to 1; not rounded."""
    reach = share * 2 if share > 0 else share
    paleness = 1 - (strongest(colour) - weakest(colour)) / 255
    bright = luma(colour)
    return bright + (colour - bright) * (1 + paleness * reach)
