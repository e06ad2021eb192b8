"""Slight distortion."""

import math
from typing import Annotated, ClassVar

import pyvips
from msgspec import Meta

from imgproxy.operations._bands import weighted
from imgproxy.step import Scene, Step

_LARGEST_SHIFT = 1 / 60
"""At level 100, as a share of the shorter side."""
_WAVES = ((2.3, 0.0, 1.0), (5.1, 1.9, 0.6), (9.7, 4.2, 0.35))
"""Periods per side, phase, height: no common multiple, so that no shift repeats."""


class AntiRemoval(Step, frozen=True, kw_only=True):
    """`e_anti_removal[:level]`: bends a picture a little, so that it cannot be subtracted; level 1 to 100, default 50.

    Meant for watermarks: laid over a photo unbent, a known logo could be taken out again by calculation.
    """

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("anti_removal",)
    examples: ClassVar[tuple[str, ...]] = ("e_anti_removal", "e_anti_removal:100")

    level: Annotated[int, Meta(ge=1, le=100)] = 50

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":  # noqa: ARG002 - the shape of a step
        """Rows and columns swing by a few pixels; always the same way for the same size."""
        shift = min(image.width, image.height) * _LARGEST_SHIFT * self.level / 100
        at = pyvips.Image.xyz(image.width, image.height)
        across = at[0] + _swing(at[1], image.height) * shift
        down = at[1] + _swing(at[0], image.width) * shift
        where = across.bandjoin(down)
        bicubic = pyvips.Interpolate.new("bicubic")
        return weighted(image, lambda bands: bands.mapim(where, interpolate=bicubic, extend="copy"))


def _swing(along: "pyvips.Image", side: int) -> "pyvips.Image":
    """One band of -1 to 1."""
    waves = [
        (along * (360 * periods / side) + math.degrees(phase)).sin() * height
        for periods, phase, height in _WAVES
    ]
    return (waves[0] + waves[1] + waves[2]) / sum(height for _, _, height in _WAVES)
