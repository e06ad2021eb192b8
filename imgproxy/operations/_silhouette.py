"""The shape that alpha draws, made wider, softer or of one colour.

The underscore keeps this file out of the registry.
"""

from typing import Any

import pyvips

from imgproxy.notation.colour import Colour
from imgproxy.operations._bands import masked, settled, with_alpha
from imgproxy.operations._canvas import sheet
from imgproxy.operations._soften import enlarged, softened

_FINEST_REACH_PX = 24
"""A line up to this wide is measured in every pixel, a wider one in a picture that is shrunk to that."""
_SQUARE = 8
_SEED = 64


def painted(shape: "pyvips.Image", colour: Colour) -> "pyvips.Image":
    """One band of coverage, 0 to 255, in one colour."""
    return masked(sheet(shape.width, shape.height, colour), shape)


def over(above: "pyvips.Image", below: "pyvips.Image") -> "pyvips.Image":
    """Two pictures of one size, one on the other, with straight alpha."""
    upper, lower = with_alpha(above).premultiply(), with_alpha(below).premultiply()
    both = upper + lower * (upper[3] / -255 + 1)
    return settled(both.unpremultiply())


def grown(shape: "pyvips.Image", px: float) -> "pyvips.Image":
    """Wider by `px` on all sides, corners round."""
    factor = max(1, round(px / _FINEST_REACH_PX))
    across, down = -(-shape.width // factor), -(-shape.height // factor)
    grid = shape.embed(0, 0, across * factor, down * factor, extend="copy").shrink(factor, factor)
    field = enlarged(_distance(grid >= 128, px / factor), factor, 0, shape) * factor
    # distances are between middles of pixels, so the edge itself is half a pixel nearer, and coverage takes another half
    return ((field * -1 + (px + 1)).clamp(min=0, max=1) * 255).cast("uchar")


def _distance(there: "pyvips.Image", reach: float) -> Any:
    """One band: pixels to the nearest place that is set, right as far as `reach`, and anything above beyond it."""
    # libvips lets every set pixel grow in circles until it meets others, which takes long in wide empty places; so those
    # are filled beforehand with seeds of another value, too far away to be the nearest of anything within reach
    seeds = _far(there, 2 * reach + 4).ifthenelse(_SEED, there)
    value, found = seeds.fill_nearest(distance=True)
    return (value == _SEED).ifthenelse(reach + 2, found["distance"])


def _far(there: "pyvips.Image", reach: float) -> Any:
    """Where nothing is set within `reach`, by squares of eight pixels, on the safe side."""
    across, down = -(-there.width // _SQUARE), -(-there.height // _SQUARE)
    grid = there.embed(0, 0, across * _SQUARE, down * _SQUARE).cast("float")
    margin = int(reach / _SQUARE) + 2
    window = pyvips.Image.new_from_array([[1] * (2 * margin + 1)])
    near = grid.shrink(_SQUARE, _SQUARE).embed(
        margin, margin, across + 2 * margin, down + 2 * margin
    )
    summed = near.convsep(window, precision="float").crop(margin, margin, across, down)
    return (summed <= 0).zoom(_SQUARE, _SQUARE).crop(0, 0, there.width, there.height)


def softly(shape: "pyvips.Image", sigma: float) -> "pyvips.Image":
    """With a blurred edge."""
    return settled(softened(shape, sigma)).copy(interpretation="b-w")
