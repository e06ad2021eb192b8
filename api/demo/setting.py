"""Where a house stands: sky, distance, ground, planting, and the finish that makes a picture a photograph."""

from math import pi, sin
from random import Random

import pyvips

from api.demo import foliage, ground, light, sky, texture
from api.demo.camera import Camera, Vec
from api.demo.canvas import Canvas, Frame, Point
from api.demo.palette import mix, times, vary
from api.demo.sky import Mood

GREEN, OLIVE, SPRUCE, AUTUMN = "#5f8a3a", "#7a8a45", "#3f6148", "#c9772f"


def backdrop(camera: Camera, mood: Mood, rng: Random, *, lawn: str, hills: str | None = "#5d7a66", tall: float = 0.1, rough: float = 0.3) -> pyvips.Image:
    """Sky, ridges and open ground."""
    frame = camera.frame
    picture = sky.sky(frame, mood, camera.horizon, rng.randrange(1000))
    if hills:
        picture = light.over(picture, ground.hills(frame, rng, mood, camera.horizon, colour=hills, tall=tall).render())
    return light.over(picture, ground.field(camera, mood, lawn, rough=rough, seed=rng.randrange(50))).copy_memory()


def treeline(picture: pyvips.Image, camera: Camera, mood: Mood, rng: Random, *, colour: str, tall: float, depth: float = 0.5, conifers: bool = False) -> pyvips.Image:
    """A wood at the far end of the ground, `tall` units high, hazed by `depth` (0..1)."""
    frame = camera.frame
    base = camera.horizon * frame.height + 5
    tone = mix(colour, mood.haze, depth * 0.6)
    blobs: list[foliage.Blob] = []
    x = -20.0
    while x < frame.width + 20:
        high = tall * rng.uniform(0.55, 1.1)
        if conifers:
            blobs += foliage.needles(rng, (x, base + 4), high * 0.42, high, vary(rng, tone, 0.1))
            x += high * rng.uniform(0.18, 0.34)
        else:
            blobs += foliage.crown(rng, (x, base - high * 0.42), high * rng.uniform(0.9, 1.5), high, vary(rng, tone, 0.12), 18)
            x += high * rng.uniform(0.5, 0.9)
    tint = mood.on((0, -0.8, 0.5))
    layer = foliage.grown(frame, blobs, tint, leaf=2.6, sun_left=mood.sun[0] < 0)
    picture = light.over(picture, layer)
    veil = light.haze(frame, mood.haze, level=camera.horizon - 0.02, spread=0.09, strength=mood.haze_strength * (0.5 + depth))
    return light.over(picture, veil).copy_memory()


def trunk(canvas: Canvas, rng: Random, foot: Point, top: Point, width: float, colour: str) -> None:
    """A stem with a few limbs, lighter on one side."""
    (x0, y0), (x1, y1) = foot, top
    bend = (x0 + x1) / 2 + rng.uniform(-1, 1) * width
    for inset, tone in ((0.0, 0.72), (0.28, 1.0), (0.55, 1.2)):
        half = width / 2 * (1 - inset)
        shape = f"M{x0 - half:.1f} {y0:.1f} Q{bend - half:.1f} {(y0 + y1) / 2:.1f} {x1 - half * 0.4:.1f} {y1:.1f} L{x1 + half * 0.3:.1f} {y1:.1f} "
        canvas.path(shape + f"Q{bend + half * (1 - inset):.1f} {(y0 + y1) / 2:.1f} {x0 + half * (1 - inset * 1.4):.1f} {y0:.1f} Z", times(colour, tone))
    for _ in range(5):
        rise = rng.uniform(0.45, 0.9)
        sx, sy = x0 + (x1 - x0) * rise, y0 + (y1 - y0) * rise
        reach = (y0 - y1) * rng.uniform(0.2, 0.4) * rng.choice((-1, 1))
        limb = f"M{sx:.1f} {sy:.1f} q{reach * 0.4:.1f} {-abs(reach) * 0.3:.1f} {reach:.1f} {-abs(reach) * 0.9:.1f}"
        canvas.path(limb, "none", edge=times(colour, 0.85), edge_width=width * 0.22)


def tree(picture: pyvips.Image, camera: Camera, mood: Mood, rng: Random, at: Vec, *, tall: float, colour: str = GREEN, kind: str = "broad", shadow: bool = True) -> pyvips.Image:
    """One tree `tall` metres high at a place on the ground, with its shadow. `kind` is broad, birch, poplar or spruce."""
    frame, size = camera.frame, camera.per_metre(at) * tall
    foot = camera.at(at)
    sheet = light.Sheet(frame)
    if shadow:
        _tree_shadow(sheet, camera, mood, rng, at, tall * (0.3 if kind != "spruce" else 0.2))
    tint = mood.on((-0.3 if mood.sun[0] < 0 else 0.3, -0.7, 0.6))
    wood = times({"birch": "#d6d0c4", "spruce": "#4e3a2c"}.get(kind, "#6b5140"), mood.on((0, -1, 0)))
    trunk(sheet.paint, rng, foot, (foot[0], foot[1] - size * 0.6), size * (0.03 if kind == "birch" else 0.05), wood)
    picture = sheet.over(picture)
    middle = (foot[0], foot[1] - size * 0.62)
    if kind == "spruce":
        blobs = foliage.needles(rng, (foot[0], foot[1] - size * 0.03), size * 0.4, size, colour, "#f2f4fa" if mood.shadow == "#7f93c4" else None)
    else:
        wide = {"birch": 0.46, "poplar": 0.3}.get(kind, 0.78)
        blobs = foliage.crown(rng, middle, size * wide, size * 0.74, colour, 70)
    leaf = max(2.2, min(7.0, camera.per_metre(at) * 0.16))
    return light.over(picture, foliage.grown(frame, blobs, tint, leaf=leaf, sun_left=mood.sun[0] < 0)).copy_memory()


