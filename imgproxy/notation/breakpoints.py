"""Breakpoints: the few widths that a picture is worth having in, `breakpoints_50_1000_20_20`.

    breakpoints [ "_" least "_" greatest "_" step in KB "_" most ]

Bytes grow with the area, so widths whose squares are evenly apart differ by about as many bytes.  How many a picture really
has is only known when it is made, so the ladder takes what a photo of 3:2 has at a usual quality.  It depends on the text
alone: a width that a client is given, the list that a program gets, and the copy in the cache are always of one ladder.
"""

import math
from typing import Self

import msgspec

from imgproxy.notation.number import read_integer, round_half_up

_NAME = "breakpoints"
_KB_PER_PIXEL = 0.12 / 1024
_HEIGHT_TO_WIDTH = 2 / 3
_MAX_PX = 10_000


class Breakpoints(msgspec.Struct, frozen=True):
    """Widths in pixels; neighbours differ by about `step_kb`, and there are at most `most`."""

    least: int = 50
    greatest: int = 1000
    step_kb: int = 20
    most: int = 20

    @classmethod
    def parse(cls, text: str) -> Self:
        """Its own spelling; numbers may be left out from the end. Raises ValueError."""
        name, *words = text.split("_")
        if name != _NAME or len(words) > 4:
            raise ValueError(text)
        ranges = ((1, _MAX_PX), (1, _MAX_PX), (1, 100_000), (1, 200))
        numbers = [read_integer(word, *range_) for word, range_ in zip(words, ranges, strict=False)]
        ladder = cls(*numbers)
        if ladder.least > ladder.greatest:
            raise ValueError(text)
        return ladder

    def widths(self) -> tuple[int, ...]:
        """Rising, each once; the first is `least` and the last `greatest`, unless there is room for one alone."""
        low, high = self.least**2, self.greatest**2
        steps = math.ceil((high - low) * _HEIGHT_TO_WIDTH * _KB_PER_PIXEL / self.step_kb)
        steps = min(max(steps, 1), self.most - 1)
        if steps == 0:
            return (self.greatest,)
        rungs = (math.sqrt(low + (high - low) * at / steps) for at in range(steps + 1))
        return tuple(sorted({round_half_up(rung) for rung in rungs}))

    def within(self, width: int) -> tuple[int, ...]:
        """Those up to the width of a picture, and that where the ladder goes beyond it."""
        rungs = {min(rung, width) for rung in (*self.widths(), self.greatest)}
        return tuple(sorted(rungs))

    def fitting(self, width: float) -> int:
        """The first that is not below `width`, else the greatest."""
        rungs = self.widths()
        return next((rung for rung in rungs if rung >= width), rungs[-1])

    def __str__(self) -> str:
        if self == Breakpoints():
            return _NAME
        return f"{_NAME}_{self.least}_{self.greatest}_{self.step_kb}_{self.most}"
