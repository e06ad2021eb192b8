"""Scale: exactly the sides asked for, stretched where both are given."""

from typing import ClassVar

from imgproxy import geometry
from imgproxy.geometry import Box, Plan
from imgproxy.operations._resize import Resize
from imgproxy.values import Size


class Scale(Resize, frozen=True, kw_only=True):
    """`c_scale` (the default when only `w` or `h` is written): to the given sides, enlarging and shrinking.

    With one side the ratio is kept; with two the picture is stretched.
    """

    names: ClassVar[tuple[str, ...]] = ("scale",)
    wakes: ClassVar[tuple[str, ...]] = ("w", "h", "ar")
    placed: ClassVar[bool] = False
    examples: ClassVar[tuple[str, ...]] = ("c_scale,w_300", "w_300,h_120", "ar_1.0,c_scale,w_0.5")

    mode: str = "scale"

    def arrange(self, size: Size, asked: Box) -> Plan:
        """Exactly the box."""
        return geometry.scale(size, asked)
