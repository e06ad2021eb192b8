"""Town: terraces of narrow houses on a street, and an apartment tower."""

from random import Random

import msgspec
import pyvips

from api.demo import ground, light, setting, sky, walls
from api.demo.camera import Camera, Face, flank, front
from api.demo.canvas import Canvas, Frame
from api.demo.light import Sheet
from api.demo.openings import Box, Style, door, pane, window
from api.demo.palette import mix, times, vary
from api.demo.sky import MOODS, Mood


class Street(msgspec.Struct, frozen=True):
    """A terrace seen from across the street; `fronts` are (material, door colour, gable) from left to right, or one tower."""

    mood: str
    fronts: tuple[tuple[str, str, str], ...] = ()
    tower: bool = False
    tall: bool = False
    leaves: str = setting.GREEN
    floors: int = 12
    material: str = "concrete"
    mirrored: bool = False
    seed: int = 1


def street(frame: Frame, plan: Street) -> pyvips.Image:
    """The finished photo, RGB."""
    rng, mood = Random(plan.seed), MOODS[plan.mood]
    picture = _tower(frame, mood, rng, plan) if plan.tower else _terrace(frame, mood, rng, plan)
    picture = setting.finish(picture, frame, mood, plan.seed)
    return picture.fliphor() if plan.mirrored else picture


HOUSE_M, FLOOR_M = 5.4, 3.0


def _terrace(frame: Frame, mood: Mood, rng: Random, plan: Street) -> pyvips.Image:
    camera = Camera(frame, (3.2, -11.0, 1.7), -0.2, focal=0.8, horizon=0.74)
    far = setting.distant(camera)
    picture = light.over(sky.sky(far.frame, mood, camera.horizon, plan.seed), ground.field(far, mood, "#77757a", rough=0.14, cell_m=0.03, seed=3))
    picture = _road(light.fit(picture, pyvips.Image.black(*frame.size)), camera, mood, rng)
    sheet = Sheet(frame)
    for index, (material, colour, gable) in enumerate(plan.fronts):
        _narrow_house(sheet, camera, mood, rng, (-17 + index * HOUSE_M, material, colour, gable))
    picture = sheet.over(picture)
    picture = setting.grove(picture, camera, mood, rng, [(-9.0, 0.6, 6.4), (5.4, 0.6, 6.4)], colour=plan.leaves)
    sheet = Sheet(frame)
    for x in (-2.4, 9.6):
        _street_lamp(sheet, camera, mood, x)
    return setting.near_leaves(sheet.over(picture), frame, mood, rng, colour=plan.leaves, left=False)


def _road(picture: pyvips.Image, camera: Camera, mood: Mood, rng: Random) -> pyvips.Image:
    sheet = Sheet(camera.frame)
    ground.paving(sheet.paint, camera, mood, rng, (-30, -0.6, 24, 4.0), colour="#c2b9ab", slab=0.6, z=0.12)
    kerb = front(camera, -30, -0.6, 0, 54, 0.12)
    sheet.paint.polygon(kerb.whole, times("#9a948a", mood.on((0, -1, 0))))
    sheet.shade(3).polygon(camera.outline([(-30, -0.6, 0), (24, -0.6, 0), (24, -0.9, 0), (-30, -0.9, 0)]), mood.shadow, 0.6)
    sheet.shade(8).polygon(camera.outline([(-30, 4, 0.12), (24, 4, 0.12), (24, 2.6, 0.12), (-30, 2.6, 0.12)]), "#5f6378", 0.7)
    return sheet.over(picture)


