"""The folder where uploaded originals are kept: files appear there whole or not at all, and never under a name twice.

Uploads wait in a hidden folder inside it, so that moving them is one rename on one file system; the image service
never answers for hidden names.  Only what was uploaded here is ever removed; other files are their owner's.
"""

import asyncio
import os
import re
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

UPLOADED: Final = "properties/"
"""Where the public ids of uploaded photos begin."""

TRIED: Final = "playground/"
"""Where those of pictures begin that are here for a day."""

EXTENSIONS: Final = frozenset({"jpg", "png", "webp", "avif", "heic", "jxl", "tiff", "gif"})
"""Formats that a photo may come in; each is also the extension of its file."""

ACCEPTED: Final = ",".join(f".{extension}" for extension in sorted({*EXTENSIONS, "jpeg", "tif"}))
"""The same for the form of a page."""

_WAITING: Final = ".uploads"
_LEFTOVER_S: Final = 3600.0


_NAME: Final = re.compile(rf"{UPLOADED}[0-9]+/[0-9a-f]{{16}}")
"""What uploads are called, without extension."""


class Uploaded(msgspec.Struct, frozen=True):
    """A file of an uploaded photo."""

    public_id: str
    name: str
    bytes: int
    modified_s: float


class Originals:
    """`root` need not exist yet."""

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        self.waiting = self._root / _WAITING

    async def start(self) -> None:
        """What an earlier process left in mid-upload is gone; a folder that nobody uploads to stays as it is."""
        await asyncio.to_thread(self._sweep)

    async def expect(self) -> Path:
        """The folder where uploads wait; it is there afterwards. Raises OSError."""
        await asyncio.to_thread(self.waiting.mkdir, parents=True, exist_ok=True)
        return self.waiting

    async def place(self, files: Sequence[tuple[Path, str]]) -> None:
        """Moves each file to its name (public id with extension); all of them or none.  Raises OSError."""
        await asyncio.to_thread(self._place, files)

    async def remove(self, public_ids: Sequence[str]) -> None:
        """Files of uploaded photos are gone afterwards; no-op for other ids and for what is not there."""
        await asyncio.to_thread(self._remove, public_ids)

    async def uploaded(self) -> list[Uploaded]:
        """All files that carry the name of an upload, by name; files of others are not among them."""
        return await asyncio.to_thread(self._uploaded)

    def _uploaded(self) -> list[Uploaded]:
        found = []
        for path in sorted(self._root.glob(f"{UPLOADED}*/*.*")):
            public_id = path.relative_to(self._root).with_suffix("").as_posix()
            known = path.suffix[1:] in EXTENSIONS and _NAME.fullmatch(public_id)
            if known and path.is_file() and not path.is_symlink():
                status = path.stat()
                name = f"{public_id}{path.suffix}"
                found.append(Uploaded(public_id, name, status.st_size, status.st_mtime))
        return found

    def _sweep(self) -> None:
        if not self.waiting.is_dir():
            return
        for path in self.waiting.iterdir():
            if time.time() - path.stat().st_mtime > _LEFTOVER_S:
                path.unlink(missing_ok=True)

    def _place(self, files: Sequence[tuple[Path, str]]) -> None:
        done: list[Path] = []
        try:
            for path, name in files:
                target = self._root / name
                target.parent.mkdir(parents=True, exist_ok=True)
                _sync(path)
                path.rename(target)
                done.append(target)
            for folder in {target.parent for target in done}:
                _sync(folder)
        except BaseException:
            for target in done:
                target.unlink(missing_ok=True)
            raise

    def _remove(self, public_ids: Sequence[str]) -> None:
        for public_id in public_ids:
            if not public_id.startswith((UPLOADED, TRIED)) or ".." in public_id.split("/"):
                continue
            for extension in EXTENSIONS:
                (self._root / f"{public_id}.{extension}").unlink(missing_ok=True)
            _remove_empty((self._root / public_id).parent)


def _sync(path: Path) -> None:
    """What the file or folder holds is on the disk afterwards."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):  # gone already, or photos of the same listing are still in it
        folder.rmdir()
