"""A row of narrow houses on a street."""

from random import Random

import msgspec
import pyvips

from api.demo import ground, light, planting, setting, sky, walls
from api.demo.camera import Camera, Face, front
from api.demo.canvas import Frame
from api.demo.light import Sheet
from api.demo.openings import Box, Style, door, window
from api.demo.palette import mix, times
from api.demo.sky import Mood

HOUSE_M, FLOOR_M = 5.4, 3.0


def terrace(
    frame: Frame, mood: Mood, rng: Random, fronts: tuple[tuple[str, str, str], ...], leaves: str
) -> pyvips.Image:
    camera = Camera(frame, (3.2, -11.0, 1.7), -0.2, focal=0.8, horizon=0.74)
    far = setting.distant(camera)
    picture = light.over(
        sky.sky(far.frame, mood, camera.horizon, rng.randrange(99)),
        ground.field(far, mood, "#77757a", rough=0.14, cell_m=0.03, seed=3),
    )
    picture = _road(light.fit(picture, pyvips.Image.black(*frame.size)), camera, mood, rng)
    sheet = Sheet(frame)
    for index, (material, colour, gable) in enumerate(fronts):
        _narrow_house(sheet, camera, mood, rng, (-17 + index * HOUSE_M, material, colour, gable))
    picture = sheet.over(picture)
    picture = planting.grove(
        picture, camera, mood, rng, [(-10.6, 0.6, 5.2), (6.3, 0.6, 5.4)], colour=leaves
    )
    sheet = Sheet(frame)
    for x in (-2.4, 9.6):
        street_lamp(sheet, camera, mood, x)
    return planting.near_leaves(sheet.over(picture), frame, mood, rng, colour=leaves, left=False)


def _road(picture: pyvips.Image, camera: Camera, mood: Mood, rng: Random) -> pyvips.Image:
    sheet = Sheet(camera.frame)
    ground.paving(
        sheet.paint, camera, mood, rng, (-30, -0.6, 24, 4.0), colour="#c2b9ab", slab=0.6, z=0.12
    )
    kerb = front(camera, -30, -0.6, 0, 54, 0.12)
    sheet.paint.polygon(kerb.whole, times("#9a948a", mood.on((0, -1, 0))))
    sheet.shade(3).polygon(
        camera.outline([(-30, -0.6, 0), (24, -0.6, 0), (24, -0.9, 0), (-30, -0.9, 0)]),
        mood.shadow,
        0.6,
    )
    sheet.shade(8).polygon(
        camera.outline([(-30, 4, 0.12), (24, 4, 0.12), (24, 2.6, 0.12), (-30, 2.6, 0.12)]),
        "#5f6378",
        0.7,
    )
    return sheet.over(picture)


def _narrow_house(
    sheet: Sheet, camera: Camera, mood: Mood, rng: Random, what: tuple[float, str, str, str]
) -> None:
    x, material, colour, gable = what
    floors = 3
    tall = floors * FLOOR_M + rng.choice((0.0, 0.25, 0.5))
    face = front(camera, x, 4.0, 0.12, HOUSE_M, tall)
    _top(sheet, face, mood, rng, (material, gable))
    walls.MATERIALS[material](sheet.paint, face, mood.on(face.outward), rng)
    walls.ambient(sheet.paint, face, top=0.18 if gable == "cornice" else 0.0)
    plinth = "#8d8a86"
    sheet.paint.polygon(face.quad(0, 0, HOUSE_M, 0.5, 0.03), times(plinth, mood.on(face.outward)))
    style = Style(
        bars=(2, 3),
        lintel="#e4dccb" if "brick" in material else "",
        surround=0.1 if "plaster" in material else 0.0,
        thick=0.07,
    )
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
        flat = [
            (x + 3.65, 3.4 + 0.3 * n, 0.12 + 0.09 * (n + 1)),
            (x + 5.1, 3.4 + 0.3 * n, 0.12 + 0.09 * (n + 1)),
            (x + 5.1, 4.0, 0.12 + 0.09 * (n + 1)),
            (x + 3.65, 4.0, 0.12 + 0.09 * (n + 1)),
        ]
        sheet.paint.polygon(steps.outline(flat), times("#cfc8bb", mood.on((0, 0, 1))))
    sheet.paint.line([face.at(0.02, 0), face.at(0.02, tall)], "#1a1c26", face.per_metre * 0.04, 0.5)
    sheet.paint.line(
        [face.at(HOUSE_M - 0.1, 0.1, 0.05), face.at(HOUSE_M - 0.1, tall, 0.05)],
        times("#7d7f83", mood.on(face.outward)),
        face.per_metre * 0.09,
    )


