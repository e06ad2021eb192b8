"""What a client says about its screen and its line, put into the transformation before it gets its key.

    dpr_auto   Sec-CH-DPR, else DPR, up to 1, 1.5, 2 or 3; 1 under Save-Data
    w_auto     Sec-CH-Width or Width (pixels of the screen), else Sec-CH-Viewport-Width or Viewport-Width (pixels of the
               page), up to the next step or breakpoint; without any, the fallback or the original's width
    q_auto     one level lower under Save-Data

A settled text is an ordinary one, so `w_auto` of a client with 380 pixels and `w_400` share a derivative.  The answer
varies by every field that was looked at, also those that were absent.  Pure.
"""

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

from msgspec import structs

from imgproxy.notation.length import Width
from imgproxy.operations._resize import Resize
from imgproxy.operations.dpr import DevicePixelRatio, Ratio
from imgproxy.operations.quality import LEVELS, Quality
from imgproxy.step import Step
from imgproxy.tree import Branch, Component, Layer, Node, Transformation

DENSITIES = (1.0, 1.5, 2.0, 3.0)
MAX_WIDTH_PX = 4096
"""What a hint may ask for; a text may ask for more."""

_DENSITY = ("Sec-CH-DPR", "DPR")
_SCREEN = ("Sec-CH-Width", "Width")
_PAGE = ("Sec-CH-Viewport-Width", "Viewport-Width")
_SAVING = "Save-Data"
NAMES = frozenset(name.lower().encode() for name in (*_DENSITY, *_SCREEN, *_PAGE, _SAVING))
"""Header fields that count, in lower case as servers hand them over."""


class Settled(NamedTuple):
    """The transformation without questions to the client, what the answer varies by, and the hints it can use."""

    transformation: Transformation
    vary: tuple[str, ...] = ()
    wanted: tuple[str, ...] = ()


class _Client:
    """The fields of one request, and which of them were looked at."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._fields = fields
        self.asked: dict[str, None] = {}

    def says(self, name: str) -> str:
        self.asked[name] = None
        return self._fields.get(name.lower(), "")

    def number(self, names: tuple[str, ...]) -> float | None:
        """The first of the fields that holds a positive number."""
        for name in names:
            try:
                value = float(self.says(name))
            except ValueError:
                continue
            if math.isfinite(value) and value > 0:
                return value
        return None

    @property
    def saves(self) -> bool:
        return self.says(_SAVING).strip().lower() == "on"


def settled(
    transformation: Transformation, fields: tuple[tuple[bytes, bytes], ...] = ()
) -> Settled:
    """Answers `auto` out of the header fields, given with names in lower case."""
    steps = list(transformation.operations())
    has_density = any(isinstance(step, DevicePixelRatio) and not step.ratio.value for step in steps)
    has_width = any(_is_open(step) for step in steps)
    has_level = any(isinstance(step, Quality) and step.level.number is None for step in steps)
    if not (has_density or has_width or has_level):
        return Settled(transformation)
    client = _Client({name.decode("latin-1"): value.decode("latin-1") for name, value in fields})
    if has_level and client.saves:
        transformation = _mapped(transformation, _lower)
    if has_density and (ratio := _density(client)):
        transformation = _mapped(transformation, lambda step: _dense(step, ratio))
    if has_width and (width := _page_width(client, transformation.output().dpr)):
        transformation = _mapped(transformation, lambda step: _wide(step, width))
    wanted = _DENSITY[:1] * has_density + (_SCREEN[:1] + _PAGE[:1]) * has_width
    return Settled(transformation, tuple(client.asked), wanted)


def _density(client: _Client) -> float | None:
    if client.saves:
        return 1.0
    ratio = client.number(_DENSITY)
    return ratio and next((step for step in DENSITIES if step >= ratio), DENSITIES[-1])


def _page_width(client: _Client, dpr: float) -> float | None:
    """Pixels before they are multiplied by the ratio."""
    screen = client.number(_SCREEN)
    return screen / dpr if screen else client.number(_PAGE)


def _lower(step: Step) -> Step:
    if not isinstance(step, Quality) or step.level.number is not None:
        return step
    at = LEVELS.index(step.level.level)
    level = LEVELS[min(at + 1, len(LEVELS) - 1)]
    return structs.replace(step, level=structs.replace(step.level, level=level))


def _dense(step: Step, ratio: float) -> Step:
    if isinstance(step, DevicePixelRatio) and not step.ratio.value:
        return structs.replace(step, ratio=Ratio(ratio))
    return step


def _is_open(step: Step) -> bool:
    """Whether its width is left to the client; a list of breakpoints is the same for all."""
    return (
        isinstance(step, Resize)
        and step.width is not None
        and step.width.auto
        and not step.width.listed
    )


def _wide(step: Step, width_px: float) -> Step:
    if not isinstance(step, Resize) or not step.width or not _is_open(step):
        return step
    most = step.width.step if step.width.breakpoints is None else step.width.breakpoints.greatest
    pixels = min(step.width.fitting(width_px), max(MAX_WIDTH_PX, most))
    return structs.replace(step, width=Width(pixels))


def _mapped(transformation: Transformation, change: Callable[[Step], Step]) -> Transformation:
    return Transformation(
        _nodes(transformation.nodes, change), tuple(map(change, transformation.directives))
    )


def _nodes(nodes: tuple[Node, ...], change: Callable[[Step], Step]) -> tuple[Node, ...]:
    found: list[Node] = []
    for node in nodes:
        match node:
            case Component(steps):
                found.append(Component(tuple(map(change, steps))))
            case Branch(condition, then, otherwise):
                found.append(Branch(condition, _nodes(then, change), _nodes(otherwise, change)))
            case Layer(source, inner, place):
                found.append(Layer(source, _nodes(inner, change), place))
            case _:
                found.append(node)
    return tuple(found)
