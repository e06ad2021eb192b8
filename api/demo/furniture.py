"""Furniture made of soft boxes: seats, beds, tables, cupboards. Each piece paints itself and leaves its shadow on the floor.

A `Set` holds two sheets: `floor` (shadows fall there, before anything stands) and `things` (painted back to front by the caller).
"""

from random import Random

import msgspec

from api.demo.camera import Vec
from api.demo.light import Sheet
from api.demo.palette import dim, mix, times
from api.demo.room import Room

Size = tuple[float, float, float]


class Set(msgspec.Struct, frozen=True):
    """A room being furnished."""

    room: Room
    floor: Sheet
    things: Sheet
    rng: Random


def shadow(stage: Set, at: Vec, size: Size, *, strength: float = 1) -> None:
    """Contact shade under a piece, and the long soft one on the side away from the windows."""
    (x, y, _), (w, d, h), room = at, size, stage.room
    away = -room.window_side * min(1.0, 0.35 + h * 0.4)
    dark, camera = room.daylight.shadow, room.camera
    close = [
        (x - 0.03, y - 0.05, 0.0),
        (x + w + 0.03, y - 0.05, 0.0),
        (x + w + 0.03, y + d, 0.0),
        (x - 0.03, y + d, 0.0),
    ]
    stage.floor.shade(4).polygon(camera.outline(close), dark, 0.85 * strength)
    cast = [
        (x, y - 0.2, 0.0),
        (x + w, y - 0.2, 0.0),
        (x + w + away, y + d * 0.9, 0.0),
        (x + away, y + d * 0.9, 0.0),
    ]
    stage.floor.shade(16).polygon(camera.outline(cast), dark, 0.75 * strength)


def block(
    stage: Set, at: Vec, size: Size, colour: str, *, soft: float = 0.0, gloss: float = 0.0
) -> None:
    """One box: the faces that the viewer sees, each shaded; `soft` rounds edges by so many metres."""
    room, paint, camera = stage.room, stage.things.paint, stage.room.camera
    inset = soft / 2
    x, y, z = at[0] + inset, at[1] + inset, at[2] + inset
    w, d, h = (max(0.01, side - soft) for side in size)
    rim = soft * camera.per_metre((x, y, z))
    for corners, normal in _seen(camera.stand, (x, y, z), (w, d, h)):
        outline = camera.outline(corners)
        if len(outline) < 3:
            continue
        lit = times(colour, room.on(normal))
        low, high = max(p[1] for p in outline), min(p[1] for p in outline)
        fade = 0.82 if normal[2] == 0 else 0.93
        fill = paint.linear(
            (0, high), (0, low), [(0, times(lit, 1.05 + gloss), 1), (1, times(lit, fade), 1)]
        )
        paint.polygon(
            outline, fill, edge=fill if soft else times(lit, 0.8), edge_width=rim if soft else 0.5
        )
    ridge = camera.outline([(x, y, z + h), (x + w, y, z + h), (x + w, y, z + h)])[:2]
    if z + h < camera.stand[2]:
        paint.line(
            ridge,
            times(colour, dim(room.on((0, 0, 1)), 1.16)),
            max(0.6, rim * 0.2),
            0.6,
        )


def _seen(eye: Vec, at: Vec, size: Size) -> list[tuple[list[Vec], Vec]]:
    (x, y, z), (w, d, h) = at, size
    faces: list[tuple[list[Vec], Vec]] = []
    if z + h < eye[2]:
        faces.append(
            (
                [(x, y, z + h), (x + w, y, z + h), (x + w, y + d, z + h), (x, y + d, z + h)],
                (0, 0, 1),
            )
        )
    elif z > eye[2]:
        faces.append(([(x, y, z), (x + w, y, z), (x + w, y + d, z), (x, y + d, z)], (0, 0, -1)))
    if x > eye[0]:
        faces.append(([(x, y, z), (x, y + d, z), (x, y + d, z + h), (x, y, z + h)], (-1, 0, 0)))
    elif x + w < eye[0]:
        faces.append(
            (
                [(x + w, y, z), (x + w, y + d, z), (x + w, y + d, z + h), (x + w, y, z + h)],
                (1, 0, 0),
            )
        )
    faces.append(([(x, y, z), (x + w, y, z), (x + w, y, z + h), (x, y, z + h)], (0, -1, 0)))
    return faces


