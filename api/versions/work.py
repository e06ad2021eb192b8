"""The jobs of versions: one photo rendered ahead, and what earlier versions left behind removed.

Both may be done twice without harm.  A photo that has been tried has a row, which is how an interrupted apply goes on
where it was.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Final

import msgspec

from api.jobs import Order, Progress, order
from api.jobs.desk import Desk
from api.pictures import Base
from api.versions import Specs, specs_of
from api.versions.ahead import Ahead
from api.versions.plan import ahead_urls, stale_urls
from db import versions
from db.versions import PhotoRow, RenderRow

_PAGE: Final = 200
_RENDER_DEADLINE_S: Final = 600.0
_CLEAN_DEADLINE_S: Final = 24 * 3600.0


class RenderAhead(msgspec.Struct, frozen=True, tag="pictures.render"):
    """One photo, for one version."""

    version: int
    image: int


class CleanUp(msgspec.Struct, frozen=True, tag="pictures.clean"):
    """Everything that versions before this one asked for and it does not."""

    version: int


class NotRendered(Exception):
    """`NotRendered(url, sentence)`: the image service refused."""

    def __str__(self) -> str:
        return f"{self.args[0]}: {self.args[1]}"


class Versions:
    """Orders and does the work; `base` is where image URLs begin."""

    def __init__(self, ahead: Ahead, base: Base) -> None:
        self._ahead, self._base = ahead, base
        self._desk: Desk | None = None

    def use(self, desk: Desk) -> None:
        """Where follow-up work is ordered; once, when both are made."""
        self._desk = desk

    async def order_new(self, images: Sequence[int]) -> None:
        """Inside the transaction that makes these photos: they are rendered ahead if the newest version says so."""
        row = await versions.newest()
        if row is not None and any(spec.ahead for spec in specs_of(row["specs"]).values()):
            for image in images:
                await self.desk.enqueue(render_order(row["id"], image))

    async def render(self, work: RenderAhead, progress: Progress) -> None:
        """Raises NotRendered, Postpone."""
        row, photo = await versions.newest(), await versions.photo(work.image)
        if row is None or row["id"] != work.version or photo is None:
            return  # overtaken, or deleted
        found = await self._rendered(work, specs_of(row["specs"]), photo, progress)
        await versions.record(found)
        await self.finish(work.version)
        if found.error:
            raise NotRendered(photo.public_id, found.error)

    async def finish(self, version: int, *, whatever: bool = False) -> None:
        """If all its photos have been tried it is applied now, and what it supersedes will be cleaned."""
        if await versions.finish(version, whatever=whatever):
            await self.desk.enqueue(clean_order(version))
            self.desk.nudge()

    async def clean(self, work: CleanUp, progress: Progress) -> None:
        """Raises Postpone."""
        row, old = await versions.newest(), await versions.superseded()
        if row is None or row["id"] != work.version:
            return  # a later one will see to it
        now, before = specs_of(row["specs"]), [specs_of(one["specs"]) for one in old]
        progress.total = (await versions.sums(work.version)).photos
        async for photo in every_photo():
            for url in stale_urls(before, now, self._base, photo):
                await self._ahead.remove(url)
            progress.done += 1
        await versions.cleaned([one["id"] for one in old])

    @property
    def desk(self) -> Desk:
        assert self._desk is not None  # given before anything runs
        return self._desk

    async def _rendered(
        self, work: RenderAhead, specs: Specs, photo: PhotoRow, progress: Progress
    ) -> RenderRow:
        urls = ahead_urls(specs, self._base, photo)
        progress.total, sizes, cpu_s, rendered, error = len(urls), 0, 0.0, 0, ""
        for progress.done, url in enumerate(urls):
            served = await self._ahead.ask(url)
            sizes += served.bytes
            if served.error:
                error = served.error
                break
            if served.cpu_s is not None:
                cpu_s, rendered = cpu_s + served.cpu_s, rendered + 1
        else:
            progress.done = len(urls)
        return RenderRow(work.version, work.image, len(urls), rendered, sizes, cpu_s, error)


def render_order(version: int, image: int) -> Order:
    """One waits or runs per version and photo."""
    work = RenderAhead(version, image)
    key = f"{version} {image}"
    return order(work, key, max_attempts=4, deadline_s=_RENDER_DEADLINE_S)


def clean_order(version: int) -> Order:
    """One per version."""
    return order(CleanUp(version), str(version), deadline_s=_CLEAN_DEADLINE_S)


async def every_photo() -> AsyncIterator[PhotoRow]:
    """In the order of their ids."""
    after = 0
    while page := await versions.photos(after, _PAGE):
        for photo in page:
            yield photo
        after = page[-1].id