def _narrow_house(sheet: Sheet, camera: Camera, mood: Mood, rng: Random, what: tuple[float, str, str, str]) -> None:
    x, material, colour, gable = what
    floors = 3
    tall = floors * FLOOR_M + rng.choice((0.0, 0.25, 0.5))
    face = front(camera, x, 4.0, 0.12, HOUSE_M, tall)
    _top(sheet, face, mood, rng, (material, gable))
    walls.MATERIALS[material](sheet.paint, face, mood.on(face.outward), rng)
    walls.ambient(sheet.paint, face, top=0.18 if gable == "cornice" else 0.0)
    plinth = "#8d8a86"
    sheet.paint.polygon(face.quad(0, 0, HOUSE_M, 0.5, 0.03), times(plinth, mood.on(face.outward)))
    style = Style(bars=(2, 3), lintel="#e4dccb" if "brick" in material else "", surround=0.1 if "plaster" in material else 0.0, thick=0.07)
    for floor in range(floors):
        v = floor * FLOOR_M + (0.95 if floor else 1.0)
        for column, u in enumerate((0.55, 2.2, 3.85)):
            if floor == 0 and column == 2:
                door(sheet, face, Box(u, 0.16, 1.05, 2.3), mood, rng, colour=colour)
            else:
                window(sheet, face, Box(u, v, 1.0, 1.75 - 0.18 * floor), mood, style, rng)
    steps = face.camera
    for n in range(2):
        step = front(steps, x + 3.65, 3.4 + 0.3 * n, 0.12, 1.45, 0.09 * (n + 1))
        sheet.paint.polygon(step.whole, times("#b9b2a6", mood.on(face.outward)))
        flat = [(x + 3.65, 3.4 + 0.3 * n, 0.12 + 0.09 * (n + 1)), (x + 5.1, 3.4 + 0.3 * n, 0.12 + 0.09 * (n + 1)), (x + 5.1, 4.0, 0.12 + 0.09 * (n + 1)), (x + 3.65, 4.0, 0.12 + 0.09 * (n + 1))]
        sheet.paint.polygon(steps.outline(flat), times("#cfc8bb", mood.on((0, 0, 1))))
    sheet.paint.line([face.at(0.02, 0), face.at(0.02, tall)], "#1a1c26", face.per_metre * 0.04, 0.5)
    sheet.paint.line([face.at(HOUSE_M - 0.1, 0.1, 0.05), face.at(HOUSE_M - 0.1, tall, 0.05)], times("#7d7f83", mood.on(face.outward)), face.per_metre * 0.09)


def _top(sheet: Sheet, face: Face, mood: Mood, rng: Random, what: tuple[str, str]) -> None:
    """What the house wears: a stepped gable, a bell, or a cornice with a slate roof behind."""
    material, gable = what
    w, h = face.width, face.height
    stone = times("#ece4d4", mood.on(face.outward))
    shapes = {
        "step": [(0, h), (0, h + 0.7), (0.9, h + 0.7), (0.9, h + 1.5), (1.8, h + 1.5), (1.8, h + 2.3), (w - 1.8, h + 2.3), (w - 1.8, h + 1.5), (w - 0.9, h + 1.5), (w - 0.9, h + 0.7), (w, h + 0.7), (w, h)],
        "bell": [(0, h), (0.2, h + 0.5), (1.0, h + 0.9), (1.5, h + 1.8), (1.7, h + 2.3), (w / 2, h + 2.9), (w - 1.7, h + 2.3), (w - 1.5, h + 1.8), (w - 1.0, h + 0.9), (w - 0.2, h + 0.5), (w, h)],
        "cornice": [(0, h), (0.0, h + 0.1), (0.5, h + 1.9), (w - 0.5, h + 1.9), (w, h + 0.1), (w, h)],
    }
    shape = shapes[gable]
    if gable == "cornice":
        slate = times("#565a66", mood.on((0, -0.8, 0.6)))
        sheet.paint.polygon(face.shape(shape), slate)
        for n in range(10):
            sheet.paint.line(face.shape([(0.05 * n, h + 0.1 + 0.19 * n), (w - 0.05 * n, h + 0.1 + 0.19 * n), (w, h)])[:2], times(slate, 0.7), 1.0)
        for u in (1.2, w - 2.2):
            dormer = msgspec.structs.replace(face, origin=face.point(0, 0, 0.2))
            sheet.paint.polygon(dormer.quad(u - 0.1, h + 0.2, u + 1.1, h + 1.7), stone)
            window(sheet, dormer, Box(u, h + 0.3, 1.0, 1.2), mood, Style(bars=(2, 2)), rng)
        sheet.paint.polygon(face.quad(-0.1, h - 0.05, w + 0.1, h + 0.22, 0.2), stone)
        sheet.shade(2).polygon(face.quad(0, h - 0.4, w, h - 0.05), mood.shadow, 0.7)
        return
    whole = msgspec.structs.replace(face, origin=face.point(0, h - 0.05), height=3.1)
    with sheet.paint.inside(face.shape(shape)):
        walls.MATERIALS[material](sheet.paint, whole, mood.on(face.outward), rng)
    outline = face.shape(shape)
    sheet.paint.line(outline, stone, face.per_metre * 0.16)
    window(sheet, face, Box(w / 2 - 0.5, h + 0.45, 1.0, 1.25), mood, Style(bars=(2, 2), surround=0.08), rng)


