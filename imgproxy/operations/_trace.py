"""Areas of pixels to outlines: loops around what is set, thinned to few points, written as SVG paths.

The underscore keeps this file out of the registry. Pure arithmetic on integers: a row of pixels is one number, so that
looking for edges costs as much as there are edges, not as there are pixels.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

Point = tuple[int, int]
Loop = list[Point]

_RIGHT, _DOWN, _LEFT, _UP = (1, 0), (0, 1), (-1, 0), (0, -1)


class Style(NamedTuple):
    """How outlines are thinned and drawn: tolerance in pixels, and the sharpest turn in degrees that is still a curve."""

    tolerance: float
    curve_up_to: float


def loops(rows: Sequence[int], width: int) -> Iterator[Loop]:
    """Closed outlines of what is set, inside on the right hand; `rows` hold the leftmost pixel in the highest bit.

    Points are corners of pixels, only where the direction changes.
    """
    ways = _ways(rows, width)
    while ways:
        start = next(iter(ways))
        yield _followed(ways, start)


def _ways(rows: Sequence[int], width: int) -> dict[Point, list[Point]]:
    """Every unit edge, as directions that leave each corner."""
    ways: dict[Point, list[Point]] = {}
    above = 0
    for y, row in enumerate([*rows, 0]):
        for x in _bits(row & ~above, width):
            ways.setdefault((x, y), []).append(_RIGHT)
        for x in _bits(above & ~row, width):
            ways.setdefault((x + 1, y), []).append(_LEFT)
        for x in _bits(row & ~(row >> 1), width):
            ways.setdefault((x, y + 1), []).append(_UP)
        for x in _bits(row & ~(row << 1), width):
            ways.setdefault((x + 1, y), []).append(_DOWN)
        above = row
    return ways


def _bits(row: int, width: int) -> Iterator[int]:
    """Places of the set bits within the width, from the left."""
    row &= (1 << width) - 1
    while row:
        top = row.bit_length()
        yield width - top
        row ^= 1 << (top - 1)


def _followed(ways: dict[Point, list[Point]], start: Point) -> Loop:
    loop: Loop = []
    at, heading = start, (0, 0)
    while True:
        leaving = ways[at]
        # where two areas touch with a corner, the sharpest right turn keeps them apart
        way = (
            min(leaving, key=lambda each: _turn(heading, each)) if len(leaving) > 1 else leaving[0]
        )
        leaving.remove(way)
        if not leaving:
            del ways[at]
        if way != heading:
            loop.append(at)
        at, heading = (at[0] + way[0], at[1] + way[1]), way
        if at == start:
            return loop


def _turn(before: Point, after: Point) -> int:
    """-1 for right, 0 for straight on, 1 for left, on a screen."""
    return before[1] * after[0] - before[0] * after[1]


def area(loop: Loop) -> float:
    """Of the polygon, without a sign."""
    pairs = zip(loop, loop[1:] + loop[:1], strict=True)
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs)) / 2


def thinned(loop: Loop, tolerance: float) -> Loop:
    """Fewer points, none farther than the tolerance from the new outline (Ramer, Douglas and Peucker)."""
    if len(loop) < 4:
        return loop
    far = max(range(len(loop)), key=lambda at: math.dist(loop[0], loop[at]))
    halves = loop[: far + 1], [*loop[far:], loop[0]]
    return [point for half in halves for point in _kept(half, tolerance)[:-1]]


def _kept(line: Loop, tolerance: float) -> Loop:
    keep = {0, len(line) - 1}
    spans = [(0, len(line) - 1)]
    while spans:
        start, end = spans.pop()
        inner = range(start + 1, end)
        if not inner:
            continue
        far = max(inner, key=lambda at: _aside(line[at], line[start], line[end]))
        if _aside(line[far], line[start], line[end]) > tolerance:
            keep.add(far)
            spans += [(start, far), (far, end)]
    return [line[at] for at in sorted(keep)]


def _aside(point: Point, start: Point, end: Point) -> float:
    (x, y), (ax, ay), (bx, by) = point, start, end
    length = math.hypot(bx - ax, by - ay)
    return (
        abs((bx - ax) * (ay - y) - (ax - x) * (by - ay)) / length
        if length
        else math.dist(point, start)
    )


def path(outlines: Iterable[Loop], style: Style, size: Point) -> str:
    """All outlines as the `d` of one path: curves through the middles of the sides, corners where they are sharp or on the
    edge of a picture of that size.
    """
    return "".join(_drawn(thinned(loop, style.tolerance), style, size) for loop in outlines)


def _drawn(loop: Loop, style: Style, size: Point) -> str:
    if len(loop) < 3:
        return ""
    parts = []
    for before, point, after in zip(loop[-1:] + loop[:-1], loop, loop[1:] + loop[:1], strict=True):
        end = f"{(point[0] + after[0]) / 2:g} {(point[1] + after[1]) / 2:g}"
        if _is_corner(before, point, after, style, size):
            parts.append(f"L{point[0]} {point[1]}L{end}")
        else:
            parts.append(f"Q{point[0]} {point[1]} {end}")
    last = loop[-1]
    return f"M{(last[0] + loop[0][0]) / 2:g} {(last[1] + loop[0][1]) / 2:g}{''.join(parts)}Z"


def _is_corner(before: Point, point: Point, after: Point, style: Style, size: Point) -> bool:
    if point[0] in {0, size[0]} or point[1] in {0, size[1]}:
        return True
    into = math.atan2(point[1] - before[1], point[0] - before[0])
    out = math.atan2(after[1] - point[1], after[0] - point[0])
    return abs(math.degrees(math.remainder(out - into, math.tau))) > style.curve_up_to
