"""What of a picture decides how well an encoder will do on it: ten numbers out of two trials.

A trial is a plain, fast JPEG of a sample of the pixels, read again: how many bits it took and how it errs tell noise from
edges and edges from flat colour better than statistics of the pixels do, and what one encoder finds hard the others
do too.  The sample is bounded, and is four windows at full resolution, because a shrunk copy has other noise and
other edges.  This room must never look at the whole of a large picture, and never choose a quality.
"""

import math

import pyvips

MAX_SAMPLE_PX = 36_864
MIN_SAMPLE_PX = 16_384
"""A sample has a sixth of the pixels, but no fewer and no more than these, or the whole of a smaller picture."""

_SHARE = 6
_STEP_PX = 8
_COARSE, _FINE = 25, 85
_HEADER_BYTES = 600
_WHITE = [255, 255, 255]

NAMES = (
    "pixels",
    "brightness",
    "bits_coarse",
    "error_coarse",
    "peaks_coarse",
    "bits_fine",
    "error_fine",
    "peaks_fine",
)
"""What each place of `measured` holds; all but the brightness (0 to 1) are natural logarithms.

Bits per pixel and root mean square error of the trials at two qualities; peaks: that error over the mean of its
amounts, which is high where few places carry most of it.
"""


def measured(image: pyvips.Image) -> tuple[float, ...]:
    """Numbers in the order of NAMES. `image` is sRGB, 8 bit, in memory; transparency counts as white."""
    image = image.flatten(background=_WHITE) if image.hasalpha() else image
    sample = _sample(image)
    return (
        math.log(image.width * image.height),
        sample.avg() / 255,
        *_trial(sample, _COARSE),
        *_trial(sample, _FINE),
    )


def _trial(sample: pyvips.Image, quality: int) -> tuple[float, float, float]:
    data = sample.jpegsave_buffer(Q=quality, keep="none")
    bits = 8 * max(len(data) - _HEADER_BYTES, 20) / (sample.width * sample.height)
    amount = (pyvips.Image.jpegload_buffer(data) - sample).abs()
    mean, deviation = _mean_and_deviation(amount)
    error = math.hypot(mean, deviation)
    return math.log(bits), math.log(error + 0.3), math.log((error + 0.1) / (mean + 0.1))


def _mean_and_deviation(image: pyvips.Image) -> tuple[float, float]:
    table = image.stats()
    return table.getpoint(4, 0)[0], table.getpoint(5, 0)[0]


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
    return pyvips.Image.arrayjoin(windows, across=2).copy_memory()
