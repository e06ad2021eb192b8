"""Every query of the listings, as named functions that give plain rows.  All SQL of the listings lives here.

A page is one statement whatever its size: the photos of a listing come as one JSON column, by a correlated
sub-select, and the count beside the rows.  The text of a statement depends only on which filters are set, so it is
built once per such shape and reused with other arguments; building it anew, as an ORM does, would cost more than SQLite
needs to run it.  `{}` stands for an argument; the engine writes it as its dialect wants.
"""

# ruff: noqa: S608  every piece of these texts is a literal of this file; what users write travels as arguments

from functools import cache, lru_cache
from typing import Any

import msgspec

from db.engine import Engine, current, fetch
from db.rows import AgentRow, ImageRow, ListingFilters, ListingPage, ListingRow, LocationRow

# One row per filter: what its SQL is, where CITY and TEXT stand for these things in lower case.  `search` is not
# among them: it is one condition per word.
_CONDITIONS = {
    "property_type": "property.property_type = {}",
    "status": "property.status = {}",
    "city": "CITY = {}",
    "min_price": "property.price >= {}",
    "max_price": "property.price <= {}",
    "min_bedrooms": "property.bedrooms >= {}",
    "max_bedrooms": "property.bedrooms <= {}",
}
_WORD = "TEXT LIKE {} ESCAPE '!'"
_TEXT = "property.title || ' ' || property.description || ' ' || location.city"

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
    filters: ListingFilters, ordering: str = "-created_at", page: int = 1, page_size: int = 20
) -> ListingPage:
    """The published listings that match, `page` counted from 1, in one of `ORDERINGS`.  One statement.

    Listings that compare equal come in the order of their ids.  Raises DatabaseUnavailable; ValueError for another
    ordering, because its text becomes SQL.
    """
    if ordering not in ORDERINGS:
        raise ValueError(ordering)
    names = tuple(name for name in _CONDITIONS if getattr(filters, name) is not None)
    words = _words(filters.search)
    sql = _page_sql(current(), names, len(words), ordering)
    wanted = (_argument(name, getattr(filters, name)) for name in names)
    rows = await fetch(sql, *wanted, *words, page_size, (page - 1) * page_size)
    return ListingPage(
        rows[0]["total"], tuple(_listing(row) for row in rows if row["id"] is not None)
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


def _argument(name: str, value: Any) -> Any:
    return value.lower() if name == "city" else value


def _words(search: str | None) -> list[str]:
    """Patterns for LIKE, one per word, in which the user's own wildcards are ordinary characters."""
    escape = str.maketrans({sign: f"!{sign}" for sign in "!%_"})
    return [f"%{word.translate(escape)}%" for word in (search or "").lower().split()]


@lru_cache(maxsize=512)
def _page_sql(engine: Engine, names: tuple[str, ...], words: int, ordering: str) -> str:
    """`matching` is asked twice, for the count and for the page, and must stay inlined to use the indexes of both."""
    conditions = ["property.published", *(_CONDITIONS[name] for name in names), *[_WORD] * words]
    direction = "DESC" if ordering.startswith("-") else "ASC"
    order = f"{{table}}{ordering.removeprefix('-')} {direction}, {{table}}id {direction}"
    return f"""
        WITH matching AS NOT MATERIALIZED (
            SELECT property.* FROM property LEFT JOIN location ON location.id = property.location
            WHERE {_folding(engine, " AND ".join(conditions))}
        ), listing AS (
            SELECT * FROM matching ORDER BY {order.format(table="")} LIMIT {{}} OFFSET {{}}
        )
        SELECT counted.total, {_columns(engine.engine_type)}
        FROM (SELECT count(*) AS total FROM matching) AS counted
        LEFT JOIN listing ON true {_joins()}
        ORDER BY {order.format(table="listing.")}
    """


def _folding(engine: Engine, conditions: str) -> str:
    city, text = engine.folded("location.city"), engine.folded(_TEXT)
    return conditions.replace("CITY", city).replace("TEXT", text)


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


def _listing(row: dict[str, Any]) -> ListingRow:
    return ListingRow(
        **{name: row[name] for name in (*_LISTING, *_IDS)},
        location=LocationRow(*(row[f"location_{name}"] for name in _LOCATION)),
        agent=AgentRow(*(row[f"agent_{name}"] for name in _AGENT)),
        images=_images.decode(row["images"]),
    )
