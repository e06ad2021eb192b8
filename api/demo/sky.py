"""Weather: what the light of a day is made of, and the sky it comes from."""

import msgspec
import pyvips

from api.demo import light, texture
from api.demo.camera import Vec, dot, unit
from api.demo.canvas import Canvas, Frame
from api.demo.palette import Rgb, rgb


class Mood(msgspec.Struct, frozen=True):
    """One hour and weather. Light is given as factors per channel (1 is full white); `sun` points from the scene to the sun."""

    sky: tuple[str, str, str, str]
    sun: Vec
    sunlight: Rgb
    ambient: Rgb
    cloud: str
    cloud_shadow: str
    cover: float
    haze: str
    haze_strength: float = 0.3
    sun_at: tuple[float, float] | None = None
    sun_colour: str = "#fff2d0"
    lamps: float = 0
    stars: float = 0
    shadow: str = "#6f7894"
    snow: bool = False
    tint: Rgb = (1, 1, 1)

    def on(self, normal: Vec) -> Rgb:
        """The light that a surface with this outward normal gets."""
        facing = max(0.0, dot(unit(normal), unit(self.sun)))
        # Level ground gets a share of low sun from all around; a strict cosine leaves evening lawns black.
        facing = max(facing, 0.5 * normal[2])
        above = 0.8 + 0.2 * normal[2]
        r, g, b = (a * above + s * facing for a, s in zip(self.ambient, self.sunlight, strict=True))
        return r, g, b


MOODS = {
    "noon": Mood(
        sky=("#4f8fcb", "#7fb3e0", "#b4d5ee", "#e3eff5"),
        sun=(-0.5, -0.7, 0.62),
        sunlight=(0.86, 0.78, 0.64),
        ambient=(0.5, 0.55, 0.64),
        cloud="#ffffff",
        cloud_shadow="#b4c4d8",
        cover=0.5,
        haze="#d8e6f0",
        haze_strength=0.3,
    ),
    "morning": Mood(
        sky=("#5d94cf", "#93bce3", "#cfdfea", "#f6e9d4"),
        sun=(0.62, -0.62, 0.45),
        sunlight=(0.86, 0.73, 0.52),
        ambient=(0.48, 0.51, 0.6),
        cloud="#fffaf0",
        cloud_shadow="#c3c8d6",
        cover=0.46,
        haze="#f4e8d6",
        haze_strength=0.42,
        sun_at=(0.9, 0.4),
        sun_colour="#6b5a3a",
        tint=(1.02, 1, 0.97),
    ),
    "golden": Mood(
        sky=("#47659f", "#8d93bb", "#ecb491", "#ffd9a0"),
        sun=(-0.62, -0.62, 0.4),
        sunlight=(1.0, 0.68, 0.38),
        ambient=(0.46, 0.45, 0.54),
        cloud="#ffdcae",
        cloud_shadow="#a98a9c",
        cover=0.52,
        haze="#ffd2a0",
        haze_strength=0.4,
        sun_at=(0.12, 0.46),
        sun_colour="#a56a35",
        lamps=0.55,
        shadow="#5f6288",
        tint=(1.03, 1, 0.95),
    ),
    "dusk": Mood(
        sky=("#2b3a72", "#5b659f", "#bd8aa6", "#ffb98a"),
        sun=(0.5, -0.3, 0.3),
        sunlight=(0.3, 0.18, 0.14),
        ambient=(0.5, 0.48, 0.62),
        cloud="#d98f93",
        cloud_shadow="#4a4a78",
        cover=0.54,
        haze="#c98d96",
        haze_strength=0.35,
        sun_at=(0.7, 0.52),
        sun_colour="#80502f",
        lamps=0.9,
        stars=0.25,
        shadow="#5a5c85",
        tint=(1, 0.99, 1.02),
    ),
    "night": Mood(
        sky=("#070d22", "#101c3d", "#22335f", "#46507c"),
        sun=(0.5, -0.4, 0.7),
        sunlight=(0.07, 0.09, 0.15),
        ambient=(0.22, 0.26, 0.4),
        cloud="#3a4670",
        cloud_shadow="#141c38",
        cover=0.5,
        haze="#33406c",
        haze_strength=0.35,
        lamps=1,
        stars=1,
        shadow="#6a6f90",
        tint=(0.98, 1, 1.03),
    ),
    "mist": Mood(
        sky=("#a9bac4", "#bccad0", "#d3dad8", "#e6e6dc"),
        sun=(-0.5, -0.3, 0.7),
        sunlight=(0.16, 0.15, 0.12),
        ambient=(0.6, 0.64, 0.65),
        cloud="#eef0ec",
        cloud_shadow="#a9b6bd",
        cover=0.6,
        haze="#dbe2e0",
        haze_strength=0.85,
        lamps=0.75,
        sun_at=(0.3, 0.3),
        sun_colour="#4a4634",
        shadow="#8c97a0",
    ),
    "overcast": Mood(
        sky=("#8196aa", "#a3b4c3", "#c9d3da", "#e8ebe8"),
        sun=(-0.4, -0.6, 0.8),
        sunlight=(0.34, 0.33, 0.3),
        ambient=(0.6, 0.63, 0.68),
        cloud="#f6f7f6",
        cloud_shadow="#8a99a9",
        cover=0.68,
        haze="#dfe5e6",
        haze_strength=0.4,
        lamps=0.3,
        shadow="#8790a2",
    ),
    "winter": Mood(
        sky=("#3d69ab", "#7fa5d4", "#c9d3e6", "#ffe2c8"),
        sun=(0.62, -0.6, 0.4),
        sunlight=(0.74, 0.6, 0.46),
        ambient=(0.5, 0.56, 0.7),
        cloud="#fff1e4",
        cloud_shadow="#a9b4d0",
        cover=0.45,
        haze="#eee4e6",
        haze_strength=0.4,
        sun_at=(0.95, 0.4),
        sun_colour="#6b503c",
        lamps=0.6,
        shadow="#7f93c4",
        snow=True,
    ),
}


