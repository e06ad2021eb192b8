"""Scale: exactly the sides asked for, stretched where both are given."""

from typing import ClassVar, Self

from msgspec import structs

from imgproxy import geometry
from imgproxy.geometry import Box, Plan
from imgproxy.operations._resize import Resize
from imgproxy.step import Bag
from imgproxy.values import Size


class Scale(Resize, frozen=True, kw_only=True):
    """`c_scale` (the default when only `w` or `h` is written): to the given sides, enlarging and shrinking.

    `w_auto[:step[:fallback]]`, here and in every other mode, takes the width from the client's hints, up to the next
    multiple of the step (100); without hints the fallback, or the whole width.  With one side the ratio is kept; with two, or with `fl_ignore_aspect_ratio`, the picture is stretched.
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

    def canonical(self) -> tuple[str, ...]:
        """As any step, and the flag."""
        return super().canonical() + (("fl_ignore_aspect_ratio",) if self.stretched else ())

    def arrange(self, size: Size, asked: Box) -> Plan:
        """Exactly the box; stretched, the side that is not given stays."""
        if self.stretched:
            asked = Box(asked.width or size.width, asked.height or size.height)
        return geometry.scale(size, asked)
