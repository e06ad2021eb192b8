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


def crown(rng: Random, at: Point, width: float, height: float, colour: str, count: int = 46) -> list[Blob]:
    """A broad-leaved crown whose middle is `at`: clusters at the back first, the light ones high and towards the viewer."""
    blobs = []
    for index in range(count):
        turn, reach = rng.uniform(0, 2 * pi), rng.random() ** 0.55
        x, y = at[0] + cos(turn) * reach * width / 2, at[1] + sin(turn) * reach * height / 2
        rise = (at[1] - y) / height
        radius = min(width, height) * rng.uniform(0.11, 0.19) * (1.15 - 0.3 * index / count)
        blobs.append((index / count - rise * 0.5, Blob(x, y, radius, vary(rng, times(colour, 0.92 + 0.35 * rise), 0.1))))
    return [blob for _, blob in sorted(blobs, key=lambda pair: pair[0])]


def needles(rng: Random, foot: Point, width: float, height: float, colour: str, snow: str | None = None) -> list[Blob]:
    """A spruce standing at `foot`: tiers that widen downwards, each tier lying over the one below; `snow` lies on the tiers."""
    blobs = []
    tiers = 13
    for tier in range(tiers, 0, -1):
        share = tier / tiers
        y = foot[1] - height * (1.0 - share * 0.93)
        half = width / 2 * (0.04 + share**1.1)
        for _ in range(5 + tier):
            x = foot[0] + rng.uniform(-1, 1) * half
            droop = abs(x - foot[0]) * 0.32
            radius = height * 0.034 * (0.7 + share * 0.6) * rng.uniform(0.8, 1.2)
            blobs.append(Blob(x, y + droop, radius, vary(rng, times(colour, 0.75 + 0.3 * rng.random()), 0.1), 0.7))
            if snow and rng.random() < 0.7:
                blobs.append(Blob(x, y + droop - radius * 0.5, radius * 0.75, vary(rng, snow, 0.03), 0.5))
    return blobs


def hedge(rng: Random, start: Point, end: Point, height: float, colour: str, *, loose: float = 0.35) -> list[Blob]:
    """A row of shrubs along a line on the ground (units); `loose` 0 is clipped flat, 1 is wild."""
    blobs = []
    length = max(1.0, abs(end[0] - start[0]))
    count = int(length / (height * 0.17)) * 3
    for index in range(count):
        share = rng.random()
        level = rng.random() * (0.8 + loose * rng.uniform(-0.4, 0.5))
        x, y = start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share
        tone = times(colour, 0.7 + 0.42 * level)
        blobs.append((level + index / count, Blob(x, y - height * level, height * rng.uniform(0.16, 0.26), vary(rng, tone, 0.12))))
    return [blob for _, blob in sorted(blobs, key=lambda pair: pair[0])]


def grown(frame: Frame, blobs: list[Blob], light: Rgb, *, leaf: float = 5, sun_left: bool = True, crisp: float = 4.5) -> pyvips.Image:
    """RGBA: the blobs as foliage under `light` (factor per channel), flakes of `leaf` units."""
    width, height = frame.size
    flakes = texture.leaves(frame, leaf).cast("float") / 255
    rough = texture.speckle(width, height, seed=3, blur=0.8 * frame.scale)
    thick = _density(frame, blobs)
    alpha = (thick - 0.42 + (flakes - 0.55) * 0.75 + rough * 0.12) * crisp * 255
    tone = _tones(frame, blobs, light, sun_left)
    colour = tone * (flakes * 0.62 + 0.62 + rough * 0.1)
    return colour.cast("uchar").bandjoin(alpha.cast("uchar")).copy(interpretation="srgb").copy_memory()


def _enlarge(image: pyvips.Image, frame: Frame) -> pyvips.Image:
    width, height = frame.size
    return image.resize(width / image.width, vscale=height / image.height, kernel="linear").gravity(
        "north-west", width, height, extend="copy"
    )


def _density(frame: Frame, blobs: list[Blob]) -> pyvips.Image:
    canvas = Canvas(frame)
    fill = canvas.radial([(0, "#ffffff", 1), (0.55, "#ffffff", 0.8), (1, "#ffffff", 0)])
    for blob in blobs:
        canvas.ellipse((blob.x, blob.y), blob.radius * 1.25, blob.radius * 1.25 * blob.tall, fill)
    return _enlarge(canvas.render(3)[3], frame).cast("float") / 255


def _tones(frame: Frame, blobs: list[Blob], light: Rgb, sun_left: bool) -> pyvips.Image:
    canvas = Canvas(frame)
    fills: dict[str, str] = {}
    focus = (0.32 if sun_left else 0.68, 0.22)
    for blob in blobs:
        fill = fills.setdefault(blob.colour, "") or canvas.radial(_shading(blob.colour, light), focus)
        fills[blob.colour] = fill
        canvas.ellipse((blob.x, blob.y), blob.radius * 1.45, blob.radius * 1.45 * blob.tall, fill)
    image = canvas.render(3)
    # Un-premultiplied colour outside the blobs is black; the mean of the tones keeps rims from darkening.
    mean = blobs[len(blobs) // 2].colour if blobs else "#000000"
    ground = Canvas(frame)
    ground.fill(times(mean, tuple(c * 0.6 for c in light)))  # type: ignore[arg-type]  # a three-tuple in, a three-tuple out
    return _enlarge(ground.render(3).composite2(image, "over")[:3], frame)


def _shading(colour: str, light: Rgb) -> list[tuple[float, str, float]]:
    lit = times(colour, light)
    high, low = mix(times(lit, 1.5), times("#fff6c8", light), 0.12), mix(times(lit, 0.42), "#10203a", 0.18)
    return [(0, high, 1), (0.4, lit, 1), (0.8, low, 0.9), (1, low, 0)]
