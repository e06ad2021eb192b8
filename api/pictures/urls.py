"""The URLs of a photo: its original, the two fixed forms of the listing API, and any candidate of a spec.

Pure: writes URLs, never asks for one.  `base` is where image URLs begin and ends in a slash: `/demo/image/upload/`.
"""

from functools import lru_cache
from typing import Final, Protocol
from urllib.parse import quote

from imgproxy.url import is_component

_AUTO: Final = "f_auto/q_auto"
# What the official SDKs write where an id could be misread: a version segment that claims nothing.
_FENCE: Final = "v1"
_DIGITS: Final = 4


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


def original_url(base: str, photo: Photo) -> str:
    """The photo as it was handed in."""
    return f"{base}{name_of(photo)}.jpg"


def thumbnail_url(base: str, photo: FocusedPhoto) -> str:
    """400 by 300 pixels in the best format of whoever asks."""
    return f"{base}{cut(400, 300, gravity(photo))}/{_AUTO}/{name_of(photo)}.jpg"


def webp_url(base: str, photo: FocusedPhoto) -> str:
    """The thumbnail as WebP, for clients that cannot say what they take."""
    return f"{base}{cut(400, 300, gravity(photo))}/f_webp/q_auto/{name_of(photo)}.webp"


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
    """Whether the id's first folder would be taken for a part of the transformation, or for a version."""
    folder, slash, _ = name.partition("/")
    looks_like_version = folder[:1] == "v" and folder[1:].isdecimal()
    return bool(slash) and (looks_like_version or is_component(folder))


def _share(value: float) -> str:
    """With a decimal point, which makes it a share and not pixels; the same text for the same place."""
    text = f"{value:.{_DIGITS}f}".rstrip("0")
    return f"{text}0" if text.endswith(".") else text
