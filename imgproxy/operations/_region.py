"""A rectangle of the picture that an effect keeps to, written with `x`, `y`, `w`, `h`.

The underscore keeps this file out of the registry.
"""

from typing import TYPE_CHECKING

from msgspec import field

from imgproxy.notation.length import Length, Offset
from imgproxy.step import Scene, Step

if TYPE_CHECKING:
    import pyvips


class Regional(Step, frozen=True, kw_only=True):
    """The qualifiers; a missing side reaches to the edge, offsets count from the top left corner."""

    width: Length | None = field(default=None, name="w")
    height: Length | None = field(default=None, name="h")
    across: Offset = field(default=Offset(0), name="x")
    down: Offset = field(default=Offset(0), name="y")

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":
        """The part inside the rectangle from the changed picture, the rest from this one."""
        left, width = _span(image.width, self.across, self.width, scene.dpr)
        top, height = _span(image.height, self.down, self.height, scene.dpr)
        if width <= 0 or height <= 0:
            return image
        return image.insert(self.changed(image).crop(left, top, width, height), left, top)

    def changed(self, image: "pyvips.Image") -> "pyvips.Image":
        """The whole picture with the effect; libvips computes what is taken from it."""
        raise NotImplementedError


def _span(side: int, offset: Offset, length: Length | None, dpr: float) -> tuple[int, int]:
    """Start and length of what lies on the picture; the length is 0 or less where nothing does."""
    start = offset.pixels(side, dpr)
    if length and length.fraction:
        dpr = 1.0  # the same part of the picture, however dense it is
    end = min(side, start + length.pixels(side, dpr)) if length else side
    start = max(0, start)
    return start, end - start
