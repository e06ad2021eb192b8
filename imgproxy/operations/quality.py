"""Quality of the answer."""

import re
from typing import ClassVar, Self

import msgspec

from imgproxy.errors import NotSupported
from imgproxy.notation.number import read_integer, round_half_up
from imgproxy.step import Output, Phase, Step

LEVELS = ("best", "good", "eco", "low")

_WORDS = {
    "level": re.compile("|".join(LEVELS)),
    "sensitive": re.compile("sensitive"),
    "chroma": re.compile("444|420"),
    "greatest": re.compile("qmax_(100|[1-9][0-9]?)"),
}
_SHARE = re.compile(r"0?\.[0-9]{1,4}")
_EXPECTED = "1 to 100, auto, or auto:best, auto:good, auto:eco, auto:low"


class Level(msgspec.Struct, frozen=True):
    """A number from 1 to 100, or a level by name."""

    number: int | None
    level: str = "good"
    sensitive: bool = False
    chroma: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """`80`, `auto`, `auto:eco`, `auto:eco:sensitive`, each with `:444` or `:420`; `80:qmax_90` means 80."""
        head, *words = text.split(":")
        if head == "jpegmini":
            raise NotSupported(f"q_{text}", "is a generative or add-on service")
        number = None if head == "auto" else _number(head)
        said = {_meaning(word): word for word in words}
        if len(said) < len(words) or (number and said.keys() & {"level", "sensitive"}):
            raise ValueError(_EXPECTED)
        level = said.get("level", "good")
        return cls(number, level, "sensitive" in said, said.get("chroma"))

    def __str__(self) -> str:
        words = [f"auto:{self.level}" if self.number is None else str(self.number)]
        words += ["sensitive"] if self.sensitive else []
        return ":".join(words + ([self.chroma] if self.chroma else []))


class Quality(Step, frozen=True, kw_only=True):
    """`q_1` to `q_100`, or `q_auto[:best|good|eco|low]`: a number for the encoder, or equal looks in every format.

    Levels aim at SSIMULACRA2 scores of 85, 75, 65 and 50; `q_auto:<level>:sensitive` goes half a level up.  `:444` keeps
    all colour, `:420` halves its resolution (JPEG and AVIF; the others decide themselves).  `q_<n>:qmax_<m>` is accepted
    for animations, where the frames already share one quality, and means `q_<n>`.  A share such as `q_0.4`, which old
    clients wrote, is `q_40`.
    """

    key: ClassVar[str] = "q"
    phase: ClassVar[Phase] = Phase.DIRECTIVE
    examples: ClassVar[tuple[str, ...]] = (
        "q_80",
        "q_auto",
        "q_auto:best",
        "q_auto:eco",
        "q_auto:low",
        "q_auto:good:sensitive",
        "q_80:444",
        "q_auto:eco:420",
    )

    level: Level

    def direct(self, output: Output) -> Output:
        """Sets the number or the level."""
        level = self.level
        return msgspec.structs.replace(
            output,
            quality=level.number,
            quality_level=level.level,
            sensitive=level.sensitive,
            chroma=level.chroma,
        )


def _meaning(word: str) -> str:
    for meaning, words in _WORDS.items():
        if words.fullmatch(word):
            return meaning
    raise ValueError(_EXPECTED)


def _number(text: str) -> int:
    if _SHARE.fullmatch(text):
        text = str(round_half_up(float(text) * 100))
    try:
        return read_integer(text, 1, 100)
    except ValueError:
        raise ValueError(_EXPECTED) from None
