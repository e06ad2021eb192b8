"""The same homes without any of it: whole originals, all at once, in places of no known size.

There for comparison; `make bench-page` measures it beside the portal.
"""

from typing import Any

from litestar import HttpMethod, Request, Response, route
from litestar.datastructures import State

from api.pages_answer import answer, error_pages
from api.pages_query import PAGE_SIZE
from api.pictures import original_url
from db import queries
from db.rows import ListingFilters


@route(
    "/unoptimized",
    http_method=[HttpMethod.GET, HttpMethod.HEAD],
    exception_handlers=error_pages,
    include_in_schema=False,
)
async def unoptimized(request: Request[Any, Any, State], state: State) -> Response[bytes]:
    """The newest homes, a page of them, each with its first photo as it was handed in."""
    found = await queries.listing_page(ListingFilters(), "-created_at", 1, PAGE_SIZE)
    cards = [
        (row, original_url(state.image_base, row.images[0]) if row.images else "")
        for row in found.rows
    ]
    return answer(request, "unoptimized.html", cards=cards)
