"""Making, changing and deleting listings: JSON in, the listing as it is now out.  For those with the credential only.

`If-Match` with the ETag of the listing makes a change or a deletion conditional: 412 when somebody was faster.  The
comparison happens inside the transaction of the change.
"""

from typing import Any, TypeVar

import msgspec
from litestar import Request, Response, delete, get, patch, post
from litestar.datastructures import State
from litestar.exceptions import ClientException, NotFoundException, ValidationException
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_412_PRECONDITION_FAILED
from msgspec import UNSET
from msgspec.structs import asdict

from api import auth
from api.bodies import ListingChanges, NewListing, columns
from api.cleaning import Promise
from api.conditions import etag_of, matches_strongly
from api.errors import problems, wrong
from api.schemas import Agents, Listing, agents, encode, listing
from api.warm import Warm
from db import queries, writes
from db.rows import ListingRow

MAX_BODY_BYTES = 200_000
_T = TypeVar("_T")
_B = TypeVar("_B", bound=msgspec.Struct)


class Changed(ClientException):
    """The listing is not what the client thinks it is."""

    status_code = HTTP_412_PRECONDITION_FAILED


@get(
    "/api/agents",
    guards=[auth.writers_only],
    security=auth.SECURITY,
    responses={200: ResponseSpec(Agents, description="everybody"), **problems(401)},
    summary="Whom a listing may name as its agent",
)
async def list_agents() -> Response[bytes]:
    return Response(encode(agents(await queries.agents())), media_type="application/json")


@post(
    "/api/properties",
    guards=[auth.writers_only],
    request_max_body_size=MAX_BODY_BYTES,
    security=auth.SECURITY,
    responses={
        201: ResponseSpec(Listing, description="the new listing"),
        **problems(400, 401, 409),
    },
    summary="A new listing",
)
async def create_listing(
    request: Request[Any, Any, State], state: State, data: JSONBody[NewListing]
) -> Response[bytes]:
    body = await exact(request, data)
    row = await writes.create(columns(body), asdict(body.location))
    return await answer_with(row, state, status_code=201)


@patch(
    "/api/properties/{listing_id:int}",
    guards=[auth.writers_only],
    request_max_body_size=MAX_BODY_BYTES,
    security=auth.SECURITY,
    responses={
        200: ResponseSpec(Listing, description="the listing as it is now"),
        **problems(400, 401, 404, 409, 412),
    },
    summary="Changes the fields that are given",
)
async def change_listing(
    request: Request[Any, Any, State],
    state: State,
    listing_id: FromPath[int],
    data: JSONBody[ListingChanges],
) -> Response[bytes]:
    body = await exact(request, data)
    location = None if body.location is UNSET else asdict(body.location)
    check = _unchanged(request, state)
    row = await writes.update(listing_id, columns(body), location, check)
    return await answer_with(found(row, listing_id), state)


@delete(
    "/api/properties/{listing_id:int}",
    guards=[auth.writers_only],
    security=auth.SECURITY,
    responses=problems(400, 401, 404, 412),
    summary="Deletes a listing with its photos, their originals and everything made from them",
)
async def delete_listing(
    request: Request[Any, Any, State], state: State, listing_id: FromPath[int]
) -> None:
    promise = Promise(state.jobs)
    if not await writes.delete(listing_id, promise.made, _unchanged(request, state)):
        raise _no(listing_id)
    await caught_up(state)
    await promise.kept()


editing_routes = [list_agents, create_listing, change_listing, delete_listing]


async def exact(request: Request[Any, Any, State], lenient: _B) -> _B:
    """The body read once more, strictly: the framework takes the text "3" for the number 3.

    Raises ValidationException that names the field.
    """
    try:
        body = msgspec.json.decode(await request.body())
        return msgspec.convert(_counted(body), type(lenient))
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$")
        raise wrong(where.strip(".`") or "body", what) from error
    except msgspec.DecodeError as error:
        raise ValidationException("expected a JSON object") from error


def _counted(value: Any) -> Any:
    """With 3 for 3.0 throughout: the same number in JSON, whose writers cannot all choose."""
    match value:
        case float() if value.is_integer():
            return int(value)
        case dict():
            return {name: _counted(inner) for name, inner in value.items()}
        case list():
            return [_counted(inner) for inner in value]
    return value


def found(row: _T | None, listing_id: int) -> _T:
    """What was found. Raises NotFoundException."""
    if row is None:
        raise _no(listing_id)
    return row


def _no(listing_id: int) -> NotFoundException:
    return NotFoundException(f"There is no listing {listing_id}.")


async def answer_with(row: ListingRow, state: State, status_code: int = 200) -> Response[bytes]:
    """The listing, where it is, and the tag that `If-Match` wants; the change counts for whoever asks next."""
    await caught_up(state)
    body = encode(listing(row, state.image_base))
    headers = {"etag": etag_of(body), "cache-control": "no-store"}
    if status_code == 201:
        headers["location"] = f"/api/properties/{row.id}"
    return Response(body, status_code=status_code, media_type="application/json", headers=headers)


async def caught_up(state: State) -> None:
    """The next answer of this process knows what was just committed."""
    warm: Warm = state.warm
    await warm.caught_up()


def _unchanged(request: Request[Any, Any, State], state: State) -> writes.Check | None:
    """What `If-Match` demands, or None."""
    condition = request.headers.get("if-match")
    if condition is None:
        return None

    def check(row: ListingRow) -> None:
        etag = etag_of(encode(listing(row, state.image_base)))
        if not matches_strongly(condition, etag):
            raise Changed(f"The listing has changed; its ETag is now {etag}.")

    return check
