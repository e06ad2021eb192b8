"""ThumbHash: some 25 bytes that a page turns into a blurred picture of the right shape and colours.

The format is Evan Wallace's (https://evanw.github.io/thumbhash/).  Colours become a lightness and two differences,

    L = (R + G + B) / 3        P = (R + G) / 2 - B        Q = R - G

each of them is decomposed by a cosine transform of type II, and of the terms only the coarsest are kept: the constant
one in six bits, the others in four bits on a common scale.  Transparent pixels take the mean colour first, and opacity is a
channel of its own where there is any.

    bits 0-23    L, P, Q constant (6 each), scale of L (5), whether opacity follows (1)
    bits 24-39   terms of L along the shorter side (3), scales of P and Q (6 each), whether it is wider than high (1)
    8 bits       opacity: constant and scale (4 each), where it follows
    4 bits each  the terms of L, P, Q and opacity, row by row
"""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from functools import lru_cache
from math import cos, floor, pi
from typing import Final, NamedTuple

from api.pictures.pixels import Pixels

MAX_SIDE: Final = 100
"""In pixels; larger pictures give the same hash, later."""

_TERMS, _TERMS_WITH_ALPHA = 7, 5
_COLOUR_TERMS, _ALPHA_TERMS = 3, 5
_LEAST_TERMS = 3
_NOTHING: Final = (
    1e-9  # what rounding leaves of terms that are not there, which would be stretched to full scale
)


class _Planes(NamedTuple):
    """L, P, Q and opacity of each pixel; P and Q from -1, the others from 0 to 1."""

    light: list[float]
    yellow: list[float]
    red: list[float]
    opacity: list[float]


class _Channel(NamedTuple):
    """The constant term, the largest of the others, and these from 0 to 1 with the middle for none."""

    constant: float
    scale: float
    terms: list[float]


def thumbhash(pixels: Pixels) -> str:
    """The hash in base64.  Raises ValueError for a side of more than 100 pixels, or none."""
    if not (0 < pixels.width <= MAX_SIDE and 0 < pixels.height <= MAX_SIDE):
        raise ValueError(f"{pixels.width} x {pixels.height} pixels, expected 1 to {MAX_SIDE}")
    return b64encode(_hashed(pixels)).decode()


def _hashed(pixels: Pixels) -> bytes:
    width, height, _ = pixels
    planes = _channels(pixels)
    has_alpha = min(planes.opacity) < 1
    most = _TERMS_WITH_ALPHA if has_alpha else _TERMS
    across, down = (max(1, _round(most * side / max(width, height))) for side in (width, height))
    size = width, height
    light = _encoded(planes.light, size, max(_LEAST_TERMS, across), max(_LEAST_TERMS, down))
    yellow = _encoded(planes.yellow, size, _COLOUR_TERMS, _COLOUR_TERMS)
    red = _encoded(planes.red, size, _COLOUR_TERMS, _COLOUR_TERMS)
    channels, depth = [light, yellow, red], b""
    if has_alpha:
        alpha = _encoded(planes.opacity, size, _ALPHA_TERMS, _ALPHA_TERMS)
        channels.append(alpha)
        depth = bytes([_round(15 * alpha.constant) | _round(15 * alpha.scale) << 4])
    head = _head(light, yellow, red, has_alpha)
    head += _tail(yellow, red, down if width > height else across, width > height)
    return head + depth + bytes(_nibbles([term for one in channels for term in one.terms]))


def _channels(pixels: Pixels) -> _Planes:
    """What shines through is the mean colour."""
    rgba = pixels.rgba
    opacity = [value / 255 for value in rgba[3::4]]
    covered = sum(opacity)
    planes = []
    for band in range(3):
        plane = [value / 255 * alpha for value, alpha in zip(rgba[band::4], opacity, strict=True)]
        mean = sum(plane) / covered if covered else 0
        planes.append([v + mean * (1 - a) for v, a in zip(plane, opacity, strict=True)])
    red, green, blue = planes
    colours = list(zip(red, green, blue, strict=True))
    return _Planes(
        [(r + g + b) / 3 for r, g, b in colours],
        [(r + g) / 2 - b for r, g, b in colours],
        [r - g for r, g, _ in colours],
        opacity,
    )


def _encoded(plane: Sequence[float], size: tuple[int, int], across: int, down: int) -> _Channel:
    """The terms above the diagonal; rows first, since a cosine of both sides is a product of two."""
    width, height = size
    rows = [plane[start : start + width] for start in range(0, width * height, width)]
    found = []
    for cy in range(down):
        lift = _wave(height, cy)
        columns = [sum(map(_times, lift, column)) for column in zip(*rows, strict=True)]
        cx = 0
        while cx * down < across * (down - cy):
            found.append(sum(map(_times, _wave(width, cx), columns)) / (width * height))
            cx += 1
    constant, *terms = found
    scale = max(map(abs, terms), default=0)
    if scale < _NOTHING:
        return _Channel(constant, 0, [0] * len(terms))
    return _Channel(constant, scale, [0.5 + 0.5 / scale * term for term in terms])


def _times(a: float, b: float) -> float:
    return a * b


@lru_cache(maxsize=1024)
def _wave(length: int, frequency: int) -> tuple[float, ...]:
    return tuple(cos(pi / length * frequency * (at + 0.5)) for at in range(length))


def _head(light: _Channel, yellow: _Channel, red: _Channel, has_alpha: bool) -> bytes:
    value = _round(63 * light.constant)
    value |= _round(31.5 + 31.5 * yellow.constant) << 6
    value |= _round(31.5 + 31.5 * red.constant) << 12
    value |= _round(31 * light.scale) << 18 | has_alpha << 23
    return value.to_bytes(3, "little")


def _tail(yellow: _Channel, red: _Channel, shorter: int, wide: bool) -> bytes:
    value = shorter | _round(63 * yellow.scale) << 3 | _round(63 * red.scale) << 9 | wide << 15
    return value.to_bytes(2, "little")


def _nibbles(terms: Sequence[float]) -> Iterator[int]:
    """Two terms a byte, the first one low."""
    values = [_round(15 * term) for term in terms]
    for low, high in zip(values[::2], [*values[1::2], 0], strict=False):
        yield low | high << 4


def _round(value: float) -> int:
    """Halves go up, as where the format was defined."""
    return floor(value + 0.5)
