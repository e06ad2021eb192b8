"""An operation's declaration -> the controls with which a person sets it, and the card that holds what was set.

A card is one operation with its values as texts of the language.  What no card can say (layers, branches, variables,
values that must be computed) is a card without an operation: its text stands for itself.  Pure; a new operation has its
controls by being declared.
"""

from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec

from api.examples import head_of
from imgproxy.errors import ImageError
from imgproxy.grammar import parse
from imgproxy.notation.colour import Colour
from imgproxy.notation.gravity import COMPASS, Gravity
from imgproxy.notation.length import Length, Offset, Width
from imgproxy.operations import CLAIMS
from imgproxy.step import FieldSpec, Step, fields
from imgproxy.tree import Component, Transformation

_KINDS: dict[type, str] = {
    Colour: "colour",
    Gravity: "gravity",
    Length: "length",
    Width: "length",
    Offset: "offset",
    str: "text",
}
_WIDEST_SLIDER = 2000
"""Beyond this many units a slider is no help."""


class Control(msgspec.Struct, frozen=True, omit_defaults=True):
    """One value: `written` is its qualifier, empty for one after the head; `default` a text of the language."""

    name: str
    label: str
    written: str
    kind: str
    default: str = ""
    required: bool = False
    expected: str = ""
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    choices: tuple[str, ...] = ()


class Card(msgspec.Struct, frozen=True):
    """`tool` is the operation's head, empty where `text` stands for itself; `name` is the word after its key."""

    tool: str
    name: str
    values: dict[str, str]
    text: str


class Tool(msgspec.Struct, frozen=True):
    """An operation to choose; `start` is what it begins with."""

    id: str
    title: str
    group: str
    key: str
    names: tuple[str, ...]
    words: str
    controls: tuple[Control, ...]
    start: Card


@cache
def tools() -> tuple[Tool, ...]:
    """Every operation, in the order of execution."""
    return tuple(_tool(step) for step in CLAIMS)


def cards(transformation: Transformation) -> tuple[Card, ...]:
    """What was read as cards: writing their texts one after another means the same."""
    found: list[Card] = []
    for node in transformation.nodes:
        split = [_card(step) for step in node.steps] if isinstance(node, Component) else [None]
        if None in split:
            found.append(_verbatim("/".join(node.canonical())))
        found += [card for card in split if card and None not in split]
    for step in transformation.directives:
        found.append(_card(step) or _verbatim(",".join(step.canonical())))
    return tuple(found)


def spelled(step: type[Step], name: str, values: dict[str, str]) -> str:
    """The component that a card means; values left out are defaults."""
    specs = fields(step)
    words = [name, *(values.get(spec.name, "") for spec in specs if not spec.qualifier)]
    while words and not words[-1]:
        words.pop()
    head = ":".join(words[0 if name else 1 :])
    qualifiers = [
        f"{spec.qualifier}_{values[spec.name]}"
        for spec in specs
        if spec.qualifier and values.get(spec.name)
    ]
    return ",".join([*([f"{step.key}_{head}"] if head else []), *qualifiers])


def _card(step: Step) -> Card | None:
    """`None` when a card cannot say all of it."""
    kind = type(step)
    name = str(getattr(step, "mode", "") or "") or (kind.names[0] if kind.names else "")
    values = {spec.name: text for spec in fields(kind) if (text := _value(spec, step))}
    text = spelled(kind, name, values)
    return Card(head_of(kind), name, values, text) if _means(text, step) else None


def _means(text: str, step: Step) -> bool:
    try:
        read = parse(text)
    except ImageError:
        return False
    inner = [part for node in read.nodes for part in getattr(node, "steps", (None,))]
    return [*inner, *read.directives] == [step]


def _value(spec: FieldSpec, step: Step) -> str:
    value = getattr(step, spec.name)
    return "" if value is None or value == spec.default else spec.spell(value)


def _verbatim(text: str) -> Card:
    return Card("", "", {}, text)


def _tool(step: type[Step]) -> Tool:
    bare = {field.name: _bare(field.type) for field in msgspec.structs.fields(step)}
    seen = [card for text in step.examples for card in cards(parse(text))]
    own = [card for card in seen if card.tool == head_of(step)]
    return Tool(
        id=head_of(step),
        title="".join(f" {c.lower()}" if c.isupper() else c for c in step.__name__).strip(),
        group=step.phase.name.capitalize(),
        key=step.key,
        names=step.names,
        words=(step.__doc__ or "").strip().partition("\n\n")[0],
        controls=tuple(_control(spec, *bare[spec.name], own) for spec in fields(step)),
        start=own[0] if own else _verbatim(step.examples[0]),
    )


def _bare(annotation: Any) -> tuple[Any, float | None, float | None]:
    """The type of a field without `None`, and its least and greatest number."""
    if get_origin(annotation) in {Union, UnionType}:
        annotation = next(part for part in get_args(annotation) if part is not NoneType)
    if get_origin(annotation) is Annotated:
        kind, meta = get_args(annotation)[:2]
        return kind, meta.ge, meta.le
    return annotation, None, None


def _control(
    spec: FieldSpec, kind: Any, low: float | None, high: float | None, seen: list[Card]
) -> Control:
    slides = low is not None and high is not None and high - low <= _WIDEST_SLIDER
    default = "" if spec.default is None else spec.spell(spec.default)
    control = Control(
        name=spec.name,
        label=spec.name.replace("_", " ").capitalize(),
        written=spec.qualifier,
        kind=_KINDS.get(kind, "text"),
        default=default,
        required=spec.required,
        expected=spec.expected,
        choices=_choices(kind, spec, seen),
    )
    if kind in {int, float}:
        return msgspec.structs.replace(
            control,
            kind="slider" if slides else "number",
            minimum=low,
            maximum=high,
            step=1 if kind is int else 0.1,
        )
    if kind is bool or issubclass(kind, StrEnum):
        return msgspec.structs.replace(control, kind="choice")
    return control


def _choices(kind: Any, spec: FieldSpec, seen: list[Card]) -> tuple[str, ...]:
    """All that there is to choose, or what the examples chose."""
    if kind is bool:
        return ("0", "1")
    if kind is Gravity:
        return tuple(COMPASS)
    if issubclass(kind, StrEnum):
        return tuple(kind)
    return tuple(_once(card.values.get(spec.name, "") for card in seen))


def _once(texts: Iterator[str]) -> Iterator[str]:
    yield from dict.fromkeys(text for text in texts if text)
