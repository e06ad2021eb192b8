"""How kitchens and bathrooms are furnished."""

from api.demo import daylight, hangings, lamps
from api.demo import fittings as fit
from api.demo import furniture as put
from api.demo.furniture import Set
from api.demo.light import Sheet
from api.demo.openings import Box
from api.demo.palette import times
from api.demo.scenes import Interior, side_windows, stool


def kitchen(stage: Set, walls: Sheet, plan: Interior) -> None:
    main, island, metal, stone = plan.colours
    w, d = stage.room.width, stage.room.depth
    side_windows(stage, walls, 1, low=1.0, tall=1.4, cloth="", bars=(4, 1))
    put.cupboard(stage, (-w / 2, d - 0.6, 0.1), (w, 0.6, 0.78), main, doors=9, handle=metal)
    put.block(stage, (-w / 2, d - 0.63, 0.88), (w, 0.63, 0.05), stone, gloss=0.05)
    for x in (-w / 2, 0.95):
        put.cupboard(
            stage, (x, d - 0.36, 1.55), (w / 2 - 0.95, 0.36, 0.8), main, doors=3, handle=metal
        )
    for z in (1.62, 2.0):
        put.block(stage, (-0.9, d - 0.25, z), (1.8, 0.25, 0.035), plan.wood)
        for n in range(6):
            fit.vase(
                stage,
                (-0.7 + n * 0.28, d - 0.14, z + 0.035),
                stage.rng.uniform(0.14, 0.24),
                stage.rng.choice(("#e8e0d2", "#c9794f", "#8fa39a", "#d9c7a2")),
            )
    put.block(stage, (-0.42, d - 0.61, 0.14), (0.84, 0.02, 0.66), "#2a2c30", gloss=0.2)
    put.block(stage, (-0.34, d - 0.62, 0.68), (0.68, 0.02, 0.025), "#c8cacc")
    fit.bowl(stage, (-1.9, d - 0.4, 0.93), 0.36, "#e9e2d4", ("#d9a441", "#c9572f", "#8fa34a"))
    fit.plant(stage, 1.75, d - 0.35, 0.5, z=0.93, pot="#d9cdb8")
    _island(stage, plan, (island, metal, stone))


def _island(stage: Set, plan: Interior, colours: tuple[str, str, str]) -> None:
    island, metal, stone = colours
    put.shadow(stage, (-1.3, 1.55, 0), (2.6, 0.95, 0.9))
    put.cupboard(stage, (-1.25, 1.75, 0.06), (2.5, 0.75, 0.84), island, doors=4, handle=metal)
    put.block(stage, (-1.35, 1.5, 0.9), (2.7, 1.05, 0.06), stone, gloss=0.05)
    fit.vase(stage, (0.75, 2.0, 0.96), 0.26, "#dfe5e4", blossom="#f4f0ea")
    fit.bowl(
        stage, (-0.55, 1.9, 0.96), 0.4, plan.wood, ("#a8b84a", "#d9a441", "#c94f3a", "#e0b84a")
    )
    fit.books(stage, (-0.05, 1.9, 0.96), 2)
    for n, x in enumerate((-0.85, 0.0, 0.85)):
        lamps.pendant(stage, x, 2.0, 0.72, ("#2f3236", "#efe8da", "#c9a15a")[plan.seed % 3])
        if n != 1 or plan.seed % 2:
            stool(stage, x - 0.2, 1.05, plan.wood)


def bathroom(stage: Set, walls: Sheet, plan: Interior) -> None:
    main, stone, metal, pale = plan.colours
    room, d, side = stage.room, stage.room.depth, stage.room.window_side
    daylight.opening(
        room,
        walls,
        room.back,
        Box(room.width / 2 - (0.9 if side < 0 else -0.0), 1.05, 0.95, 1.25),
        stage.rng,
        bars=(2, 2),
    )
    side_windows(stage, walls, 1, low=1.1, tall=1.2, cloth="", bars=(3, 1))
    hangings.rug(stage, -0.9, 1.1, 1.5, 0.85, (pale, main, stone), style="stripes")
    x = -side * (room.width / 2) - (0.5 if side < 0 else 0)
    put.shadow(stage, (x, 1.7, 0), (0.5, 1.7, 0.1), strength=0.45)
    put.cupboard(stage, (x, 1.7, 0.3), (0.5, 1.7, 0.5), plan.wood, doors=1, handle=metal)
    put.block(stage, (x - 0.01, 1.68, 0.8), (0.52, 1.74, 0.05), "#f2f0ea", gloss=0.05)
    _mirror(stage, side)
    fit.tub(stage, -1.35, d - 1.25, 1.75)
    fit.plant(stage, side * 1.7, d - 0.5, 1.2, kind="palm")
    stool(stage, side * 1.4, d - 1.9, plan.wood)
    put.block(stage, (side * 1.4 - 0.2, d - 1.9, 0.69), (0.36, 0.3, 0.16), pale, soft=0.06)
    fit.vase(stage, (x + 0.25, 2.0, 0.85), 0.24, main, blossom="#e8b8a8")


def _mirror(stage: Set, side: int) -> None:
    wall, paint = stage.room.side(-side), stage.things.paint
    outline = wall.quad(3.5, 1.15, 4.6, 2.1, 0.03)
    paint.polygon(outline, "#b3935a", edge="#b3935a", edge_width=3)
    sky, low, green = stage.room.daylight.outside
    paint.polygon(
        wall.quad(3.53, 1.18, 4.57, 2.07, 0.03),
        paint.linear(
            wall.at(3.5, 2.1),
            wall.at(4.6, 1.15),
            [(0, sky, 1), (0.5, low, 1), (1, times(green, 0.9), 1)],
        ),
    )
