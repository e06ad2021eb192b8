"""What of a picture decides how well an encoder will do on it: a dozen numbers, most of them out of a trial.

The trial is a plain, fast JPEG of a sample of the pixels, read again: how many bits it took and how it errs tell noise
from edges and edges from flat colour better than statistics of the pixels do, and what one encoder finds hard the
others do too.  The sample is bounded, and is nine windows at full resolution, because a shrunk copy has other noise and
other edges.  Pillow does all of it: for so few pixels libvips takes four times as long.

This room must never look at the whole of a large picture, and never choose a quality.
"""

import io
import math
from operator import mul
from typing import Any

import pyvips

MAX_SAMPLE_PX = 36_864
MIN_SAMPLE_PX = 16_384
"""A sample has a sixth of the pixels, but no fewer and no more than these, or the whole of a smaller picture."""

_SHARE = 6
_ACROSS = 3
_STEP_PX = 8
_QUALITY = 25
_HEADER_BYTES = 600
_WHITE = [255, 255, 255]
_STABLE = 92.0
"""The constant that SSIMULACRA2 adds to variances, in squared steps of 8 bit at medium grey."""

_MEAN_WEIGHT = (0.845 / 255) ** 2
"""Squared steps of 8 bit in the unit of its brightness."""

_LOCAL_PX = 4
"""Side of the squares in which structures are compared; SSIMULACRA2 weighs about as many pixels."""

_STEPS = range(256)
_SQUARES = [step * step for step in _STEPS]

NAMES = (
    "pixels",
    "brightness",
    "flat",
    "texture",
    "bits",
    "error",
    "peaks",
    "colour_error",
    "lost",
    "unlike",
    "unlike_peaks",
    "unlike_far",
    "unlike_far_peaks",
)
"""What each place of `measured` holds.

Brightness and flat (the share of pixels that are as their surroundings) are 0 to 1, all others natural logarithms.
Texture: how far pixels are from their surroundings at a quarter of the size.  Of the trial: bits per pixel, root mean square
error, and peaks, that error over the mean of its amounts, which is high where few places carry most of it.
Lost: the error at a quarter of the size against the texture there.  Unlike: how far local structure is from equal, as SSIM
has it, and its peaks, by the mean of fourth powers; far: both at a quarter of the size, where SSIMULACRA2 looks most.
"""


def measured(image: pyvips.Image) -> tuple[float, ...]:
    """Numbers in the order of NAMES. `image` is sRGB, 8 bit, in memory; transparency counts as white."""
    sample = _sample(image)
    trial, bits = _trial(sample)
    light, again = sample.getchannel(0), trial.getchannel(0)
    far, far_again = light.reduce(4), again.reduce(4)
    texture = _amounts(far, _surroundings(far))[0]
    return (
        math.log(image.width * image.height),
        sum(map(mul, _STEPS, light.histogram())) / (255 * light.width * light.height),
        _amounts(light, _surroundings(light))[0].share_of_small,
        math.log(texture.mean + 0.3),
        bits,
        *_errors(sample, trial),
        _lost(_amounts(far, far_again)[0], texture),
        *_unlike(light, again),
        *_unlike(far, far_again),
    )


class _Amounts:
    """How far two pictures are from each other in one band, in steps of 8 bit; `found` counts them."""

    def __init__(self, found: list[int]) -> None:
        pixels = sum(found)
        self.mean = sum(map(mul, _STEPS, found)) / pixels
        self.root = math.sqrt(sum(map(mul, _SQUARES, found)) / pixels)
        self.share_of_small = sum(found[:2]) / pixels


def _amounts(one: Any, other: Any) -> list[_Amounts]:
    """Of each band."""
    from PIL import ImageChops

    found = ImageChops.difference(one, other).histogram()
    return [_Amounts(found[at : at + 256]) for at in range(0, len(found), 256)]


def _errors(sample: Any, again: Any) -> tuple[float, float, float]:
    """Of brightness, its peaks, and of colour."""
    light, *colour = _amounts(sample, again)
    peaks = (light.root + 0.1) / (light.mean + 0.1)
    both = sum(each.root for each in colour)
    return math.log(light.root + 0.3), math.log(peaks), math.log(both + 0.3)


