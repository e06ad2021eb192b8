"""Pitched roofs with thickness, trim and tiles, and the chimney on them."""

from random import Random

import msgspec

from api.demo import walls
from api.demo.camera import Camera, Face, Vec, add, flank, front, unit
from api.demo.house import House
from api.demo.light import Sheet
from api.demo.palette import dim, mix, times, vary
from api.demo.sky import Mood


def _tiles(sheet: Sheet, slope: Face, mood: Mood, rng: Random, kind: str, colour: str) -> None:
    paint, tint = sheet.paint, mood.on(slope.outward)
    lit = times(colour, tint)
    paint.polygon(slope.whole, lit)
    if kind == "seams":
        count = int(slope.width / 0.45)
        for n in range(count + 1):
            u = slope.width * n / max(1, count)
            paint.line(
                [slope.at(u, 0), slope.at(u, slope.height)], times(lit, 0.7), slope.per_metre * 0.04
            )
            paint.line(
                [slope.at(u + 0.04, 0), slope.at(u + 0.04, slope.height)],
                times(lit, 1.25),
                slope.per_metre * 0.02,
            )
    elif kind == "tiles":
        _courses(sheet, slope, lit, rng)
    sheen = [
        (0.0, "#0d1022", 0.22),
        (0.35, "#0d1022", 0.0),
        (0.8, mood.sky[2], 0.05),
        (1.0, mood.sky[2], 0.22),
    ]
    paint.polygon(slope.whole, paint.linear(slope.at(0, 0), slope.at(0, slope.height), sheen))


def _courses(sheet: Sheet, slope: Face, lit: str, rng: Random) -> None:
    course, tile = 0.24, 0.26
    for row in range(int(slope.height / course) + 1):
        v0, v1 = row * course, min(slope.height, (row + 1) * course)
        u = -tile / 2 * (row % 2)
        while u < slope.width:
            u0, u1 = max(0.0, u), min(slope.width, u + tile - 0.015)
            if u1 > u0:
                sheet.paint.polygon(
                    slope.quad(u0, v0, u1, v1),
                    vary(rng, mix(lit, "#6a6a52", rng.choice((0, 0, 0, 0.2))), 0.13),
                )
            u += tile
        sheet.paint.line(
            [slope.at(0, v0), slope.at(slope.width, v0)],
            times(lit, 0.45),
            slope.per_metre * 0.035,
            0.8,
        )


def _slope(camera: Camera, corner: Vec, along: Vec, length: float, up: Vec) -> Face:
    """A roof plane from its lower near corner; outward is the upward normal."""
    steep = unit(up)
    normal = unit(
        (
            along[1] * steep[2] - along[2] * steep[1],
            along[2] * steep[0] - along[0] * steep[2],
            along[0] * steep[1] - along[1] * steep[0],
        )
    )
    if normal[2] < 0:
        normal = (-normal[0], -normal[1], -normal[2])
    return Face(
        camera, corner, along, steep, length, (up[0] ** 2 + up[1] ** 2 + up[2] ** 2) ** 0.5, normal
    )


