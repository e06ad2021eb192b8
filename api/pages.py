"""The pages of the portal: the grid of listings and one page per listing.

They ask the same queries and write the same pictures as the JSON API does, directly: one statement per page, none while
it is warm, no HTTP to ourselves.  Markup lives in `templates/`, looks in `static/`; here a row becomes what a template shows.
"""

from functools import partial
from math import ceil
from typing import Any

import msgspec
from litestar import HttpMethod, Request, Response, route
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from api.contact_sheet import effects
from api.docs_page import docs
from api.own_picture import own_picture
from api.pages_answer import Page, error_pages, rendered, warm_answer
from api.pages_query import ORDERINGS, PAGE_SIZE, PortalQuery, page_numbers, read_query
from api.pages_static import static_file
from api.pictures import CARD, GALLERY, THUMBNAIL, Base, PictureManifest, manifest
from api.playground import explain, playground
from api.unoptimized import unoptimized
from db import queries
from db.changes import chosen, shown
from db.rows import ImageRow, ListingRow
from db.tables import PropertyType, Status

_READ = [HttpMethod.GET, HttpMethod.HEAD]
_FIRST_ROW = CARD.breakpoints[-1].columns
"""Pictures that are in sight at once on the widest screen; the others wait until they are near."""
_FIRST_CARD, _EARLY_CARD = CARD.leading(), CARD.eager()
_FIRST_SLIDE = GALLERY.leading()


class Card(msgspec.Struct, frozen=True):
    """A listing in the grid; `cover` is absent when it has no photos."""

    row: ListingRow
    cover: PictureManifest | None
    alt_text: str = ""


class Slide(msgspec.Struct, frozen=True):
    """A photo in the gallery and its thumbnail below."""

    photo: ImageRow
    large: PictureManifest
    thumbnail: PictureManifest


@route("/", http_method=_READ, exception_handlers=error_pages, include_in_schema=False)
async def portal(request: Request[Any, Any, State], state: State) -> Response[bytes]:
    """The listings that match, twenty at a time."""
    query = read_query(request.query_params.multi_items())
    return await warm_answer(request, query.link(query.page), partial(_grid, request, state, query))


async def _grid(request: Request[Any, Any, State], state: State, query: PortalQuery) -> Page:
    found = await queries.listing_page(query.filters, query.ordering, query.page, PAGE_SIZE)
    last = max(1, ceil(found.count / PAGE_SIZE))
    html = rendered(
        request,
        "portal.html",
        query=query,
        count=found.count,
        last=last,
        numbers=page_numbers(min(query.page, last), last),
        cards=[_card(state.image_base, row, place) for place, row in enumerate(found.rows)],
        cities=sorted({row.location.city for row in found.rows}),
        property_types=list(PropertyType),
        statuses=list(Status),
        orderings=ORDERINGS,
    )
    return Page(html, shown(found.rows) | chosen(query.filters, query.ordering))


@route(
    "/properties/{listing_id:str}",
    http_method=_READ,
    exception_handlers=error_pages,
    include_in_schema=False,
)
async def listing_page(
    request: Request[Any, Any, State], state: State, listing_id: FromPath[str]
) -> Response[bytes]:
    """One listing with all its photos."""
    number = int(listing_id) if listing_id.isdecimal() and len(listing_id) < 20 else 0
    return await warm_answer(request, request.url.path, partial(_home, request, state, number))


async def _home(request: Request[Any, Any, State], state: State, number: int) -> Page:
    row = await queries.listing(number)
    if row is None:
        raise NotFoundException("This home is not listed, or not any more.")
    slides = [_slide(state.image_base, photo, place) for place, photo in enumerate(row.images)]
    html = rendered(request, "listing.html", row=row, slides=slides)
    return Page(html, shown([row]))


page_routes: list[HTTPRouteHandler] = [
    portal,
    listing_page,
    unoptimized,
    docs,
    effects,
    playground,
    explain,
    own_picture,
    static_file,
]


def _card(base: Base, row: ListingRow, place: int) -> Card:
    if not row.images:
        return Card(row, None)
    spec = CARD if place >= _FIRST_ROW else _EARLY_CARD if place else _FIRST_CARD
    photo = row.images[0]
    return Card(row, manifest(spec, base, photo), photo.alt_text)


def _slide(base: Base, photo: ImageRow, place: int) -> Slide:
    return Slide(
        photo=photo,
        large=manifest(GALLERY if place else _FIRST_SLIDE, base, photo),
        thumbnail=manifest(THUMBNAIL, base, photo),
    )
