"""Rooms: living, kitchen, bed, bath, study, loft. Each function furnishes a shell from the far wall towards the viewer."""

from collections.abc import Callable
from random import Random

import msgspec
import pyvips

from api.demo import fittings as fit, furniture as put, room as space
from api.demo.camera import Camera
from api.demo.canvas import Frame
from api.demo.furniture import Set
from api.demo.light import Sheet
from api.demo.openings import Box
from api.demo.palette import times
from api.demo.room import DAYLIGHTS, Room


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
    tall: bool = False
    gloss: float = 0.12
    seed: int = 1


def interior(frame: Frame, plan: Interior) -> pyvips.Image:
    """The finished photo, RGB."""
    rng = Random(plan.seed)
    upright = frame.height > frame.width
    # Standing near the blank wall narrows it and opens the window wall; the lens is shifted back to keep the room in the middle.
    aside = -plan.window_side * 0.55
    camera = Camera(frame, (aside, -2.3, 1.25), 0, focal=1.12 if upright else 0.74, horizon=0.5, centre=0.5 + aside * 0.13)
    room = Room(camera, DAYLIGHTS[plan.daylight], *plan.size, plan.window_side)
    walls = Sheet(frame)
    space.shell(room, walls, rng, floor=plan.floor, wall=plan.wall, feature=plan.feature)
    stage = Set(room, Sheet(frame), Sheet(frame), rng)
    if plan.scene not in {"kitchen", "bathroom"}:
        side = room.side(-plan.window_side)
        fit.picture(stage, side, 3.6, 1.2, 1.5, 1.0, (plan.colours[3], plan.colours[1], plan.colours[0], plan.colours[2], "#f6e8c4"), frame="#b58a5a")
    SCENES[plan.scene](stage, walls, plan)
    picture = walls.over((pyvips.Image.black(*frame.size, bands=3) + 128).cast("uchar").copy(interpretation="srgb"))
    picture = stage.floor.over(space.polish(picture, room, plan.gloss))
    return space.finish(stage.things.over(picture), room, plan.seed)


def _side_windows(stage: Set, walls: Sheet, count: int = 2, *, low: float = 0.35, tall: float = 2.0, cloth: str = "#f1ece1", bars: tuple[int, int] = (2, 1)) -> None:
    wall = stage.room.side(stage.room.window_side)
    step = stage.room.depth / count
    for n in range(count):
        box = Box(1.5 + 0.35 + n * step, low, step - 0.9, tall)
        space.opening(stage.room, walls, wall, box, stage.rng, bars=bars)
        if cloth:
            fit.curtain(stage, wall, box.u - 0.32, 0.34, cloth)
            fit.curtain(stage, wall, box.u + box.width - 0.02, 0.34, cloth)


def _living(stage: Set, walls: Sheet, plan: Interior) -> None:
    main, second, accent, pale = plan.colours
    room, side = stage.room, stage.room.window_side
    _side_windows(stage, walls)
    fit.rug(stage, -1.6, 1.4, 3.3, 2.3, (pale, accent, second), style="border" if plan.seed % 2 else "diamonds")
    for n, u in enumerate((room.width / 2 - 1.15, room.width / 2 - 0.1, room.width / 2 + 0.95)):
        fit.picture(stage, room.back, u, 1.35, 0.8 if n != 1 else 0.72, 0.95, (pale, accent, second, main, "#f3e2b8"))
    fit.plant(stage, -side * 2.2, room.depth - 0.6, 1.5, kind="fig")
    fit.floor_lamp(stage, side * 1.75, room.depth - 0.7)
    put.sofa(stage, -1.25, room.depth - 1.25, 2.5, main, (accent, pale, second))
    put.cupboard(stage, (-side * 2.75 - (0.45 if side < 0 else 0), 1.6, 0.12), (0.45, 1.7, 0.5), plan.wood, doors=1)
    fit.table_lamp(stage, (-side * 2.5, 2.9, 0.62), second)
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


