"""Lengths: `300` is pixels, `0.5` (any decimal point) is a fraction of the reference side."""

import math
from typing import Self

import msgspec

from imgproxy.notation.breakpoints import Breakpoints
from imgproxy.notation.number import read_decimal, read_integer, round_half_up, spell

DEFAULT_STEP = 100
_AUTO = "auto, auto:<step in pixels>:<fallback in pixels> or auto:breakpoints_<least>_<greatest>_<KB>_<most>"


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


class Width(Length, frozen=True):
    """A width, which may be left to the client: `auto[:step[:fallback]]`; `value` is then the fallback, or 0.

    `breakpoints`: the ladder that is climbed instead of steps.  `listed`: the ladder itself is asked for.
    """

    auto: bool = False
    step: int = DEFAULT_STEP
    breakpoints: Breakpoints | None = None
    listed: bool = False

    @classmethod
    def parse(cls, text: str) -> Self:
        """A length, `auto`, `auto:50`, `auto:50:600` (step and fallback in pixels), `auto:breakpoints[_…][:600][:json]`."""
        head, *words = text.split(":")
        if head != "auto":
            return super().parse(text)
        try:
            if words and words[0].startswith("breakpoints"):
                return cls._climbing(Breakpoints.parse(words[0]), words[1:])
            step, fallback, *more = (*map(_whole, words), *(DEFAULT_STEP, 0)[len(words) :])
        except ValueError:
            raise ValueError(_AUTO) from None
        if more:
            raise ValueError(_AUTO)
        return cls(fallback, auto=True, step=step)

    @classmethod
    def _climbing(cls, breakpoints: Breakpoints, words: list[str]) -> Self:
        listed = words[-1:] == ["json"]
        fallback, *more = (
            *map(_whole, words[:-1] if listed else words),
            *(0,)[len(words) - listed :],
        )
        if more:
            raise ValueError(words)
        return cls(fallback, auto=True, breakpoints=breakpoints, listed=listed)

    def fitting(self, width: float) -> int:
        """The width that a client with room for `width` is given: the next step, or the next breakpoint."""
        if self.breakpoints:
            return self.breakpoints.fitting(width)
        return math.ceil(width / self.step) * self.step

    def pixels(self, side: int, dpr: float = 1.0) -> int:
        """As any length; what no client settled is the fallback, or the whole side."""
        return super().pixels(side, dpr) if self.value else side

    def __str__(self) -> str:
        if not self.auto:
            return super().__str__()
        if self.breakpoints:
            fallback = [spell(self.value)] if self.value else []
            return ":".join(["auto", str(self.breakpoints), *fallback, *["json"] * self.listed])
        if self.value:
            return f"auto:{self.step}:{spell(self.value)}"
        return "auto" if self.step == DEFAULT_STEP else f"auto:{self.step}"


def _whole(word: str) -> int:
    return read_integer(word, 1, 10_000)


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
