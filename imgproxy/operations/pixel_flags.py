"""Flags that choose how a format holds the pixels: transparency, palettes, one bit, several frames."""

from typing import ClassVar

import msgspec

from imgproxy.operations._flag import Flag
from imgproxy.step import Output


class PreserveTransparency(Flag, frozen=True, kw_only=True):
    """`fl_preserve_transparency`: a transparent picture goes out as PNG where the format asked has no transparency."""

    names: ClassVar[tuple[str, ...]] = ("preserve_transparency",)
    examples: ClassVar[tuple[str, ...]] = ("f_jpg,fl_preserve_transparency",)

    def direct(self, output: Output) -> Output:
        """Lets transparency decide over the format."""
        return msgspec.structs.replace(output, keep_alpha=True)


class AnyFormat(Flag, frozen=True, kw_only=True):
    """`fl_any_format`: with `q_auto` a PNG gets a palette of 256 colours when nobody would see it."""

    names: ClassVar[tuple[str, ...]] = ("any_format",)
    examples: ClassVar[tuple[str, ...]] = ("f_png,fl_any_format,q_auto",)

    def direct(self, output: Output) -> Output:
        """Allows the palette."""
        return msgspec.structs.replace(output, any_format=True)


class PngDepth(Flag, frozen=True, kw_only=True):
    """`fl_png8|png24|png32`: a PNG with a palette, without transparency, or always with it; else without effect."""

    names: ClassVar[tuple[str, ...]] = ("png8", "png24", "png32")
    examples: ClassVar[tuple[str, ...]] = ("f_png,fl_png8", "f_png,fl_png24", "f_png,fl_png32")

    mode: str

    def direct(self, output: Output) -> Output:
        """Sets how a PNG is written."""
        return msgspec.structs.replace(output, png=self.mode)


class TiffCoding(Flag, frozen=True, kw_only=True):
    """`fl_tiff8_lzw|group4|mono`: a TIFF packed by LZW, or in black and white, as fax or plainly packed."""

    names: ClassVar[tuple[str, ...]] = ("tiff8_lzw", "group4", "mono")
    examples: ClassVar[tuple[str, ...]] = (
        "f_tiff,fl_tiff8_lzw",
        "f_tiff,fl_group4",
        "f_tiff,fl_mono",
    )

    mode: str

    def direct(self, output: Output) -> Output:
        """Sets how a TIFF is written."""
        return msgspec.structs.replace(output, tiff=self.mode)


class Animated(Flag, frozen=True, kw_only=True):
    """`fl_animated`, `fl_awebp`: an animation stays one, as WebP or GIF, which it does without the flag too."""

    names: ClassVar[tuple[str, ...]] = ("animated", "awebp")
    keeps_bytes: ClassVar[bool] = True
    examples: ClassVar[tuple[str, ...]] = ("f_webp,fl_awebp", "f_auto,fl_animated")

    mode: str


class AnimatedPng(Flag, frozen=True, kw_only=True):
    """`fl_apng`: an animation that is asked for as PNG keeps its frames."""

    names: ClassVar[tuple[str, ...]] = ("apng",)
    examples: ClassVar[tuple[str, ...]] = ("f_png,fl_apng",)

    def direct(self, output: Output) -> Output:
        """Allows frames in a PNG."""
        return msgspec.structs.replace(output, apng=True)
