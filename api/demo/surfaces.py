"""Floors, walls and ceiling of a room, and the light that corners lose."""

from random import Random

from api.demo import walls
from api.demo.camera import Face, Vec
from api.demo.canvas import Canvas
from api.demo.light import Sheet
from api.demo.palette import Rgb, dim, times, vary
from api.demo.room import Room


def boards(
    canvas: Canvas, face: Face, lit: Rgb, rng: Random, *, colour: str, wide: float = 0.17
) -> None:
    """A plank floor whose boards run away from the viewer, with fibres and an occasional knot."""
    for column in range(int(face.width / wide) + 1):
        u0, u1 = column * wide, min(face.width, (column + 1) * wide - 0.004)
        v = -rng.uniform(0, 1.6)
        canvas.polygon(
            face.quad(u0, 0, min(face.width, u0 + wide), face.height),
            times(colour, (lit[0] * 0.45, lit[1] * 0.42, lit[2] * 0.4)),
        )
        while v < face.height:
            length = rng.uniform(1.1, 2.2)
            low, high = max(0.0, v), min(face.height, v + length - 0.006)
            tone = times(vary(rng, colour, 0.1), lit)
            if high > low and u1 > u0:
                canvas.polygon(face.quad(u0, low, u1, high), tone)
                for _ in range(4):
                    u = rng.uniform(u0 + 0.01, max(u0 + 0.011, u1 - 0.01))
                    grain = face.shape(
                        [(u, low), (u + rng.uniform(-0.01, 0.01), high), (u, high), (u, low)]
                    )[:2]
                    canvas.line(grain, times(tone, rng.choice((0.84, 0.9, 1.08))), 0.9, 0.55)
            v += length


def tiles(
    canvas: Canvas,
    face: Face,
    lit: Rgb,
    rng: Random,
    *,
    colour: str,
    size: float = 0.6,
    joint: str = "#b9b4ac",
    spread: float = 0.03,
    rows: float | None = None,
) -> None:
    """Square tiles, or oblong ones when `rows` gives their height."""
    tall = rows or size
    canvas.polygon(face.whole, times(joint, lit))
    for row in range(int(face.height / tall) + 1):
        start = -size / 2 if rows and row % 2 else 0.0
        for column in range(int(face.width / size) + 2):
            u0, v0 = start + column * size, row * tall
            u1, v1 = min(face.width, u0 + size - 0.008), min(face.height, v0 + tall - 0.008)
            if u1 > max(0.0, u0) and v1 > v0:
                tone = times(vary(rng, colour, spread), lit)
                canvas.polygon(face.quad(max(0.0, u0), v0, u1, v1), tone)
                canvas.polygon(
                    face.quad(max(0.0, u0), v1 - tall * 0.1, u1, v1), times(tone, 1.08), 0.6
                )


def paint_wall(room: Room, sheet: Sheet, face: Face, finish: str, rng: Random) -> None:
    """A finish is a colour (`#rrggbb`), the name of a wall material, or `tiles:#rrggbb`."""
    lit = room.on(face.outward)
    if finish.startswith("#"):
        walls.plaster(sheet.paint, face, lit, rng, colour=finish, worn=0.012)
    elif finish.startswith("tiles:"):
        tiles(sheet.paint, face, lit, rng, colour=finish[6:], size=0.3, rows=0.1, joint="#d9d6cf")
    else:
        walls.MATERIALS[finish](sheet.paint, face, lit, rng)


def shell(
    room: Room,
    sheet: Sheet,
    rng: Random,
    *,
    floor: str,
    wall: str,
    feature: str,
    ceiling: str = "#f6f3ec",
) -> None:
    """Paint floor (`boards:`, `tiles:` or `plain:` and a colour), side walls, far wall (`feature`) and ceiling, with skirting and corner shade."""
    kind, colour = floor.split(":")
    lit = room.on((0, 0, 1))
    if kind == "boards":
        boards(sheet.paint, room.floor, lit, rng, colour=colour)
    elif kind == "tiles":
        tiles(sheet.paint, room.floor, lit, rng, colour=colour)
    else:
        walls.plaster(sheet.paint, room.floor, lit, rng, colour=colour, worn=0.05)
    sheet.paint.polygon(room.ceiling.whole, times(ceiling, dim(room.on((0, -1, 0)), 1.08)))
    for face, finish in ((room.side(-1), wall), (room.side(1), wall), (room.back, feature)):
        paint_wall(room, sheet, face, finish, rng)
        sheet.paint.polygon(
            face.quad(0, 0, face.width, 0.11, 0.015), times("#f4f1ea", room.on(face.outward))
        )
        sheet.paint.line(
            [
                face.at(max(0, 1.6 if abs(face.outward[0]) else 0), 0.11, 0.015),
                face.at(face.width, 0.11, 0.015),
            ],
            "#3a3630",
            0.8,
            0.4,
        )
    _gradients(room, sheet)
    _corners(room, sheet)


def _gradients(room: Room, sheet: Sheet) -> None:
    """Light thins out with the distance from the windows."""
    dark, side = room.daylight.shadow, room.window_side
    strong = 0.4 if room.daylight.lamps < 0.9 else 0.25
    for face in (room.back, room.floor, room.ceiling):
        bright, dim = face.width * (side > 0), face.width * (side < 0)
        stops = [
            (0.0, "#ffffff", 0.1 * (1 - room.daylight.lamps)),
            (0.35, dark, 0.0),
            (1.0, dark, strong * (0.45 if face.outward[2] < 0 else 1)),
        ]
        v = face.height / 2
        sheet.paint.polygon(
            face.whole, sheet.paint.linear(face.at(bright, v), face.at(dim, v), stops)
        )


def _corners(room: Room, sheet: Sheet) -> None:
    w, d, h = room.width / 2, room.depth, room.height
    seams: list[list[Vec]] = [
        [(-w, d, 0), (w, d, 0)],
        [(-w, d, h), (w, d, h)],
        [(-w, d, 0), (-w, d, h)],
        [(w, d, 0), (w, d, h)],
        [(-w, -0.5, 0), (-w, d, 0)],
        [(w, -0.5, 0), (w, d, 0)],
        [(-w, -0.5, h), (-w, d, h)],
        [(w, -0.5, h), (w, d, h)],
    ]
    for seam in seams:
        for blur, width, alpha in ((8, 16, 0.35), (30, 70, 0.4)):
            sheet.shade(blur).line(
                [room.camera.at(p) for p in seam], room.daylight.shadow, width, alpha
            )
