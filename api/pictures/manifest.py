"""A spec and a photo -> everything a page needs to show it: sources, sizes, placeholder, preload.

One pure function, `manifest`.  The macro in `templates/picture.html` and a frontend that reads the JSON write the same
markup from it.  Nothing is asked here; nothing is drawn.

    sources, in the order in which a browser must find them: art direction before density before format
    img      what is shown where no source fits; the last resort of a page without <picture>
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final, Literal, NamedTuple, Protocol

import msgspec

from api.pictures import layout
from api.pictures.ladder import widths
from api.pictures.spec import ORIGINAL, BadSpec, Format, Loading, PictureSpec
from api.pictures.urls import FocusedPhoto, cut, gravity, name_of
from imgproxy.notation.ratio import Ratio

_TYPES: Final = {
    "jxl": "image/jxl",
    "avif": "image/avif",
    "webp": "image/webp",
    "jpg": "image/jpeg",
    "png": "image/png",
}
_EXACT: Final = 16  # a ratio of such terms is met exactly by the largest crop


class Pictured(FocusedPhoto, Protocol):
    """A photo with what is shown until it is there; each may be empty."""

    @property
    def color(self) -> str: ...
    @property
    def placeholder(self) -> str: ...
    @property
    def thumbhash(self) -> str: ...


class Source(msgspec.Struct, frozen=True):
    """One `<source>`; `width` and `height` have the ratio of all its candidates.  `type` and `media` may be absent."""

    srcset: str
    sizes: str
    width: int
    height: int
    type: str | None
    media: str | None


class Img(msgspec.Struct, frozen=True):
    """The `<img>`: `width` and `height` are of `src`, and every candidate of `srcset` has their ratio."""

    src: str
    srcset: str
    sizes: str
    width: int
    height: int
    loading: Loading
    fetchpriority: Literal["high"] | None


class Preload(msgspec.Struct, frozen=True):
    """One `<link rel=preload as=image>`; exactly one of a manifest's fits any screen."""

    href: str
    imagesrcset: str
    imagesizes: str
    type: str | None
    media: str | None


class PictureManifest(msgspec.Struct, frozen=True):
    """`placeholder` is a data URI, `color` is `#rrggbb`, `thumbhash` is base64; each may be empty."""

    name: str
    ratio: str
    sources: tuple[Source, ...]
    img: Img
    placeholder: str
    color: str
    thumbhash: str
    preload: tuple[Preload, ...]


class _Range(NamedTuple):
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


class _Candidate(NamedTuple):
    transformation: str
    width: int
    height: int


def manifest(
    spec: PictureSpec, base: str, photo: Pictured, ratio: str | None = None
) -> PictureManifest:
    """The photo as the spec shows it, in one of the spec's ratios, else in its first.  Raises BadSpec for another ratio."""
    asked = _asked(spec, ratio)
    ranges = _ranges(spec, asked)
    return PictureManifest(
        name=spec.name,
        ratio=asked,
        sources=tuple(_sources(spec, base, photo, ranges)),
        img=_img(spec, base, photo, ranges[-1]),
        placeholder=photo.placeholder,
        color=photo.color,
        thumbhash=photo.thumbhash,
        preload=tuple(_preloads(spec, base, photo, ranges)) if spec.lcp else (),
    )


def urls(spec: PictureSpec, base: str, photo: FocusedPhoto) -> tuple[str, ...]:
    """Every derivative that pages of this spec may ask for, in all its ratios, each once."""
    found = (
        _url(spec, base, photo, candidate, name)
        for asked in spec.ratios
        for part in _ranges(spec, asked)
        for name in spec.formats
        for candidate in _candidates(spec, photo, part)
    )
    return tuple(dict.fromkeys(found))


def img(spec: PictureSpec, base: str, photo: FocusedPhoto) -> Img:
    """The `<img>` alone, in the spec's first ratio: what the narrowest screens are shown."""
    return _img(spec, base, photo, _ranges(spec, spec.ratios[0])[-1])


def _img(spec: PictureSpec, base: str, photo: FocusedPhoto, part: _Range) -> Img:
    shown = _shown(spec, photo, part)
    return Img(
        src=_url(spec, base, photo, shown, spec.formats[-1]),
        srcset=_srcset(spec, base, photo, part, spec.formats[-1]),
        sizes=_sizes(spec, photo, part),
        width=shown.width,
        height=shown.height,
        loading=spec.loading,
        fetchpriority="high" if spec.lcp else None,
    )


def _sources(
    spec: PictureSpec, base: str, photo: FocusedPhoto, ranges: tuple[_Range, ...]
) -> Iterator[Source]:
    """All but the one that is the `<img>`."""
    dense = layout.dense_media(spec) if spec.loading == "lazy" else ""
    for part in ranges:
        for media in dict.fromkeys((dense, "")):
            for name in spec.formats:
                if media or part is not ranges[-1] or name != spec.formats[-1]:
                    yield _source(spec, base, photo, part, name, media)


