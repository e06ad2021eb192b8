"""Format of the answer."""

from enum import StrEnum
from typing import ClassVar

import msgspec

from imgproxy.step import Output, Phase, Step


class Format(StrEnum):
    """What can be written, and `auto`."""

    AUTO = "auto"
    JPG = "jpg"
    PNG = "png"
    WEBP = "webp"
    AVIF = "avif"
    GIF = "gif"
    JXL = "jxl"
    SVG = "svg"

    @classmethod
    def _missing_(cls, value: object) -> "Format | None":
        return cls.JPG if value in {"jpeg", "jpe"} else None


class FormatDirective(Step, frozen=True, kw_only=True):
    """`f_auto|jpg|png|webp|avif|gif|jxl|svg`: the format of the answer, over the extension of the URL.

    `f_auto` takes the best the client accepts: JPEG XL, AVIF, WebP, else the extension or the original's own.
    `f_svg` is the drawing that `e_vectorize` at the end of the chain makes; of anything else it is PNG or JPEG.
    """

    key: ClassVar[str] = "f"
    phase: ClassVar[Phase] = Phase.DIRECTIVE
    examples: ClassVar[tuple[str, ...]] = (
        "f_auto",
        "f_webp",
        "f_jpg",
        "f_png",
        "f_avif",
        "f_gif",
        "f_jxl",
        "e_vectorize/f_svg",
    )

    format: Format

    def direct(self, output: Output) -> Output:
        """Sets the format."""
        return msgspec.structs.replace(output, format=str(self.format))
