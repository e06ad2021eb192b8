"""Leaves: crowns, hedges and needles are heaps of round blobs whose rims are broken up by a texture of flakes.

Two drawings of the same blobs are made: how dense it is (decides where a leaf shows) and which tone it has (lit above, dark below).
"""

from math import cos, pi, sin
from random import Random

import msgspec
import pyvips

from api.demo import texture
from api.demo.canvas import Canvas, Frame, Point
from api.demo.palette import Rgb, mix, times, vary


class Blob(msgspec.Struct, frozen=True):
    """One cluster of leaves, in units."""

    x: float
    y: float
    radius: float
    colour: str
    tall: float = 0.85


def _lobe(rng: Random, at: Point, radius: float, colour: str, count: int, sun: float) -> list[Blob]:
    """One bough: clusters inside a disc, dark below and away from the sun (`sun` -1 left, 1 right), the bright ones painted last."""
    blobs = []
    for _ in range(count):
        turn, reach = rng.uniform(0, 2 * pi), rng.random() ** 0.6
        dx, dy = cos(turn) * reach, sin(turn) * reach
        tone = 0.7 - 0.44 * dy + 0.26 * dx * sun + rng.uniform(-0.12, 0.12)
        blob = Blob(
            at[0] + dx * radius * 1.1,
            at[1] + dy * radius * 0.9,
            radius * rng.uniform(0.24, 0.42),
            _toned(colour, tone),
        )
        blobs.append((tone, blob))
    return [blob for _, blob in sorted(blobs, key=lambda pair: pair[0])]


def _toned(colour: str, tone: float) -> str:
    """Shadows lean to blue, lights to yellow. Rounded, so that one gradient serves many blobs."""
    shade = times(colour, max(0.2, round(tone * 14) / 14))
    return (
        mix(shade, "#22344a", 0.3)
        if tone < 0.6
        else mix(shade, "#f4e690", max(0.0, min(0.12, round(tone * 14) / 14 - 0.9)))
    )


def crown(
    rng: Random,
    at: Point,
    width: float,
    height: float,
    colour: str,
    *,
    lobes: int = 15,
    sun: float = -1,
) -> list[Blob]:
    """A broad-leaved crown whose middle is `at`: boughs from the top down, so that each lies in front of the shade of the one above."""
    placed = []
    for index in range(lobes):
        turn, reach = 2.4 * index + rng.uniform(-0.3, 0.3), ((index + 0.6) / lobes) ** 0.5 * 0.72
        x, y = at[0] + cos(turn) * reach * width / 2, at[1] + sin(turn) * reach * height / 2
        placed.append((y, x, min(width, height) * rng.uniform(0.15, 0.24), vary(rng, colour, 0.07)))
    count = 9 if lobes < 8 else 20
    return [
        blob
        for y, x, radius, tone in sorted(placed)
        for blob in _lobe(rng, (x, y), radius, tone, count, sun)
    ]


def needles(
    rng: Random, foot: Point, width: float, height: float, colour: str, snow: str | None = None
) -> list[Blob]:
    """A spruce standing at `foot`: tiers that widen downwards, each tier lying over the one below; `snow` lies on the tiers."""
    blobs = []
    tiers = 17
    for tier in range(tiers, 0, -1):
        share = tier / tiers
        y = foot[1] - height * (1.0 - share * 0.93)
        half = width / 2 * (0.04 + share**1.1)
        for _ in range(5 + tier):
            x = foot[0] + rng.uniform(-1, 1) * half
            droop = abs(x - foot[0]) * 0.32
            radius = height * 0.036 * (0.75 + share * 0.6) * rng.uniform(0.8, 1.2)
            blobs.append(
                Blob(
                    x,
                    y + droop,
                    radius,
                    _toned(colour, rng.uniform(0.55, 1.15) - 0.2 * droop / (half + 1)),
                    0.7,
                )
            )
            if snow and rng.random() < 0.7:
                blobs.append(
                    Blob(
                        x,
                        y + droop - radius * 0.5,
                        radius * 0.75,
                        times(snow, rng.choice((0.85, 0.95, 1))),
                        0.5,
                    )
                )
    return blobs


