"""Hue."""

import math
from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from imgproxy.operations._bands import LUMA, mixed, toned
from imgproxy.step import Scene, Step

if TYPE_CHECKING:
    import pyvips


class Hue(Step, frozen=True, kw_only=True):
    """`e_hue[:level]`: all colours turned around the colour wheel; level -100 to 100 is half a turn each way, default 80.

    Brightness stays: the rotation is about the grey axis within planes of equal brightness (Filter Effects Module,
    `hue-rotate`).
    """

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("hue",)
    examples: ClassVar[tuple[str, ...]] = ("e_hue", "e_hue:-30")

    level: Annotated[int, Meta(ge=-100, le=100)] = 80

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":  # noqa: ARG002 - the shape of a step
        """One matrix for all pixels."""
        return toned(image, lambda colour: mixed(colour, rotation(self.level * 1.8)))


def rotation(degrees: float) -> list[list[float]]:
    """The matrix of that formula: brightness, plus the rest times cosine, plus a quarter turn of it times sine."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return [
        [
            LUMA[band] * (1 - cosine) + (row == band) * cosine + _QUARTER[row][band] * sine
            for band in range(3)
        ]
        for row in range(3)
    ]


_QUARTER = ((-0.213, -0.715, 0.928), (0.143, 0.140, -0.283), (-0.787, 0.715, 0.072))
"""A quarter turn of the wheel, from the same section."""