def _kitchen(stage: Set, walls: Sheet, plan: Interior) -> None:
    main, island, metal, stone = plan.colours
    room, w, d = stage.room, stage.room.width, stage.room.depth
    _side_windows(stage, walls, 1, low=1.0, tall=1.4, cloth="", bars=(4, 1))
    put.cupboard(stage, (-w / 2, d - 0.6, 0.1), (w, 0.6, 0.78), main, doors=9, handle=metal)
    put.block(stage, (-w / 2, d - 0.63, 0.88), (w, 0.63, 0.05), stone, gloss=0.05)
    for x in (-w / 2, 0.95):
        put.cupboard(stage, (x, d - 0.36, 1.55), (w / 2 - 0.95, 0.36, 0.8), main, doors=3, handle=metal)
    for z in (1.62, 2.0):
        put.block(stage, (-0.9, d - 0.25, z), (1.8, 0.25, 0.035), plan.wood)
        for n in range(6):
            fit.vase(stage, (-0.7 + n * 0.28, d - 0.14, z + 0.035), stage.rng.uniform(0.14, 0.24), stage.rng.choice(("#e8e0d2", "#c9794f", "#8fa39a", "#d9c7a2")))
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
    fit.bowl(stage, (-0.55, 1.9, 0.96), 0.4, plan.wood, ("#a8b84a", "#d9a441", "#c94f3a", "#e0b84a"))
    fit.books(stage, (-0.05, 1.9, 0.96), 2)
    for n, x in enumerate((-0.85, 0.0, 0.85)):
        fit.pendant(stage, x, 2.0, 0.72, ("#2f3236", "#efe8da", "#c9a15a")[plan.seed % 3])
        if n != 1 or plan.seed % 2:
            _stool(stage, x - 0.2, 1.05, plan.wood)


def _stool(stage: Set, x: float, y: float, colour: str) -> None:
    put.shadow(stage, (x, y, 0), (0.36, 0.36, 0.6), strength=0.6)
    for fx, fy in ((0.02, 0.3), (0.31, 0.3), (0.0, 0.0), (0.33, 0.0)):
        put.block(stage, (x + fx, y + fy, 0), (0.03, 0.03, 0.64), times(colour, 0.8))
    put.block(stage, (x, y, 0.2), (0.36, 0.03, 0.03), times(colour, 0.8))
    put.block(stage, (x - 0.02, y - 0.02, 0.63), (0.4, 0.4, 0.06), colour, soft=0.05)


def _bedroom(stage: Set, walls: Sheet, plan: Interior) -> None:
    main, second, accent, pale = plan.colours
    room, d, side = stage.room, stage.room.depth, stage.room.window_side
    _side_windows(stage, walls, 2, low=0.6, tall=1.75, cloth=pale)
    fit.rug(stage, -1.7, 1.2, 3.4, 2.0, (pale, second, accent), style="stripes" if plan.seed % 2 else "border")
    middle = room.width / 2
    fit.picture(stage, room.back, middle - 0.62, 1.5, 1.24, 0.8, (pale, second, main, accent, "#f6e6c0"), frame="#b58a5a")
    for x in (-1.5, 1.08):
        put.shadow(stage, (x, d - 0.55, 0), (0.45, 0.4, 0.5), strength=0.7)
        put.cupboard(stage, (x, d - 0.5, 0.16), (0.44, 0.4, 0.36), plan.wood, doors=1, rows=2)
        fit.table_lamp(stage, (x + 0.22, d - 0.3, 0.52), main)
    put.bed(stage, -0.9, d - 2.3, 1.8, pale, main, plan.wood)
    fit.plant(stage, -side * 2.3, d - 0.6, 1.35, kind="palm", pot="#b9ab97")
    put.table(stage, (-0.75, 1.75, 0), (1.5, 0.4, 0.42), plan.wood)
    fit.books(stage, (-0.4, 1.82, 0.42), 2)
    put.block(stage, (0.1, 1.78, 0.42), (0.5, 0.3, 0.05), accent, soft=0.04)


def _bathroom(stage: Set, walls: Sheet, plan: Interior) -> None:
    main, stone, metal, pale = plan.colours
    room, d, side = stage.room, stage.room.depth, stage.room.window_side
    space.opening(room, walls, room.back, Box(room.width / 2 - (0.9 if side < 0 else -0.0), 1.05, 0.95, 1.25), stage.rng, bars=(2, 2))
    _side_windows(stage, walls, 1, low=1.1, tall=1.2, cloth="", bars=(3, 1))
    fit.rug(stage, -0.9, 1.1, 1.5, 0.85, (pale, main, stone), style="stripes")
    x = -side * (room.width / 2) - (0.5 if side < 0 else 0)
    put.shadow(stage, (x, 1.7, 0), (0.5, 1.7, 0.1), strength=0.45)
    put.cupboard(stage, (x, 1.7, 0.3), (0.5, 1.7, 0.5), plan.wood, doors=1, handle=metal)
    put.block(stage, (x - 0.01, 1.68, 0.8), (0.52, 1.74, 0.05), "#f2f0ea", gloss=0.05)
    _mirror(stage, side)
    fit.tub(stage, -1.35, d - 1.25, 1.75)
    fit.plant(stage, side * 1.7, d - 0.5, 1.2, kind="palm")
    _stool(stage, side * 1.4, d - 1.9, plan.wood)
    put.block(stage, (side * 1.4 - 0.2, d - 1.9, 0.69), (0.36, 0.3, 0.16), pale, soft=0.06)
    fit.vase(stage, (x + 0.25, 2.0, 0.85), 0.24, main, blossom="#e8b8a8")


