"""The shell of a room: floor, walls, ceiling, windows, and the daylight that comes through them.

The room lies between x = -width/2 and width/2, y = 0 (open to the viewer) and y = depth. Daylight comes from one side.
"""

import msgspec
import pyvips

from api.demo import ground, light
from api.demo.camera import Camera, Face, Vec, flank, front, level
from api.demo.canvas import Canvas
from api.demo.palette import Rgb
from api.demo.sky import MOODS


class Daylight(msgspec.Struct, frozen=True):
    """Light in a room: factors on what faces up, the viewer, the windows and away from them; what is seen outside; sun patches and lamps 0..1."""

    up: float = 1.0
    viewer: float = 0.84
    towards: float = 0.95
    away: float = 0.62
    tint: Rgb = (1, 0.99, 0.97)
    outside: tuple[str, str, str] = ("#cfe3f4", "#e6f0ee", "#8fb878")
    sun: float = 1.0
    sun_colour: str = "#b5834a"
    lamps: float = 0.0
    shadow: str = "#55505a"
    mood: str = "morning"


DAYLIGHTS = {
    "bright": Daylight(),
    "soft": Daylight(
        sun=0.0,
        tint=(0.98, 0.99, 1.01),
        outside=("#e6edf1", "#f3f5f3", "#c9d6c4"),
        viewer=0.86,
        away=0.7,
        mood="overcast",
    ),
    "golden": Daylight(
        tint=(1.04, 0.95, 0.83),
        outside=("#f7d9b0", "#ffe9c4", "#cdb277"),
        sun=1.25,
        sun_colour="#c9822f",
        lamps=0.35,
        viewer=0.78,
        mood="golden",
    ),
    "evening": Daylight(
        up=0.72,
        viewer=0.66,
        towards=0.6,
        away=0.56,
        tint=(1.06, 0.9, 0.74),
        outside=("#2b3a6c", "#59598f", "#2c3a44"),
        sun=0.0,
        lamps=1.0,
        shadow="#3a3038",
        mood="dusk",
    ),
}


class Room(msgspec.Struct, frozen=True):
    """A room and where the viewer stands in it. `window_side` -1 is left, 1 right."""

    camera: Camera
    daylight: Daylight
    width: float = 5.6
    depth: float = 5.4
    height: float = 2.75
    window_side: int = -1

    @property
    def back(self) -> Face:
        """The far wall."""
        return front(self.camera, -self.width / 2, self.depth, 0, self.width, self.height)

    def side(self, which: int) -> Face:
        """The left (-1) or right (1) wall; u runs away from the viewer, from one metre behind y = 0."""
        return flank(
            self.camera,
            which * self.width / 2,
            -1.5,
            0,
            self.depth + 1.5,
            self.height,
            looks=-which,
        )

    @property
    def floor(self) -> Face:
        """From one and a half metres before the room, so that it fills the lower edge."""
        return level(self.camera, -self.width / 2, -1.5, 0, self.width, self.depth + 1.5)

    @property
    def ceiling(self) -> Face:
        """As the floor."""
        return level(
            self.camera, -self.width / 2, -1.5, self.height, self.width, self.depth + 1.5, looks=-1
        )

    def on(self, normal: Vec) -> Rgb:
        """Light on a surface with this outward normal, factor per channel."""
        d = self.daylight
        if normal[2] > 0.5:
            strength = d.up
        elif normal[0] * self.window_side > 0.5:
            strength = d.towards
        else:
            strength = d.away if abs(normal[0]) > 0.5 else d.viewer
        if normal[2] < -0.5:
            strength = d.up * 0.5
        r, g, b = d.tint
        return r * strength, g * strength, b * strength


def polish(picture: pyvips.Image, room: Room, strength: float) -> pyvips.Image:
    """The floor mirrors the far wall a little; do this before any furniture stands on it."""
    frame, area = room.camera.frame, Canvas(room.camera.frame)
    area.polygon(room.floor.whole, "#ffffff", strength)
    ripple = ground.noise(room.camera, cell_m=0.06, seed=2)
    line = room.camera.at((0, room.depth, 0))[1]
    return ground.mirror(
        picture,
        frame,
        line,
        area,
        ripple=ripple,
        tint=[(0, "#ffffff", 0.0), (1, "#806a58", 0.2)],
        sway=3,
    )


def finish(picture: pyvips.Image, room: Room, seed: int) -> pyvips.Image:
    """The interior photographer's print: bright, gentle contrast, a little bloom, fine grain."""
    frame, d = room.camera.frame, room.daylight
    picture = light.bloom(
        picture, frame, radius=14, strength=0.13, above=190 if d.lamps < 0.9 else 165
    ).copy_memory()
    picture = light.grade(picture, tint=MOODS[d.mood].tint, contrast=0.2, lift=7, gamma=0.86)
    return light.grain(light.vignette(picture, 0.16), frame, 6, seed)
