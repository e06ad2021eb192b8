"""A photo on one stretch of viewports: its candidates, their pixels and URLs, and which one stands in `src`.

A stretch is where the picture keeps one ratio; most specs have one.
"""

from functools import lru_cache
from typing import Final, NamedTuple

from api.pictures import layout
from api.pictures.ladder import widths
from api.pictures.spec import ORIGINAL, Format, PictureSpec
from api.pictures.urls import Base, FocusedPhoto, cut, gravity, name_of
from imgproxy.notation.ratio import Ratio

_EXACT: Final = 16  # a ratio of such terms is met exactly by the largest crop


class Stretch(NamedTuple):
    """Viewports from `start` to below `end` that show one ratio."""

    start: int
    end: int | None
    ratio: str

    @property
    def media(self) -> str:
        """As browsers meet it, the widest range first."""
        return f"(min-width: {self.start}px)" if self.start else ""

    @property
    def alone(self) -> str:
        """Without help from an order."""
        upto = f"(max-width: {self.end - 0.02:g}px)" if self.end is not None else ""
        return " and ".join(filter(None, (self.media, upto)))


class Candidate(NamedTuple):
    transformation: str
    width: int
    height: int


@lru_cache(maxsize=256)
def stretches(spec: PictureSpec, asked: str) -> tuple[Stretch, ...]:
    """From the widest viewports to the narrowest; neighbours differ in ratio."""
    starts: list[tuple[int, str]] = []
    for point in spec.breakpoints:
        ratio = point.ratio or asked
        if not starts or starts[-1][1] != ratio:
            starts.append((point.min_width, ratio))
    ends = [*(start for start, _ in starts[1:]), None]
    return tuple(
        Stretch(start, end, ratio) for (start, ratio), end in zip(starts, ends, strict=True)
    )[::-1]


class View(NamedTuple):
    """One photo as one spec shows it on one stretch of viewports."""

    spec: PictureSpec
    base: Base
    photo: FocusedPhoto
    stretch: Stretch

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """Rising in width, at least one."""
        spec, photo = self.spec, self.photo
        size = photo.width, photo.height
        if self.stretch.ratio == ORIGINAL:
            return _whole_ones(self.bounds, spec.densities, *size)
        return _cut_ones(self.bounds, spec.densities, self.stretch.ratio, *size, gravity(photo))

    @property
    def shown(self) -> Candidate:
        """What stands in `src`: wide enough for the widest slot at density 1, as far as there are pixels."""
        wanted = self.spec.fallback or layout.whole(self.bounds.widest)
        found = self.candidates
        return next((one for one in found if one.width >= wanted), found[-1])

    @property
    def bounds(self) -> layout.Bounds:
        """How narrow and how wide it stands in the page."""
        return layout.bounds(self.spec, self.stretch.start, self.stretch.end, self.upright)

    @property
    def upright(self) -> float:
        """Width over height of a picture that the spec's height bounds, else 0."""
        width, height = self.photo.width, self.photo.height
        uncut = self.stretch.ratio == ORIGINAL and width < height
        return round(width / height, 4) if uncut and self.spec.height is not None else 0

    def url(self, one: Candidate, name: Format) -> str:
        """Of a candidate in a format."""
        return self.base + f"{one.transformation}{self._rest(name)}"

    def srcset(self, name: Format) -> str:
        """All candidates in a format."""
        base, rest = self.base, self._rest(name)
        return ", ".join(
            [f"{base + (one.transformation + rest)} {one.width}w" for one in self.candidates]
        )

    def _rest(self, name: Format) -> str:
        extension = "jpg" if name == "auto" else name
        return f"/f_{name}/q_{self.spec.quality}/{name_of(self.photo)}.{extension}"


@lru_cache(maxsize=4096)
def _whole_ones(
    bounds: layout.Bounds, densities: tuple[float, ...], width: int, height: int
) -> tuple[Candidate, ...]:
    return tuple(
        Candidate(f"c_limit,w_{wide}", wide, max(1, round(height * wide / width)))
        for wide in widths(bounds, densities, width)
    )


@lru_cache(maxsize=4096)
def _cut_ones(
    bounds: layout.Bounds,
    densities: tuple[float, ...],
    ratio: str,
    width: int,
    height: int,
    place: tuple[str, str],
) -> tuple[Candidate, ...]:
    shape = Ratio.parse(ratio)
    sides = (
        (wide, max(1, round(wide * shape.height / shape.width)))
        for wide in widths(bounds, densities, _widest_crop(shape, width, height))
    )
    return tuple(Candidate(cut(wide, high, place), wide, high) for wide, high in sides)


def _widest_crop(shape: Ratio, width: int, height: int) -> int:
    """The largest window of that shape in the original, of exactly that shape where its terms are small."""
    widest = max(1, min(width, height * shape.width // shape.height))
    if max(shape.width, shape.height) > _EXACT:
        return widest
    return max(widest - widest % shape.width, shape.width)
