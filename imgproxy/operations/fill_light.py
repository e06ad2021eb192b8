"""Fill light."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from msgspec import Meta

from imgproxy.operations._bands import luma, toned, within
from imgproxy.operations._soften import softened
from imgproxy.step import Scene, Step

if TYPE_CHECKING:
    import pyvips

_SURROUNDINGS = 1 / 50
"""Sigma of what counts as one shadow, as a share of the longer side: the lamp does not flatten what is in it."""


class FillLight(Step, frozen=True, kw_only=True):
    """`e_fill_light[:amount][:bias]`: opens the shadows as a lamp behind the camera would.

    Amount 0 to 100, default 100. Bias -100 to 100, default 0, says what counts as shadow: more of the picture when
    positive, less when negative.
    """

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("fill_light",)
    examples: ClassVar[tuple[str, ...]] = ("e_fill_light", "e_fill_light:70:20")

    amount: Annotated[int, Meta(ge=0, le=100)] = 100
    bias: Annotated[int, Meta(ge=-100, le=100)] = 0

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":  # noqa: ARG002 - the shape of a step
        """Up to 2.2 times as light, by how dark the surroundings of a pixel are."""
        return toned(image, self._lit)

    def _lit(self, colour: Any) -> Any:
        around = softened(luma(colour), max(colour.width, colour.height) * _SURROUNDINGS) / 255
        shadow = within(around * (self.bias / 250 - 1.4) + (1 + self.bias / 200), 0, 1)
        gain = shadow * shadow * (1.2 * self.amount / 100)
        # near white the gain fades, so that nothing bright within a shadow is lost
        return colour + colour * gain * (1 - colour / 255 * 0.6)
