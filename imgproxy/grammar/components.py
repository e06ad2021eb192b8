"""One component: which operation each parameter belongs to, and in which order they run.

Every head (`e_blur`, `r`, `c_fill`) names its operation; operations claim their qualifiers in the fixed order of the
registry; qualifiers that nobody claimed may wake an operation (`w_300` alone is a scale); what is left is inert.  Of
several `e_` in one component the last counts, as of every other repeated key; flags add up.
"""

from collections.abc import Callable
from functools import partial

from imgproxy.grammar import lexer
from imgproxy.grammar.known import QUALIFIERS, refusal
from imgproxy.notation.backdrop import Backdrop
from imgproxy.notation.colour import Colour
from imgproxy.notation.gravity import Gravity
from imgproxy.notation.length import Length, Offset, Width
from imgproxy.notation.number import read_decimal
from imgproxy.notation.ratio import Ratio
from imgproxy.operations import BY_HEAD, CLAIMED_FLAGS, CLAIMS, NAMED_KEYS
from imgproxy.step import Bag, LayerPlace, LayerSource, Step, misread

FLAGS = CLAIMED_FLAGS | {head.removeprefix("fl_") for head in BY_HEAD if head.startswith("fl_")}

_INERT: dict[str, Callable[[str], object]] = {
    "w": Width.parse,
    "h": Length.parse,
    "ar": Ratio.parse,
    "g": Gravity.parse,
    "x": Offset.parse,
    "y": Offset.parse,
    "z": partial(read_decimal, low=0.01, high=100),
    "b": Backdrop.parse,
    "co": Colour.parse,
}
"""How a qualifier is read where no operation of its component does."""

_STEPS = tuple(step for step in CLAIMS if not issubclass(step, LayerPlace | LayerSource))
_WAKING = tuple(step for step in _STEPS if step.wakes)
_ORDER = {step: place for place, step in enumerate(CLAIMS)}

Heads = dict[type[Step], tuple[str, str]]


def steps_of(parameters: lexer.Parameters) -> list[Step]:
    """The steps of a component in order of execution, directives included. Raises BadRequest and its children."""
    heads: Heads = {}
    qualifiers: lexer.Parameters = []
    for key, value in parameters:
        if key in QUALIFIERS:
            qualifiers.append((key, value))
        elif key == "fl":
            qualifiers += _flags(heads, value)
        else:
            _head(heads, key, value)
    bag = Bag(qualifiers)
    steps = [step.take(*heads[step], bag) for step in _STEPS if step in heads]
    steps += _woken(bag, {step.key for step in heads})
    _check(bag)
    return sorted(steps, key=lambda step: (step.order, _ORDER[type(step)]))


def _head(heads: Heads, key: str, value: str) -> None:
    """Enters the operation a parameter names; a later one of the same key replaces it."""
    for step in [step for step in heads if step.key == key]:
        del heads[step]
    _enter(heads, key, value)


def _flags(heads: Heads, value: str) -> lexer.Parameters:
    """Enters flags, which stand side by side, and gives back those that another operation claims."""
    words = lexer.flags(value, FLAGS)
    for word in words:
        if word not in CLAIMED_FLAGS:
            _enter(heads, "fl", word)
    return [(f"fl_{word}", "") for word in words if word in CLAIMED_FLAGS]


def _enter(heads: Heads, key: str, value: str) -> None:
    name, _, rest = value.partition(":") if key in NAMED_KEYS else ("", "", value)
    step = BY_HEAD.get(f"{key}_{name}" if name else key)
    if step is None or step not in _ORDER or issubclass(step, LayerPlace | LayerSource):
        raise refusal(key, name or value)
    heads[step] = (name, rest)


def _check(bag: Bag) -> None:
    """Qualifiers that nobody claimed do nothing, and a slip in one is told all the same. Raises BadRequest."""
    for key, value in bag.left():
        if key not in _INERT:
            continue
        try:
            _INERT[key](value)
        except ValueError as error:
            raise misread(key, value, error) from None


def _woken(bag: Bag, keys: set[str]) -> list[Step]:
    """Operations called in by qualifiers of which nobody claimed any; they yield to a head of their own key.

    Written with its head, such an operation claims first; so it may not share its qualifiers without one either.
    """
    steps = []
    for step in _WAKING:
        asked = [wake for wake in step.wakes if bag.peek(wake) is not None]
        if step.key not in keys and asked and all(wake in bag for wake in asked):
            value = (bag.claim(step.key) or "") if step.key in step.wakes else ""
            steps.append(step.take(step.names[0] if step.names else "", value, bag))
    return steps
