"""Texts of the transformation language for laws, made from the declarations of the registered operations.

A made word is a pair: one spelling, and another of the same value. A new operation takes part as soon as it is
registered; types that are not listed in WORDS lend their words from the examples of their operation.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec
from hypothesis import assume
from hypothesis import strategies as st

from imgproxy.grammar import parse
from imgproxy.notation.colour import Colour
from imgproxy.notation.colour_names import HEX_BY_NAME
from imgproxy.notation.gravity import COMPASS, Gravity
from imgproxy.notation.length import Length, Offset, Width
from imgproxy.notation.number import spell
from imgproxy.notation.ratio import Ratio
from imgproxy.operations import BY_HEAD
from imgproxy.step import FieldSpec, LayerPlace, LayerSource, Step, fields
from imgproxy.step.operation import _bounds
from imgproxy.tree import Transformation

Words = st.SearchStrategy[tuple[str, str]]

# --- words: one value in two spellings --------------------------------------------------------------------------------


def both(draw: Callable[..., Any], *ways: str) -> tuple[str, str]:
    return draw(st.sampled_from(ways)), draw(st.sampled_from(ways))


@st.composite
def wholes(draw, low: float | None = -1000, high: float | None = 1000) -> tuple[str, str]:
    least, most = (-1000 if low is None else int(low)), (100_000 if high is None else int(high))
    number = draw(st.integers(least, most))
    signs = (f"{number}", f"0{number}", f"+{number}") if number >= 0 else (f"{number}",)
    return both(draw, *signs, f"{number}.0", f"{number}.")


@st.composite
def decimals(draw, low: float | None = -1000, high: float | None = 1000) -> tuple[str, str]:
    least, most = (-1000 if low is None else low), (1000 if high is None else high)
    text = spell(draw(st.integers(int(least * 1000), int(most * 1000))) / 1000)
    assume(least <= float(text) <= most)
    return both(draw, text, *((f"{text}0", f"{text}00") if "." in text else (f"{text}.0", text)))


@st.composite
def lengths(draw) -> tuple[str, str]:
    if draw(st.booleans()):
        number = draw(st.integers(1, 100_000))
        return both(draw, f"{number}", f"0{number}", f"+{number}")
    share = spell(draw(st.integers(1, 99_999)) / 1000)
    share = share if "." in share else f"{share}.0"
    return both(draw, share, f"{share}0", share.removeprefix("0"))


@st.composite
def widths(draw) -> tuple[str, str]:
    """Left to the client."""
    step, fallback = draw(st.integers(1, 10_000)), draw(st.integers(1, 10_000))
    ladder = draw(
        st.sampled_from(["breakpoints_7_90_3_4", "breakpoints:json", "breakpoints:7:json"])
    )
    ways = [
        ("auto", "auto:100"),
        (f"auto:{step}:{fallback}", f"auto:0{step}:+{fallback}"),
        ("auto:breakpoints", "auto:breakpoints_50", "auto:breakpoints_50_1000_20_20"),
        (f"auto:breakpoints:{fallback}", f"auto:breakpoints_50_1000_20:0{fallback}"),
        (f"auto:{ladder}",),
    ]
    return both(draw, *draw(st.sampled_from(ways)))


@st.composite
def offsets(draw) -> tuple[str, str]:
    one, other = draw(lengths())
    zero = draw(st.booleans())
    sign = draw(st.sampled_from(["", "-"]))
    signed = tuple(f"{sign}{text.removeprefix('+')}" for text in (one, other))
    return both(draw, "0", "0.0", "-0", "0.00") if zero else (signed[0], signed[1])


@st.composite
def ratios(draw) -> tuple[str, str]:
    wide, high, times = (draw(st.integers(1, most)) for most in (100, 100, 50))
    ways = [f"{wide}:{high}", f"{wide * times}:{high * times}", f"{wide / 10}:{high / 10}"]
    return both(draw, *ways)


@st.composite
def colours(draw) -> tuple[str, str]:
    if draw(st.booleans()):
        name = draw(st.sampled_from(sorted(HEX_BY_NAME)))
        return both(draw, name, name.upper(), f"rgb:{HEX_BY_NAME[name]}", HEX_BY_NAME[name])
    digits = draw(st.text("0123456789abcdef", min_size=3, max_size=4))
    long = "".join(digit * 2 for digit in digits)
    opaque = [f"rgb:{long}ff", f"#{digits}f"] if len(digits) == 3 else []
    return both(draw, f"rgb:{digits}", f"#{digits}", f"rgb_{long}", long.upper(), digits, *opaque)


@st.composite
def gravities(draw) -> tuple[str, str]:
    point = draw(st.sampled_from(sorted(COMPASS)))
    if draw(st.booleans()):
        return both(draw, point, point.replace("_", "") if point.count("_") else point)
    faces = [
        "auto:face",
        "auto:faces_80:thirds_0",
        "auto:no_faces",
        "body",
        "body:center",
        "custom",
    ]
    found = ["auto", "face", "faces:center", "face:auto", "xy_center", *faces]
    return both(draw, draw(st.sampled_from(found)))


TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters=",")),
    st.lists(st.sampled_from(["%", "%2C", "%2F", "%25", "/", ".", ":", "_", "a", "é", " "])).map(
        "".join
    ),
).map(lambda text: (text, text))
WORDS: dict[type, Words] = {
    bool: st.sampled_from([("0", "false"), ("1", "true"), ("true", "1")]),
    str: TEXTS,
    Length: lengths(),
    Width: st.one_of(lengths(), widths()),
    Offset: offsets(),
    Ratio: ratios(),
    Colour: colours(),
    Gravity: gravities(),
}


def words(cls: type[Step], spec: FieldSpec) -> Words:
    """Two spellings of a value of that field."""
    annotation = next(
        field.type for field in msgspec.structs.fields(cls) if field.name == spec.name
    )
    bare, low, high = _bounds(annotation)
    if bare is int:
        return wholes(low, high)
    if bare is float:
        return decimals(low, high)
    if bare in WORDS:
        return WORDS[bare]
    if issubclass(bare, StrEnum):
        return st.sampled_from([(name, name) for name in bare])
    return st.sampled_from([(text, text) for text in seen(cls, spec)])


def seen(cls: type[Step], spec: FieldSpec) -> list[str]:
    """The values of a field in the examples of its operation."""
    steps = [step for text in cls.examples for step in every(parse(text)) if type(step) is cls]
    values = [getattr(step, spec.name) for step in steps]
    return sorted({spec.spell(value) for value in values if value is not None})


def every(transformation: Transformation) -> list[Step]:
    return list(transformation.operations())


# --- parameters, components, transformations ---------------------------------------------------------------------------


class Parameter(NamedTuple):
    """One parameter as decoded text, in two spellings."""

    key: str
    one: str
    other: str


@st.composite
def parameters(draw, head: str) -> list[Parameter]:
    """An operation with some of its arguments and qualifiers."""
    cls = BY_HEAD[head]
    name = head.removeprefix(f"{cls.key}_") if cls.names else ""
    positional = [spec for spec in fields(cls) if not spec.qualifier]
    least = sum(spec.required for spec in positional)
    given_ = positional[: draw(st.integers(least, len(positional)))]
    pairs = [(name, name)] * bool(name) + [draw(words(cls, spec)) for spec in given_]
    one, other = (":".join(pair[side] for pair in pairs) for side in (0, 1))
    made = [Parameter(cls.key, one, other)] if one or name else []
    tuned = [spec for spec in fields(cls) if spec.qualifier and draw(st.booleans())]
    return made + [Parameter(spec.qualifier, *draw(words(cls, spec))) for spec in tuned]


HEADS = tuple(
    sorted(head for head, cls in BY_HEAD.items() if not issubclass(cls, LayerPlace | LayerSource))
)
"""Operations of a single component; layers take several, and have laws of their own."""


@st.composite
def components(draw, heads: tuple[str, ...] = HEADS) -> list[Parameter]:
    """One to four operations packed together; every key once, since of doubles the last counts."""
    chosen = draw(st.lists(st.sampled_from(heads), min_size=1, max_size=4))
    made = [parameter for head in chosen for parameter in draw(parameters(head))]
    return list({parameter.key: parameter for parameter in made}.values())


CHAINS = st.lists(components(), min_size=1, max_size=4)


def raw(text: str) -> str:
    """Decoded text as it has to be escaped inside a component."""
    return text.replace("%", "%25").replace("/", "%2F")


def written(chain: list[list[Parameter]]) -> str:
    return "/".join(",".join(raw(f"{p.key}_{p.one}") for p in component) for component in chain)


@st.composite
def respelled(draw, chain: list[list[Parameter]]) -> str:
    """The same chain in other spellings, another order, and with any character percent-encoded."""
    shuffled = [draw(st.permutations(component)) for component in chain]
    texts = [[f"{p.key}_{p.other}" for p in component] for component in shuffled]
    return "/".join("".join(draw(escaped(",".join(words)))) for words in texts)


@st.composite
def escaped(draw, text: str) -> list[str]:
    some = draw(st.sets(st.sampled_from(sorted(set(text))))) if text else set()
    hexadecimal = draw(st.sampled_from(["%{:02X}", "%{:02x}"]))
    must = {"%", "/"}
    return [
        "".join(hexadecimal.format(byte) for byte in char.encode()) if char in some | must else char
        for char in text
    ]
