"""`/manage`: the pages for those who keep the listings: what there is, one home with its photos, a new one.

Only shows; every change goes through the listing API, by the page's script and with the pass of whoever has signed in.
Photos without words are counted, because people who cannot see them are left with nothing.
"""

from math import ceil
from typing import Any, Final

import msgspec
from litestar import HttpMethod, Request, Response, route
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from api.auth import is_operator
from api.conditions import etag_of
from api.originals import ACCEPTED
from api.pages_answer import answer, error_pages
from api.pages_query import page_numbers
from api.pictures import THUMBNAIL, Base, Breakpoint, PictureManifest, PictureSpec, manifest
from api.schemas import encode, listing, price
from api.sign_in import sign_in_first
from api.uploads import MAX_PHOTOS
from db import queries
from db.rows import ImageRow, ListingFilters, ListingRow
from db.tables import PropertyType, Status

PROOF: Final = PictureSpec(name="proof", breakpoints=(Breakpoint(0, width=300),))
"""A photo as it is, to point at what matters in it; `manage.css` keeps to the width."""

_PAGE_SIZE: Final = 20
_READ: Final = [HttpMethod.GET, HttpMethod.HEAD]


class Line(msgspec.Struct, frozen=True):
    """A home in the list; `wordless` counts its photos without alternative text."""

    row: ListingRow
    cover: PictureManifest | None
    wordless: int


class Print(msgspec.Struct, frozen=True):
    """A photo to be worked on: whole, and as cards will cut it."""

    photo: ImageRow
    whole: PictureManifest
    cut: PictureManifest


@route("/manage", http_method=_READ, exception_handlers=error_pages, include_in_schema=False)
async def homes(request: Request[Any, Any, State], state: State) -> Response[bytes]:
    """All homes, newest first, published or not; `search` and `page` as the portal has them."""
    if not is_operator(request):
        return sign_in_first(request)
    search = request.query_params.get("search", "").strip()[:200]
    page = _number(request.query_params.get("page", "1"))
    filters = ListingFilters(search=search or None)
    found = await queries.listing_page(filters, "-created_at", page, _PAGE_SIZE, hidden=True)
    last = max(1, ceil(found.count / _PAGE_SIZE))
    return _private(
        request,
        "manage.html",
        lines=[_line(state.image_base, row) for row in found.rows],
        count=found.count,
        search=search,
        page=page,
        last=last,
        numbers=page_numbers(min(page, last), last),
    )


@route("/manage/new", http_method=_READ, exception_handlers=error_pages, include_in_schema=False)
async def new_home(request: Request[Any, Any, State]) -> Response[bytes]:
    """An empty form."""
    if not is_operator(request):
        return sign_in_first(request)
    return await _editor(request, None)


@route(
    "/manage/{listing_id:str}",
    http_method=_READ,
    exception_handlers=error_pages,
    include_in_schema=False,
)
async def one_home(request: Request[Any, Any, State], listing_id: FromPath[str]) -> Response[bytes]:
    """A home and its photos."""
    if not is_operator(request):
        return sign_in_first(request)
    row = await queries.any_listing(_number(listing_id, 0))
    if row is None:
        raise NotFoundException("There is no such home, or not any more.")
    return await _editor(request, row)


manage_routes: list[HTTPRouteHandler] = [homes, new_home, one_home]


async def _editor(request: Request[Any, Any, State], row: ListingRow | None) -> Response[bytes]:
    base = request.app.state.image_base
    return _private(
        request,
        "manage_home.html",
        row=row,
        price=price(row.price).removesuffix(".00") if row else "",
        etag=etag_of(encode(listing(row, base))) if row else "",
        prints=[_print(base, photo) for photo in row.images] if row else [],
        agents=await queries.agents(),
        property_types=list(PropertyType),
        statuses=list(Status),
        accepted=ACCEPTED,
        max_photos=MAX_PHOTOS,
    )


def _private(request: Request[Any, Any, State], template: str, **values: Any) -> Response[bytes]:
    page = answer(request, template, **values)
    page.headers["cache-control"] = "no-store"
    return page


def _line(base: Base, row: ListingRow) -> Line:
    cover = manifest(THUMBNAIL, base, row.images[0]) if row.images else None
    return Line(row, cover, sum(not photo.alt_text.strip() for photo in row.images))


def _print(base: Base, photo: ImageRow) -> Print:
    return Print(photo, manifest(PROOF, base, photo), manifest(THUMBNAIL, base, photo))


def _number(text: str, otherwise: int = 1) -> int:
    return int(text) if text.isdecimal() and 0 < len(text) < 10 and int(text) else otherwise
