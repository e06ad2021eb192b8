"""How far references inside an SVG lead from one to the next: a filter that shows a group with a filter, and so on.

A renderer follows them by calling itself, and one that is led too far dies.  Loops are its own to find, and cost nothing
here.  What a style sheet applies counts for whatever its selectors might mean.  Pure: names in, a number out.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

_RULE: Final = re.compile(r"([^{}]*+)\{([^{}]*+)\}")
_TOKEN: Final = re.compile(r"[#.]?[\w-]+")
_URL: Final = re.compile(r"url\(\s*+['\"]?\s*+#([^)'\"\s]++)", re.IGNORECASE)
_ANY: Final = "*"
_Steps = dict[str, int]


class Chains:
    """Fed element by element, in the order of the document."""

    def __init__(self) -> None:
        self._inside = [""]
        self._targets: set[str] = set()
        # from a named part to parts inside it and to what its elements are called (0), and to what they refer to (1)
        self._steps: defaultdict[str, _Steps] = defaultdict(dict)

    def enter(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        name = attributes.get("id")
        here = f"#{name}" if name else self._inside[-1]
        if name:
            self._steps[self._inside[-1]].setdefault(here, 0)
        self._inside.append(here)
        steps = self._steps[here]
        for called in (_ANY, tag, *(f".{name}" for name in attributes.get("class", "").split())):
            steps.setdefault(called, 0)
        for attribute, value in attributes.items():
            if value.startswith("#") and attribute.rpartition(" ")[2] == "href":
                self._refer(here, value)
            elif "(" in value:
                for target in _URL.findall(value):
                    self._refer(here, f"#{target}")

    def leave(self) -> None:
        """It ends."""
        self._inside.pop()

    def style(self, text: str) -> None:
        """A style sheet, whole and without comments and escapes."""
        for selectors, body in _RULE.findall(text):
            targets = _URL.findall(body)
            for called in _TOKEN.findall(selectors) if targets else ():
                self._refer_all(called, targets)
            if targets:
                self._refer_all(_ANY, targets if "*" in selectors or "[" in selectors else ())

    def longest(self, enough: int) -> int:
        """How many references follow each other at most; some number up to `enough` where there cannot be more."""
        if len(self._targets) <= enough:
            return len(self._targets)
        done: dict[str, int] = {}
        for name in list(self._steps):
            if name not in done:
                self._measure(name, done)
        return max(done.values(), default=0)

    def _refer_all(self, start: str, targets: list[str] | tuple[()]) -> None:
        for target in targets:
            self._refer(start, f"#{target}")

    def _refer(self, start: str, target: str) -> None:
        self._steps[start][target] = 1
        self._targets.add(target)

    def _measure(self, first: str, done: dict[str, int]) -> None:
        """Depth first, by a list instead of calls: what is measured here may be deep."""
        lengths = {first: 0}
        stack: list[tuple[str, int, Iterator[tuple[str, int]]]] = [(first, 0, self._out(first))]
        while stack:
            name, step, rest = stack[-1]
            for target, weight in rest:
                if target in done:
                    lengths[name] = max(lengths[name], done[target] + weight)
                elif target not in lengths:
                    lengths[target] = 0
                    stack.append((target, weight, self._out(target)))
                    break
            else:
                stack.pop()
                done[name] = lengths.pop(name)
                if stack:
                    outer = stack[-1][0]
                    lengths[outer] = max(lengths[outer], done[name] + step)

    def _out(self, name: str) -> Iterator[tuple[str, int]]:
        return iter(self._steps[name].items() if name in self._steps else ())
