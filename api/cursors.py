"""Cursors: places in an ordering as opaque text for URLs.  Pure."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime

import msgspec

from api.errors import no_such
from db.queries import ORDERINGS
from db.rows import ListingRow, Mark

_MAX_ID = 2**31 - 1
_MAX_VALUE = 2**63 - 1
_decoder = msgspec.json.Decoder(Mark)


def mark_at(row: ListingRow, ordering: str, back: bool = False) -> Mark:
    """The place of the listing."""
    return Mark(ordering, getattr(row, ordering.removeprefix("-")), row.id, back)


def written(mark: Mark) -> str:
    return urlsafe_b64encode(msgspec.json.encode(mark)).decode().rstrip("=")


def read(cursor: str) -> Mark:
    """The inverse of `written`.  Raises NotFoundException for any other text."""
    try:
        data = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        mark = _decoder.decode(data)
    except ValueError as error:  # msgspec's and binascii's errors are such
        raise no_such("cursor", "there is no such place; take one that a page gave") from error
    by_time = mark.ordering.removeprefix("-") == "created_at"
    fits = isinstance(mark.value, datetime) == by_time and (by_time or _is_countable(mark.value))
    aware = not isinstance(mark.value, datetime) or mark.value.tzinfo is not None
    if mark.ordering not in ORDERINGS or not fits or not aware or not 0 <= mark.id <= _MAX_ID:
        raise no_such("cursor", "there is no such place; take one that a page gave")
    return mark


def _is_countable(value: int | datetime) -> bool:
    return isinstance(value, int) and abs(value) <= _MAX_VALUE
