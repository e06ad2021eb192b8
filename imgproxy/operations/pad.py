"""Pad: the whole picture on a canvas of exactly the box."""

from typing import ClassVar

from msgspec import field

from imgproxy import geometry
from imgproxy.geometry import Box, Plan
from imgproxy.notation.colour import TRANSPARENT, Colour
from imgproxy.operations._resize import Resize
from imgproxy.values import Size


class Pad(Resize, frozen=True, kw_only=True):
    """`c_pad`, `c_lpad` (never enlarges the picture), `c_mpad` (never scales it): on a canvas of colour `b`.

    Without `b` the canvas is transparent, or white where the format has no transparency. `g` says where it lies.
    """

    names: ClassVar[tuple[str, ...]] = ("pad", "lpad", "mpad")
    examples: ClassVar[tuple[str, ...]] = (
        "b_rgb:0f172a,c_pad,h_300,w_300",
        "c_pad,g_north,h_300,w_300",
        "b_silver,c_lpad,h_600,w_600",
        "b_white,c_mpad,h_900,w_900",
    )

    ratio_around: ClassVar[bool] = True

    colour: Colour = field(default=TRANSPARENT, name="b")

    def arrange(self, size: Size, asked: Box) -> Plan:
        """Onto the box."""
        if self.mode == "mpad":
            return geometry.mpad(size, asked)
        return geometry.pad(size, asked, enlarge=self.mode == "pad")

    def background(self) -> Colour:
        """`b`."""
        return self.colour
