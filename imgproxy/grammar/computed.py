"""Parameters that hold expressions: which they are, and what they come to.

A value is looked at word by word between its colons.  A word is computed when it has a variable, an operator between
operands, or, for a key that takes numbers, is a word such as `iw`.  The result is put back as text, so that the
operation reads it by its own rules: whole numbers as pixels, and a fraction only where no side of the picture is in it.
"""

import re
from collections.abc import Iterator, Mapping

from imgproxy.errors import BadParameter
from imgproxy.expressions import arithmetic
from imgproxy.expressions.arithmetic import Binary, Expression, Number, Value, Variable
from imgproxy.notation.number import round_half_up, spell
from imgproxy.step import escaped

_NUMERIC = frozenset("w h ar x y z r a o q dpr".split())
_LAYERS = frozenset("lu")
_NEVER = frozenset("fl t d".split())
"""Keys whose values are names: a dollar in them is a dollar."""

_SIDES = frozenset("w h iw ih px py".split())
_NAME = re.compile(r"\$\(?([A-Za-z][A-Za-z0-9]*)\)?")
_IN_TEXT = re.compile(r"\$\(([A-Za-z][A-Za-z0-9]*)\)")


def is_computed(key: str, value: str) -> bool:
    """Whether the value has to be worked out before an operation can read it."""
    if key in _NEVER:
        return False
    if key in _LAYERS:
        return "$" in value and any(pattern.search(piece) for pattern, piece in _pieces(value))
    if "$" not in value and "_" not in value and not (key in _NUMERIC and value[:1].isalpha()):
        return False  # almost every value there is
    return any(
        _expression(key, word) is not None or _NAME.search(word) for word in value.split(":")
    )


def variables(key: str, value: str) -> Iterator[str]:
    """Variables and words that the value depends on; variables as `$name`."""
    if key in _LAYERS:
        for pattern, piece in _pieces(value):
            yield from (f"${name}" for name in pattern.findall(piece))
        return
    for word in value.split(":"):
        tree = _expression(key, word)
        if tree is not None:
            yield from arithmetic.names(tree)
        else:
            yield from (f"${name}" for name in _NAME.findall(word))


def settled(key: str, value: str, scope: Mapping[str, Value]) -> str:
    """The value without expressions. Raises BadParameter for what is not defined or not a number."""
    if key in _LAYERS:
        return "".join(_filled(piece, scope, pattern) for pattern, piece in _pieces(value))
    return ":".join(_word(key, word, scope) for word in value.split(":"))


def spelled(key: str, value: str) -> str:
    """Canonical text of a value that stays computed."""
    if key in _LAYERS:
        return escaped(value)
    words = []
    for word in value.split(":"):
        tree = _expression(key, word)
        words.append(arithmetic.spelled(tree) if tree is not None else word)
    return escaped(":".join(words))


def _expression(key: str, word: str) -> Expression | None:
    tree, end = arithmetic.scan(word, 0)
    if tree is None or end != len(word) or isinstance(tree, Number):
        return None
    if isinstance(tree, Binary | Variable) or key in _NUMERIC:
        return tree
    return None


def _word(key: str, word: str, scope: Mapping[str, Value]) -> str:
    tree = _expression(key, word)
    if tree is None:
        return _filled(word, scope)
    value = arithmetic.worth(tree, scope)
    if isinstance(value, tuple):
        raise BadParameter(key, ":".join(value), "a single value, not a list")
    if isinstance(value, str):
        return value
    whole = key in _NUMERIC - {"ar", "z", "dpr"} and (abs(value) > 1 or _has_side(tree))
    return str(round_half_up(value)) if whole else _fraction(key, value)


def _fraction(key: str, value: float) -> str:
    """A number at most 1 that no side is in stays a fraction where it is written as one."""
    text = spell(value)
    return (
        f"{text}.0" if key in {"w", "h", "x", "y"} and "." not in text and 0 < value <= 1 else text
    )


def _has_side(tree: Expression) -> bool:
    return bool(_SIDES & set(arithmetic.names(tree)))


def _pieces(what: str) -> Iterator[tuple[re.Pattern[str], str]]:
    """A layer's name and style, in which a dollar means a variable; and its words, in which only `$(name)` does."""
    if not what.startswith("text:"):
        yield _NAME, what
        return
    style, colon, words = what.removeprefix("text:").partition(":")
    yield _NAME, f"text:{style}{colon}"
    yield _IN_TEXT, words


def _filled(text: str, scope: Mapping[str, Value], pattern: re.Pattern[str] | None = None) -> str:
    """Names inside other text replaced by what they are worth."""

    def shown(match: re.Match[str]) -> str:
        name = f"${match[1]}"
        value = (
            arithmetic.worth(Variable(match[1]), scope) if name in scope else scope.get(match[1])
        )
        if value is None:
            raise BadParameter("expression", name, "a variable that is defined before")
        return (
            value
            if isinstance(value, str)
            else ":".join(value)
            if isinstance(value, tuple)
            else spell(value)
        )

    pattern = pattern or (_IN_TEXT if "$(" in text else _NAME)
    return pattern.sub(shown, text)
