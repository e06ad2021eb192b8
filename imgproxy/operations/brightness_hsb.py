"""Brightness of hue, saturation, brightness."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from msgspec import Meta

from imgproxy.operations._bands import strongest, toned
from imgproxy.step import Scene, Step

if TYPE_CHECKING:
    import pyvips


class BrightnessHsb(Step, frozen=True, kw_only=True):
    """`e_brightness_hsb[:level]`: as `e_brightness`, but hue and saturation stay; level -99 to 100, default 80.

    The B of HSB is multiplied, and a colour stops growing when its strongest band is full.
    """

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("brightness_hsb",)
    examples: ClassVar[tuple[str, ...]] = ("e_brightness_hsb", "e_brightness_hsb:-50")

    level: Annotated[int, Meta(ge=-99, le=100)] = 80

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":  # noqa: ARG002 - the shape of a step
        """All bands of a pixel by one factor."""
        return toned(image, self._lit)

    def _lit(self, colour: Any) -> Any:
        factor = 1 + self.level / 100
        room = 255 / (strongest(colour) + 1e-6)
        return colour * (room < factor).ifthenelse(room, factor)
