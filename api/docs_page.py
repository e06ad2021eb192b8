"""`/docs`: the URL language, read off the code that parses and renders it.

Every operation of the registry with its docstring, its grammar and its examples; nothing about a parameter is written here
or in the template, so that a new operation is documented by being there.  The photo in the examples is the newest
listing's; without a listing the URLs stand alone.
"""

import re
from functools import cache
from types import MethodType
from typing import Annotated, Any

import msgspec
from litestar import HttpMethod, Request, Response, route
from litestar.datastructures import State
from litestar.params import QueryParameter

from api.examples import demo_photo, is_foreign, is_of_pages, is_seen, on_photo, url
from api.pages_answer import answer, error_pages
from api.pictures import Base, Photo
from imgproxy.operations import CLAIMS
from imgproxy.settings import Limits, table
from imgproxy.step import FieldSpec, Phase, Step, fields
from imgproxy.url import EXTENSIONS, KINDS, DeliveryPath, read

_BEFORE = "c_limit,f_webp,w_480"
"""In front of every example: effects are shown at the size at which their picture is seen, and with transparency."""

_ANATOMY = "c_fill,g_auto,h_300,w_400/e_sharpen"
_FOR_CALLERS = re.compile(r"\s*\bRaises\b.*", re.DOTALL)
_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")


Find = Annotated[str, QueryParameter(max_length=200)]


class Parameter(msgspec.Struct, frozen=True):
    """A row of an operation's grammar; `accepts` is a docstring's text."""

    written: str
    name: str
    accepts: str
    default: str
    required: bool


class Example(msgspec.Struct, frozen=True):
    """`url` is empty when there is nothing to show it on; `seen` when a browser can show what comes."""

    component: str
    url: str
    seen: bool


class Operation(msgspec.Struct, frozen=True):
    """One declaration, in words."""

    title: str
    anchor: str
    heads: tuple[str, ...]
    text: str
    parameters: tuple[Parameter, ...]
    examples: tuple[Example, ...]


@route(
    "/docs",
    http_method=[HttpMethod.GET, HttpMethod.HEAD],
    exception_handlers=error_pages,
    include_in_schema=False,
)
async def docs(request: Request[Any, Any, State], state: State, find: Find = "") -> Response[bytes]:
    """The whole language on one page; with `find` the operations that have all these words, the rest hidden."""
    photo = await demo_photo()
    grouped = phases(state.image_base, photo, fetches=state.fetches)
    whole, parts = anatomy(state.image_base, photo)
    return answer(
        request,
        "docs.html",
        phases=grouped,
        find=find,
        missed={one.anchor for _, some in grouped for one in some if not has_words(one, find)},
        count=len(CLAIMS),
        anatomy_url=whole,
        anatomy=parts,
        live=photo is not None,
        kinds=sorted(KINDS),
        extensions=sorted(set(EXTENSIONS.values())),
        limits=list(table(Limits)),
        names=sorted(state.named.known.items()),
    )


def phases(base: Base, photo: Photo | None, *, fetches: bool) -> list[tuple[str, list[Operation]]]:
    """Every operation, grouped by its phase, in the order of execution; without examples that this service refuses."""
    return [
        (phase.name.capitalize(), [_operation(step, base, photo, fetches) for step in steps])
        for phase in Phase
        if (steps := [step for step in CLAIMS if step.phase == phase])
    ]


def has_words(operation: Operation, find: str) -> bool:
    """Whether all words of the text stand somewhere in the operation, whatever their case."""
    parts = [operation.title, *operation.heads, operation.text]
    parts += [f"{one.written} {one.accepts} {one.default}" for one in operation.parameters]
    parts += [example.component for example in operation.examples]
    text = " ".join(parts).lower()
    return all(word in text for word in find.lower().split())


def anatomy(base: Base, photo: Photo | None) -> tuple[str, DeliveryPath]:
    """A URL, and what the service itself reads in it."""
    whole = url(base, photo, _ANATOMY) if photo else base + f"{_ANATOMY}/houses/villa.jpg"
    return whole, read(whole)


def _operation(step: type[Step], base: Base, photo: Photo | None, fetches: bool) -> Operation:
    heads = tuple(f"{step.key}_{name}" for name in step.names) or (f"{step.key}_",)
    return Operation(
        title=_WORD.sub(" ", step.__name__).capitalize(),
        anchor=heads[0].rstrip("_"),
        heads=heads,
        text=step.__doc__ or "",
        parameters=_parameters(step),
        examples=tuple(
            _example(component, base, photo)
            for component in step.examples
            if fetches or not is_foreign(component)
        ),
    )


@cache
def _parameters(step: type[Step]) -> tuple[Parameter, ...]:
    head = f"{step.key}_{step.names[0]}" if step.names else step.key
    rows = []
    for spec in fields(step):
        written = f"{spec.qualifier}_" if spec.qualifier else f"{head}{':' if step.names else '_'}"
        rows.append(
            Parameter(
                written=f"{written}<{spec.name}>",
                name=spec.name,
                accepts=_accepts(spec),
                default="" if spec.default is None else spec.spell(spec.default),
                required=spec.required,
            )
        )
    return tuple(rows)


def _accepts(spec: FieldSpec) -> str:
    """What the type's own reader says about its texts, or the range."""
    if isinstance(spec.parse, MethodType):
        told = spec.parse.__doc__ or spec.parse.__self__.__doc__ or spec.expected
        return _FOR_CALLERS.sub("", told)
    return spec.expected


def _example(component: str, base: Base, photo: Photo | None) -> Example:
    if photo is None or is_of_pages(component):
        return Example(component, "", seen=False)
    shown = on_photo(component, photo)
    return Example(shown, url(base, photo, _BEFORE, shown), is_seen(component))
