"""What of a picture decides how well an encoder will do on it: a dozen numbers out of two trials.

A trial is a plain, fast JPEG of a sample of the pixels, read again: how many bits it took and how it errs tell noise from
edges and edges from flat colour better than statistics of the pixels do, and what one encoder finds hard the others
do too.  The sample is bounded, and is four windows at full resolution, because a shrunk copy has other noise and
other edges.  Pillow does the trials: for so few pixels libvips takes four times as long.

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
_STEP_PX = 8
_COARSE, _FINE = 25, 85
_HEADER_BYTES = 600
_WHITE = [255, 255, 255]
_STABLE = 92.0
"""The constant that SSIMULACRA2 adds to variances, in squared steps of 8 bit at medium grey."""

_STEPS = range(256)
_SQUARES = [step * step for step in _STEPS]

NAMES = (
    "pixels",
    "brightness",
    "flat",
    "texture",
    "bits_coarse",
    "bits_coarse_squared",
    "error_coarse",
    "peaks_coarse",
    "colour_error",
    "lost",
    "bits_fine",
    "error_fine",
    "peaks_fine",
)
"""What each place of `measured` holds.

Brightness and flat (the share of pixels that are as their surroundings) are 0 to 1, all others natural logarithms.
Texture: how far pixels are from their surroundings at a quarter of the size.  Of the two trials: bits per pixel, root mean square
error, and peaks, that error over the mean of its amounts, which is high where few places carry most of it.
Lost: the error at a quarter of the size against the texture there, much as the heaviest term of SSIMULACRA2 has it.
"""


def measured(image: pyvips.Image) -> tuple[float, ...]:
    """Numbers in the order of NAMES. `image` is sRGB, 8 bit, in memory; transparency counts as white."""
    image = image.flatten(background=_WHITE) if image.hasalpha() else image
    sample = _read(_sample(image))
    coarse, bits_coarse = _trial(sample, _COARSE)
    fine, bits_fine = _trial(sample, _FINE)
    light = sample.getchannel(0)
    quarter = light.reduce(4)
    texture = _Amounts(quarter, _surroundings(quarter))
    colour = _Amounts(sample, coarse, 1).root + _Amounts(sample, coarse, 2).root
    return (
        math.log(image.width * image.height),
        sum(map(mul, _STEPS, light.histogram())) / (255 * light.width * light.height),
        _Amounts(light, _surroundings(light)).share_of_small,
        math.log(texture.mean + 0.3),
        bits_coarse,
        bits_coarse**2,
        *_errors(sample, coarse),
        math.log(colour + 0.3),
        _lost(_Amounts(quarter, coarse.getchannel(0).reduce(4)), texture),
        bits_fine,
        *_errors(sample, fine),
    )


class _Amounts:
    """How far two pictures are from each other in one band, in steps of 8 bit."""

    def __init__(self, one: Any, other: Any, band: int = 0) -> None:
        from PIL import ImageChops

        found = ImageChops.difference(one, other).histogram()[band * 256 : band * 256 + 256]
        pixels = one.width * one.height
        self.mean = sum(map(mul, _STEPS, found)) / pixels
        self.root = math.sqrt(sum(map(mul, _SQUARES, found)) / pixels)
        self.share_of_small = sum(found[:2]) / pixels


def _errors(sample: Any, again: Any) -> tuple[float, float]:
    light = _Amounts(sample, again)
    return math.log(light.root + 0.3), math.log((light.root + 0.1) / (light.mean + 0.1))


def _lost(error: _Amounts, texture: _Amounts) -> float:
    varied = 2 * (texture.root + 0.3) ** 2
    return math.log((error.root + 0.1) ** 2 / (varied + _STABLE) + 1e-4)


def _trial(sample: Any, quality: int) -> tuple[Any, float]:
    """What a plain JPEG leaves of the pixels, and the logarithm of its bits per pixel."""
    import PIL.Image

    file = io.BytesIO()
    sample.save(file, "JPEG", quality=quality)
    bits = 8 * max(file.tell() - _HEADER_BYTES, 20)
    again = PIL.Image.open(file)
    again.draft("YCbCr", None)
    again.load()
    return again, math.log(bits / (sample.width * sample.height))


def _surroundings(light: Any) -> Any:
    from PIL import ImageFilter

    return light.filter(ImageFilter.BoxBlur(2))


def _read(sample: pyvips.Image) -> Any:
    """Brightness and two differences of colour, as JPEG has them."""
    import PIL.Image

    mode = "RGB" if sample.bands > 2 else "L"
    data = sample.write_to_memory()
    picture = PIL.Image.frombytes(mode, (sample.width, sample.height), data)
    return picture.convert("RGB").convert("YCbCr")


def _sample(image: pyvips.Image) -> pyvips.Image:
    """The picture itself where it is small, else four windows of it, from the middles of its quarters."""
    pixels = image.width * image.height
    budget = min(MAX_SAMPLE_PX, max(MIN_SAMPLE_PX, pixels // _SHARE))
    if pixels <= budget:
        return image
    high = min(image.height // 2, math.isqrt(budget) // 2)
    wide = min(image.width // 2, budget // 4 // max(1, high))
    if min(wide, high) < _STEP_PX:  # a line
        return image.crop(0, 0, min(image.width, budget), min(image.height, budget))
    wide, high = wide // _STEP_PX * _STEP_PX, high // _STEP_PX * _STEP_PX
    lefts = [at * image.width // 4 - wide // 2 for at in (1, 3)]
    tops = [at * image.height // 4 - high // 2 for at in (1, 3)]
    windows = [image.crop(left, top, wide, high) for top in tops for left in lefts]
    return pyvips.Image.arrayjoin(windows, across=2)
