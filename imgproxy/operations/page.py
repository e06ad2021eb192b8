"""Page of a document, or frame of an animation."""

import re
from typing import ClassVar, Self

import msgspec

from imgproxy.errors import NotSupported
from imgproxy.notation.number import read_integer
from imgproxy.step import Output, Phase, Step

_MOST = 100_000
_SELECTION = re.compile(r"(name|embedded):.*|[0-9]+[-;].*", re.DOTALL)


class Number(msgspec.Struct, frozen=True):
    """A page, counted from 1."""

    value: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """`2`. Raises NotSupported for several pages at once, and for layers of a PSD by name."""
        if _SELECTION.fullmatch(text):
            raise NotSupported(
                f"pg_{text}",
                "selects more than one page, or a layer; only a page number is possible",
            )
        try:
            return cls(read_integer(text, 1, _MOST))
        except ValueError:
            raise ValueError("a page number from 1 on") from None

    def __str__(self) -> str:
        return str(self.value)


class Page(Step, frozen=True, kw_only=True):
    """`pg_2`: that page of a PDF or TIFF, or that frame of an animated GIF or WebP as a still; the first is 1."""

    key: ClassVar[str] = "pg"
    phase: ClassVar[Phase] = Phase.DIRECTIVE
    examples: ClassVar[tuple[str, ...]] = ("pg_1", "c_scale,w_200/pg_2")

    number: Number

    def direct(self, output: Output) -> Output:
        """Sets the page."""
        return msgspec.structs.replace(output, page=self.number.value)
