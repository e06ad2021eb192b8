"""Uploaded originals that no row names, with everything made from them: found, and removed when asked.

There should be none: a deletion sees to its own, an upload takes back what it could not record.  A restored backup or a
row deleted by hand may leave some.  Only files whose names uploads give are ever looked at; all others are their owner's,
and what came within the last hour may be an upload that is just being recorded.
"""

import time
from collections.abc import Sequence
from typing import Final

from api.originals import Originals, Uploaded
from api.uploads import Uploads
from db import versions

_PAGE: Final = 500
_RECENT_S: Final = 3600.0


async def found(originals: Originals) -> list[Uploaded]:
    """Of the same original in two formats, both."""
    before = time.time() - _RECENT_S
    files = [file for file in await originals.uploaded() if file.modified_s < before]
    orphans: list[Uploaded] = []
    for start in range(0, len(files), _PAGE):
        page = files[start : start + _PAGE]
        named = await versions.named(sorted({file.public_id for file in page}))
        orphans += [file for file in page if file.public_id not in named]
    return orphans


async def remove(uploads: Uploads, orphans: Sequence[Uploaded]) -> None:
    """They, and what was made from them in every tier, are gone; but not those that a row names by now."""
    ids = sorted({file.public_id for file in orphans})
    named = await versions.named(ids)
    await uploads.forget([public_id for public_id in ids if public_id not in named])
