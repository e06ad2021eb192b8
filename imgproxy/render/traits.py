"""What of a picture decides how well an encoder will do on it: some thirty numbers, most of them out of a trial.

How many bits a trial takes (`trial`) and how it errs (`unlike`) tell noise from edges and edges from flat colour better than
statistics of the pixels do.  JPEG does for every format: what its own encoder does differently the fit knows.
The sample is bounded: tiles at full resolution from all over the picture, because a shrunk copy has other noise and other
edges.

This room must never look at the whole of a large picture, and never choose a quality.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyvips

from imgproxy.render import trial
from imgproxy.render.trial import TILE_PX, Array, Planes, Trial
from imgproxy.render.unlike import (
    blocks,
    errors,
    far_errors,
    mean_of,
    root_of,
    seen,
    structure,
    structure_far,
)


class Share(NamedTuple):
    """How much is looked at: a share of all pixels, but no fewer and no more than these, or the whole of a smaller picture."""

    share: float
    min_px: int
    max_px: int

    def tiles(self, width: int, height: int) -> int:
        """How many; at least one."""
        wanted = min(self.max_px, max(self.min_px, int(width * height * self.share)))
        return max(1, wanted // TILE_PX**2)


SHARES = {
    "jpg": Share(1 / 5, 16_384, 49_152),
    "webp": Share(1 / 4, 20_480, 49_152),
    "avif": Share(1 / 2, 40_960, 90_112),
    "jxl": Share(1 / 5, 14_336, 40_960),
}
"""By format: what a small part of its encoder's time buys."""

_WHITE = [255, 255, 255]
_WAVES = np.maximum(*np.divmod(np.arange(trial.BLOCK_PX), 8))
"""Of each place of a block of cosines, the higher of both directions."""

_BANDS = np.stack(
    [
        np.where((_WAVES > 0) & (waves > _WAVES), trial.LIGHT_STEPS**2 / trial.BLOCK_PX, 0)
        for waves in (8, 4, 2)
    ],
    axis=1,
)
"""From squared cosines in steps to the variance of a block, of its means of 2×2, and of those of 4×4."""

NAMES = (
    *("pixels", "brightness"),
    *("texture", "texture_2", "texture_4", "typical", "typical_2", "typical_4", "range"),
    *("colour", "colour_texture"),
    *("bits", "whole", "colour_whole"),
    *("error", "peaks", "error_2", "error_4", "error_8"),
    *("unlike", "unlike_peaks", "unlike_2", "unlike_2_peaks"),
    *("blue_error", "red_error"),
    *("far", "far_peaks", "far_8", "far_8_peaks", "far_error"),
    *("coarse_far", "coarse_far_peaks"),
)
"""What each place of `measured` holds.

Brightness is 0 to 1, all others natural logarithms; 2, 4 and 8: of means of so many pixels squared.  Texture: root of the
mean variance of blocks, typical: mean logarithm of that variance, which tells how much is flat; range: how far blocks are from
each other.  Of the trial: bits, its mean amount, and whole, the share that is not zero; errors, root mean squares, and peaks,
that error over the mean of those of blocks, which is high where few places carry most of it.  Unlike: how far local structure
is from equal, as SSIM has it, and its peaks, by the mean of fourth powers; far: the same at a quarter of the size, where
SSIMULACRA2 looks most; coarse: of a second trial, in large steps.
"""


def measured(format: str, image: pyvips.Image) -> tuple[float, ...]:  # noqa: A002 - the domain's word
    """Numbers in the order of NAMES. `image` is sRGB, 8 bit, in memory; transparency counts as white."""
    pixels = image.width * image.height
    image = image.flatten(background=_WHITE) if image.hasalpha() else image
    image = image if image.bands > 2 else image.colourspace("srgb")
    tiles = _tiles(image, SHARES[format])
    planes = trial.planes(tiles)
    found = trial.tried(planes)
    far = seen(trial.light_of_tiles(tiles)), seen(trial.light_of_trial(found))
    apart, both = blocks(planes.light - found.left), blocks(planes.light + found.left)
    return (
        math.log(pixels),
        (mean_of(planes.light) + 128) / 255,
        *_textures(planes, found),
        *_bits(found),
        *errors(apart),
        *structure(apart, both),
        *_colour_errors(found),
        *structure_far(*far),
        *far_errors(*far),
        *structure_far(*map(seen, trial.coarse(found))),
    )


def _textures(planes: Planes, found: Trial) -> Iterator[float]:
    """Texture to colour_texture (NAMES)."""
    variances = (found.light * found.light) @ _BANDS
    for mean in (variances.sum(axis=0) / len(variances)).tolist():
        yield math.log(math.sqrt(mean) + 0.1)
    yield from (np.log(variances + 0.5).sum(axis=0) / len(variances)).tolist()
    yield math.log(float(found.light[:, 0].std() * trial.LIGHT_STEPS[0]) / 8 + 1)
    tint = (root_of(found.colours[:, 0]) * float(trial.COLOUR_STEPS[0]) / 8) ** 2
    yield math.log(math.sqrt(tint) + 1)
    yield math.log(math.sqrt(max(root_of(planes.colours) ** 2 - tint, 0.0)) + 0.3)


def _bits(found: Trial) -> tuple[float, ...]:
    light, colours = found.light_rounded, found.colours_rounded
    amounts = float(np.abs(light).sum()) - float(np.abs(light[:, 0]).sum())
    return (
        math.log(amounts / light.size + 0.003),
        math.log(np.count_nonzero(light) / light.size + 0.003),
        math.log(np.count_nonzero(colours) / colours.size + 0.001),
    )


def _colour_errors(found: Trial) -> tuple[float, ...]:
    apart = (found.colours - found.colours_rounded) * trial.COLOUR_STEPS
    half = len(apart) // 2
    return tuple(math.log(root_of(each) + 0.3) for each in (apart[:half], apart[half:]))


def _tiles(image: pyvips.Image, share: Share) -> Array:
    """Tiles from all over the picture, n×16×16×3; of one that is narrower or lower, its edges go on."""
    number = share.tiles(image.width, image.height)
    wide, high = max(image.width, TILE_PX), max(image.height, TILE_PX)
    if (wide, high) != (image.width, image.height):
        image = image.embed(0, 0, wide, high, extend="copy")
    fetch = pyvips.Region.new(image).fetch
    rows = [fetch(*place, TILE_PX, TILE_PX) for place in _places(wide, high, number)]
    tiles = np.frombuffer(b"".join(rows), dtype=np.uint8).reshape(-1, TILE_PX, TILE_PX, 3)
    return tiles.astype(np.float32)


def _places(width: int, height: int, number: int) -> list[tuple[int, int]]:
    """Where tiles begin, left and top.

    The picture is covered by a grid of them, which overlap where they do not fit, and every so many are taken on a way through
    it that turns at the end of each row.
    """
    across, down = math.ceil(width / TILE_PX), math.ceil(height / TILE_PX)
    number = min(number, across * down)
    rows, columns = np.divmod((2 * np.arange(number) + 1) * across * down // (2 * number), across)
    columns = np.where(rows % 2, across - 1 - columns, columns)
    lefts = columns * (width - TILE_PX) // max(across - 1, 1)
    tops = rows * (height - TILE_PX) // max(down - 1, 1)
    return list(zip(lefts.tolist(), tops.tolist(), strict=True))
