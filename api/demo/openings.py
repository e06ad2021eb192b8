"""Windows and doors. Glass shows the sky when it is brighter outside and the room when it is brighter inside."""

from random import Random

import msgspec

from api.demo.camera import Face
from api.demo.canvas import Canvas, Point
from api.demo.light import Sheet
from api.demo.palette import dim, times
from api.demo.panes import pane
from api.demo.sky import Mood

RECESS_M = 0.1


class Style(msgspec.Struct, frozen=True):
    """How the openings of one house look. `bars` are panes across and up; `surround` is a frame lying on the wall, in metres."""

    frame: str = "#f3efe6"
    bars: tuple[int, int] = (2, 2)
    thick: float = 0.06
    surround: float = 0.0
    sill: str = "#d8d2c6"
    shutters: str = ""
    curtains: bool = True
    lintel: str = ""


class Box(msgspec.Struct, frozen=True):
    """A rectangle on a face, in metres."""

    u: float
    v: float
    width: float
    height: float

    def corners(self, face: Face, out: float = 0, grow: float = 0) -> list[Point]:
        """On the canvas: lower left, lower right, upper right, upper left."""
        return face.quad(
            self.u - grow,
            self.v - grow,
            self.u + self.width + grow,
            self.v + self.height + grow,
            out,
        )


def window(
    sheet: Sheet,
    face: Face,
    box: Box,
    mood: Mood,
    style: Style,
    rng: Random,
    *,
    lit: float | None = None,
) -> None:
    """One window with frame, glass, sill, shutters and what falls from them. `lit` 0..1 overrides how bright the room is."""
    # Its own source of chance: by night a window uses more of it, and the garden must not change with the hour.
    rng = Random(rng.random())  # noqa: S311 - art, no secrets
    paint, tint = sheet.paint, mood.on(face.outward)
    level = mood.lamps * rng.choice((0.25, 0.8, 1, 1)) if lit is None else lit
    wood = times(style.frame, tint)
    _around(sheet, face, box, mood, style)
    paint.polygon(box.corners(face), times(style.sill, dim(tint, 0.62)))
    glass = box.corners(face, -RECESS_M)
    with paint.inside(box.corners(face)):
        pane(paint, glass, mood, rng, level, curtains=style.curtains)
        bars(paint, face, box, style, wood)
        reveal_shadow(paint, face, box)
    if level > 0.3:
        _spill(sheet, face, box, level)
    _sill(sheet, face, box, mood, style)


def bars(canvas: Canvas, face: Face, box: Box, style: Style, wood: str) -> None:
    thick, (across, up) = style.thick, style.bars
    u1, v1 = box.u + box.width, box.v + box.height
    uprights = [box.u + box.width * n / across for n in range(1, across)]
    levels = [box.v + box.height * n / up for n in range(1, up)]
    slim = thick * 0.36
    pieces = [(u - slim, box.v, u + slim, v1) for u in uprights] + [
        (box.u, v - slim, u1, v + slim) for v in levels
    ]
    pieces += [
        (box.u, box.v, box.u + thick, v1),
        (u1 - thick, box.v, u1, v1),
        (box.u, v1 - thick, u1, v1),
        (box.u, box.v, u1, box.v + thick),
    ]
    for u_low, v_low, u_high, v_high in pieces:
        canvas.polygon(
            face.quad(u_low + 0.015, v_low - 0.02, u_high + 0.015, v_high - 0.02, -RECESS_M),
            "#0c1016",
            0.4,
        )
        canvas.polygon(face.quad(u_low, v_low, u_high, v_high, -RECESS_M * 0.7), wood)
        canvas.polygon(
            face.quad(u_low, v_high - slim * 0.5, u_high, v_high, -RECESS_M * 0.7),
            times(wood, 1.12),
            0.7,
        )


def reveal_shadow(canvas: Canvas, face: Face, box: Box) -> None:
    top = box.v + box.height
    deep = min(0.22, box.height * 0.16)
    down = canvas.linear(
        face.at(box.u, top), face.at(box.u, top - deep), [(0, "#10121c", 0.6), (1, "#10121c", 0)]
    )
    canvas.polygon(face.quad(box.u, top - deep, box.u + box.width, top), down)
    side = canvas.linear(
        face.at(box.u, box.v),
        face.at(box.u + 0.12, box.v),
        [(0, "#10121c", 0.5), (1, "#10121c", 0)],
    )
    canvas.polygon(face.quad(box.u, box.v, box.u + 0.12, top), side)


