"""A folder for originals that come over a network, each a file for as long as somebody works with it.

What a process that died left behind goes at the next start, when it is old enough to be nobody's.
"""

import asyncio
import contextlib
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

from imgproxy.errors import LimitExceeded
from imgproxy.values import Original

_PREFIX = "original-"
_LEFTOVER_S = 3600.0
_WRITE_BYTES = 1 << 20


class Spool:
    """Files of at most `max_bytes` in `folder`."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes

    async def start(self) -> None:
        """Makes the folder and clears it of leftovers. Raises OSError."""
        await asyncio.to_thread(self._clear)

    async def fill(self, chunks: AsyncIterator[bytes]) -> Original:
        """A new file of all chunks; nothing stays when it fails. Raises LimitExceeded, OSError."""
        path = await asyncio.to_thread(self._new)
        try:
            return Original(str(path), await self._write(path, chunks))
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    def drop(self, original: Original) -> None:
        Path(original.path).unlink(missing_ok=True)

    def check(self, size_bytes: int) -> None:
        """Raises LimitExceeded."""
        if size_bytes > self._max_bytes:
            raise LimitExceeded("the original in bytes", size_bytes, self._max_bytes)

    async def _write(self, path: Path, chunks: AsyncIterator[bytes]) -> int:
        size_bytes, held = 0, bytearray()
        with path.open("wb", buffering=0) as file:
            async for chunk in chunks:
                size_bytes += len(chunk)
                self.check(size_bytes)
                held += chunk
                if len(held) >= _WRITE_BYTES:
                    await asyncio.to_thread(file.write, bytes(held))
                    held.clear()
            await asyncio.to_thread(file.write, bytes(held))
        return size_bytes

    def _new(self) -> Path:
        with tempfile.NamedTemporaryFile(dir=self._folder, prefix=_PREFIX, delete=False) as file:
            return Path(file.name)

    def _clear(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        limit_s = time.time() - _LEFTOVER_S
        for path in self._folder.glob(f"{_PREFIX}*"):
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < limit_s:
                    path.unlink()
