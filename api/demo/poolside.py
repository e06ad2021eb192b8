"""What lies before a villa: terrace, loungers, and water that mirrors everything."""

from random import Random

import msgspec
import pyvips

from api.demo import ground, planting
from api.demo.camera import Camera, flank, front
from api.demo.canvas import Canvas
from api.demo.light import Sheet
from api.demo.palette import mix, times
from api.demo.setting import Land
from api.demo.sky import Mood


class Villa(msgspec.Struct, frozen=True):
    """`lower` and `upper` are materials; `shift` is how far the upper box stands to the right of the lower one, in metres."""

    mood: str
    lower: str = "white plaster"
    upper: str = "cedar"
    slab: str = "#e9e6df"
    shift: float = 4.0
    upper_width: float = 9.0
    land: Land = Land()
    leaves: str = planting.GREEN
    kind: str = "broad"
    water: str = "#3f95a8"
    terrace: str = "#cfc6b6"
    wild: bool = False
    mirrored: bool = False
    yaw: float = -0.32
    seed: int = 1


WIDTH_M, DEPTH_M, STOREY_M, FRONT_M = 14.0, 8.0, 3.1, 4.0


def terrace(sheet: Sheet, camera: Camera, mood: Mood, rng: Random, plan: Villa) -> None:
    if not plan.wild:
        ground.paving(
            sheet.paint,
            camera,
            mood,
            rng,
            (-9.0, -7.6, 9.4, FRONT_M + 0.2),
            colour=plan.terrace,
            slab=0.9,
            z=0.02,
        )
    corners = [
        (x, y, z)
        for x in (-7.5, 7.5)
        for y in (FRONT_M - 1.2, FRONT_M + DEPTH_M)
        for z in (0.0, STOREY_M * 1.6)
    ]
    ground.cast(
        sheet.shade(4), camera, mood, corners, alpha=0.75 if max(mood.sunlight) > 0.25 else 0.3
    )
    foot = [
        (-8, FRONT_M - 0.8, 0.0),
        (8, FRONT_M - 0.8, 0.0),
        (8, FRONT_M + DEPTH_M, 0.0),
        (-8, FRONT_M + DEPTH_M, 0.0),
    ]
    sheet.shade(8).polygon(camera.outline(foot), "#5a5d70", 0.7)
    if mood.lamps > 0.3:
        spill = [
            (-6, FRONT_M, 0.0),
            (6, FRONT_M, 0.0),
            (6, FRONT_M - 4.5, 0.0),
            (-6, FRONT_M - 4.5, 0.0),
        ]
        sheet.glow(24).polygon(camera.outline(spill), "#6e4a20", 0.8 * mood.lamps)


def pool(picture: pyvips.Image, camera: Camera, mood: Mood, plan: Villa) -> pyvips.Image:
    frame = camera.frame
    x0, y0, x1, y1 = (-60.0, -60.0, 60.0, -1.2) if plan.wild else (-7.2, -20.0, 3.0, -0.2)
    area, rim = Canvas(frame), Sheet(frame)
    if not plan.wild:
        edge = camera.outline(
            [
                (x0 - 0.35, y0, 0.03),
                (x1 + 0.35, y0, 0.03),
                (x1 + 0.35, y1 + 0.35, 0.03),
                (x0 - 0.35, y1 + 0.35, 0.03),
            ]
        )
        rim.paint.polygon(edge, times("#f0ece2", mood.on((0, 0, 1))))
    picture = rim.over(picture)
    area.polygon(camera.outline([(x0, y0, 0), (x1, y0, 0), (x1, y1, 0), (x0, y1, 0)]), "#ffffff")
    lit = mood.lamps > 0.5 and not plan.wild
    blue = mix(plan.water, "#7fe0e4", 0.35) if lit else times(plan.water, mood.on((0, 0, 1)))
    line = camera.at((0, FRONT_M, 0))[1]
    tint = [
        (0.0, blue, 0.25 if not lit else 0.4),
        (0.5, blue, 0.42),
        (1.0, mix(blue, "#0c2c3c", 0.35), 0.66),
    ]
    ripple = ground.noise(camera, cell_m=0.35, seed=4, stretch=3)
    picture = ground.mirror(picture, frame, line, area, ripple=ripple, tint=tint, sway=9)
    wet = Sheet(frame)
    wall = [(x0, y1, 0.03), (x1, y1, 0.03), (x1, y1, -0.14), (x0, y1, -0.14)]
    wet.paint.polygon(
        camera.outline(wall),
        times("#8fb8bd" if not plan.wild else "#4c4a3c", mood.on((0, -1, 0))),
        0.85,
    )
    if lit:
        wet.glow(30).polygon(
            camera.outline([(x0 + 1, y1, 0), (x1 - 1, y1, 0), (x1 - 1, -6, 0), (x0 + 1, -6, 0)]),
            "#1f6a78",
            0.6,
        )
    return wet.over(picture)


def loungers(sheet: Sheet, camera: Camera, mood: Mood) -> None:
    for x in (4.6, 6.2):
        y, cloth, wood = (
            -1.2,
            times("#f3efe6", mood.on((0, -0.3, 0.9))),
            times("#8a6442", mood.on((0, -1, 0))),
        )
        sheet.shade(3).polygon(
            camera.outline(
                [(x, y, 0), (x + 0.9, y, 0), (x + 1.2, y + 2.3, 0), (x + 0.3, y + 2.3, 0)]
            ),
            mood.shadow,
            0.75,
        )
        for leg in (
            (x + 0.05, y + 0.1),
            (x + 0.6, y + 0.1),
            (x + 0.05, y + 1.8),
            (x + 0.6, y + 1.8),
        ):
            sheet.paint.line(
                [camera.at((*leg, 0.0)), camera.at((*leg, 0.32))],
                wood,
                camera.per_metre((*leg, 0)) * 0.05,
            )
        sheet.paint.polygon(
            camera.outline(
                [(x, y, 0.32), (x + 0.68, y, 0.32), (x + 0.68, y + 1.35, 0.34), (x, y + 1.35, 0.34)]
            ),
            cloth,
        )
        sheet.paint.polygon(
            camera.outline(
                [
                    (x, y + 1.35, 0.34),
                    (x + 0.68, y + 1.35, 0.34),
                    (x + 0.68, y + 1.95, 0.95),
                    (x, y + 1.95, 0.95),
                ]
            ),
            times(cloth, 0.88),
        )
        sheet.paint.polygon(front(camera, x, y, 0.22, 0.68, 0.1).whole, wood)
        sheet.paint.polygon(
            flank(camera, x + 0.68, y, 0.22, 1.35, 0.1, looks=1).whole, times(wood, 0.7)
        )
