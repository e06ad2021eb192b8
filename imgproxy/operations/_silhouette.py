"""The shape that alpha draws, made wider, softer or of one colour.

The underscore keeps this file out of the registry.
"""

from typing import Any

import pyvips

from imgproxy.notation.colour import Colour
from imgproxy.operations._bands import masked, settled, with_alpha
from imgproxy.operations._canvas import sheet
from imgproxy.operations._soften import softened


def painted(shape: "pyvips.Image", colour: Colour) -> "pyvips.Image":
    """One band of coverage, 0 to 255, in one colour."""
    return masked(sheet(shape.width, shape.height, colour), shape)


def over(above: "pyvips.Image", below: "pyvips.Image") -> "pyvips.Image":
    """Two pictures of one size, one on the other, with straight alpha."""
    upper, lower = with_alpha(above).premultiply(), with_alpha(below).premultiply()
    both = upper + lower * (upper[3] / -255 + 1)
    return settled(both.unpremultiply())


def distance(shape: "pyvips.Image") -> Any:
    """One band: pixels to the nearest place that is at least half there; far everywhere when there is none."""
    there = shape >= 128
    if there.max() == 0:
        return pyvips.Image.black(shape.width, shape.height) + (shape.width + shape.height)
    return there.fill_nearest(distance=True)[1]["distance"]


def grown(shape: "pyvips.Image", px: float) -> "pyvips.Image":
    """Wider by `px` on all sides, corners round."""
    # distances are between middles of pixels, so the edge itself is half a pixel nearer, and coverage takes another half
    return ((distance(shape) * -1 + (px + 1)).clamp(min=0, max=1) * 255).cast("uchar")


def softly(shape: "pyvips.Image", sigma: float) -> "pyvips.Image":
    """With a blurred edge."""
    return settled(softened(shape, sigma)).copy(interpretation="b-w")
