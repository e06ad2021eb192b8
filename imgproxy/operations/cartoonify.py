"""Cartoon."""

from typing import TYPE_CHECKING, Any, ClassVar, Self

import msgspec

from imgproxy.notation.number import read_integer
from imgproxy.operations._bands import luma, toned, within
from imgproxy.operations._paint import brushed
from imgproxy.operations._soften import softened
from imgproxy.step import Scene, Step

if TYPE_CHECKING:
    import pyvips

_REACH = 1 / 250
_PEN = 1 / 500
"""Half a brush and the width of the pen, as shares of the longer side."""


class Drawing(msgspec.Struct, frozen=True):
    """Strength of the lines, and how few colours (`None`: black and white), both 0 to 100."""

    lines: int = 50
    reduction: int | None = 50

    @classmethod
    def parse(cls, text: str) -> Self:
        """`70`, `70:bw`, `70:80`."""
        lines, _, reduction = text.partition(":")
        try:
            return cls(
                read_integer(lines, 0, 100) if lines else 50,
                None if reduction == "bw" else read_integer(reduction or "50", 0, 100),
            )
        except ValueError:
            raise ValueError("0 to 100, then 0 to 100 or bw") from None

    def __str__(self) -> str:
        return f"{self.lines}:{'bw' if self.reduction is None else self.reduction}"


class Cartoonify(Step, frozen=True, kw_only=True):
    """`e_cartoonify[:lines][:reduction|bw]`: flat colours and drawn outlines.

    `lines`, 0 to 100, default 50: how strong the outlines are. `reduction`, 0 to 100, default 50: how few tones are left;
    `bw` leaves black lines on white paper.
    """

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("cartoonify",)
    examples: ClassVar[tuple[str, ...]] = (
        "e_cartoonify",
        "e_cartoonify:70:80",
        "e_cartoonify:60:bw",
    )

    drawing: Drawing = Drawing()

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":  # noqa: ARG002 - the shape of a step
        """Paint, then ink."""
        return toned(image, self._drawn)

    def _drawn(self, colour: Any) -> Any:
        longer = max(colour.width, colour.height)
        paint = brushed(colour, max(1, round(longer * _REACH)))
        ink = _ink(luma(colour), max(0.7, longer * _PEN), self.drawing.lines / 100)
        if self.drawing.reduction is None:
            paper = within(ink * 1.3 - 0.15, 0, 1) * 255
            return paper.bandjoin([paper, paper])
        return _flat(paint, self.drawing.reduction) * ink


def _flat(paint: Any, reduction: int) -> Any:
    """Brightness in steps, hue kept, colours a little stronger as in print."""
    tones = max(2, round(14 - reduction * 0.1))
    bright = luma(paint) + 1
    step = 255 / tones
    level = (bright / step).floor() * step + step / 2
    return paint * (level / bright) * 1.15 - level * 0.15


def _ink(bright: Any, pen_px: float, strength: float) -> Any:
    """One band, 1 is paper and 0 is ink: where a pixel is darker than its surroundings (difference of Gaussians)."""
    darker = softened(bright, pen_px * 1.8) - softened(bright, pen_px)
    return within((darker - 2.5) * (-0.3 * strength) + 1, 1 - strength, 1)
