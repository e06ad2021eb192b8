"""Aspect ratios: `16:9`, `1.5`, `2`."""

from fractions import Fraction
from typing import Self

import msgspec

from imgproxy.notation.number import is_decimal, spell

_MOST = 10_000
"""Bounds the ratio, and the terms a decimal is recognised in: 0.5625 is 9:16, 1.333333 is 4:3."""


_EXPECTED = "a ratio such as 16:9 or 1.5"


class Ratio(msgspec.Struct, frozen=True):
    """Width over height in lowest terms, both whole."""

    width: int
    height: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """`16:9`, `1.78`, `4:3`; between 1:10000 and 10000:1."""
        left, colon, right = text.partition(":")
        if not is_decimal(left) or not is_decimal(right if colon else "1"):
            raise ValueError(_EXPECTED)
        width, height = Fraction(left), Fraction(right if colon else 1)
        if width <= 0 or height <= 0 or not 1 <= _MOST * width / height <= _MOST**2:
            raise ValueError(_EXPECTED)
        exact = (width / height).limit_denominator(_MOST)
        return cls(exact.numerator, exact.denominator)

    @property
    def value(self) -> float:
        """Width divided by height."""
        return self.width / self.height

    def __str__(self) -> str:
        return f"{spell(self.width)}:{spell(self.height)}"
