"""Perspective: metres in the scene to units on the canvas.

The camera is an architect's: it stands level and shifts the lens instead of tilting, so that upright edges stay upright.
World axes: x to the right, y away from the viewer, z up. Pure geometry.
"""

from collections.abc import Sequence
from math import cos, hypot, sin

import msgspec

from api.demo.canvas import Frame, Point

Vec = tuple[float, float, float]

NEAR_M = 0.25
"""Nothing closer than this is drawn; polygons are cut there."""


def add(a: Vec, b: Vec, times: float = 1) -> Vec:
    """A + times * b."""
    return a[0] + b[0] * times, a[1] + b[1] * times, a[2] + b[2] * times


def dot(a: Vec, b: Vec) -> float:
    """Scalar product."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def unit(a: Vec) -> Vec:
    """Same direction, length 1."""
    length = hypot(*a)
    return a[0] / length, a[1] / length, a[2] / length


class Camera(msgspec.Struct, frozen=True):
    """`horizon` and `centre` are fractions of the frame; `focal` is in frame widths; `yaw` in radians turns to the right."""

    frame: Frame
    stand: Vec = (0, 0, 1.6)
    yaw: float = 0
    focal: float = 1
    horizon: float = 0.5
    centre: float = 0.5

    def turned(self, p: Vec) -> Vec:
        """Camera coordinates: right, depth, height above the lens."""
        x, y = p[0] - self.stand[0], p[1] - self.stand[1]
        c, s = cos(self.yaw), sin(self.yaw)
        return x * c - y * s, x * s + y * c, p[2] - self.stand[2]

    def per_metre(self, p: Vec) -> float:
        """Units that one metre covers at that place."""
        return self.focal * self.frame.width / max(NEAR_M, self.turned(p)[1])

    def _screen(self, p: Vec) -> Point:
        k = self.focal * self.frame.width / max(NEAR_M, p[1])
        return self.frame.width * self.centre + p[0] * k, self.frame.height * self.horizon - p[
            2
        ] * k

    def at(self, p: Vec) -> Point:
        """Where a point in the world falls; meaningful only for points in front of the camera."""
        return self._screen(self.turned(p))

    def outline(self, points: Sequence[Vec]) -> list[Point]:
        """A polygon on the canvas, cut at the near plane; empty when all of it is behind the camera."""
        seen: list[Vec] = []
        turned = [self.turned(p) for p in points]
        for here, following in zip(turned, turned[1:] + turned[:1], strict=True):
            if here[1] >= NEAR_M:
                seen.append(here)
            if (here[1] >= NEAR_M) != (following[1] >= NEAR_M):
                seen.append(
                    add(
                        here,
                        add(following, here, -1),
                        (NEAR_M - here[1]) / (following[1] - here[1]),
                    )
                )
        return [self._screen(p) for p in seen]


class Face(msgspec.Struct, frozen=True):
    """A flat parallelogram in the world with its own metres: `u` along `across`, `v` along `up`, from `origin`."""

    camera: Camera
    origin: Vec
    across: Vec
    up: Vec
    width: float
    height: float
    outward: Vec

    def point(self, u: float, v: float, out: float = 0) -> Vec:
        """A place in the world; `out` metres in front of the face."""
        return add(add(add(self.origin, self.across, u), self.up, v), self.outward, out)

    def at(self, u: float, v: float, out: float = 0) -> Point:
        """The same place on the canvas."""
        return self.camera.at(self.point(u, v, out))

    def quad(self, u0: float, v0: float, u1: float, v1: float, out: float = 0) -> list[Point]:
        """A rectangle of the face on the canvas: lower left, lower right, upper right, upper left."""
        return self.shape([(u0, v0), (u1, v0), (u1, v1), (u0, v1)], out)

    def shape(self, points: Sequence[Point], out: float = 0) -> list[Point]:
        """Any polygon of the face on the canvas."""
        return self.camera.outline([self.point(u, v, out) for u, v in points])

    @property
    def whole(self) -> list[Point]:
        """All of it on the canvas."""
        return self.quad(0, 0, self.width, self.height)

    @property
    def per_metre(self) -> float:
        """Units per metre at the middle of the face."""
        return self.camera.per_metre(self.point(self.width / 2, self.height / 2))


def front(camera: Camera, x: float, y: float, z: float, width: float, height: float) -> Face:
    """A wall that looks at the viewer (outward is -y); its lower left corner is at (x, y, z)."""
    return Face(camera, (x, y, z), (1, 0, 0), (0, 0, 1), width, height, (0, -1, 0))


def flank(
    camera: Camera, x: float, y: float, z: float, width: float, height: float, *, looks: float
) -> Face:
    """A wall along y that looks left (`looks` -1) or right (+1)."""
    return Face(camera, (x, y, z), (0, 1, 0), (0, 0, 1), width, height, (looks, 0, 0))


def level(
    camera: Camera, x: float, y: float, z: float, width: float, depth: float, *, looks: float = 1
) -> Face:
    """A floor (looks up, +1) or ceiling (-1)."""
    return Face(camera, (x, y, z), (1, 0, 0), (0, 1, 0), width, depth, (0, 0, looks))


def hull(points: Sequence[Point]) -> list[Point]:
    """Convex hull, counter-clockwise (Andrew's monotone chain)."""
    ordered = sorted(set(points))
    return _chain(ordered)[:-1] + _chain(ordered[::-1])[:-1]


def _chain(points: Sequence[Point]) -> list[Point]:
    kept: list[Point] = []
    for x, y in points:
        while len(kept) > 1 and (kept[-1][0] - kept[-2][0]) * (y - kept[-2][1]) <= (
            kept[-1][1] - kept[-2][1]
        ) * (x - kept[-2][0]):
            kept.pop()
        kept.append((x, y))
    return kept