def _lost(error: _Amounts, texture: _Amounts) -> float:
    varied = 2 * (texture.root + 0.3) ** 2
    return math.log((error.root + 0.1) ** 2 / (varied + _STABLE) + 1e-4)


def _unlike(light: Any, again: Any) -> tuple[float, float]:
    """Mean, and fourth root of the mean fourth power, of what SSIM is short of 1."""
    from PIL import Image, ImageMath

    x, y = light.convert("F"), again.convert("F")
    squares = [_local(ImageMath.lambda_eval(each, x=x, y=y)) for each in _SQUARED]
    terms = dict(zip("mnstd", [_local(x), _local(y), *squares], strict=True))
    short = ImageMath.lambda_eval(_short, **terms)
    fourth = ImageMath.lambda_eval(_fourth, x=short)
    mean, peak = (
        each.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0)) for each in (short, fourth)
    )
    return math.log(max(mean, 0.0) + 1e-4), math.log(max(peak, 0.0) ** 0.25 + 1e-3)


def _local(picture: Any) -> Any:
    return picture.reduce(_LOCAL_PX)


def _squared_difference(of: Any) -> Any:
    apart = of["x"] - of["y"]
    return apart * apart


def _fourth(of: Any) -> Any:
    square = of["x"] * of["x"]
    return square * square


_SQUARED = (lambda of: of["x"] * of["x"], lambda of: of["y"] * of["y"], _squared_difference)


def _short(of: Any) -> Any:
    """What SSIM is short of 1 in each place: twice a covariance is both variances less that of the difference."""
    apart = of["m"] - of["n"]
    moved = apart * apart
    varied = of["s"] + of["t"] - of["m"] * of["m"] - of["n"] * of["n"] + _STABLE
    other, shifted = (of["d"] - moved) / varied, moved * _MEAN_WEIGHT
    return other + shifted - other * shifted


def _trial(sample: Any) -> tuple[Any, float]:
    """What a plain JPEG leaves of the pixels, and the logarithm of its bits per pixel."""
    import PIL.Image

    file = io.BytesIO()
    sample.save(file, "JPEG", quality=_QUALITY)
    bits = 8 * max(file.tell() - _HEADER_BYTES, 20)
    again = PIL.Image.open(file)
    again.draft("YCbCr", None)
    again.load()
    return again, math.log(bits / (sample.width * sample.height))


def _surroundings(light: Any) -> Any:
    """The mean of every square instead of its pixels."""
    return _local(light).resize(light.size, 0)


def _sample(image: pyvips.Image) -> Any:
    """Brightness and two differences of colour, as JPEG has them, of the picture itself or of windows all over it."""
    import PIL.Image

    image = image.flatten(background=_WHITE) if image.hasalpha() else image
    wide, high, lefts, tops = _windows(image.width, image.height)
    mode = "RGB" if image.bands > 2 else "L"
    sample = PIL.Image.new("RGB", (wide * len(lefts), high * len(tops)))
    region = pyvips.Region.new(image)
    for row, top in enumerate(tops):
        for column, left in enumerate(lefts):
            pixels = region.fetch(left, top, wide, high)
            window = PIL.Image.frombytes(mode, (wide, high), bytes(pixels))
            sample.paste(window, (column * wide, row * high))
    return sample.convert("YCbCr")


def _windows(width: int, height: int) -> tuple[int, int, list[int], list[int]]:
    """Width and height of each, and where they begin: at the middles of the fields of a grid."""
    budget = min(MAX_SAMPLE_PX, max(MIN_SAMPLE_PX, width * height // _SHARE))
    if width * height <= budget:
        return width, height, [0], [0]
    high = min(height // _ACROSS, math.isqrt(budget) // _ACROSS)
    wide = min(width // _ACROSS, budget // _ACROSS**2 // max(1, high))
    high = min(height // _ACROSS, budget // _ACROSS**2 // max(1, wide))
    if min(wide, high) < _STEP_PX:  # a line
        return min(width, budget), min(height, budget), [0], [0]
    wide, high = wide // _STEP_PX * _STEP_PX, high // _STEP_PX * _STEP_PX
    odd = range(1, 2 * _ACROSS, 2)
    lefts = [at * width // (2 * _ACROSS) - wide // 2 for at in odd]
    tops = [at * height // (2 * _ACROSS) - high // 2 for at in odd]
    return wide, high, lefts, tops
