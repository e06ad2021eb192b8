"""What a deleted photo leaves behind goes too: its original, and everything made from it, in every tier.

The deletion orders it inside its own transaction, so nothing is forgotten when a process ends between the two; it is
then done at once where it was ordered, and later by any worker if that did not come to its end.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

import msgspec

from api.jobs import Order, Progress, order
from api.jobs.desk import Desk
from api.uploads import Uploads
from db import writes

_BY_OTHERS_S: Final = 3.0
"""Who ordered it goes first: others wait so long."""


class ForgetPhotos(msgspec.Struct, frozen=True, tag="photos.forget"):
    """Photos whose rows are gone."""

    public_ids: tuple[str, ...]


class Cleaning:
    """The order and the work."""

    def __init__(self, uploads: Uploads) -> None:
        self._uploads = uploads

    async def work(self, photos: ForgetPhotos, progress: Progress) -> None:
        """Photos that a row names again meanwhile stay.  Harmless when done twice."""
        unused = await writes.unused(photos.public_ids)
        progress.total = len(unused)
        for public_id in unused:
            await self._uploads.forget([public_id])
            progress.done += 1


class Promise:
    """For one deletion: `made` inside its transaction, `kept` after it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._order: Order | None = None

    async def made(self, public_ids: Sequence[str]) -> None:
        """Raises QueueFull, which undoes the deletion."""
        if public_ids:
            wanted = ForgetPhotos(tuple(public_ids))
            self._order = order(wanted, _key(public_ids), delay_s=_BY_OTHERS_S, max_attempts=20)
            await self._desk.enqueue(self._order)

    async def kept(self) -> None:
        """It has been tried; what did not succeed is tried again by whoever does jobs."""
        if self._order is not None:
            await self._desk.now(self._order.id)


def _key(public_ids: Sequence[str]) -> str:
    return blake2b("\0".join(public_ids).encode(), digest_size=16).hexdigest()
