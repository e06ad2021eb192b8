"""A house with a pitched roof: two visible walls, a roof with thickness, chimney, and the shadows they throw."""

from random import Random

import msgspec

from api.demo import ground, walls
from api.demo.camera import Camera, Face, Vec, flank, front
from api.demo.light import Sheet
from api.demo.sky import Mood


class House(msgspec.Struct, frozen=True):
    """Metres. The body's near left corner is (x, y); `gable_front` turns the gable to the viewer."""

    x: float
    y: float
    width: float
    depth: float
    eaves: float
    ridge: float
    gable_front: bool = False
    overhang: float = 0.35
    z: float = 0.0

    def corners(self) -> list[Vec]:
        """Everything that throws a shadow."""
        x0, x1, y0, y1, o = self.x, self.x + self.width, self.y, self.y + self.depth, self.overhang
        low = [
            (x, y, z)
            for x in (x0 - o, x1 + o)
            for y in (y0 - o, y1 + o)
            for z in (0.0, self.z + self.eaves)
        ]
        top = self.z + self.ridge
        middle_x, middle_y = (x0 + x1) / 2, (y0 + y1) / 2
        if self.gable_front:
            return [*low, (middle_x, y0 - o, top), (middle_x, y1 + o, top)]
        return [*low, (x0 - o, middle_y, top), (x1 + o, middle_y, top)]

    def front(self, camera: Camera) -> Face:
        """The wall towards the viewer, up to the eaves."""
        return front(camera, self.x, self.y, self.z, self.width, self.eaves)

    def side(self, camera: Camera) -> Face:
        """The flank that the viewer can see; its u runs away from the viewer."""
        right = camera.stand[0] > self.x + self.width / 2
        x = self.x + self.width if right else self.x
        return flank(camera, x, self.y, self.z, self.depth, self.eaves, looks=1 if right else -1)


def body(
    sheet: Sheet, camera: Camera, house: House, mood: Mood, material: str, rng: Random
) -> tuple[Face, Face]:
    """Both walls with their gable and the darkness under the eaves. Gives the front and the side to put windows in."""
    side, face = house.side(camera), house.front(camera)
    rise = house.ridge - house.eaves
    for wall, gabled in ((side, not house.gable_front), (face, house.gable_front)):
        whole = msgspec.structs.replace(wall, height=house.ridge if gabled else house.eaves)
        middle = wall.width / 2
        shape = [(0.0, 0.0), (wall.width, 0.0), (wall.width, house.eaves), (0.0, house.eaves)]
        if gabled:
            shape = [*shape[:3], (middle, house.eaves + rise), shape[3]]
        with sheet.paint.inside(wall.shape(shape)):
            walls.MATERIALS[material](sheet.paint, whole, mood.on(wall.outward), rng)
            walls.ambient(sheet.paint, whole if gabled else wall)
        under = wall.shape(
            [
                (0, house.eaves - 0.55),
                (wall.width, house.eaves - 0.55),
                (wall.width, house.eaves),
                (0, house.eaves),
            ]
        )
        if gabled:
            under = wall.shape(
                [
                    (-0.2, house.eaves - 0.5),
                    (middle, house.ridge - 0.5),
                    (wall.width + 0.2, house.eaves - 0.5),
                    *shape[2:],
                ]
            )
        sheet.shade(2.5).polygon(under, mood.shadow, 0.85)
    return face, side


def shadow(sheet: Sheet, camera: Camera, house: House, mood: Mood) -> None:
    """What the house keeps from the ground: its cast shadow and the dark line where it stands."""
    ground.cast(
        sheet.shade(3),
        camera,
        mood,
        house.corners(),
        alpha=0.85 if max(mood.sunlight) > 0.25 else 0.35,
    )
    o = 0.5
    around = [(house.x - o, house.y - o, 0), (house.x + house.width + o, house.y - o, 0)]
    around += [
        (house.x + house.width + o, house.y + house.depth + o, 0),
        (house.x - o, house.y + house.depth + o, 0),
    ]
    sheet.shade(9).polygon(camera.outline(around), "#4e526a", 0.75)
