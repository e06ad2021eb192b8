"""Format of the answer."""

from enum import StrEnum
from typing import ClassVar

import msgspec

from imgproxy.errors import BadCombination, NotSupported
from imgproxy.operations._reasons import VIDEO
from imgproxy.step import Output, Phase, Step

_SPELLINGS = {"jpeg": "jpg", "jpe": "jpg", "jfif": "jpg", "tif": "tiff"}
_FOREIGN = frozenset("jp2 j2k jxr wdp hdp heic heif pdf psd eps ai indd djvu".split())
_MOVING = frozenset("mp4 webm mov ogv ogg m3u8 mpd mkv avi wmv flv mp3 wav aac flac video".split())


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
    TIFF = "tiff"
    BMP = "bmp"
    ICO = "ico"

    @classmethod
    def _missing_(cls, value: object) -> "Format | None":
        if value in _FOREIGN:
            raise NotSupported(f"f_{value}", f"is not written here, only {', '.join(cls)}")
        if value in _MOVING:
            raise NotSupported(f"f_{value}", VIDEO)
        spelling = _SPELLINGS.get(str(value))
        return cls(spelling) if spelling else None


class Kind(StrEnum):
    """What `auto` may choose from."""

    IMAGE = "image"
    ANIMATED = "animated"

    @classmethod
    def _missing_(cls, value: object) -> None:
        if value == "video":
            raise NotSupported("f_auto:video", VIDEO)


class FormatDirective(Step, frozen=True, kw_only=True):
    """`f_auto|jpg|png|webp|avif|gif|jxl|svg|tiff|bmp|ico`: the format of the answer, over the extension of the URL.

    `f_auto` takes the best the client accepts: JPEG XL, AVIF, WebP, else the extension or the original's own; an
    animation stays one (`f_auto:animated` says the same), with `f_auto:image` its first frame is a still.
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
        "f_tiff",
        "f_bmp",
        "f_ico,w_64",
        "f_auto:image",
    )

    format: Format
    kind: Kind | None = None

    def check(self) -> None:
        """Only `auto` has something to choose from."""
        if self.kind and self.format is not Format.AUTO:
            raise BadCombination(f"f_{self.format}:{self.kind}", "only goes with f_auto")

    def direct(self, output: Output) -> Output:
        """Sets the format."""
        still = self.kind is Kind.IMAGE
        return msgspec.structs.replace(output, format=str(self.format), still=still)
