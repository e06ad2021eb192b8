"""The shell of a room: floor, walls, ceiling, windows, and the daylight that comes through them.

The room lies between x = -width/2 and width/2, y = 0 (open to the viewer) and y = depth. Daylight comes from one side.
"""

from random import Random

import msgspec
import pyvips

from api.demo import ground, light, walls
from api.demo.camera import Camera, Face, Vec, flank, front, level
from api.demo.canvas import Canvas, Point
from api.demo.light import Sheet
from api.demo.openings import Box
from api.demo.palette import Rgb, mix, times, vary
from api.demo.sky import MOODS


class Daylight(msgspec.Struct, frozen=True):
    """Light in a room: factors on what faces up, the viewer, the windows and away from them; what is seen outside; sun patches and lamps 0..1."""

    up: float = 1.0
    viewer: float = 0.84
    towards: float = 0.95
    away: float = 0.62
    tint: Rgb = (1, 0.99, 0.97)
    outside: tuple[str, str, str] = ("#cfe3f4", "#e6f0ee", "#8fb878")
    sun: float = 1.0
    sun_colour: str = "#b5834a"
    lamps: float = 0.0
    shadow: str = "#55505a"
    mood: str = "morning"


DAYLIGHTS = {
    "bright": Daylight(),
    "soft": Daylight(sun=0.0, tint=(0.98, 0.99, 1.01), outside=("#e6edf1", "#f3f5f3", "#c9d6c4"), viewer=0.86, away=0.7, mood="overcast"),
    "golden": Daylight(tint=(1.04, 0.95, 0.83), outside=("#f7d9b0", "#ffe9c4", "#cdb277"), sun=1.25, sun_colour="#c9822f", lamps=0.35, viewer=0.78, mood="golden"),
    "evening": Daylight(
        up=0.72, viewer=0.66, towards=0.6, away=0.56, tint=(1.06, 0.9, 0.74), outside=("#2b3a6c", "#59598f", "#2c3a44"), sun=0.0, lamps=1.0, shadow="#3a3038", mood="dusk",
    ),
}


class Room(msgspec.Struct, frozen=True):
    """A room and where the viewer stands in it. `window_side` -1 is left, 1 right."""

    camera: Camera
    daylight: Daylight
    width: float = 5.6
    depth: float = 5.4
    height: float = 2.75
    window_side: int = -1

    @property
    def back(self) -> Face:
        """The far wall."""
        return front(self.camera, -self.width / 2, self.depth, 0, self.width, self.height)

    def side(self, which: int) -> Face:
        """The left (-1) or right (1) wall; u runs away from the viewer, from one metre behind y = 0."""
        return flank(self.camera, which * self.width / 2, -1.5, 0, self.depth + 1.5, self.height, looks=-which)

    @property
    def floor(self) -> Face:
        """From one and a half metres before the room, so that it fills the lower edge."""
        return level(self.camera, -self.width / 2, -1.5, 0, self.width, self.depth + 1.5)

    @property
    def ceiling(self) -> Face:
        """As the floor."""
        return level(self.camera, -self.width / 2, -1.5, self.height, self.width, self.depth + 1.5, looks=-1)

    def on(self, normal: Vec) -> Rgb:
        """Light on a surface with this outward normal, factor per channel."""
        d = self.daylight
        if normal[2] > 0.5:
            strength = d.up
        elif normal[0] * self.window_side > 0.5:
            strength = d.towards
        else:
            strength = d.away if abs(normal[0]) > 0.5 else d.viewer
        if normal[2] < -0.5:
            strength = d.up * 0.5
        r, g, b = d.tint
        return r * strength, g * strength, b * strength


