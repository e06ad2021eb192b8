"""Layers in a chain: where each is opened and closed, what it shows, and how it is laid.

Only the spelling is dealt with here; the operations `overlay`, `text` and `place` say what it means.
"""

from collections.abc import Mapping

from msgspec import structs

from imgproxy.errors import BadCombination, BadParameter, LimitExceeded, NotSupported
from imgproxy.expressions.arithmetic import Value
from imgproxy.grammar import computed, lexer
from imgproxy.operations import BY_HEAD, CLAIMED_FLAGS
from imgproxy.operations.place import BLENDS, FLAGS
from imgproxy.operations.text import FLAGS as TEXT_FLAGS
from imgproxy.operations.text import TextLayer
from imgproxy.step import Bag, LayerSource
from imgproxy.tree import DeferredLayer

APPLY = "layer_apply"
_KEYS = frozenset("lu")
_PLACING = frozenset("g x y".split())
_FOREIGN = {
    "video": "is for video and audio, this service delivers images",
    "audio": "is for video and audio, this service delivers images",
    "subtitles": "is for video and audio, this service delivers images",
    "lut": "needs colour look-up tables, which are not available",
}

_WORDS = FLAGS | TEXT_FLAGS.keys() | {APPLY}
_OTHER_FLAGS = CLAIMED_FLAGS | {
    head.removeprefix("fl_") for head in BY_HEAD if head.startswith("fl_")
}


def opens(parameters: lexer.Parameters) -> bool:
    """Whether a component opens a layer."""
    return any(key in _KEYS for key, _ in parameters)


def closes(parameters: lexer.Parameters) -> bool:
    """Whether a component applies one."""
    return any(key == "fl" and APPLY in value.split(".") for key, value in parameters)


def pairs(segments: list[lexer.Parameters], max_layers: int) -> dict[int, int]:
    """Opening component to closing component; layers that nothing closes are absent.

    Raises LimitExceeded, or BadCombination for an apply without a layer.
    """
    found: dict[int, int] = {}
    waiting: list[int] = []
    opened = 0
    for at, parameters in enumerate(segments):
        if opens(parameters):
            waiting.append(at)
            opened += 1
        if closes(parameters):
            if not waiting:
                raise BadCombination("fl_layer_apply", "needs an l_ or u_ before it")
            found[waiting.pop()] = at
    if opened > max_layers:
        raise LimitExceeded("the number of layers", opened, max_layers)
    return found


def opened(parameters: lexer.Parameters) -> lexer.Parameters:
    """The parameters with the layer's own in front; of several the last counts."""
    own = [pair for pair in parameters if pair[0] in _KEYS]
    return [own[-1], *(pair for pair in parameters if pair[0] not in _KEYS)]


def source(
    key: str, what: str, parameters: lexer.Parameters
) -> tuple[LayerSource, lexer.Parameters]:
    """What the layer shows, and the parameters it did not claim. Raises BadParameter, NotSupported."""
    name, _, rest = what.partition(":")
    if name in _FOREIGN:
        raise NotSupported(f"{key}_{name}", _FOREIGN[name])
    kind = BY_HEAD.get(f"l_{name}")
    name, rest = (name, rest) if kind else ("", what)
    kind = kind or BY_HEAD["l"]
    if not issubclass(kind, LayerSource) or (not rest and name):
        raise BadParameter(key, what, "a public id, text:<style>:<text> or fetch:<base64 of a URL>")
    claims = kind.claims([(key, what), *parameters])
    own = [pair for pair in parameters if pair[0] in claims]
    left = [pair for pair in parameters if pair[0] not in claims]
    if any(computed.is_computed(*pair) for pair in [(key, what), *own]):
        return _waiting(kind, (key, what), own), left
    step = kind.take(name, rest, Bag(own))
    return structs.replace(step, under=True) if key == "u" else step, left


def _waiting(
    kind: type[LayerSource], opening: tuple[str, str], own: lexer.Parameters
) -> DeferredLayer:
    """Words may depend on the picture; an original may not, it is fetched before."""
    if kind is not TextLayer:
        raise NotSupported(
            "_".join(opening), "depends on the picture; a layer must be known before"
        )
    waiting = sorted((key, computed.spelled(key, value)) for key, value in own)
    return DeferredLayer(under=opening[0] == "u", parameters=(opening, *waiting))


def settled(deferred: DeferredLayer, scope: Mapping[str, Value]) -> LayerSource:
    """What a deferred source is, now that the facts are known. Raises BadParameter."""
    (opening, *own) = [
        (key, computed.settled(key, value, scope) if computed.is_computed(key, value) else value)
        for key, value in deferred.parameters
    ]
    found, _ = source(*opening, own)
    if isinstance(found, DeferredLayer):
        raise BadParameter(*opening, "words that name no variables once they are filled in")
    return flagged(found, list(deferred.told))


def flagged(source: LayerSource, words: list[str]) -> LayerSource:
    """The source with those of a layer's flags that are about its own drawing."""
    match source:
        case TextLayer():
            return source.flagged(words)
        case DeferredLayer():
            return structs.replace(source, told=tuple(sorted(TEXT_FLAGS.keys() & set(words))))
        case _:
            return source


def closing(parameters: lexer.Parameters) -> tuple[list[str], Bag, lexer.Parameters]:
    """Flags and blends that lay the layer, qualifiers of its place, and what transforms it beforehand."""
    words, rest = laying(parameters)
    blends = [pair for pair in rest if pair[0] == "e" and pair[1].partition(":")[0] in BLENDS]
    placing = [pair for pair in rest if pair[0] in _PLACING]
    left = [pair for pair in rest if pair not in blends and pair not in placing]
    return words + [value for _, value in blends], Bag(placing), left


def laying(parameters: lexer.Parameters) -> tuple[list[str], lexer.Parameters]:
    """Flags that say how a layer is laid, wherever they stand, and everything else; outside a layer they are inert."""
    words: list[str] = []
    rest: lexer.Parameters = []
    for key, value in parameters:
        if key != "fl":
            rest.append((key, value))
            continue
        flags = lexer.flags(value, _WORDS | _OTHER_FLAGS)
        words += [flag for flag in flags if flag in _WORDS]
        rest += [(key, flag) for flag in flags if flag not in _WORDS]
    return words, rest
