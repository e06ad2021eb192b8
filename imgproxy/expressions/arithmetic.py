"""Expressions: `iw_div_2`, `$width_mul_1.5_add_10`, `!portrait!`, read into a tree and worked out against a scene.

    expression = operand *( "_" operator "_" operand )
    operand    = number | ratio | "ref:!" public id "!" | a word such as iw
               | ( "!" text "!" | "ctx:!" key "!" | "md:!" id "!" | "$" name ) [ "_to_i" | "_to_f" ]
    operator   = add | sub | mul | div | mod | pow

`pow` binds tightest and to the right, then `mul`, `div` and `mod`, then `add` and `sub`, as in arithmetic.  Words may
contain underscores themselves (`initial_width`), so text is matched from the left and never split.

Pure: what variables and words are worth is looked up in the mapping handed in.
"""

import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping

import msgspec

from imgproxy.errors import BadParameter
from imgproxy.notation.number import spell

Value = float | str | tuple[str, ...]
"""A number, a text, or a list of texts (`!a:b!`)."""

WORDS = {word: word for word in "w h ar iw ih iar tar cp fc pc px py idn ils tags".split()} | {
    "width": "w",
    "height": "h",
    "aspect_ratio": "ar",
    "aspectRatio": "ar",
    "initial_width": "iw",
    "initialWidth": "iw",
    "initial_height": "ih",
    "initialHeight": "ih",
    "initial_aspect_ratio": "iar",
    "initialAspectRatio": "iar",
    "trimmed_aspect_ratio": "tar",
    "trimmedAspectRatio": "tar",
    "face_count": "fc",
    "faceCount": "fc",
    "faces": "fc",
    "page_count": "pc",
    "pageCount": "pc",
    "current_page": "cp",
    "currentPage": "cp",
    "page_x": "px",
    "pageX": "px",
    "page_y": "py",
    "pageY": "py",
    "initial_density": "idn",
    "initialDensity": "idn",
    "illustration_score": "ils",
    "illustrationScore": "ils",
}
"""Operands with a name of their own, to the short spelling."""

_TIGHTNESS = {"add": 1, "sub": 1, "mul": 2, "div": 2, "mod": 2, "pow": 3}
_WORD = "|".join(sorted(WORDS, key=len, reverse=True))
_OPERAND = re.compile(
    r"(?:(?P<lookup>ctx|md|ref):)?!(?P<text>[^!]*)!(?P<turned>_to_[if](?![A-Za-z0-9]))?"
    r"|\$(?P<variable>[A-Za-z][A-Za-z0-9]*)(?P<cast>_to_[if])?(?![A-Za-z0-9])"
    r"|(?P<ratio>\d{1,9}(?:\.\d{1,9})?:\d{1,9}(?:\.\d{1,9})?)"
    r"|(?P<number>-?(?:\d{1,12}(?:\.\d{0,12})?|\.\d{1,12}))"
    rf"|(?P<word>{_WORD})(?![A-Za-z0-9])"
)
_FOREIGN = re.compile(
    r"(?:^|_)(du|idu|rn|ccc|pgnames|duration|initial_duration|page_names)(?=_|[=!<>]|$)"
)
_OPERATOR = re.compile(r"_(add|sub|mul|div|mod|pow)_")
_EXPECTED = "numbers, variables or words such as iw, joined by _add_ _sub_ _mul_ _div_ _mod_ _pow_"
_LARGEST = 1e12
MAX_OPERANDS = 64
"""More is no arithmetic that anyone writes, and would make the tree deep."""


class Number(msgspec.Struct, frozen=True, tag=True):
    """A literal; its text is kept, because `1.0` is a fraction where `1` is a pixel."""

    text: str


class Text(msgspec.Struct, frozen=True, tag=True):
    """`!word!` or `!one:two!`, perhaps read as a number."""

    text: str
    cast: str = ""


class Lookup(msgspec.Struct, frozen=True, tag=True):
    """`ctx:!key!` and `md:!id!`: what is stored with the asset, and an empty text where nothing is."""

    kind: str
    key: str
    cast: str = ""


class Variable(msgspec.Struct, frozen=True, tag=True):
    """`$name`, perhaps read as a number (`_to_i`, `_to_f`)."""

    name: str
    cast: str = ""


class Word(msgspec.Struct, frozen=True, tag=True):
    """A fact about the picture, by its short spelling."""

    name: str


class Binary(msgspec.Struct, frozen=True, tag=True):
    """Two expressions and what joins them."""

    operation: str
    left: "Expression"
    right: "Expression"


Expression = Number | Text | Lookup | Variable | Word | Binary


def foreign(text: str) -> str | None:
    """The first word of the text, or behind a comparison, that the language has for videos and Photoshop files."""
    found = _FOREIGN.search(text)
    return found and found[1]


def read(parameter: str, text: str) -> Expression:
    """The tree of a whole text. Raises BadParameter naming `parameter`."""
    tree, end = scan(text, 0)
    if tree is None or end != len(text):
        raise BadParameter(parameter, text, _EXPECTED)
    return tree


def scan(text: str, start: int) -> tuple[Expression | None, int]:
    """The longest expression that begins at `start`, and where it ends; `None` when there is none.

    Raises BadParameter for one of more than MAX_OPERANDS operands.
    """
    operands: list[Expression] = []
    operations: list[str] = []
    end = start
    while match := _OPERAND.match(text, end if not operations else _after(text, end)):
        if len(operands) == MAX_OPERANDS:
            raise BadParameter("expression", text[:80], f"at most {MAX_OPERANDS} operands")
        operands.append(_operand(match))
        end = match.end()
        joined = _OPERATOR.match(text, end)
        if joined is None or _OPERAND.match(text, joined.end()) is None:
            break
        operations.append(joined[1])
    return (_tree(operands, operations), end) if operands else (None, start)


