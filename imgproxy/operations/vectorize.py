"""Vectorize."""

from typing import ClassVar, Self

import msgspec
import pyvips

from imgproxy.notation.number import read_decimal, read_integer
from imgproxy.operations import _trace
from imgproxy.operations._bands import LUMA, settled
from imgproxy.operations._neighbours import median
from imgproxy.operations._palette import Rgb, reduced
from imgproxy.step import Scene, Step

_COARSEST_PX, _FINEST_PX = 32, 600
"""Longer side of what is traced, at detail 0 and 1000."""
_NOTHING = 255
DRAWING = "drawing"
"""Where the scene keeps the SVG of the last drawing, for an answer in that format."""
_EXPECTED = "colors:2-30, detail:0-1000, despeckle:0-100, paths:0-100, corners:0-100, in any order"
_RANGES = {"colors": (2, 30), "detail": (0, 1000), "despeckle": (0, 100), "paths": (0, 100)}
_RANGES["corners"] = (0, 100)
_FRACTIONS = {"detail": 1000, "despeckle": 100}
"""What a fraction of these is a fraction of."""


class Drawing(msgspec.Struct, frozen=True):
    """All five arguments as whole numbers."""

    colors: int = 10
    detail: int = 300
    despeckle: int = 2
    paths: int = 100
    corners: int = 25

    @classmethod
    def parse(cls, text: str) -> Self:
        """`3`, `colors:5:detail:0.5`, `3:corners:40`."""
        words = text.split(":")
        if words[0].isdigit():
            words = ["colors", *words]
        if len(words) % 2:
            raise ValueError(_EXPECTED)
        pairs = dict(zip(words[::2], words[1::2], strict=True))
        if not pairs.keys() <= _RANGES.keys() or len(pairs) * 2 != len(words):
            raise ValueError(_EXPECTED)
        return cls(**{name: _number(name, word) for name, word in pairs.items()})

    def __str__(self) -> str:
        return ":".join(f"{name}:{getattr(self, name)}" for name in _RANGES)


def _number(name: str, word: str) -> int:
    try:
        if "." in word and name in _FRACTIONS:
            return round(read_decimal(word, 0, 1) * _FRACTIONS[name])
        return read_integer(word, *_RANGES[name])
    except ValueError:
        raise ValueError(_EXPECTED) from None


class Vectorize(Step, frozen=True, kw_only=True):
    """`e_vectorize[:colors:<n>][:detail:<n>][:despeckle:<n>][:paths:<n>][:corners:<n>]`: flat areas with drawn outlines.

    Colors 2 to 30, default 10. Detail 0 to 1000 or a fraction, default 300: how fine the outlines are. Despeckle 0 to 100,
    default 2: areas of fewer pixels are left out. Paths 0 to 100, default 100: from straight lines to close curves. Corners
    0 to 100, default 25: how sharp a turn may be that is still drawn as a curve. At the end of the chain and with `f_svg`
    or the extension `.svg` the answer is the drawing itself.
    """

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("vectorize",)
    examples: ClassVar[tuple[str, ...]] = (
        "e_vectorize",
        "e_vectorize:3:detail:0.5",
        "e_vectorize:colors:6:paths:0:despeckle:20",
    )

    drawing: Drawing = Drawing()

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":
        """The drawing, as pixels of the same size; its text stays in the scene."""
        text = self.svg(image).encode()
        scene.choices[DRAWING] = text
        drawn = pyvips.Image.svgload_buffer(text)
        drawn = settled(drawn).crop(0, 0, image.width, image.height)
        return drawn if image.hasalpha() else drawn.flatten().copy(interpretation="srgb")

    def svg(self, image: "pyvips.Image") -> str:
        """The picture as an SVG document: one path for each colour, the lightest at the bottom."""
        small = self._reduced(image)
        size = (small.width, small.height)
        colours, ranks = _ranked(small, self.drawing.colors)
        style = _trace.Style(1.75 - self.drawing.paths / 100, self._curve_up_to())
        paths = [
            f'<path fill="#{bytes(colour).hex()}" d="{self._outlined(ranks, rank, size, style)}"/>'
            for rank, colour in enumerate(colours)
        ]
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{image.width}" height="{image.height}" '
            f'viewBox="0 0 {size[0]} {size[1]}" preserveAspectRatio="none">{"".join(paths)}</svg>'
        )

    def _curve_up_to(self) -> float:
        """Degrees; without curves at all when paths are straight."""
        return 45 + self.drawing.corners if self.drawing.paths else 0.0

    def _reduced(self, image: "pyvips.Image") -> "pyvips.Image":
        """As fine as is asked, without grain; three bands, or four with alpha all or nothing."""
        longer = _COARSEST_PX + round((_FINEST_PX - _COARSEST_PX) * self.drawing.detail / 1000)
        small = image.thumbnail_image(longer, height=longer, size="down")
        colour = median(small.flatten() if small.hasalpha() else small)
        # 32 steps of each band are more than thirty colours can tell apart
        colour = (colour >> 3) << 3
        return colour.bandjoin(small[3] >= 128) if small.hasalpha() else colour

    def _outlined(self, ranks: bytes, rank: int, size: tuple[int, int], style: _trace.Style) -> str:
        """Around all pixels of this rank and above: each colour lies on the lighter ones, so no gap can open."""
        width, height = size
        there = ranks.translate(
            bytes(49 if rank <= value < _NOTHING else 48 for value in range(256))
        )
        rows = [int(there[at : at + width], 2) for at in range(0, width * height, width)]
        large = [
            loop
            for loop in _trace.loops(rows, width)
            if _trace.area(loop) >= self.drawing.despeckle
        ]
        return _trace.path(large, style, size)


def _ranked(image: "pyvips.Image", count: int) -> tuple[list[Rgb], bytes]:
    """At most `count` colours, lightest first, and for each pixel the place of its colour among them."""
    data = bytes(image[:3].write_to_memory())
    pixels = list(zip(data[::3], data[1::3], data[2::3], strict=True))
    palette = reduced(pixels, count)
    colours = sorted(set(palette.values()), key=_darkness)
    places = {origin: colours.index(colour) for origin, colour in palette.items()}
    ranks = bytes(map(places.__getitem__, pixels))
    if not image.hasalpha():
        return colours, ranks
    shown = bytes(image[3].write_to_memory())
    return colours, bytes(
        rank if seen else _NOTHING for rank, seen in zip(ranks, shown, strict=True)
    )


def _darkness(colour: Rgb) -> float:
    return -sum(weight * value for weight, value in zip(LUMA, colour, strict=True))