def _mirror(stage: Set, side: int) -> None:
    wall, paint = stage.room.side(-side), stage.things.paint
    outline = wall.quad(3.5, 1.15, 4.6, 2.1, 0.03)
    paint.polygon(outline, "#b3935a", edge="#b3935a", edge_width=3)
    sky, low, green = stage.room.daylight.outside
    paint.polygon(wall.quad(3.53, 1.18, 4.57, 2.07, 0.03), paint.linear(wall.at(3.5, 2.1), wall.at(4.6, 1.15), [(0, sky, 1), (0.5, low, 1), (1, times(green, 0.9), 1)]))


def _study(stage: Set, walls: Sheet, plan: Interior) -> None:
    main, second, accent, pale = plan.colours
    room, d, side = stage.room, stage.room.depth, stage.room.window_side
    _side_windows(stage, walls, 2, low=0.75, tall=1.6, cloth=pale, bars=(2, 2))
    fit.rug(stage, -1.6, 1.3, 3.2, 2.3, (main, pale, accent), style="diamonds")
    fit.shelf(stage, (-room.width / 2 + 0.5, d - 0.36, 0), (1.7, 0.34, 2.35), plan.wood)
    fit.shelf(stage, (room.width / 2 - 2.2, d - 0.36, 0), (1.7, 0.34, 2.35), plan.wood)
    fit.picture(stage, room.back, room.width / 2 - 0.42, 1.4, 0.84, 1.0, (pale, accent, second, main, "#f3e2b8"))
    fit.plant(stage, -side * 2.35, 2.6, 1.2)
    put.chair(stage, -0.2, d - 1.25, "#5b4032", faces_viewer=True, seat=accent)
    put.table(stage, (-0.95, 2.75, 0), (1.9, 0.85, 0.75), plan.wood)
    fit.table_lamp(stage, (-0.65, 3.2, 0.75), second, size=0.55)
    fit.books(stage, (0.4, 3.0, 0.75), 4)
    put.block(stage, (-0.3, 2.95, 0.75), (0.46, 0.32, 0.02), "#c3c6ca", gloss=0.1)
    put.block(stage, (-0.3, 3.25, 0.76), (0.46, 0.02, 0.3), "#35383d", gloss=0.3)
    fit.vase(stage, (0.82, 3.2, 0.75), 0.2, pale, blossom=accent)
    _armchair(stage, -side * 1.5, 1.15, second)


def _loft(stage: Set, walls: Sheet, plan: Interior) -> None:
    main, second, accent, pale = plan.colours
    room, d, side = stage.room, stage.room.depth, stage.room.window_side
    wall = room.side(side)
    for n in range(2):
        space.opening(room, walls, wall, Box(1.7 + n * 2.75, 0.4, 2.35, 2.7), stage.rng, bars=(5, 5), frame="#2c2e32")
    for n in range(4):
        y = 0.3 + n * 1.6
        put.block(stage, (-room.width / 2, y, room.height - 0.22), (room.width, 0.2, 0.22), "#4a3a2e")
    for z, tone in ((room.height - 0.4, "#8a8d90"), (room.height - 0.62, "#a5673f")):
        put.block(stage, (-room.width / 2, d - 0.2, z), (room.width, 0.12, 0.12), tone, soft=0.08)
    fit.rug(stage, -1.9, 1.4, 3.8, 2.5, (pale, second, accent), style="diamonds")
    for n in range(2):
        fit.picture(stage, room.back, room.width / 2 - 1.5 + n * 1.6, 1.35, 1.35, 1.1, (pale, accent, second, main, "#f3e2b8"), frame="#26262a")
    fit.shelf(stage, (-side * 2.2 - (0.9 if side < 0 else 0.0), d - 0.36, 0), (1.1, 0.32, 2.1), "#3a3a3e", levels=4)
    fit.plant(stage, side * 2.3, d - 0.7, 1.7)
    put.sofa(stage, -1.3, d - 1.4, 2.6, main, (accent, pale, accent))
    fit.floor_lamp(stage, 1.65, d - 1.0, tall=1.7, shade="#e8dcc0")
    put.table(stage, (-0.8, 2.3, 0), (1.6, 0.8, 0.36), plan.wood, leg="#26262a", thick=0.08)
    fit.books(stage, (-0.5, 2.5, 0.36))
    fit.bowl(stage, (0.35, 2.5, 0.36), 0.34, "#2f3236", ("#d9a441", "#a8b84a", "#c94f3a"))
    _armchair(stage, -side * 1.5, 1.2, second)


