"""A photo of a listing -> the URLs and numbers that a page needs to show it sharp, light and without a jump.

Pure: writes URLs, never asks for one.  What does not depend on the photo alone is remembered, since a page of listings
shows a hundred of them.  `base` is where image URLs begin and ends in a slash: `/demo/image/upload/`.  Two forms: `card`, cropped to 4:3 for the grid of listings, and `gallery`, the whole
photo in a large frame.  A listing's photos are photographs, so their base format is JPEG.

Widths.  One ladder for everything, each rung about 1.25 times the one below, so that neighbours differ by roughly
half in area; 400 is a rung, so the thumbnail is one of the candidates and is rendered once.  The highest rung that
is offered is what the widest slot needs at two device pixels per CSS pixel: beyond two, bytes grow and nobody sees it.
No candidate is wider than the original: instead of the rungs above it, its own full width is the last candidate.

Sizes.  Computed from the same `Grid` that the stylesheet must follow, with `auto` first: a browser that lays the lazy
picture out before it loads uses the real width, the others skip the word and read on.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache
from math import ceil
from typing import Final, Protocol
from urllib.parse import quote

import msgspec

from imgproxy.url import is_component

_DENSITY_CAP = 2
_AUTO = "f_auto/q_auto"
# An original up to this much wider than a rung adds no candidate of its own: too near to be worth a render.
_NEAR = 1.1
# What the official SDKs write where an id could be misread: a version segment that claims nothing.
_FENCE = "v1"
_QUARTER = 4  # a width that four divides has a whole height at 4:3


class Photo(Protocol):
    """What a picture must know of an original; `db.rows.ImageRow` is one.  Pixels are those of the original."""

    @property
    def public_id(self) -> str: ...
    @property
    def version(self) -> int | None: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...


class Grid(msgspec.Struct, frozen=True):
    """Where pictures stand in a page, in CSS pixels.

    `columns` are pairs of (least viewport width, number of columns), widest first, the last one from 0.  The content
    is as wide as the viewport less `padding` on both sides, but never wider than `content`; `gap` is between columns.
    """

    content: int
    padding: int
    gap: int
    columns: tuple[tuple[int, int], ...]


PORTAL: Final = Grid(
    content=1280, padding=16, gap=24, columns=((1120, 4), (840, 3), (560, 2), (0, 1))
)
"""The grid of listing cards."""

FRAME: Final = Grid(content=1280, padding=16, gap=0, columns=((0, 1),))
"""The large photo of a listing's own page."""


class Picture(msgspec.Struct, frozen=True):
    """For one `<img>`: `width` and `height` are of `src`, and every candidate of `srcset` has their ratio."""

    src: str
    srcset: str
    sizes: str
    width: int
    height: int


