"""From a set of specs to an applied version, and back to an earlier one.

Beginning and ordering are separate from doing: whoever does jobs, this process or a server, does the rendering.  What
was interrupted goes on where it was, because only photos that have not been rendered for the version are ordered.
"""

from collections.abc import Mapping
from typing import Any

from api.jobs import QueueFull
from api.versions import Specs, digest_of, specs_of, text_of
from api.versions.work import Versions, render_order
from db import versions
from db.engine import transaction

_PAGE = 200


class NothingBefore(Exception):
    """There is no earlier version to return to."""


async def wanted_version(specs: Specs) -> int:
    """The newest version if it is of these specs already, else a new one."""
    row, digest = await versions.newest(), digest_of(specs)
    if row is not None and row["digest"] == digest:
        number: int = row["id"]
        return number
    return await versions.begin(text_of(specs), digest, None)


async def earlier() -> Mapping[str, Any]:
    """The version that a rollback returns to.  Raises NothingBefore."""
    rows = await versions.everything()
    if not rows:
        raise NothingBefore
    base = rows[0]["returns_to"] or rows[0]["id"]
    for row in rows:
        if row["id"] < base and row["returns_to"] is None:
            return row
    raise NothingBefore


async def rolled_back() -> int:
    """A new version with the specs of an earlier one.  Raises NothingBefore."""
    row = await earlier()
    return await versions.begin(row["specs"], row["digest"], row["id"])


async def order_all(work: Versions, version: int) -> bool:
    """Orders what is missing; False when the queue took only a part of it."""
    row = await versions.one(version)
    assert row is not None  # just begun, or found
    if not any(spec.ahead for spec in specs_of(row["specs"]).values()):
        await work.finish(version, whatever=True)
        return True
    after = 0
    while page := await versions.unmade(version, after, _PAGE):
        try:
            async with transaction():
                for image in page:
                    await work.desk.enqueue(render_order(version, image))
            work.desk.nudge()
        except QueueFull:
            return False
        after = page[-1]
    await work.finish(version)
    return True
