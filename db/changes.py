"""What a change touches and what an answer depends on, in one language: tags.  Pure.

    property 5         what is shown of listing 5, photos included
    agent 2            and of agent 2; likewise office and location
    property.price     in which listings there are, and in which order, as far as their price decides
    property.*         that there are listings at all: one was made or deleted

A change is the set of tags it touches, or EVERYTHING.  An answer that shares no tag with a change is as true as
before, so only answers that show the changed row, or might show it now, need to be made again.
"""

from collections.abc import Callable, Iterable
from typing import Final, Protocol, TypeAlias

from db.rows import ListingFilters, ListingRow

Tags: TypeAlias = frozenset[str]
Change: TypeAlias = Tags | None

EVERYTHING: Final = None
"""A change of which nothing more is known."""

ALL_ROWS: Final = "property.*"

_ROWS = {"property", "location", "agent", "office"}
# Which columns decide whether a listing passes a filter.
_DECIDING = {
    "property_type": ("property.property_type",),
    "status": ("property.status",),
    "city": ("location.city", "property.location"),
    "min_price": ("property.price",),
    "max_price": ("property.price",),
    "min_bedrooms": ("property.bedrooms",),
    "max_bedrooms": ("property.bedrooms",),
    "search": ("property.title", "property.description", "property.location", "location.city"),
}


class Watch(Protocol):
    """Tells changes, whoever made them: this process, another one, or somebody's SQL."""

    async def start(self, tell: Callable[[Change], None]) -> None:
        """From now on `tell` is called with each change, in this event loop."""
        ...

    async def close(self) -> None:
        """Tells nothing any more."""
        ...

    def sees(self) -> bool:
        """Whether changes are being told at all; may tell some right now.  Never waits."""
        ...

    async def caught_up(self) -> None:
        """Every change committed before the call has been told afterwards in every process that watches.

        A process that does not answer within a second is not waited for: it will find itself blind.
        """
        ...


class Unwatched:
    """For when nobody watches: nothing may be believed."""

    async def start(self, tell: Callable[[Change], None]) -> None:
        """Nothing to open."""

    async def close(self) -> None:
        """Nothing to close."""

    def sees(self) -> bool:
        return False

    async def caught_up(self) -> None:
        """Nothing will ever be told."""


def touched(payload: str) -> Change:
    """What a notification of our triggers says: `property update 5 price,updated_at`."""
    table, operation, which, columns = (*payload.split(" "), "", "", "")[:4]
    if operation not in ("insert", "update", "delete") or not which.isdecimal():
        return EVERYTHING
    if table == "property_image":
        return frozenset({f"property {which}"})
    if table not in _ROWS:
        return EVERYTHING
    tags = {f"{table} {which}"}
    if operation == "update":
        tags.update(f"{table}.{column}" for column in columns.split(","))
    elif table == "property":
        tags.add(ALL_ROWS)
    return frozenset(tags)


def shown(rows: Iterable[ListingRow]) -> Tags:
    """What an answer that shows these listings depends on."""
    return frozenset(
        tag
        for row in rows
        for tag in (
            f"property {row.id}",
            f"location {row.location_id}",
            f"agent {row.agent_id}",
            f"office {row.office_id}",
        )
    )


def chosen(filters: ListingFilters, ordering: str) -> Tags:
    """What the choice and order of listings in an answer depends on."""
    tags = {ALL_ROWS, "property.published", f"property.{ordering.removeprefix('-')}"}
    for name, columns in _DECIDING.items():
        if getattr(filters, name) is not None:
            tags.update(columns)
    return frozenset(tags)
