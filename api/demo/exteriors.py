"""Houses with pitched roofs, each in its own garden, weather and season."""

from random import Random

import msgspec
import pyvips

from api.demo import ground, house as build, setting
from api.demo.camera import Camera, Face, Vec, front
from api.demo.canvas import Frame
from api.demo.house import House
from api.demo.light import Sheet
from api.demo.openings import Box, Style, door, great_window, window
from api.demo.palette import times
from api.demo.setting import Land
from api.demo.sky import MOODS, Mood


class Gabled(msgspec.Struct, frozen=True):
    """A house with a pitched roof. `size` is width, depth, eaves and ridge in metres; `facade` says where its openings are."""

    mood: str
    material: str
    roof: str = "#6b4a40"
    roofing: str = "tiles"
    trim: str = "#efeae0"
    size: tuple[float, float, float, float] = (10, 8, 4.9, 7.9)
    gable_front: bool = False
    overhang: float = 0.35
    facade: str = "georgian"
    style: Style = Style()
    door: str = "#3f5a4e"
    land: Land = Land()
    leaves: str = setting.GREEN
    flowers: str | None = "#e8a3b4"
    path: str | None = "#c9bfae"
    near: tuple[tuple[float, float, float], ...] = ((-8.5, 1, 9),)
    near_kind: str = "broad"
    chimney: str | None = "red brick"
    fence: str | None = None
    branch: bool = True
    mirrored: bool = False
    stand: tuple[float, float] = (10.5, -12)
    yaw: float = -0.5
    focal: float = 0.95
    seed: int = 1


def gabled(frame: Frame, plan: Gabled) -> pyvips.Image:
    """The finished photo, RGB."""
    rng, mood = Random(plan.seed), MOODS[plan.mood]
    camera = Camera(frame, (plan.stand[0], plan.stand[1], 1.7), plan.yaw, focal=plan.focal, horizon=0.7)
    width, depth, eaves, ridge = plan.size
    home = House(-width / 2, 3, width, depth, eaves, ridge, plan.gable_front, plan.overhang)
    picture = setting.backdrop(camera, mood, rng, plan.land)
    picture = _standing(picture, camera, mood, rng, home, plan)
    picture = _planting(picture, camera, mood, rng, home, plan)
    picture = setting.finish(picture, frame, mood, plan.seed)
    return picture.fliphor() if plan.mirrored else picture


def _standing(picture: pyvips.Image, camera: Camera, mood: Mood, rng: Random, home: House, plan: Gabled) -> pyvips.Image:
    sheet = Sheet(camera.frame)
    build.shadow(sheet, camera, home, mood)
    if plan.path:
        ground.paving(sheet.paint, camera, mood, rng, (-0.8, -10, 0.8, 3), colour=plan.path, slab=0.4, z=0.01)
    picture = sheet.over(picture)
    sheet = Sheet(camera.frame)
    face, side = build.body(sheet, camera, home, mood, plan.material, rng)
    FACADES[plan.facade](sheet, face, side, plan, rng)
    if mood.lamps > 0.6:
        before = camera.outline([(home.x, 2.9, 0), (home.x + home.width, 2.9, 0), (home.x + home.width, 0, 0), (home.x, 0, 0)])
        sheet.glow(26).polygon(before, "#5a3c18", 0.55 * mood.lamps)
    build.roof(sheet, camera, home, mood, rng, colour=plan.roof, kind=plan.roofing, trim=plan.trim)
    if plan.chimney:
        at = (home.x + home.width * (0.62 if plan.gable_front else 0.14), home.y + home.depth * 0.44, plan.size[3] - 0.6)
        build.chimney(sheet, camera, mood, rng, at, material=plan.chimney)
    return sheet.over(picture)


