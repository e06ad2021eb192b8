"""Morphology."""

from collections.abc import Iterator
from enum import StrEnum
from functools import partial, reduce
from typing import TYPE_CHECKING, Any, ClassVar, Self

import msgspec

from imgproxy.notation.number import read_decimal, read_integer, spell
from imgproxy.operations._bands import weighted
from imgproxy.operations._neighbours import moved
from imgproxy.step import Scene, Step

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyvips

_LARGEST_RADIUS = 30.0


class Method(StrEnum):
    """What is done to light and dark."""

    ERODE = "erode"
    DILATE = "dilate"
    OPEN = "open"
    CLOSE = "close"
    SMOOTH = "smooth"
    EDGE = "edge"
    EDGE_IN = "edge_in"
    EDGE_OUT = "edge_out"
    TOP_HAT = "top_hat"
    BOTTOM_HAT = "bottom_hat"


class Kernel(StrEnum):
    """The shape of the neighbourhood."""

    DISK = "disk"
    SQUARE = "square"
    DIAMOND = "diamond"
    OCTAGON = "octagon"
    PLUS = "plus"


class Brush(msgspec.Struct, frozen=True):
    """All arguments; the radius is in pixels."""

    method: Method = Method.ERODE
    iterations: int = 1
    kernel: Kernel = Kernel.DISK
    radius: float = 2.0

    @classmethod
    def parse(cls, text: str) -> Self:
        """`method_dilate;iterations_2;kernel_disk;radius_2.5`, any of them in any order."""
        values: dict[str, Any] = {}
        for word in text.split(";"):
            name, _, value = word.partition("_")
            if name not in _READERS or name in values:
                raise ValueError("method_<name>;iterations_1-5;kernel_<name>;radius_<pixels>")
            values[name] = _READERS[name](value)
        return cls(**values)

    def __str__(self) -> str:
        numbers = f"iterations_{self.iterations};kernel_{self.kernel};radius_{spell(self.radius)}"
        return f"method_{self.method};{numbers}"


def _named(kind: type[StrEnum]) -> Any:
    def read(text: str) -> StrEnum:
        if text not in list(kind):
            raise ValueError(f"{kind.__name__.lower()}_ and one of {', '.join(kind)}")
        return kind(text)

    return read


_READERS: "Mapping[str, Any]" = {
    "method": _named(Method),
    "iterations": lambda text: read_integer(text, 1, 5),
    "kernel": _named(Kernel),
    "radius": lambda text: read_decimal(text, 0.5, _LARGEST_RADIUS),
}


class Morphology(Step, frozen=True, kw_only=True):
    """`e_morphology[:method_<m>;iterations_<n>;kernel_<k>;radius_<r>]`: grows dark or light shapes.

    Methods: erode (the default, dark grows), dilate (light grows), open, close, smooth, edge, edge_in, edge_out, top_hat, bottom_hat.
    Iterations 1 to 5, default 1. Kernels: disk (the default), square, diamond, octagon, plus. Radius 0.5 to 30 px, default 2.
    """

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("morphology",)
    examples: ClassVar[tuple[str, ...]] = (
        "e_morphology",
        "e_morphology:iterations_2;kernel_diamond;method_dilate;radius_1.5",
        "e_morphology:kernel_octagon;method_edge;radius_1",
        "e_morphology:kernel_square;method_smooth;radius_3",
    )

    brush: Brush = Brush()

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":  # noqa: ARG002 - the shape of a step
        """Each band on its own, alpha too."""
        for _ in range(self.brush.iterations):
            image = weighted(image, self._once)
        return image

    def _once(self, bands: Any) -> Any:
        runs = _runs(self.brush.kernel, self.brush.radius)
        return _METHODS[self.brush.method](bands, runs)


Runs = tuple[tuple[int, int], ...]
"""Rows of a kernel: how far below the middle, and how far it reaches to either side."""


def _runs(kernel: Kernel, radius: float) -> Runs:
    reach = int(radius + 0.5)
    return tuple(
        (down, _half_width(kernel, radius, abs(down))) for down in range(-reach, reach + 1)
    )


def _half_width(kernel: Kernel, radius: float, down: int) -> int:
    reach = int(radius + 0.5)
    if kernel is Kernel.DISK:
        return int(max(0.0, (radius + 0.5) ** 2 - down**2) ** 0.5)
    if kernel is Kernel.DIAMOND:
        return reach - down
    if kernel is Kernel.OCTAGON:
        return min(reach, int(reach * 1.5) - down)
    return reach if kernel is Kernel.SQUARE or down == 0 else 0


def _ranked(bands: Any, runs: Runs, *, light: bool) -> Any:
    """The lightest or darkest of the neighbourhood: along each row of the kernel, then over the rows."""
    lines = {half: line.copy_memory() for half, line in _lines(bands, runs, light=light)}
    rows = [moved(lines[half], 0, -down) for down, half in runs]
    # in memory, since what comes next asks for every row many times
    return reduce(partial(_extreme, light=light), rows).copy_memory()


def _lines(bands: Any, runs: Runs, *, light: bool) -> Iterator[tuple[int, Any]]:
    """The extreme of 2·half+1 pixels of a row around each, for every half that occurs: two spans of a power of two that
    start at its ends cover it (van Herk's thought, by doubling).
    """
    spans = [bands]
    for half in sorted({half for _, half in runs}):
        power = (2 * half + 1).bit_length() - 1
        while len(spans) <= power:
            reach = 1 << (len(spans) - 1)
            spans.append(
                _extreme(spans[-1], moved(spans[-1], -reach, 0), light=light).copy_memory()
            )
        first, second = (
            moved(spans[power], half, 0),
            moved(spans[power], (1 << power) - half - 1, 0),
        )
        yield half, _extreme(first, second, light=light)


def _extreme(one: Any, other: Any, *, light: bool) -> Any:
    return one.maxpair(other) if light else one.minpair(other)


def _erode(bands: Any, runs: Runs) -> Any:
    return _ranked(bands, runs, light=False)


def _dilate(bands: Any, runs: Runs) -> Any:
    return _ranked(bands, runs, light=True)


def _open(bands: Any, runs: Runs) -> Any:
    return _dilate(_erode(bands, runs), runs)


def _close(bands: Any, runs: Runs) -> Any:
    return _erode(_dilate(bands, runs), runs)


def _difference(above: Any, below: Any) -> Any:
    """Of the colours; alpha, where there is one, as it was above."""
    apart = (above - below)[:3]
    return apart.bandjoin(above[3]) if above.bands == 4 else apart


_METHODS: "Mapping[Method, Any]" = {
    Method.ERODE: _erode,
    Method.DILATE: _dilate,
    Method.OPEN: _open,
    Method.CLOSE: _close,
    Method.SMOOTH: lambda bands, runs: _close(_open(bands, runs), runs),
    Method.EDGE: lambda bands, runs: _difference(_dilate(bands, runs), _erode(bands, runs)),
    Method.EDGE_IN: lambda bands, runs: _difference(bands, _erode(bands, runs)),
    Method.EDGE_OUT: lambda bands, runs: _difference(_dilate(bands, runs), bands),
    Method.TOP_HAT: lambda bands, runs: _difference(bands, _open(bands, runs)),
    Method.BOTTOM_HAT: lambda bands, runs: _difference(_close(bands, runs), bands),
}
