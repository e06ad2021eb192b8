"""Houses with pitched roofs, each in its own garden, weather and season."""

from random import Random

import pyvips

from api.demo import ground, planting, roofs, setting
from api.demo import house as build
from api.demo.camera import Camera, Vec, front
from api.demo.canvas import Frame
from api.demo.facades import FACADES, Gabled
from api.demo.house import House
from api.demo.light import Sheet
from api.demo.openings import Style
from api.demo.palette import times
from api.demo.setting import Land
from api.demo.sky import MOODS, Mood


def gabled(frame: Frame, plan: Gabled) -> pyvips.Image:
    """The finished photo, RGB."""
    rng, mood = Random(plan.seed), MOODS[plan.mood]  # noqa: S311 - art, no secrets
    camera = Camera(
        frame, (plan.stand[0], plan.stand[1], 1.7), plan.yaw, focal=plan.focal, horizon=0.7
    )
    width, depth, eaves, ridge = plan.size
    home = House(-width / 2, 3, width, depth, eaves, ridge, plan.gable_front, plan.overhang)
    picture = setting.backdrop(camera, mood, rng, plan.land)
    picture = _standing(picture, camera, mood, rng, home, plan)
    picture = _planting(picture, camera, mood, rng, home, plan)
    picture = setting.finish(picture, frame, mood, plan.seed)
    return picture.fliphor() if plan.mirrored else picture


def _standing(
    picture: pyvips.Image, camera: Camera, mood: Mood, rng: Random, home: House, plan: Gabled
) -> pyvips.Image:
    sheet = Sheet(camera.frame)
    build.shadow(sheet, camera, home, mood)
    if plan.path:
        ground.paving(
            sheet.paint, camera, mood, rng, (-0.8, -10, 0.8, 3), colour=plan.path, slab=0.4, z=0.01
        )
    picture = sheet.over(picture)
    sheet = Sheet(camera.frame)
    face, side = build.body(sheet, camera, home, mood, plan.material, rng)
    FACADES[plan.facade](sheet, face, side, plan, rng)
    if mood.lamps > 0.6:
        before = camera.outline(
            [
                (home.x, 2.9, 0),
                (home.x + home.width, 2.9, 0),
                (home.x + home.width, 0, 0),
                (home.x, 0, 0),
            ]
        )
        sheet.glow(26).polygon(before, "#5a3c18", 0.55 * mood.lamps)
    roofs.roof(sheet, camera, home, mood, rng, colour=plan.roof, kind=plan.roofing, trim=plan.trim)
    if plan.chimney:
        at = (
            home.x + home.width * (0.62 if plan.gable_front else 0.14),
            home.y + home.depth * 0.44,
            plan.size[3] - 0.6,
        )
        roofs.chimney(sheet, camera, mood, rng, at, material=plan.chimney)
    return sheet.over(picture)


def _planting(
    picture: pyvips.Image, camera: Camera, mood: Mood, rng: Random, home: House, plan: Gabled
) -> pyvips.Image:
    if plan.flowers:
        beds: list[tuple[Vec, Vec]] = [
            ((u0, 2.5, 0.0), (u1, 2.5, 0.0))
            for u0, u1 in ((home.x, -1.2), (1.2, home.x + home.width))
        ]
        picture = planting.shrubs(
            picture, camera, mood, rng, beds, tall=0.75, colour=plan.leaves, flowers=plan.flowers
        )
    if plan.near:
        picture = planting.grove(
            picture, camera, mood, rng, list(plan.near), colour=plan.leaves, kind=plan.near_kind
        )
    if plan.fence:
        sheet = Sheet(camera.frame)
        _pickets(sheet, camera, mood, plan.fence)
        picture = sheet.over(picture)
    if plan.branch:
        picture = planting.near_leaves(
            picture, camera.frame, mood, rng, colour=plan.leaves, left=False
        )
    return picture


def _pickets(sheet: Sheet, camera: Camera, mood: Mood, colour: str) -> None:
    for start, length in ((-11.0, 9.6), (1.4, 7.5)):
        fence = front(camera, start, -2.6, 0, length, 0.95)
        lit = times(colour, mood.on((0, -1, 0)))
        for level in (0.25, 0.68):
            sheet.paint.polygon(fence.quad(0, level, length, level + 0.09, -0.04), times(lit, 0.72))
        for n in range(int(length / 0.15)):
            u = n * 0.15
            sheet.paint.polygon(
                fence.shape(
                    [(u, 0.05), (u + 0.09, 0.05), (u + 0.09, 0.85), (u + 0.045, 0.95), (u, 0.85)]
                ),
                lit,
            )
            sheet.paint.polygon(
                fence.shape(
                    [(u + 0.07, 0.05), (u + 0.09, 0.05), (u + 0.09, 0.85), (u + 0.07, 0.87)]
                ),
                times(lit, 0.75),
            )
        shade = camera.outline(
            [
                (start, -2.6, 0),
                (start + length, -2.6, 0),
                (start + length + 0.6, -1.8, 0),
                (start + 0.6, -1.8, 0),
            ]
        )
        sheet.shade(4).polygon(shade, mood.shadow, 0.55)