def _source(
    spec: PictureSpec, base: str, photo: FocusedPhoto, part: _Range, name: Format, dense: str
) -> Source:
    shown = _shown(spec, photo, part)
    upright = _upright(spec, photo, part)
    return Source(
        srcset=_srcset(spec, base, photo, part, name),
        sizes=layout.dense_sizes(spec, upright) if dense else _sizes(spec, photo, part),
        width=shown.width,
        height=shown.height,
        type=_TYPES.get(name),
        media=" and ".join(filter(None, (dense, part.media))) or None,
    )


def _preloads(
    spec: PictureSpec, base: str, photo: FocusedPhoto, ranges: tuple[_Range, ...]
) -> Iterator[Preload]:
    """Of the best format only: a browser that knows two types would fetch both."""
    best = spec.formats[0]
    for part in ranges:
        yield Preload(
            href=_url(spec, base, photo, _shown(spec, photo, part), best),
            imagesrcset=_srcset(spec, base, photo, part, best),
            imagesizes=_sizes(spec, photo, part),
            type=_TYPES.get(best),
            media=part.alone or None,
        )


def _asked(spec: PictureSpec, ratio: str | None) -> str:
    if ratio is None:
        return spec.ratios[0]
    if ratio not in spec.ratios:
        raise BadSpec("ratio", ratio, f"one of {', '.join(spec.ratios)}")
    return ratio


@lru_cache(maxsize=256)
def _ranges(spec: PictureSpec, asked: str) -> tuple[_Range, ...]:
    """From the widest viewports to the narrowest; neighbours differ in ratio."""
    starts: list[tuple[int, str]] = []
    for point in spec.breakpoints:
        ratio = point.ratio or asked
        if not starts or starts[-1][1] != ratio:
            starts.append((point.min_width, ratio))
    ends = [*(start for start, _ in starts[1:]), None]
    return tuple(
        _Range(start, end, ratio) for (start, ratio), end in zip(starts, ends, strict=True)
    )[::-1]


def _sizes(spec: PictureSpec, photo: FocusedPhoto, part: _Range) -> str:
    """A browser that lays a lazy picture out before it loads uses the real width; the others skip the word and read on."""
    upright = _upright(spec, photo, part)
    if spec.loading == "lazy":
        return f"auto, {layout.sizes(spec, upright)}"
    return layout.capped_sizes(spec, upright)


def _upright(spec: PictureSpec, photo: FocusedPhoto, part: _Range) -> float:
    """Width over height of a picture that the spec's height bounds, else 0."""
    bounded = spec.height is not None and part.ratio == ORIGINAL and photo.width < photo.height
    return round(photo.width / photo.height, 4) if bounded else 0


def _shown(spec: PictureSpec, photo: FocusedPhoto, part: _Range) -> _Candidate:
    """What stands in `src`: wide enough for the widest slot at density 1, as far as there are pixels."""
    candidates = _candidates(spec, photo, part)
    bounds = layout.bounds(spec, part.start, part.end, _upright(spec, photo, part))
    wanted = spec.fallback or layout.whole(bounds.widest)
    return next((one for one in candidates if one.width >= wanted), candidates[-1])


def _srcset(spec: PictureSpec, base: str, photo: FocusedPhoto, part: _Range, name: Format) -> str:
    return ", ".join(
        f"{_url(spec, base, photo, one, name)} {one.width}w"
        for one in _candidates(spec, photo, part)
    )


def _url(spec: PictureSpec, base: str, photo: FocusedPhoto, one: _Candidate, name: Format) -> str:
    extension = "jpg" if name == "auto" else name
    return f"{base}{one.transformation}/f_{name}/q_{spec.quality}/{name_of(photo)}.{extension}"


def _candidates(spec: PictureSpec, photo: FocusedPhoto, part: _Range) -> tuple[_Candidate, ...]:
    bounds = layout.bounds(spec, part.start, part.end, _upright(spec, photo, part))
    size = photo.width, photo.height
    if part.ratio == ORIGINAL:
        return _whole_ones(bounds, spec.densities, *size)
    return _cut_ones(bounds, spec.densities, part.ratio, *size, gravity(photo))


@lru_cache(maxsize=4096)
def _whole_ones(
    bounds: layout.Bounds, densities: tuple[float, ...], width: int, height: int
) -> tuple[_Candidate, ...]:
    return tuple(
        _Candidate(f"c_limit,w_{wide}", wide, max(1, round(height * wide / width)))
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
) -> tuple[_Candidate, ...]:
    shape = Ratio.parse(ratio)
    sides = (
        (wide, max(1, round(wide * shape.height / shape.width)))
        for wide in widths(bounds, densities, _widest_crop(shape, width, height))
    )
    return tuple(_Candidate(cut(wide, high, place), wide, high) for wide, high in sides)


def _widest_crop(shape: Ratio, width: int, height: int) -> int:
    """The largest window of that shape in the original, of exactly that shape where its terms are small."""
    widest = max(1, min(width, height * shape.width // shape.height))
    if max(shape.width, shape.height) > _EXACT:
        return widest
    return max(widest - widest % shape.width, shape.width)
