"""Originals in a dict: the fake that ships with the seam, for tests and demonstrations.

It follows the same rules as the real places, but keeps everything in memory; never meant for service.
"""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from imgproxy.errors import LimitExceeded, NotFound
from imgproxy.origins.names import asked
from imgproxy.values import Located, Original, Source


class InMemory:
    """An Origin over `{"houses/villa.jpg": bytes}`; the mapping may change under it."""

    def __init__(self, files: Mapping[str, bytes], max_bytes: int = 50_000_000) -> None:
        self._files = files
        self._max_bytes = max_bytes

    def peek(self, source: Source) -> Located:
        """Raises NotFound."""
        name = self._name(source)
        if name is None:
            raise NotFound(source.public_id)
        data = self._files[name]
        version = hashlib.blake2b(data, digest_size=8).hexdigest()
        return Located(source, version, len(data), modified_s=0.0, place=name)

    async def locate(self, source: Source) -> Located:
        return self.peek(source)

    @asynccontextmanager
    async def open(self, located: Located) -> AsyncIterator[Original]:
        """A temporary copy."""
        data = self._files.get(located.place)
        if data is None:
            raise NotFound(located.source.public_id)
        if len(data) > self._max_bytes:
            raise LimitExceeded("the original in bytes", len(data), self._max_bytes)
        with tempfile.TemporaryDirectory(prefix="darkroom-") as folder:
            path = Path(folder, "original")
            await asyncio.to_thread(path.write_bytes, data)
            yield Original(str(path), len(data))

    def forget(self, source: Source) -> None:
        """Nothing is remembered."""

    def believe(self, located: Located) -> None:
        """It is never in trouble."""

    async def start(self) -> None:
        """Nothing to open."""

    async def close(self) -> None:
        """Nothing to close."""

    def _name(self, source: Source) -> str | None:
        names = asked(source.public_id, source.extension)
        if names is None:
            return None
        alike = (f"{f}/{name}" if f else name for f in names.folders for name in names.alike())
        return next((name for name in (*names.exact, *alike) if name in self._files), None)
