"""Colour space of the answer."""

from typing import ClassVar, Self

import msgspec

from imgproxy.operations.overlay import Reference
from imgproxy.step import Output, Phase, Step
from imgproxy.values import Source

_KINDS = ("srgb", "tinysrgb", "no_cmyk", "cmyk", "keep_cmyk", "copy")
_EXPECTED = f"one of {', '.join(_KINDS)}, icc:<public id of a profile>"


class Space(msgspec.Struct, frozen=True):
    """`kind` is the word, `icc` the file that `icc:` names."""

    kind: str
    icc: Reference | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """`srgb`, `tinysrgb`, `no_cmyk`, `cmyk`, `keep_cmyk`, `copy`, `icc:folder:profile.icc`. Raises ValueError."""
        if text == "srgb:truecolor":
            return cls("srgb")
        if text.startswith("icc:"):
            return cls("icc", Reference.parse(text.removeprefix("icc:")))
        if text not in _KINDS:
            raise ValueError(_EXPECTED)
        return cls(text)

    def __str__(self) -> str:
        return f"icc:{self.icc}" if self.icc else self.kind


class ColourSpace(Step, frozen=True, kw_only=True):
    """`cs_srgb`, `cs_no_cmyk`: sRGB, which every answer is anyway; `cs_tinysrgb` says so in a profile of 480 bytes.

    `cs_cmyk` for print, in JPEG and TIFF; `cs_keep_cmyk` where the original is CMYK, in its own profile; `cs_copy` in the
    original's profile, of whatever kind; `cs_icc:<public id>` in a profile that is stored among the originals, with `:`
    for `/`.  The profile goes out with the picture (`fl_strip_profile` leaves it out), and colours beyond sRGB do not
    come back.  Formats that cannot hold such pixels stay sRGB: RGB goes into JPEG, PNG, WebP, AVIF and TIFF, grey into
    JPEG, PNG and TIFF.
    """

    key: ClassVar[str] = "cs"
    phase: ClassVar[Phase] = Phase.DIRECTIVE
    examples: ClassVar[tuple[str, ...]] = (
        "cs_srgb",
        "cs_tinysrgb",
        "cs_no_cmyk",
        "cs_cmyk,f_jpg",
        "cs_keep_cmyk",
        "cs_copy",
    )

    space: Space

    def direct(self, output: Output) -> Output:
        """Says which profile; the last word counts alone."""
        kind, icc = self.space.kind, self.space.icc
        return msgspec.structs.replace(
            output,
            profile=output.profile or kind == "tinysrgb",
            space=kind if kind in {"cmyk", "keep_cmyk", "copy"} else "",
            icc=icc and Source(icc.kind, icc.public_id, icc.extension),
        )