def card(base: str, photo: Photo, lazy: bool = True) -> Picture:
    """The photo cropped to 4:3 around what matters in it; `src` is 400 by 300 pixels."""
    widest = min(photo.width, photo.height * 4 // 3)
    whole = max(widest - widest % _QUARTER, _QUARTER)
    return Picture(
        src=thumbnail_url(base, photo),
        srcset=_srcset(_widths(PORTAL, whole), lambda width: _card_url(base, photo, width)),
        sizes=sizes(PORTAL, lazy),
        width=400,
        height=300,
    )


def gallery(base: str, photo: Photo, lazy: bool = True) -> Picture:
    """The whole photo, never enlarged; `src` is the candidate for a frame at one device pixel per CSS pixel."""
    widths = _widths(FRAME, photo.width)
    width = next((rung for rung in widths if rung >= FRAME.content), widths[-1])
    return Picture(
        src=_gallery_url(base, photo, width),
        srcset=_srcset(widths, lambda rung: _gallery_url(base, photo, rung)),
        sizes=sizes(FRAME, lazy),
        width=width,
        height=max(1, round(photo.height * width / photo.width)),
    )


def original_url(base: str, photo: Photo) -> str:
    """The photo as it was handed in."""
    return _url(base, photo, "", "jpg")


def thumbnail_url(base: str, photo: Photo) -> str:
    """400 by 300 pixels in the best format of whoever asks."""
    return _card_url(base, photo, 400)


def webp_url(base: str, photo: Photo) -> str:
    """The thumbnail as WebP, for clients that cannot say what they take."""
    return _url(base, photo, "c_fill,g_auto,w_400,h_300/f_webp/q_auto/", "webp")


@cache
def sizes(grid: Grid, lazy: bool) -> str:
    """The `sizes` attribute of a picture that fills one column of the grid, exact to the CSS pixel."""
    full = grid.content + 2 * grid.padding
    count = _columns_at(grid, full)
    parts = ["auto"] if lazy else []
    parts += [f"(min-width: {full}px) {_pixels(_column(grid, grid.content, count))}px"]
    for least, columns in grid.columns:
        if least < full:
            slot = _slot(grid, columns)
            parts.append(f"(min-width: {least}px) {slot}" if least else slot)
    return ", ".join(parts)


def rungs() -> Iterator[int]:
    """The ladder: 320, 400, 500, 624, 780, 976 … without end, all of them multiples of four."""
    power = -1
    while True:
        yield _QUARTER * round(400 * 1.25**power / _QUARTER)
        power += 1


@lru_cache(maxsize=4096)
def _widths(grid: Grid, widest: int) -> tuple[int, ...]:
    """The candidates for a photo that has `widest` pixels to give; rising, at least one."""
    needed = _DENSITY_CAP * _widest_slot(grid)
    chosen: list[int] = []
    for rung in rungs():
        if rung * _NEAR >= widest:
            return (*chosen, widest)
        chosen.append(rung)
        if rung >= needed:
            return tuple(chosen)
    raise AssertionError  # the ladder has no end


def _widest_slot(grid: Grid) -> int:
    """The widest a column gets, at the right edge of each range of viewports, in whole CSS pixels."""
    edges = [least - 1 for least, _ in grid.columns[:-1]] + [grid.content + 2 * grid.padding]
    return max(
        ceil(_column(grid, min(edge - 2 * grid.padding, grid.content), _columns_at(grid, edge)))
        for edge in edges
    )


def _columns_at(grid: Grid, viewport: int) -> int:
    return next(columns for least, columns in grid.columns if viewport >= least)


def _column(grid: Grid, content: int, columns: int) -> float:
    return (content - (columns - 1) * grid.gap) / columns


def _slot(grid: Grid, columns: int) -> str:
    fixed = 2 * grid.padding + (columns - 1) * grid.gap
    return f"calc(100vw - {fixed}px)" if columns == 1 else f"calc((100vw - {fixed}px) / {columns})"


def _pixels(width: float) -> str:
    return f"{width:.2f}".rstrip("0").rstrip(".")


def _srcset(widths: Sequence[int], url: Callable[[int], str]) -> str:
    return ", ".join(f"{url(width)} {width}w" for width in widths)


def _card_url(base: str, photo: Photo, width: int) -> str:
    height = width * 3 // 4
    return _url(base, photo, f"c_fill,g_auto,w_{width},h_{height}/{_AUTO}/", "jpg")


def _gallery_url(base: str, photo: Photo, width: int) -> str:
    return _url(base, photo, f"c_limit,w_{width}/{_AUTO}/", "jpg")


def _url(base: str, photo: Photo, transformation: str, extension: str) -> str:
    return f"{base}{transformation}{_name(photo.public_id, photo.version)}.{extension}"


@lru_cache(maxsize=4096)
def _name(public_id: str, version: int | None) -> str:
    """Version and id; everything in the id but letters, digits, `-._~` and the slash is percent-encoded."""
    name = quote(public_id, safe="/")
    if version is not None:
        return f"v{version}/{name}"
    return f"{_FENCE}/{name}" if _reads_otherwise(name) else name


def _reads_otherwise(name: str) -> bool:
    """Whether the id's first folder would be taken for a part of the transformation, or for a version."""
    folder, slash, _ = name.partition("/")
    looks_like_version = folder[:1] == "v" and folder[1:].isdecimal()
    return bool(slash) and (looks_like_version or is_component(folder))