def boards(canvas: Canvas, face: Face, lit: Rgb, rng: Random, *, colour: str, wide: float = 0.17) -> None:
    """A plank floor whose boards run away from the viewer, with fibres and an occasional knot."""
    for column in range(int(face.width / wide) + 1):
        u0, u1 = column * wide, min(face.width, (column + 1) * wide - 0.004)
        v = -rng.uniform(0, 1.6)
        canvas.polygon(face.quad(u0, 0, min(face.width, u0 + wide), face.height), times(colour, (lit[0] * 0.45, lit[1] * 0.42, lit[2] * 0.4)))
        while v < face.height:
            length = rng.uniform(1.1, 2.2)
            low, high = max(0.0, v), min(face.height, v + length - 0.006)
            tone = times(vary(rng, colour, 0.1), lit)
            if high > low and u1 > u0:
                canvas.polygon(face.quad(u0, low, u1, high), tone)
                for _ in range(4):
                    u = rng.uniform(u0 + 0.01, max(u0 + 0.011, u1 - 0.01))
                    grain = face.shape([(u, low), (u + rng.uniform(-0.01, 0.01), high), (u, high), (u, low)])[:2]
                    canvas.line(grain, times(tone, rng.choice((0.84, 0.9, 1.08))), 0.9, 0.55)
            v += length


def tiles(canvas: Canvas, face: Face, lit: Rgb, rng: Random, *, colour: str, size: float = 0.6, joint: str = "#b9b4ac", spread: float = 0.03, rows: float | None = None) -> None:
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
                canvas.polygon(face.quad(max(0.0, u0), v1 - tall * 0.1, u1, v1), times(tone, 1.08), 0.6)


def paint_wall(room: Room, sheet: Sheet, face: Face, finish: str, rng: Random) -> None:
    """A finish is a colour (`#rrggbb`), the name of a wall material, or `tiles:#rrggbb`."""
    lit = room.on(face.outward)
    if finish.startswith("#"):
        walls.plaster(sheet.paint, face, lit, rng, colour=finish, worn=0.012)
    elif finish.startswith("tiles:"):
        tiles(sheet.paint, face, lit, rng, colour=finish[6:], size=0.3, rows=0.1, joint="#d9d6cf")
    else:
        walls.MATERIALS[finish](sheet.paint, face, lit, rng)


def shell(room: Room, sheet: Sheet, rng: Random, *, floor: str, wall: str, feature: str, ceiling: str = "#f6f3ec") -> None:
    """Paint floor (`boards:`, `tiles:` or `plain:` and a colour), side walls, far wall (`feature`) and ceiling, with skirting and corner shade."""
    kind, colour = floor.split(":")
    lit = room.on((0, 0, 1))
    if kind == "boards":
        boards(sheet.paint, room.floor, lit, rng, colour=colour)
    elif kind == "tiles":
        tiles(sheet.paint, room.floor, lit, rng, colour=colour)
    else:
        walls.plaster(sheet.paint, room.floor, lit, rng, colour=colour, worn=0.05)
    sheet.paint.polygon(room.ceiling.whole, times(ceiling, tuple(c * 1.08 for c in room.on((0, -1, 0)))))  # type: ignore[arg-type]  # stays a triple
    for face, finish in ((room.side(-1), wall), (room.side(1), wall), (room.back, feature)):
        paint_wall(room, sheet, face, finish, rng)
        sheet.paint.polygon(face.quad(0, 0, face.width, 0.11, 0.015), times("#f4f1ea", room.on(face.outward)))
        sheet.paint.line([face.at(max(0, 1.6 if abs(face.outward[0]) else 0), 0.11, 0.015), face.at(face.width, 0.11, 0.015)], "#3a3630", 0.8, 0.4)
    _gradients(room, sheet)
    _corners(room, sheet)


def _gradients(room: Room, sheet: Sheet) -> None:
    """Light thins out with the distance from the windows."""
    dark, side = room.daylight.shadow, room.window_side
    strong = 0.4 if room.daylight.lamps < 0.9 else 0.25
    for face in (room.back, room.floor, room.ceiling):
        bright, dim = face.width * (side > 0), face.width * (side < 0)
        stops = [(0.0, "#ffffff", 0.1 * (1 - room.daylight.lamps)), (0.35, dark, 0.0), (1.0, dark, strong * (0.45 if face.outward[2] < 0 else 1))]
        v = face.height / 2
        sheet.paint.polygon(face.whole, sheet.paint.linear(face.at(bright, v), face.at(dim, v), stops))


