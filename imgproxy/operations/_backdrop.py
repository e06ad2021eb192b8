"""What shows beside a picture: a colour of its own, a gradient of its colours, or itself, blurred.

The underscore keeps this file out of the registry.  Colours are counted on a copy of 64 pixels, in buckets of 32 levels
a channel; a second colour has to be visibly another one.
"""

from collections import defaultdict
from collections.abc import Iterable

import pyvips

from imgproxy.notation.backdrop import Backdrop
from imgproxy.notation.colour import Colour
from imgproxy.operations._bands import settled
from imgproxy.operations._soften import softened
from imgproxy.values import Size

_SMALL_PX = 64
_BUCKET_BITS = 5
_APART = 48.0
_SIGMA_OF_STRENGTH = 0.12
"""Pixels of sigma per unit of strength: six times that of `e_blur`, as a backdrop is to recede."""

Pixel = tuple[int, int, int]


def colours(image: pyvips.Image, backdrop: Backdrop) -> list[Colour]:
    """`backdrop.count` colours, the most frequent first; fewer visibly different ones are repeated."""
    found = _frequent(_pixels(image, border=backdrop.mode == "border"), backdrop.count)
    made = [
        Colour(*(255 - side for side in pixel)) if backdrop.contrast else Colour(*pixel)
        for pixel in found
    ]
    if backdrop.palette:
        made = [_nearest(colour, backdrop.palette) for colour in made]
    return [made[i % len(made)] for i in range(backdrop.count)]


def sheet(image: pyvips.Image, backdrop: Backdrop, canvas: Size) -> pyvips.Image:
    """Three bands of `canvas`, opaque."""
    if backdrop.kind == "blurred":
        return _blurred(image, backdrop, canvas)
    rows = [colour.rgb for colour in colours(image, backdrop)]
    if len(rows) == 4:
        return _four_corners(rows, canvas)
    return _between(rows, backdrop.direction, canvas)


def _pixels(image: pyvips.Image, *, border: bool) -> list[Pixel]:
    """Those that can be seen; of the border, or of all where the border is see-through; white where nothing is seen."""
    small = image.thumbnail_image(_SMALL_PX, size="down", no_rotate=True)
    data, bands = bytes(small.write_to_memory()), small.bands
    width, height = small.width, small.height
    ring = max(1, min(width, height) // 16)
    seen: list[Pixel] = []
    edge: list[Pixel] = []
    for place in range(width * height):
        pixel = data[place * bands : place * bands + bands]
        if bands == 4 and pixel[3] < 128:
            continue
        seen.append((pixel[0], pixel[1], pixel[2]))
        y, x = divmod(place, width)
        if not (ring <= x < width - ring and ring <= y < height - ring):
            edge.append(seen[-1])
    return (edge if border and edge else seen) or [(255, 255, 255)]


def _frequent(pixels: Iterable[Pixel], count: int) -> list[Pixel]:
    buckets: defaultdict[Pixel, list[Pixel]] = defaultdict(list)
    for pixel in pixels:
        red, green, blue = (side >> _BUCKET_BITS for side in pixel)
        buckets[red, green, blue].append(pixel)
    found: list[Pixel] = []
    for members in sorted(buckets.values(), key=len, reverse=True):
        red, green, blue = (
            round(sum(sides) / len(members)) for sides in zip(*members, strict=True)
        )
        pixel = red, green, blue
        if all(_distance(pixel, other) > _APART for other in found):
            found.append(pixel)
        if len(found) == count:
            break
    return found


def _nearest(colour: Colour, palette: Iterable[Colour]) -> Colour:
    return min(palette, key=lambda own: _distance(own.rgb, colour.rgb))


def _distance(one: Iterable[float], other: Iterable[float]) -> float:
    return float(sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5)


def _between(rows: list[list[float]], direction: str, canvas: Size) -> pyvips.Image:
    first, last = rows[0], rows[-1]
    at = pyvips.Image.xyz(*canvas)
    across, down = at[0] / max(1, canvas.width - 1), at[1] / max(1, canvas.height - 1)
    share = {
        "horizontal": across,
        "vertical": down,
        "diagonal_desc": (across + down) / 2,
        "diagonal_asc": (across + 1 - down) / 2,
    }[direction]
    return settled((1 - share) * first + share * last)


def _four_corners(rows: list[list[float]], canvas: Size) -> pyvips.Image:
    at = pyvips.Image.xyz(*canvas)
    across, down = at[0] / max(1, canvas.width - 1), at[1] / max(1, canvas.height - 1)
    top = (1 - across) * rows[0] + across * rows[1]
    bottom = (1 - across) * rows[2] + across * rows[3]
    return settled((1 - down) * top + down * bottom)


def _blurred(image: pyvips.Image, backdrop: Backdrop, canvas: Size) -> pyvips.Image:
    opaque = image.flatten(background=255) if image.hasalpha() else image
    covering = opaque.thumbnail_image(
        canvas.width, height=canvas.height, crop="centre", no_rotate=True
    )
    soft = softened(covering, max(0.5, backdrop.strength * _SIGMA_OF_STRENGTH))
    return settled(soft * max(0.0, 1 + backdrop.brightness / 100)) if backdrop.brightness else soft
