"""Conditions: `w_gt_500_and_ar_lt_1`, `!sale!_in_tags`, `isdef_$caption`.

    condition  = conjunction *( "_or_" conjunction )
    conjunction = comparison *( "_and_" comparison )
    comparison = expression "_" ( eq | ne | lt | gt | lte | gte | in | nin ) "_" expression | ( "isdef_" | "isndef_" ) "$" name

`and` binds tighter than `or`.  Pure, like `arithmetic`.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping

import msgspec

from imgproxy.errors import BadParameter, NotSupported
from imgproxy.expressions.arithmetic import (
    MAX_OPERANDS,
    Expression,
    Value,
    foreign,
    names,
    number,
    scan,
    spelled,
    worth,
)

_COMPARISON = re.compile(r"_(eq|ne|lte|gte|lt|gt|nin|in)_|(=|!=|<=|>=|<|>)")
_SIGNS = {"=": "eq", "!=": "ne", "<": "lt", ">": "gt", "<=": "lte", ">=": "gte"}
_JOIN = re.compile(r"_(and|or)_")
_DEFINED = re.compile(r"(isdef|isndef)_\$([A-Za-z][A-Za-z0-9]*)(?![A-Za-z0-9])")
_EXPECTED = "comparisons such as w_gt_500, joined by _and_ or _or_"

_NUMERIC: dict[str, Callable[[float, float], bool]] = {
    "lt": lambda a, b: a < b,
    "gt": lambda a, b: a > b,
    "lte": lambda a, b: a <= b or math.isclose(a, b, rel_tol=1e-4),
    "gte": lambda a, b: a >= b or math.isclose(a, b, rel_tol=1e-4),
}
"""Ratios such as 16:9 are compared with a picture's rounded sides, so equality has a little room."""


class Comparison(msgspec.Struct, frozen=True, tag=True):
    """Two expressions compared."""

    kind: str
    left: Expression
    right: Expression


class Defined(msgspec.Struct, frozen=True, tag=True):
    """Whether a variable has a value by now."""

    variable: str
    wanted: bool


Test = Comparison | Defined


class Condition(msgspec.Struct, frozen=True):
    """True when all tests of any group are."""

    groups: tuple[tuple[Test, ...], ...]

    def __str__(self) -> str:
        return "_or_".join("_and_".join(_spelled(test) for test in group) for group in self.groups)


def read(text: str) -> Condition:
    """The condition of a whole text. Raises BadParameter."""
    groups: list[list[Test]] = [[]]
    at = 0
    while True:
        test, at = _test(text, at)
        groups[-1].append(test)
        if sum(map(len, groups)) > MAX_OPERANDS:
            raise BadParameter("if", text[:80], f"at most {MAX_OPERANDS} comparisons")
        if at == len(text):
            return Condition(tuple(tuple(group) for group in groups))
        joint = _JOIN.match(text, at)
        if joint is None:
            raise BadParameter("if", text, _EXPECTED)
        if joint[1] == "or":
            groups.append([])
        at = joint.end()


def holds(condition: Condition, scope: Mapping[str, Value]) -> bool:
    """Whether it is true in `scope`. Raises BadParameter for what is not defined or not comparable."""
    return any(all(_true(test, scope) for test in group) for group in condition.groups)


def words(condition: Condition) -> Iterator[str]:
    """Variables and words that it depends on, `isdef` aside."""
    for group in condition.groups:
        for test in group:
            if isinstance(test, Comparison):
                yield from names(test.left)
                yield from names(test.right)


def asks_defined(condition: Condition) -> bool:
    """Whether it depends on which variables there are."""
    return any(isinstance(test, Defined) for group in condition.groups for test in group)


def _test(text: str, at: int) -> tuple[Test, int]:
    if match := _DEFINED.match(text, at):
        return Defined(match[2], match[1] == "isdef"), match.end()
    left, end = scan(text, at)
    compared = _COMPARISON.match(text, end)
    right, end = scan(text, compared.end()) if compared else (None, end)
    if left is None or compared is None or right is None:
        if word := foreign(text[at:]):
            raise NotSupported(f"if_{word}", "asks what is not known of an image here")
        raise BadParameter("if", text, _EXPECTED)
    return Comparison(compared[1] or _SIGNS[compared[2]], left, right), end


def _true(test: Test, scope: Mapping[str, Value]) -> bool:
    if isinstance(test, Defined):
        return (f"${test.variable}" in scope) is test.wanted
    left, right = worth(test.left, scope), worth(test.right, scope)
    if test.kind in {"in", "nin"}:
        return (set(_listed(left)) <= set(_listed(right))) is (test.kind == "in")
    if test.kind in {"eq", "ne"}:
        return _equal(left, right) is (test.kind == "eq")
    return _NUMERIC[test.kind](number("if", left), number("if", right))


def _equal(left: Value, right: Value) -> bool:
    if isinstance(left, float | int) and isinstance(right, float | int):
        return math.isclose(left, right, rel_tol=1e-4)
    return left == right


def _listed(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (str(value),)


def _spelled(test: Test) -> str:
    if isinstance(test, Defined):
        return f"{'isdef' if test.wanted else 'isndef'}_${test.variable}"
    return f"{spelled(test.left)}_{test.kind}_{spelled(test.right)}"
