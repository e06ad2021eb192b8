"""Components to the tree: chains, branches, layers, and what can be worked out while reading.

    chain  = *( assignment | branch | layer | component )
    branch = "if_<condition>" chain [ "if_else" chain ] "if_end"        block form
           | "if_<condition>,<component>" [ "if_else,<component>" ]     inline form
    layer  = "l_<what>[,…]" chain "fl_layer_apply[,…]"                  new style
           | "l_<what>,…"                                               old style, applied at once

A `fl_layer_apply` closes the nearest layer that is still open; a layer that nothing closes is old style.

Values that depend on constants alone are worked out here, so that `$w_300/c_fill,w_$w` and `c_fill,w_300` are one
derivative; assignments that nothing needs any more are left out of the tree.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache

from imgproxy.errors import BadCombination, BadParameter, LimitExceeded
from imgproxy.expressions import arithmetic, conditions
from imgproxy.expressions.arithmetic import Value
from imgproxy.grammar import computed, known, layers, lexer
from imgproxy.grammar.components import steps_of
from imgproxy.grammar.named import NOTHING, Named, expanded
from imgproxy.operations.place import Place
from imgproxy.settings import Limits
from imgproxy.step import Phase, Step
from imgproxy.tree import Assignment, Branch, Component, Deferred, Layer, Node, Transformation, used

_DEFAULTS = Limits()

Stop = Callable[[], bool]


@lru_cache(maxsize=1024)
def parse(
    text: str,
    max_components: int = _DEFAULTS.max_components,
    max_layers: int = _DEFAULTS.max_layers,
    named: Named = NOTHING,
    *,
    ignoring: bool = False,
) -> Transformation:
    """The meaning of a transformation text, raw or canonical. Raises BadRequest and its children.

    `named`: what `t_<name>` stands for.  `ignoring`: parameters for video, and of services that are not free, are left
    out instead of refused.
    """
    texts = lexer.components(text)
    if len(texts) > max_components:
        raise LimitExceeded("the number of components", len(texts), max_components)
    segments = [lexer.parameters(segment) for segment in texts]
    segments = expanded(segments, named, max_components)
    if ignoring:
        segments = [known.offered(parameters) for parameters in segments]
    reader = _Reader(segments, max_layers)
    nodes = _needed(reader.chain())
    ordered = sorted(reader.directives.values(), key=lambda step: step.canonical())
    transformation = Transformation(nodes, tuple(ordered))
    # layers and conditions take more components when they are spelled out, and that text is read again
    if (spelled := transformation.components()) > max_components:
        raise LimitExceeded("the number of components", spelled, max_components)
    return transformation


class _Reader:
    """The place in the text, and what is known there."""

    def __init__(self, segments: list[lexer.Parameters], max_layers: int) -> None:
        self._segments = [segment for segment in segments if segment]
        self._at = 0
        self._closes = layers.pairs(self._segments, max_layers)
        self._known: dict[str, Value] = {}
        self._defined: set[str] = set()
        self._depth = 0
        self._words: list[list[str]] = []
        self.directives: dict[type[Step], Step] = {}

    def chain(self, stop: Stop = lambda: False) -> tuple[Node, ...]:
        """Nodes up to where `stop` says so, or the end."""
        nodes: list[Node] = []
        while self._at < len(self._segments) and not stop():
            parameters = self._segments[self._at]
            self._at += 1
            nodes += self._segment(parameters)
        return tuple(nodes)

    def _segment(self, parameters: lexer.Parameters) -> Iterator[Node]:
        rest = [pair for pair in parameters if not pair[0].startswith("$")]
        for key, value in parameters:
            if key.startswith("$"):
                yield self._assignment(key, value)
        keys = [key for key, _ in rest]
        if "if" in keys:
            yield from self._branch(rest)
        elif layers.opens(rest):
            yield self._layer(rest)
        elif rest:
            yield from self._component(rest)

    def _assignment(self, key: str, value: str) -> Node:
        tree = arithmetic.read(key, value)
        self._require(arithmetic.names(tree))
        self._defined.add(key)
        self._known.pop(key, None)
        if not self._depth and set(arithmetic.names(tree)) <= self._known.keys():
            self._known[key] = arithmetic.worth(tree, self._known)
            return Assignment(key[1:], arithmetic.literal(self._known[key], tree))
        return Assignment(key[1:], tree)

    def _component(self, parameters: lexer.Parameters) -> Iterator[Node]:
        """A component now, or one that waits for facts; directives of the whole are set aside."""
        words, parameters = layers.laying(parameters)
        if self._words:
            self._words[-1] += words
        parameters = [(key, self._settled(key, value)) for key, value in parameters]
        if any(computed.is_computed(key, value) for key, value in parameters):
            waiting = sorted((key, computed.spelled(key, value)) for key, value in parameters)
            yield Deferred(tuple(waiting))
            return
        steps = steps_of(parameters)
        if not self._depth:
            self.directives |= {type(step): step for step in steps if step.phase is Phase.DIRECTIVE}
            steps = [step for step in steps if step.phase is not Phase.DIRECTIVE]
        if steps:
            yield Component(tuple(steps))

    def _settled(self, key: str, value: str) -> str:
        """The value worked out where only constants are in it."""
        if not computed.is_computed(key, value):
            return value
        names = set(computed.variables(key, value))
        self._require(names)
        if not names <= self._known.keys():
            return value
        settled = computed.settled(key, value, self._known)
        if computed.is_computed(key, settled):
            raise BadParameter(key, settled, "a value; the text of a variable names no variables")
        return settled

    def _require(self, names: Iterator[str] | set[str]) -> None:
        for name in names:
            if name.startswith("$") and name not in self._defined:
                raise BadParameter("expression", name, "a variable that is defined before")

    def _branch(self, parameters: lexer.Parameters) -> Iterator[Node]:
        value = next(value for key, value in parameters if key == "if")
        rest = [pair for pair in parameters if pair[0] != "if"]
        if value == "end":
            return  # an end behind an inline form closes nothing, and harms nothing
        if value == "else":
            raise BadCombination("if_else", "needs an if_ before it")
        condition = conditions.read(value)
        self._require(conditions.words(condition))
        known = dict(self._known)
        self._depth += 1
        then, otherwise = self._inline(rest) if rest else self._block()
        self._depth -= 1
        if set(conditions.words(condition)) <= known.keys() and not conditions.asks_defined(
            condition
        ):
            yield from then if conditions.holds(condition, known) else otherwise
        else:
            yield Branch(condition, then, otherwise)

    def _inline(self, rest: lexer.Parameters) -> tuple[tuple[Node, ...], tuple[Node, ...]]:
        then = tuple(self._segment(rest))
        if not self._next_is("else"):
            return then, ()
        return then, self._otherwise()

    def _block(self) -> tuple[tuple[Node, ...], tuple[Node, ...]]:
        then = self.chain(lambda: self._next_is("else") or self._next_is("end"))
        otherwise = self._otherwise() if self._next_is("else") else ()
        if not self._next_is("end"):
            raise BadCombination("if_", "needs an if_end")
        self._at += 1
        return then, otherwise

    def _otherwise(self) -> tuple[Node, ...]:
        rest = [pair for pair in self._segments[self._at] if pair[0] != "if"]
        self._at += 1
        if rest:
            return tuple(self._segment(rest))
        return self.chain(lambda: self._next_is("end"))

    def _next_is(self, word: str) -> bool:
        return self._at < len(self._segments) and ("if", word) in self._segments[self._at]

    def _layer(self, parameters: lexer.Parameters) -> Layer:
        opened = self._at - 1
        close = self._closes.get(opened)
        (key, what), *rest = layers.opened(parameters)
        what = self._settled(key, what)
        source, rest = layers.source(key, what, self._constants(rest))
        self._words.append([])
        if close in {None, opened}:
            words, placing, rest = layers.closing(rest)
            nodes = self._inside(rest)
        else:
            nodes = (*self._inside(rest), *self.chain(lambda: self._at == close))
            words, placing, rest = layers.closing(self._constants(self._segments[self._at]))
            self._at += 1
            nodes = (*nodes, *self._inside(rest))
        words += self._words.pop()
        return Layer(layers.flagged(source, words), nodes, Place.of(words, placing))

    def _constants(self, parameters: lexer.Parameters) -> lexer.Parameters:
        return [(key, self._settled(key, value)) for key, value in parameters]

    def _inside(self, rest: lexer.Parameters) -> tuple[Node, ...]:
        return tuple(self._component(rest)) if rest else ()


def _needed(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    """Without the assignments that nothing behind them uses."""
    kept = nodes
    while True:
        names = used(kept)
        fewer = _without(kept, names)
        if fewer == kept:
            return kept
        kept = fewer


def _without(nodes: tuple[Node, ...], names: frozenset[str]) -> tuple[Node, ...]:
    found: list[Node] = []
    for node in nodes:
        match node:
            case Assignment(name) if name not in names:
                continue
            case Branch(condition, then, otherwise):
                found.append(Branch(condition, _without(then, names), _without(otherwise, names)))
            case Layer(source, inner, place):
                found.append(Layer(source, _without(inner, names), place))
            case _:
                found.append(node)
    return tuple(found)