def _street_lamp(sheet: Sheet, camera: Camera, mood: Mood, x: float) -> None:
    foot, top = (x, 0.0, 0.12), (x, 0.0, 3.6)
    size = camera.per_metre(foot)
    sheet.paint.line([camera.at(foot), camera.at(top)], "#23262b", size * 0.07)
    sheet.paint.line([camera.at(foot), camera.at((x, 0, 0.8))], "#23262b", size * 0.13)
    at = camera.at((x, 0, 3.85))
    lamp = front(camera, x - 0.18, 0, 3.6, 0.36, 0.5)
    sheet.paint.polygon(lamp.shape([(0.06, 0), (0.3, 0), (0.36, 0.4), (0, 0.4)]), mix("#c9cdd0", "#fff0c4", mood.lamps))
    sheet.paint.polygon(lamp.shape([(-0.04, 0.4), (0.4, 0.4), (0.18, 0.62)]), "#23262b")
    if mood.lamps > 0.3:
        for blur, radius in ((5, 0.3), (30, 1.6)):
            sheet.glow(blur).ellipse(at, size * radius, size * radius, "#a87838", mood.lamps)
    sheet.shade(2).polygon(ground.disc(camera, x, 0, 0.3, 0.12), "#4a4c58", 0.8)


def _tower(frame: Frame, mood: Mood, rng: Random, plan: Street) -> pyvips.Image:
    upright = frame.height > frame.width
    camera = Camera(frame, (11.0, -34.0 if upright else -38.0, 1.8), -0.34, focal=0.95 if upright else 0.72, horizon=0.86)
    far = setting.distant(camera)
    picture = _city(sky.sky(far.frame, mood, camera.horizon, plan.seed), far, mood, rng)
    picture = light.over(picture, ground.field(far, mood, "#6d7078", rough=0.12, cell_m=0.05, seed=3))
    picture = light.fit(picture, pyvips.Image.black(*frame.size)).copy_memory()
    sheet = Sheet(frame)
    ground.cast(sheet.shade(6), camera, mood, [(x, y, z) for x in (-9.0, 9.0) for y in (0.0, 14.0) for z in (0.0, 30.0)], alpha=0.5)
    ground.paving(sheet.paint, camera, mood, rng, (-24, -6, 24, 0), colour="#a8a49c", slab=1.5, z=0.02)
    picture = sheet.over(picture)
    sheet = Sheet(frame)
    face = front(camera, -9, 0, 0, 18, plan.floors * 3.1 + 1)
    side = flank(camera, 9, 0, 0, 13, face.height, looks=1)
    for wall in (side, face):
        walls.MATERIALS[plan.material](sheet.paint, wall, mood.on(wall.outward), rng)
    for floor in range(plan.floors):
        _storey(sheet, face, mood, rng, floor, balconies=True)
        _storey(sheet, side, mood, rng, floor, balconies=False)
    for wall in (side, face):
        walls.ambient(sheet.paint, wall, foot=0.3, top=0.15)
        sheet.paint.polygon(wall.quad(-0.2, wall.height - 0.3, wall.width + 0.2, wall.height + 0.5, 0.2), times("#d0ccc4", mood.on(wall.outward)))
    picture = sheet.over(picture)
    picture = setting.grove(picture, camera, mood, rng, [(-13, -3, 8), (13.5, -5, 7), (-4, -5, 5.5), (5, -5.5, 5)], colour=plan.leaves)
    return _wet_street(picture, camera, mood)


def _storey(sheet: Sheet, wall: Face, mood: Mood, rng: Random, floor: int, *, balconies: bool) -> None:
    base, tint = floor * 3.1 + 0.6, mood.on(wall.outward)
    slab = times("#d9d5cc", tint)
    bays = int(wall.width / 3)
    home = [rng.random() < 0.62 for _ in range(bays)]
    for bay in range(bays):
        u = bay * wall.width / bays + 0.35
        level = mood.lamps * (rng.choice((0.75, 0.9, 1.0)) if home[bay] else 0.08)
        broad = wall.width / bays - 0.7
        for part in range(2):
            glass = wall.quad(u + part * broad / 2, base, u + (part + 1) * broad / 2 - 0.06, base + 2.35)
            pane(sheet.paint, glass, mood, rng, level, curtains=part == 0)
        if level > 0.4:
            sheet.glow(14).polygon(wall.quad(u, base, u + broad, base + 2.3), "#6b4318", 0.4)
    sheet.paint.polygon(wall.quad(0, base + 2.38, wall.width, base + 2.62, 0.05), slab)
    if balconies and floor:
        for bay in range(bays):
            if (bay + floor) % 3 != 1:
                _terrace_rail(sheet, wall, mood, (bay * wall.width / bays + 0.15, base - 0.3, wall.width / bays - 0.3))


