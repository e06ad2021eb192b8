"""Trees, shrubs and flowers where the scene wants them, with their shadows."""

from math import pi, sin
from random import Random

import msgspec
import pyvips

from api.demo import foliage, ground, light
from api.demo.camera import Camera, Vec
from api.demo.canvas import Canvas, Frame, Point
from api.demo.palette import mix, times, vary
from api.demo.sky import Mood

GREEN, OLIVE, SPRUCE, AUTUMN, SNOW = "#6c9142", "#8a9650", "#466a50", "#cf8434", "#f2f4fa"


def trunk(
    canvas: Canvas, rng: Random, foot: Point, top: Point, width: float, colour: str, limbs: int = 4
) -> None:
    """A stem with `limbs` boughs, lighter on one side."""
    (x0, y0), (x1, y1) = foot, top
    bend = (x0 + x1) / 2 + rng.uniform(-1, 1) * width
    for inset, tone in ((0.0, 0.72), (0.28, 1.0), (0.55, 1.2)):
        half = width / 2 * (1 - inset)
        shape = f"M{x0 - half:.1f} {y0:.1f} Q{bend - half:.1f} {(y0 + y1) / 2:.1f} {x1 - half * 0.4:.1f} {y1:.1f} L{x1 + half * 0.3:.1f} {y1:.1f} "
        canvas.path(
            shape
            + f"Q{bend + half * (1 - inset):.1f} {(y0 + y1) / 2:.1f} {x0 + half * (1 - inset * 1.4):.1f} {y0:.1f} Z",
            times(colour, tone),
        )
    for _ in range(limbs):
        rise = rng.uniform(0.45, 0.9)
        sx, sy = x0 + (x1 - x0) * rise, y0 + (y1 - y0) * rise
        reach = (y0 - y1) * rng.uniform(0.15, 0.26) * rng.choice((-1, 1))
        limb = f"M{sx:.1f} {sy:.1f} q{reach * 0.4:.1f} {-abs(reach) * 0.3:.1f} {reach:.1f} {-abs(reach) * 0.9:.1f}"
        canvas.path(limb, "none", edge=times(colour, 0.85), edge_width=width * 0.22)


def grove(
    picture: pyvips.Image,
    camera: Camera,
    mood: Mood,
    rng: Random,
    stand: list[tuple[float, float, float]],
    *,
    colour: str = GREEN,
    kind: str = "broad",
    shadow: bool = True,
) -> pyvips.Image:
    """Trees at (x, y) on the ground, `tall` metres high, far ones first, with their shadows. `kind` is broad, birch, poplar or spruce."""
    frame, sheet = camera.frame, light.Sheet(camera.frame)
    side = -1 if mood.sun[0] < 0 else 1
    wood = times(
        {"birch": "#d6d0c4", "spruce": "#4e3a2c"}.get(kind, "#6b5140"), mood.on((0, -1, 0))
    )
    blobs: list[foliage.Blob] = []
    for x, y, tall in stand:
        foot, size = camera.at((x, y, 0)), camera.per_metre((x, y, 0)) * tall
        if shadow:
            _tree_shadow(
                sheet, camera, mood, rng, (x, y, 0), tall * (0.2 if kind == "spruce" else 0.3)
            )
        trunk(
            sheet.paint,
            rng,
            foot,
            (foot[0], foot[1] - size * 0.6),
            size * (0.025 if kind == "birch" else 0.042),
            wood,
            0 if kind in {"spruce", "poplar"} else 4,
        )
        if kind == "spruce":
            blobs += foliage.needles(
                rng,
                (foot[0], foot[1] - size * 0.03),
                size * 0.4,
                size,
                colour,
                SNOW if mood.snow else None,
            )
        else:
            wide = {"birch": 0.46, "poplar": 0.28}.get(kind, 0.78)
            blobs += foliage.crown(
                rng,
                (foot[0], foot[1] - size * 0.62),
                size * wide,
                size * 0.76,
                vary(rng, colour, 0.08),
                lobes=22,
                sun=side,
            )
    leaf = max(2.0, min(5.0, camera.per_metre((stand[-1][0], stand[-1][1], 0)) * 0.1))
    return foliage.plant(
        sheet.over(picture), frame, blobs, mood.on((side * 0.3, -0.7, 0.6)), leaf=leaf
    ).copy_memory()


