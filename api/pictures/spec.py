"""What a picture looks like in a page, as one value: ratios, grid, densities, formats.  Everything else follows from it.

A spec is declared in code or kept as text; the same spec always has the same text, so its digest tells whether anything
has changed.  It knows no photo, no URL and no database.

    PictureSpec(
        name="card",
        ratios=("4:3",),
        breakpoints=(Breakpoint(0), Breakpoint(560, columns=2), Breakpoint(840, columns=3)),
        container=1280, gutter=24, padding=16,
    )
"""

import re
from collections.abc import Sequence
from hashlib import sha256
from itertools import pairwise
from typing import Any, ClassVar, Final, Literal, TypeAlias

import msgspec
from msgspec.structs import force_setattr

from imgproxy.notation.ratio import Ratio

Format: TypeAlias = Literal["auto", "jxl", "avif", "webp", "jpg", "png"]
Loading: TypeAlias = Literal["lazy", "eager"]

ORIGINAL: Final = "original"
"""The ratio of whatever is shown: nothing is cut."""

MAX_DENSITY: Final = 4.0
MAX_PIXELS: Final = 20_000

_FALLBACKS: Final = ("jpg", "png")
_QUALITY: Final = re.compile(r"auto(:(best|good|eco|low))?|[1-9][0-9]?|100")
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,39}")


class BadSpec(ValueError):
    """`BadSpec(field, came, expected)`: one field of a spec that cannot be meant."""

    status: ClassVar[int] = 400

    def __init__(self, field: str, came: object, expected: str) -> None:
        super().__init__(field, came, expected)
        self.field, self.came, self.expected = field, came, expected

    def __str__(self) -> str:
        return f"{self.field}: {self.came!r}, expected {self.expected}"


def _ratio(field: str, text: str) -> str:
    if text == ORIGINAL:
        return text
    try:
        return str(Ratio.parse(text))
    except ValueError:
        raise BadSpec(field, text, "a ratio such as 16:9, or original") from None


def _distinct(field: str, words: Sequence[Any]) -> tuple[Any, ...]:
    _must(
        field, list(words), bool(words) and len(set(words)) == len(words), "at least one, each once"
    )
    return tuple(words)


def _settle(struct: msgspec.Struct) -> None:
    """What equals a default becomes it: only then is it left out of the text."""
    for field in msgspec.structs.fields(struct):
        if getattr(struct, field.name) == field.default:
            force_setattr(struct, field.name, field.default)


def _within(field: str, came: int, low: int, high: int) -> None:
    _must(field, came, low <= came <= high, f"{low} to {high}")


def _must(field: str, came: object, holds: bool, expected: str) -> None:
    if not holds:
        raise BadSpec(field, came, expected)


class Breakpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """From viewports of `min_width` CSS pixels on: so many columns, of which the picture fills `span`, or a fixed `width`.

    `ratio` takes the place of the one that was asked for: art direction.
    """

    min_width: int
    columns: int = 1
    span: int = 1
    width: int | None = None
    ratio: str | None = None

    def __post_init__(self) -> None:
        _within("breakpoints.min_width", self.min_width, 0, MAX_PIXELS)
        _within("breakpoints.columns", self.columns, 1, 100)
        _within("breakpoints.span", self.span, 1, self.columns)
        if self.width is not None:
            _within("breakpoints.width", self.width, 1, MAX_PIXELS)
        if self.ratio is not None:
            force_setattr(self, "ratio", _ratio("breakpoints.ratio", self.ratio))
        _settle(self)


