"""`DARKROOM_LAB=1`: the same twenty listings in three ways, and the number of statements in every answer.

/api/properties/live/naive/        61 statements: the list, then three for each listing
/api/properties/live/optimized/    1: everything at once
/api/properties/cached/            0 once warm
"""

from typing import Any, Final

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler

from api.answers import fresh_answer, warm_answer
from api.schemas import Page, encode, listing
from api.warm import Made
from db import naive, queries
from db.changes import chosen, shown
from db.rows import ListingFilters, ListingPage
from db.statements import counting
from imgproxy.web import Message, Receive, Scope, Send

_API: Final = "/api/properties"
_EVERY: Final = ListingFilters()
_NEWEST: Final = "-created_at"


@get(f"{_API}/live/naive", include_in_schema=False)
async def naive_listings(request: Request[Any, Any, State], state: State) -> Response[bytes]:
    return fresh_answer(request, _body(await naive.listing_page(), state))


@get(f"{_API}/live/optimized", include_in_schema=False)
async def optimized_listings(request: Request[Any, Any, State], state: State) -> Response[bytes]:
    return fresh_answer(request, _body(await queries.listing_page(_EVERY, _NEWEST), state))


@get([f"{_API}/cached", f"{_API}/live/cached"], include_in_schema=False)
async def cached_listings(request: Request[Any, Any, State], state: State) -> Response[bytes]:
    async def make() -> Made:
        page = await queries.listing_page(_EVERY, _NEWEST)
        return Made(_body(page, state), shown(page.rows) | chosen(_EVERY, _NEWEST))

    return await warm_answer(request, make)


lab_routes: list[HTTPRouteHandler] = [naive_listings, optimized_listings, cached_listings]


class Counted:
    """Adds `Server-Timing: db;desc="N"` to what the application behind answers: the statements it sent for it."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with counting() as statements:

            async def told(message: Message) -> None:
                if message["type"] == "http.response.start":
                    count = f'db;desc="{len(statements)}"'.encode()
                    message["headers"] = [*message["headers"], (b"server-timing", count)]
                await send(message)

            await self._app(scope, receive, told)


def _body(page: ListingPage, state: State) -> bytes:
    """Without links: these routes have one page."""
    results = tuple(listing(row, state.image_base) for row in page.rows)
    return encode(Page(page.count, None, None, results))
