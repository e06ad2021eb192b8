"""How rooms are furnished: each scene places its pieces from the far wall towards the viewer."""

import msgspec

from api.demo import daylight, hangings, lamps
from api.demo import fittings as fit
from api.demo import furniture as put
from api.demo import upholstery as soft
from api.demo.furniture import Set
from api.demo.light import Sheet
from api.demo.openings import Box
from api.demo.palette import times


class Interior(msgspec.Struct, frozen=True):
    """One photo of a room. `colours` are the scene's own: main piece, second piece, accent, accent."""

    scene: str
    daylight: str = "bright"
    floor: str = "boards:#c79c6c"
    wall: str = "#efebe2"
    feature: str = "#e9e4d8"
    colours: tuple[str, str, str, str] = ("#8f9a8c", "#b98a5a", "#d98f5a", "#e8d9b8")
    wood: str = "#a87b4f"
    window_side: int = -1
    size: tuple[float, float, float] = (5.6, 5.4, 2.75)
    gloss: float = 0.12
    seed: int = 1


def side_windows(
    stage: Set,
    walls: Sheet,
    count: int = 2,
    *,
    low: float = 0.35,
    tall: float = 2.0,
    cloth: str = "#f1ece1",
    bars: tuple[int, int] = (2, 1),
) -> None:
    wall = stage.room.side(stage.room.window_side)
    step = stage.room.depth / count
    for n in range(count):
        box = Box(1.5 + 0.35 + n * step, low, step - 0.9, tall)
        daylight.opening(stage.room, walls, wall, box, stage.rng, bars=bars)
        if cloth:
            hangings.curtain(stage, wall, box.u - 0.32, 0.34, cloth)
            hangings.curtain(stage, wall, box.u + box.width - 0.02, 0.34, cloth)


def living(stage: Set, walls: Sheet, plan: Interior) -> None:
    main, second, accent, pale = plan.colours
    room, side = stage.room, stage.room.window_side
    side_windows(stage, walls)
    hangings.rug(
        stage,
        -1.6,
        1.4,
        3.3,
        2.3,
        (pale, accent, second),
        style="border" if plan.seed % 2 else "diamonds",
    )
    for n, u in enumerate((room.width / 2 - 1.15, room.width / 2 - 0.1, room.width / 2 + 0.95)):
        hangings.picture(
            stage,
            room.back,
            u,
            1.35,
            0.8 if n != 1 else 0.72,
            0.95,
            (pale, accent, second, main, "#f3e2b8"),
        )
    fit.plant(stage, -side * 2.2, room.depth - 0.6, 1.5, kind="fig")
    lamps.floor_lamp(stage, side * 1.75, room.depth - 0.7)
    soft.sofa(stage, -1.25, room.depth - 1.25, 2.5, main, (accent, pale, second))
    put.cupboard(
        stage,
        (-side * 2.75 - (0.45 if side < 0 else 0), 1.6, 0.12),
        (0.45, 1.7, 0.5),
        plan.wood,
        doors=1,
    )
    lamps.table_lamp(stage, (-side * 2.5, 2.9, 0.62), second)
    put.table(stage, (-0.75, 2.15, 0), (1.5, 0.75, 0.38), plan.wood)
    fit.books(stage, (-0.55, 2.3, 0.38))
    fit.vase(stage, (0.3, 2.45, 0.38), 0.24, pale, blossom=accent)
    _armchair(stage, -side * 1.25, 1.2, second)


def _armchair(stage: Set, x: float, y: float, colour: str) -> None:
    """Seen from behind and the side: it faces the table."""
    put.shadow(stage, (x - 0.4, y, 0), (0.8, 0.8, 0.8))
    for fx, fy in ((-0.36, 0.66), (0.3, 0.66), (-0.36, 0.04), (0.3, 0.04)):
        put.block(stage, (x + fx, y + fy, 0), (0.05, 0.05, 0.2), "#6b4a30")
    put.block(stage, (x - 0.4, y + 0.1, 0.2), (0.8, 0.68, 0.2), colour, soft=0.1)
    for arm in (-0.42, 0.28):
        put.block(stage, (x + arm, y + 0.05, 0.2), (0.14, 0.7, 0.4), times(colour, 0.95), soft=0.1)
    put.block(stage, (x - 0.4, y, 0.22), (0.8, 0.18, 0.66), colour, soft=0.16)


