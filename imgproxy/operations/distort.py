"""Distort: into any quadrilateral, or along an arc."""

import math
from typing import TYPE_CHECKING, Any, ClassVar, Self

import msgspec

from imgproxy.errors import BadCombination
from imgproxy.notation.number import read_decimal, spell
from imgproxy.operations._canvas import admit
from imgproxy.operations._warp import Point, bent, places
from imgproxy.step import Scene, Step

if TYPE_CHECKING:
    import pyvips

_FARTHEST_PX = 20_000


class Shape(msgspec.Struct, frozen=True):
    """Four corners clockwise from the top left in pixels, or degrees of an arc."""

    corners: tuple[Point, ...] = ()
    arc: float = 0.0

    @classmethod
    def parse(cls, text: str) -> Self:
        """`40:25:280:60:260:155:35:165`, `arc:180`."""
        words = text.split(":")
        try:
            if words[0] == "arc" and len(words) == 2:
                return cls(arc=read_decimal(words[1], -360, 360))
            values = [read_decimal(word, -_FARTHEST_PX, _FARTHEST_PX) for word in words]
        except ValueError:
            values = []
        if len(values) != 8:
            raise ValueError("eight coordinates in pixels, or arc: and -360 to 360 degrees")
        return cls(corners=tuple(zip(values[::2], values[1::2], strict=True)))

    def __str__(self) -> str:
        if not self.corners:
            return f"arc:{spell(self.arc)}"
        return ":".join(spell(value) for corner in self.corners for value in corner)


class Distort(Step, frozen=True, kw_only=True):
    """`e_distort:<x1>:<y1>:…:<x4>:<y4>` or `e_distort:arc:<degrees>`.

    Eight numbers: where the corners go, clockwise from the top left, in pixels; the canvas is the box around them. `arc`,
    -360 to 360: bent like a rainbow, or like a bowl when negative, as long in the middle as the picture is wide.
    """

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("distort",)
    examples: ClassVar[tuple[str, ...]] = (
        "e_distort:10:5:90:20:80:70:0:60",
        "e_distort:arc:120",
        "e_distort:arc:-60",
    )

    shape: Shape

    def check(self) -> None:
        """The corners must go around in one direction."""
        turns = {_turn(*three) > 0 for three in _threes(self.shape.corners)}
        if self.shape.corners and (
            len(turns) > 1 or any(_turn(*t) == 0 for t in _threes(self.shape.corners))
        ):
            raise BadCombination("e_distort", "needs four corners of a convex quadrilateral")

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":
        """Transparent beside the shape."""
        if self.shape.corners:
            return _perspective(
                image, [_scaled(point, scene.dpr) for point in self.shape.corners], scene
            )
        if self.shape.arc == 0:
            return image
        if self.shape.arc < 0:
            return _arc(image.rot180(), math.radians(-self.shape.arc), scene).rot180()
        return _arc(image, math.radians(self.shape.arc), scene)


def _scaled(point: Point, dpr: float) -> Point:
    return point[0] * dpr, point[1] * dpr


def _threes(corners: tuple[Point, ...]) -> list[tuple[Point, Point, Point]]:
    return [(corners[at - 2], corners[at - 1], corners[at]) for at in range(len(corners))]


def _turn(a: Point, b: Point, c: Point) -> float:
    """Positive when the way from a over b to c turns clockwise on a screen."""
    return (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0])


def _perspective(image: "pyvips.Image", corners: list[Point], scene: Scene) -> "pyvips.Image":
    left, top = (min(point[axis] for point in corners) for axis in (0, 1))
    right, bottom = (max(point[axis] for point in corners) for axis in (0, 1))
    width, height = admit(max(1, round(right - left)), max(1, round(bottom - top)), scene)
    own = [(0, 0), (image.width, 0), (image.width, image.height), (0, image.height)]
    moved = [(x - left, y - top) for x, y in corners]
    return bent(image, _projected(places(width, height), _homography(moved, own)))


def _projected(at: Any, h: list[float]) -> Any:
    x, y = at[0], at[1]
    depth = x * h[6] + y * h[7] + 1
    across, down = (x * h[0] + y * h[1] + h[2]) / depth, (x * h[3] + y * h[4] + h[5]) / depth
    return across.bandjoin(down)


def _homography(origin: list[Point], goal: list[Point]) -> list[float]:
    """Eight numbers of the projection that takes four points to four others (the ninth is 1)."""
    rows = []
    for (x, y), (u, v) in zip(origin, goal, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y, u])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y, v])
    return _solved(rows)


def _solved(rows: list[list[float]]) -> list[float]:
    """The unknowns of a linear system, right sides in the last column (Gauss and Jordan with pivoting)."""
    for column in range(len(rows)):
        pivot = max(range(column, len(rows)), key=lambda row: abs(rows[row][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        rows[column] = [value / rows[column][column] for value in rows[column]]
        for row in range(len(rows)):
            if row != column:
                factor = rows[row][column]
                rows[row] = [a - factor * b for a, b in zip(rows[row], rows[column], strict=True)]
    return [row[-1] for row in rows]


def _arc(image: "pyvips.Image", angle: float, scene: Scene) -> "pyvips.Image":
    """Rows become circles around a point below; the middle row keeps its length as far as there is room for it."""
    radius = max(image.width / angle, image.height / 2)
    inner, outer = radius - image.height / 2, radius + image.height / 2
    half = angle / 2
    wide = outer * (math.sin(half) if half < math.pi / 2 else 1)
    low = -math.cos(half) * (inner if half < math.pi / 2 else outer)
    width, height = admit(max(1, round(2 * wide)), max(1, round(low + outer)), scene)
    at = places(width, height)
    x, y = at[0] - width / 2, at[1] - outer
    # degrees clockwise from the top, -180 to 180
    around = x.atan2(y * -1)
    around = (around > 180).ifthenelse(around - 360, around)
    across = around * (image.width / math.degrees(angle)) + image.width / 2
    down = (x * x + y * y) ** 0.5 * -1 + outer
    return bent(image, across.bandjoin(down))
