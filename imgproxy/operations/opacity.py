"""Opacity."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from imgproxy.operations._bands import settled, with_alpha
from imgproxy.step import Phase, Scene, Step

if TYPE_CHECKING:
    import pyvips


class Opacity(Step, frozen=True, kw_only=True):
    """`o_0` to `o_100`: how much of the picture is there, in percent; the rest shows what is behind."""

    key: ClassVar[str] = "o"
    phase: ClassVar[Phase] = Phase.OPACITY
    examples: ClassVar[tuple[str, ...]] = ("o_50", "b_white,o_20")

    percent: Annotated[int, Meta(ge=0, le=100)]

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":  # noqa: ARG002 - the shape of a step
        """Alpha by the share; a picture without becomes one with."""
        image = with_alpha(image)
        alpha = settled(image[3] * (self.percent / 100))
        return image[:3].bandjoin(alpha).copy(interpretation="srgb")
