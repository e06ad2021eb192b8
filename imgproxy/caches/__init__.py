"""Where finished answers are kept. This module holds the seam and the packing; each tier is a file beside it.

A cache can always lose what it holds. Trouble is a miss and a log line, never an exception to the caller.
It must never look inside a picture or know how one is made.
"""

import zlib
from typing import Protocol

import msgspec

from imgproxy.values import CacheKey, Rendered


class Cache(Protocol):
    """One tier; one contract suite in the tests runs against every implementation."""

    name: str

    async def get(self, key: CacheKey) -> Rendered | None:
        """The answer, or `None` when it is not held or cannot be read now."""
        ...

    async def put(self, key: CacheKey, rendered: Rendered) -> None:
        """Keeps it if it fits; afterwards `get` gives the whole of it or nothing, never a part."""
        ...

    @property
    def held_bytes(self) -> int | None:
        """What it holds, as far as that is known without asking anybody."""
        ...

    @property
    def in_trouble(self) -> bool:
        """Whether it failed when it was last asked; it is left alone for seconds then."""
        ...

    async def purge(self, source: str) -> int:
        """Drops everything under `CacheKey.source == source`; how many were dropped."""
        ...

    async def remove(self, key: CacheKey) -> int:
        """Drops one answer; how many copies there were."""
        ...

    async def start(self) -> None:
        """Opens clients and starts housekeeping; called once in the event loop that will use them."""
        ...

    async def close(self) -> None:
        """Ends housekeeping and closes clients."""
        ...


class Shared(Cache, Protocol):
    """Several tiers behind one face."""

    @property
    def states(self) -> tuple[tuple[Cache, bool], ...]:
        """The tiers in order, each with whether it is in trouble."""
        ...


class Hot(Protocol):
    """What the hot path needs besides: the tier that answers without waiting."""

    @property
    def held_bytes(self) -> int:
        """Bodies and the cost of their entries."""
        ...

    def lookup(self, key: CacheKey) -> Rendered | None:
        """The answer if it is held in this process."""
        ...

    def popular(self, key: CacheKey) -> Rendered | None:
        """The answer if it is held and was asked for several times; this is no asking."""
        ...

    def keep(self, key: CacheKey, rendered: Rendered) -> None:
        """Holds it in this process if it fits."""
        ...

    def drop(self, source: str) -> int:
        """`purge` without a wait."""
        ...

    def forget(self, key: CacheKey) -> int:
        """`remove` without a wait."""
        ...


class _Head(msgspec.Struct, array_like=True):
    media_type: str
    width: int
    height: int
    etag: str
    modified_s: float
    pages: int
    body_bytes: int
    refined: bool


_MAGIC = b"DRK3"
_SUMMED_FROM = 8
_PREFIX_BYTES = 10
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Head)


def pack(rendered: Rendered) -> bytes:
    """One flat text of bytes: magic, CRC-32 of all that follows, length of the head, head as msgpack, body."""
    head = _encoder.encode(
        _Head(
            rendered.media_type,
            rendered.width,
            rendered.height,
            rendered.etag,
            rendered.modified_s,
            rendered.pages,
            len(rendered.body),
            rendered.refined,
        )
    )
    head = len(head).to_bytes(2, "big") + head
    checksum = zlib.crc32(rendered.body, zlib.crc32(head))
    return b"".join((_MAGIC, checksum.to_bytes(4, "big"), head, rendered.body))


def unpack(data: bytes) -> Rendered | None:
    """The inverse of `pack`; `None` for anything that is not a whole, undamaged packed answer."""
    if data[:4] != _MAGIC or len(data) < _PREFIX_BYTES:
        return None
    if zlib.crc32(memoryview(data)[_SUMMED_FROM:]) != int.from_bytes(data[4:_SUMMED_FROM], "big"):
        return None
    end = _PREFIX_BYTES + int.from_bytes(data[_SUMMED_FROM:_PREFIX_BYTES], "big")
    try:
        head = _decoder.decode(data[_PREFIX_BYTES:end])
    except msgspec.DecodeError:
        return None
    body = data[end:]
    if len(body) != head.body_bytes:
        return None
    return Rendered(
        body,
        head.media_type,
        head.width,
        head.height,
        head.etag,
        head.modified_s,
        head.pages,
        head.refined,
    )
