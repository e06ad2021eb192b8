"""How far colours are from each other, and which colour a picture has most of.

The underscore keeps this file out of the registry. Distances are in CIELAB, where 2 is just noticed and 100 is black
to white.
"""

from array import array
from collections import Counter
from typing import TYPE_CHECKING, Any

import pyvips

from imgproxy.notation.colour import Colour

if TYPE_CHECKING:
    from collections.abc import Iterable

_GLANCE_PX = 48
_BIN = 12
"""Side of a box of CIELAB whose colours are counted as one."""


def lab(image: "pyvips.Image") -> Any:
    """Three bands of CIELAB."""
    return image[:3].copy(interpretation="srgb").colourspace("lab")


def from_lab(image: Any) -> Any:
    """Three bands of gamma-coded sRGB."""
    return image.copy(interpretation="lab").colourspace("srgb")


def point(colour: Colour) -> list[float]:
    """CIELAB of one colour."""
    pixel = (pyvips.Image.black(1, 1, bands=3) + colour.rgb).cast("uchar")
    return [float(value) for value in lab(pixel)(0, 0)]


def nearness(apart: Any, reach: float, soft: float = 0.4) -> Any:
    """1 within `reach`, 0 beyond, with a slope over the last share `soft` of it."""
    return ((apart * -1 + reach) / max(reach * soft, 1e-3)).clamp(min=0, max=1)


def most_colourful(image: "pyvips.Image") -> Colour:
    """The colour that takes the most of the picture, the colourful ones counting more."""
    boxes: Counter[tuple[int, int, int]] = Counter()
    for lightness, a, b in _glance(image):
        chroma = (a * a + b * b) ** 0.5
        boxes[int(lightness // _BIN), int(a // _BIN), int(b // _BIN)] += 1 + int(chroma)
    middle = [[(at + 0.5) * _BIN for at in boxes.most_common(1)[0][0]]]
    red, green, blue = from_lab(pyvips.Image.new_from_array([[1]]).linear([0] * 3, middle[0]))(0, 0)
    return Colour(int(red), int(green), int(blue))


def _glance(image: "pyvips.Image") -> "Iterable[tuple[float, float, float]]":
    small = image.thumbnail_image(_GLANCE_PX, height=_GLANCE_PX, size="down")
    values = array("f", bytes(lab(small).cast("float").write_to_memory()))
    return zip(values[::3], values[1::3], values[2::3], strict=True)
