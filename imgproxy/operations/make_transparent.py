"""Make a colour transparent."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta, field

from imgproxy.notation.colour import Colour
from imgproxy.operations._bands import masked
from imgproxy.operations._distance import lab, nearness, point
from imgproxy.step import Scene, Step

if TYPE_CHECKING:
    import pyvips


class MakeTransparent(Step, frozen=True, kw_only=True):
    """`e_make_transparent[:tolerance]` with `co_<colour>`: takes a colour out; tolerance 0 to 100, default 10.

    Without `co_` it is the colour of the top left pixel. Tolerance is a distance in CIELAB; the edge is soft.
    """

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("make_transparent",)
    examples: ClassVar[tuple[str, ...]] = (
        "e_make_transparent:25",
        "co_rgb:ebebf0,e_make_transparent",
    )

    tolerance: Annotated[int, Meta(ge=0, le=100)] = 10
    colour: Colour | None = field(default=None, name="co")

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":
        """Alpha times how far the colour is away."""
        out = self.colour or scene.once(
            id(self), lambda: Colour(*(int(v) for v in image(0, 0)[:3]))
        )
        away = lab(image) - point(out)
        apart = ((away * away).bandmean() * 3) ** 0.5
        # one step of tolerance stays for the rounding of 8 bit
        return masked(image, nearness(apart, self.tolerance + 1) * -255 + 255)
