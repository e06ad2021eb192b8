"""Colour space of the answer."""

from enum import StrEnum
from typing import ClassVar

import msgspec

from imgproxy.errors import NotSupported
from imgproxy.step import Output, Phase, Step

_OTHERS = frozenset("cmyk keep_cmyk copy".split())


class Space(StrEnum):
    """Spaces that an answer can have; all of them are sRGB."""

    SRGB = "srgb"
    TINY = "tinysrgb"
    NO_CMYK = "no_cmyk"

    @classmethod
    def _missing_(cls, value: object) -> "Space | None":
        text = str(value)
        if text == "srgb:truecolor":
            return cls.SRGB
        if text in _OTHERS or text.startswith("icc:"):
            raise NotSupported(
                f"cs_{text}", "asks for other colours than sRGB, which every answer has"
            )
        return None


class ColourSpace(Step, frozen=True, kw_only=True):
    """`cs_srgb`, `cs_no_cmyk`: sRGB, which every answer is anyway; `cs_tinysrgb` says so in a profile of 480 bytes."""

    key: ClassVar[str] = "cs"
    phase: ClassVar[Phase] = Phase.DIRECTIVE
    examples: ClassVar[tuple[str, ...]] = ("cs_srgb", "cs_tinysrgb", "cs_no_cmyk")

    space: Space

    def direct(self, output: Output) -> Output:
        """Asks for the profile."""
        return msgspec.structs.replace(output, profile=output.profile or self.space is Space.TINY)