PLANS = {
    "houses/brick-manor": Gabled("noon", "red brick", seed=3),
    "houses/dusk-farmhouse": Gabled(
        "dusk",
        "white boards",
        roof="#4a4d55",
        roofing="seams",
        facade="gable",
        gable_front=True,
        size=(8.4, 12, 3.4, 7.6),
        fence="#efece4",
        door="#7a3b32",
        flowers="#c9b4d8",
        land=Land(ground="#8f9a5c"),
        seed=8,
        stand=(10.5, -11),
        yaw=-0.5,
    ),
    "houses/forest-cabin": Gabled(
        "mist",
        "logs",
        roof="#4b4f48",
        trim="#6b4a30",
        facade="gable",
        gable_front=True,
        size=(7.6, 9, 2.9, 6.6),
        style=Style(frame="#5d3a24", sill="#6b4a30"),
        door="#5d3a24",
        flowers=None,
        leaves=planting.SPRUCE,
        near=((-6.5, 5, 15), (-8.5, 0.5, 13), (9, 7, 15)),
        near_kind="spruce",
        branch=False,
        land=Land(
            ground="#7f8452",
            hills=None,
            wood=planting.SPRUCE,
            wood_tall=330,
            conifers=True,
            kind="spruce",
            stand=((-6, 15, 17), (-1, 18, 19), (4, 17, 16), (-11, 14, 15), (9, 20, 18)),
        ),
        chimney="stone",
        path="#8f8878",
        seed=5,
    ),
    "houses/snow-chalet": Gabled(
        "winter",
        "larch",
        roof="#f4f6fb",
        roofing="smooth",
        trim="#7a5334",
        facade="chalet",
        gable_front=True,
        size=(11, 10, 5.0, 8.2),
        overhang=1.2,
        flowers=None,
        style=Style(frame="#f1e6d2", shutters="#5f7a5a"),
        leaves=planting.SPRUCE,
        near=((-9.5, 2, 12),),
        near_kind="spruce",
        branch=False,
        path=None,
        chimney="stone",
        land=Land(
            ground="#f3f5fb",
            rough=0.05,
            hills="#8fa3c4",
            ridge=0.34,
            wood=planting.SPRUCE,
            wood_tall=150,
            conifers=True,
            kind="spruce",
            stand=((-12, 16, 12), (-2, 26, 13), (6, 24, 12)),
        ),
        seed=11,
    ),
    "houses/beach-house": Gabled(
        "noon",
        "blue boards",
        roof="#8d8a84",
        facade="georgian",
        size=(10, 8, 4.9, 7.6),
        leaves=planting.OLIVE,
        flowers="#f2efe6",
        fence="#f4f1ea",
        path="#d9c7a2",
        land=Land(ground="#e2cf9f", rough=0.16, hills=None, wood_tall=0, stand=(), sea=46),
        near=(),
        chimney=None,
        branch=False,
        door="#d98a5a",
        mirrored=True,
        seed=14,
    ),
    "houses/stone-cottage": Gabled(
        "overcast",
        "stone",
        roof="#5c5a58",
        facade="cottage",
        size=(10, 6.5, 2.7, 5.6),
        style=Style(frame="#e9ece6", lintel="#b9ad98"),
        door="#4d6f7a",
        flowers="#c78fd0",
        land=Land(ground="#86a052", hills="#6a8a63", ridge=0.2, wood_tall=70),
        chimney="stone",
        seed=21,
        stand=(9.5, -9),
        mirrored=True,
    ),
    "houses/red-cottage": Gabled(
        "morning",
        "red boards",
        roof="#4f4a4a",
        facade="cottage",
        size=(9.6, 7, 2.9, 6.0),
        style=Style(surround=0.12),
        trim="#f7f4ee",
        leaves=planting.AUTUMN,
        flowers="#f3e6b0",
        land=Land(ground="#a79a56", hills="#6f7f78", wood=planting.AUTUMN, kind="birch"),
        near=((-7.5, 1, 10), (-9.5, 4, 12)),
        near_kind="birch",
        fence="#f4f1ea",
        seed=27,
        stand=(9.5, -9.5),
    ),
    "houses/olive-estate": Gabled(
        "golden",
        "warm stone",
        roof="#b5714a",
        size=(11, 8, 5.2, 7.4),
        style=Style(frame="#e9dfca", shutters="#6f8577", lintel="#d9c8a4"),
        door="#6b4a34",
        leaves=planting.OLIVE,
        flowers="#d9596a",
        land=Land(
            ground="#b9a866",
            hills="#8a8f62",
            ridge=0.22,
            wood="#55703f",
            kind="poplar",
            wood_tall=80,
            stand=((-12, 16, 12), (-9, 18, 13), (-6, 20, 12), (9, 20, 13)),
        ),
        near=((-9, 0.5, 7),),
        seed=33,
    ),
    "houses/black-barn": Gabled(
        "dusk",
        "charred",
        roof="#3a3b40",
        roofing="seams",
        trim="#2b2b2e",
        facade="glass",
        gable_front=True,
        size=(8.6, 13, 3.5, 7.8),
        leaves="#6a7a48",
        flowers=None,
        near_kind="birch",
        style=Style(frame="#2b2d31", bars=(1, 1)),
        land=Land(ground="#9a9a5c", kind="birch", wood="#7f8548"),
        near=((-8, 2, 10),),
        chimney=None,
        path="#a9a49a",
        seed=41,
        stand=(10, -11.5),
        mirrored=True,
    ),
}
"""Photos that this file draws, by public id."""
