"""`GET /api/properties/{id}/pictures`: what a frontend needs to write the same `<picture>` elements as the portal's own pages.

One manifest per photo and kind of picture, from the same function that the templates use.  One statement, none when warm.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

import msgspec
from litestar import HttpMethod, Request, Response, route
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.openapi import ResponseSpec
from litestar.params import FromPath

from api.answers import fresh_answer, warm_answer
from api.auth import may_write
from api.errors import problems
from api.pictures import GALLERY, SPECS, Base, PictureManifest, PictureSpec, manifest
from api.schemas import FocalPoint, encode, focal_point
from api.warm import Made
from db import queries
from db.changes import shown
from db.rows import ImageRow, ListingRow

# the first photo of a gallery is what its page is waited for
_EARLY = {**SPECS, GALLERY.name: GALLERY.leading()}


class PhotoPictures(msgspec.Struct, frozen=True):
    """One photo: `width` and `height` are the original's, `pictures` has a manifest for each kind of picture by its name."""

    id: int
    display_order: int
    alt_text: str
    width: int
    height: int
    focal_point: FocalPoint | None
    pictures: dict[str, PictureManifest]


class Pictures(msgspec.Struct, frozen=True):
    """All photos of one listing, in display order."""

    images: tuple[PhotoPictures, ...]


@route(
    "/api/properties/{listing_id:int}/pictures",
    http_method=[HttpMethod.GET, HttpMethod.HEAD],
    responses={200: ResponseSpec(Pictures, description="the manifests"), **problems(400, 404)},
    summary="How the photos of a listing are shown: sources, sizes, placeholders",
    description=f"Kinds of pictures: {', '.join(SPECS)}.",
)
async def show_pictures(
    request: Request[Any, Any, State], state: State, listing_id: FromPath[int]
) -> Response[bytes]:
    """Whoever may write sees them before the listing is published, too."""
    if may_write(request):
        made = await _all(queries.any_listing, listing_id, state)
        return fresh_answer(request, made.body)
    return await warm_answer(request, partial(_all, queries.listing, listing_id, state))


async def _all(
    ask: Callable[[int], Awaitable[ListingRow | None]], listing_id: int, state: State
) -> Made:
    row = await ask(listing_id)
    if row is None:
        raise NotFoundException(f"There is no listing {listing_id}.")
    photos = tuple(
        _photo(state.image_base, photo, _EARLY if place == 0 else SPECS)
        for place, photo in enumerate(row.images)
    )
    return Made(encode(Pictures(photos)), shown([row]))


def _photo(base: Base, row: ImageRow, specs: Mapping[str, PictureSpec]) -> PhotoPictures:
    return PhotoPictures(
        id=row.id,
        display_order=row.display_order,
        alt_text=row.alt_text,
        width=row.width,
        height=row.height,
        focal_point=focal_point(row),
        pictures={name: manifest(spec, base, row) for name, spec in specs.items()},
    )
