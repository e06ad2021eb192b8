"""Windows and doors. Glass shows the sky when it is brighter outside and the room when it is brighter inside."""

from random import Random

import msgspec

from api.demo.camera import Face
from api.demo.canvas import Canvas, Point
from api.demo.light import Sheet
from api.demo.palette import mix, times
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
        return face.quad(self.u - grow, self.v - grow, self.u + self.width + grow, self.v + self.height + grow, out)


def window(sheet: Sheet, face: Face, box: Box, mood: Mood, style: Style, rng: Random, *, lit: float | None = None) -> None:
    """One window with frame, glass, sill, shutters and what falls from them. `lit` 0..1 overrides how bright the room is."""
    # Its own source of chance: by night a window uses more of it, and the garden must not change with the hour.
    rng = Random(rng.random())
    paint, tint = sheet.paint, mood.on(face.outward)
    level = mood.lamps * rng.choice((0.25, 0.8, 1, 1)) if lit is None else lit
    wood = times(style.frame, tint)
    _around(sheet, face, box, mood, style)
    paint.polygon(box.corners(face), times(style.sill, tuple(c * 0.62 for c in tint)))  # type: ignore[arg-type]  # stays a triple
    glass = box.corners(face, -RECESS_M)
    with paint.inside(box.corners(face)):
        pane(paint, glass, mood, rng, level, curtains=style.curtains)
        _bars(paint, face, box, style, wood)
        _reveal_shadow(paint, face, box)
    if level > 0.3:
        _spill(sheet, face, box, level)
    _sill(sheet, face, box, mood, style)


def pane(canvas: Canvas, glass: list[Point], mood: Mood, rng: Random, level: float, *, curtains: bool = True) -> None:
    """Glass over the four points: reflection and room, mixed by how bright the room is (0..1)."""
    if len(glass) != 4:
        return
    xs, ys = [p[0] for p in glass], [p[1] for p in glass]
    left, right, top, bottom = min(xs), max(xs), min(ys), max(ys)
    wide, tall = right - left, bottom - top
    with canvas.inside(glass):
        dark = [(0.0, mix("#2b3944", mood.sky[0], 0.25), 1.0), (1.0, "#171e26", 1.0)]
        canvas.polygon(glass, canvas.linear((left, top), (left, bottom), dark))
        if level > 0.05:
            _room(canvas, glass, (left, top, wide, tall), level, rng)
        if curtains:
            _curtains(canvas, (left, top, wide, tall), level, rng)
        _reflection(canvas, glass, (left, top, wide, tall), mood, rng, 1 - level * 0.86)


def _room(canvas: Canvas, glass: list[Point], area: tuple[float, float, float, float], level: float, rng: Random) -> None:
    left, top, wide, tall = area
    warm = rng.choice(("#ffdf9e", "#ffd78c", "#ffe6b4", "#ffcf86"))
    fill = canvas.linear((left, top), (left, top + tall), [(0, mix(warm, "#ffffff", 0.15), 1), (0.55, warm, 1), (1, mix(warm, "#a8601f", 0.6), 1)])
    canvas.polygon(glass, fill, level)
    lamp = (left + wide * rng.uniform(0.25, 0.75), top + tall * rng.uniform(0.2, 0.45))
    halo = canvas.radial([(0, "#fffbe8", 0.95), (0.25, "#fff0c4", 0.6), (1, "#ffd890", 0)])
    canvas.ellipse(lamp, wide * 0.5, tall * 0.34, halo, level)
    for _ in range(3):
        x, high = left + wide * rng.uniform(0, 0.85), tall * rng.uniform(0.12, 0.42)
        block = [(x, top + tall), (x, top + tall - high), (x + wide * 0.24, top + tall - high), (x + wide * 0.24, top + tall)]
        canvas.polygon(block, "#6b3d1c", 0.35 * level)


def _curtains(canvas: Canvas, area: tuple[float, float, float, float], level: float, rng: Random) -> None:
    left, top, wide, tall = area
    cloth = mix("#8d949b", "#fff0cc", level)
    for side in (0, 1):
        reach = wide * rng.uniform(0.1, 0.22)
        x0 = left if side == 0 else left + wide - reach
        for fold in range(5):
            x = x0 + reach * fold / 5
            tone = times(cloth, 0.86 if fold % 2 else 1.04)
            canvas.polygon([(x, top), (x + reach / 5, top), (x + reach / 5, top + tall), (x, top + tall)], tone, 0.55)


