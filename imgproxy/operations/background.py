"""Background: a colour behind what is transparent."""

from typing import TYPE_CHECKING, ClassVar

from imgproxy.notation.backdrop import Backdrop
from imgproxy.operations._backdrop import sheet
from imgproxy.operations._bands import settled
from imgproxy.step import Phase, Scene, Step
from imgproxy.values import Size

if TYPE_CHECKING:
    import pyvips


class Background(Step, frozen=True, kw_only=True):
    """`b_<colour>`: fills transparent parts, also the corners of `r_` and the new corners of `a_`.

    `b_auto…` and `b_blurred…` fill with colours of the picture, or with itself.
    With a padding mode in the same component it is what the canvas shows instead.
    """

    key: ClassVar[str] = "b"
    wakes: ClassVar[tuple[str, ...]] = ("b",)
    phase: ClassVar[Phase] = Phase.BACKGROUND
    examples: ClassVar[tuple[str, ...]] = (
        "b_rgb:0f172a",
        "b_lightblue,r_max",
        "b_transparent",
        "b_auto,r_max",
    )

    backdrop: Backdrop

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":  # noqa: ARG002 - the shape of a step
        """Alpha composed over the colour; a see-through colour keeps as much alpha as it has itself."""
        if not image.hasalpha():
            return image
        if self.backdrop.kind != "colour":
            ground = sheet(image, self.backdrop, Size(image.width, image.height))
            return settled(ground.composite2(image, "over")[:3])
        colour = self.backdrop.colour
        if colour.alpha == 0:
            return image
        if colour.alpha == 255:
            return image.flatten(background=colour.rgb)
        ground = image.new_from_image(colour.rgba).copy(interpretation="srgb")
        return ground.composite2(image, "over").cast("uchar")
