"""Aspect ratios: `16:9`, `1.5`, `2`."""

import math
from typing import Self

import msgspec

from imgproxy.notation.number import read_decimal, spell


class Ratio(msgspec.Struct, frozen=True):
    """Width over height, in lowest terms where it was written as a pair."""

    width: float
    height: float

    @classmethod
    def parse(cls, text: str) -> Self:
        """`16:9`, `1.78`, `4:3`; both sides above zero."""
        try:
            left, _, right = text.partition(":")
            width = read_decimal(left, 0.001, 100_000)
            height = read_decimal(right, 0.001, 100_000) if right else 1.0
        except ValueError:
            raise ValueError("a ratio such as 16:9 or 1.5") from None
        scale = 1000 if width % 1 or height % 1 else 1
        common = math.gcd(round(width * scale), round(height * scale))
        return cls(round(width * scale) / common, round(height * scale) / common)

    @property
    def value(self) -> float:
        """Width divided by height."""
        return self.width / self.height

    def __str__(self) -> str:
        return f"{spell(self.width)}:{spell(self.height)}"
