"""`GET /api/properties` and `GET /api/properties/{id}`: read a query, ask `db.queries`, answer schemas.

A query that cannot be meant is refused with every wrong parameter named; an unknown one too, because a misspelt filter
that is silently ignored shows listings nobody asked for.  Answers are kept warm as bytes, by what was asked and what
they show.

Needs in the application's state: `image_base`, where image URLs begin, such as `/demo/image/upload/`; and `warm`.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from inspect import signature
from math import ceil
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from litestar import HttpMethod, Request, Response, route
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide
from litestar.exceptions import NotFoundException
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, FromQuery, QueryParameter

from api import cursors
from api.answers import fresh_answer, warm_answer
from api.auth import may_write
from api.errors import no_such, problems, wrong
from api.manifests import show_pictures
from api.schemas import Listing, Page, encode, listing
from api.warm import Made
from db import queries
from db.changes import chosen, shown
from db.rows import ListingFilters, ListingRow, Mark
from db.tables import PropertyType, Status

_MINOR_UNITS = 100
_MAX_PRICE = 10**13

# the framework checks a bound of zero and leaves it out of its description
_NEWEST = "-created_at"
_CURSOR = "^[A-Za-z0-9_-]*$"
_PAGE = {"default": 1, "minimum": 1}
_FROM_ZERO = {"minimum": 0}

Price = Annotated[
    int | None,
    QueryParameter(ge=0, le=_MAX_PRICE, description="in whole units", schema_extra=_FROM_ZERO),
]
Bedrooms = Annotated[int | None, QueryParameter(ge=0, le=1000, schema_extra=_FROM_ZERO)]
_NO_NUL = "^[^\\x00]*$"
Text = Annotated[str | None, QueryParameter(max_length=200, pattern=_NO_NUL)]


class ListingQuery(msgspec.Struct, frozen=True):
    """A query that makes sense."""

    filters: ListingFilters
    ordering: str
    page: int
    page_size: int
    by_cursor: bool = False
    mark: Mark | None = None


def listing_query(
    request: Request[Any, Any, State],
    *,
    property_type: FromQuery[PropertyType | None] = None,
    status: FromQuery[Status | None] = None,
    city: Text = None,
    search: Annotated[
        str | None,
        QueryParameter(
            max_length=200,
            pattern=_NO_NUL,
            description="words that title, description or city must have",
        ),
    ] = None,
    min_price: Price = None,
    max_price: Price = None,
    min_bedrooms: Bedrooms = None,
    max_bedrooms: Bedrooms = None,
    ordering: Annotated[
        str | None,
        QueryParameter(schema_extra={"enum": queries.ORDERINGS, "default": _NEWEST}),
    ] = None,
    page: Annotated[int | None, QueryParameter(ge=1, le=1_000_000, schema_extra=_PAGE)] = None,
    page_size: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
    cursor: Annotated[
        str | None,
        QueryParameter(
            max_length=200,
            pattern=_CURSOR,
            description="instead of `page`: empty to begin, then as `next` and `previous` have it; "
            "nothing is skipped or shown twice when listings come and go",
        ),
    ] = None,
) -> ListingQuery:
    """The query parameters of the list.

    Raises ValidationException, which names each wrong one; NotFoundException for a cursor that leads nowhere.
    """
    _refuse_unknown(request.query_params)
    if ordering is not None and ordering not in queries.ORDERINGS:
        raise wrong("ordering", f"expected one of {', '.join(queries.ORDERINGS)}")
    filters = ListingFilters(
        property_type=property_type,
        status=status,
        city=(city or "").strip() or None,
        min_price=_minor(min_price),
        max_price=_minor(max_price),
        min_bedrooms=min_bedrooms,
        max_bedrooms=max_bedrooms,
        search=(search or "").strip() or None,
    )
    mark = cursors.read(cursor) if cursor else None
    if cursor is not None and page is not None:
        raise no_such("page", "the pages of a cursor have no numbers")
    if mark is not None and ordering not in (None, mark.ordering):
        raise no_such("ordering", f"the cursor belongs to {mark.ordering}")
    by = mark.ordering if mark else ordering or _NEWEST
    return ListingQuery(filters, by, page or 1, page_size, cursor is not None, mark)


_PARAMETERS = frozenset(signature(listing_query).parameters) - {"request"}


@route(
    "/api/properties",
    http_method=[HttpMethod.GET, HttpMethod.HEAD],
    dependencies={"listing_query": Provide(listing_query, sync_to_thread=False)},
    responses={200: ResponseSpec(Page, description="one page of listings"), **problems(400, 404)},
    summary="Published listings that match, newest first",
)
async def list_listings(
    request: Request[Any, Any, State], state: State, listing_query: NamedDependency[ListingQuery]
) -> Response[bytes]:
    """An empty page past the last one, with the right count."""
    make = _by_cursor if listing_query.by_cursor else _by_number
    return await warm_answer(request, partial(make, request, state, listing_query))


async def _by_number(request: Request[Any, Any, State], state: State, query: ListingQuery) -> Made:
    found = await queries.listing_page(query.filters, query.ordering, query.page, query.page_size)
    last = max(1, ceil(found.count / query.page_size))
    page = Page(
        count=found.count,
        next=_link(request, page=query.page + 1) if query.page < last else None,
        previous=_link(request, page=min(query.page - 1, last)) if query.page > 1 else None,
        results=tuple(listing(row, state.image_base) for row in found.rows),
    )
    return Made(encode(page), shown(found.rows) | chosen(query.filters, query.ordering))


async def _by_cursor(request: Request[Any, Any, State], state: State, query: ListingQuery) -> Made:
    found = await queries.listing_slice(query.filters, query.ordering, query.mark, query.page_size)

    def link(row: ListingRow, back: bool) -> str:
        mark = cursors.mark_at(row, query.ordering, back)
        return _link(request, cursor=cursors.written(mark))

    rows = found.rows
    page = Page(
        count=found.count,
        next=link(rows[-1], back=False) if found.behind and rows else None,
        previous=link(rows[0], back=True) if found.before and rows else None,
        results=tuple(listing(row, state.image_base) for row in rows),
    )
    return Made(encode(page), shown(rows) | chosen(query.filters, query.ordering))


@route(
    "/api/properties/{listing_id:int}",
    http_method=[HttpMethod.GET, HttpMethod.HEAD],
    responses={200: ResponseSpec(Listing, description="the listing"), **problems(400, 404)},
    summary="One published listing with all its photos",
)
async def show_listing(
    request: Request[Any, Any, State], state: State, listing_id: FromPath[int]
) -> Response[bytes]:
    """Whoever may write sees it before it is published, too."""
    if may_write(request):
        made = await _one(queries.any_listing, listing_id, state)
        return fresh_answer(request, made.body)
    return await warm_answer(request, partial(_one, queries.listing, listing_id, state))


async def _one(
    ask: Callable[[int], Awaitable[ListingRow | None]], listing_id: int, state: State
) -> Made:
    row = await ask(listing_id)
    if row is None:
        raise NotFoundException(f"There is no listing {listing_id}.")
    return Made(encode(listing(row, state.image_base)), shown([row]))


listing_routes = [list_listings, show_listing, show_pictures]


def _refuse_unknown(given: Mapping[str, Any]) -> None:
    unknown = sorted(set(given) - _PARAMETERS)
    if unknown:
        known = f"unknown; the parameters are {', '.join(sorted(_PARAMETERS))}"
        raise wrong(unknown[0], known)


def _minor(price: int | None) -> int | None:
    return None if price is None else price * _MINOR_UNITS


def _link(request: Request[Any, Any, State], **place: object) -> str:
    """The URL that was asked, for another place; parameters in the order of their names, the place last."""
    given = sorted(
        (name, value) for name, value in request.query_params.items() if name not in place
    )
    return str(request.url.with_replacements(query=urlencode([*given, *place.items()])))