def _corners(room: Room, sheet: Sheet) -> None:
    w, d, h = room.width / 2, room.depth, room.height
    seams: list[list[Vec]] = [
        [(-w, d, 0), (w, d, 0)], [(-w, d, h), (w, d, h)], [(-w, d, 0), (-w, d, h)], [(w, d, 0), (w, d, h)],
        [(-w, -0.5, 0), (-w, d, 0)], [(w, -0.5, 0), (w, d, 0)], [(-w, -0.5, h), (-w, d, h)], [(w, -0.5, h), (w, d, h)],
    ]
    for seam in seams:
        for blur, width, alpha in ((8, 16, 0.35), (30, 70, 0.4)):
            sheet.shade(blur).line([room.camera.at(p) for p in seam], room.daylight.shadow, width, alpha)


def opening(room: Room, sheet: Sheet, face: Face, box: Box, rng: Random, *, bars: tuple[int, int] = (2, 1), frame: str = "#f4f1ea") -> None:
    """A window seen from inside: the view, frame, sill, its halo, and the sun it lets onto the floor."""
    d, paint = room.daylight, sheet.paint
    whole = box.corners(face)
    wood = times(frame, room.on(face.outward) if face.outward[1] else tuple(c * 0.9 for c in room.on((0, -1, 0))))  # type: ignore[arg-type]  # stays a triple
    paint.polygon(box.corners(face, 0, 0.09), times(wood, 0.94), edge="#6e675c", edge_width=0.6)
    with paint.inside(whole):
        _view(room, paint, whole, rng)
        across, up = bars
        for n in range(across + 1):
            u = box.u + box.width * n / across
            paint.polygon(face.quad(u - 0.035, box.v, u + 0.035, box.v + box.height), times(wood, 0.86))
            paint.polygon(face.quad(u + 0.015, box.v, u + 0.035, box.v + box.height), times(wood, 0.66))
        for n in range(up + 1):
            v = box.v + box.height * n / up
            paint.polygon(face.quad(box.u, v - 0.035, box.u + box.width, v + 0.035), times(wood, 0.9))
            paint.polygon(face.quad(box.u, v - 0.035, box.u + box.width, v - 0.015), times(wood, 0.66))
    if box.v > 0.3:
        sill = [face.point(box.u - 0.12, box.v - 0.09, 0), face.point(box.u + box.width + 0.12, box.v - 0.09, 0)]
        sill += [face.point(box.u + box.width + 0.12, box.v - 0.09, 0.16), face.point(box.u - 0.12, box.v - 0.09, 0.16)]
        paint.polygon(room.camera.outline(sill), times(frame, room.on((0, 0, 1))))
    if d.lamps < 0.9:
        sheet.glow(22).polygon(whole, mix(d.outside[1], "#000000", 0.62))
        sheet.glow(90).polygon(whole, mix(d.outside[1], "#000000", 0.66))
    if d.sun:
        _sun_patches(room, sheet, face, box, bars)
        if not face.outward[1]:
            _wall_light(room, sheet, box, bars)


def _view(room: Room, paint: Canvas, whole: list[Point], rng: Random) -> None:
    """Bright and out of focus: sky, and the tops of trees."""
    xs, ys = [p[0] for p in whole], [p[1] for p in whole]
    left, wide, top, foot = min(xs), max(xs) - min(xs), min(ys), max(ys)
    sky, low, green = room.daylight.outside
    paint.polygon(whole, paint.linear((left, top), (left, foot), [(0, sky, 1), (0.6, low, 1), (1, mix(low, green, 0.6), 1)]))
    for _ in range(26):
        x, rise, size = left + rng.random() * wide, rng.random() ** 1.6 * 0.5, (foot - top) * rng.uniform(0.08, 0.2)
        tone = vary(rng, mix(green, low, rise), 0.1)
        paint.ellipse((x, foot - rise * (foot - top)), size, size * 0.9, paint.radial([(0, tone, 0.75), (0.6, tone, 0.5), (1, tone, 0)]))
    if room.daylight.lamps > 0.9:
        for _ in range(24):
            at = (left + rng.random() * wide, foot - rng.random() ** 2 * 0.5 * (foot - top))
            paint.ellipse(at, 4, 4, paint.radial([(0, rng.choice(("#ffd890", "#ffe9c0", "#ffb878")), 0.9), (0.7, "#ffd890", 0.5), (1, "#ffd890", 0)]))


