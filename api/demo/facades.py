"""Where a pitched-roof house has its windows and doors. Each facade is a function that paints the openings of both visible walls."""

from random import Random

import msgspec

from api.demo import planting
from api.demo.camera import Face, front
from api.demo.glasswall import great_window
from api.demo.light import Sheet
from api.demo.openings import Box, Style, door, window
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
    leaves: str = planting.GREEN
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
    _balcony(sheet, face, mood)


def _balcony(sheet: Sheet, face: Face, mood: Mood) -> None:
    out, lit = 1.2, times("#8a5f3c", mood.on(face.outward))
    sheet.shade(3).polygon(face.quad(0, 1.6, face.width, 2.65), mood.shadow, 0.8)
    camera, y = face.camera, face.origin[1] - out
    deck = front(camera, face.origin[0] - 0.3, y, 2.65, face.width + 0.6, 1.1)
    below = [
        (deck.origin[0], y, 2.65),
        (deck.origin[0] + deck.width, y, 2.65),
        (deck.origin[0] + deck.width, y + out, 2.65),
        (deck.origin[0], y + out, 2.65),
    ]
    sheet.paint.polygon(camera.outline(below), times(lit, 0.4))
    sheet.paint.polygon(deck.quad(0, 0, deck.width, 0.16), times(lit, 0.85))
    for n in range(int(deck.width / 0.2)):
        sheet.paint.polygon(
            deck.quad(n * 0.2, 0.16, n * 0.2 + 0.14, 0.98), times(lit, 0.92 + 0.1 * (n % 2))
        )
    sheet.paint.polygon(deck.quad(0, 0.96, deck.width, 1.1), times(lit, 1.2))
    if mood.snow:
        sheet.paint.polygon(
            deck.quad(0, 1.08, deck.width, 1.2), "#eef2fb", edge="#eef2fb", edge_width=2
        )


def _glass_gable(sheet: Sheet, face: Face, side: Face, plan: Gabled, rng: Random) -> None:
    """A modern barn: the whole ground floor of the gable is glass."""
    mood = MOODS[plan.mood]
    great_window(sheet, face, Box(0.8, 0.1, face.width - 1.6, 2.7), mood, rng, panes=5)
    great_window(
        sheet, face, Box(face.width / 2 - 1.3, face.height + 0.2, 2.6, 1.6), mood, rng, panes=3
    )
    great_window(sheet, side, Box(1.5, 0.1, 3.4, 2.4), mood, rng, panes=3)
    window(sheet, side, Box(side.width - 2.6, 1.0, 1.2, 1.2), mood, plan.style, rng)


FACADES = {
    "georgian": _georgian,
    "cottage": _cottage,
    "gable": _gable_end,
    "chalet": _chalet,
    "glass": _glass_gable,
}