def _reflection(
    canvas: Canvas, glass: list[Point], area: tuple[float, float, float, float], mood: Mood, rng: Random, strength: float
) -> None:
    left, top, wide, tall = area
    sky = [(0.0, mood.sky[0], 0.62 * strength), (0.6, mood.sky[2], 0.72 * strength), (1.0, mood.sky[3], 0.5 * strength)]
    canvas.polygon(glass, canvas.linear((left, top), (left + wide * 0.3, top + tall), sky))
    for _ in range(9):
        x, size = left + rng.random() * wide, tall * rng.uniform(0.08, 0.2)
        canvas.ellipse((x, top + tall * 1.02 - size * 0.6), wide * 0.14, size, "#1c2a26", 0.34 * strength)
    for _ in range(2):
        x, broad = left + rng.uniform(-0.2, 0.9) * wide, wide * rng.uniform(0.08, 0.25)
        streak = [(x, top), (x + broad, top), (x + broad - tall * 0.45, top + tall), (x - tall * 0.45, top + tall)]
        canvas.polygon(streak, "#ffffff", 0.1 * strength)


def _bars(canvas: Canvas, face: Face, box: Box, style: Style, wood: str) -> None:
    thick, (across, up) = style.thick, style.bars
    u1, v1 = box.u + box.width, box.v + box.height
    uprights = [box.u + box.width * n / across for n in range(1, across)]
    levels = [box.v + box.height * n / up for n in range(1, up)]
    slim = thick * 0.36
    pieces = [(u - slim, box.v, u + slim, v1) for u in uprights] + [(box.u, v - slim, u1, v + slim) for v in levels]
    pieces += [(box.u, box.v, box.u + thick, v1), (u1 - thick, box.v, u1, v1), (box.u, v1 - thick, u1, v1), (box.u, box.v, u1, box.v + thick)]
    for u_low, v_low, u_high, v_high in pieces:
        canvas.polygon(face.quad(u_low + 0.015, v_low - 0.02, u_high + 0.015, v_high - 0.02, -RECESS_M), "#0c1016", 0.4)
        canvas.polygon(face.quad(u_low, v_low, u_high, v_high, -RECESS_M * 0.7), wood)
        canvas.polygon(face.quad(u_low, v_high - slim * 0.5, u_high, v_high, -RECESS_M * 0.7), times(wood, 1.12), 0.7)


def _reveal_shadow(canvas: Canvas, face: Face, box: Box) -> None:
    top = box.v + box.height
    deep = min(0.22, box.height * 0.16)
    down = canvas.linear(face.at(box.u, top), face.at(box.u, top - deep), [(0, "#10121c", 0.6), (1, "#10121c", 0)])
    canvas.polygon(face.quad(box.u, top - deep, box.u + box.width, top), down)
    side = canvas.linear(face.at(box.u, box.v), face.at(box.u + 0.12, box.v), [(0, "#10121c", 0.5), (1, "#10121c", 0)])
    canvas.polygon(face.quad(box.u, box.v, box.u + 0.12, top), side)


def _around(sheet: Sheet, face: Face, box: Box, mood: Mood, style: Style) -> None:
    tint = mood.on(face.outward)
    if style.surround:
        sheet.paint.polygon(box.corners(face, 0, style.surround + 0.025), "#14151f", 0.4)
        sheet.paint.polygon(box.corners(face, 0.02, style.surround), times(style.frame, tint))
    if style.lintel:
        top = box.v + box.height
        sheet.paint.polygon(face.quad(box.u - 0.14, top, box.u + box.width + 0.14, top + 0.24, 0.01), times(style.lintel, tint))
    for side in (-1, 1) if style.shutters else ():
        broad = box.width * 0.46
        u = box.u - broad - 0.04 if side < 0 else box.u + box.width + 0.04
        _shutter(sheet.paint, face, Box(u, box.v - 0.03, broad, box.height + 0.06), times(style.shutters, tint))


def _shutter(canvas: Canvas, face: Face, box: Box, colour: str) -> None:
    canvas.polygon(box.corners(face, 0, 0.02), "#10121a", 0.5)
    canvas.polygon(box.corners(face, 0.04), colour)
    slats = max(4, int(box.height / 0.07))
    for n in range(1, slats):
        v = box.v + 0.06 + (box.height - 0.12) * n / slats
        canvas.line([face.at(box.u + 0.06, v, 0.04), face.at(box.u + box.width - 0.06, v, 0.04)], times(colour, 0.66), face.per_metre * 0.016)


