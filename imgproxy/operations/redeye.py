"""Red-eye removal."""

from typing import TYPE_CHECKING, Any, ClassVar

from imgproxy.operations._bands import toned
from imgproxy.operations._neighbours import ranked
from imgproxy.operations._soften import softened
from imgproxy.step import Scene, Step

if TYPE_CHECKING:
    import pyvips

_LARGEST_SHARE = 1 / 12
"""A pupil is smaller than this share of the longer side, whatever is red and larger is not one."""
_AFAR_PX = 200


class RedEye(Step, frozen=True, kw_only=True):
    """`e_redeye`: pupils that the flash made red become dark again.

    Looks for small spots far redder than green and blue together; a red dress or a brick wall is too large to be taken.
    """

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("redeye",)
    examples: ClassVar[tuple[str, ...]] = ("e_redeye",)

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":  # noqa: ARG002 - the shape of a step
        """Red there becomes the mean of green and blue."""
        return toned(image, _corrected)


def _corrected(colour: Any) -> Any:
    red, other = colour[0], (colour[1] + colour[2]) / 2
    spots = softened(_spots(colour), 0.8) / 255
    calm = red + (other - red) * spots
    return calm.bandjoin([colour[1], colour[2]])


def _spots(colour: Any) -> Any:
    """One band, 255 inside small red spots. Hair and skin are redder than they are green too, but less than twice."""
    red, green, blue = (colour[band] for band in range(3))
    strong = (red > 70) & (red > green * 2) & (red > blue * 1.6)
    return strong & (_large(strong) ^ 255)


def _large(mask: Any) -> Any:
    """What belongs to spots too large for pupils, looked at from afar."""
    longer = max(mask.width, mask.height)
    factor = max(1, longer // _AFAR_PX)
    across, down = -(-mask.width // factor), -(-mask.height // factor)
    grid = mask.embed(0, 0, across * factor, down * factor, extend="copy")
    small = grid.shrink(factor, factor) >= 128
    side = max(3, round(longer / factor * _LARGEST_SHARE)) | 1
    return _opened(small, side).zoom(factor, factor).crop(0, 0, mask.width, mask.height)


def _opened(mask: Any, side: int) -> Any:
    """What of it holds a square of that side, widened again with a rim."""
    wide = 2 * side - 1
    eroded = ranked(ranked(mask, side, 1, 0), 1, side, 0).copy_memory()
    return ranked(ranked(eroded, wide, 1, wide - 1), 1, wide, wide - 1)
