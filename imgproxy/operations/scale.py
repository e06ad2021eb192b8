"""Scale: exactly the sides asked for, stretched where both are given."""

from typing import TYPE_CHECKING, ClassVar, Self

from msgspec import structs

from imgproxy import geometry
from imgproxy.geometry import Box, Plan
from imgproxy.notation.gravity import LIQUID, Gravity
from imgproxy.operations import _seams as seams
from imgproxy.operations._resize import Resize
from imgproxy.step import Bag, Scene
from imgproxy.values import Size

if TYPE_CHECKING:
    import pyvips


class Scale(Resize, frozen=True, kw_only=True):
    """`c_scale` (the default when only `w` or `h` is written): to the given sides, enlarging and shrinking.

    `w_auto[:step[:fallback]]`, here and in every other mode, takes the width from the client's hints, up to the next
    multiple of the step (100); without hints the fallback, or the whole width.
    `w_auto:breakpoints[_<least>_<greatest>_<KB>_<most>][:fallback]` takes the next of at most `most` widths (50, 1000, 20,
    20) that differ by about so many KB in a photo; with `:json` at its end the answer lists them.  With one side the ratio is kept; with two,
    or with `fl_ignore_aspect_ratio`, the picture is stretched.

    `g_liquid` stretches nothing: the box is covered, and what is too much goes in winding seams where least is to be seen
    (at most half of a side; beyond that it is stretched after all).
    """

    names: ClassVar[tuple[str, ...]] = ("scale",)
    wakes: ClassVar[tuple[str, ...]] = ("w", "h", "ar")
    placed: ClassVar[bool] = False
    flags: ClassVar[tuple[str, ...]] = ("ignore_aspect_ratio",)
    spoken: ClassVar[frozenset[str]] = frozenset({"mode", "stretched"})
    examples: ClassVar[tuple[str, ...]] = (
        "c_scale,w_300",
        "w_300,h_120",
        "ar_1.0,c_scale,w_0.5",
        "c_scale,fl_ignore_aspect_ratio,w_40",
        "w_auto:50:60",
        "w_auto:breakpoints_20_90_1_4:60",
        "c_scale,g_liquid,h_72,w_64",
        "c_scale,g_liquid,h_45,w_96",
    )

    mode: str = "scale"
    stretched: bool = False

    @classmethod
    def take(cls, name: str, value: str, bag: Bag) -> Self:
        """As any resize; the flag counts where one side is given alone."""
        flagged = bag.claim("fl_ignore_aspect_ratio") is not None
        step = super().take(name, value, bag)
        alone = (step.width is None) != (step.height is None) and step.ratio is None
        return structs.replace(step, stretched=flagged and alone)

    @classmethod
    def where(cls, gravity: Gravity) -> Gravity:
        """Nothing is placed, so that only this one means something."""
        return LIQUID if gravity == LIQUID else super().where(gravity)

    def canonical(self) -> tuple[str, ...]:
        """As any step, and the flag."""
        return super().canonical() + (("fl_ignore_aspect_ratio",) if self.stretched else ())

    def arrange(self, size: Size, asked: Box) -> Plan:
        """Exactly the box; stretched, the side that is not given stays."""
        if self.stretched:
            asked = Box(asked.width or size.width, asked.height or size.height)
        return (
            geometry.liquid(size, asked) if self.gravity == LIQUID else geometry.scale(size, asked)
        )

    def _cut(self, image: "pyvips.Image", inner: Size, scene: Scene) -> "pyvips.Image":
        """Seams for a window, which nothing but `g_liquid` plans here."""

        def found() -> "pyvips.Image":
            return seams.shifts(image, inner, self.faces(image, scene))

        return seams.carved(image, inner, scene.once((id(self), inner), found))
