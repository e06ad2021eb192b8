"""The URLs of a photo: its original, the two fixed forms of the listing API, and any candidate of a spec.

Pure: writes URLs, never asks for one.  A URL is its beginning and the rest added to it; what signs, signs there.
"""

import re
from functools import lru_cache
from typing import Final, Protocol
from urllib.parse import quote

import msgspec

from imgproxy.signing import sign
from imgproxy.url import is_component

_AUTO: Final = "f_auto/q_auto"
# What the official SDKs write where an id could be misread: a version segment that claims nothing.
_FENCE: Final = "v1"
_DIGITS: Final = 4
_VERSION: Final = re.compile("(?:(?<=/)|^)v[0-9]+/")


class Base(Protocol):
    """Where image URLs begin, to which the rest is added: text that ends in a slash, such as `/demo/image/upload/`, or Signed."""

    def __add__(self, rest: str, /) -> str: ...


class Signed(msgspec.Struct, frozen=True):
    """A beginning whose URLs carry a signature, for a service that gives no others."""

    start: str
    secret: str

    def __add__(self, rest: str) -> str:
        """What `imgproxy.url.signed` makes of the whole, for a transformation and the name of a photo."""
        covered = _VERSION.sub("", rest, count=1)
        return f"{self.start}s--{sign(covered, self.secret)}--/{rest}"


class Photo(Protocol):
    """What a URL must know of an original; `db.rows.ImageRow` is one.  Pixels are those of the original, upright."""

    @property
    def public_id(self) -> str: ...
    @property
    def version(self) -> int | None: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...


class FocusedPhoto(Photo, Protocol):
    """One that may say what matters in it: a point in shares of width and height, from the top left corner."""

    @property
    def focal_x(self) -> float | None: ...
    @property
    def focal_y(self) -> float | None: ...


def start_of(base: Base) -> str:
    """The text that every URL begins with, signed or not."""
    return base.start if isinstance(base, Signed) else base + ""


def original_url(base: Base, photo: Photo) -> str:
    """The photo as it was handed in."""
    return base + f"{name_of(photo)}.jpg"


def thumbnail_url(base: Base, photo: FocusedPhoto) -> str:
    """400 by 300 pixels in the best format of whoever asks."""
    return base + f"{cut(400, 300, gravity(photo))}/{_AUTO}/{name_of(photo)}.jpg"


def webp_url(base: Base, photo: FocusedPhoto) -> str:
    """The thumbnail as WebP, for clients that cannot say what they take."""
    return base + f"{cut(400, 300, gravity(photo))}/f_webp/q_auto/{name_of(photo)}.webp"


def cut(width: int, height: int, place: tuple[str, str]) -> str:
    """The component that fills these pixels, around the place."""
    return f"c_fill,{place[0]},w_{width},h_{height}{place[1]}"


def gravity(photo: FocusedPhoto) -> tuple[str, str]:
    """Around the photo's own point, or around what stands out in it: the gravity, and the offsets that follow the sides."""
    if photo.focal_x is None or photo.focal_y is None:
        return "g_auto", ""
    return "g_xy_center", f",x_{_share(photo.focal_x)},y_{_share(photo.focal_y)}"


def name_of(photo: Photo) -> str:
    """Version and id; everything in the id but letters, digits, `-._~` and the slash is percent-encoded."""
    return _name(photo.public_id, photo.version)


@lru_cache(maxsize=4096)
def _name(public_id: str, version: int | None) -> str:
    name = quote(public_id, safe="/")
    if version is not None:
        return f"v{version}/{name}"
    return f"{_FENCE}/{name}" if _reads_otherwise(name) else name


def _reads_otherwise(name: str) -> bool:
    """Whether a folder of the id could be taken for a version, or its first one for a part of the transformation."""
    *folders, _ = name.split("/")
    if not folders:
        return False
    return is_component(folders[0]) or any(f[:1] == "v" and f[1:].isdecimal() for f in folders)


def _share(value: float) -> str:
    """With a decimal point, which makes it a share and not pixels; the same text for the same place."""
    text = f"{value:.{_DIGITS}f}".rstrip("0")
    return f"{text}0" if text.endswith(".") else text
