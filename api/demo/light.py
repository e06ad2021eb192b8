"""Light and lens: how painted sheets are laid over each other, and what a camera adds (bloom, haze, vignette, grain).

Pictures are 8-bit sRGB, three bands, held in memory between steps. Must never draw a thing of its own.
"""

from collections.abc import Callable

import pyvips

from api.demo import texture
from api.demo.canvas import Canvas, Frame
from api.demo.palette import rgb


class Sheet:
    """One depth of a picture: opaque paint, the shadows that fall on everything so far, the light that spills from it.

    `shade(blur)` and `glow(blur)` give one canvas per softness, in units. Shade colours multiply, glow colours are added as on a screen.
    """

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.paint = Canvas(frame)
        self._shades: dict[float, Canvas] = {}
        self._glows: dict[float, Canvas] = {}

    def shade(self, blur: float) -> Canvas:
        """Where soft shadows are painted; lies under the paint of later sheets, over the paint of this one."""
        return self._shades.setdefault(blur, Canvas(self.frame))

    def glow(self, blur: float) -> Canvas:
        """Where soft light is painted."""
        return self._glows.setdefault(blur, Canvas(self.frame))

    def over(self, base: pyvips.Image) -> pyvips.Image:
        """The picture so far with this sheet on it."""
        picture = over(base, self.paint.render()) if self.paint else base
        if self._shades:
            picture = multiply(picture, _merged(self._shades, "#ffffff", multiply))
        if self._glows:
            picture = screen(picture, _merged(self._glows, "#000000", screen))
        return picture.copy_memory()


def _merged(
    canvases: dict[float, Canvas],
    ground: str,
    blend: Callable[[pyvips.Image, pyvips.Image], pyvips.Image],
) -> pyvips.Image:
    """All softnesses in one small picture, so that the large one is touched once."""
    finest, *others = (soft(canvases[blur], blur, ground) for blur in sorted(canvases))
    for other in others:
        finest = blend(finest, other)
    return finest.copy_memory()


def over(base: pyvips.Image, layer: pyvips.Image) -> pyvips.Image:
    """`layer` (RGBA) on `base` (RGB)."""
    return base.composite2(layer, "over")[:3].cast("uchar")


def fit(image: pyvips.Image, like: pyvips.Image) -> pyvips.Image:
    """Enlarged smoothly to the size of the other picture."""
    if (image.width, image.height) == (like.width, like.height):
        return image
    return image.resize(
        like.width / image.width, vscale=like.height / image.height, kernel="linear"
    ).gravity("north-west", like.width, like.height, extend="copy")


def soft(canvas: Canvas, blur: float, background: str) -> pyvips.Image:
    """The canvas on a plain ground, blurred by `blur` units, at a size that still holds the blur (smaller than the frame)."""
    frame = canvas.frame
    coarseness = max(1.0, min(8.0, blur * frame.scale / 2))
    image = canvas.render(coarseness).flatten(background=list(rgb(background)))
    sigma = blur * frame.scale / coarseness
    return image.gaussblur(sigma) if sigma > 0.3 else image


def multiply(base: pyvips.Image, by: pyvips.Image) -> pyvips.Image:
    """Darken; white leaves as is. 8 bit in and out."""
    return (base * fit(by, base) / 255).cast("uchar")


def screen(base: pyvips.Image, by: pyvips.Image) -> pyvips.Image:
    """Lighten; black leaves as is. 8 bit in and out."""
    return (255 - (255 - base) * (255 - fit(by, base)) / 255).cast("uchar")


def modulate(base: pyvips.Image, noise: pyvips.Image, strength: float) -> pyvips.Image:
    """Lighter and darker by the noise; `strength` 0.1 is ten percent where the noise is 1."""
    return (base * (noise * strength + 1)).cast("uchar")


def bloom(
    picture: pyvips.Image, frame: Frame, *, radius: float, strength: float, above: float = 150
) -> pyvips.Image:
    """Bright places spill: everything over `above` (0..255) is blurred by `radius` units, and by four times that, and screened back."""
    small = picture.resize(min(1.0, 4 / max(4.0, radius * frame.scale))).copy_memory()
    bright = ((small.cast("float") - above) * (255 / (255 - above)) * strength).cast("uchar")
    sigma = max(0.4, radius * small.width / frame.width)
    spill = screen(bright.gaussblur(sigma), (bright.gaussblur(sigma * 4) * 0.6).cast("uchar"))
    return screen(picture, spill.copy_memory())


def haze(
    frame: Frame, colour: str, *, level: float, spread: float, strength: float
) -> pyvips.Image:
    """RGBA veil, densest at `level` (fraction of the height) and fading over `spread` (fraction) up and down; wisps by noise."""
    width, height = (max(8, side // 8) for side in frame.size)
    y = pyvips.Image.xyz(width, height)[1] / height
    band = ((y - level) / spread) ** 2 * -1
    wisps = texture.billow(width, height, cell=width / 4, octaves=3, seed=5) * 0.25 + 0.9
    veil = (band.exp() * wisps * 255 * strength).cast("uchar")
    plain = (pyvips.Image.black(width, height, bands=3) + list(rgb(colour))).cast("uchar")
    small = plain.bandjoin(veil).copy(interpretation="srgb")
    return fit(small, pyvips.Image.black(*frame.size))


def vignette(picture: pyvips.Image, strength: float) -> pyvips.Image:
    """Corners darker by `strength` (0..1), the middle untouched."""
    width, height = 300, max(8, round(300 * picture.height / picture.width))
    grid = pyvips.Image.xyz(width, height)
    square = ((grid[0] / width - 0.5) * 2) ** 2 + ((grid[1] / height - 0.5) * 2) ** 2
    return multiply(picture, (255 * (1 - (square / 2) ** 1.6 * strength)).cast("uchar"))


def grain(picture: pyvips.Image, frame: Frame, strength: float, seed: int) -> pyvips.Image:
    """Film grain, stronger in the middle tones than in black and white. `strength` is in levels of 255."""
    noise = texture.speckle(picture.width, picture.height, seed=seed, blur=0.28 * frame.scale)
    tone = picture[1].cast("float") / 255
    weight = 0.35 + (tone * (1 - tone)) * 2.6
    return (picture + noise * weight * strength).cast("uchar")


def grade(
    picture: pyvips.Image,
    *,
    tint: tuple[float, float, float] = (1, 1, 1),
    contrast: float = 0.25,
    lift: float = 6,
    gamma: float = 1,
) -> pyvips.Image:
    """A print's tone curve: a soft S by `contrast` (0..1), blacks lifted by `lift` levels, channels scaled by `tint`, `gamma` under 1 opens the shadows."""
    ramp = (pyvips.Image.identity().cast("float") / 255) ** gamma
    curve = ramp + (ramp * ramp * (3 - 2 * ramp) - ramp) * contrast
    tables = [((curve * k) * (255 - lift) + lift).cast("uchar") for k in tint]
    return picture.maplut(tables[0].bandjoin(tables[1:]))
