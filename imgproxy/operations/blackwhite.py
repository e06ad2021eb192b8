"""Black and white."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from msgspec import Meta

from imgproxy.operations._bands import luma, toned
from imgproxy.step import Scene, Step

if TYPE_CHECKING:
    import pyvips


class BlackWhite(Step, frozen=True, kw_only=True):
    """`e_blackwhite[:threshold]`: two tones without grey; what is brighter than 0 to 100 percent, default 50, is white."""

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("blackwhite",)
    examples: ClassVar[tuple[str, ...]] = ("e_blackwhite", "e_blackwhite:30")

    threshold: Annotated[int, Meta(ge=0, le=100)] = 50

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":  # noqa: ARG002 - the shape of a step
        """By Rec. 709 brightness."""
        return toned(image, self._split)

    def _split(self, colour: Any) -> Any:
        white = luma(colour) >= self.threshold * 2.55
        return white.bandjoin([white, white])