def _sun_patches(room: Room, sheet: Sheet, face: Face, box: Box, bars: tuple[int, int]) -> None:
    """Each pane is thrown along the sun's ray onto the floor; the bars stay dark between the patches."""
    ray = (-room.window_side * 0.78, -0.34, -0.95) if not face.outward[1] else (0.3 * -room.window_side, -1.0, -0.95)
    across, up = bars
    for column in range(across):
        for row in range(up):
            u0, v0 = box.u + box.width * column / across + 0.05, box.v + box.height * row / up + 0.05
            u1, v1 = u0 + box.width / across - 0.1, v0 + box.height / up - 0.1
            cast = [_landed(face.point(u, v), ray) for u, v in ((u0, v0), (u1, v0), (u1, v1), (u0, v1))]
            edge = room.width / 2
            kept = [(min(edge, max(-edge, x)), min(room.depth, y), z) for x, y, z in cast]
            for blur, strength in ((2.5, 0.62), (26, 0.3)):
                sheet.glow(blur).polygon(room.camera.outline(kept), room.daylight.sun_colour, min(1.0, strength * room.daylight.sun))


def _wall_light(room: Room, sheet: Sheet, box: Box, bars: tuple[int, int]) -> None:
    """The same window, faint and stretched, high on the wall across the room: light that came back from a bright yard."""
    wall = room.side(-room.window_side)
    across, up = bars
    for column in range(across):
        for row in range(up):
            u0, v0 = box.u + 0.3 + box.width * column / across, 0.55 + box.v * 0.5 + box.height * 0.75 * row / up
            u1, v1 = u0 + box.width / across - 0.07, v0 + box.height * 0.75 / up - 0.07
            shape = wall.shape([(u0, v0), (u1, v0 - 0.12), (u1, v1 - 0.12), (u0, v1)])
            for blur, strength in ((5, 0.34), (34, 0.2)):
                sheet.glow(blur).polygon(shape, room.daylight.sun_colour, strength * room.daylight.sun)


def _landed(p: Vec, ray: Vec) -> Vec:
    time = -p[2] / ray[2]
    return p[0] + ray[0] * time, p[1] + ray[1] * time, 0.0


def polish(picture: pyvips.Image, room: Room, strength: float) -> pyvips.Image:
    """The floor mirrors the far wall a little; do this before any furniture stands on it."""
    frame, area = room.camera.frame, Canvas(room.camera.frame)
    area.polygon(room.floor.whole, "#ffffff", strength)
    ripple = ground.noise(room.camera, cell_m=0.06, seed=2)
    line = room.camera.at((0, room.depth, 0))[1]
    return ground.mirror(picture, frame, line, area, ripple=ripple, tint=[(0, "#ffffff", 0.0), (1, "#806a58", 0.2)], sway=3)


def finish(picture: pyvips.Image, room: Room, seed: int) -> pyvips.Image:
    """The interior photographer's print: bright, gentle contrast, a little bloom, fine grain."""
    frame, d = room.camera.frame, room.daylight
    picture = light.bloom(picture, frame, radius=14, strength=0.13, above=190 if d.lamps < 0.9 else 165).copy_memory()
    picture = light.grade(picture, tint=MOODS[d.mood].tint, contrast=0.2, lift=7, gamma=0.86)
    return light.grain(light.vignette(picture, 0.16), frame, 6, seed)
