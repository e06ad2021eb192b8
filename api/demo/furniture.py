"""Furniture made of soft boxes: seats, beds, tables, cupboards. Each piece paints itself and leaves its shadow on the floor.

A `Set` holds two sheets: `floor` (shadows fall there, before anything stands) and `things` (painted back to front by the caller).
"""

from random import Random

import msgspec

from api.demo.camera import Vec
from api.demo.canvas import Point
from api.demo.light import Sheet
from api.demo.palette import mix, times, vary
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
    close = [(x - 0.03, y - 0.05, 0.0), (x + w + 0.03, y - 0.05, 0.0), (x + w + 0.03, y + d, 0.0), (x - 0.03, y + d, 0.0)]
    stage.floor.shade(4).polygon(camera.outline(close), dark, 0.85 * strength)
    cast = [(x, y - 0.2, 0.0), (x + w, y - 0.2, 0.0), (x + w + away, y + d * 0.9, 0.0), (x + away, y + d * 0.9, 0.0)]
    stage.floor.shade(16).polygon(camera.outline(cast), dark, 0.75 * strength)


def block(stage: Set, at: Vec, size: Size, colour: str, *, soft: float = 0.0, gloss: float = 0.0) -> None:
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
        fill = paint.linear((0, high), (0, low), [(0, times(lit, 1.05 + gloss), 1), (1, times(lit, fade), 1)])
        paint.polygon(outline, fill, edge=fill if soft else times(lit, 0.8), edge_width=rim if soft else 0.5)
    ridge = camera.outline([(x, y, z + h), (x + w, y, z + h), (x + w, y, z + h)])[:2]
    if z + h < camera.stand[2]:
        paint.line(ridge, times(colour, tuple(c * 1.16 for c in room.on((0, 0, 1)))), max(0.6, rim * 0.2), 0.6)  # type: ignore[arg-type]  # stays a triple


def _seen(eye: Vec, at: Vec, size: Size) -> list[tuple[list[Vec], Vec]]:
    (x, y, z), (w, d, h) = at, size
    faces: list[tuple[list[Vec], Vec]] = []
    if z + h < eye[2]:
        faces.append(([(x, y, z + h), (x + w, y, z + h), (x + w, y + d, z + h), (x, y + d, z + h)], (0, 0, 1)))
    elif z > eye[2]:
        faces.append(([(x, y, z), (x + w, y, z), (x + w, y + d, z), (x, y + d, z)], (0, 0, -1)))
    if x > eye[0]:
        faces.append(([(x, y, z), (x, y + d, z), (x, y + d, z + h), (x, y, z + h)], (-1, 0, 0)))
    elif x + w < eye[0]:
        faces.append(([(x + w, y, z), (x + w, y + d, z), (x + w, y + d, z + h), (x + w, y, z + h)], (1, 0, 0)))
    faces.append(([(x, y, z), (x + w, y, z), (x + w, y, z + h), (x, y, z + h)], (0, -1, 0)))
    return faces


def cushion(stage: Set, centre: Vec, size: float, colour: str, *, tilt: float = 0.15, pattern: str = "") -> None:
    """A scatter cushion leaning on something; bulging sides, lit from above."""
    room, paint = stage.room, stage.things.paint
    x, y = room.camera.at(centre)
    half, lit = size / 2 * room.camera.per_metre(centre), times(colour, room.on((0, -1, 0)))

    def spin(u: float, v: float) -> Point:
        return x + (u + v * tilt) * half, y + (v - u * tilt) * half

    corners = [spin(-1, -1), spin(1, -1), spin(1, 1), spin(-1, 1)]
    middles = [spin(0, -0.86), spin(0.86, 0), spin(0, 0.86), spin(-0.86, 0)]
    outline = f"M{corners[0][0]:.1f} {corners[0][1]:.1f} "
    for n in range(4):
        after = corners[(n + 1) % 4]
        outline += f"Q{middles[n][0]:.1f} {middles[n][1]:.1f} {after[0]:.1f} {after[1]:.1f} "
    paint.path(outline, "#15131a", 0.22, edge="#15131a", edge_width=half * 0.16)
    paint.path(outline, paint.linear((x, y - half), (x + half * 0.4, y + half), [(0, times(lit, 1.14), 1), (1, times(lit, 0.74), 1)]), edge=times(lit, 0.95), edge_width=half * 0.1)
    for n in range(-2, 3) if pattern else ():
        paint.line([spin(n * 0.34, -0.8), spin(n * 0.34, 0.8)], times(pattern, room.on((0, -1, 0))), half * 0.06, 0.8)


