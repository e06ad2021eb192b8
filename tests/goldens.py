"""Recorded results: pictures that operations are tried on, how a result is stored, and what counts as the same.

A golden is a PNG in `tests/golden/<operation>/`, named by the canonical text and the size of the result; results
larger than a thumbnail are stored shrunk. Sizes and bands must agree exactly, pixels within `MEAN` and `WORST`.
"""

from functools import cache
from pathlib import Path

import pyvips

from imgproxy.asset import AssetData
from imgproxy.grammar import parse
from imgproxy.operations import CLAIMS
from imgproxy.render.interpret import Scope, walk
from imgproxy.step import Phase, Scene, Step
from imgproxy.tree import Transformation
from imgproxy.values import Face, Size

FOLDER = Path(__file__).parent / "golden"
MEAN = 0.6
"""Mean difference over all pixels and bands, in steps of 8 bit: other processors round otherwise here and there."""
WORST = 12
"""Greatest difference of any pixel."""
_LARGEST_STORED = 200

PIXEL_STEPS = tuple(step for step in CLAIMS if step.phase is not Phase.DIRECTIVE)
EXAMPLES = [(step, example) for step in CLAIMS for example in step.examples]
PICTURED = [(step, example) for step, example in EXAMPLES if step in PIXEL_STEPS]


def photo() -> pyvips.Image:
    """96×72, drawn once and handed out afresh."""
    image = pyvips.Image.new_from_memory(_photo_data(), 96, 72, 3, "uchar")
    return image.copy(interpretation="srgb")


@cache
def _photo_data() -> bytes:
    """Bytes, not a picture, which would count as left behind at the end of the run."""
    return bytes(_scenery().write_to_memory())