def _dining(stage: Set, walls: Sheet, plan: Interior) -> None:
    main, second, accent, pale = plan.colours
    room, d, side = stage.room, stage.room.depth, stage.room.window_side
    _side_windows(stage, walls, 2, low=0.25, tall=2.15, cloth=pale)
    fit.rug(stage, -1.8, 1.5, 3.6, 2.4, (pale, main, accent), style="border")
    put.shadow(stage, (-1.1, d - 0.5, 0), (2.2, 0.45, 0.8))
    put.cupboard(stage, (-1.1, d - 0.46, 0.14), (2.2, 0.44, 0.62), main, doors=4)
    fit.table_lamp(stage, (-0.8, d - 0.25, 0.76), second)
    fit.vase(stage, (0.75, d - 0.25, 0.76), 0.3, pale, blossom=accent)
    fit.picture(stage, room.back, room.width / 2 - 0.65, 1.35, 1.3, 0.9, (pale, accent, second, main, "#f3e2b8"), frame="#c9a15a")
    fit.plant(stage, -side * 2.3, d - 0.6, 1.5)
    for x in (-0.85, -0.23, 0.39):
        put.chair(stage, x, 3.05, plan.wood, faces_viewer=True, seat=second)
    put.table(stage, (-1.15, 2.05, 0), (2.3, 0.95, 0.74), plan.wood, thick=0.06)
    fit.vase(stage, (0.0, 2.5, 0.74), 0.3, second, blossom=accent)
    fit.bowl(stage, (-0.6, 2.4, 0.74), 0.36, pale, ("#d9a441", "#c94f3a", "#a8b84a"))
    for x in (-0.85, -0.23, 0.39):
        put.chair(stage, x, 1.5, plan.wood, seat=second)
    for x in (-0.5, 0.5):
        fit.pendant(stage, x, 2.5, 0.8, "#e9dfc8", wide=0.26)


SCENES: dict[str, Callable[[Set, Sheet, Interior], None]] = {
    "living": _living, "kitchen": _kitchen, "bedroom": _bedroom, "bathroom": _bathroom, "study": _study, "loft": _loft, "dining": _dining,
}

PLANS = {
    "rooms/bright-living-room": Interior("living", seed=3),
    "rooms/evening-living-room": Interior(
        "living", "evening", floor="boards:#8a5f3e", wall="#5f6f6c", feature="#4f625f", colours=("#a8583c", "#c9a15a", "#d9b98a", "#d8c7a8"), window_side=1, seed=6,
    ),
    "rooms/white-kitchen": Interior("kitchen", feature="tiles:#eef0ec", colours=("#f4f2ec", "#7f9488", "#b3935a", "#e9e6e0"), floor="boards:#d0a878", seed=4),
    "rooms/navy-kitchen": Interior("kitchen", "golden", feature="tiles:#f0e8da", colours=("#34475c", "#34475c", "#c9a15a", "#efe9de"), floor="tiles:#d9cfbf", window_side=1, seed=8),
    "rooms/linen-bedroom": Interior("bedroom", "soft", feature="#c9cfc4", colours=("#9aa894", "#c9b08a", "#c98f6a", "#efe9de"), wood="#b98f62", seed=5),
    "rooms/blue-bedroom": Interior("bedroom", "golden", wall="#e6e4de", feature="#5f7d92", colours=("#c98a5a", "#8fa8b4", "#d9b46a", "#f2ece0"), wood="#8a6444", tall=True, size=(4.6, 5.0, 2.9), window_side=1, seed=10),
    "rooms/marble-bathroom": Interior("bathroom", "bright", floor="tiles:#dcd9d3", wall="tiles:#e6ebe8", feature="tiles:#8fb0a8", colours=("#8fb0a8", "#cfc9bf", "#b3935a", "#f4efe6"), size=(4.6, 4.6, 2.75), gloss=0.2, seed=7),
    "rooms/quiet-study": Interior("study", "golden", wall="#e9e0cf", feature="#3f5a50", floor="boards:#a9774a", colours=("#8a4f3a", "#4f6a62", "#c98f4a", "#efe6d4"), wood="#8a5f3c", seed=9),
    "rooms/brick-loft": Interior("loft", "bright", wall="#e6e2da", feature="red brick", floor="plain:#b4aea6", colours=("#4a5560", "#9a6a42", "#d9a05a", "#e9e0d0"), size=(6.4, 6.2, 3.5), gloss=0.16, seed=12),
    "rooms/dining-room": Interior("dining", "soft", feature="#b7653f", wall="#f0e9dc", floor="boards:#b98a5c", colours=("#5a6e68", "#c9a98a", "#f0dcc0", "#f3ece0"), wood="#8f6440", window_side=1, seed=11),
}
"""Photos that this file draws, by public id."""
