"""How wide a picture stands in a page: the `sizes` attribute, and the narrowest and widest it gets.

Pure arithmetic on a spec's grid.  The content is as wide as the viewport less the padding, but never wider than the
container; columns share what the gutters leave.

Density.  A browser multiplies the width by its own density, so a phone with three device pixels per CSS pixel would take a
picture twice as heavy as one with two.  Where more than the spec's highest density is met, the width is therefore told
smaller: by 2/3 for densities over 2 and up to 3, by 1/2 up to 4.  The picture is then never wider than the highest density asks.
"""

from collections.abc import Iterator
from functools import lru_cache
from math import ceil, floor
from typing import Final, NamedTuple

from api.pictures.spec import MAX_DENSITY, Breakpoint, Height, PictureSpec

_NARROWEST_VIEWPORT: Final = 320
"""What pages must bear without scrolling sideways (WCAG 1.4.10)."""
_WIDEST_VIEWPORT: Final = 1920
"""For pictures that no container holds; wider screens stretch them a little."""
_HAIR: Final = 0.01
"""Just above a density, as media queries say it."""


class Bounds(NamedTuple):
    """In CSS pixels, on viewports from 320 up; `fixed` are all widths there are, where they do not follow the viewport."""

    narrowest: float
    widest: float
    fixed: tuple[float, ...] = ()


class _Stretch(NamedTuple):
    """A range of viewports in which one formula holds; `fixed`: the container is full."""

    start: int
    point: Breakpoint
    fixed: bool


def point_at(spec: PictureSpec, viewport: float) -> Breakpoint:
    """The breakpoint that holds there."""
    return next(point for point in reversed(spec.breakpoints) if viewport >= point.min_width)


def slot(spec: PictureSpec, viewport: float) -> float:
    """Width of the picture, as the page lays it out."""
    point = point_at(spec, viewport)
    if point.width is not None:
        return point.width
    content = viewport - 2 * spec.padding
    if spec.container is not None:
        content = min(content, spec.container)
    column = (content - (point.columns - 1) * spec.gutter) / point.columns
    return point.span * column + (point.span - 1) * spec.gutter


@lru_cache(maxsize=1024)
def bounds(spec: PictureSpec, start: int = 0, end: int | None = None, ratio: float = 0) -> Bounds:
    """The narrowest and widest on viewports from `start` to below `end`; `ratio` of an upright picture that is not cut."""
    low = max(start, _NARROWEST_VIEWPORT)
    last = max(low, _last_viewport(spec) if end is None else end - 1)
    edges = {low, last}
    for stretch in _stretches(spec):
        edges |= {edge for edge in (stretch.start, stretch.start - 1) if low <= edge <= last}
    widths = sorted({max(1.0, slot(spec, edge)) for edge in edges})
    if spec.height is not None and 0 < ratio < 1:
        least, most = spec.height.least * ratio, spec.height.most * ratio
        return Bounds(min(widths[0], least), min(widths[-1], most))
    seen = [one for one in _stretches(spec) if one.start <= last and _reaches(spec, one, low)]
    fixed = tuple(widths) if all(one.fixed for one in seen) else ()
    return Bounds(widths[0], widths[-1], fixed)


@lru_cache(maxsize=1024)
def sizes(spec: PictureSpec, ratio: float = 0) -> str:
    """Exact to the CSS pixel, whatever the density."""
    return ", ".join(_entries(spec, ratio, 1, ""))


@lru_cache(maxsize=1024)
def dense_sizes(spec: PictureSpec, ratio: float = 0) -> str:
    """For screens of more than the spec's highest density alone; empty where there are none."""
    bands = list(_bands(spec))
    if not bands:
        return ""
    parts = [
        entry
        for over, upto in bands[:0:-1]
        for entry in _entries(spec, ratio, spec.density / upto, over)
    ]
    return ", ".join([*parts, *_entries(spec, ratio, spec.density / bands[0][1], "")])


@lru_cache(maxsize=1024)
def capped_sizes(spec: PictureSpec, ratio: float = 0) -> str:
    """For every screen: those of more than the highest density are told less."""
    parts = [
        entry
        for over, upto in reversed(list(_bands(spec)))
        for entry in _entries(spec, ratio, spec.density / upto, over)
    ]
    return ", ".join([*parts, *_entries(spec, ratio, 1, "")])