def _around(sheet: Sheet, face: Face, box: Box, mood: Mood, style: Style) -> None:
    tint = mood.on(face.outward)
    if style.surround:
        sheet.paint.polygon(box.corners(face, 0, style.surround + 0.025), "#14151f", 0.4)
        sheet.paint.polygon(box.corners(face, 0.02, style.surround), times(style.frame, tint))
    if style.lintel:
        top = box.v + box.height
        sheet.paint.polygon(
            face.quad(box.u - 0.14, top, box.u + box.width + 0.14, top + 0.24, 0.01),
            times(style.lintel, tint),
        )
    for side in (-1, 1) if style.shutters else ():
        broad = box.width * 0.46
        u = box.u - broad - 0.04 if side < 0 else box.u + box.width + 0.04
        _shutter(
            sheet.paint,
            face,
            Box(u, box.v - 0.03, broad, box.height + 0.06),
            times(style.shutters, tint),
        )


def _shutter(canvas: Canvas, face: Face, box: Box, colour: str) -> None:
    canvas.polygon(box.corners(face, 0, 0.02), "#10121a", 0.5)
    canvas.polygon(box.corners(face, 0.04), colour)
    slats = max(4, int(box.height / 0.07))
    for n in range(1, slats):
        v = box.v + 0.06 + (box.height - 0.12) * n / slats
        canvas.line(
            [face.at(box.u + 0.06, v, 0.04), face.at(box.u + box.width - 0.06, v, 0.04)],
            times(colour, 0.66),
            face.per_metre * 0.016,
        )


def _sill(sheet: Sheet, face: Face, box: Box, mood: Mood, style: Style) -> None:
    u0, u1, v = box.u - 0.08, box.u + box.width + 0.08, box.v
    tint = mood.on(face.outward)
    sheet.paint.polygon(face.quad(u0, v - 0.07, u1, v, 0.07), times(style.sill, tint))
    top = face.camera.outline(
        [
            face.point(u0, v, 0),
            face.point(u1, v, 0),
            face.point(u1, v, 0.07),
            face.point(u0, v, 0.07),
        ]
    )
    sheet.paint.polygon(top, times(style.sill, mood.on((0, 0, 1))))
    sheet.shade(1.6).polygon(face.quad(u0 + 0.03, v - 0.22, u1 + 0.05, v - 0.07), mood.shadow, 0.75)


def _spill(sheet: Sheet, face: Face, box: Box, level: float) -> None:
    corners = box.corners(face)
    sheet.glow(14).polygon(corners, "#8a5520", 0.55 * level)
    sheet.glow(50).polygon(box.corners(face, 0, 0.15), "#7a4517", 0.6 * level)


def door(
    sheet: Sheet,
    face: Face,
    box: Box,
    mood: Mood,
    rng: Random,
    *,
    colour: str,
    frame: str = "#f3efe6",
    lamp: bool = True,
) -> None:
    """A panelled door with a light above it, a step before it."""
    rng = Random(rng.random())  # noqa: S311 - art, no secrets
    paint, tint = sheet.paint, mood.on(face.outward)
    lit = times(colour, tint)
    paint.polygon(box.corners(face, 0, 0.12), "#14151f", 0.4)
    paint.polygon(box.corners(face, 0.02, 0.1), times(frame, tint))
    paint.polygon(box.corners(face, -RECESS_M), lit)
    with paint.inside(box.corners(face)):
        for row, (low, high) in enumerate(((0.08, 0.42), (0.48, 0.72))):
            for column in range(2):
                u = box.u + box.width * (0.14 + 0.4 * column)
                panel = Box(
                    u, box.v + box.height * low, box.width * 0.32, box.height * (high - low)
                )
                paint.polygon(
                    panel.corners(face, -RECESS_M, 0.02), times(lit, 0.62 if row else 0.68)
                )
                paint.polygon(panel.corners(face, -RECESS_M), times(lit, 1.08))
        light = Box(
            box.u + box.width * 0.14, box.v + box.height * 0.78, box.width * 0.72, box.height * 0.16
        )
        pane(paint, light.corners(face, -RECESS_M), mood, rng, mood.lamps, curtains=False)
        reveal_shadow(paint, face, box)
    knob = face.at(box.u + box.width * 0.88, box.v + box.height * 0.46)
    paint.ellipse(knob, face.per_metre * 0.035, face.per_metre * 0.035, "#d9b66a")
    if lamp and mood.lamps > 0.2:
        _lantern(sheet, face, box.u + box.width + 0.35, box.v + box.height * 0.86, mood.lamps)


def _lantern(sheet: Sheet, face: Face, u: float, v: float, level: float) -> None:
    at, size = face.at(u, v, 0.1), face.per_metre
    sheet.paint.polygon(face.quad(u - 0.06, v - 0.12, u + 0.06, v + 0.12, 0.1), "#2a2522")
    sheet.paint.ellipse(at, size * 0.045, size * 0.08, "#fff3cf")
    for blur, radius, strength in ((6, 0.3, 0.8), (30, 1.1, 0.7)):
        sheet.glow(blur).ellipse(at, size * radius, size * radius, "#a06a2c", strength * level)
