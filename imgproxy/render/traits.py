"""What of a picture decides how well an encoder will do on it: a dozen numbers, most of them out of a trial.

A trial is a plain, fast file of a sample of the pixels, read again: how many bits it took and how it errs tell noise from
edges and edges from flat colour better than statistics of the pixels do.  JPEG does for what works much as it does; WebP
has a trial of its own, and AVIF both, as its own encoder is too slow, and quick not itself.  The sample is bounded, and is
nine windows at full resolution, because a shrunk copy has other noise and other edges.  Pillow does all of it: for so few
pixels libvips takes four times as long.

This room must never look at the whole of a large picture, and never choose a quality.
"""

import io
import math
from operator import mul
from typing import Any, NamedTuple

import pyvips

from imgproxy.render.unlike import amounts, errors, lost, structure, structure_far, surroundings

MAX_SAMPLE_PX = 36_864
MIN_SAMPLE_PX = 16_384
"""A sample has a sixth of the pixels, but no fewer and no more than these, or the whole of a smaller picture."""

_SHARE = 6
_ACROSS = 3
_STEP_PX = 8
_WHITE = [255, 255, 255]
_STEPS = range(256)


class _Trial(NamedTuple):
    """How Pillow writes it, and about how many bytes of it are not the pixels'."""

    mode: str
    format: str
    options: dict[str, int]
    header_bytes: int


_JPEG = _Trial("YCbCr", "JPEG", {"quality": 40}, 600)
_WEBP = _Trial("RGB", "WEBP", {"quality": 35, "method": 0}, 40)
_TRIALS = {"jpg": (_JPEG,), "webp": (_WEBP,), "avif": (_JPEG, _WEBP), "jxl": (_JPEG,)}
"""Qualities near the middle of what the levels need."""

_OF_PIXELS = ("pixels", "brightness", "texture")
_OF_TRIAL = (
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
NAMES = {
    name: (*_OF_PIXELS, *(f"{trial.format} {each}" for trial in trials for each in _OF_TRIAL))
    for name, trials in _TRIALS.items()
}
"""What each place of `measured` holds, by format.

Brightness is 0 to 1, all others natural logarithms. Texture: how far pixels are from their surroundings at a quarter of the size.  Of a trial: bits per pixel, root mean square
error, and peaks, that error over the mean of its amounts, which is high where few places carry most of it.
Lost: the error at a quarter of the size against the texture there.  Unlike: how far local structure is from equal, as SSIM
has it, and its peaks, by the mean of fourth powers; far: both at a quarter of the size, where SSIMULACRA2 looks most.
"""


def measured(format: str, image: pyvips.Image) -> tuple[float, ...]:  # noqa: A002 - the domain's word
    """Numbers in the order of NAMES. `image` is sRGB, 8 bit, in memory; transparency counts as white."""
    sample = _sample(image)
    bands = sample.convert("YCbCr")
    light = bands.getchannel(0)
    far = light.reduce(4)
    texture = amounts(far, surroundings(far))[0]
    found = [
        math.log(image.width * image.height),
        sum(map(mul, _STEPS, light.histogram())) / (255 * light.width * light.height),
        math.log(texture.mean + 0.3),
    ]
    for trial in _TRIALS[format]:
        again, bits = _tried(trial, {"RGB": sample, "YCbCr": bands}[trial.mode])
        bands_again = again.convert("YCbCr")
        light_again = bands_again.getchannel(0)
        found += [
            bits,
            *errors(bands, bands_again),
            lost(amounts(far, light_again.reduce(4))[0], texture),
            *structure(light, light_again),
            *structure_far(sample, again.convert("RGB")),
        ]
    return tuple(found)


def _tried(trial: _Trial, sample: Any) -> tuple[Any, float]:
    """What the trial leaves of the pixels, and the logarithm of its bits per pixel."""
    import PIL.Image

    file = io.BytesIO()
    sample.save(file, trial.format, **trial.options)
    bits = 8 * max(file.tell() - trial.header_bytes, 20)
    again = PIL.Image.open(file)
    again.draft(trial.mode, None)
    again.load()
    return again, math.log(bits / (sample.width * sample.height))


def _sample(image: pyvips.Image) -> Any:
    """The picture itself or windows all over it, RGB."""
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
    return sample


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
