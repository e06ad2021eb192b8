"""Colours: CSS names, `rgb:RGB`, `rgb:RGBA`, `rgb:RRGGBB`, `rgb:RRGGBBAA`, `transparent`."""

import re
from typing import Self

import msgspec

from imgproxy.notation.colour_names import HEX_BY_NAME

_HEX = re.compile(r"[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8}")


class Colour(msgspec.Struct, frozen=True):
    """sRGB and alpha, each 0 to 255."""

    red: int
    green: int
    blue: int
    alpha: int = 255

    @classmethod
    def parse(cls, text: str) -> Self:
        """A name, `rgb:` with hexadecimal digits, `rgb_…` and `#…` as some clients write, or bare digits."""
        word = text.lower()
        if word == "transparent":
            return cls(0, 0, 0, 0)
        digits = HEX_BY_NAME.get(word) or re.sub(r"^(rgb[:_]|#)", "", word)
        if not _HEX.fullmatch(digits):
            raise ValueError("a colour name, or rgb: and 3, 4, 6 or 8 hexadecimal digits")
        if len(digits) <= 4:
            digits = "".join(digit * 2 for digit in digits)
        return cls(*bytes.fromhex(digits))

    @property
    def rgb(self) -> list[float]:
        """Three channels, 0 to 255."""
        return [float(self.red), float(self.green), float(self.blue)]

    @property
    def rgba(self) -> list[float]:
        """Four channels, 0 to 255."""
        return [*self.rgb, float(self.alpha)]

    def __str__(self) -> str:
        text = f"rgb:{self.red:02x}{self.green:02x}{self.blue:02x}"
        return text if self.alpha == 255 else f"{text}{self.alpha:02x}"


WHITE = Colour(255, 255, 255)
BLACK = Colour(0, 0, 0)
TRANSPARENT = Colour(0, 0, 0, 0)
