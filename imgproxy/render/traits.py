"""What of a picture decides how well an encoder will do on it: a dozen numbers, most of them out of a trial.

A trial is a plain, fast file of a sample of the pixels, read again: how many bits it took and how it errs tell noise from
edges and edges from flat colour better than statistics of the pixels do.  JPEG does for what works much as it does, in steps
like those of our own files; WebP has a trial of its own, and AVIF both, as its own encoder is too slow, and quick not itself.
The sample is bounded: tiles at full resolution from all over the picture, because a shrunk copy has other noise and other
edges.  Pillow does all of it: for so few pixels libvips takes four times as long.

This room must never look at the whole of a large picture, and never choose a quality.
"""

import io
import math
from functools import cache
from operator import mul
from typing import Any, NamedTuple

import pyvips

from imgproxy.render.unlike import colour_error, errors, seen, structure, structure_far


class Recipe(NamedTuple):
    """How a format is looked at.

    The sample is a share of all pixels, but no fewer and no more than these, or the whole of a smaller picture.
    `coloured`: brightness is that of colours; an encoder that halves colours changes it.
    """

    trials: tuple[str, ...]
    share: float
    min_px: int
    max_px: int
    coloured: bool = True


RECIPES = {
    "jpg": Recipe(("JPEG",), 1 / 4, 24_576, 57_344),
    "webp": Recipe(("WEBP",), 1 / 3, 28_672, 65_536),
    "avif": Recipe(("JPEG", "WEBP"), 1 / 2, 40_960, 90_112),
    "jxl": Recipe(("JPEG",), 1 / 3, 28_672, 57_344, coloured=False),
}
"""By format: what a fixed part of its encoder's time buys."""

_TILE_PX = 64
"""The side of a tile: smaller ones see more places, larger ones have fewer seams."""

_MAX_SIDE_PX = 8192
"""Of a sample; WebP writes no side of twice as much."""

_COARSE = 4
_WHITE = [255, 255, 255]
_STEPS = range(256)


class _Trial(NamedTuple):
    """How Pillow writes it, and about how many bytes of it are not the pixels'."""

    format: str
    options: dict[str, Any]
    header_bytes: int


_OF_PIXELS = ("pixels", "brightness", "fine", "coarse")
_OF_TRIAL = (
    "bits",
    "error",
    "peaks",
    "error_4",
    "error_8",
    "colour_error",
    "unlike",
    "unlike_peaks",
    "unlike_far",
    "unlike_far_peaks",
)
NAMES = {
    name: (*_OF_PIXELS, *(f"{trial} {each}" for trial in recipe.trials for each in _OF_TRIAL))
    for name, recipe in RECIPES.items()
}
"""What each place of `measured` holds, by format.

Brightness is 0 to 1, all others natural logarithms.  Fine: how far pixels are from the mean of the 4×4 around them; coarse:
how far those means are from those of 8×8.  Of a trial: bits per pixel, root mean square error, and
peaks, that error over the mean of its amounts, which is high where few places carry most of it; the error of means of 4×4 and of 8×8.
Unlike: how far local structure at half the size is from equal, as SSIM has it, and its peaks, by the mean of fourth powers; far:
both at a quarter of the size, where SSIMULACRA2 looks most.
"""


def measured(format: str, image: pyvips.Image) -> tuple[float, ...]:  # noqa: A002 - the domain's word
    """Numbers in the order of NAMES. `image` is sRGB, 8 bit, in memory; transparency counts as white."""
    recipe = RECIPES[format]
    image = image.flatten(background=_WHITE) if image.hasalpha() else image
    image = image if image.bands > 2 else image.colourspace("srgb")
    sample = _sampled(image, recipe)
    light, colours = sample.convert("L"), sample.reduce(2).convert("YCbCr")
    far = seen(sample if recipe.coloured else light)
    found = [
        math.log(image.width * image.height),
        _mean(light.histogram()) / 255,
        *_textures(light),
    ]
    for name in recipe.trials:
        again, bits = _tried(_trials()[name], sample)
        light_again, colours_again = again.convert("L"), again.reduce(2).convert("YCbCr")
        found += [
            bits,
            *errors(light, light_again),
            colour_error(colours, colours_again),
            *structure(colours.getchannel(0), colours_again.getchannel(0)),
            *structure_far(far, seen(again if recipe.coloured else light_again)),
        ]
    return tuple(found)


@cache
def _trials() -> dict[str, _Trial]:
    """Qualities near the middle of what the levels need."""
    return {
        "JPEG": _Trial("JPEG", {"qtables": _our_tables(59), "subsampling": 2}, 600),
        "WEBP": _Trial("WEBP", {"quality": 58, "method": 0}, 40),
    }


def _our_tables(quality: int) -> Any:
    """What our JPEGs are divided by at a quality (`encode`); Pillow's own tables are others."""
    import PIL.Image

    grey = pyvips.Image.black(16, 16, bands=3).copy(interpretation="srgb")
    file = grey.jpegsave_buffer(Q=quality, quant_table=3, subsample_mode="on")
    picture: Any = PIL.Image.open(io.BytesIO(file))
    return picture.quantization


def _tried(trial: _Trial, sample: Any) -> tuple[Any, float]:
    """What the trial leaves of the pixels, RGB, and the logarithm of its bits per pixel."""
    import PIL.Image

    file = io.BytesIO()
    sample.save(file, trial.format, **trial.options)
    bits = 8 * max(file.tell() - trial.header_bytes, 20)
    again = PIL.Image.open(file, formats=(trial.format,))
    again.load()
    return again, math.log(bits / (sample.width * sample.height))


def _textures(light: Any) -> tuple[float, float]:
    """Fine and coarse texture (NAMES)."""
    from PIL import ImageChops

    means = light.reduce(_COARSE)
    coarser = means.reduce(2).resize(means.size, 0)
    apart = (ImageChops.difference(each, means) for each in (light.resize(means.size, 0), coarser))
    fine, coarse = (math.log(_mean(each.histogram()) + 0.1) for each in apart)
    return fine, coarse


def _mean(found: list[int]) -> float:
    """Of what a histogram counts."""
    counted: int = sum(map(mul, _STEPS, found))
    return counted / sum(found)


def _sampled(image: pyvips.Image, recipe: Recipe) -> Any:
    """The picture itself, or tiles from all over it, one below the other, RGB."""
    import PIL.Image

    wide, high, places = _tiles(image.width, image.height, recipe)
    region = pyvips.Region.new(image)
    rows = b"".join(region.fetch(left, top, wide, high) for left, top in places)
    return PIL.Image.frombytes("RGB", (wide, high * len(places)), rows)


def _tiles(width: int, height: int, recipe: Recipe) -> tuple[int, int, list[tuple[int, int]]]:
    """Width and height of each, and where they begin.

    The picture is divided into a grid of them, and every so many are taken on a way through it that turns at the end of each row.
    """
    budget = min(recipe.max_px, max(recipe.min_px, int(width * height * recipe.share)))
    if width * height <= budget and max(width, height) <= _MAX_SIDE_PX:
        return width, height, [(0, 0)]
    wide, high = min(_TILE_PX, width), min(_TILE_PX, height)
    across, down = width // wide, height // high
    number = min(budget // (wide * high), across * down, _MAX_SIDE_PX // high)
    places = []
    for at in range(number):
        row, column = divmod((2 * at + 1) * across * down // (2 * number), across)
        column = across - 1 - column if row % 2 else column
        places.append(
            ((width - across * wide) // 2 + column * wide, (height - down * high) // 2 + row * high)
        )
    return wide, high, places
