"""Where a house stands: sky, distance, ground, planting, and the finish that makes a picture a photograph."""

from math import sin
from random import Random

import msgspec
import pyvips

from api.demo import foliage, ground, light, sky, texture
from api.demo.camera import Camera
from api.demo.canvas import Canvas, Frame
from api.demo.palette import mix, times, vary
from api.demo.planting import GREEN, grove
from api.demo.sky import Mood


class Land(msgspec.Struct, frozen=True):
    """What lies around a house. `hills` None means an open horizon; `sea` draws water up to the horizon, `shore` metres away."""

    ground: str = "#9aa862"
    rough: float = 0.3
    hills: str | None = "#5d7a66"
    ridge: float = 0.1
    wood: str = GREEN
    wood_tall: float = 110
    conifers: bool = False
    stand: tuple[tuple[float, float, float], ...] = ((-3, 24, 13), (-13, 18, 11), (5, 20, 10))
    kind: str = "broad"
    sea: float | None = None


def distant(camera: Camera) -> Camera:
    """The same view on half as many pixels each way."""
    return msgspec.structs.replace(
        camera, frame=msgspec.structs.replace(camera.frame, scale=camera.frame.scale / 2)
    )


def backdrop(camera: Camera, mood: Mood, rng: Random, land: Land) -> pyvips.Image:
    """Sky, ridges, open ground, the wood at its end and the trees behind the house.

    Painted at half size: distance is soft anyway, and the grain of the finish hides the difference (half the time of a picture).
    """
    far = distant(camera)
    frame = far.frame
    picture = sky.sky(frame, mood, camera.horizon, rng.randrange(1000))
    if land.hills:
        picture = light.over(
            picture,
            ground.hills(
                frame, rng, mood, camera.horizon, colour=land.hills, tall=land.ridge
            ).render(),
        )
    picture = light.over(
        picture, ground.field(far, mood, land.ground, rough=land.rough, seed=rng.randrange(50))
    ).copy_memory()
    if land.sea is not None:
        picture = _sea(picture, far, mood, land.sea)
    if land.wood_tall:
        picture = treeline(
            picture, far, mood, rng, colour=land.wood, tall=land.wood_tall, conifers=land.conifers
        )
    if land.stand:
        picture = grove(
            picture,
            far,
            mood,
            rng,
            list(land.stand),
            colour=land.wood,
            kind=land.kind,
            shadow=False,
        )
    picture = light.over(
        picture,
        light.haze(
            frame,
            mood.haze,
            level=camera.horizon - 0.06,
            spread=0.3,
            strength=mood.haze_strength**2 * 0.9,
        ),
    )
    return light.fit(picture, pyvips.Image.black(*camera.frame.size)).copy_memory()


def _sea(picture: pyvips.Image, camera: Camera, mood: Mood, shore: float) -> pyvips.Image:
    frame, line = camera.frame, camera.horizon * camera.frame.height
    area = Canvas(frame)
    edge = camera.at((0, camera.stand[1] + shore, 0))[1]
    wave = [
        (x * frame.width / 40, edge + sin(x * 1.3) * 2.2 + sin(x * 0.41) * 4) for x in range(41)
    ]
    area.polygon([(0, line), (frame.width, line), *wave[::-1]], "#ffffff")
    blue = times("#3f88a6", mood.on((0, 0, 1)))
    tint = [
        (0.0, mix(blue, mood.haze, 0.45), 0.75),
        (0.35, blue, 0.7),
        (1.0, mix(blue, "#bfe0d4", 0.5), 0.6),
    ]
    ripple = ground.noise(camera, cell_m=0.8, seed=9, stretch=7)
    picture = ground.mirror(picture, frame, line, area, ripple=ripple, tint=tint, sway=14)
    foam = light.Sheet(frame)
    foam.glow(1.2).line([(x, y - 1) for x, y in wave], "#f4f8f6", 3.5, 0.9)
    foam.glow(4).line([(x, y - 9) for x, y in wave], "#b8ccd0", 5, 0.6)
    foam.shade(5).line([(x, y + 6) for x, y in wave], "#8b8578", 14, 0.5)
    return foam.over(picture)


def treeline(
    picture: pyvips.Image,
    camera: Camera,
    mood: Mood,
    rng: Random,
    *,
    colour: str,
    tall: float,
    depth: float = 0.5,
    conifers: bool = False,
) -> pyvips.Image:
    """A wood at the far end of the ground, `tall` units high, hazed by `depth` (0..1)."""
    frame = camera.frame
    base = camera.horizon * frame.height + 5
    tone = mix(colour, mood.haze, depth * 0.6)
    blobs: list[foliage.Blob] = []
    side = -1 if mood.sun[0] < 0 else 1
    x = -20.0
    while x < frame.width + 20:
        high = tall * rng.uniform(0.55, 1.1)
        if conifers:
            blobs += foliage.needles(rng, (x, base + 4), high * 0.42, high, vary(rng, tone, 0.1))
            x += high * rng.uniform(0.18, 0.34)
        else:
            blobs += foliage.crown(
                rng,
                (x, base - high * 0.36),
                high * rng.uniform(1.2, 1.8),
                high,
                vary(rng, tone, 0.1),
                lobes=6,
                sun=side,
            )
            x += high * rng.uniform(0.35, 0.6)
    tint = mood.on((0, -0.8, 0.5))
    picture = foliage.plant(picture, frame, blobs, tint, leaf=2.6)
    veil = light.haze(
        frame,
        mood.haze,
        level=camera.horizon - 0.02,
        spread=0.09,
        strength=mood.haze_strength * (0.5 + depth),
    )
    return light.over(picture, veil).copy_memory()


def finish(
    picture: pyvips.Image, frame: Frame, mood: Mood, seed: int, *, haze_at: float | None = None
) -> pyvips.Image:
    """Air, bloom, print curve, corners, grain: the same lens for every picture of the portal."""
    if haze_at is not None:
        picture = light.over(
            picture,
            light.haze(
                frame, mood.haze, level=haze_at, spread=0.16, strength=mood.haze_strength * 0.35
            ),
        ).copy_memory()
    picture = light.bloom(picture, frame, radius=16, strength=0.16, above=160).copy_memory()
    picture = light.grade(picture, tint=mood.tint, contrast=0.16, lift=6, gamma=0.88)
    paper = texture.speckle(picture.width, picture.height, seed=8, blur=1.4 * frame.scale)
    return light.grain(light.modulate(light.vignette(picture, 0.22), paper, 0.012), frame, 8, seed)
