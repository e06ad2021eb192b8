"""Device-pixel ratio."""

from typing import ClassVar, Self

import msgspec

from imgproxy.notation.number import read_decimal, spell
from imgproxy.step import Output, Phase, Step


class Ratio(msgspec.Struct, frozen=True):
    """Pixels of the screen for one of the page; `None` leaves it to the client."""

    value: float | None

    @classmethod
    def parse(cls, text: str) -> Self:
        """`2.0`, `auto`."""
        return cls(None) if text == "auto" else cls(read_decimal(text, 0.1, 10))

    def __str__(self) -> str:
        return "auto" if self.value is None else spell(self.value)


class DevicePixelRatio(Step, frozen=True, kw_only=True):
    """`dpr_2.0`: multiplies every `w` and `h` of the URL that is written in pixels or as a fraction, wherever it stands.

    A fraction that names a part of the picture stays that part: with `c_crop`, in a region, and with `fl_relative`.
    Modes that never enlarge stay within the original.  `dpr_auto` takes what the client says in Sec-CH-DPR or DPR, up to
    1, 1.5, 2 or 3; 1 without a word or under Save-Data.
    """

    key: ClassVar[str] = "dpr"
    phase: ClassVar[Phase] = Phase.DIRECTIVE
    examples: ClassVar[tuple[str, ...]] = ("dpr_2.0", "dpr_1.5", "dpr_auto,w_100")

    ratio: Ratio

    def direct(self, output: Output) -> Output:
        """Sets the ratio."""
        return msgspec.structs.replace(output, dpr=self.ratio.value or 1.0)
