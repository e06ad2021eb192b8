"""Houses from outside."""

from random import Random

import msgspec
import pyvips

from api.demo import ground, house as build, setting
from api.demo.camera import Camera, Face
from api.demo.canvas import Frame
from api.demo.house import House
from api.demo.light import Sheet
from api.demo.openings import Box, Style, door, window
from api.demo.sky import MOODS


class Gabled(msgspec.Struct, frozen=True):
    """A house with a pitched roof in a garden."""

    mood: str
    material: str
    roof: str = "#6b4a40"
    roofing: str = "tiles"
    size: tuple[float, float, float, float] = (10, 8, 4.6, 7.6)
    gable_front: bool = False
    style: Style = Style()
    door: str = "#3f5a4e"
    lawn: str = "#6f8f45"
    trees: str = "broad"
    leaves: str = setting.GREEN
    flowers: str | None = "#e8a3b4"
    stand: tuple[float, float] = (6.5, -13)
    yaw: float = -0.3
    seed: int = 1


def gabled(frame: Frame, plan: Gabled) -> pyvips.Image:
    rng, mood = Random(plan.seed), MOODS[plan.mood]
    camera = Camera(frame, (plan.stand[0], plan.stand[1], 1.7), plan.yaw, focal=0.82, horizon=0.66)
    width, depth, eaves, ridge = plan.size
    home = House(-width / 2, 3, width, depth, eaves, ridge, plan.gable_front)
    picture = setting.backdrop(camera, mood, rng, lawn=plan.lawn)
    picture = setting.treeline(picture, camera, mood, rng, colour=plan.leaves, tall=95, conifers=plan.trees == "spruce")
    for x, y, tall in ((-11, 16, 11), (9, 17, 9), (-3, 20, 12)):
        picture = setting.tree(picture, camera, mood, rng, (x, y, 0), tall=tall, colour=plan.leaves, kind=plan.trees, shadow=False)
    sheet = Sheet(frame)
    build.shadow(sheet, camera, home, mood)
    picture = sheet.over(picture)
    sheet = Sheet(frame)
    ground.paving(sheet.paint, camera, mood, rng, (-0.9, -14, 0.9, 3), colour="#c9bfae", slab=0.6, z=0.01)
    face, side = build.body(sheet, camera, home, mood, plan.material, rng)
    _openings(sheet, face, side, plan, rng)
    build.roof(sheet, camera, home, mood, rng, colour=plan.roof, kind=plan.roofing)
    picture = sheet.over(picture)
    picture = setting.shrubs(picture, camera, mood, rng, (-width / 2, 2.6, 0), (-1.3, 2.6, 0), tall=0.8, colour=plan.leaves, flowers=plan.flowers)
    picture = setting.shrubs(picture, camera, mood, rng, (1.3, 2.6, 0), (width / 2, 2.6, 0), tall=0.8, colour=plan.leaves, flowers=plan.flowers)
    picture = setting.tree(picture, camera, mood, rng, (-7.5, 0, 0), tall=8, colour=plan.leaves, kind=plan.trees)
    picture = setting.near_leaves(picture, frame, mood, rng, colour=plan.leaves, left=False)
    return setting.finish(picture, frame, mood, plan.seed)


def _openings(sheet: Sheet, face: Face, side: Face, plan: Gabled, rng: Random) -> None:
    mood = MOODS[plan.mood]
    middle = face.width / 2
    for v in (0.9, face.height - 1.75):
        for u in (1.1, 2.9, face.width - 4.0, face.width - 2.2):
            window(sheet, face, Box(u, v, 1.1, 1.5), mood, plan.style, rng)
        window(sheet, side, Box(1.4, v, 1.1, 1.5), mood, plan.style, rng)
        window(sheet, side, Box(side.width - 2.6, v, 1.1, 1.5), mood, plan.style, rng)
    door(sheet, face, Box(middle - 0.5, 0, 1.0, 2.15), mood, rng, colour=plan.door)
