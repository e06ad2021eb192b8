"""The contact sheet: every operation that changes pixels, before and after, read off the registry.

`/docs/effects` shows it with live URLs on a photo of the portal; `make contact-sheet` draws the same plates into a file.
Which examples there are, and what they are tried on, is decided here for both.
"""

from typing import Any

import msgspec
from litestar import HttpMethod, Request, Response, route
from litestar.datastructures import State

from api.examples import demo_photo, head_of, is_seen, on_photo, url
from api.pages_answer import answer, error_pages
from api.pictures import Base, Photo
from imgproxy.operations import CLAIMS
from imgproxy.step import Phase, Step

CUT_OUT = "c_fill,h_180,r_max,w_180/c_pad,h_220,w_300"
"""A round piece of the photo on nothing, for operations that only show on a picture with alpha."""

_SHAPES = frozenset("e_outline e_shadow e_dropshadow e_opacity_threshold e_trim b".split())
_SMALL = "c_limit,h_480,w_360"
"""In front of everything: plates are cheap to render, and strengths are seen at the size of the plate."""

_SEEN_AS = "f_webp"
_IN_SIGHT = 2  # sections whose pictures do not wait until they are near


class Plate(msgspec.Struct, frozen=True):
    """An operation: its first spelling, what its docstring says, what `before` makes of the photo, and its examples."""

    head: str
    title: str
    words: str
    before: str
    examples: tuple[str, ...]


class Print(msgspec.Struct, frozen=True):
    """A picture of the sheet: the text to copy, and where it is; `url` is empty where a browser shows nothing."""

    text: str
    url: str


class Strip(msgspec.Struct, frozen=True):
    """A plate on a photo."""

    plate: Plate
    before: Print
    prints: tuple[Print, ...]
    lazy: bool


def plates(steps: tuple[type[Step], ...] = CLAIMS) -> tuple[Plate, ...]:
    """Every operation with pixels, in the order of execution."""
    return tuple(_plate(step) for step in steps if step.phase is not Phase.DIRECTIVE)


@route(
    "/docs/effects",
    http_method=[HttpMethod.GET, HttpMethod.HEAD],
    exception_handlers=error_pages,
    include_in_schema=False,
)
async def effects(request: Request[Any, Any, State], state: State) -> Response[bytes]:
    """All plates on the newest listing's photo."""
    photo = await demo_photo()
    shown = [_strip(plate, state.image_base, photo, at) for at, plate in enumerate(plates())]
    return answer(
        request,
        "effects.html",
        strips=shown,
        count=sum(len(strip.prints) for strip in shown),
        live=photo is not None,
    )


def _plate(step: type[Step]) -> Plate:
    head = head_of(step)
    return Plate(
        head=head,
        title=_title(step),
        words=step.__doc__ or "",
        before=CUT_OUT if head in _SHAPES else "",
        examples=step.examples,
    )


def _title(step: type[Step]) -> str:
    parts = [f" {sign.lower()}" if sign.isupper() else sign for sign in step.__name__]
    return "".join(parts).strip().capitalize()


def _strip(plate: Plate, base: Base, photo: Photo | None, at: int) -> Strip:
    prints = tuple(_print(plate, example, base, photo) for example in plate.examples)
    return Strip(plate, _print(plate, "", base, photo), prints, lazy=at >= _IN_SIGHT)


def _print(plate: Plate, example: str, base: Base, photo: Photo | None) -> Print:
    if photo is None:
        return Print(example, "")
    shown = on_photo(example, photo)
    chain = (_SMALL, plate.before, shown, _SEEN_AS)
    return Print(shown or plate.before, url(base, photo, *chain) if is_seen(example) else "")