def table(
    stage: Set, at: Vec, size: Size, colour: str, *, leg: str = "", thick: float = 0.05
) -> None:
    """A top on four legs; the far legs first."""
    (x, y, _), (w, d, h) = at, size
    shadow(stage, at, size, strength=0.75)
    for fx, fy in (
        (x + 0.05, y + d - 0.1),
        (x + w - 0.1, y + d - 0.1),
        (x + 0.05, y + 0.05),
        (x + w - 0.1, y + 0.05),
    ):
        block(stage, (fx, fy, 0), (0.05, 0.05, h - thick), leg or times(colour, 0.8))
    block(stage, (x, y, h - thick), (w, d, thick), colour, gloss=0.06)


def chair(
    stage: Set, x: float, y: float, colour: str, *, faces_viewer: bool = False, seat: str = ""
) -> None:
    """A dining chair; the back is on the far side when it faces the viewer."""
    shadow(stage, (x, y, 0), (0.46, 0.46, 0.7), strength=0.6)
    back = (x + 0.02, y + (0.42 if faces_viewer else 0.0), 0.45)
    if faces_viewer:
        _chair_back(stage, back, colour)
    for fx, fy in ((x, y + 0.4), (x + 0.42, y + 0.4), (x, y), (x + 0.42, y)):
        block(stage, (fx, fy, 0), (0.035, 0.035, 0.44), times(colour, 0.85))
    block(stage, (x - 0.01, y - 0.01, 0.43), (0.48, 0.48, 0.06), seat or colour, soft=0.03)
    if not faces_viewer:
        _chair_back(stage, back, colour)


def _chair_back(stage: Set, at: Vec, colour: str) -> None:
    for n in range(5):
        block(stage, (at[0] + n * 0.1, at[1], at[2]), (0.025, 0.025, 0.38), colour)
    block(
        stage,
        (at[0] - 0.02, at[1] - 0.01, at[2] + 0.36),
        (0.46, 0.05, 0.1),
        mix(colour, "#ffffff", 0.05),
        soft=0.03,
    )


def cupboard(
    stage: Set,
    at: Vec,
    size: Size,
    colour: str,
    *,
    doors: int,
    handle: str = "#b59a64",
    rows: int = 1,
) -> None:
    """A run of fronts with shadow gaps and bar handles."""
    block(stage, at, size, colour)
    (x, y, z), (w, _, h) = at, size
    paint, camera, lit = (
        stage.things.paint,
        stage.room.camera,
        times(colour, stage.room.on((0, -1, 0))),
    )
    for n in range(doors):
        for row in range(rows):
            u0, u1 = x + w * n / doors + 0.012, x + w * (n + 1) / doors - 0.012
            v0, v1 = z + h * row / rows + 0.012, z + h * (row + 1) / rows - 0.012
            for inset, tone in ((0.0, 0.7), (0.006, 1.03), (0.06, 0.86), (0.066, 0.99)):
                quad = [
                    (u0 + inset, y, v0 + inset),
                    (u1 - inset, y, v0 + inset),
                    (u1 - inset, y, v1 - inset),
                    (u0 + inset, y, v1 - inset),
                ]
                paint.polygon(camera.outline(quad), times(lit, tone))
            middle, top = (u0 + u1) / 2, v1 - 0.035
            bar = camera.outline(
                [
                    (middle - 0.07, y - 0.02, top),
                    (middle + 0.07, y - 0.02, top),
                    (middle, y - 0.02, top),
                ]
            )[:2]
            paint.line(bar, handle, max(1.0, camera.per_metre((middle, y, top)) * 0.014))