def sky(frame: Frame, mood: Mood, horizon: float, seed: int) -> pyvips.Image:
    """The whole frame as sky: gradient, stars, sun glow, clouds. RGB, 8 bit."""
    canvas = Canvas(frame)
    stops = [
        (share, colour, 1.0) for share, colour in zip((0, 0.4, 0.78, 1), mood.sky, strict=True)
    ]
    canvas.polygon(
        [(0, 0), (frame.width, 0), (frame.width, frame.height), (0, frame.height)],
        canvas.linear((0, 0), (0, frame.height * horizon), stops),
    )
    picture = canvas.render(4)[:3]
    if mood.sun_at:
        picture = light.screen(picture, _sun(frame, mood))
    picture = light.fit(_clouds(picture, mood, horizon, seed), pyvips.Image.black(*frame.size))
    return (_stars(picture, frame, mood, horizon, seed) if mood.stars else picture).copy_memory()


def _sun(frame: Frame, mood: Mood) -> pyvips.Image:
    assert mood.sun_at is not None
    canvas = Canvas(frame)
    x, y = mood.sun_at[0] * frame.width, mood.sun_at[1] * frame.height
    for radius, strength in ((0.75, 0.8), (0.3, 0.7), (0.1, 0.9)):
        fill = canvas.radial(
            [
                (0, mood.sun_colour, strength),
                (0.5, mood.sun_colour, strength * 0.3),
                (1, mood.sun_colour, 0),
            ]
        )
        canvas.ellipse((x, y), frame.width * radius, frame.width * radius * 0.7, fill)
    return canvas.render(4).flatten(background=[0, 0, 0])


def _clouds(picture: pyvips.Image, mood: Mood, horizon: float, seed: int) -> pyvips.Image:
    """Perlin noise seen in perspective: broad above, flat and crowded towards the horizon; lit on the side of the sun."""
    width, height = picture.width, picture.height
    unit_px = min(width, 500)
    grid = pyvips.Image.xyz(width, height)
    above = (horizon * height - grid[1]) / height
    deep = ((above < 0).ifthenelse(0, above) + 0.07) ** -1
    field = texture.billow(
        4 * unit_px, 3 * unit_px, cell=unit_px * 0.34, octaves=7, seed=seed
    ).copy_memory()
    u, v = (grid[0] / width - 0.5) * deep * (0.26 * unit_px) + 2 * unit_px, deep * (0.2 * unit_px)
    near = pyvips.Interpolate.new("bicubic")
    noise = field.mapim(u.bandjoin(v), interpolate=near)
    towards = field.mapim(
        (u + unit_px * 0.03 * (1 if mood.sun[0] > 0 else -1)).bandjoin(v - unit_px * 0.03),
        interpolate=near,
    )
    thickness = _clamp((noise + mood.cover - 0.38) * 2.1)
    fade = _clamp(above * 9)
    lit = _clamp((noise - towards) * 1.5 + 0.75 - thickness * 0.3)
    colour = lit * list(rgb(mood.cloud)) + (1 - lit) * list(rgb(mood.cloud_shadow))
    alpha = thickness * thickness * (3 - thickness * 2) * fade * 0.94
    return (picture * (1 - alpha) + colour * alpha).cast("uchar")


def _clamp(image: pyvips.Image) -> pyvips.Image:
    low = (image < 0).ifthenelse(0, image)
    return (low > 1).ifthenelse(1, low)


def _stars(
    picture: pyvips.Image, frame: Frame, mood: Mood, horizon: float, seed: int
) -> pyvips.Image:
    noise = texture.speckle(picture.width, picture.height, seed=seed, blur=0.3 * frame.scale)
    height = pyvips.Image.xyz(picture.width, picture.height)[1] / (picture.height * horizon)
    points = _clamp((noise - 1.18) * 4) * _clamp(1 - height) * (255 * mood.stars)
    return light.screen(picture, points.cast("uchar").bandjoin([points.cast("uchar")] * 2))