def stool(stage: Set, x: float, y: float, colour: str) -> None:
    put.shadow(stage, (x, y, 0), (0.36, 0.36, 0.6), strength=0.6)
    for fx, fy in ((0.02, 0.3), (0.31, 0.3), (0.0, 0.0), (0.33, 0.0)):
        put.block(stage, (x + fx, y + fy, 0), (0.03, 0.03, 0.64), times(colour, 0.8))
    put.block(stage, (x, y, 0.2), (0.36, 0.03, 0.03), times(colour, 0.8))
    put.block(stage, (x - 0.02, y - 0.02, 0.63), (0.4, 0.4, 0.06), colour, soft=0.05)


def bedroom(stage: Set, walls: Sheet, plan: Interior) -> None:
    main, second, accent, pale = plan.colours
    room, d, side = stage.room, stage.room.depth, stage.room.window_side
    side_windows(stage, walls, 2, low=0.6, tall=1.75, cloth=pale)
    hangings.rug(
        stage,
        -1.7,
        1.2,
        3.4,
        2.0,
        (pale, second, accent),
        style="stripes" if plan.seed % 2 else "border",
    )
    middle = room.width / 2
    hangings.picture(
        stage,
        room.back,
        middle - 0.62,
        1.5,
        1.24,
        0.8,
        (pale, second, main, accent, "#f6e6c0"),
        frame="#b58a5a",
    )
    for x in (-1.5, 1.08):
        put.shadow(stage, (x, d - 0.55, 0), (0.45, 0.4, 0.5), strength=0.7)
        put.cupboard(stage, (x, d - 0.5, 0.16), (0.44, 0.4, 0.36), plan.wood, doors=1, rows=2)
        lamps.table_lamp(stage, (x + 0.22, d - 0.3, 0.52), main)
    soft.bed(stage, -0.9, d - 2.3, 1.8, pale, main, plan.wood)
    fit.plant(stage, -side * 2.3, d - 0.6, 1.35, kind="palm", pot="#b9ab97")
    put.table(stage, (-0.75, 1.75, 0), (1.5, 0.4, 0.42), plan.wood)
    fit.books(stage, (-0.4, 1.82, 0.42), 2)
    put.block(stage, (0.1, 1.78, 0.42), (0.5, 0.3, 0.05), accent, soft=0.04)


def study(stage: Set, walls: Sheet, plan: Interior) -> None:
    main, second, accent, pale = plan.colours
    room, d, side = stage.room, stage.room.depth, stage.room.window_side
    side_windows(stage, walls, 2, low=0.75, tall=1.6, cloth=pale, bars=(2, 2))
    hangings.rug(stage, -1.6, 1.3, 3.2, 2.3, (main, pale, accent), style="diamonds")
    fit.shelf(stage, (-room.width / 2 + 0.5, d - 0.36, 0), (1.7, 0.34, 2.35), plan.wood)
    fit.shelf(stage, (room.width / 2 - 2.2, d - 0.36, 0), (1.7, 0.34, 2.35), plan.wood)
    hangings.picture(
        stage,
        room.back,
        room.width / 2 - 0.42,
        1.4,
        0.84,
        1.0,
        (pale, accent, second, main, "#f3e2b8"),
    )
    fit.plant(stage, -side * 2.35, 2.6, 1.2)
    put.chair(stage, -0.2, d - 1.25, "#5b4032", faces_viewer=True, seat=accent)
    put.table(stage, (-0.95, 2.75, 0), (1.9, 0.85, 0.75), plan.wood)
    lamps.table_lamp(stage, (-0.65, 3.2, 0.75), second, size=0.55)
    fit.books(stage, (0.4, 3.0, 0.75), 4)
    put.block(stage, (-0.3, 2.95, 0.75), (0.46, 0.32, 0.02), "#c3c6ca", gloss=0.1)
    put.block(stage, (-0.3, 3.25, 0.76), (0.46, 0.02, 0.3), "#35383d", gloss=0.3)
    fit.vase(stage, (0.82, 3.2, 0.75), 0.2, pale, blossom=accent)
    _armchair(stage, -side * 1.5, 1.15, second)


