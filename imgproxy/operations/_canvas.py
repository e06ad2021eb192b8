"""Sheets of one colour, and the limit on how large a picture may become.

The underscore keeps this file out of the registry.
"""

import pyvips

from imgproxy.errors import LimitExceeded
from imgproxy.notation.colour import Colour
from imgproxy.step import Scene


def admit(width: int, height: int, scene: Scene) -> tuple[int, int]:
    """The size again. Raises LimitExceeded when an answer may not be that large."""
    if width * height > scene.max_pixels:
        raise LimitExceeded("the answer in pixels", f"{width}×{height}", scene.max_pixels)
    return width, height


def sheet(width: int, height: int, colour: Colour) -> "pyvips.Image":
    """Four bands of one colour."""
    point = pyvips.Image.black(1, 1, bands=4) + colour.rgba
    return point.cast("uchar").embed(0, 0, width, height, extend="copy").copy(interpretation="srgb")