def hedge(
    rng: Random,
    start: Point,
    end: Point,
    height: float,
    colour: str,
    *,
    loose: float = 0.35,
    sun: float = -1,
) -> list[Blob]:
    """A row of shrubs along a line on the ground (units); `loose` 0 is clipped flat, 1 is wild."""
    length = max(1.0, abs(end[0] - start[0]))
    count = max(2, int(length / (height * 0.42)))
    blobs: list[Blob] = []
    for row in (0.72, 0.3):
        for index in range(count):
            share = (index + rng.random()) / count
            x, y = start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share
            radius = height * (0.34 + loose * rng.uniform(-0.08, 0.14))
            lift = height * (row + loose * rng.uniform(-0.2, 0.12))
            blobs += _lobe(
                rng,
                (x, y - lift),
                radius,
                vary(rng, times(colour, 0.8 + 0.25 * row), 0.08),
                14,
                sun,
            )
    return blobs


def plant(
    picture: pyvips.Image,
    frame: Frame,
    blobs: list[Blob],
    lit: Rgb,
    *,
    leaf: float = 5,
    crisp: float = 4.5,
) -> pyvips.Image:
    """The picture with the blobs as foliage under the light `lit`, flakes of `leaf` units. Costs only the area that the blobs cover."""
    left, top = (
        max(0.0, min(b.x - b.radius * 2 for b in blobs)),
        max(0.0, min(b.y - b.radius * 2 for b in blobs)),
    )
    right = min(frame.width, max(b.x + b.radius * 2 for b in blobs))
    bottom = min(frame.height, max(b.y + b.radius * 2 for b in blobs))
    if right - left < 1 or bottom - top < 1:
        return picture
    x, y = int(left * frame.scale), int(top * frame.scale)
    shifted = [
        msgspec.structs.replace(b, x=b.x - x / frame.scale, y=b.y - y / frame.scale) for b in blobs
    ]
    layer = grown(
        Frame(right - left, bottom - top, frame.scale), shifted, lit, leaf=leaf, crisp=crisp
    )
    return picture.composite2(layer, "over", x=x, y=y)[:3].cast("uchar")


def grown(
    frame: Frame, blobs: list[Blob], lit: Rgb, *, leaf: float = 5, crisp: float = 4.5
) -> pyvips.Image:
    """RGBA of the frame's size: the blobs as foliage."""
    flakes, clumps = texture.leaves(frame, leaf), texture.leaves(frame, leaf * 3.1)
    thick = _density(frame, blobs)
    # The flakes only gnaw at rims: where there is no blob at all (thick 0) the sum stays below 0 whatever the flakes say.
    alpha = (thick * 1.5 - 0.9 + (flakes - 0.5) * 0.75 + (clumps - 0.5) * 0.5) * crisp * 255
    colour = _tones(frame, blobs, lit) * (flakes * 0.72 + clumps * 0.4 + 0.02)
    return (
        colour.cast("uchar").bandjoin(alpha.cast("uchar")).copy(interpretation="srgb").copy_memory()
    )


def _enlarge(image: pyvips.Image, frame: Frame) -> pyvips.Image:
    width, height = frame.size
    return image.resize(width / image.width, vscale=height / image.height, kernel="linear").gravity(
        "north-west", width, height, extend="copy"
    )


def _density(frame: Frame, blobs: list[Blob]) -> pyvips.Image:
    canvas = Canvas(frame)
    fill = canvas.radial([(0, "#ffffff", 0.95), (0.5, "#ffffff", 0.7), (1, "#ffffff", 0)])
    for blob in blobs:
        canvas.ellipse((blob.x, blob.y), blob.radius * 1.3, blob.radius * 1.3 * blob.tall, fill)
    return _enlarge(canvas.render(4)[3], frame).cast("float") / 255


def _tones(frame: Frame, blobs: list[Blob], lit: Rgb) -> pyvips.Image:
    canvas = Canvas(frame)
    mean = blobs[len(blobs) // 2].colour if blobs else "#000000"
    canvas.fill(times(mean, lit))
    fills: dict[str, str] = {}
    for blob in blobs:
        if blob.colour not in fills:
            tone = times(blob.colour, lit)
            fills[blob.colour] = canvas.radial([(0, tone, 1), (0.45, tone, 0.85), (1, tone, 0)])
        canvas.ellipse(
            (blob.x, blob.y), blob.radius * 1.5, blob.radius * 1.5 * blob.tall, fills[blob.colour]
        )
    return _enlarge(canvas.render(4)[:3], frame)
