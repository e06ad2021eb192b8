"""Background: a colour behind what is transparent."""

from typing import TYPE_CHECKING, ClassVar

from imgproxy.notation.colour import Colour
from imgproxy.step import Phase, Scene, Step

if TYPE_CHECKING:
    import pyvips


class Background(Step, frozen=True, kw_only=True):
    """`b_<colour>`: fills transparent parts, also the corners of `r_` and the new corners of `a_`.

    With a padding mode in the same component it is the colour of the canvas instead.
    """

    key: ClassVar[str] = "b"
    wakes: ClassVar[tuple[str, ...]] = ("b",)
    phase: ClassVar[Phase] = Phase.BACKGROUND
    examples: ClassVar[tuple[str, ...]] = ("b_rgb:0f172a", "b_lightblue,r_max", "b_transparent")

    colour: Colour

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":  # noqa: ARG002 - the shape of a step
        """Alpha composed over the colour; a see-through colour keeps as much alpha as it has itself."""
        if not image.hasalpha() or self.colour.alpha == 0:
            return image
        if self.colour.alpha == 255:
            return image.flatten(background=self.colour.rgb)
        sheet = image.new_from_image(self.colour.rgba).copy(interpretation="srgb")
        return sheet.composite2(image, "over").cast("uchar")
