"""Components to the tree: which operation each parameter belongs to, and in which order they run.

One component at a time: every head (`e_blur`, `r`, `c_fill`) names its operation; operations claim their qualifiers
in the fixed order of the registry; qualifiers that nobody claimed may wake an operation (`w_300` alone is a scale);
what is left is inert.  Of several `e_` in one component the last counts, as of every other repeated key; flags add up.
"""

from functools import lru_cache

from imgproxy.errors import LimitExceeded
from imgproxy.grammar import expressions, lexer
from imgproxy.grammar.known import QUALIFIERS, refusal
from imgproxy.operations import BY_HEAD, CLAIMS, NAMED_KEYS
from imgproxy.settings import Limits
from imgproxy.step import Bag, Component, Phase, Step, Transformation

_FLAGS = frozenset(head.removeprefix("fl_") for head in BY_HEAD if head.startswith("fl_"))
_WAKING = tuple(step for step in CLAIMS if step.wakes)
_DEFAULTS = Limits()

Heads = dict[type[Step], tuple[str, str]]


@lru_cache(maxsize=4096)
def parse(text: str, max_components: int = _DEFAULTS.max_components) -> Transformation:
    """The meaning of a transformation text, raw or canonical. Raises BadRequest and its children."""
    segments = lexer.components(text)
    if len(segments) > max_components:
        raise LimitExceeded("the number of components", len(segments), max_components)
    nodes: list[Component] = []
    directives: dict[type[Step], Step] = {}
    for segment in segments:
        steps = _component(lexer.parameters(segment))
        directives |= {type(step): step for step in steps if step.phase is Phase.DIRECTIVE}
        if pixels := tuple(step for step in steps if step.phase is not Phase.DIRECTIVE):
            nodes.append(Component(pixels))
    ordered = sorted(directives.values(), key=lambda step: step.canonical())
    return Transformation(tuple(nodes), tuple(ordered))


def _component(parameters: lexer.Parameters) -> list[Step]:
    heads: Heads = {}
    qualifiers: lexer.Parameters = []
    for key, value in parameters:
        expressions.refuse(key, value)
        if key in QUALIFIERS:
            qualifiers.append((key, value))
        else:
            _head(heads, key, value)
    bag = Bag(qualifiers)
    steps = [step.take(*heads[step], bag) for step in CLAIMS if step in heads]
    steps += _woken(bag, {step.key for step in heads})
    return sorted(steps, key=lambda step: (step.order, CLAIMS.index(type(step))))


def _head(heads: Heads, key: str, value: str) -> None:
    """Enters the operation a parameter names; a later one of the same key replaces it, flags stand side by side."""
    if key == "fl":
        for word in lexer.flags(value, _FLAGS):
            _enter(heads, key, word)
        return
    for step in [step for step in heads if step.key == key]:
        del heads[step]
    _enter(heads, key, value)


def _enter(heads: Heads, key: str, value: str) -> None:
    name, _, rest = value.partition(":") if key in NAMED_KEYS else ("", "", value)
    step = BY_HEAD.get(f"{key}_{name}" if name else key)
    if step is None:
        raise refusal(key, name or value)
    heads[step] = (name, rest)


def _woken(bag: Bag, keys: set[str]) -> list[Step]:
    """Operations called in by qualifiers that nobody claimed; they yield to a head of their own key."""
    steps = []
    for step in _WAKING:
        if step.key not in keys and any(wake in bag for wake in step.wakes):
            value = (bag.claim(step.key) or "") if step.key in step.wakes else ""
            steps.append(step.take(step.names[0] if step.names else "", value, bag))
    return steps
