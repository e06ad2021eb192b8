"""Flat-roofed modern houses: two stacked boxes, glass walls, a terrace and a pool that mirrors them."""

from random import Random

import pyvips

from api.demo import planting, setting, walls
from api.demo.camera import Camera, Face, flank, front
from api.demo.canvas import Frame
from api.demo.glasswall import great_window
from api.demo.light import Sheet
from api.demo.openings import Box
from api.demo.palette import dim, mix, times
from api.demo.poolside import DEPTH_M, FRONT_M, STOREY_M, WIDTH_M, Villa, loungers, pool, terrace
from api.demo.setting import Land
from api.demo.sky import MOODS, Mood


def villa(frame: Frame, plan: Villa) -> pyvips.Image:
    """The finished photo, RGB."""
    rng, mood = Random(plan.seed), MOODS[plan.mood]  # noqa: S311 - art, no secrets
    camera = Camera(frame, (6.0, -12.5, 1.75), plan.yaw, focal=0.82, horizon=0.58)
    picture = setting.backdrop(camera, mood, rng, plan.land)
    sheet = Sheet(frame)
    terrace(sheet, camera, mood, rng, plan)
    picture = sheet.over(picture)
    sheet = Sheet(frame)
    _volumes(sheet, camera, mood, rng, plan)
    picture = sheet.over(picture)
    picture = planting.shrubs(
        picture,
        camera,
        mood,
        rng,
        [((-10.5, 3.6, 0), (-7.3, 3.6, 0))],
        tall=1.3,
        colour=plan.leaves,
        loose=0.7,
    )
    picture = planting.grove(
        picture, camera, mood, rng, [(-9.2, 2.5, 8)], colour=plan.leaves, kind=plan.kind
    )
    picture = pool(picture, camera, mood, plan)
    sheet = Sheet(frame)
    loungers(sheet, camera, mood)
    picture = sheet.over(picture)
    picture = planting.near_leaves(picture, frame, mood, rng, colour=plan.leaves, left=False)
    picture = setting.finish(picture, frame, mood, plan.seed)
    return picture.fliphor() if plan.mirrored else picture


def _box(sheet: Sheet, face: Face, side: Face, mood: Mood, material: str, rng: Random) -> None:
    for wall in (side, face):
        walls.MATERIALS[material](sheet.paint, wall, mood.on(wall.outward), rng)
        walls.ambient(sheet.paint, wall, foot=0.2, top=0.3)


def _plate(
    sheet: Sheet,
    camera: Camera,
    mood: Mood,
    colour: str,
    area: tuple[float, float, float, float],
    wall: tuple[float, float],
    z: float,
    thick: float,
) -> None:
    """A slab that juts out over walls whose front is at y `wall[0]` and right end at x `wall[1]`: underside, edges, shade on the wall."""
    x0, y0, x1, y1 = area
    y_wall, x_wall = wall
    for dark, drop in ((0.28, 0.75), (0.3, 0.4), (0.3, 0.18)):
        sheet.paint.polygon(
            front(camera, x0 + 0.5, y_wall, z - drop, x_wall - x0 - 0.5, drop).whole,
            "#14182c",
            dark * (1 - 0.6 * mood.lamps),
        )
    soffit = times(mix(colour, "#c98d52", 0.45), dim(mood.ambient, (0.62 + 0.5 * mood.lamps)))
    sheet.paint.polygon(
        camera.outline([(x_wall, y0, z), (x1, y0, z), (x1, y1, z), (x_wall, y1, z)]),
        times(soffit, 0.85),
    )
    near = sheet.paint.linear(
        camera.at((0, y0, z)),
        camera.at((0, y_wall, z)),
        [(0, times(soffit, 1.2), 1), (1, times(soffit, 0.7), 1)],
    )
    sheet.paint.polygon(
        camera.outline([(x0, y0, z), (x1, y0, z), (x1, y_wall, z), (x0, y_wall, z)]), near
    )
    for face in (
        flank(camera, x1, y0, z, y1 - y0, thick, looks=1),
        front(camera, x0, y0, z, x1 - x0, thick),
    ):
        lit = times(colour, mood.on(face.outward))
        sheet.paint.polygon(face.whole, lit)
        sheet.paint.polygon(face.quad(0, thick * 0.86, face.width, thick), times(lit, 1.2))
        sheet.paint.polygon(face.quad(0, 0, face.width, thick * 0.1), times(lit, 0.6))


