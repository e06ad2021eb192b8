"""What lies flat: lawns, paving, water, snow, the shadows on them, and hills behind."""

from collections.abc import Sequence
from math import cos, pi, sin
from random import Random

import pyvips

from api.demo import light, texture
from api.demo.camera import Camera, Vec, hull, level
from api.demo.canvas import Canvas, Frame, Point, Stops
from api.demo.palette import mix, times, vary
from api.demo.sky import Mood

UP: Vec = (0, 0, 1)


def noise(camera: Camera, *, cell_m: float, seed: int, stretch: float = 1) -> pyvips.Image:
    """Noise on the ground as this camera sees it, for the whole frame; 0 above the horizon."""
    focal = camera.focal * camera.frame.width
    return texture.on_ground(
        camera.frame,
        horizon=camera.horizon,
        reach=focal * camera.stand[2],
        focal=focal,
        cell_m=cell_m,
        seed=seed,
        stretch=stretch,
    )


def field(
    camera: Camera,
    mood: Mood,
    colour: str,
    *,
    rough: float = 0.35,
    cell_m: float = 0.05,
    seed: int = 1,
) -> pyvips.Image:
    """RGBA: open ground up to the horizon, hazier far away; blades or pebbles of about `cell_m`, patches of several metres."""
    frame = camera.frame
    top = frame.height * camera.horizon
    canvas = Canvas(frame)
    near = times(colour, mood.on(UP))
    stops = [
        (0.0, mix(near, mood.haze, 0.55), 1.0),
        (0.12, mix(near, mood.haze, 0.2), 1.0),
        (0.5, near, 1.0),
        (1.0, times(near, 0.82), 1.0),
    ]
    canvas.polygon(
        [(0, top), (frame.width, top), (frame.width, frame.height), (0, frame.height)],
        canvas.linear((0, top), (0, frame.height), stops),
    )
    flat = canvas.render(2)
    flat = light.fit(flat, pyvips.Image.black(*frame.size))
    blades, patches = (
        noise(camera, cell_m=cell_m, seed=seed),
        noise(camera, cell_m=cell_m * 14, seed=seed + 1),
    )
    shaded = light.modulate(flat[:3], blades * rough + patches * rough * 0.5, 1)
    return shaded.bandjoin(flat[3]).copy(interpretation="srgb").copy_memory()


def hills(
    frame: Frame,
    rng: Random,
    mood: Mood,
    horizon: float,
    *,
    colour: str,
    tall: float,
    layers: int = 3,
) -> Canvas:
    """Ridges behind the ground line, the far ones paler; `tall` is the highest, in fractions of the frame's height."""
    canvas = Canvas(frame)
    for layer in range(layers):
        near = (layer + 1) / layers
        tone = mix(mood.haze, times(colour, mood.on((0, -0.7, 0.7))), 0.25 + 0.5 * near)
        base, peak = horizon * frame.height + 2, tall * frame.height * (1.15 - 0.75 * near)
        waves = [
            (rng.uniform(0.6, 1.6) * (n + 1), rng.uniform(0, 2 * pi), 1 / (n + 1) ** 1.25)
            for n in range(9)
        ]
        ridge = [_ridge(frame, x / 160, waves, base, peak) for x in range(161)]
        fill = canvas.linear(
            (0, base - peak), (0, base), [(0, tone, 1), (1, mix(tone, mood.haze, 0.55), 1)]
        )
        canvas.polygon([(0, base), *ridge, (frame.width, base)], fill)
    return canvas


def _ridge(
    frame: Frame,
    share: float,
    waves: Sequence[tuple[float, float, float]],
    base: float,
    peak: float,
) -> Point:
    rise = sum(strength * sin(share * 2 * pi * speed + phase) for speed, phase, strength in waves)
    return share * frame.width, base - peak * (0.55 + 0.22 * rise)


def cast(
    shade: Canvas,
    camera: Camera,
    mood: Mood,
    corners: Sequence[Vec],
    *,
    onto: float = 0,
    alpha: float = 0.9,
) -> None:
    """The shadow that a convex body with these corners throws on level ground at height `onto`."""
    sun = mood.sun
    steep = max(0.22, sun[2])
    feet = [
        (x - sun[0] * (z - onto) / steep, y - sun[1] * (z - onto) / steep, onto)
        for x, y, z in corners
    ]
    around = [(x, y, onto) for x, y in hull([(x, y) for x, y, _ in feet])]
    shade.polygon(camera.outline(around), mood.shadow, alpha)


def disc(
    camera: Camera, x: float, y: float, radius: float, z: float = 0, corners: int = 28
) -> list[Point]:
    """A circle lying on the ground."""
    turns = [2 * pi * n / corners for n in range(corners)]
    return camera.outline([(x + cos(t) * radius, y + sin(t) * radius, z) for t in turns])


def paving(
    canvas: Canvas,
    camera: Camera,
    mood: Mood,
    rng: Random,
    area: tuple[float, float, float, float],
    *,
    colour: str,
    slab: float,
    z: float = 0,
) -> None:
    """Slabs over the area (x0, y0, x1, y1)."""
    x0, y0, x1, y1 = area
    face = level(camera, x0, y0, z, x1 - x0, y1 - y0)
    lit = times(colour, mood.on(UP))
    canvas.polygon(face.whole, times(lit, 0.72))
    rows, columns = int((y1 - y0) / slab), int((x1 - x0) / slab)
    for row in range(rows):
        for column in range(columns):
            u, v = column * slab, row * slab
            canvas.polygon(
                face.quad(u + 0.012, v + 0.012, u + slab - 0.012, v + slab - 0.012),
                vary(rng, lit, 0.045),
            )


def mirror(
    picture: pyvips.Image,
    frame: Frame,
    line: float,
    area: Canvas,
    *,
    ripple: pyvips.Image,
    tint: Stops,
    sway: float,
) -> pyvips.Image:
    """The picture with still water where `area` is painted (below `line`, in units): what is above the line upside down, shaken by `ripple`, under a tint.

    `sway` is how far a ripple shifts a reflection, in units. `tint` runs from the line to the lower edge.
    """
    width, height = frame.size
    top = min(height - 8, max(0, int(line * frame.scale)))
    deep = height - top
    grid, ripple = pyvips.Image.xyz(width, deep), ripple.crop(0, top, width, deep)
    y = (2 * line * frame.scale - top) - grid[1] + ripple * (sway * frame.scale)
    y = (y < 0).ifthenelse(y * -1, y)
    x = grid[0] + ripple * (sway * 0.35 * frame.scale)
    flipped = picture.mapim(
        x.bandjoin(y), interpolate=pyvips.Interpolate.new("bilinear"), extend="mirror"
    )
    sheet = Canvas(frame)
    sheet.polygon(
        [(0, 0), (frame.width, 0), (frame.width, frame.height), (0, frame.height)],
        sheet.linear((0, line), (0, frame.height), tint),
    )
    veil = light.fit(sheet.render(4), picture).crop(0, top, width, deep)
    water = light.over(light.modulate(flipped, ripple, 0.16), veil)
    wet = water.bandjoin(area.render()[3].crop(0, top, width, deep))
    return picture.composite2(wet, "over", x=0, y=top)[:3].cast("uchar").copy_memory()