def _sill(sheet: Sheet, face: Face, box: Box, mood: Mood, style: Style) -> None:
    u0, u1, v = box.u - 0.08, box.u + box.width + 0.08, box.v
    tint = mood.on(face.outward)
    sheet.paint.polygon(face.quad(u0, v - 0.07, u1, v, 0.07), times(style.sill, tint))
    top = face.camera.outline([face.point(u0, v, 0), face.point(u1, v, 0), face.point(u1, v, 0.07), face.point(u0, v, 0.07)])
    sheet.paint.polygon(top, times(style.sill, mood.on((0, 0, 1))))
    sheet.shade(1.6).polygon(face.quad(u0 + 0.03, v - 0.22, u1 + 0.05, v - 0.07), mood.shadow, 0.75)


def _spill(sheet: Sheet, face: Face, box: Box, level: float) -> None:
    corners = box.corners(face)
    sheet.glow(14).polygon(corners, "#8a5520", 0.55 * level)
    sheet.glow(50).polygon(box.corners(face, 0, 0.15), "#7a4517", 0.6 * level)


def door(sheet: Sheet, face: Face, box: Box, mood: Mood, rng: Random, *, colour: str, frame: str = "#f3efe6", lamp: bool = True) -> None:
    """A panelled door with a light above it, a step before it."""
    rng = Random(rng.random())
    paint, tint = sheet.paint, mood.on(face.outward)
    lit = times(colour, tint)
    paint.polygon(box.corners(face, 0, 0.12), "#14151f", 0.4)
    paint.polygon(box.corners(face, 0.02, 0.1), times(frame, tint))
    paint.polygon(box.corners(face, -RECESS_M), lit)
    with paint.inside(box.corners(face)):
        for row, (low, high) in enumerate(((0.08, 0.42), (0.48, 0.72))):
            for column in range(2):
                u = box.u + box.width * (0.14 + 0.4 * column)
                panel = Box(u, box.v + box.height * low, box.width * 0.32, box.height * (high - low))
                paint.polygon(panel.corners(face, -RECESS_M, 0.02), times(lit, 0.62 if row else 0.68))
                paint.polygon(panel.corners(face, -RECESS_M), times(lit, 1.08))
        light = Box(box.u + box.width * 0.14, box.v + box.height * 0.78, box.width * 0.72, box.height * 0.16)
        pane(paint, light.corners(face, -RECESS_M), mood, rng, mood.lamps, curtains=False)
        _reveal_shadow(paint, face, box)
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


def great_window(sheet: Sheet, face: Face, box: Box, mood: Mood, rng: Random, *, panes: int, frame: str = "#2b2d31", lit: float | None = None) -> None:
    """A glass wall with the living room behind it: ceiling spots, pictures, sofas, a floor lamp."""
    rng = Random(rng.random())
    level = mood.lamps if lit is None else lit
    paint, glass = sheet.paint, box.corners(face, -RECESS_M)
    with paint.inside(box.corners(face)):
        top, foot = face.at(box.u, box.v + box.height), face.at(box.u, box.v)
        dark = [(0.0, mix("#3a444c", mood.sky[0], 0.2), 1.0), (1.0, "#20262c", 1.0)]
        paint.polygon(glass, paint.linear(top, foot, dark))
        _living(paint, face, box, 0.25 + 0.75 * level, rng)
        sky = [(0.0, mood.sky[0], 0.5), (0.7, mood.sky[2], 0.55), (1.0, mood.sky[3], 0.3)]
        shine = 1 - level * 0.82
        paint.polygon(glass, paint.linear(top, foot, [(at, colour, alpha * shine) for at, colour, alpha in sky]))
        for _ in range(panes):
            u, broad = box.u + rng.random() * box.width, rng.uniform(0.2, 0.7)
            streak = [(u, box.v + box.height), (u + broad, box.v + box.height), (u + broad - 1, box.v), (u - 1, box.v)]
            paint.polygon(face.shape(streak, -RECESS_M), "#ffffff", 0.09 * shine)
        metal = times(frame, mood.on(face.outward))
        _bars(paint, face, box, Style(frame=frame, bars=(panes, 1), thick=0.07), metal)
        _reveal_shadow(paint, face, box)
    if level > 0.2:
        sheet.glow(18).polygon(box.corners(face), "#7a4c1e", 0.5 * level)
        sheet.glow(60).polygon(box.corners(face, 0, 0.4), "#6b3d16", 0.55 * level)


