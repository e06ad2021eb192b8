"""A picture's colours reduced to a few that stand for all.

The underscore keeps this file out of the registry.
"""

from collections import Counter
from collections.abc import Sequence

Rgb = tuple[int, int, int]
Counts = list[tuple[Rgb, int]]


def reduced(pixels: Sequence[Rgb], count: int) -> dict[Rgb, Rgb]:
    """Each colour that occurs to one of at most `count`: the box with the widest spread of pixels is split at its
    mean until there are enough (after median cut, Heckbert 1982); a box's colour is its mean.
    """
    boxes: list[Counts] = [list(Counter(pixels).items())]
    while len(boxes) < count:
        widest = max(boxes, key=_spread)
        if len(widest) < 2:
            break
        boxes.remove(widest)
        boxes += _halves(widest)
    return {colour: mean for box in boxes for mean in [_mean(box)] for colour, _ in box}


def _spread(box: Counts) -> float:
    """Pixels times the square of the longest side."""
    return sum(times for _, times in box) * max(_sides(box)) ** 2


def _sides(box: Counts) -> list[int]:
    bands = list(zip(*(colour for colour, _ in box), strict=True))
    return [max(band) - min(band) for band in bands]


def _halves(box: Counts) -> list[Counts]:
    sides = _sides(box)
    band = sides.index(max(sides))
    middle = sum(colour[band] * times for colour, times in box) / sum(times for _, times in box)
    low = [entry for entry in box if entry[0][band] <= middle]
    high = [entry for entry in box if entry[0][band] > middle]
    return [low, high]


def _mean(box: Counts) -> Rgb:
    total = sum(times for _, times in box)
    red, green, blue = (
        round(sum(colour[band] * times for colour, times in box) / total) for band in range(3)
    )
    return red, green, blue