def _planting(picture: pyvips.Image, camera: Camera, mood: Mood, rng: Random, home: House, plan: Gabled) -> pyvips.Image:
    if plan.flowers:
        beds: list[tuple[Vec, Vec]] = [((u0, 2.5, 0.0), (u1, 2.5, 0.0)) for u0, u1 in ((home.x, -1.2), (1.2, home.x + home.width))]
        picture = setting.shrubs(picture, camera, mood, rng, beds, tall=0.75, colour=plan.leaves, flowers=plan.flowers)
    if plan.near:
        picture = setting.grove(picture, camera, mood, rng, list(plan.near), colour=plan.leaves, kind=plan.near_kind)
    if plan.fence:
        sheet = Sheet(camera.frame)
        _pickets(sheet, camera, mood, plan.fence)
        picture = sheet.over(picture)
    if plan.branch:
        picture = setting.near_leaves(picture, camera.frame, mood, rng, colour=plan.leaves, left=False)
    return picture


def _pickets(sheet: Sheet, camera: Camera, mood: Mood, colour: str) -> None:
    for start, length in ((-11.0, 9.6), (1.4, 7.5)):
        fence = front(camera, start, -2.6, 0, length, 0.95)
        lit = times(colour, mood.on((0, -1, 0)))
        for level in (0.25, 0.68):
            sheet.paint.polygon(fence.quad(0, level, length, level + 0.09, -0.04), times(lit, 0.72))
        for n in range(int(length / 0.15)):
            u = n * 0.15
            sheet.paint.polygon(fence.shape([(u, 0.05), (u + 0.09, 0.05), (u + 0.09, 0.85), (u + 0.045, 0.95), (u, 0.85)]), lit)
            sheet.paint.polygon(fence.shape([(u + 0.07, 0.05), (u + 0.09, 0.05), (u + 0.09, 0.85), (u + 0.07, 0.87)]), times(lit, 0.75))
        shade = camera.outline([(start, -2.6, 0), (start + length, -2.6, 0), (start + length + 0.6, -1.8, 0), (start + 0.6, -1.8, 0)])
        sheet.shade(4).polygon(shade, mood.shadow, 0.55)


def _georgian(sheet: Sheet, face: Face, side: Face, plan: Gabled, rng: Random) -> None:
    """Five bays, two floors, a door in the middle."""
    mood, middle = MOODS[plan.mood], face.width / 2
    upper = face.height - 1.85
    for v in (0.9, upper):
        for u in (1.1, 2.9, face.width - 4.0, face.width - 2.2):
            window(sheet, face, Box(u, v, 1.1, 1.5), mood, plan.style, rng)
        for u in (1.4, side.width - 2.6):
            window(sheet, side, Box(u, v, 1.1, 1.5), mood, plan.style, rng)
    window(sheet, face, Box(middle - 0.45, upper, 0.9, 1.5), mood, plan.style, rng)
    door(sheet, face, Box(middle - 0.5, 0, 1.0, 2.15), mood, rng, colour=plan.door)


def _cottage(sheet: Sheet, face: Face, side: Face, plan: Gabled, rng: Random) -> None:
    """One floor, wide windows low under the eaves."""
    mood, middle = MOODS[plan.mood], face.width / 2
    for u in (0.8, 2.6, face.width - 3.9, face.width - 2.1):
        window(sheet, face, Box(u, 0.85, 1.3, 1.2), mood, plan.style, rng)
    window(sheet, side, Box(side.width / 2 - 2.0, 0.85, 1.2, 1.2), mood, plan.style, rng)
    window(sheet, side, Box(side.width / 2 + 0.8, 0.85, 1.2, 1.2), mood, plan.style, rng)
    door(sheet, face, Box(middle - 0.5, 0, 1.0, 2.05), mood, rng, colour=plan.door)


def _gable_end(sheet: Sheet, face: Face, side: Face, plan: Gabled, rng: Random) -> None:
    """The gable towards the viewer: door aside, a pair of windows below and above."""
    mood, middle = MOODS[plan.mood], face.width / 2
    window(sheet, face, Box(0.9, 0.85, 1.5, 1.5), mood, plan.style, rng)
    window(sheet, face, Box(face.width - 2.4, 0.85, 1.5, 1.5), mood, plan.style, rng)
    for u in (middle - 1.35, middle + 0.15):
        window(sheet, face, Box(u, face.height + 0.15, 1.2, 1.45), mood, plan.style, rng)
    for u in (1.2, side.width / 2 - 0.6, side.width - 2.4):
        window(sheet, side, Box(u, 0.9, 1.2, 1.4), mood, plan.style, rng)
    door(sheet, face, Box(middle - 0.5, 0, 1.0, 2.1), mood, rng, colour=plan.door)


