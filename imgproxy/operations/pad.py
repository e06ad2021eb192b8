"""Pad: the whole picture on a canvas of exactly the box."""

from typing import ClassVar

from msgspec import field

from imgproxy import geometry
from imgproxy.geometry import Box, Plan
from imgproxy.notation.backdrop import NOTHING, Backdrop
from imgproxy.operations._resize import Resize
from imgproxy.values import Size


class Pad(Resize, frozen=True, kw_only=True):
    """`c_pad`, `c_lpad` (never enlarges the picture), `c_mpad` (never scales it): on a canvas of colour `b`.

    Without `b` the canvas is transparent, or white where the format has no transparency. `g` says where it lies.
    `b_auto[:border|predominant][_gradient][_contrast][:2|4][:direction][:palette_…]` takes colours from the picture,
    `b_blurred[:strength][:brightness]` the picture itself.
    """

    names: ClassVar[tuple[str, ...]] = ("pad", "lpad", "mpad")
    examples: ClassVar[tuple[str, ...]] = (
        "b_rgb:0f172a,c_pad,h_300,w_300",
        "c_pad,g_north,h_300,w_300",
        "b_silver,c_lpad,h_600,w_600",
        "b_white,c_mpad,h_900,w_900",
        "b_auto,c_pad,h_90,w_160",
        "b_auto:predominant_gradient:4,c_pad,h_90,w_160",
        "b_auto:border_gradient_contrast:2:vertical:palette_navy_gold,c_pad,h_160,w_90",
        "b_blurred:400:15,c_pad,h_90,w_160",
    )

    ratio_around: ClassVar[bool] = True

    backdrop: Backdrop = field(default=NOTHING, name="b")

    def arrange(self, size: Size, asked: Box) -> Plan:
        """Onto the box."""
        if self.mode == "mpad":
            return geometry.mpad(size, asked)
        return geometry.pad(size, asked, enlarge=self.mode == "pad")

    def background(self) -> Backdrop:
        """`b`."""
        return self.backdrop
