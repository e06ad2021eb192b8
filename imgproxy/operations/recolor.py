"""Recolor by a matrix."""

from typing import TYPE_CHECKING, ClassVar, Self

import msgspec

from imgproxy.notation.number import read_decimal, spell
from imgproxy.operations._bands import mixed, settled, toned, with_alpha
from imgproxy.step import Scene, Step

if TYPE_CHECKING:
    import pyvips

_LARGEST = 1000
_SIDES = {9: 3, 16: 4}


class Matrix(msgspec.Struct, frozen=True):
    """3×3 for red, green, blue, or 4×4 with alpha; each row gives one new band."""

    rows: tuple[tuple[float, ...], ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """9 or 16 numbers between colons, row by row."""
        words = text.split(":")
        side = _SIDES.get(len(words))
        if side is None:
            raise ValueError("9 or 16 numbers between colons")
        values = [read_decimal(word, -_LARGEST, _LARGEST) for word in words]
        return cls(tuple(tuple(values[at : at + side]) for at in range(0, side * side, side)))

    def __str__(self) -> str:
        return ":".join(spell(value) for row in self.rows for value in row)


class Recolor(Step, frozen=True, kw_only=True):
    """`e_recolor:<9 or 16 numbers>`: new bands as sums of the old ones, row by row; the fourth band is alpha."""

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("recolor",)
    examples: ClassVar[tuple[str, ...]] = (
        "e_recolor:0.3:0.7:0.1:0.3:0.6:0.1:0.2:0.5:0.1",
        "e_recolor:0:0:1:0:1:0:1:0:0",
        "e_recolor:1:0:0:0:0:1:0:0:0:0:1:0:0:0:0:0.5",
    )

    matrix: Matrix

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":  # noqa: ARG002 - the shape of a step
        """Straight values of 0 to 255 times the matrix."""
        if len(self.matrix.rows) == 3:
            return toned(image, lambda colour: mixed(colour, self.matrix.rows))
        return settled(mixed(with_alpha(image), self.matrix.rows))
