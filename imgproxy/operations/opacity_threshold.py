"""Opacity threshold."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from imgproxy.step import Scene, Step

if TYPE_CHECKING:
    import pyvips


class OpacityThreshold(Step, frozen=True, kw_only=True):
    """`e_opacity_threshold[:level]`: hard edges; what is at least 1 to 100 percent there, default 50, is there, the rest not."""

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("opacity_threshold",)
    examples: ClassVar[tuple[str, ...]] = ("e_opacity_threshold", "e_opacity_threshold:90")

    level: Annotated[int, Meta(ge=1, le=100)] = 50

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":  # noqa: ARG002 - the shape of a step
        """A picture without alpha stays as it is."""
        if not image.hasalpha():
            return image
        alpha = image[3] >= self.level * 2.55
        return image[:3].bandjoin(alpha).copy(interpretation="srgb")