def _volumes(sheet: Sheet, camera: Camera, mood: Mood, rng: Random, plan: Villa) -> None:
    face = front(camera, -WIDTH_M / 2, FRONT_M, 0, WIDTH_M, STOREY_M)
    side = flank(camera, WIDTH_M / 2, FRONT_M, 0, DEPTH_M, STOREY_M, looks=1)
    _box(sheet, face, side, mood, plan.lower, rng)
    great_window(sheet, face, Box(0.9, 0.06, 7.6, 2.75), mood, rng, panes=5)
    great_window(sheet, face, Box(10.2, 0.06, 2.9, 2.75), mood, rng, panes=2)
    great_window(sheet, side, Box(1.2, 0.06, 3.6, 2.6), mood, rng, panes=2)
    left = -WIDTH_M / 2 + plan.shift
    right = left + plan.upper_width
    _plate(
        sheet,
        camera,
        mood,
        plan.slab,
        (-WIDTH_M / 2 - 0.6, FRONT_M - 1.4, WIDTH_M / 2 + 0.5, FRONT_M + DEPTH_M),
        (FRONT_M, WIDTH_M / 2),
        STOREY_M,
        0.32,
    )
    z = STOREY_M + 0.32
    above = front(camera, left, FRONT_M - 0.5, z, plan.upper_width, STOREY_M - 0.2)
    gable = flank(camera, right, FRONT_M - 0.5, z, DEPTH_M - 1, STOREY_M - 0.2, looks=1)
    _box(sheet, above, gable, mood, plan.upper, rng)
    great_window(sheet, above, Box(0.7, 0.25, 3.9, 2.3), mood, rng, panes=3)
    great_window(sheet, above, Box(plan.upper_width - 2.8, 0.9, 2.1, 1.5), mood, rng, panes=2)
    great_window(sheet, gable, Box(1.4, 0.9, 2.2, 1.4), mood, rng, panes=2)
    _plate(
        sheet,
        camera,
        mood,
        plan.slab,
        (left - 0.5, FRONT_M - 1.3, right + 0.5, FRONT_M + DEPTH_M - 1),
        (FRONT_M - 0.5, right),
        z + STOREY_M - 0.2,
        0.3,
    )
    _railing(sheet, camera, mood, (-WIDTH_M / 2 - 0.4, left - 0.1), z)


def _railing(sheet: Sheet, camera: Camera, mood: Mood, span: tuple[float, float], z: float) -> None:
    glass = front(camera, span[0], FRONT_M - 1.3, z, span[1] - span[0], 0.95)
    if glass.width < 0.5:
        return
    shine = [(0.0, mood.sky[2], 0.4), (1.0, mood.sky[1], 0.16)]
    sheet.paint.polygon(glass.whole, sheet.paint.linear(glass.at(0, 0.95), glass.at(0, 0), shine))
    sheet.paint.polygon(
        glass.quad(0, 0.92, glass.width, 0.97), times("#55585c", mood.on((0, -1, 0)))
    )


PLANS = {
    "houses/lake-villa": Villa(
        "golden", seed=2, land=Land(ground="#9aa25c", hills="#6f7a72", ridge=0.16)
    ),
    "houses/pool-villa": Villa(
        "noon",
        lower="concrete",
        upper="white plaster",
        slab="#f3f1ec",
        shift=-0.4,
        upper_width=8.0,
        mirrored=True,
        seed=9,
        leaves=planting.OLIVE,
        land=Land(
            ground="#a9a868",
            wood=planting.OLIVE,
            wood_tall=70,
            kind="poplar",
            hills="#7d9a8a",
            ridge=0.2,
        ),
        terrace="#ddd3c0",
        yaw=-0.3,
    ),
    "houses/glass-pavilion": Villa(
        "night",
        lower="charred",
        upper="larch",
        slab="#5a5653",
        shift=2.4,
        seed=17,
        leaves=planting.SPRUCE,
        kind="spruce",
        wild=True,
        water="#18324a",
        land=Land(
            ground="#5f6a45",
            hills="#3f5560",
            ridge=0.22,
            wood=planting.SPRUCE,
            wood_tall=190,
            conifers=True,
            kind="spruce",
            stand=((-9, 16, 15), (-5, 19, 14), (9, 17, 16)),
        ),
    ),
}
"""Photos that this file draws, by public id."""
