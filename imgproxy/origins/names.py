"""Which file names can be meant by an asked name: pure text, shared by every place that keeps named files.

    asked `houses/villa.webp`   1. the exact name            houses/villa.webp
                                2. the id as a whole name    houses/villa
                                3. the id with another known extension in any case: the asked one first, then in
                                   the order of KNOWN_EXTENSIONS, lower case before upper before mixed

So a folder holding `villa.png` answers for `villa.webp`, and `my.photo.v2` may be a whole name or a stem.
Ids with accents are tried as they came, then composed (NFC), then decomposed (NFD), folder by folder.
Nothing here touches a disk or decides what exists.
"""

import itertools
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

import msgspec

KNOWN_EXTENSIONS = (
    *("jpg", "jpeg", "png", "webp", "avif", "jxl", "heic", "heif"),
    *("tiff", "tif", "gif", "svg", "bmp", "ico", "pdf"),
)
"""In order of preference: what cameras and designers hand in first, containers of several pictures last."""

_MAX_SPELLINGS = 16
_MAX_ID_CHARS = 1024


class Asked(msgspec.Struct, frozen=True):
    """All names an id may stand for, relative, with `/`; `folders` and `stems` are for the third rule."""

    exact: tuple[str, ...]
    folders: tuple[str, ...]
    stems: tuple[str, ...]
    extensions: tuple[str, ...]

    def alike(self) -> Iterator[str]:
        """File names inside a folder by the third rule, best first; about 170 per stem."""
        for extension in self.extensions:
            for cased in casings(extension):
                for stem in self.stems:
                    yield f"{stem}.{cased}"


@lru_cache(maxsize=4096)
def asked(public_id: str, extension: str | None) -> Asked | None:
    """The names to look for, or `None` for an id that no file may answer to."""
    whole = f"{public_id}.{extension}" if extension else public_id
    if not _allowed(whole) or "/" in (extension or ""):
        return None
    known = extension is None or extension in KNOWN_EXTENSIONS
    folder, _, stem = (public_id if known else whole).rpartition("/")
    first = (extension,) if extension and known else ()
    return Asked(
        exact=_unique((*_spelled(whole), *_spelled(public_id))),
        folders=_spelled(folder),
        stems=_spelled(stem),
        extensions=_unique((*first, *KNOWN_EXTENSIONS)),
    )


@lru_cache(maxsize=64)
def casings(extension: str) -> tuple[str, ...]:
    """`jpg JPG Jpg …`: every way to capitalise, the usual ones first."""
    mixed = ("".join(way) for way in itertools.product(*((c, c.upper()) for c in extension)))
    return _unique((extension, extension.upper(), extension.capitalize(), *mixed))


def hidden(path: str) -> bool:
    """Whether a part starts with a dot, which also covers `.` and `..`."""
    return path.startswith(".") or "/." in path


def _allowed(public_id: str) -> bool:
    if not public_id or len(public_id) > _MAX_ID_CHARS or hidden(public_id):
        return False
    if "\\" in public_id or not all(public_id.split("/")):
        return False
    return not any(unicodedata.category(c) in {"Cc", "Cs"} for c in public_id)


def _spelled(path: str) -> tuple[str, ...]:
    if path.isascii():
        return (path,)
    parts = (
        [part, *(unicodedata.normalize(f, part) for f in ("NFC", "NFD"))]
        for part in path.split("/")
    )
    ways = itertools.product(*(_unique(part) for part in parts))
    return tuple("/".join(way) for way in itertools.islice(ways, _MAX_SPELLINGS))


def _unique(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(items))
