"""An apartment tower in a city, on a wet street."""

from random import Random

import msgspec
import pyvips

from api.demo import ground, light, planting, setting, sky, walls
from api.demo.camera import Camera, Face, flank, front
from api.demo.canvas import Canvas, Frame
from api.demo.light import Sheet
from api.demo.palette import dim, mix, times, vary
from api.demo.panes import pane
from api.demo.sky import Mood
from api.demo.terrace import street_lamp


def tower(
    frame: Frame, mood: Mood, rng: Random, floors: int, look: tuple[str, str]
) -> pyvips.Image:
    material, leaves = look
    upright = frame.height > frame.width
    camera = Camera(frame, (11.0, -34.0, 1.8), -0.36, focal=0.98 if upright else 0.86, horizon=0.86)
    far = setting.distant(camera)
    picture = _city(sky.sky(far.frame, mood, camera.horizon, rng.randrange(99)), far, mood, rng)
    picture = light.over(
        picture, ground.field(far, mood, "#6d7078", rough=0.12, cell_m=0.05, seed=3)
    )
    picture = light.fit(picture, pyvips.Image.black(*frame.size)).copy_memory()
    sheet = Sheet(frame)
    ground.cast(
        sheet.shade(6),
        camera,
        mood,
        [(x, y, z) for x in (-9.0, 9.0) for y in (0.0, 14.0) for z in (0.0, 30.0)],
        alpha=0.5,
    )
    ground.paving(
        sheet.paint, camera, mood, rng, (-24, -6, 24, 0), colour="#a8a49c", slab=1.5, z=0.02
    )
    picture = sheet.over(picture)
    sheet = Sheet(frame)
    face = front(camera, -9, 0, 0, 18, floors * 3.1 + 1)
    side = flank(camera, 9, 0, 0, 13, face.height, looks=1)
    for wall in (side, face):
        walls.MATERIALS[material](sheet.paint, wall, mood.on(wall.outward), rng)
    for floor in range(floors):
        _storey(sheet, face, mood, rng, floor, balconies=True)
        _storey(sheet, side, mood, rng, floor, balconies=False)
    for wall in (side, face):
        walls.ambient(sheet.paint, wall, foot=0.3, top=0.15)
        sheet.paint.polygon(
            wall.quad(-0.2, wall.height - 0.3, wall.width + 0.2, wall.height + 0.5, 0.2),
            times("#d0ccc4", mood.on(wall.outward)),
        )
    picture = sheet.over(picture)
    picture = planting.grove(
        picture,
        camera,
        mood,
        rng,
        [(-13, -3, 8), (13.5, -5, 7), (-4, -5, 5.5), (5, -5.5, 5)],
        colour=leaves,
    )
    return _wet_street(picture, camera, mood)


def _storey(
    sheet: Sheet, wall: Face, mood: Mood, rng: Random, floor: int, *, balconies: bool
) -> None:
    base, tint = floor * 3.1 + 0.6, mood.on(wall.outward)
    slab = times("#d9d5cc", tint)
    bays = int(wall.width / 3)
    home = [rng.random() < 0.72 for _ in range(bays)]
    for bay in range(bays):
        u = bay * wall.width / bays + 0.35
        level = mood.lamps * (rng.choice((0.75, 0.9, 1.0)) if home[bay] else 0.08)
        broad = wall.width / bays - 0.7
        for part in range(2):
            glass = wall.quad(
                u + part * broad / 2, base, u + (part + 1) * broad / 2 - 0.06, base + 2.35
            )
            pane(sheet.paint, glass, mood, rng, level, curtains=part == 0)
        if level > 0.4:
            sheet.glow(14).polygon(wall.quad(u, base, u + broad, base + 2.3), "#6b4318", 0.4)
    sheet.paint.polygon(wall.quad(0, base + 2.38, wall.width, base + 2.62, 0.05), slab)
    if balconies and floor:
        for bay in range(bays):
            if (bay + floor) % 3 != 1:
                _terrace_rail(
                    sheet,
                    wall,
                    mood,
                    (bay * wall.width / bays + 0.15, base - 0.3, wall.width / bays - 0.3),
                )


