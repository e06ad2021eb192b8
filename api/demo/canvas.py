"""Vector paper: shapes are collected as SVG text and rendered by libvips at whatever size the frame asks for.

Distances are in *units*: a landscape picture is 1500 units wide whatever its pixels, so a scene is written once and a test
draws it at an eighth of the size. Must never touch a file.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import msgspec
import pyvips

Point = tuple[float, float]
Stops = Sequence[tuple[float, str, float]]


class Frame(msgspec.Struct, frozen=True):
    """The picture's extent in units and how many pixels a unit becomes."""

    width: float
    height: float
    scale: float

    @property
    def size(self) -> tuple[int, int]:
        """Pixels, at least 8 each way."""
        return max(8, round(self.width * self.scale)), max(8, round(self.height * self.scale))


def _points(points: Sequence[Point]) -> str:
    return " ".join(f"{x:.2f},{y:.2f}" for x, y in points)


def _stops(stops: Stops) -> str:
    return "".join(
        f'<stop offset="{at:.3f}" stop-color="{colour}" stop-opacity="{alpha:.3f}"/>'
        for at, colour, alpha in stops
    )


class Canvas:
    """One transparent sheet. Shapes painted later lie on top.

    Transparency is written as fill-opacity: plain opacity makes the renderer set up a whole layer per shape (measured: 17 s against 0.3 s).
    """

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self._parts: list[str] = []
        self._defs: list[str] = []

    def __bool__(self) -> bool:
        return bool(self._parts)

    def _define(self, kind: str, attributes: str, inside: str) -> str:
        name = f"d{len(self._defs)}"
        self._defs.append(f'<{kind} id="{name}" {attributes}>{inside}</{kind}>')
        return f"url(#{name})"

    def linear(self, start: Point, end: Point, stops: Stops) -> str:
        """A fill that changes along the line from `start` to `end`; stops are (offset 0..1, colour, alpha 0..1)."""
        where = f'x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}"'
        return self._define(
            "linearGradient", f'gradientUnits="userSpaceOnUse" {where}', _stops(stops)
        )

    def radial(self, stops: Stops, focus: Point = (0.5, 0.5)) -> str:
        """A fill that spreads from `focus` (fractions of the shape's own box) to the shape's rim."""
        return self._define(
            "radialGradient",
            f'cx="0.5" cy="0.5" r="0.5" fx="{focus[0]}" fy="{focus[1]}"',
            _stops(stops),
        )

    def polygon(
        self,
        points: Sequence[Point],
        fill: str,
        alpha: float = 1,
        *,
        edge: str = "none",
        edge_width: float = 0,
    ) -> None:
        """Fewer than three points draw nothing: a face that fell behind the camera has none."""
        if len(points) < 3:
            return
        stroke = (
            f' stroke="{edge}" stroke-width="{edge_width:.2f}" stroke-linejoin="round"'
            if edge_width
            else ""
        )
        opacity = f' fill-opacity="{alpha:.3f}"' if alpha < 1 else ""
        self._parts.append(f'<polygon points="{_points(points)}" fill="{fill}"{opacity}{stroke}/>')

    def path(
        self,
        outline: str,
        fill: str,
        alpha: float = 1,
        *,
        edge: str = "none",
        edge_width: float = 0,
    ) -> None:
        """`outline` is SVG path data in units."""
        stroke = f' stroke="{edge}" stroke-width="{edge_width:.2f}" stroke-linecap="round" stroke-linejoin="round"'
        self._parts.append(
            f'<path d="{outline}" fill="{fill}" fill-opacity="{alpha:.3f}" stroke-opacity="{alpha:.3f}"{stroke}/>'
        )

    def line(self, points: Sequence[Point], colour: str, width: float, alpha: float = 1) -> None:
        """An open line with round ends."""
        if len(points) > 1:
            style = f'stroke="{colour}" stroke-width="{width:.2f}" stroke-linecap="round" stroke-linejoin="round"'
            self._parts.append(
                f'<polyline points="{_points(points)}" fill="none" {style} stroke-opacity="{alpha:.3f}"/>'
            )

    def ellipse(
        self, centre: Point, radius_x: float, radius_y: float, fill: str, alpha: float = 1
    ) -> None:
        """Axis-aligned."""
        where = f'cx="{centre[0]:.2f}" cy="{centre[1]:.2f}" rx="{radius_x:.2f}" ry="{radius_y:.2f}"'
        self._parts.append(f'<ellipse {where} fill="{fill}" fill-opacity="{alpha:.3f}"/>')

    def fill(self, colour: str, alpha: float = 1) -> None:
        """Cover everything."""
        width, height = self.frame.width, self.frame.height
        self.polygon([(0, 0), (width, 0), (width, height), (0, height)], colour, alpha)

    @contextmanager
    def inside(self, points: Sequence[Point]) -> Iterator[None]:
        """Whatever is painted in the `with` block shows only inside the polygon."""
        clip = self._define("clipPath", "", f'<polygon points="{_points(points)}"/>')
        self._parts.append(f'<g clip-path="{clip}">')
        yield
        self._parts.append("</g>")

    def svg(self, width_px: int, height_px: int) -> bytes:
        """The document, stretched to exactly these pixels."""
        box = f'width="{width_px}" height="{height_px}" viewBox="0 0 {self.frame.width:g} {self.frame.height:g}"'
        head = f'<svg xmlns="http://www.w3.org/2000/svg" {box} preserveAspectRatio="none">'
        return f"{head}<defs>{''.join(self._defs)}</defs>{''.join(self._parts)}</svg>".encode()

    def render(self, coarseness: float = 1) -> pyvips.Image:
        """RGBA, 8 bit. `coarseness` 3 gives a third of the frame's pixels each way, enough for what is blurred anyway."""
        width, height = (max(4, round(side / coarseness)) for side in self.frame.size)
        image = pyvips.Image.svgload_buffer(self.svg(width, height), unlimited=True)
        return image.copy_memory()