def _living(paint: Canvas, face: Face, box: Box, level: float, rng: Random) -> None:
    """The far wall stands three metres behind the glass, so it shifts rightly when the viewer stands aside."""
    deep, v0, v1 = -3.0, box.v, box.v + box.height
    warm, wood = mix("#4b4a48", "#ffe0a8", level), mix("#3c3833", "#c98d4a", level)
    u0, u1 = box.u - 2, box.u + box.width + 2
    floor = face.camera.outline([face.point(u0, v0, 0), face.point(u1, v0, 0), face.point(u1, v0, deep), face.point(u0, v0, deep)])
    ceiling = face.camera.outline([face.point(u0, v1, 0), face.point(u1, v1, 0), face.point(u1, v1, deep), face.point(u0, v1, deep)])
    wall = face.quad(u0, v0, u1, v1, deep)
    paint.polygon(wall, paint.linear(face.at(u0, v1, deep), face.at(u0, v0, deep), [(0, mix(warm, "#ffffff", 0.2 * level), 1), (1, times(warm, 0.72), 1)]))
    paint.polygon(floor, wood)
    paint.polygon(ceiling, times(warm, 1.08))
    u, turn = box.u + 0.2, rng.randrange(6)
    while u < box.u + box.width:
        _furnishing(paint, face, (u, v0, v1), level, rng, ("picture", "sofa", "lamp", "shelf", "picture", "curtain")[turn % 6])
        u, turn = u + rng.uniform(0.9, 1.5), turn + 1
    for n in range(int(box.width / 1.1)):
        spot, size = face.at(box.u + 0.6 + n * 1.1, v1 - 0.02, -1.5), face.per_metre
        paint.ellipse(spot, size * 0.4, size * 0.26, paint.radial([(0, "#fffdf0", 0.95), (0.2, "#fff3cf", 0.5), (1, "#ffe3a4", 0)]), level)


def _furnishing(paint: Canvas, face: Face, at: tuple[float, float, float], level: float, rng: Random, kind: str) -> None:
    u, v0, v1 = at
    tone = mix("#24262a", rng.choice(("#7a5a3e", "#5d6b6a", "#8a6a55", "#54484a")), 0.3 + 0.6 * level)
    if kind == "sofa":
        paint.polygon(face.quad(u, v0 + 0.1, u + 1.9, v0 + 0.72, -2.2), tone, edge=tone, edge_width=face.per_metre * 0.06)
        paint.polygon(face.quad(u - 0.05, v0 + 0.1, u + 1.95, v0 + 0.42, -1.9), times(tone, 1.18), edge=times(tone, 1.18), edge_width=face.per_metre * 0.06)
    elif kind == "shelf":
        paint.polygon(face.quad(u, v0, u + 1.2, v1 - 0.4, -2.8), times(tone, 0.8))
        for row in range(5):
            for column in range(7):
                low, left = v0 + 0.1 + row * 0.42, u + 0.08 + column * 0.155
                book = rng.choice(("#c9b28a", "#a4523f", "#52707a", "#e4d6b4", "#6f7a52"))
                paint.polygon(face.quad(left, low, left + 0.11, low + rng.uniform(0.18, 0.32), -2.78), times(book, 0.35 + 0.6 * level))
    elif kind == "lamp":
        paint.line([face.at(u, v0, -2), face.at(u, v0 + 1.5, -2)], "#2b2420", face.per_metre * 0.03)
        paint.polygon(face.shape([(u - 0.22, v0 + 1.4), (u + 0.22, v0 + 1.4), (u + 0.14, v0 + 1.75), (u - 0.14, v0 + 1.75)], -2), mix(tone, "#fff4d6", level))
        paint.ellipse(face.at(u, v0 + 1.5, -2), face.per_metre * 0.9, face.per_metre * 0.9, paint.radial([(0, "#fff0c8", 0.7), (1, "#ffe0a0", 0)]), level)
    elif kind == "picture":
        paint.polygon(face.quad(u, v0 + 1.1, u + 0.9, v0 + 1.8, -2.95), times("#f4eee2", 0.4 + 0.6 * level))
        paint.polygon(face.quad(u + 0.1, v0 + 1.2, u + 0.8, v0 + 1.7, -2.94), tone)
    else:
        for fold in range(6):
            paint.polygon(face.quad(u + fold * 0.1, v0, u + fold * 0.1 + 0.1, v1, -0.25), times("#efe6d6", (0.45 + 0.5 * level) * (0.86 if fold % 2 else 1)), 0.9)
