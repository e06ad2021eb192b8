"""Small facts that outlive this process, kept in the shared tiers beside the answers they are about.

    version   which version of an original answers were made from: with its place in trouble, a process that has just
              begun still finds them
    failure   why nothing could be made, for those who waited in other workers and nodes while it was tried

A tier may lose them like any answer.  They outlive a purge, which they do not disturb: its stamp is in the key of whatever
is made from the noted version, and of the noted failure.
"""

import time
from collections.abc import Callable
from typing import TypeVar

import msgspec

from imgproxy.caches import Shared
from imgproxy.errors import ImageError
from imgproxy.renderers.wire import Failure, failure, revived
from imgproxy.values import CacheKey, Located, Rendered, Source, digest, etag_of

_MAX_NOTED = 50_000
_MEDIA_TYPE = "application/vnd.darkroom.note"


class _Failed(msgspec.Struct, frozen=True):
    failure: Failure
    until: float
    """Unix time."""


_N = TypeVar("_N", Located, _Failed)


class Notes:
    """Reads and writes them; what cannot be read now is not there."""

    def __init__(self, shared: Shared, clock: Callable[[], float] = time.time) -> None:
        self._shared = shared
        self._clock = clock
        self._noted: dict[CacheKey, str] = {}

    async def version(self, source: Source) -> Located | None:
        """The original as it was when something was last made from it."""
        found = await self._read(_of_source(source), Located)
        return msgspec.structs.replace(found, source=source, fresh=False) if found else None

    async def note_version(self, located: Located) -> None:
        """Once per version and process."""
        key = _of_source(located.source)
        if self._noted.get(key) == located.version:
            return
        if len(self._noted) >= _MAX_NOTED:
            self._noted.clear()
        self._noted[key] = located.version
        await self._write(key, located)

    async def failure(self, key: CacheKey) -> ImageError | None:
        """Why the answer under that key could not be made a moment ago."""
        found = await self._read(_of_failure(key), _Failed)
        return revived(found.failure) if found and self._clock() < found.until else None

    async def note_failure(self, key: CacheKey, error: ImageError, for_s: float) -> None:
        await self._write(_of_failure(key), _Failed(failure(error), self._clock() + for_s))

    async def _read(self, key: CacheKey, kind: type[_N]) -> _N | None:
        rendered = await self._shared.get(key)
        if rendered is None:
            return None
        try:
            return msgspec.msgpack.decode(rendered.body, type=kind)
        except msgspec.DecodeError:  # written by another release
            return None

    async def _write(self, key: CacheKey, note: Located | _Failed) -> None:
        body = msgspec.msgpack.encode(note)
        await self._shared.put(key, Rendered(body, _MEDIA_TYPE, 0, 0, etag_of(body), 0.0))


def _of_source(source: Source) -> CacheKey:
    identity = digest(source.kind, source.public_id)
    return CacheKey(digest("note", identity), digest("version", source.extension or ""))


def _of_failure(key: CacheKey) -> CacheKey:
    return CacheKey(digest("note", key.source), digest("failure", key.request))
