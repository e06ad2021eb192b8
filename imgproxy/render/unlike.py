"""How far a sample and its trial are apart, as SSIMULACRA2 sees it: errors, and structure that is no longer the same.

Nothing of that score says more about a picture than structure at a quarter of its size, in the brightness that cones see,
of linear light.  So that place of it is followed closely (`structure_far`), the rest roughly, by steps of 8 bit.
Pillow does it: for so few pixels libvips takes four times as long.
"""

import math
from functools import cache
from operator import mul
from typing import Any

_WHITE_SEEN = 0.845
"""Where the brightness of SSIMULACRA2 ends; here it ends at 255, in steps like those of 8 bit."""

_STABLE = 0.0009 * (255 / _WHITE_SEEN) ** 2
"""The constant that it adds to variances, in squared steps."""

_LOCAL_PX = 4
"""Side of the squares in which structures are compared at full size."""

_FAR = 4
_WINDOW_PX = 3.5
"""Half the foot of the triangles that stand for its Gaussian windows: as wide, and crossing the encoders' blocks."""

_CONES = (0.265, 0.657, 0.078)
"""What red, green and blue light do to cones, the mean of long and medium ones, and below what cones add of their own."""

_CONE_BIAS = 0.00379307
_STEPS = range(256)
_SQUARES = [step * step for step in _STEPS]


class Amounts:
    """How far two pictures are from each other in one band, in steps of 8 bit; `found` counts them."""

    def __init__(self, found: list[int]) -> None:
        pixels = sum(found)
        self.mean = sum(map(mul, _STEPS, found)) / pixels
        self.root = math.sqrt(sum(map(mul, _SQUARES, found)) / pixels)


def amounts(one: Any, other: Any) -> list[Amounts]:
    """Of each band."""
    from PIL import ImageChops

    found = ImageChops.difference(one, other).histogram()
    return [Amounts(found[at : at + 256]) for at in range(0, len(found), 256)]


def surroundings(light: Any) -> Any:
    """The mean of every square instead of its pixels."""
    return _square(light).resize(light.size, 0)


def errors(sample: Any, again: Any) -> tuple[float, float, float]:
    """Of brightness, its peaks, and of colour; both pictures YCbCr."""
    light, *colour = amounts(sample, again)
    peaks = (light.root + 0.1) / (light.mean + 0.1)
    both = sum(each.root for each in colour)
    return math.log(light.root + 0.3), math.log(peaks), math.log(both + 0.3)


def lost(error: Amounts, texture: Amounts) -> float:
    """The error against what varies anyhow."""
    varied = 2 * (texture.root + 0.3) ** 2
    return math.log((error.root + 0.1) ** 2 / (varied + _STABLE) + 1e-4)


def structure(light: Any, again: Any) -> tuple[float, float]:
    """Mean, and fourth root of the mean fourth power, of what SSIM is short of 1; pictures of one band, 8 bit."""
    from PIL import ImageChops

    apart = ImageChops.difference(light, again)
    squares = (each.point(_SQUARES, "F") for each in (light, again, apart))
    return _unlike(*map(_square, (light.convert("F"), again.convert("F"), *squares)))


def structure_far(sample: Any, again: Any) -> tuple[float, float]:
    """As `structure`, of RGB pictures at a quarter of their size, in the brightness that SSIMULACRA2 compares."""
    from PIL import ImageMath

    x, y = _seen(sample), _seen(again)
    squares = (ImageMath.lambda_eval(_product, x=each, y=each) for each in (x, y))
    apart = ImageMath.lambda_eval(_squared_difference, x=x, y=y)
    return _unlike(*map(_triangle, (x, y, *squares, apart)))


def _seen(picture: Any) -> Any:
    """Its brightness at a quarter of the size, in steps of 8 bit; light is added before cones see it."""
    from PIL import ImageMath

    bands = zip(picture.split(), _lights(), strict=True)
    red, green, blue = (band.point(light, "F").reduce(_FAR) for band, light in bands)
    return ImageMath.lambda_eval(_cube_root, r=red, g=green, b=blue)


@cache
def _lights() -> list[list[float]]:
    """What each step of red, green and blue adds to the cube of the brightness."""
    linear = [
        step / 255 / 12.92 if step <= 10 else ((step / 255 + 0.055) / 1.055) ** 2.4
        for step in _STEPS
    ]
    scale = (255 / _WHITE_SEEN) ** 3
    return [[scale * (weight * light + _CONE_BIAS / 3) for light in linear] for weight in _CONES]


def _unlike(*local: Any) -> tuple[float, float]:
    """From local means of both pictures, of their squares, and of the squares of their difference."""
    from PIL import Image, ImageMath

    short = ImageMath.lambda_eval(_short, **dict(zip("xystd", local, strict=True)))
    fourth = ImageMath.lambda_eval(_fourth, x=short)
    mean, peak = (
        each.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0)) for each in (short, fourth)
    )
    return math.log(max(mean, 0.0) + 1e-4), math.log(max(peak, 0.0) ** 0.25 + 1e-3)


def _square(picture: Any) -> Any:
    return picture.reduce(_LOCAL_PX)


def _triangle(picture: Any) -> Any:
    from PIL import Image

    size = [max(1, round(side / _WINDOW_PX)) for side in picture.size]
    return picture.resize(size, Image.Resampling.BILINEAR)


def _cube_root(of: Any) -> Any:
    return (of["r"] + of["g"] + of["b"]) ** (1 / 3)


def _product(of: Any) -> Any:
    return of["x"] * of["y"]


def _squared_difference(of: Any) -> Any:
    apart = of["x"] - of["y"]
    return apart * apart


def _fourth(of: Any) -> Any:
    square = of["x"] * of["x"]
    return square * square


def _short(of: Any) -> Any:
    """What SSIM of contrasts is short of 1 in each place: twice a covariance is both variances less that of the difference."""
    moved = _squared_difference(of)
    varied = of["s"] + of["t"] - of["x"] * of["x"] - of["y"] * of["y"]
    return (of["d"] - moved) / (varied + _STABLE)
