"""Every query of the listings, as named functions that give plain rows.  All SQL of the listings lives here.

A page is one statement whatever its size: the photos of a listing come as one JSON column, by a correlated
sub-select, and the count beside the rows.  The text of a statement depends only on which filters are set, so it is
built once per such shape and reused with other arguments; building it anew, as an ORM does, would cost more than SQLite
needs to run it.  `{}` stands for an argument; the engine writes it as its dialect wants.
"""

# ruff: noqa: S608  every piece of these texts is a literal of this file; what users write travels as arguments

import re
from functools import cache, lru_cache
from typing import Any

import msgspec

from db.engine import Engine, current, fetch
from db.rows import (
    AgentRow,
    ImageRow,
    ListingFilters,
    ListingPage,
    ListingRow,
    ListingSlice,
    LocationRow,
    Mark,
)

# One row per filter: what its SQL is, where CITY and WORDS stand for what each engine makes of them.
_CONDITIONS = {
    "property_type": "property.property_type = {}",
    "status": "property.status = {}",
    "city": "CITY = {}",
    "min_price": "property.price >= {}",
    "max_price": "property.price <= {}",
    "min_bedrooms": "property.bedrooms >= {}",
    "max_bedrooms": "property.bedrooms <= {}",
    "search": "WORDS",
}
_WORDS = {
    "postgres": "words @@ CAST(CAST({} AS TEXT) AS TSQUERY)",
    "sqlite": "property_words MATCH {}",
}
_FOUND = {
    "postgres": f"property.id IN (SELECT property FROM property_words WHERE {_WORDS['postgres']})",
    "sqlite": f"property.id IN (SELECT rowid FROM property_words WHERE {_WORDS['sqlite']})",
}
_WORD = re.compile(r"[^\W_]+")

_ORDERED_BY = ("created_at", "price", "bedrooms", "bathrooms", "area", "view_count")
ORDERINGS: tuple[str, ...] = tuple(sign + name for name in _ORDERED_BY for sign in ("", "-"))
"""The names an ordering may have; a leading `-` means falling."""

_LOCATION = LocationRow.__struct_fields__
_AGENT = AgentRow.__struct_fields__
_LISTING = tuple(
    name
    for name in ListingRow.__struct_fields__
    if name not in ("location", "agent", "images", "location_id", "agent_id", "office_id")
)
_IDS = {
    "location_id": "listing.location",
    "agent_id": "listing.agent",
    "office_id": "agent.office",
}

_IMAGE = ", ".join(f"image.{name}" for name in ImageRow.__struct_fields__)
_IMAGES = {
    "postgres": f"""
        (SELECT coalesce(json_agg(json_build_array({_IMAGE}) ORDER BY image.display_order), '[]')
         FROM property_image AS image WHERE image.property = listing.id)""",
    # the inner json() tells the aggregate that the text is JSON already
    "sqlite": f"""
        (SELECT json_group_array(json(photo)) FROM
         (SELECT json_array({_IMAGE}) AS photo
          FROM property_image AS image WHERE image.property = listing.id ORDER BY image.display_order))""",
}
_MAX_ID = 2**31 - 1  # beyond it PostgreSQL's driver refuses to ask

_images = msgspec.json.Decoder(tuple[ImageRow, ...])


async def listing_page(
    filters: ListingFilters,
    ordering: str = "-created_at",
    page: int = 1,
    page_size: int = 20,
    *,
    hidden: bool = False,
) -> ListingPage:
    """The published listings that match, `page` counted from 1, in one of `ORDERINGS`.  One statement.

    `hidden`: the others too.

    Listings that compare equal come in the order of their ids.  Raises DatabaseUnavailable; ValueError for another
    ordering, because its text becomes SQL.
    """
    names, wanted = _shape(filters)
    sql = _page_sql(current(), names, ordering, "", hidden=hidden)
    rows = await fetch(sql, *wanted, page_size, (page - 1) * page_size)
    return ListingPage(rows[0]["total"], _listings(rows))


async def listing_slice(
    filters: ListingFilters, ordering: str, mark: Mark | None, page_size: int = 20
) -> ListingSlice:
    """The listings behind `mark` (or before it) in one of `ORDERINGS`, from the first one without a mark.  One statement.

    A mark is a place in the order, not a count: what is made or deleted meanwhile moves nothing.
    Raises as `listing_page`.
    """
    names, wanted = _shape(filters)
    back = mark is not None and mark.back
    place = () if mark is None else (mark.value, mark.id)
    direction = "" if mark is None else "before" if back else "behind"
    sql = _page_sql(current(), names, ordering, direction)
    found = await fetch(sql, *wanted, *place, page_size + 1, 0)
    rows = _listings(found)
    more = len(rows) > page_size
    rows = (rows[-page_size:] if back else rows[:page_size]) if more else rows
    return ListingSlice(
        count=found[0]["total"],
        rows=rows,
        before=more if back else mark is not None,
        behind=True if back else more,
    )


async def listing(listing_id: int) -> ListingRow | None:
    """The published listing of that id, or None.  One statement.  Raises DatabaseUnavailable."""
    return await _one(listing_id, " AND listing.published")