def _chalet(sheet: Sheet, face: Face, side: Face, plan: Gabled, rng: Random) -> None:
    """Balcony across the gable, glass doors behind it."""
    mood = MOODS[plan.mood]
    for u in (1.0, 3.1, face.width - 4.4, face.width - 2.3):
        window(sheet, face, Box(u, 0.7, 1.3, 1.35), mood, plan.style, rng)
        window(sheet, face, Box(u, 3.1, 1.3, 1.7), mood, plan.style, rng)
    window(sheet, face, Box(face.width / 2 - 0.8, 5.3, 1.6, 1.2), mood, plan.style, rng)
    for u in (1.2, side.width / 2 - 0.6, side.width - 2.4):
        for v in (0.8, 3.2):
            window(sheet, side, Box(u, v, 1.2, 1.3), mood, plan.style, rng)
    _balcony(sheet, face, plan, mood)


def _balcony(sheet: Sheet, face: Face, plan: Gabled, mood: Mood) -> None:
    out, lit = 1.2, times("#8a5f3c", mood.on(face.outward))
    sheet.shade(3).polygon(face.quad(0, 1.6, face.width, 2.65), mood.shadow, 0.8)
    camera, y = face.camera, face.origin[1] - out
    deck = front(camera, face.origin[0] - 0.3, y, 2.65, face.width + 0.6, 1.1)
    below = [(deck.origin[0], y, 2.65), (deck.origin[0] + deck.width, y, 2.65), (deck.origin[0] + deck.width, y + out, 2.65), (deck.origin[0], y + out, 2.65)]
    sheet.paint.polygon(camera.outline(below), times(lit, 0.4))
    sheet.paint.polygon(deck.quad(0, 0, deck.width, 0.16), times(lit, 0.85))
    for n in range(int(deck.width / 0.2)):
        sheet.paint.polygon(deck.quad(n * 0.2, 0.16, n * 0.2 + 0.14, 0.98), times(lit, 0.92 + 0.1 * (n % 2)))
    sheet.paint.polygon(deck.quad(0, 0.96, deck.width, 1.1), times(lit, 1.2))
    if mood.snow:
        sheet.paint.polygon(deck.quad(0, 1.08, deck.width, 1.2), "#eef2fb", edge="#eef2fb", edge_width=2)


def _glass_gable(sheet: Sheet, face: Face, side: Face, plan: Gabled, rng: Random) -> None:
    """A modern barn: the whole ground floor of the gable is glass."""
    mood = MOODS[plan.mood]
    great_window(sheet, face, Box(0.8, 0.1, face.width - 1.6, 2.7), mood, rng, panes=5)
    great_window(sheet, face, Box(face.width / 2 - 1.3, face.height + 0.2, 2.6, 1.6), mood, rng, panes=3)
    great_window(sheet, side, Box(1.5, 0.1, 3.4, 2.4), mood, rng, panes=3)
    window(sheet, side, Box(side.width - 2.6, 1.0, 1.2, 1.2), mood, plan.style, rng)


FACADES = {"georgian": _georgian, "cottage": _cottage, "gable": _gable_end, "chalet": _chalet, "glass": _glass_gable}