def _top(sheet: Sheet, face: Face, mood: Mood, rng: Random, what: tuple[str, str]) -> None:
    """What the house wears: a stepped gable, a bell, or a cornice with a slate roof behind."""
    material, gable = what
    w, h = face.width, face.height
    stone = times("#ece4d4", mood.on(face.outward))
    shapes = {
        "step": [
            (0, h),
            (0, h + 0.7),
            (0.9, h + 0.7),
            (0.9, h + 1.5),
            (1.8, h + 1.5),
            (1.8, h + 2.3),
            (w - 1.8, h + 2.3),
            (w - 1.8, h + 1.5),
            (w - 0.9, h + 1.5),
            (w - 0.9, h + 0.7),
            (w, h + 0.7),
            (w, h),
        ],
        "bell": [
            (0, h),
            (0.2, h + 0.5),
            (1.0, h + 0.9),
            (1.5, h + 1.8),
            (1.7, h + 2.3),
            (w / 2, h + 2.9),
            (w - 1.7, h + 2.3),
            (w - 1.5, h + 1.8),
            (w - 1.0, h + 0.9),
            (w - 0.2, h + 0.5),
            (w, h),
        ],
        "cornice": [
            (0, h),
            (0.0, h + 0.1),
            (0.5, h + 1.9),
            (w - 0.5, h + 1.9),
            (w, h + 0.1),
            (w, h),
        ],
    }
    shape = shapes[gable]
    if gable == "cornice":
        slate = times("#565a66", mood.on((0, -0.8, 0.6)))
        sheet.paint.polygon(face.shape(shape), slate)
        for n in range(10):
            sheet.paint.line(
                face.shape(
                    [(0.05 * n, h + 0.1 + 0.19 * n), (w - 0.05 * n, h + 0.1 + 0.19 * n), (w, h)]
                )[:2],
                times(slate, 0.7),
                1.0,
            )
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
    window(
        sheet,
        face,
        Box(w / 2 - 0.5, h + 0.45, 1.0, 1.25),
        mood,
        Style(bars=(2, 2), surround=0.08),
        rng,
    )


def street_lamp(sheet: Sheet, camera: Camera, mood: Mood, x: float) -> None:
    foot, top = (x, 0.0, 0.12), (x, 0.0, 3.6)
    size = camera.per_metre(foot)
    sheet.paint.line([camera.at(foot), camera.at(top)], "#23262b", size * 0.07)
    sheet.paint.line([camera.at(foot), camera.at((x, 0, 0.8))], "#23262b", size * 0.13)
    at = camera.at((x, 0, 3.85))
    lamp = front(camera, x - 0.18, 0, 3.6, 0.36, 0.5)
    sheet.paint.polygon(
        lamp.shape([(0.06, 0), (0.3, 0), (0.36, 0.4), (0, 0.4)]),
        mix("#c9cdd0", "#fff0c4", mood.lamps),
    )
    sheet.paint.polygon(lamp.shape([(-0.04, 0.4), (0.4, 0.4), (0.18, 0.62)]), "#23262b")
    if mood.lamps > 0.3:
        for blur, radius in ((5, 0.3), (30, 1.6)):
            sheet.glow(blur).ellipse(at, size * radius, size * radius, "#a87838", mood.lamps)
    sheet.shade(2).polygon(ground.disc(camera, x, 0, 0.3, 0.12), "#4a4c58", 0.8)
