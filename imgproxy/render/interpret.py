"""Walks the tree of a transformation over one frame: components, branches, variables, layers.

Facts are looked up when they are asked for, so that counting faces costs nothing where nobody counts.  What leads the
chain is settled before anything is decoded, from the header alone, so that a resize can be folded into loading even
behind a condition.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import pyvips

from imgproxy.asset import NOTHING
from imgproxy.expressions import arithmetic, conditions
from imgproxy.expressions.arithmetic import Value
from imgproxy.grammar import computed, layers
from imgproxy.grammar.components import steps_of
from imgproxy.notation.number import round_half_up
from imgproxy.operations._resize import Resize
from imgproxy.operations.trim import Trim
from imgproxy.step import LayerPlace, Output, Phase, Scene, Step
from imgproxy.tree import Assignment, Branch, Component, Deferred, DeferredLayer, Layer, Node
from imgproxy.values import Face, Size


class Scope(Mapping[str, Value]):
    """Variables as `$name`, and facts about the picture as it is now."""

    def __init__(
        self, scene: Scene, output: Output, facts: Mapping[str, Value] | None = None
    ) -> None:
        self.scene = scene
        self.output = output
        self.size = scene.initial
        self.image: pyvips.Image | None = None
        self.variables: dict[str, Value] = {}
        self._facts: dict[str, Value] = {**NOTHING.facts(), **(facts or {})}

    def inside(self, scene: Scene) -> "Scope":
        """For a layer: its own sizes, the same variables."""
        scope = Scope(scene, self.output, self._facts)
        scope.variables = self.variables
        return scope

    def __getitem__(self, name: str) -> Value:
        if name.startswith("$"):
            return self.variables[name]
        return _FACTS[name](self) if name in _FACTS else self._facts[name]

    def __iter__(self) -> Iterator[str]:
        yield from (*self.variables, *_FACTS, *self._facts)

    def __len__(self) -> int:
        return len(self.variables) + len(_FACTS) + len(self._facts)


def _trimmed_ratio(image: pyvips.Image) -> float:
    """Width over height of what `e_trim` would leave of the picture as it is now."""
    left = Trim().apply(image, Scene(Size(image.width, image.height)))
    return float(left.width / left.height)


_PIXEL_FACTS = frozenset({"fc", "tar"})
"""Facts that the header is not enough for."""

_FACTS: dict[str, Callable[[Scope], Value]] = {
    "w": lambda scope: scope.size.width,
    "h": lambda scope: scope.size.height,
    "ar": lambda scope: scope.size.width / scope.size.height,
    "iw": lambda scope: scope.scene.initial.width,
    "ih": lambda scope: scope.scene.initial.height,
    "iar": lambda scope: scope.scene.initial.width / scope.scene.initial.height,
    "tar": lambda scope: _trimmed_ratio(scope.image),
    "fc": lambda scope: sum(face.is_sure for face in scope.scene.faces(scope, scope.image)),
}


class Lead(NamedTuple):
    """The resize that comes before every other pixel (`None`: something else does), and what follows it."""

    resize: Resize | None
    rest: tuple[Node, ...]


def lead(nodes: tuple[Node, ...], scope: Scope) -> Lead:
    """Settles what can be before decoding: assignments, branches and computed values at the head of the chain."""
    rest = nodes
    while rest:
        node, rest = rest[0], rest[1:]
        if _asks_pixels(node):
            return Lead(None, (node, *rest))
        match node:
            case Assignment(name, expression):
                scope.variables[f"${name}"] = arithmetic.worth(expression, scope)
            case Branch(condition, then, otherwise):
                rest = (then if conditions.holds(condition, scope) else otherwise) + rest
            case Deferred(parameters):
                rest = (_component(parameters, scope), *rest)
            case Component(steps):
                steps = _directed(steps, scope)
                if steps and isinstance(steps[0], Resize):
                    return Lead(steps[0], (Component(steps[1:]), *rest))
                if steps:
                    return Lead(None, (Component(steps), *rest))
            case Layer():
                return Lead(None, (node, *rest))
    return Lead(None, ())


def walk(nodes: tuple[Node, ...], image: pyvips.Image, scope: Scope) -> pyvips.Image:
    """The picture after the chain. Raises BadRequest and its children."""
    for node in nodes:
        scope.size, scope.image = Size(image.width, image.height), image
        match node:
            case Component(steps):
                image = _applied(steps, image, scope)
            case Deferred(parameters):
                image = _applied(_component(parameters, scope).steps, image, scope)
            case Assignment(name, expression):
                scope.variables[f"${name}"] = arithmetic.worth(expression, scope)
            case Branch(condition, then, otherwise):
                chosen = then if conditions.holds(condition, scope) else otherwise
                image = walk(chosen, image, scope)
            case Layer():
                image = _layered(node, image, scope)
    scope.size = Size(image.width, image.height)
    return image


def _asks_pixels(node: Node) -> bool:
    """Whether the header is not enough to settle it."""
    match node:
        case Assignment(_, expression):
            return not _PIXEL_FACTS.isdisjoint(arithmetic.names(expression))
        case Branch(condition):
            return not _PIXEL_FACTS.isdisjoint(conditions.words(condition))
        case Deferred(parameters):
            return any(
                not _PIXEL_FACTS.isdisjoint(computed.variables(key, value))
                for key, value in parameters
            )
        case _:
            return False


def _component(parameters: tuple[tuple[str, str], ...], scope: Scope) -> Component:
    settled = [(key, computed.settled(key, value, scope)) for key, value in parameters]
    return Component(tuple(steps_of(settled)))


def _applied(steps: tuple[Step, ...], image: pyvips.Image, scope: Scope) -> pyvips.Image:
    for step in _directed(steps, scope):
        image = step.apply(image, scope.scene)
    return image


def _directed(steps: tuple[Step, ...], scope: Scope) -> tuple[Step, ...]:
    """Directives inside a branch, or with a computed value, count when they are met."""
    for step in steps:
        scope.output = step.direct(scope.output)
    return tuple(step for step in steps if step.phase is not Phase.DIRECTIVE)


def _layered(layer: Layer, below: pyvips.Image, scope: Scope) -> pyvips.Image:
    """Laid once, or once on each of the boxes that the place is about."""
    for box in layer.place.boxes(below, scope.scene) or (None,):
        below = _laid(layer, below, box, scope)
    return below


def _laid(layer: Layer, below: pyvips.Image, box: Face | None, scope: Scope) -> pyvips.Image:
    ground = Size(below.width, below.height)
    reference = _reference(layer.place, ground, box)
    source = layer.source
    if isinstance(source, DeferredLayer):
        source = layers.settled(source, scope)
    drawn = source.draw(scope.scene.layer(ground, reference))
    size = Size(drawn.width, drawn.height)
    inner = scope.inside(scope.scene.layer(size, reference))
    drawn = walk(layer.nodes, drawn, inner)
    return layer.place.lay(below, drawn, scope.scene, under=layer.source.under, on=box)


def _reference(place: LayerPlace, ground: Size, box: Face | None) -> Size | None:
    """What fractions inside the layer count from; `None`: from its own sides."""
    if place.is_region_relative and box:
        width, height = box.width * ground.width, box.height * ground.height
        return Size(max(1, round_half_up(width)), max(1, round_half_up(height)))
    return ground if place.is_relative else None