def _scenery() -> pyvips.Image:
    """A sky, a sun, a wall with a window, a lawn with grain; every hue, an edge in every direction."""
    width, height = 96, 72
    at = pyvips.Image.xyz(width, height)
    x, y = at[0], at[1]
    sky = (y * 1.2 + 60).bandjoin([y * 1.0 + 120, y * -0.6 + 230])
    lawn = (x * 0.5 + 40).bandjoin([(x * 0.9).sin() * 18 + 120, (y * 9).cos() * 12 + 50])
    image = (y > 46).ifthenelse(lawn, sky)
    image = (((x - 76) ** 2 + (y - 16) ** 2) ** 0.5 < 11).ifthenelse([255, 225, 90], image)
    wall = (x > 14) & (x < 58) & (y > 24) & (y < 62)
    image = wall.ifthenelse((x * 1.5 + 120).bandjoin([x * 0.8 + 70, x * 0.4 + 60]), image)
    roof = (y > 10) & (y <= 24) & ((x - 36).abs() < (y - 8) * 1.7)
    image = roof.ifthenelse([150, 24, 30], image)
    window = (x > 22) & (x < 38) & (y > 32) & (y < 46)
    image = window.ifthenelse([30, 40, 70], image)
    door = (x > 44) & (x < 53) & (y > 40) & (y < 62)
    image = door.ifthenelse([235, 235, 240], image)
    flowers = (x > 62) & (y > 52) & (y < 66) & ((x // 6) % 2 == 0)
    image = flowers.ifthenelse((x * 2).bandjoin([y * 0.5, x * -2 + 330]), image)
    return _finished(image)


def cut_out() -> pyvips.Image:
    """The same with alpha: a soft hole, a hard edge, and a part that is half there."""
    at = pyvips.Image.xyz(96, 72)
    hole = ((((at[0] - 30) ** 2 + (at[1] - 30) ** 2) ** 0.5 - 8) * 24).cast("uchar")
    alpha = (at[0] > 86).ifthenelse(0, (at[1] > 58).ifthenelse(128, hole))
    return _finished(photo().bandjoin(alpha))


def grey() -> pyvips.Image:
    """The same without colour, as decoding hands out a grey original: three equal bands."""
    bright = photo().colourspace("b-w")
    return _finished(bright.bandjoin([bright, bright]))


def badge() -> pyvips.Image:
    """40×40: what layers show; a round seal with soft edges on nothing, bright above and dark below."""
    at = pyvips.Image.xyz(40, 40)
    distance = ((at[0] - 19.5) ** 2 + (at[1] - 19.5) ** 2) ** 0.5
    ink = (distance > 14).ifthenelse([200, 30, 60], at[1] * -5 + 230)
    return _finished(ink.bandjoin(((20 - distance) * 128).cast("uchar")))


PICTURES = {"photo": photo, "alpha": cut_out, "grey": grey}


def plain(width: int, height: int, *colour: int) -> pyvips.Image:
    """One colour, with alpha when four values are given."""
    image = pyvips.Image.black(width, height, bands=len(colour)) + list(colour)
    return image.cast("uchar").copy(interpretation="srgb").copy_memory()


def framed(inner: pyvips.Image, margin: int, *colour: int) -> pyvips.Image:
    """A picture in the middle of a larger one of one colour."""
    canvas = plain(inner.width + 2 * margin, inner.height + 2 * margin, *colour)
    return canvas.insert(inner, margin, margin).copy_memory()


def same(left: pyvips.Image, right: pyvips.Image, within: int = 0) -> bool:
    return (left.width, left.height) == (right.width, right.height) and (
        left - right
    ).abs().max() <= within


SUN = Face(0.68, 0.07, 0.23, 0.31, 0.9, ((0.74, 0.19), (0.84, 0.19)))
"""The only face here: what finds faces is handed to operations, and for these pictures it takes the sun for one."""


STORED = AssetData(regions={"door": (44, 40, 9, 22)})
"""What is stored about these pictures: where the house's door is."""


def _finished(image: pyvips.Image) -> pyvips.Image:
    return (image + 0.5).cast("uchar").copy(interpretation="srgb").copy_memory()


def draw(image: pyvips.Image, transformation: Transformation) -> pyvips.Image:
    """All steps, without decoding and encoding."""
    output = transformation.output()
    scene = Scene(Size(image.width, image.height), output.dpr)
    scene.pictures = lambda _: badge()
    scene.find_faces = lambda _image, _longest_px: (SUN,)
    scene.asset = STORED
    return walk(transformation.nodes, image, Scope(scene, output)).copy_memory()


def path_of(step: type[Step], example: str, picture: str, result: pyvips.Image) -> Path:
    """Where the result of an example is kept."""
    return (
        FOLDER / head_of(step) / f"{stem_of(example, picture)}.{result.width}x{result.height}.png"
    )


def stem_of(example: str, picture: str) -> str:
    """The canonical text in characters every file system takes, and which picture."""
    text = parse(example).canonical().translate(str.maketrans(":;/", "-+!"))
    return text if picture == "photo" else f"{text}.{picture}"


def head_of(step: type[Step]) -> str:
    """`e_blur`, `r`: one folder per operation."""
    return f"{step.key}_{step.names[0]}" if step.names else step.key


def stored(result: pyvips.Image) -> pyvips.Image:
    """What goes into the file: the result, shrunk where it is large."""
    factor = -(-max(result.width, result.height) // _LARGEST_STORED)
    return result if factor == 1 else result.shrink(factor, factor, ceil=True).copy_memory()


def record(path: Path, result: pyvips.Image) -> None:
    """Writes a golden, without a time or anything else that would change from run to run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    stored(result).pngsave(str(path), compression=9, filter="all", keep="none")


def difference(path: Path, result: pyvips.Image) -> str | None:
    """What is not as recorded, in words; `None` when all is."""
    if not path.exists():
        return f"no golden {path.name}: look at the result, then run pytest --record-goldens"
    golden, result = pyvips.Image.new_from_file(str(path)), stored(result)
    if (golden.width, golden.height, golden.bands) != (result.width, result.height, result.bands):
        return f"{result.width}×{result.height}×{result.bands}, recorded {golden.width}×{golden.height}×{golden.bands}"
    apart = (seen(golden) - seen(result)).abs()
    if apart.avg() > MEAN or apart.max() > WORST:
        return f"pixels differ by {apart.avg():.2f} in the mean and {apart.max():.0f} at most"
    return None


def seen(image: pyvips.Image) -> pyvips.Image:
    """Colour counts as much as it shows: what is transparent has none."""
    return image.premultiply() if image.hasalpha() else image
