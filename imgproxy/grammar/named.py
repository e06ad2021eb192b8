"""Named transformations: `t_hero` stands for the text that somebody stored under that name.

    component = [ assignments | if, ] "t_" name *( "." name ) [ "," parameters ]

The texts stand in components of their own before the rest of the component, behind its assignments; where the component
opens a layer they transform the layer.  A text may use other names, a few levels deep and never itself.  Expansion comes
before everything else, so the canonical text has no `t_`, and a picture is the same derivative whether it was asked for
by name or in full.  Where the names come from is the caller's business.
"""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from imgproxy.errors import BadCombination, LimitExceeded, UnknownTransformation
from imgproxy.grammar import layers, lexer

MAX_DEPTH = 8

_END: lexer.Parameters = [("if", "end")]


class Named(Mapping[str, str]):
    """Names and their texts as they were at one moment; a new state is a new object, and equal only to itself."""

    def __init__(self, texts: Mapping[str, str] | None = None) -> None:
        self._texts = dict(texts or {})

    def __getitem__(self, name: str) -> str:
        return self._texts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = object.__hash__


NOTHING = Named()


def is_by_name(text: str) -> bool:
    """Whether a transformation text is nothing but names, or nothing. Raises BadParameter."""
    pairs = (lexer.parameters(segment) for segment in lexer.components(text))
    return all(key == "t" for parameters in pairs for key, _ in parameters)


def expanded(
    segments: list[lexer.Parameters], named: Named, max_components: int
) -> list[lexer.Parameters]:
    """The components without names in them.

    Raises UnknownTransformation, BadCombination for a name that leads back to itself, LimitExceeded.
    """
    if not any(_names(parameters) for parameters in segments):
        return segments
    found: list[lexer.Parameters] = []
    for parameters in _chain(segments, named, ()):
        found.append(parameters)
        if len(found) > max_components:
            raise LimitExceeded(
                "the number of components", f"over {max_components}", max_components
            )
    return found


def _chain(
    segments: list[lexer.Parameters], named: Named, trail: tuple[str, ...]
) -> Iterator[lexer.Parameters]:
    """Conditions in inline form become blocks where a name stands in them, since a name may mean several components."""
    to_close = False
    for at, parameters in enumerate(segments):
        condition = _condition(parameters)
        names = _names(parameters)
        yield from _segment(parameters, names, named, trail) if names else [parameters]
        if condition == "else":
            if to_close or (names and at and _is_inline(segments[at - 1])):
                yield _END
            to_close = False
        elif names and _is_inline(parameters):
            behind = segments[at + 1] if at + 1 < len(segments) else []
            to_close = _condition(behind) == "else" and _acts(behind)
            if _condition(behind) != "else":
                yield _END


def _segment(
    parameters: lexer.Parameters, names: list[str], named: Named, trail: tuple[str, ...]
) -> Iterator[lexer.Parameters]:
    front = [pair for pair in parameters if pair[0][0] == "$" or pair[0] == "if"]
    rest = [pair for pair in parameters if pair not in front and pair[0] != "t"]
    if layers.opens(rest):
        front, rest = front + rest, []
    if front:
        yield front
    for name in names:
        text = _text(name, named, trail)
        segments = [lexer.parameters(segment) for segment in lexer.components(text)]
        yield from _chain(segments, named, (*trail, name))
    if rest:
        yield rest


def _text(name: str, named: Named, trail: tuple[str, ...]) -> str:
    if name in trail:
        raise BadCombination(f"t_{name}", "leads back to itself")
    if len(trail) >= MAX_DEPTH:
        raise LimitExceeded("the depth of named transformations", len(trail) + 1, MAX_DEPTH)
    if name not in named:
        near = get_close_matches(name, sorted(named), 1, 0.6)
        raise UnknownTransformation(name, *near)
    return named[name]


def _names(parameters: lexer.Parameters) -> list[str]:
    return [name for key, value in parameters if key == "t" for name in value.split(".") if name]


def _condition(parameters: lexer.Parameters) -> str | None:
    return next((value for key, value in parameters if key == "if"), None)


def _acts(parameters: lexer.Parameters) -> bool:
    """Whether it holds more than a condition and assignments."""
    return any(key != "if" and key[0] != "$" for key, _ in parameters)


def _is_inline(parameters: lexer.Parameters) -> bool:
    return _condition(parameters) not in {None, "else", "end"} and _acts(parameters)