def loft(stage: Set, walls: Sheet, plan: Interior) -> None:
    main, second, accent, pale = plan.colours
    room, d, side = stage.room, stage.room.depth, stage.room.window_side
    wall = room.side(side)
    for n in range(2):
        daylight.opening(
            room,
            walls,
            wall,
            Box(1.7 + n * 2.75, 0.4, 2.35, 2.7),
            stage.rng,
            bars=(5, 5),
            frame="#2c2e32",
        )
    for n in range(4):
        y = 0.3 + n * 1.6
        put.block(
            stage, (-room.width / 2, y, room.height - 0.22), (room.width, 0.2, 0.22), "#4a3a2e"
        )
    for z, tone in ((room.height - 0.4, "#8a8d90"), (room.height - 0.62, "#a5673f")):
        put.block(stage, (-room.width / 2, d - 0.2, z), (room.width, 0.12, 0.12), tone, soft=0.08)
    hangings.rug(stage, -1.9, 1.4, 3.8, 2.5, (pale, second, accent), style="diamonds")
    for n in range(2):
        hangings.picture(
            stage,
            room.back,
            room.width / 2 - 1.5 + n * 1.6,
            1.35,
            1.35,
            1.1,
            (pale, accent, second, main, "#f3e2b8"),
            frame="#26262a",
        )
    fit.shelf(
        stage,
        (-side * 2.2 - (0.9 if side < 0 else 0.0), d - 0.36, 0),
        (1.1, 0.32, 2.1),
        "#3a3a3e",
        levels=4,
    )
    fit.plant(stage, side * 2.3, d - 0.7, 1.7)
    soft.sofa(stage, -1.3, d - 1.4, 2.6, main, (accent, pale, accent))
    lamps.floor_lamp(stage, 1.65, d - 1.0, tall=1.7, shade="#e8dcc0")
    put.table(stage, (-0.8, 2.3, 0), (1.6, 0.8, 0.36), plan.wood, leg="#26262a", thick=0.08)
    fit.books(stage, (-0.5, 2.5, 0.36))
    fit.bowl(stage, (0.35, 2.5, 0.36), 0.34, "#2f3236", ("#d9a441", "#a8b84a", "#c94f3a"))
    _armchair(stage, -side * 1.5, 1.2, second)


def dining(stage: Set, walls: Sheet, plan: Interior) -> None:
    main, second, accent, pale = plan.colours
    room, d, side = stage.room, stage.room.depth, stage.room.window_side
    side_windows(stage, walls, 2, low=0.25, tall=2.15, cloth=pale)
    hangings.rug(stage, -1.8, 1.5, 3.6, 2.4, (pale, main, accent), style="border")
    put.shadow(stage, (-1.1, d - 0.5, 0), (2.2, 0.45, 0.8))
    put.cupboard(stage, (-1.1, d - 0.46, 0.14), (2.2, 0.44, 0.62), main, doors=4)
    lamps.table_lamp(stage, (-0.8, d - 0.25, 0.76), second)
    fit.vase(stage, (0.75, d - 0.25, 0.76), 0.3, pale, blossom=accent)
    hangings.picture(
        stage,
        room.back,
        room.width / 2 - 0.65,
        1.35,
        1.3,
        0.9,
        (pale, accent, second, main, "#f3e2b8"),
        frame="#c9a15a",
    )
    fit.plant(stage, -side * 2.3, d - 0.6, 1.5)
    for x in (-0.85, -0.23, 0.39):
        put.chair(stage, x, 3.05, plan.wood, faces_viewer=True, seat=second)
    put.table(stage, (-1.15, 2.05, 0), (2.3, 0.95, 0.74), plan.wood, thick=0.06)
    fit.vase(stage, (0.0, 2.5, 0.74), 0.3, second, blossom=accent)
    fit.bowl(stage, (-0.6, 2.4, 0.74), 0.36, pale, ("#d9a441", "#c94f3a", "#a8b84a"))
    for x in (-0.85, -0.23, 0.39):
        put.chair(stage, x, 1.5, plan.wood, seat=second)
    for x in (-0.5, 0.5):
        lamps.pendant(stage, x, 2.5, 0.8, "#e9dfc8", wide=0.26)
