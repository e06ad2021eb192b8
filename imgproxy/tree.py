"""The tree that a transformation text becomes, and the one text it is written as.

    Component   steps between two slashes                     c_fill,w_300,e_sepia
    Deferred    a component whose values must be computed     c_scale,w_iw_div_2
    Assignment  a variable from here on                       $wide_iw_mul_2
    Branch      two chains and what decides between them      if_w_gt_500/…/if_else/…/if_end
    Layer       a picture or a text, its own chain, its place l_logo/…/fl_layer_apply,g_north
                (what it shows may have to be computed too)  l_text:Arial_20:$(name)

Frozen values without pixels; `grammar` reads them, `render` walks them.  Nothing here evaluates anything.
"""

import re
from collections.abc import Iterator

import msgspec

from imgproxy.expressions import arithmetic
from imgproxy.expressions.arithmetic import Expression
from imgproxy.expressions.conditions import Condition
from imgproxy.notation.gravity import Gravity
from imgproxy.step import LayerPlace, LayerSource, Output, Step, escaped
from imgproxy.values import Source


class Component(msgspec.Struct, frozen=True):
    """Steps in order of execution."""

    steps: tuple[Step, ...]

    def canonical(self) -> Iterator[str]:
        """Its parameters sorted, joined by commas."""
        yield ",".join(sorted(word for step in self.steps for word in step.canonical()))


class Deferred(msgspec.Struct, frozen=True):
    """Parameters of which some hold expressions; it becomes a component where the facts are known."""

    parameters: tuple[tuple[str, str], ...]

    def canonical(self) -> Iterator[str]:
        """Its parameters sorted, joined by commas."""
        yield ",".join(sorted(f"{key}_{value}" for key, value in self.parameters))


class Assignment(msgspec.Struct, frozen=True):
    """`$name` is worth the expression for what follows."""

    name: str
    expression: Expression

    def canonical(self) -> Iterator[str]:
        """`$name_expression`."""
        yield f"${self.name}_{escaped(arithmetic.spelled(self.expression))}"


class Branch(msgspec.Struct, frozen=True):
    """One of two chains, either may be empty."""

    condition: Condition
    then: "tuple[Node, ...]"
    otherwise: "tuple[Node, ...]" = ()

    def canonical(self) -> Iterator[str]:
        """Always in block form."""
        yield f"if_{escaped(str(self.condition))}"
        yield from _canonical(self.then)
        if self.otherwise:
            yield "if_else"
            yield from _canonical(self.otherwise)
        yield "if_end"


class DeferredLayer(LayerSource, frozen=True, kw_only=True):
    """A source of which some parameter holds an expression; it becomes another where the facts are known.

    The first parameter is the one that opens the layer.
    """

    parameters: tuple[tuple[str, str], ...]
    told: tuple[str, ...] = ()

    def canonical(self) -> tuple[str, ...]:
        """As read, escaped once."""
        words = [f"{key}_{value}" for key, value in self.parameters]
        flags = [f"fl_{flag}" for flag in self.told]
        return tuple(word.replace("%", "%25").replace("/", "%2F") for word in words + flags)


class Layer(msgspec.Struct, frozen=True):
    """Something laid over (or, by its place, under) the picture after a chain of its own."""

    source: LayerSource
    nodes: "tuple[Node, ...]"
    place: LayerPlace

    def canonical(self) -> Iterator[str]:
        """Always opened and applied in components of their own."""
        yield ",".join(self.source.canonical())
        yield from _canonical(self.nodes)
        yield ",".join(self.place.canonical())


_VARIABLE = re.compile(r"\$\(?([A-Za-z][A-Za-z0-9]*)")

Node = Component | Deferred | Assignment | Branch | Layer