def sofa(stage: Set, x: float, y: float, width: float, colour: str, accents: tuple[str, ...]) -> None:
    """Facing the viewer: back, arms, seat and back cushions, scatter cushions, wooden feet."""
    shadow(stage, (x, y, 0), (width, 0.95, 0.8))
    for foot in (x + 0.1, x + width - 0.16):
        block(stage, (foot, y + 0.05, 0), (0.06, 0.06, 0.14), "#6b4a30")
    block(stage, (x + 0.05, y + 0.62, 0.14), (width - 0.1, 0.3, 0.72), times(colour, 0.92), soft=0.12)
    seats = 3 if width > 1.9 else (2 if width > 1.2 else 1)
    wide = (width - 0.44) / seats
    for n in range(seats):
        block(stage, (x + 0.22 + n * wide, y + 0.5, 0.42), (wide - 0.015, 0.2, 0.46), vary(stage.rng, colour, 0.03), soft=0.13)
    block(stage, (x + 0.1, y + 0.04, 0.14), (width - 0.2, 0.8, 0.2), times(colour, 0.86), soft=0.06)
    for n in range(seats):
        block(stage, (x + 0.22 + n * wide, y, 0.28), (wide - 0.015, 0.62, 0.19), vary(stage.rng, times(colour, 1.04), 0.02), soft=0.1)
    for arm in (x, x + width - 0.24):
        block(stage, (arm, y, 0.14), (0.24, 0.9, 0.5), colour, soft=0.12)
    for n, accent in enumerate(accents):
        u = x + 0.42 + (width - 0.84) * (n / max(1, len(accents) - 1) if len(accents) > 1 else 0.3)
        cushion(stage, (u, y + 0.42, 0.66), 0.46, accent, tilt=stage.rng.uniform(-0.25, 0.25), pattern="#f4efe4" if n % 2 else "")


def bed(stage: Set, x: float, y: float, width: float, linen: str, blanket: str, frame: str) -> None:
    """Head at the far wall: headboard, mattress, duvet, folded blanket, pillows."""
    length = 2.05
    shadow(stage, (x, y, 0), (width, length, 0.6))
    block(stage, (x - 0.12, y + length, 0), (width + 0.24, 0.1, 1.2), frame, soft=0.05)
    block(stage, (x - 0.03, y, 0.08), (width + 0.06, length, 0.22), times(frame, 0.85), soft=0.03)
    block(stage, (x, y + 0.02, 0.26), (width, length - 0.04, 0.24), "#f2efe8", soft=0.1)
    for row, (deep, tall, tone) in enumerate(((0.16, 0.42, "#f6f3ec"), (0.36, 0.34, linen))):
        for n in range(2):
            wide = width / 2 - 0.1
            block(stage, (x + 0.07 + n * (wide + 0.06), y + length - deep - 0.12, 0.48), (wide, 0.16, tall), vary(stage.rng, tone, 0.02), soft=0.15)
        if row:
            cushion(stage, (x + width / 2, y + length - 0.62, 0.68), 0.42, blanket, tilt=0.06, pattern=linen)
    block(stage, (x - 0.07, y - 0.03, 0.3), (width + 0.14, 1.45, 0.29), linen, soft=0.14)
    folds(stage, (x - 0.07, y, 0.6), (width + 0.14, 1.3), linen)
    block(stage, (x - 0.09, y + 0.15, 0.3), (width + 0.18, 0.62, 0.31), blanket, soft=0.1)
    for n in range(9):
        at = stage.room.camera.outline([(x - 0.05, y + 0.2 + n * 0.06, 0.605), (x + width + 0.05, y + 0.2 + n * 0.06, 0.605), (x + width, y + 0.2 + n * 0.06, 0.605)])[:2]
        stage.things.paint.line(at, times(blanket, tuple(c * 0.84 for c in stage.room.on((0, 0, 1)))), 1.4, 0.7)  # type: ignore[arg-type]  # stays a triple


