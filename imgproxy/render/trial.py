"""A trial of a picture: what a JPEG would leave of it, without a file.

    blocks of 8×8 pixels  →  cosines  →  divided by steps, rounded  →  pixels again, none darker than black or lighter than white

Brightness goes in at full size, colours at half, as in most files.  All of it is products of matrices, for all blocks at
once, which takes half the time of writing and reading one, and gives what a file would not: errors that are no whole
steps.  Steps are those of the standard (ITU-T T.81, annex K) at one quality near the middle of what the levels need.

This room must never see a picture, only its tiles.
"""

import math
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
"""Of single precision: it is enough, and half the time."""

TILE_PX = 16
"""The side of a tile: one block of colours, two by two of brightness.  Larger ones would see fewer places."""

BLOCK_PX = 64
"""Pixels of a block."""

_QUALITY = 59
_LIGHT = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)
_COLOUR = ((17, 18, 24, 47), (18, 21, 26, 66), (24, 26, 56, 99), (47, 66, 99, 99))
"""The lowest; all others are 99."""

_WHITE, _GREY = 255.0, 128.0
_TO_LIGHT = (0.299, 0.587, 0.114)
_TO_BLUE = (-0.168736, -0.331264, 0.5)
_TO_RED = (0.5, -0.418688, -0.081312)
"""Colours of JFIF, around zero."""

_CONES = (0.265, 0.657, 0.078)
"""What red, green and blue light do to cones, the mean of long and medium ones, as SSIMULACRA2 has it."""

_LINEAR = (0.012522878 / _WHITE, 0.682171111 / _WHITE**2, 0.305306011 / _WHITE**3)
"""Light of a step of sRGB, by its first three powers: within two thousandths of the curve."""


class Planes(NamedTuple):
    """Rows of a block each, tile by tile.

    `light`: brightness, -128 to 127.  `colours`: at half the size, all of blue, then all of red, around 0.
    """

    light: Array
    colours: Array


class Trial(NamedTuple):
    """Cosines in steps, before they were rounded and after, and the pixels that those make.

    `left` is brightness as in `Planes`; `blue` and `red` are at full size, in rows like those of brightness.
    """

    light: Array
    light_rounded: Array
    colours: Array
    colours_rounded: Array
    left: Array
    blue: Array
    red: Array


def planes(tiles: Array) -> Planes:
    """Of RGB tiles, n×16×16×3, 0 to 255."""
    light = tiles.reshape(-1, 24) @ _LIGHT_OF_8
    light -= _GREY
    colours = (tiles[:, ::2] + tiles[:, 1::2]).reshape(-1, 48) @ _COLOURS_OF_8
    return Planes(
        light.reshape(-1, 2, 8, 2, 8).transpose(0, 1, 3, 2, 4).reshape(-1, BLOCK_PX),
        colours.reshape(-1, 8, 2, 8).transpose(2, 0, 1, 3).reshape(-1, BLOCK_PX),
    )


def tried(of: Planes) -> Trial:
    """What quantising leaves."""
    light, colours = of.light @ _TO_STEPS, of.colours @ _COLOURS_TO_STEPS
    light_rounded, colours_rounded = np.rint(light), np.rint(colours)
    left = light_rounded @ _FROM_STEPS
    np.clip(left, -_GREY, _WHITE - _GREY, left)
    blue, red = (colours_rounded @ _COLOURS_FROM_STEPS).reshape(2, -1, BLOCK_PX)
    return Trial(light, light_rounded, colours, colours_rounded, left, blue, red)


def light_of_tiles(tiles: Array) -> Array:
    """What cones see of the means of 4×4 pixels, 0 to 1: a row of 4×4 of them per tile."""
    rows = _linear(tiles).reshape(-1, 12) @ _CONES_OF_4
    added: Array = rows.reshape(-1, 4, 4, 4).sum(2)
    return added.reshape(-1, 16)


def light_of_trial(of: Trial) -> Array:
    """As `light_of_tiles`, of what is left."""
    return _by_tile(_light(of.left, of.blue, of.red) @ MEANS_4)


def coarse(of: Trial) -> tuple[Array, Array]:
    """As `light_of_trial`, of the longest waves alone: as they were, and in a second trial of large and equal steps."""
    light = _with_coarse(of.light.take(_LONG, axis=1) * _TO_COARSE)
    colours = _with_coarse(of.colours.take(_LONG_COLOURS, axis=1) * _COLOURS_TO_COARSE)
    blue, red = (colours @ _COLOURS_TO_FAR).reshape(2, 2, -1, 16).swapaxes(0, 1)
    whole, rounded = _light(_by_tile(light @ _TO_FAR).reshape(blue.shape), blue, red)
    return whole, rounded


