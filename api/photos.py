"""The photos of a listing over HTTP: upload, order, describe, delete.  For those with the credential only."""

from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, delete, patch, post, put
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.openapi import ResponseSpec
from litestar.openapi.spec import (
    OpenAPIFormat,
    OpenAPIMediaType,
    OpenAPIType,
    Operation,
    RequestBody,
    Schema,
)
from litestar.params import FromPath, JSONBody

from api import auth
from api.bodies import NO_NUL, ImageChanges, ImageOrder, photo_columns
from api.cleaning import Promise
from api.editing import MAX_BODY_BYTES, caught_up, exact, found
from api.errors import problems
from api.jobs.desk import Desk
from api.schemas import Images, encode, image
from api.uploads import MAX_PHOTOS, Uploads
from api.versions.work import Versions
from db import writes
from db.rows import ImageRow

_IMAGES = "/api/properties/{listing_id:int}/images"


@dataclass
class UploadOperation(Operation):
    """The form of an upload, which the handler reads as a stream and so cannot declare."""

    def __post_init__(self) -> None:
        file = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
        text = Schema(type=OpenAPIType.STRING, max_length=300, pattern=NO_NUL)
        form = Schema(
            type=OpenAPIType.OBJECT,
            required=["images"],
            additional_properties=False,
            properties={
                "images": Schema(type=OpenAPIType.ARRAY, items=file, min_items=1, max_items=20),
                "alt_text": Schema(type=OpenAPIType.ARRAY, items=text, max_items=20),
            },
        )
        content = {"multipart/form-data": OpenAPIMediaType(schema=form)}
        self.request_body = RequestBody(content=content, required=True)


@post(
    _IMAGES,
    guards=[auth.writers_only],
    request_max_body_size=None,
    security=auth.SECURITY,
    operation_class=UploadOperation,
    responses={
        201: ResponseSpec(Images, description="the new photos"),
        **problems(400, 401, 404, 408, 409, 413, 501, 503, 504),
    },
    summary="New photos behind those that are there: all of them or none",
    description=f"Each file is decoded and checked first. A listing has at most {MAX_PHOTOS} photos.",
)
async def add_images(
    request: Request[Any, Any, State], state: State, listing_id: FromPath[int]
) -> Response[bytes]:
    uploads: Uploads = state.uploads
    kind = request.headers.get("content-type", "")
    versions: Versions = state.versions
    added = await uploads.add(listing_id, kind, request.stream(), versions.order_new)
    row, count = found(added, listing_id)
    jobs: Desk = state.jobs
    jobs.nudge()
    headers = {"location": f"/api/properties/{listing_id}"}
    return await _answer(state, row.images[-count:], 201, headers)


@put(
    f"{_IMAGES}/order",
    guards=[auth.writers_only],
    request_max_body_size=MAX_BODY_BYTES,
    security=auth.SECURITY,
    responses={
        200: ResponseSpec(Images, description="all photos in their new order"),
        **problems(400, 401, 404, 409),
    },
    summary="The order of all photos of a listing",
)
async def order_images(
    request: Request[Any, Any, State],
    state: State,
    listing_id: FromPath[int],
    data: JSONBody[ImageOrder],
) -> Response[bytes]:
    body = await exact(request, data)
    row = found(await writes.order_photos(listing_id, body.order), listing_id)
    return await _answer(state, row.images)


@patch(
    f"{_IMAGES}/{{image_id:int}}",
    guards=[auth.writers_only],
    request_max_body_size=MAX_BODY_BYTES,
    security=auth.SECURITY,
    responses={
        200: ResponseSpec(Images, description="all photos of the listing"),
        **problems(400, 401, 404),
    },
    summary="Says what a photo shows, and which point of it matters",
    description="Crops of a photo with another focal point have other URLs; nobody sees a stale one.",
)
async def describe_image(
    request: Request[Any, Any, State],
    state: State,
    listing_id: FromPath[int],
    image_id: FromPath[int],
    data: JSONBody[ImageChanges],
) -> Response[bytes]:
    body = await exact(request, data)
    row = await writes.describe_photo(listing_id, image_id, photo_columns(body))
    if row is None:
        raise _missing(listing_id, image_id)
    return await _answer(state, row.images)


@delete(
    f"{_IMAGES}/{{image_id:int}}",
    guards=[auth.writers_only],
    security=auth.SECURITY,
    responses=problems(400, 401, 404),
    summary="Deletes a photo, its original and everything made from it",
)
async def delete_image(state: State, listing_id: FromPath[int], image_id: FromPath[int]) -> None:
    promise = Promise(state.jobs)
    if not await writes.delete_photo(listing_id, image_id, promise.made):
        raise _missing(listing_id, image_id)
    await caught_up(state)
    await promise.kept()


photo_routes = [add_images, order_images, describe_image, delete_image]


def _missing(listing_id: int, image_id: int) -> NotFoundException:
    return NotFoundException(f"Listing {listing_id} has no photo {image_id}.")


async def _answer(
    state: State,
    rows: tuple[ImageRow, ...],
    status_code: int = 200,
    headers: dict[str, str] | None = None,
) -> Response[bytes]:
    await caught_up(state)
    images = Images(tuple(image(row, state.image_base) for row in rows))
    return Response(
        encode(images),
        status_code=status_code,
        media_type="application/json",
        headers={**(headers or {}), "cache-control": "no-store"},
    )