def _terrace_rail(sheet: Sheet, wall: Face, mood: Mood, at: tuple[float, float, float]) -> None:
    u, v, broad = at
    tint, out = mood.on(wall.outward), 1.3
    under = wall.camera.outline(
        [
            wall.point(u, v, 0),
            wall.point(u + broad, v, 0),
            wall.point(u + broad, v, out),
            wall.point(u, v, out),
        ]
    )
    sheet.paint.polygon(under, times("#b9b5ad", dim(mood.ambient, 0.75)))
    sheet.paint.polygon(wall.quad(u, v, u + broad, v + 0.24, out), times("#e2ded6", tint))
    glass = wall.quad(u, v + 0.24, u + broad, v + 1.15, out)
    sheet.paint.polygon(
        glass,
        sheet.paint.linear(
            wall.at(u, v + 1.2, out),
            wall.at(u, v, out),
            [(0, mood.sky[2], 0.34), (1, mood.sky[1], 0.16)],
        ),
    )
    sheet.paint.line(
        [wall.at(u, v + 1.15, out), wall.at(u + broad, v + 1.15, out)], times("#c9ccd0", tint), 1.2
    )


def _city(picture: pyvips.Image, camera: Camera, mood: Mood, rng: Random) -> pyvips.Image:
    """Blocks at the horizon in two depths, with the lit windows of strangers."""
    frame, sheet = camera.frame, Sheet(camera.frame)
    base = camera.horizon * frame.height
    for depth, tallest in ((0.72, 0.4), (0.42, 0.26)):
        x = -30.0
        while x < frame.width:
            wide, high = rng.uniform(50, 130), frame.height * tallest * rng.uniform(0.35, 1)
            tone = mix(times(vary(rng, "#8a8f9c", 0.12), mood.on((0, -1, 0))), mood.haze, depth)
            sheet.paint.polygon(
                [(x, base), (x, base - high), (x + wide, base - high), (x + wide, base)], tone
            )
            for row in range(int(high / 11)):
                for column in range(int(wide / 9)):
                    if rng.random() < 0.1 + 0.32 * mood.lamps:
                        spot = (x + 3 + column * 9, base - high + 5 + row * 11)
                        lit = mix(
                            mix(tone, "#1c2430", 0.25),
                            rng.choice(("#ffd58a", "#ffe4b0", "#cfe0ff")),
                            mood.lamps * (1 - depth * 0.5),
                        )
                        sheet.paint.polygon(
                            [
                                spot,
                                (spot[0] + 4, spot[1]),
                                (spot[0] + 4, spot[1] + 6),
                                (spot[0], spot[1] + 6),
                            ],
                            lit,
                        )
            x += wide + rng.uniform(-12, 26)
    return light.over(
        sheet.over(picture),
        light.haze(frame, mood.haze, level=camera.horizon, spread=0.16, strength=0.55),
    ).copy_memory()


def _wet_street(picture: pyvips.Image, camera: Camera, mood: Mood) -> pyvips.Image:
    frame, area = camera.frame, Canvas(camera.frame)
    area.polygon(
        camera.outline([(-80, -6.2, 0), (80, -6.2, 0), (80, -60, 0), (-80, -60, 0)]),
        "#ffffff",
        0.62,
    )
    ripple = ground.noise(camera, cell_m=0.25, seed=6, stretch=2)
    asphalt = times("#4a4d55", mood.on((0, 0, 1)))
    line = camera.at((0, -3, 0))[1]
    picture = ground.mirror(
        picture,
        frame,
        line,
        area,
        ripple=ripple,
        tint=[(0, asphalt, 0.35), (1, asphalt, 0.7)],
        sway=10,
    )
    sheet = Sheet(frame)
    for x in (-17.5, -8.5, 0.6, 9.5):
        street_lamp(
            sheet,
            msgspec.structs.replace(
                camera, stand=(camera.stand[0], camera.stand[1] + 6, camera.stand[2])
            ),
            mood,
            x,
        )
    return sheet.over(picture)
