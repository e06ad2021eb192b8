"""Flags about what a file says besides its pixels: profiles, authors, drawings and their scripts."""

from typing import ClassVar

import msgspec

from imgproxy.operations._flag import Flag
from imgproxy.step import Output


class Strip(Flag, frozen=True, kw_only=True):
    """`fl_strip_profile`, `fl_force_strip`: no profile and no metadata.

    Only a picture in other colours than sRGB has one; with the flag an original asked for as it is gets written anew.
    """

    names: ClassVar[tuple[str, ...]] = ("strip_profile", "force_strip")
    examples: ClassVar[tuple[str, ...]] = ("fl_strip_profile", "fl_force_strip")

    mode: str

    def direct(self, output: Output) -> Output:
        """Leaves a profile out."""
        return msgspec.structs.replace(output, bare=True)


class ForceIcc(Flag, frozen=True, kw_only=True):
    """`fl_force_icc`: the answer carries the sRGB profile, for programs that guess without one.

    JPEG XL says as much in any case; GIF, BMP and ICO cannot.
    """

    names: ClassVar[tuple[str, ...]] = ("force_icc",)
    examples: ClassVar[tuple[str, ...]] = ("fl_force_icc",)

    def direct(self, output: Output) -> Output:
        """Asks for the profile."""
        return msgspec.structs.replace(output, profile=True)


class Keep(Flag, frozen=True, kw_only=True):
    """`fl_keep_attribution` keeps the author and the copyright of the EXIF data, `fl_keep_iptc` IPTC and XMP as well.

    For originals and answers in JPEG, PNG, WebP, TIFF and AVIF; place and camera of the EXIF data never go out.
    """

    names: ClassVar[tuple[str, ...]] = ("keep_attribution", "keep_iptc")
    keeps_bytes: ClassVar[bool] = True
    examples: ClassVar[tuple[str, ...]] = ("fl_keep_attribution,w_300", "fl_keep_iptc,w_300")

    mode: str

    def direct(self, output: Output) -> Output:
        """Says what stays."""
        return msgspec.structs.replace(output, kept=self.mode.removeprefix("keep_"))


class Credentials(Flag, frozen=True, kw_only=True):
    """`fl_c2pa` is accepted and does nothing: content credentials need a certificate, which this service has not."""

    names: ClassVar[tuple[str, ...]] = ("c2pa",)
    keeps_bytes: ClassVar[bool] = True
    examples: ClassVar[tuple[str, ...]] = ("fl_c2pa",)


class Rasterize(Flag, frozen=True, kw_only=True):
    """`fl_rasterize`: an SVG or PDF goes out as pixels also when nothing else is asked of it."""

    names: ClassVar[tuple[str, ...]] = ("rasterize",)
    examples: ClassVar[tuple[str, ...]] = ("fl_rasterize",)


class Sanitize(Flag, frozen=True, kw_only=True):
    """`fl_sanitize`: an SVG that goes out as it is goes without scripts, event handlers and foreign markup."""

    names: ClassVar[tuple[str, ...]] = ("sanitize",)
    keeps_bytes: ClassVar[bool] = True
    examples: ClassVar[tuple[str, ...]] = ("fl_sanitize",)

    def direct(self, output: Output) -> Output:
        """Asks for cleaning."""
        return msgspec.structs.replace(output, sanitize=True)
