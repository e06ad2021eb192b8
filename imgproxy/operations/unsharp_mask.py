"""Unsharp mask."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from msgspec import Meta

from imgproxy.operations._bands import toned
from imgproxy.operations.sharpen import detail
from imgproxy.step import Scene, Step

if TYPE_CHECKING:
    import pyvips

_SIGMA_PX = 2.0
_NOISE = 3.0
"""Differences up to here are taken for noise and grain, and left alone."""


class UnsharpMask(Step, frozen=True, kw_only=True):
    """`e_unsharp_mask[:strength]`: crisper edges, quiet surfaces; strength 1 to 2000, default 100, is a percentage.

    Wider than `e_sharpen` (2 px) and with a threshold, so that grain does not grow.
    """

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("unsharp_mask",)
    examples: ClassVar[tuple[str, ...]] = ("e_unsharp_mask", "e_unsharp_mask:400")

    strength: Annotated[int, Meta(ge=1, le=2000)] = 100

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":  # noqa: ARG002 - the shape of a step
        """Brightness alone, what exceeds the noise."""
        return toned(image, lambda colour: colour + _edges(colour) * (self.strength / 100))


def _edges(colour: Any) -> Any:
    found = detail(colour, _SIGMA_PX)
    return (found.abs() > _NOISE).ifthenelse(found - found.sign() * _NOISE, 0)