def folds(stage: Set, at: Vec, area: tuple[float, float], cloth: str) -> None:
    """Soft creases lying on a horizontal piece of cloth."""
    rng, paint, camera = stage.rng, stage.things.paint, stage.room.camera
    for _ in range(16):
        x, y = at[0] + rng.uniform(0.08, 0.92) * area[0], at[1] + rng.uniform(0.05, 0.9) * area[1]
        dx, dy = rng.uniform(-0.25, 0.25), rng.uniform(-0.12, 0.2)
        line = camera.outline([(x, y, at[2]), (x + dx * 0.5, y + dy * 0.4, at[2] + 0.01), (x + dx, y + dy, at[2])])
        tone = rng.choice((0.8, 0.86, 1.12))
        paint.line(line, times(cloth, tuple(c * tone for c in stage.room.on((0, 0, 1)))), rng.uniform(2, 5), 0.35)  # type: ignore[arg-type]  # stays a triple


def table(stage: Set, at: Vec, size: Size, colour: str, *, leg: str = "", thick: float = 0.05) -> None:
    """A top on four legs; the far legs first."""
    (x, y, _), (w, d, h) = at, size
    shadow(stage, at, size, strength=0.75)
    for fx, fy in ((x + 0.05, y + d - 0.1), (x + w - 0.1, y + d - 0.1), (x + 0.05, y + 0.05), (x + w - 0.1, y + 0.05)):
        block(stage, (fx, fy, 0), (0.05, 0.05, h - thick), leg or times(colour, 0.8))
    block(stage, (x, y, h - thick), (w, d, thick), colour, gloss=0.06)


def chair(stage: Set, x: float, y: float, colour: str, *, faces_viewer: bool = False, seat: str = "") -> None:
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
    block(stage, (at[0] - 0.02, at[1] - 0.01, at[2] + 0.36), (0.46, 0.05, 0.1), mix(colour, "#ffffff", 0.05), soft=0.03)


def cupboard(stage: Set, at: Vec, size: Size, colour: str, *, doors: int, handle: str = "#b59a64", rows: int = 1) -> None:
    """A run of fronts with shadow gaps and bar handles."""
    block(stage, at, size, colour)
    (x, y, z), (w, _, h) = at, size
    paint, camera, lit = stage.things.paint, stage.room.camera, times(colour, stage.room.on((0, -1, 0)))
    for n in range(doors):
        for row in range(rows):
            u0, u1 = x + w * n / doors + 0.012, x + w * (n + 1) / doors - 0.012
            v0, v1 = z + h * row / rows + 0.012, z + h * (row + 1) / rows - 0.012
            for inset, tone in ((0.0, 0.7), (0.006, 1.03), (0.06, 0.86), (0.066, 0.99)):
                quad = [(u0 + inset, y, v0 + inset), (u1 - inset, y, v0 + inset), (u1 - inset, y, v1 - inset), (u0 + inset, y, v1 - inset)]
                paint.polygon(camera.outline(quad), times(lit, tone))
            middle, top = (u0 + u1) / 2, v1 - 0.035
            bar = camera.outline([(middle - 0.07, y - 0.02, top), (middle + 0.07, y - 0.02, top), (middle, y - 0.02, top)])[:2]
            paint.line(bar, handle, max(1.0, camera.per_metre((middle, y, top)) * 0.014))
