"""Fit: inside the box with the ratio kept, in three tempers."""

from typing import ClassVar

from imgproxy import geometry
from imgproxy.geometry import Box, Plan
from imgproxy.operations._resize import Resize
from imgproxy.values import Size


class Fit(Resize, frozen=True, kw_only=True):
    """`c_fit`, `c_limit` (never enlarges), `c_mfit` (never shrinks): as large as goes into the box, ratio kept."""

    names: ClassVar[tuple[str, ...]] = ("fit", "limit", "mfit")
    placed: ClassVar[bool] = False
    examples: ClassVar[tuple[str, ...]] = (
        "c_fit,h_200,w_200",
        "c_limit,w_5000",
        "c_mfit,h_900,w_900",
    )

    def arrange(self, size: Size, asked: Box) -> Plan:
        """Inside the box."""
        return geometry.fit(size, asked, shrink=self.mode != "mfit", enlarge=self.mode != "limit")