def _terrace_rail(sheet: Sheet, wall: Face, mood: Mood, at: tuple[float, float, float]) -> None:
    u, v, broad = at
    tint, out = mood.on(wall.outward), 1.3
    under = wall.camera.outline([wall.point(u, v, 0), wall.point(u + broad, v, 0), wall.point(u + broad, v, out), wall.point(u, v, out)])
    sheet.paint.polygon(under, times("#b9b5ad", tuple(c * 0.75 for c in mood.ambient)))  # type: ignore[arg-type]  # stays a triple
    sheet.paint.polygon(wall.quad(u, v, u + broad, v + 0.24, out), times("#e2ded6", tint))
    glass = wall.quad(u, v + 0.24, u + broad, v + 1.15, out)
    sheet.paint.polygon(glass, sheet.paint.linear(wall.at(u, v + 1.2, out), wall.at(u, v, out), [(0, mood.sky[2], 0.34), (1, mood.sky[1], 0.16)]))
    sheet.paint.line([wall.at(u, v + 1.15, out), wall.at(u + broad, v + 1.15, out)], times("#c9ccd0", tint), 1.2)


def _city(picture: pyvips.Image, camera: Camera, mood: Mood, rng: Random) -> pyvips.Image:
    """Blocks at the horizon in two depths, with the lit windows of strangers."""
    frame, sheet = camera.frame, Sheet(camera.frame)
    base = camera.horizon * frame.height
    for depth, tallest in ((0.72, 0.4), (0.42, 0.26)):
        x = -30.0
        while x < frame.width:
            wide, high = rng.uniform(50, 130), frame.height * tallest * rng.uniform(0.35, 1)
            tone = mix(times(vary(rng, "#8a8f9c", 0.12), mood.on((0, -1, 0))), mood.haze, depth)
            sheet.paint.polygon([(x, base), (x, base - high), (x + wide, base - high), (x + wide, base)], tone)
            for row in range(int(high / 11)):
                for column in range(int(wide / 9)):
                    if rng.random() < 0.1 + 0.32 * mood.lamps:
                        spot = (x + 3 + column * 9, base - high + 5 + row * 11)
                        lit = mix(mix(tone, "#1c2430", 0.25), rng.choice(("#ffd58a", "#ffe4b0", "#cfe0ff")), mood.lamps * (1 - depth * 0.5))
                        sheet.paint.polygon([spot, (spot[0] + 4, spot[1]), (spot[0] + 4, spot[1] + 6), (spot[0], spot[1] + 6)], lit)
            x += wide + rng.uniform(-12, 26)
    return light.over(sheet.over(picture), light.haze(frame, mood.haze, level=camera.horizon, spread=0.16, strength=0.55)).copy_memory()


def _wet_street(picture: pyvips.Image, camera: Camera, mood: Mood) -> pyvips.Image:
    frame, area = camera.frame, Canvas(camera.frame)
    area.polygon(camera.outline([(-80, -6.2, 0), (80, -6.2, 0), (80, -60, 0), (-80, -60, 0)]), "#ffffff", 0.62)
    ripple = ground.noise(camera, cell_m=0.25, seed=6, stretch=2)
    asphalt = times("#4a4d55", mood.on((0, 0, 1)))
    line = camera.at((0, -3, 0))[1]
    picture = ground.mirror(picture, frame, line, area, ripple=ripple, tint=[(0, asphalt, 0.35), (1, asphalt, 0.7)], sway=10)
    sheet = Sheet(frame)
    for x in (-16.0, -7.0, 3.5, 12.5):
        _street_lamp(sheet, msgspec.structs.replace(camera, stand=(camera.stand[0], camera.stand[1] + 6, camera.stand[2])), mood, x)
    return sheet.over(picture)


PLANS = {
    "houses/brick-townhouses": Street(
        "morning", (("dark brick", "#2f4a5c", "cornice"), ("red brick", "#39543f", "step"), ("pale brick", "#7a2f2f", "cornice"), ("red brick", "#23364f", "bell"), ("dark brick", "#a8782f", "step"), ("red brick", "#2f4a3a", "cornice")),
        seed=4,
    ),
    "houses/harbour-row": Street(
        "overcast", (("sand plaster", "#39543f", "bell"), ("rose plaster", "#f0ece2", "step"), ("sea plaster", "#7a2f2f", "bell"), ("ochre plaster", "#23364f", "step"), ("white plaster", "#3c6a7a", "bell"), ("sea plaster", "#a8482f", "cornice")),
        mirrored=True, seed=12,
    ),
    "houses/night-tower": Street("night", tower=True, tall=True, seed=6, leaves="#4f6a48"),
    "houses/garden-block": Street("golden", tower=True, floors=7, material="pale brick", seed=15, mirrored=True),
}
"""Photos that this file draws, by public id."""
