"""How listings are read when nobody counts the statements: one for the list, then three for each listing.

For teaching and for measuring what the one-statement way saves; nothing but the lab may call this.
"""

from typing import Any

from db.engine import fetch
from db.rows import AgentRow, ImageRow, ListingPage, ListingRow, LocationRow


async def listing_page(page_size: int = 20) -> ListingPage:
    """The same rows as the first page of `queries.listing_page`, in 1 + 3 × `page_size` statements."""
    rows = await fetch(
        """
        SELECT *, count(*) OVER () AS total FROM property WHERE published
        ORDER BY created_at DESC, id DESC LIMIT {}
        """,
        page_size,
    )
    listings = [await _listing(row) for row in rows]
    return ListingPage(rows[0]["total"] if rows else 0, tuple(listings))


async def _listing(row: dict[str, Any]) -> ListingRow:
    (location,) = await fetch("SELECT * FROM location WHERE id = {}", row["location"])
    (agent,) = await fetch(
        """
        SELECT agent.*, office.name AS office_name
        FROM agent JOIN office ON office.id = agent.office WHERE agent.id = {}
        """,
        row["agent"],
    )
    images = await fetch(
        "SELECT * FROM property_image WHERE property = {} ORDER BY display_order", row["id"]
    )
    parts = {
        "location_id": row["location"],
        "agent_id": row["agent"],
        "office_id": agent["office"],
        "location": LocationRow(*(location[name] for name in LocationRow.__struct_fields__)),
        "agent": AgentRow(*(agent[name] for name in AgentRow.__struct_fields__)),
        "images": tuple(
            ImageRow(*(image[name] for name in ImageRow.__struct_fields__)) for image in images
        ),
    }
    own = [name for name in ListingRow.__struct_fields__ if name not in parts]
    return ListingRow(**{name: row[name] for name in own}, **parts)
