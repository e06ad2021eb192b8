"""The nouns of a request: frozen values without verbs, shared by all rooms below.

Nothing here opens, fetches, parses or decides. A value that crosses a process border is a Struct that
msgspec can write and read.
"""

import hashlib
from typing import NamedTuple

import msgspec

MAX_PUBLIC_ID = 1024
"""Characters, in a path as in a layer."""

IMAGE_EPOCH = "4"
"""Raised when the same request should from now on give other pixels; a changed golden is the reminder."""


class Size(NamedTuple):
    """Width and height in pixels, both at least 1."""

    width: int
    height: int


class Face(NamedTuple):
    """A face in a picture; everything is in shares of the picture's sides, and may reach beyond them at an edge."""

    x: float
    """Left edge of the box from forehead to chin and cheek to cheek."""
    y: float
    width: float
    height: float
    score: float = 1.0
    """How sure the finder is, 0 to 1."""
    eyes: tuple[tuple[float, float], ...] = ()
    """Their middles, the left one of the picture first; empty where the finder does not tell."""

    @property
    def is_sure(self) -> bool:
        """Whether it may decide what is shown; below, a quarter of the finds on the photos tried were no faces."""
        return self.score >= 0.7


class Source(msgspec.Struct, frozen=True):
    """Which original: the delivery type (`upload`, `fetch`, …), its id, and the extension that was asked.

    `public_id` is decoded text without the extension; `extension` is lower case without a dot, or `None`.
    `version` is what the URL claims, not a fact about the original.
    """

    kind: str
    public_id: str
    extension: str | None = None
    version: int | None = None


class Located(msgspec.Struct, frozen=True):
    """An original that exists: `version` changes whenever its bytes do; `modified_s` is Unix time."""

    source: Source
    version: str
    size_bytes: int
    modified_s: float
    place: str = ""
    """Where the origin finds it again; means something to that origin alone and is never shown."""

    fresh: bool = True
    """False when the origin would like to look again; the answer may still be used meanwhile."""


class Original(msgspec.Struct, frozen=True):
    """The bytes of an original as a local file that a render process may open and read."""

    path: str
    size_bytes: int
    version: str = ""
    """As in `Located`, of these very bytes; empty where the origin cannot tell."""


class CacheKey(msgspec.Struct, frozen=True):
    """Identity of a derivative: everything derived from one source shares the first part and can be purged by it."""

    source: str
    request: str
    purged: int = 0
    """The stamp of the newest purge that it comes after, which is in `request` as well."""

    @property
    def path(self) -> str:
        """Relative path with `/`, spread over 256 folders: `<epoch>/ab/<source>/<request>`."""
        return f"{IMAGE_EPOCH}/{self.source[:2]}/{self.source}/{self.request}"


class Rendered(msgspec.Struct, frozen=True):
    """A finished answer: what caches hold and what is sent.

    `etag` is the MD5 of the body in hex, as the Cloudinary ecosystem expects; `modified_s` is when the
    original changed (Unix time).
    """

    body: bytes
    media_type: str
    width: int
    height: int
    etag: str
    modified_s: float
    pages: int = 1
    refined: bool = False
    """Whether a patient encoder has had its turn, so that nobody tries again."""


def digest(*parts: str) -> str:
    """128 bits of BLAKE2 over the parts as 32 hex digits; parts cannot run into each other."""
    state = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        state.update(len(data).to_bytes(4, "big"))
        state.update(data)
    return state.hexdigest()


def etag_of(body: bytes) -> str:
    """MD5 in hex: a checksum that clients compare, not a defence."""
    return hashlib.md5(body, usedforsecurity=False).hexdigest()