PLANS = {
    "houses/brick-manor": Gabled("noon", "red brick", seed=3),
    "houses/dusk-farmhouse": Gabled(
        "dusk", "white boards", roof="#4a4d55", roofing="seams", facade="gable", gable_front=True, size=(8.4, 12, 3.4, 7.6), fence="#efece4",
        door="#7a3b32", flowers="#c9b4d8", land=Land(ground="#8f9a5c"), seed=8, stand=(10.5, -11), yaw=-0.5,
    ),
    "houses/forest-cabin": Gabled(
        "mist", "logs", roof="#4b4f48", trim="#6b4a30", facade="gable", gable_front=True, size=(7.6, 9, 2.9, 6.6), style=Style(frame="#5d3a24", sill="#6b4a30"),
        door="#5d3a24", flowers=None, leaves=setting.SPRUCE, near=((-6.5, 5, 15), (-8.5, 0.5, 13), (9, 7, 15)), near_kind="spruce", branch=False,
        land=Land(ground="#7f8452", hills=None, wood=setting.SPRUCE, wood_tall=330, conifers=True, kind="spruce", stand=((-6, 15, 17), (-1, 18, 19), (4, 17, 16), (-11, 14, 15), (9, 20, 18))),
        chimney="stone", path="#8f8878", seed=5,
    ),
    "houses/snow-chalet": Gabled(
        "winter", "larch", roof="#f4f6fb", roofing="smooth", trim="#7a5334", facade="chalet", gable_front=True, size=(11, 10, 5.0, 8.2), overhang=1.2, flowers=None,
        style=Style(frame="#f1e6d2", shutters="#5f7a5a"), leaves=setting.SPRUCE, near=((-9.5, 2, 12),), near_kind="spruce", branch=False, path=None, chimney="stone",
        land=Land(ground="#f3f5fb", rough=0.05, hills="#8fa3c4", ridge=0.34, wood=setting.SPRUCE, wood_tall=150, conifers=True, kind="spruce", stand=((-12, 16, 12), (-2, 26, 13), (6, 24, 12))), seed=11,
    ),
    "houses/beach-house": Gabled(
        "noon", "blue boards", roof="#8d8a84", facade="georgian", size=(10, 8, 4.9, 7.6), leaves=setting.OLIVE, flowers="#f2efe6", fence="#f4f1ea", path="#d9c7a2",
        land=Land(ground="#e2cf9f", rough=0.16, hills=None, wood_tall=0, stand=(), sea=46), near=(), chimney=None, branch=False, door="#d98a5a", mirrored=True, seed=14,
    ),
    "houses/stone-cottage": Gabled(
        "overcast", "stone", roof="#5c5a58", facade="cottage", size=(10, 6.5, 2.7, 5.6), style=Style(frame="#e9ece6", lintel="#b9ad98"), door="#4d6f7a", flowers="#c78fd0",
        land=Land(ground="#86a052", hills="#6a8a63", ridge=0.2, wood_tall=70), chimney="stone", seed=21, stand=(9.5, -9), mirrored=True,
    ),
    "houses/red-cottage": Gabled(
        "morning", "red boards", roof="#4f4a4a", facade="cottage", size=(9.6, 7, 2.9, 6.0), style=Style(surround=0.12), trim="#f7f4ee", leaves=setting.AUTUMN, flowers="#f3e6b0",
        land=Land(ground="#a79a56", hills="#6f7f78", wood=setting.AUTUMN, kind="birch"), near=((-7.5, 1, 10), (-9.5, 4, 12)), near_kind="birch", fence="#f4f1ea", seed=27, stand=(9.5, -9.5),
    ),
    "houses/olive-estate": Gabled(
        "golden", "warm stone", roof="#b5714a", size=(11, 8, 5.2, 7.4), style=Style(frame="#e9dfca", shutters="#6f8577", lintel="#d9c8a4"), door="#6b4a34", leaves=setting.OLIVE, flowers="#d9596a",
        land=Land(ground="#b9a866", hills="#8a8f62", ridge=0.22, wood="#55703f", kind="poplar", wood_tall=80, stand=((-12, 16, 12), (-9, 18, 13), (-6, 20, 12), (9, 20, 13))), near=((-9, 0.5, 7),), seed=33,
    ),
    "houses/black-barn": Gabled(
        "dusk", "charred", roof="#3a3b40", roofing="seams", trim="#2b2b2e", facade="glass", gable_front=True, size=(8.6, 13, 3.5, 7.8), leaves="#6a7a48", flowers=None, near_kind="birch",
        style=Style(frame="#2b2d31", bars=(1, 1)), land=Land(ground="#9a9a5c", kind="birch", wood="#7f8548"), near=((-8, 2, 10),), chimney=None, path="#a9a49a", seed=41, stand=(10, -11.5), mirrored=True,
    ),
}
"""Photos that this file draws, by public id."""
