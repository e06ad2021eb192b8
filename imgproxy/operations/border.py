"""Border."""

import re
from typing import TYPE_CHECKING, ClassVar, Self

import msgspec
from msgspec import field

from imgproxy.notation.colour import Colour
from imgproxy.notation.number import round_half_up, spell
from imgproxy.operations._bands import masked, with_alpha
from imgproxy.operations._canvas import admit, sheet
from imgproxy.operations.corners import Radii, rounded
from imgproxy.step import Phase, Scene, Step

if TYPE_CHECKING:
    import pyvips

SQUARE = Radii((0, 0, 0, 0))
_LINE = re.compile(r"(\d{1,4}(?:\.\d{1,3})?)px_solid_(.+)")


class Line(msgspec.Struct, frozen=True):
    """Width in pixels and colour of a line."""

    width: float
    colour: Colour

    @classmethod
    def parse(cls, text: str) -> Self:
        """`4px_solid_black`, `5.5px_solid_rgb:00390b60`."""
        match = _LINE.fullmatch(text)
        if match is None:
            raise ValueError("<width>px_solid_<colour>, such as 4px_solid_black")
        return cls(float(match[1]), Colour.parse(match[2]))

    def __str__(self) -> str:
        return f"{spell(self.width)}px_solid_{self.colour}"


class Border(Step, frozen=True, kw_only=True):
    """`bo_<width>px_solid_<colour>`: a frame around the picture, which grows by it on each side.

    Follows `r_` of the same component. The width is multiplied by `dpr` and then rounded to whole pixels.
    """

    key: ClassVar[str] = "bo"
    phase: ClassVar[Phase] = Phase.BORDER
    examples: ClassVar[tuple[str, ...]] = (
        "bo_4px_solid_black",
        "bo_5.5px_solid_rgb:00390b60,r_30",
        "bo_6px_solid_tomato,r_max",
    )

    line: Line
    corners: Radii = field(default=SQUARE, name="r")

    def canonical(self) -> tuple[str, ...]:
        """Without the corners, which speak for themselves."""
        return (f"{self.key}_{self.line}",)

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":
        """A larger sheet of the colour in the same shape, with the picture's own shape cut out and filled by it."""
        px = round_half_up(self.line.width * scene.dpr)
        if px == 0:
            return image
        width, height = admit(image.width + 2 * px, image.height + 2 * px, scene)
        inner = rounded(
            image.width, image.height, self.corners.ellipses(image.width, image.height, scene.dpr)
        )
        frame = sheet(width, height, self.line.colour)
        if self.corners != SQUARE:
            outer = self.corners.ellipses(image.width, image.height, scene.dpr, grown=px)
            frame = masked(frame, rounded(width, height, outer))
        frame = masked(frame, inner.embed(px, px, width, height) ^ 255)
        picture = with_alpha(image).embed(px, px, width, height)
        return _together(frame, picture)


def _together(frame: "pyvips.Image", picture: "pyvips.Image") -> "pyvips.Image":
    """The sum of two cut-outs that share an edge: where each covers half a pixel, both together cover it whole."""
    both = frame.premultiply() + picture.premultiply()
    return (both.unpremultiply() + 0.5).cast("uchar").copy(interpretation="srgb")
