"""How far a sample and its trial are apart, as SSIMULACRA2 sees it: errors, and structure that is no longer the same.

Nothing of that score says more about a picture than structure at a quarter of its size, in the brightness that cones see,
of linear light.  So that place of it is followed closely (`structure_far`), the rest roughly, by steps of 8 bit.
Pillow does it: for so few pixels libvips takes four times as long.
"""

import math
from collections.abc import Iterable
from functools import cache, reduce
from operator import add, mul
from typing import Any

_WHITE_SEEN = 0.845
"""Where the brightness of SSIMULACRA2 ends; here it ends at 255, in steps like those of 8 bit."""

_STABLE = 0.0009 * (255 / _WHITE_SEEN) ** 2
"""The constant that it adds to variances, in squared steps."""

_LOCAL_PX = 4
"""Side of the squares in which structures at half the size are compared."""

_FAR = 4
_WINDOW_PX = 3.5
"""Half the foot of the triangles that stand for its Gaussian windows: as wide, and crossing the encoders' blocks."""

_CONES = (0.265, 0.657, 0.078)
"""What red, green and blue light do to cones, the mean of long and medium ones, and below what cones add of their own."""

_CONE_BIAS = 0.00379307
_STEPS = range(256)
_SQUARES = [step * step for step in _STEPS]
_DOUBLED = [2 * step for step in _STEPS]
_DOUBLED_SQUARES = [step * step for step in _DOUBLED]
_MIDDLE = 128
_SIGNED = [step - _MIDDLE for step in _STEPS]
_SIGNED_SQUARES = [step * step for step in _SIGNED]
"""Of differences, whose zero is the middle of a byte."""


def errors(light: Any, again: Any) -> tuple[float, ...]:
    """Of brightness: root mean square, its peaks, and what is left of it in means of 4×4 and of 8×8 pixels."""
    from PIL import ImageChops

    found = ImageChops.difference(light, again).histogram()
    mean, root = sum(map(mul, _STEPS, found)) / sum(found), _root(found, _SQUARES)
    left = _apart(light, again).reduce(_FAR)
    coarse = (_root(each.histogram(), _SIGNED_SQUARES) for each in (left, left.reduce(2)))
    return (
        math.log(root + 0.3),
        math.log((root + 0.1) / (mean + 0.1)),
        *(math.log(each + 0.1) for each in coarse),
    )


def colour_error(sample: Any, again: Any) -> float:
    """Root mean squares of both colours, added; pictures YCbCr."""
    from PIL import ImageChops

    colours = ImageChops.difference(sample, again).histogram()[256:]
    roots = (_root(colours[at : at + 256], _SQUARES) for at in (0, 256))
    return math.log(sum(roots) + 0.3)


def structure(light: Any, again: Any) -> tuple[float, float]:
    """Mean, and fourth root of the mean fourth power, of what SSIM is short of 1; pictures of one band, 8 bit."""
    from PIL import ImageChops

    halved, apart = ImageChops.add(light, again, 2), _apart(light, again)
    both = (halved.point(table, "F") for table in (_DOUBLED, _DOUBLED_SQUARES))
    difference = (apart.point(table, "F") for table in (_SIGNED, _SIGNED_SQUARES))
    return _unlike(map(_square, (*both, *difference)))


def structure_far(light: Any, again: Any) -> tuple[float, float]:
    """As `structure`, of what `seen` gives of two pictures."""
    from PIL import ImageMath

    both = ImageMath.lambda_eval(_sum, x=light, y=again)
    apart = ImageMath.lambda_eval(_difference, x=light, y=again)
    squared = (ImageMath.lambda_eval(_squared, x=each) for each in (both, apart))
    return _unlike(map(_triangle, (both, next(squared), apart, next(squared))))


def seen(picture: Any) -> Any:
    """The brightness that SSIMULACRA2 compares, of a picture at a quarter of its size, in steps of 8 bit.

    Light is added before cones see it; where there are no colours, RGB counts as grey.
    """
    from PIL import ImageMath

    lights = _lights() if len(picture.getbands()) > 1 else _grey_lights()
    bands = zip(picture.split(), lights, strict=True)
    added = (band.point(light, "F").reduce(_FAR) for band, light in bands)
    return ImageMath.lambda_eval(_cube_root, **dict(zip("rgb", added, strict=False)))


def _root(found: list[int], squares: list[int]) -> float:
    """The root mean square of what a histogram counts."""
    return math.sqrt(sum(map(mul, squares, found)) / sum(found))


def _apart(one: Any, other: Any) -> Any:
    """One less the other, around the middle; what is further apart than that counts as no further."""
    from PIL import ImageChops

    return ImageChops.subtract(one, other, 1, _MIDDLE)


@cache
def _lights() -> list[list[float]]:
    """What each step of red, green and blue adds to the cube of the brightness."""
    linear = [
        step / 255 / 12.92 if step <= 10 else ((step / 255 + 0.055) / 1.055) ** 2.4
        for step in _STEPS
    ]
    scale = (255 / _WHITE_SEEN) ** 3
    return [[scale * (weight * light + _CONE_BIAS / 3) for light in linear] for weight in _CONES]


@cache
def _grey_lights() -> list[list[float]]:
    """What each step of grey is, as if of all three."""
    return [[sum(steps) for steps in zip(*_lights(), strict=True)]]


def _unlike(local: Iterable[Any]) -> tuple[float, float]:
    """From local means of the sum of two pictures, of its square, of their difference, and of the square of that."""
    from PIL import ImageMath

    half = ImageMath.lambda_eval(_half_short, **dict(zip("usvt", local, strict=True)))
    fourth = ImageMath.lambda_eval(_fourth, x=half)
    mean, peak = 2 * _mean(half), 2 * max(_mean(fourth), 0.0) ** 0.25
    return math.log(max(mean, 0.0) + 1e-4), math.log(peak + 1e-3)


def _mean(picture: Any) -> float:
    return float(picture.reduce(picture.size).getpixel((0, 0)))


def _square(picture: Any) -> Any:
    return picture.reduce(_LOCAL_PX)


def _triangle(picture: Any) -> Any:
    from PIL import Image

    size = [max(1, round(side / _WINDOW_PX)) for side in picture.size]
    return picture.resize(size, Image.Resampling.BILINEAR)


def _cube_root(of: Any) -> Any:
    return reduce(add, (of[band] for band in "rgb" if band in of)) ** (1 / 3)


def _sum(of: Any) -> Any:
    return of["x"] + of["y"]


def _difference(of: Any) -> Any:
    return of["x"] - of["y"]


def _squared(of: Any) -> Any:
    return of["x"] * of["x"]


def _fourth(of: Any) -> Any:
    square = of["x"] * of["x"]
    return square * square


def _half_short(of: Any) -> Any:
    """Half of what SSIM of contrasts is short of 1 in each place.

    With V for variances, that is V(x - y) / (V(x + y) + V(x - y) + 2 C), as twice a covariance is both variances less
    that of the difference, and twice their sum is V(x + y) + V(x - y).
    """
    apart = of["t"] - of["v"] * of["v"]
    both = of["s"] - of["u"] * of["u"]
    return apart / (both + apart + 2 * _STABLE)
