"""Vignette."""

from typing import Annotated, Any, ClassVar

import pyvips
from msgspec import Meta

from imgproxy.operations._bands import toned, within
from imgproxy.step import Scene, Step


class Vignette(Step, frozen=True, kw_only=True):
    """`e_vignette[:strength]`: darker towards the corners, as through an old lens; strength 0 to 100, default 20.

    At 100 the corners are black and the fall begins near the middle.
    """

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("vignette",)
    examples: ClassVar[tuple[str, ...]] = ("e_vignette", "e_vignette:60", "e_vignette:100")

    strength: Annotated[int, Meta(ge=0, le=100)] = 20

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":  # noqa: ARG002 - the shape of a step
        """Colour times an ellipse that fits the picture."""
        return toned(
            image, lambda colour: colour * shade(image.width, image.height, self.strength / 100)
        )


def shade(width: int, height: int, strength: float) -> Any:
    """One band of factors: 1 in the middle, `(1 - strength)²` in the corners, smooth between."""
    at = pyvips.Image.xyz(width, height)
    x, y = (at[0] + 0.5) / (width / 2) - 1, (at[1] + 0.5) / (height / 2) - 1
    corner = ((x * x + y * y) / 2) ** 0.5
    start = 0.65 - 0.45 * strength
    fall = within((corner - start) / (1 - start), 0, 1)
    smooth = fall * fall * (fall * -2 + 3)
    return smooth * ((1 - strength) ** 2 - 1) + 1
