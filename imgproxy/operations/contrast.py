"""Contrast, along an S or along a line."""

import math
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Self

import msgspec

from imgproxy.notation.number import read_integer
from imgproxy.operations._curves import Curve, curved
from imgproxy.step import Scene, Step

if TYPE_CHECKING:
    import pyvips


class Kind(StrEnum):
    """The shape of the curve."""

    SIGMOIDAL = "sigmoidal"
    LINEAR = "linear"


_RANGES = {Kind.SIGMOIDAL: (-100, 100), Kind.LINEAR: (1, 200)}
_DEFAULTS = {Kind.SIGMOIDAL: 0, Kind.LINEAR: 100}
_STEEPNESS = 10
"""Of the S at level 100: shadows and highlights are nearly closed, the middle is 2.5 times as steep."""


class Amount(msgspec.Struct, frozen=True):
    """How much, on the scale of its kind: -100 to 100 for the S, 1 to 200 percent for the line."""

    level: int = 0
    kind: Kind = Kind.SIGMOIDAL

    @classmethod
    def parse(cls, text: str) -> Self:
        """`30`, or `level_30;type_linear` with either part missing and in any order."""
        words = (
            dict(word.partition("_")[::2] for word in text.split(";"))
            if "_" in text
            else {"level": text}
        )
        if not words.keys() <= {"level", "type"}:
            raise ValueError("-100 to 100, or level_<n>;type_sigmoidal, or level_<n>;type_linear")
        try:
            kind = Kind(words.get("type", Kind.SIGMOIDAL))
        except ValueError:
            raise ValueError("type_sigmoidal or type_linear") from None
        return cls(read_integer(words.get("level", str(_DEFAULTS[kind])), *_RANGES[kind]), kind)

    def curve(self) -> Curve:
        """Grey of 50 percent stays."""
        if self.kind is Kind.LINEAR:
            return lambda value: 0.5 + (value - 0.5) * self.level / 100
        if self.level == 0:
            return lambda value: value
        return _sigmoid(self.level / 100 * _STEEPNESS)

    def __str__(self) -> str:
        return (
            str(self.level)
            if self.kind is Kind.SIGMOIDAL
            else f"level_{self.level};type_{self.kind}"
        )


def _sigmoid(steepness: float) -> Curve:
    """The logistic curve stretched to pass through black, the middle and white; its inverse when negative."""
    low = 1 / (1 + math.exp(abs(steepness) / 2))
    span = 1 - 2 * low

    def more(value: float) -> float:
        return (1 / (1 + math.exp(steepness * (0.5 - value))) - low) / span

    def less(value: float) -> float:
        inside = low + value * span
        return 0.5 + math.log(inside / (1 - inside)) / -steepness

    return more if steepness > 0 else less


class Contrast(Step, frozen=True, kw_only=True):
    """`e_contrast[:level]` or `e_contrast:level_<n>;type_<sigmoidal|linear>`.

    Sigmoidal (the default): level -100 to 100, default 0 changes nothing; black and white stay, the middle becomes
    steeper. Linear: level 1 to 200 percent, default 100 changes nothing; ends are clipped.
    """

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("contrast",)
    examples: ClassVar[tuple[str, ...]] = (
        "e_contrast:50",
        "e_contrast:-70",
        "e_contrast:level_150;type_linear",
    )

    amount: Amount = Amount()

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":  # noqa: ARG002 - the shape of a step
        """All bands along the same curve."""
        return curved(image, self.amount.curve())