def _tree_shadow(sheet: light.Sheet, camera: Camera, mood: Mood, rng: Random, at: Vec, radius: float) -> None:
    strong = 0.7 if max(mood.sunlight) > 0.25 else 0.3
    reach = min(2.2, 1 / max(0.25, mood.sun[2]))
    for _ in range(26):
        far = rng.uniform(0.4, 1.5) * reach * radius
        x = at[0] - mood.sun[0] * far + rng.uniform(-1, 1) * radius * 0.8
        y = at[1] - mood.sun[1] * far + rng.uniform(-1, 1) * radius * 0.5
        sheet.shade(2.5).polygon(ground.disc(camera, x, y, radius * rng.uniform(0.12, 0.34)), mood.shadow, strong * 0.55)
    sheet.shade(6).polygon(ground.disc(camera, at[0], at[1], radius * 0.35), "#4a4f60", 0.7)


def shrubs(picture: pyvips.Image, camera: Camera, mood: Mood, rng: Random, start: Vec, end: Vec, *, tall: float, colour: str = GREEN, flowers: str | None = None, loose: float = 0.5) -> pyvips.Image:
    """A hedge or border between two places on the ground, with blossom if a colour is given."""
    frame = camera.frame
    a, b = camera.at(start), camera.at(end)
    per_metre = (camera.per_metre(start) + camera.per_metre(end)) / 2
    sheet = light.Sheet(frame)
    strip = [(start[0], start[1] + 0.4, 0.0), (end[0], end[1] + 0.4, 0.0), (end[0], end[1] - 0.35, 0.0), (start[0], start[1] - 0.35, 0.0)]
    sheet.shade(4).polygon(camera.outline(strip), "#474b58", 0.8)
    picture = sheet.over(picture)
    blobs = foliage.hedge(rng, a, b, tall * per_metre, colour, loose=loose)
    tint = mood.on((-0.3 if mood.sun[0] < 0 else 0.3, -0.7, 0.6))
    leaf = max(2.0, min(6.0, per_metre * 0.09))
    picture = light.over(picture, foliage.grown(frame, blobs, tint, leaf=leaf, sun_left=mood.sun[0] < 0))
    if flowers:
        picture = light.over(picture, _blossom(frame, blobs, times(flowers, mood.on((0, -0.5, 0.8))), rng, per_metre).render())
    return picture.copy_memory()


def _blossom(frame: Frame, blobs: list[foliage.Blob], colour: str, rng: Random, per_metre: float) -> Canvas:
    canvas = Canvas(frame)
    for blob in blobs:
        for _ in range(3):
            x, y = blob.x + rng.gauss(0, 0.5) * blob.radius, blob.y + rng.gauss(-0.2, 0.45) * blob.radius
            size = per_metre * rng.uniform(0.025, 0.05)
            canvas.ellipse((x, y), size, size * 0.85, vary(rng, colour, 0.16))
            canvas.ellipse((x - size * 0.2, y - size * 0.3), size * 0.4, size * 0.35, mix(colour, "#ffffff", 0.5), 0.7)
    return canvas


def near_leaves(picture: pyvips.Image, frame: Frame, mood: Mood, rng: Random, *, colour: str, left: bool = True, blur: float = 5) -> pyvips.Image:
    """A branch close to the lens, out of focus, in an upper corner."""
    blobs = []
    for _ in range(46):
        t = rng.random()
        x, y = t * frame.width * 0.36, sin(t * pi) * frame.height * 0.05 + rng.gauss(0, 0.035) * frame.height - 12
        y -= t * frame.height * 0.03
        radius = frame.width * rng.uniform(0.012, 0.03)
        blobs.append(foliage.Blob(x if left else frame.width - x, y, radius, vary(rng, colour, 0.2)))
    tint = mood.on((0, -0.2, 0.6))
    layer = foliage.grown(frame, blobs, tint, leaf=13, sun_left=mood.sun[0] < 0, crisp=3)
    sharp = layer.premultiply().resize(0.25).gaussblur(max(0.4, blur * frame.scale / 4)).unpremultiply().cast("uchar")
    return light.over(picture, light.fit(sharp.copy(interpretation="srgb"), picture)).copy_memory()


def finish(picture: pyvips.Image, frame: Frame, mood: Mood, seed: int, *, haze_at: float | None = None) -> pyvips.Image:
    """Air, bloom, print curve, corners, grain: the same lens for every picture of the portal."""
    if haze_at is not None:
        picture = light.over(picture, light.haze(frame, mood.haze, level=haze_at, spread=0.16, strength=mood.haze_strength * 0.35)).copy_memory()
    picture = light.bloom(picture, frame, radius=16, strength=0.16, above=165).copy_memory()
    picture = light.bloom(picture, frame, radius=70, strength=0.1, above=150).copy_memory()
    picture = light.grade(picture, tint=mood.tint, contrast=0.42, lift=5)
    paper = texture.speckle(picture.width, picture.height, seed=8, blur=1.4 * frame.scale)
    return light.grain(light.modulate(light.vignette(picture, 0.34), paper, 0.02), frame, 9, seed)
