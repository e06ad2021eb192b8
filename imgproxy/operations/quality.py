"""Quality of the answer."""

from typing import ClassVar, Self

import msgspec

from imgproxy.notation.number import read_integer
from imgproxy.step import Output, Phase, Step

LEVELS = ("best", "good", "eco", "low")


class Level(msgspec.Struct, frozen=True):
    """A number from 1 to 100, or a level by name."""

    number: int | None
    level: str = "good"

    @classmethod
    def parse(cls, text: str) -> Self:
        """`80`, `auto`, `auto:eco`."""
        head, _, level = text.partition(":")
        if head == "auto" and (level or "good") in LEVELS:
            return cls(None, level or "good")
        try:
            return cls(read_integer(text, 1, 100))
        except ValueError:
            raise ValueError(
                "1 to 100, auto, or auto:best, auto:good, auto:eco, auto:low"
            ) from None

    def __str__(self) -> str:
        return f"auto:{self.level}" if self.number is None else str(self.number)


class Quality(Step, frozen=True, kw_only=True):
    """`q_1` to `q_100`, or `q_auto[:best|good|eco|low]`: a number for the encoder, or equal looks in every format."""

    key: ClassVar[str] = "q"
    phase: ClassVar[Phase] = Phase.DIRECTIVE
    examples: ClassVar[tuple[str, ...]] = (
        "q_80",
        "q_auto",
        "q_auto:best",
        "q_auto:eco",
        "q_auto:low",
    )

    level: Level

    def direct(self, output: Output) -> Output:
        """Sets the number or the level."""
        return msgspec.structs.replace(
            output, quality=self.level.number, quality_level=self.level.level
        )