class Height(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How high upright pictures may stand: `vw` percent of the viewport's width, between `least` and `most` CSS pixels,
    and never more than `vh` percent of its height, except that `least` comes first.
    """

    least: int
    vw: int
    vh: int
    most: int

    def __post_init__(self) -> None:
        _within("height.most", self.most, 1, MAX_PIXELS)
        _within("height.least", self.least, 1, self.most)
        _within("height.vw", self.vw, 1, 1000)
        _within("height.vh", self.vh, 1, 1000)


class PictureSpec(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    cache_hash=True,
):
    """How one kind of picture is shown.  Lengths are CSS pixels.  Raises BadSpec.

    ratios       what may be asked for, `4:3` or `original`; the first where nothing is asked
    breakpoints  rising, the first from 0
    container    the content is never wider; None: as wide as the viewport
    gutter       between columns; `padding` on both sides of the content
    densities    device pixels per CSS pixel that are served; beyond the highest, bytes grow and nobody sees it
    formats      `auto`: one URL, decided by who asks; or typed ones, best first, jpg or png last
    quality      of every candidate: auto, auto:best, auto:good, auto:eco, auto:low or 1 to 100
    loading      eager for what is in sight at once
    lcp          the page's largest picture: fetched before everything else
    fallback     width in pixels of what is shown without srcset; None: what the widest slot needs at density 1
    height       bounds upright pictures that are not cut
    ahead        rendered when a photo comes in, rather than when it is asked for
    """

    name: str
    ratios: tuple[str, ...] = (ORIGINAL,)
    breakpoints: tuple[Breakpoint, ...] = (Breakpoint(0),)
    container: int | None = None
    gutter: int = 0
    padding: int = 0
    densities: tuple[float, ...] = (1.0, 2.0)
    formats: tuple[Format, ...] = ("auto",)
    quality: str = "auto"
    loading: Loading = "lazy"
    lcp: bool = False
    fallback: int | None = None
    height: Height | None = None
    ahead: bool = False

    def __post_init__(self) -> None:
        _check_words(self)
        _check_layout(self)
        ratios = tuple(_ratio("ratios", ratio) for ratio in self.ratios)
        force_setattr(self, "ratios", _distinct("ratios", ratios))
        force_setattr(self, "densities", tuple(float(density) for density in self.densities))
        force_setattr(self, "breakpoints", tuple(self.breakpoints))
        force_setattr(self, "formats", tuple(self.formats))
        _settle(self)

    @property
    def density(self) -> float:
        """The highest that is served."""
        return self.densities[-1]

    def changed(self, **fields: Any) -> "PictureSpec":
        """The same with other values in these fields.  Raises BadSpec."""
        return msgspec.structs.replace(self, **fields)

    def eager(self) -> "PictureSpec":
        """For pictures that are in sight at once."""
        return self.changed(loading="eager")

    def leading(self) -> "PictureSpec":
        """For the page's largest picture."""
        return self.changed(loading="eager", lcp=True)


def written(spec: PictureSpec) -> bytes:
    """The spec as JSON, one text for equal specs: fields by name, defaults left out, so that new fields change nothing."""
    return msgspec.json.encode(spec, order="sorted")


def read(text: bytes | str) -> PictureSpec:
    """The spec of a JSON text.  Raises BadSpec, which names the field."""
    try:
        return msgspec.json.decode(text, type=PictureSpec)
    except msgspec.ValidationError as error:
        if isinstance(error.__cause__, BadSpec):
            raise error.__cause__ from error
        what, _, where = str(error).partition(" - at `$")
        raise BadSpec(where.strip(".`") or "spec", text, what) from error
    except msgspec.DecodeError as error:
        raise BadSpec("spec", text, "a JSON object") from error


def digest(spec: PictureSpec) -> str:
    """64 hexadecimal digits, equal for equal specs and different for others."""
    return sha256(written(spec)).hexdigest()


def _check_words(spec: PictureSpec) -> None:
    _must("name", spec.name, bool(_NAME.fullmatch(spec.name)), "a lower-case word of 1 to 40")
    _must(
        "quality",
        spec.quality,
        bool(_QUALITY.fullmatch(spec.quality)),
        "auto, auto:<level> or 1 to 100",
    )
    formats = _distinct("formats", spec.formats)
    alone = "auto" not in formats or len(formats) == 1
    _must("formats", formats, alone, "auto alone, or typed formats")
    ends_well = formats[-1] in ("auto", *_FALLBACKS)
    _must("formats", formats, ends_well, "jpg or png last, which every browser shows")
    early = any(name in _FALLBACKS for name in formats[:-1])
    _must("formats", formats, not early, "jpg or png last only, since nothing behind it is taken")
    _must("lcp", spec.lcp, not spec.lcp or spec.loading == "eager", "loading eager with it")


def _check_layout(spec: PictureSpec) -> None:
    starts = [point.min_width for point in spec.breakpoints]
    rising = starts[:1] == [0] and all(a < b for a, b in pairwise(starts))
    _must("breakpoints", starts, rising, "min_width rising from 0")
    _within("gutter", spec.gutter, 0, 1000)
    _within("padding", spec.padding, 0, 1000)
    if spec.container is not None:
        _within("container", spec.container, 16, MAX_PIXELS)
    if spec.fallback is not None:
        _within("fallback", spec.fallback, 1, MAX_PIXELS)
    served = list(spec.densities)
    possible = bool(served) and all(1 <= density <= MAX_DENSITY for density in served)
    _must("densities", served, possible, f"numbers from 1 to {MAX_DENSITY:g}")
    _must("densities", served, all(a < b for a, b in pairwise(served)), "rising numbers")
