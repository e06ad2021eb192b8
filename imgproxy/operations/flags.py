"""Flags: how the answer is written and handed over."""

from enum import StrEnum
from typing import ClassVar

import msgspec

from imgproxy.operations._flag import Flag
from imgproxy.step import Output


class Scans(StrEnum):
    """How soon the picture is whole."""

    PROGRESSIVE = "progressive"
    SEMI = "semi"
    STEEP = "steep"
    NONE = "none"


class Progressive(Flag, frozen=True, kw_only=True):
    """`fl_progressive[:semi|steep|none]`: JPEG in several passes, or in one with `none`."""

    names: ClassVar[tuple[str, ...]] = ("progressive",)
    examples: ClassVar[tuple[str, ...]] = ("fl_progressive", "fl_progressive:none")

    scans: Scans = Scans.PROGRESSIVE

    def direct(self, output: Output) -> Output:
        """Sets the kind of passes."""
        return msgspec.structs.replace(output, progressive=str(self.scans))


class Lossy(Flag, frozen=True, kw_only=True):
    """`fl_lossy`: fewer bytes for PNG (a palette) and for animated GIF (small errors between frames)."""

    names: ClassVar[tuple[str, ...]] = ("lossy",)
    examples: ClassVar[tuple[str, ...]] = ("fl_lossy",)

    def direct(self, output: Output) -> Output:
        """Allows loss."""
        return msgspec.structs.replace(output, lossy=True)


class Attachment(Flag, frozen=True, kw_only=True):
    """`fl_attachment[:filename]`: browsers save the answer instead of showing it."""

    names: ClassVar[tuple[str, ...]] = ("attachment",)
    keeps_bytes: ClassVar[bool] = True
    examples: ClassVar[tuple[str, ...]] = ("fl_attachment", "fl_attachment:villa")

    filename: str = ""

    def direct(self, output: Output) -> Output:
        """Sets the name; empty means the public id's."""
        return msgspec.structs.replace(output, attachment=self.filename)


class GetInfo(Flag, frozen=True, kw_only=True):
    """`fl_getinfo`: JSON about input and output instead of the picture."""

    names: ClassVar[tuple[str, ...]] = ("getinfo",)
    examples: ClassVar[tuple[str, ...]] = ("fl_getinfo",)

    def direct(self, output: Output) -> Output:
        """Asks for facts."""
        return msgspec.structs.replace(output, getinfo=True)


class ImmutableCache(Flag, frozen=True, kw_only=True):
    """`fl_immutable_cache`: browsers do not ask again before the answer's time is over, not even on reload."""

    names: ClassVar[tuple[str, ...]] = ("immutable_cache",)
    keeps_bytes: ClassVar[bool] = True
    examples: ClassVar[tuple[str, ...]] = ("fl_immutable_cache",)

    def direct(self, output: Output) -> Output:
        """Adds `immutable` to Cache-Control."""
        return msgspec.structs.replace(output, immutable=True)


class Original(Flag, frozen=True, kw_only=True):
    """`fl_original`: the stored bytes, whatever else the URL asks."""

    names: ClassVar[tuple[str, ...]] = ("original",)
    examples: ClassVar[tuple[str, ...]] = ("fl_original",)

    def direct(self, output: Output) -> Output:
        """Asks for the stored bytes."""
        return msgspec.structs.replace(output, original=True)