def spelled(tree: Expression) -> str:
    """Canonical text: reading it gives an equal tree."""
    match tree:
        case Binary(operation, left, right):
            return f"{spelled(left)}_{operation}_{spelled(right)}"
        case Text(text, cast):
            return f"!{text}!{cast}"
        case Lookup(kind, key, cast):
            return f"{kind}:!{key}!{cast}"
        case Variable(name, cast):
            return f"${name}{cast}"
        case Word(name):
            return name
        case Number(text):
            return text


def names(tree: Expression) -> Iterator[str]:
    """Variables (`$name`) and words that the value depends on."""
    match tree:
        case Binary(_, left, right):
            yield from names(left)
            yield from names(right)
        case Variable(name):
            yield f"${name}"
        case Word(name):
            yield name
        case Lookup(kind, key):
            yield f"{kind}:{key}"
        case _:
            return


def worth(tree: Expression, scope: Mapping[str, Value]) -> Value:
    """The value; `scope` holds variables as `$name` and words. Raises BadParameter for what is not defined."""
    match tree:
        case Number(text):
            return _literal(text)
        case Text(text, cast):
            words = tuple(text.split(":")) if ":" in text else text
            return _cast(f"!{text}!", words, cast) if cast else words
        case Word(name):
            return _looked_up(name, scope)
        case Lookup(kind, key, cast):
            stored = scope.get(f"{kind}:{key}", "")
            return _cast(f"{kind}:!{key}!", stored, cast) if cast else stored
        case Variable(name, cast):
            value = _looked_up(f"${name}", scope)
            return _cast(f"${name}", value, cast) if cast else value
        case Binary(operation, left, right):
            return _joined(operation, worth(left, scope), worth(right, scope))


def literal(value: Value, tree: Expression) -> Expression:
    """The expression that is `value` already; a literal keeps its own text."""
    if isinstance(tree, Number) or (isinstance(tree, Text) and not tree.cast):
        return tree
    if isinstance(value, tuple):
        return Text(":".join(value))
    return Text(value) if isinstance(value, str) else Number(spell(value))


def number(name: str, value: Value) -> float:
    """The value as a number. Raises BadParameter when it is a text."""
    if isinstance(value, float | int):
        return value
    raise BadParameter(name, _shown(value), "a number")


def _after(text: str, end: int) -> int:
    joined = _OPERATOR.match(text, end)
    return joined.end() if joined else end


def _operand(match: re.Match[str]) -> Expression:
    if match["lookup"] in {"ctx", "md"}:
        return Lookup(match["lookup"], match["text"], match["turned"] or "")
    if match["text"] is not None:
        return Text(
            match["text"], match["turned"] or ""
        )  # a reference to an asset is its public id
    if match["variable"]:
        return Variable(match["variable"], match["cast"] or "")
    if match["word"]:
        return Word(WORDS[match["word"]])
    return Number(match["ratio"] or match["number"])


def _tree(operands: list[Expression], operations: list[str]) -> Expression:
    """Operator precedence by splitting at the loosest: the last one of its kind, the first for `pow`."""
    if not operations:
        return operands[0]
    loosest = min(_TIGHTNESS[operation] for operation in operations)
    places = [i for i, operation in enumerate(operations) if _TIGHTNESS[operation] == loosest]
    at = places[0] if operations[places[0]] == "pow" else places[-1]
    left = _tree(operands[: at + 1], operations[:at])
    right = _tree(operands[at + 1 :], operations[at + 1 :])
    return Binary(operations[at], left, right)


def _literal(text: str) -> float:
    width, _, height = text.partition(":")
    if height and float(height) == 0:
        raise BadParameter("ratio", text, "a second part above zero")
    return float(width) / float(height) if height else float(width)


def _looked_up(name: str, scope: Mapping[str, Value]) -> Value:
    try:
        return scope[name]
    except KeyError:
        kind = "a variable that is defined before" if name.startswith("$") else "a known word"
        raise BadParameter("expression", name, kind) from None


def _cast(name: str, value: Value, cast: str) -> float:
    try:
        as_number = float(value)  # type: ignore[arg-type]  # a list fails as it should
    except (TypeError, ValueError):
        raise BadParameter(name, _shown(value), "a text that reads as a number") from None
    return math.trunc(as_number) if cast == "_to_i" else as_number


_OPERATIONS: dict[str, Callable[[float, float], float]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "mod": operator.mod,
    "pow": operator.pow,
}


def _joined(operation: str, left: Value, right: Value) -> float:
    a, b = number(operation, left), number(operation, right)
    try:
        result = _OPERATIONS[operation](a, b)
    except (ZeroDivisionError, OverflowError):
        raise BadParameter(
            operation, f"{spell(a)}_{operation}_{spell(b)}", "a result that exists"
        ) from None
    if isinstance(result, complex) or not abs(result) <= _LARGEST:
        raise BadParameter(operation, f"{spell(a)}_{operation}_{spell(b)}", "a number below 1e12")
    return result


def _shown(value: Value) -> str:
    if isinstance(value, tuple):
        return ":".join(value)
    return value if isinstance(value, str) else spell(value)
