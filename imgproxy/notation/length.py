"""Lengths: `300` is pixels, `0.5` (any decimal point) is a fraction of the reference side."""

from typing import Self

import msgspec

from imgproxy.notation.number import read_decimal, read_integer, round_half_up, spell


class Length(msgspec.Struct, frozen=True):
    """A side or an offset; `value` is in pixels, or a ratio when `fraction`."""

    value: float
    fraction: bool = False

    @classmethod
    def parse(cls, text: str) -> Self:
        """`w_1` is one pixel, `w_1.0` the whole side; zero and negative sides are refused."""
        length = Offset.parse(text)
        if length.value <= 0:
            raise ValueError("pixels of at least 1, or a fraction such as 0.5")
        return cls(length.value, length.fraction)

    def pixels(self, side: int, dpr: float = 1.0) -> int:
        """In whole pixels, at least 1; fractions are of `side` and pixels are multiplied by `dpr`."""
        exact = self.value * side if self.fraction else self.value
        return max(1, round_half_up(exact * dpr))

    def __str__(self) -> str:
        text = spell(self.value)
        return text if not self.fraction or "." in text else f"{text}.0"


class Offset(msgspec.Struct, frozen=True):
    """A signed distance from an anchor, spelled like a length; zero and negative are fine."""

    value: float
    fraction: bool = False

    @classmethod
    def parse(cls, text: str) -> Self:
        """`x_-20`, `y_0.25`."""
        try:
            if "." in text:
                share = read_decimal(text, -100, 100)
                return cls(share, fraction=share != 0)
            return cls(read_integer(text, -1_000_000, 1_000_000))
        except ValueError:
            raise ValueError("whole pixels, or a fraction such as 0.5") from None

    def pixels(self, side: int, dpr: float = 1.0) -> int:
        """In whole pixels; fractions are of `side` and pixels are multiplied by `dpr`."""
        return round_half_up(self.value * side if self.fraction else self.value * dpr)

    def __str__(self) -> str:
        return Length.__str__(self)  # type: ignore[arg-type]  # the same two fields, the same spelling
