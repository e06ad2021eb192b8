"""Shadow."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta, field

from imgproxy.notation.colour import BLACK, Colour
from imgproxy.notation.length import Offset
from imgproxy.operations._bands import settled, with_alpha
from imgproxy.operations._canvas import admit
from imgproxy.operations._silhouette import over, painted, softly
from imgproxy.step import Scene, Step

if TYPE_CHECKING:
    import pyvips

_SIGMA_SHARE = 1 / 80
"""Of the longer side: 5 px at 400."""
_NEAR = Offset(10)


class Shadow(Step, frozen=True, kw_only=True):
    """`e_shadow[:strength]` with `co_<colour>`, `x`, `y`: a soft shadow behind; strength 0 to 100, default 40, is how dark.

    It falls by `x` and `y` (default 10 px each) to the right and down. The canvas grows as far as it reaches.
    """

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("shadow",)
    examples: ClassVar[tuple[str, ...]] = (
        "e_shadow",
        "e_shadow:80,x_-6,y_8",
        "co_rgb:1d4ed8,e_shadow:60,x_0,y_0.1",
    )

    strength: Annotated[int, Meta(ge=0, le=100)] = 40
    colour: Colour = field(default=BLACK, name="co")
    across: Offset = field(default=_NEAR, name="x")
    down: Offset = field(default=_NEAR, name="y")

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":
        """Picture over its blurred, moved silhouette."""
        image = with_alpha(image)
        sigma = max(1.0, max(image.width, image.height) * _SIGMA_SHARE)
        reach = round(2.5 * sigma)
        x, y = self.across.pixels(image.width, scene.dpr), self.down.pixels(image.height, scene.dpr)
        left, right = max(0, reach - x), max(0, reach + x)
        top, bottom = max(0, reach - y), max(0, reach + y)
        size = admit(image.width + left + right, image.height + top + bottom, scene)
        shape = settled(image[3] * (self.strength / 100)).embed(left + x, top + y, *size)
        return over(image.embed(left, top, *size), painted(softly(shape, sigma), self.colour))
