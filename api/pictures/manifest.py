"""A spec and a photo -> everything a page needs to show it: sources, sizes, placeholder, preload.

One pure function, `manifest`.  The macro in `templates/picture.html` and a frontend that reads the JSON write the same
markup from it.  Nothing is asked here; nothing is drawn.

    sources, in the order in which a browser must find them: art direction before density before format
    img      what is shown where no source fits; the last resort of a page without <picture>
"""

from collections.abc import Iterator
from typing import Final, Literal, Protocol

import msgspec

from api.pictures import layout
from api.pictures.candidates import View, stretches
from api.pictures.spec import BadSpec, Format, Loading, PictureSpec
from api.pictures.urls import Base, FocusedPhoto

_TYPES: Final = {
    "jxl": "image/jxl",
    "avif": "image/avif",
    "webp": "image/webp",
    "jpg": "image/jpeg",
    "png": "image/png",
}


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


def manifest(
    spec: PictureSpec, base: Base, photo: Pictured, ratio: str | None = None
) -> PictureManifest:
    """The photo as the spec shows it, in one of the spec's ratios, else in its first.  Raises BadSpec for another ratio."""
    asked = _asked(spec, ratio)
    views = _views(spec, base, photo, asked)
    return PictureManifest(
        name=spec.name,
        ratio=asked,
        sources=tuple(_sources(views)),
        img=_img(views[-1]),
        placeholder=photo.placeholder,
        color=photo.color,
        thumbhash=photo.thumbhash,
        preload=tuple(_preload(view) for view in views) if spec.lcp else (),
    )


def img(spec: PictureSpec, base: Base, photo: FocusedPhoto) -> Img:
    """The `<img>` alone, in the spec's first ratio: what the narrowest screens are shown."""
    return _img(_views(spec, base, photo, spec.ratios[0])[-1])


def urls(spec: PictureSpec, base: Base, photo: FocusedPhoto) -> tuple[str, ...]:
    """Every derivative that pages of this spec may ask for, in all its ratios, each once."""
    found = (
        view.url(candidate, name)
        for ratio in spec.ratios
        for view in _views(spec, base, photo, ratio)
        for name in spec.formats
        for candidate in view.candidates
    )
    return tuple(dict.fromkeys(found))


def link_header(manifest: PictureManifest) -> str:
    """The value of an HTTP `Link` header that says what `preload` says; empty without any."""
    return ", ".join(_link(one) for one in manifest.preload)


def _link(one: Preload) -> str:
    words = {"imagesrcset": one.imagesrcset, "imagesizes": one.imagesizes}
    words |= {"type": one.type or "", "media": one.media or ""}
    said = "".join(f'; {name}="{word}"' for name, word in words.items() if word)
    return f"<{one.href}>; rel=preload; as=image; fetchpriority=high{said}"


def _asked(spec: PictureSpec, ratio: str | None) -> str:
    if ratio is not None and ratio not in spec.ratios:
        raise BadSpec("ratio", ratio, f"one of {', '.join(spec.ratios)}")
    return ratio or spec.ratios[0]


def _views(spec: PictureSpec, base: Base, photo: FocusedPhoto, ratio: str) -> list[View]:
    """From the widest viewports to the narrowest."""
    return [View(spec, base, photo, stretch) for stretch in stretches(spec, ratio)]


def _img(view: View) -> Img:
    spec, shown = view.spec, view.shown
    return Img(
        src=view.url(shown, spec.formats[-1]),
        srcset=view.srcset(spec.formats[-1]),
        sizes=_sizes(view),
        width=shown.width,
        height=shown.height,
        loading=spec.loading,
        fetchpriority="high" if spec.lcp else None,
    )


def _sources(views: list[View]) -> Iterator[Source]:
    """All but the one that is the `<img>`."""
    spec = views[0].spec
    # an eager picture has its densities in its own sizes; a lazy one's `auto` would not read them there
    dense = layout.dense_media(spec) if spec.loading == "lazy" else ""
    for view in views:
        for media in dict.fromkeys((dense, "")):
            for name in spec.formats:
                if media or view is not views[-1] or name != spec.formats[-1]:
                    yield _source(view, name, media)


def _source(view: View, name: Format, dense: str) -> Source:
    shown = view.shown
    return Source(
        srcset=view.srcset(name),
        sizes=layout.dense_sizes(view.spec, view.upright) if dense else _sizes(view),
        width=shown.width,
        height=shown.height,
        type=_TYPES.get(name),
        media=" and ".join(filter(None, (dense, view.stretch.media))) or None,
    )


def _preload(view: View) -> Preload:
    """Of the best format only: a browser that knows two types would fetch both."""
    best = view.spec.formats[0]
    return Preload(
        href=view.url(view.shown, best),
        imagesrcset=view.srcset(best),
        imagesizes=_sizes(view),
        type=_TYPES.get(best),
        media=view.stretch.alone or None,
    )


def _sizes(view: View) -> str:
    """A browser that lays a lazy picture out before it loads uses the real width; the others skip the word and read on."""
    if view.spec.loading == "lazy":
        return f"auto, {layout.sizes(view.spec, view.upright)}"
    return layout.capped_sizes(view.spec, view.upright)