def _tree_shadow(
    sheet: light.Sheet, camera: Camera, mood: Mood, rng: Random, at: Vec, radius: float
) -> None:
    strong = 0.7 if max(mood.sunlight) > 0.25 else 0.3
    reach = min(2.2, 1 / max(0.25, mood.sun[2]))
    for _ in range(26):
        far = rng.uniform(0.4, 1.5) * reach * radius
        x = at[0] - mood.sun[0] * far + rng.uniform(-1, 1) * radius * 0.8
        y = at[1] - mood.sun[1] * far + rng.uniform(-1, 1) * radius * 0.5
        sheet.shade(2.5).polygon(
            ground.disc(camera, x, y, radius * rng.uniform(0.12, 0.34)), mood.shadow, strong * 0.55
        )
    sheet.shade(6).polygon(ground.disc(camera, at[0], at[1], radius * 0.35), "#4a4f60", 0.7)


def shrubs(
    picture: pyvips.Image,
    camera: Camera,
    mood: Mood,
    rng: Random,
    rows: list[tuple[Vec, Vec]],
    *,
    tall: float,
    colour: str = GREEN,
    flowers: str | None = None,
    loose: float = 0.5,
) -> pyvips.Image:
    """Hedges or borders, each between two places on the ground, with blossom if a colour is given."""
    frame = camera.frame
    sheet, side = light.Sheet(frame), -1 if mood.sun[0] < 0 else 1
    blobs: list[foliage.Blob] = []
    per_metre = camera.per_metre(rows[0][1])
    for start, end in rows:
        strip = [
            (start[0], start[1] + 0.4, 0.0),
            (end[0], end[1] + 0.4, 0.0),
            (end[0], end[1] - 0.35, 0.0),
            (start[0], start[1] - 0.35, 0.0),
        ]
        sheet.shade(4).polygon(camera.outline(strip), "#474b58", 0.8)
        size = (camera.per_metre(start) + camera.per_metre(end)) / 2
        blobs += foliage.hedge(
            rng, camera.at(start), camera.at(end), tall * size, colour, loose=loose, sun=side
        )
    picture = sheet.over(picture)
    tint = mood.on((-0.3 if mood.sun[0] < 0 else 0.3, -0.7, 0.6))
    leaf = max(2.0, min(6.0, per_metre * 0.09))
    picture = foliage.plant(picture, frame, blobs, tint, leaf=leaf)
    if flowers:
        picture = light.over(
            picture,
            _blossom(
                frame, blobs, times(flowers, mood.on((0, -0.5, 0.8))), rng, per_metre
            ).render(),
        )
    return picture.copy_memory()


def _blossom(
    frame: Frame, blobs: list[foliage.Blob], colour: str, rng: Random, per_metre: float
) -> Canvas:
    canvas = Canvas(frame)
    for blob in blobs:
        for _ in range(3):
            x, y = (
                blob.x + rng.gauss(0, 0.5) * blob.radius,
                blob.y + rng.gauss(-0.2, 0.45) * blob.radius,
            )
            size = per_metre * rng.uniform(0.025, 0.05)
            canvas.ellipse((x, y), size, size * 0.85, vary(rng, colour, 0.16))
            canvas.ellipse(
                (x - size * 0.2, y - size * 0.3),
                size * 0.4,
                size * 0.35,
                mix(colour, "#ffffff", 0.5),
                0.7,
            )
    return canvas


def near_leaves(
    picture: pyvips.Image,
    frame: Frame,
    mood: Mood,
    rng: Random,
    *,
    colour: str,
    left: bool = True,
    blur: float = 5,
) -> pyvips.Image:
    """A branch close to the lens, out of focus, in an upper corner."""
    blobs: list[foliage.Blob] = []
    for _ in range(9):
        t = rng.random()
        x, y = (
            t * frame.width * 0.34,
            (sin(t * pi) * 0.03 + rng.gauss(0, 0.02) - t * 0.03) * frame.height,
        )
        at = (x if left else frame.width - x, y)
        blobs += foliage.crown(rng, at, frame.width * 0.11, frame.width * 0.06, colour, lobes=7)
    # Out of focus, so a third of the pixels is plenty.
    rough = msgspec.structs.replace(frame, scale=frame.scale / 3)
    layer = foliage.grown(rough, blobs, mood.on((0, -0.2, 0.6)), leaf=13, crisp=3)
    blurred = (
        layer.premultiply().gaussblur(max(0.4, blur * rough.scale)).unpremultiply().cast("uchar")
    )
    return light.over(
        picture, light.fit(blurred.copy(interpretation="srgb"), picture)
    ).copy_memory()