def roof(
    sheet: Sheet,
    camera: Camera,
    house: House,
    mood: Mood,
    rng: Random,
    *,
    colour: str,
    kind: str = "tiles",
    trim: str = "#efeae0",
) -> None:
    """Visible planes, barge boards and gutter. Paint it after the walls."""
    pitch = (house.ridge - house.eaves) / ((house.width if house.gable_front else house.depth) / 2)
    o, thick = house.overhang, 0.18
    low = house.z + house.eaves - o * pitch
    if house.gable_front:
        _gable_roof(sheet, camera, house, mood, rng, (colour, kind, trim), (pitch, o, low, thick))
        return
    run, length = house.depth / 2 + o, house.width + 2 * o
    slope = _slope(
        camera, (house.x - o, house.y - o, low + thick), (1, 0, 0), length, (0, run, run * pitch)
    )
    right = camera.stand[0] > house.x + house.width / 2
    x = house.x + house.width + o if right else house.x - o
    lit = times(trim, mood.on((1 if right else -1, 0, 0)))
    top = (x, house.y + house.depth / 2, low + run * pitch)
    wall_x = house.x + house.width if right else house.x
    for y in (house.y - o, house.y + house.depth + o):
        soffit = [(wall_x, y, low), (wall_x, top[1], top[2]), top, (x, y, low)]
        sheet.paint.polygon(camera.outline(soffit), times(trim, dim(mood.ambient, 0.5)))
    for end in ((x, house.y - o, low), (x, house.y + house.depth + o, low)):
        sheet.paint.polygon(
            camera.outline(
                [end, top, add(top, (0, 0, thick * 1.3)), add(end, (0, 0, thick * 1.3))]
            ),
            lit,
        )
    _tiles(sheet, slope, mood, rng, kind, colour)
    edge = front(camera, house.x - o, house.y - o, low, length, thick)
    sheet.paint.polygon(edge.whole, times(trim, mood.on((0, -1, 0))))
    sheet.paint.polygon(edge.quad(0, 0, length, thick * 0.4), "#14161f", 0.45)


def _gable_roof(
    sheet: Sheet,
    camera: Camera,
    house: House,
    mood: Mood,
    rng: Random,
    look: tuple[str, str, str],
    measures: tuple[float, float, float, float],
) -> None:
    colour, kind, trim = look
    pitch, o, low, thick = measures
    run, length = house.width / 2 + o, house.depth + 2 * o
    middle, near, top = house.x + house.width / 2, house.y - o, low + run * pitch
    for sign in (1, -1) if camera.stand[0] < middle else (-1, 1):
        foot = (middle + sign * run, near, low + thick)
        slope = _slope(camera, foot, (0, 1, 0), length, (-sign * run, 0, run * pitch))
        if (camera.stand[2] - foot[2]) * slope.outward[2] + (
            camera.stand[0] - foot[0]
        ) * slope.outward[0] > 0:
            _tiles(sheet, slope, mood, rng, kind, colour)
        # The soffit is seen from below, in front of the wall.
        soffit = [
            (foot[0], near, low),
            (middle, near, top),
            (middle, house.y, top),
            (foot[0], house.y, low),
        ]
        sheet.paint.polygon(camera.outline(soffit), times(trim, dim(mood.ambient, 0.42)))
    for sign in (1, -1):
        end, peak = (middle + sign * run, near, low), (middle, near, top)
        board = camera.outline(
            [end, peak, add(peak, (0, 0, thick * 1.5)), add(end, (0, 0, thick * 1.5))]
        )
        sheet.paint.polygon(board, times(trim, mood.on((0, -1, 0))))
        cap = camera.outline([add(end, (0, 0, thick * 1.4)), add(peak, (0, 0, thick * 1.4)), peak])[
            :2
        ]
        sheet.paint.line(
            cap,
            "#eef2fb" if mood.snow else times(colour, 0.5),
            camera.per_metre(peak) * 0.4 if mood.snow else 2,
        )


def chimney(
    sheet: Sheet,
    camera: Camera,
    mood: Mood,
    rng: Random,
    at: Vec,
    *,
    material: str = "red brick",
    tall: float = 1.4,
) -> None:
    """A brick stack; paint it after the roof."""
    size = 0.7
    right = camera.stand[0] > at[0]
    sides = (
        flank(
            camera,
            at[0] + (size if right else 0),
            at[1],
            at[2],
            size,
            tall,
            looks=1 if right else -1,
        ),
        front(camera, *at, size, tall),
    )
    for face in sides:
        walls.MATERIALS[material](sheet.paint, face, mood.on(face.outward), rng)
        cap = msgspec.structs.replace(face, origin=add(face.origin, (0, 0, tall)), height=0.12)
        sheet.paint.polygon(
            cap.quad(-0.05, 0, size + 0.05, 0.12, 0.05), times("#cfc7ba", mood.on(face.outward))
        )