async def agents() -> list[tuple[int, AgentRow]]:
    """Everybody with their ids, by name.  One statement.  Raises DatabaseUnavailable."""
    rows = await fetch("""
        SELECT agent.id, agent.name, agent.email, agent.phone, office.name AS office_name
        FROM agent LEFT JOIN office ON office.id = agent.office ORDER BY agent.name, agent.id
    """)
    return [
        (row["id"], AgentRow(*(row[name] for name in AgentRow.__struct_fields__))) for row in rows
    ]


async def any_listing(listing_id: int) -> ListingRow | None:
    """As `listing`, published or not."""
    return await _one(listing_id, "")


async def _one(listing_id: int, condition: str) -> ListingRow | None:
    if not 0 < listing_id <= _MAX_ID:
        return None
    rows = await fetch(_listing_sql(current().engine_type, condition), listing_id)
    return _listing(rows[0]) if rows else None


def _shape(filters: ListingFilters) -> tuple[tuple[str, ...], list[Any]]:
    """The names of the filters that are set, which make the text of a statement, and its arguments."""
    names = tuple(name for name in _CONDITIONS if getattr(filters, name) is not None)
    if "search" in names and not _WORD.search(filters.search or ""):
        return ("nothing",), []
    return names, [_argument(name, getattr(filters, name)) for name in names]


def _argument(name: str, value: Any) -> Any:
    if name == "search":
        return _words(value)
    return value.lower() if name == "city" else value


def _words(search: str) -> str:
    """What each engine asks its index: every word of the text, as the beginning of one."""
    words = _WORD.findall(search.lower())
    if current().engine_type == "postgres":
        return " & ".join(f"'{word}':*" for word in words)
    return " ".join(f'"{word}"*' for word in words)


@lru_cache(maxsize=512)
def _page_sql(
    engine: Engine, names: tuple[str, ...], ordering: str, direction: str, *, hidden: bool = False
) -> str:
    """`matching` is asked twice, for the count and for the page, and must stay inlined to use the indexes of both."""
    if ordering not in ORDERINGS:
        raise ValueError(ordering)
    seen = "1 = 1" if hidden else "property.published"
    conditions = [seen, *(_CONDITIONS.get(name, "1 = 0") for name in names)]
    column = ordering.removeprefix("-")
    falling = ordering.startswith("-")
    turned = _order(column, falling != (direction == "before"))
    return f"""
        WITH matching AS NOT MATERIALIZED (
            SELECT property.* FROM property LEFT JOIN location ON location.id = property.location
            WHERE {_engine_words(engine, " AND ".join(conditions))}
        ), listing AS (
            SELECT * FROM matching {_beyond(column, falling, direction)}
            ORDER BY {turned.format(table="")} LIMIT {{}} OFFSET {{}}
        )
        SELECT counted.total, {_columns(engine.engine_type)}
        FROM (SELECT count(*) AS total FROM matching) AS counted
        LEFT JOIN listing ON true {_joins()}
        ORDER BY {_order(column, falling).format(table="listing.")}
    """


def _order(column: str, falling: bool) -> str:
    direction = "DESC" if falling else "ASC"
    return f"{{table}}{column} {direction}, {{table}}id {direction}"


def _beyond(column: str, falling: bool, direction: str) -> str:
    if not direction:
        return ""
    sign = "<" if falling == (direction == "behind") else ">"
    return f"WHERE ({column}, id) {sign} ({{}}, {{}})"


def _engine_words(engine: Engine, conditions: str) -> str:
    city, found = engine.folded("location.city"), _FOUND[engine.engine_type]
    return conditions.replace("CITY", city).replace("WORDS", found)


@cache
def _listing_sql(engine_type: str, condition: str) -> str:
    return f"""
        SELECT {_columns(engine_type)} FROM property AS listing {_joins()}
        WHERE listing.id = {{}}{condition}
    """


def _columns(engine_type: str) -> str:
    """Each column under a name of its own, since three tables have a `name`."""
    return ", ".join(
        (
            *(f"listing.{name} AS {name}" for name in _LISTING),
            *(f"{column} AS {name}" for name, column in _IDS.items()),
            *(f"location.{name} AS location_{name}" for name in _LOCATION),
            *(f"agent.{name} AS agent_{name}" for name in _AGENT if name != "office_name"),
            "office.name AS agent_office_name",
            f"{_IMAGES[engine_type]} AS images",
        )
    )


def _joins() -> str:
    return """
        LEFT JOIN location ON location.id = listing.location
        LEFT JOIN agent ON agent.id = listing.agent
        LEFT JOIN office ON office.id = agent.office
    """


def _listings(rows: list[dict[str, Any]]) -> tuple[ListingRow, ...]:
    """Past the last page there is one row, which has the count and no listing."""
    return tuple(_listing(row) for row in rows if row["id"] is not None)


def _listing(row: dict[str, Any]) -> ListingRow:
    return ListingRow(
        **{name: row[name] for name in (*_LISTING, *_IDS)},
        location=LocationRow(*(row[f"location_{name}"] for name in _LOCATION)),
        agent=AgentRow(*(row[f"agent_{name}"] for name in _AGENT)),
        images=_images.decode(row["images"]),
    )
