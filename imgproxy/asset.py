"""What is known of an original besides its pixels: tags, texts, and places in it.

A JSON file beside the original, named after its public id, so that all formats of one picture share it:

    houses/villa.jpg          {"tags": ["sale"], "context": {"caption": "Villa"}, "metadata": {"rooms": 7},
    houses/villa.asset.json    "regions": {"door": [40, 80, 20, 60]}, "custom": [10, 20, 300, 200]}

All keys may be absent, and so may the file.  Rectangles are left, top, width and height in pixels of the upright
original.  Pure: who reads the file, and when, is `delivery`'s business; it is never served as a picture.
"""

import re
from typing import Annotated

import msgspec
from msgspec import Meta

from imgproxy.errors import OriginFailed
from imgproxy.values import Face, Located, Size, Source

SUFFIX = ".asset.json"
MAX_BYTES = 64 * 1024

_NAME = r"^[\w-][\w -]{0,63}$"
_Word = Annotated[str, Meta(max_length=255)]
_Text = Annotated[str, Meta(max_length=4096)]
_Start = Annotated[float, Meta(ge=0, le=1_000_000)]
_Side = Annotated[float, Meta(gt=0, le=1_000_000)]
_Number = Annotated[float, Meta(ge=-1e12, le=1e12)]

Rectangle = tuple[_Start, _Start, _Side, _Side]


class AssetData(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Empty where nothing is stored. `metadata` holds a list where several values were chosen."""

    tags: tuple[_Word, ...] = ()
    context: dict[_Word, _Text] = {}
    metadata: dict[_Word, _Text | _Number | tuple[_Word, ...]] = {}
    regions: dict[Annotated[str, Meta(pattern=_NAME)], Rectangle] = {}
    custom: Rectangle | None = None

    def facts(self) -> dict[str, str | float | tuple[str, ...]]:
        """By the words that expressions ask for: `tags`, `ctx:<key>`, `md:<id>`."""
        return {
            "tags": self.tags,
            **{f"ctx:{key}": value for key, value in self.context.items()},
            **{f"md:{key}": value for key, value in self.metadata.items()},
        }


NOTHING = AssetData()


def is_region(name: str) -> bool:
    """Whether a region can have that name."""
    return re.fullmatch(_NAME, name) is not None


def is_sidecar(source: Source) -> bool:
    """Whether it can mean such a file, which is no original."""
    return is_sidecar_name(source.public_id) or is_sidecar_name(
        f"{source.public_id}.{source.extension}"
    )


def is_sidecar_name(name: str) -> bool:
    """Whether a file of that name is one, in whatever case."""
    return name.lower().endswith(SUFFIX)


def beside(source: Source) -> Source | None:
    """Where the data of an original is; `None` for what only other servers keep."""
    return None if source.kind == "fetch" else Source(source.kind, source.public_id + SUFFIX)


def absent(source: Source) -> Located:
    """Stands for a file that is not there; as a version it is one like others."""
    return Located(source, "", 0, 0.0)


def is_absent(located: Located) -> bool:
    """Whether it was not there."""
    return located.version == ""


def read(data: bytes) -> AssetData:
    """The content of such a file. Raises OriginFailed."""
    if len(data) > MAX_BYTES:
        raise OriginFailed(f"its {SUFFIX} has more than {MAX_BYTES} bytes")
    try:
        return msgspec.json.decode(data, type=AssetData)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise OriginFailed(f"its {SUFFIX} cannot be read: {error}") from error


def share(rectangle: Rectangle, size: Size) -> Face | None:
    """The part of it that lies on the picture, in shares of the sides; `None` when none does."""
    left, top, width, height = rectangle
    right, bottom = min(left + width, size.width), min(top + height, size.height)
    if left >= right or top >= bottom:
        return None
    return Face(
        left / size.width,
        top / size.height,
        (right - left) / size.width,
        (bottom - top) / size.height,
    )