class Transformation(msgspec.Struct, frozen=True):
    """A chain of nodes and the directives that hold for the whole; equal when it means the same."""

    nodes: tuple[Node, ...] = ()
    directives: tuple[Step, ...] = ()

    def canonical(self) -> str:
        """The one text for this meaning: parsing it gives an equal transformation."""
        parts = list(_canonical(self.nodes))
        if self.directives:
            parts += Component(self.directives).canonical()
        return "/".join(parts)

    def components(self) -> int:
        """How many components the canonical text has."""
        return sum(1 for _ in _canonical(self.nodes)) + bool(self.directives)

    def output(self) -> Output:
        """All directives folded into one value."""
        output = Output()
        for directive in self.directives:
            output = directive.direct(output)
        return output

    def steps(self) -> Iterator[Step]:
        """Every step that is known now and touches pixels, in order of the text, those of layers left out."""
        return _steps(self.nodes)

    def operations(self) -> Iterator[Step]:
        """Every operation in it, those of layers, and the directives."""
        yield from _operations(self.nodes)
        yield from self.directives

    def needs(self) -> tuple[Source, ...]:
        """The originals that its layers show, each once, in order of the text, and the profile of its colours."""
        icc = self.output().icc
        return tuple(dict.fromkeys((*_needs(self.nodes), *((icc,) if icc else ()))))

    def asks_asset(self) -> bool:
        """Whether anything in it depends on what is stored about the original besides its pixels."""
        return _asks_asset(self.nodes)

    def keeps_stored_orientation(self) -> bool:
        """Whether the original is to be read without turning it upright."""
        return any(step.keeps_stored_orientation for step in self.steps())


def used(nodes: tuple[Node, ...]) -> frozenset[str]:
    """Names of the variables that anything in the chain depends on."""
    return frozenset(_used(nodes))


def _used(nodes: tuple[Node, ...]) -> Iterator[str]:
    for node in nodes:
        match node:
            case Deferred(parameters):
                for _, value in parameters:
                    yield from _VARIABLE.findall(value)
            case Assignment(_, expression):
                yield from (name[1:] for name in arithmetic.names(expression) if name[0] == "$")
            case Branch(condition, then, otherwise):
                yield from _VARIABLE.findall(str(condition))
                yield from _used(then)
                yield from _used(otherwise)
            case Layer(source, inner, _):
                if isinstance(source, DeferredLayer):
                    yield from _used((Deferred(source.parameters),))
                yield from _used(inner)
            case _:
                continue


_STORED = re.compile(r"ctx:!|md:!|(?<![a-z])tags(?![a-z])|region_!")


def _asks_asset(nodes: tuple[Node, ...]) -> bool:
    return any(map(_asks, nodes))


def _asks(node: Node) -> bool:
    match node:
        case Component(steps):
            return any(map(_is_stored, steps))
        case Layer(source, inner, place):
            waiting = isinstance(source, DeferredLayer) and _names_stored(source.parameters)
            return waiting or _is_stored(place) or _asks_asset(inner)
        case Branch(condition, then, otherwise):
            return bool(_STORED.search(str(condition))) or _asks_asset((*then, *otherwise))
        case Deferred(parameters):
            return _names_stored(parameters)
        case Assignment(_, expression):
            return bool(_STORED.search(arithmetic.spelled(expression)))


def _is_stored(step: Step) -> bool:
    gravity = getattr(step, "gravity", None)
    return isinstance(gravity, Gravity) and gravity.by_data


def _names_stored(parameters: tuple[tuple[str, str], ...]) -> bool:
    """By its spelling, as it is not known yet what they come to; a variable may hold a gravity too."""
    return any(
        _STORED.search(value) or (key == "g" and ("$" in value or value.startswith("custom")))
        for key, value in parameters
    )


def _canonical(nodes: tuple[Node, ...]) -> Iterator[str]:
    for node in nodes:
        yield from node.canonical()


def _steps(nodes: tuple[Node, ...]) -> Iterator[Step]:
    for node in nodes:
        match node:
            case Component(steps):
                yield from steps
            case Branch(_, then, otherwise):
                yield from _steps(then)
                yield from _steps(otherwise)
            case _:
                continue


def _operations(nodes: tuple[Node, ...]) -> Iterator[Step]:
    for node in nodes:
        match node:
            case Component(steps):
                yield from steps
            case Branch(_, then, otherwise):
                yield from _operations(then)
                yield from _operations(otherwise)
            case Layer(source, inner, place):
                yield source
                yield from _operations(inner)
                yield place
            case _:
                continue


def _needs(nodes: tuple[Node, ...]) -> Iterator[Source]:
    for node in nodes:
        match node:
            case Layer(source, inner, _):
                if source.original is not None:
                    yield source.original
                yield from _needs(inner)
            case Branch(_, then, otherwise):
                yield from _needs(then)
                yield from _needs(otherwise)
            case _:
                continue