def _with_coarse(cosines: Array) -> Array:
    """In steps of the coarse trial, then the same rounded."""
    return np.stack([cosines, np.rint(cosines)])


def _light(light: Array, blue: Array, red: Array) -> Array:
    """What cones see of brightness around 0 and both colours, of the same shape."""
    bands = np.empty((3, *light.shape), dtype=np.float32)
    np.multiply(red, 1.402, out=bands[0])
    np.add(blue * np.float32(-0.344136), red * np.float32(-0.714136), out=bands[1])
    np.multiply(blue, 1.772, out=bands[2])
    bands += light
    bands += np.float32(_GREY)
    np.clip(bands, 0, _WHITE, bands)
    found: Array = _SHARES @ _linear(bands).reshape(3, -1)
    return found.reshape(light.shape)


def _by_tile(quarters: Array) -> Array:
    """From rows of 2×2 per block to rows of 4×4 per tile."""
    return quarters.reshape(-1, 2, 2, 2, 2).transpose(0, 1, 3, 2, 4).reshape(-1, 16)


def _linear(steps: Array) -> Array:
    """Linear light, 0 to 1, of steps of sRGB, 0 to 255."""
    first, second, third = map(np.float32, _LINEAR)
    light = steps * third
    light += second
    light *= steps
    light += first
    light *= steps
    return light


def _cosines() -> Any:
    """Of rows of pixels to rows of coefficients, orthonormal."""
    wave, place = np.arange(8)[:, None], np.arange(8)[None]
    one = np.cos((2 * place + 1) * wave * math.pi / 16) / 2
    one[0] /= math.sqrt(2)
    return np.kron(one, one).T


def _steps(table: Any) -> Any:
    """Of the standard's table, at our quality."""
    return np.clip(np.floor((table * (200 - 2 * _QUALITY) + 50) / 100), 1, None).reshape(-1)


def _doubled() -> Any:
    """From a block of colours to the four blocks of brightness over it."""
    found = np.zeros((BLOCK_PX, 4 * BLOCK_PX))
    for row, column in np.ndindex(16, 16):
        block = row // 8 * 2 + column // 8
        found[row // 2 * 8 + column // 2, block * BLOCK_PX + row % 8 * 8 + column % 8] = 1
    return found


def means(side: int, part: int) -> Array:
    """From a row of side×side pixels to the means of its squares of part×part."""
    across = side // part
    found = np.zeros((side * side, across * across))
    for row, column in np.ndindex(side, side):
        found[row * side + column, row // part * across + column // part] = 1 / part**2
    return _single(found)


def _single(table: Any) -> Array:
    return np.ascontiguousarray(table, dtype=np.float32)


_COARSE = 60
_COLOUR_STEPS = np.full((8, 8), 99)
_COLOUR_STEPS[:4, :4] = _COLOUR
LIGHT_STEPS, COLOUR_STEPS = _single(_steps(np.array(_LIGHT))), _single(_steps(_COLOUR_STEPS))
"""What cosines are divided by."""

MEANS_4, MEANS_2 = means(8, 4), means(8, 2)
_LIGHT_OF_8 = _single(np.kron(np.eye(8), np.array(_TO_LIGHT)[:, None]))
_COLOURS_OF_8 = _single(
    np.hstack([np.kron(np.eye(8), np.array(each * 2)[:, None] / 4) for each in (_TO_BLUE, _TO_RED)])
)
"""From a row of 8 pixels, or of 8 pairs; one pixel at a time takes longer."""

_CONES_OF_4 = _single(np.array(_CONES * 4) / 16)
_TO_STEPS = _single(_cosines() / LIGHT_STEPS)
_FROM_STEPS = _single(LIGHT_STEPS[:, None] * _cosines().T)
_COLOURS_TO_STEPS = _single(_cosines() / COLOUR_STEPS)
_COLOURS_FROM_STEPS = _single(COLOUR_STEPS[:, None] * (_cosines().T @ _doubled()))
_SHARES = _single(_CONES)
_LONG, _LONG_COLOURS = (
    np.array([row * 8 + wave for row in range(n) for wave in range(n)]) for n in (2, 4)
)
_TO_COARSE = LIGHT_STEPS[_LONG] / _COARSE
_COLOURS_TO_COARSE = COLOUR_STEPS[_LONG_COLOURS] / _COARSE
_TO_FAR = _single((_cosines().T @ MEANS_4)[_LONG] * _COARSE)
_COLOURS_TO_FAR = _single((_cosines().T @ MEANS_2)[_LONG_COLOURS] * _COARSE)