def dense_media(spec: PictureSpec) -> str:
    """The media query of screens beyond the highest density; empty where there are none."""
    return next((over for over, _ in _bands(spec)), "")


def _bands(spec: PictureSpec) -> Iterator[tuple[str, float]]:
    """Media query and upper end of each range of densities beyond the highest, rising."""
    over = spec.density
    while over < MAX_DENSITY:
        upto = float(int(over) + 1)
        yield f"(min-resolution: {_number(over + _HAIR)}dppx)", upto
        over = upto


def _entries(spec: PictureSpec, ratio: float, factor: float, media: str) -> Iterator[str]:
    """From the widest viewports to the narrowest; the last one without a width."""
    written: list[tuple[int, str]] = []
    for stretch in _stretches(spec):
        width = _bounded(spec.height, ratio, _width(spec, stretch, factor), factor)
        if not written or written[-1][1] != width:
            written.append((stretch.start, width))
    for start, width in reversed(written):
        conditions = [media] * bool(media) + [f"(min-width: {start}px)"] * bool(start)
        yield " ".join([*[" and ".join(conditions)] * bool(conditions), width])


def _stretches(spec: PictureSpec) -> list[_Stretch]:
    full = _full(spec)
    starts = {point.min_width for point in spec.breakpoints}
    if full is not None:
        starts.add(0 if full <= _NARROWEST_VIEWPORT else full)
    points = [(start, point_at(spec, start)) for start in sorted(starts)]
    return [_Stretch(start, point, _is_fixed(start, point, full)) for start, point in points]


def _is_fixed(start: int, point: Breakpoint, full: int | None) -> bool:
    full_there = full is not None and (start >= full or full <= _NARROWEST_VIEWPORT)
    return point.width is not None or full_there


def _reaches(spec: PictureSpec, stretch: _Stretch, viewport: int) -> bool:
    """Whether the stretch still holds there, or begins further on."""
    behind = [one.start for one in _stretches(spec) if one.start > stretch.start]
    return not behind or behind[0] > viewport


def _full(spec: PictureSpec) -> int | None:
    """The narrowest viewport on which the container is as wide as it gets."""
    return None if spec.container is None else spec.container + 2 * spec.padding


def _last_viewport(spec: PictureSpec) -> int:
    """Beyond it nothing changes any more."""
    return max(_full(spec) or _WIDEST_VIEWPORT, spec.breakpoints[-1].min_width)


def _width(spec: PictureSpec, stretch: _Stretch, factor: float) -> str:
    point = stretch.point
    gaps = (point.columns - 1) * spec.gutter
    inner = (point.span - 1) * spec.gutter
    if point.width is not None:
        return f"{_told(point.width, factor)}px"
    if stretch.fixed and spec.container is not None:
        column = (spec.container - gaps) / point.columns
        return f"{_told(point.span * column + inner, factor)}px"
    fixed = 2 * spec.padding + gaps
    row = f"(100vw - {fixed}px)" if fixed else "100vw"
    if point.span == point.columns:
        row, inner = (f"(100vw - {2 * spec.padding}px)" if spec.padding else "100vw"), 0
    share = _share(point, factor)
    plus = f" + {_told(inner, factor)}px" if inner else ""
    if not share and not plus:
        return f"calc{row}" if fixed and row != "100vw" else row
    return f"calc({row}{share}{plus})"


def _share(point: Breakpoint, factor: float) -> str:
    if point.span == point.columns:
        return "" if factor == 1 else f" * {_told(1, factor, 4)}"
    if point.span == 1 and factor == 1:
        return f" / {point.columns}"
    return f" * {_told(point.span / point.columns, factor, 4)}"


def _bounded(height: Height | None, ratio: float, width: str, factor: float) -> str:
    if height is None or not 0 < ratio < 1:
        return width
    high = f"clamp({height.least}px, {height.vw}vw, min({height.vh}vh, {height.most}px))"
    return f"min({width}, {high} * {_told(ratio, factor, 4)})"


def _number(value: float, digits: int = 2) -> str:
    return f"{value:.{digits}f}".rstrip("0").rstrip(".")


def _told(value: float, factor: float, digits: int = 2) -> str:
    """A width that is told smaller is never rounded up, which could cost the next larger candidate."""
    scale = 10**digits
    return _number(value if factor == 1 else floor(value * factor * scale) / scale, digits)


def whole(width: float) -> int:
    """The next whole pixel, unless only a hair is missing."""
    return ceil(width - _HAIR)
