"""Photos on their way in and out: streamed, looked at, placed, recorded; or forgotten with everything made from them.

Order of an upload: files to a hidden folder, each decoded in a render process, all moved to their names, one
transaction for their rows.  Whatever fails takes back what was done before it, so nothing is ever half there.  Of a
deletion: rows first, then files, then caches; a crash between leaves a file that nobody names, never a row without one.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from pathlib import Path
from secrets import token_hex
from typing import Any, Final, TypeVar

from litestar.exceptions import HTTPException

from api.errors import conflict, wrong
from api.inspection import Look, Misfit, Unfit, look_at
from api.multipart import Fields, Form, Received, received
from api.originals import TRIED, UPLOADED, Originals
from db import writes
from db.queries import any_listing
from db.rows import ListingRow
from db.writes import NewPhoto
from imgproxy.delivery import Delivery
from imgproxy.purging import OneId
from imgproxy.settings import Limits

MAX_PHOTOS: Final = 60
"""Of one listing."""

_T = TypeVar("_T")
_MAX_FILES: Final = 20
_MAX_ALT_CHARS: Final = 300


class NotHere(HTTPException):
    status_code = 501


class Uploads:
    """`originals` is None when they are not in a folder of this machine; then uploads are refused."""

    def __init__(
        self, originals: Originals | None, delivery: Delivery, limits: Limits, min_side: int
    ) -> None:
        self._originals, self._delivery, self._limits = originals, delivery, limits
        self._min_side = min_side
        self._fields = Fields("images", "alt_text", _MAX_FILES, limits.max_original_bytes)
        self._one = Fields("images", "transformation", 1, limits.max_original_bytes)

    async def start(self) -> None:
        """Clears what was left behind."""
        if self._originals is not None:
            await self._originals.start()

    async def add(
        self,
        listing_id: int,
        content_type: str,
        body: AsyncIterator[bytes],
        then: writes.ThenImages | None = None,
    ) -> tuple[ListingRow, int] | None:
        """The listing with its new photos, and how many; None without such a listing, before the body is read.

        `then` gets the ids of the photos inside the transaction that records them.
        """
        kept = self._kept()
        if await any_listing(listing_id) is None:
            return None
        waiting = await kept.expect()
        async with (
            self._delivery.grace.until_over(),
            received(content_type, body, waiting, self._fields) as form,
        ):
            alts = _checked(form)
            looks = [await self._look(file) for file in form.files]
            names = [f"{UPLOADED}{listing_id}/{token_hex(8)}" for _ in form.files]
            photos = [_photo(*facts) for facts in zip(names, looks, alts, strict=True)]
            targets = _targets(form.files, names, looks)
            row = await _to_its_end(self._save(listing_id, targets, photos, kept, then))
        return None if row is None else (row, len(photos))

    async def try_out(
        self,
        content_type: str,
        body: AsyncIterator[bytes],
        ends: Callable[[str], Awaitable[None]],
    ) -> tuple[str, list[str]]:
        """The name of the one picture of a form, with extension, and the form's texts.

        `ends` gets its public id before it is there, and orders that it goes again.
        """
        kept = self._kept()
        async with (
            self._delivery.grace.until_over(),
            received(content_type, body, await kept.expect(), self._one) as form,
        ):
            if not form.files:
                raise wrong("images", "expected a file")
            look = await self._look(form.files[0])
            public_id = f"{TRIED}{token_hex(8)}"
            name = f"{public_id}.{look.extension}"
            await ends(public_id)
            await kept.place([(form.files[0].path, name)])
        return name, form.texts

    def _kept(self) -> Originals:
        if self._originals is None:
            raise NotHere("Originals are kept in S3; photos come in through the upload API there.")
        return self._originals

    async def forget(self, public_ids: Sequence[str]) -> None:
        """Originals that were uploaded are removed, and whatever was made from any of these, in every tier."""
        if self._originals is not None:
            await self._originals.remove(public_ids)
        for public_id in public_ids:
            await self._delivery.purge(OneId("upload", public_id))

    async def _look(self, file: Received) -> Look:
        try:
            return await look_at(file, self._delivery.renderers, self._limits, self._min_side)
        except Unfit as unfit:
            filename, why = unfit.args
            refuse = conflict if isinstance(unfit, Misfit) else wrong
            raise refuse(self._fields.files, f"{filename!r} {why}") from unfit

    async def _save(
        self,
        listing_id: int,
        targets: Sequence[tuple[Path, str]],
        photos: Sequence[NewPhoto],
        originals: Originals,
        then: writes.ThenImages | None,
    ) -> ListingRow | None:
        """Files without rows there may not be: they go when recording fails, or finds no listing."""
        await originals.place(targets)
        row = None
        try:
            row = await writes.add_photos(listing_id, photos, MAX_PHOTOS, then)
        finally:
            if row is None:
                await originals.remove([photo.public_id for photo in photos])
        return row


async def _to_its_end(work: Coroutine[Any, Any, _T]) -> _T:
    """The result; who is cancelled meanwhile leaves only when the work is done, so that it is done or undone whole."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})  # bounded by the database's own deadline
        raise


def _checked(form: Form) -> list[str]:
    """A text for each file.  Raises ValidationException; 409 when there are more texts than files."""
    if not form.files:
        raise wrong("images", "expected at least one file")
    if len(form.texts) > len(form.files):
        raise conflict("alt_text", "expected at most one for each of images, in their order")
    if any(len(text) > _MAX_ALT_CHARS or "\0" in text for text in form.texts):
        raise wrong("alt_text", f"expected at most {_MAX_ALT_CHARS} characters, NUL not among them")
    return form.texts + [""] * (len(form.files) - len(form.texts))


def _targets(
    files: Sequence[Received], names: Sequence[str], looks: Sequence[Look]
) -> list[tuple[Path, str]]:
    return [
        (file.path, f"{name}.{look.extension}")
        for file, name, look in zip(files, names, looks, strict=True)
    ]


def _photo(name: str, look: Look, alt_text: str) -> NewPhoto:
    return NewPhoto(
        name, look.width, look.height, look.color, look.placeholder, look.thumbhash, alt_text
    )
