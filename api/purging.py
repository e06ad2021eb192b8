"""`POST /api/purge`: what was made from an original, from all whose public id begins so, or what carries a tag, is made anew when
next asked for.

The answer comes when no worker of this node gives an old picture any more; other nodes hear of it through Redis, the CDN
through the webhook.
"""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, post
from litestar.datastructures import State
from litestar.openapi import ResponseSpec
from litestar.params import JSONBody

from api import auth
from api.errors import problems, wrong
from imgproxy.delivery import Delivery
from imgproxy.purging import OneId, Order, Prefix, Tagged

_MAX_BODY_BYTES = 16_384
_Tag = Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{16}|[0-9a-f]{32})$")]
_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]


class PurgeOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Exactly one of `public_id` (without extension), `prefix` and `tag` (as in `Cache-Tag`); `type` is the delivery type, of
    which a tag tells by itself.
    """

    public_id: _Text | None = None
    prefix: _Text | None = None
    tag: _Tag | None = None
    type: Annotated[str, msgspec.Meta(min_length=1, max_length=40)] = "upload"


class PurgeDone(msgspec.Struct, frozen=True):
    """The tag that CDNs know the pictures by, and how many stored copies were deleted; what a prefix made is left to
    eviction, out of reach.
    """

    tag: str
    copies: int


@post(
    "/api/purge",
    guards=[auth.writers_only],
    status_code=200,
    request_max_body_size=_MAX_BODY_BYTES,
    security=auth.SECURITY,
    responses={200: ResponseSpec(PurgeDone, description="done"), **problems(400, 401, 413)},
)
async def purge(
    request: Request[Any, Any, State], data: JSONBody[PurgeOrder], state: State
) -> Response[bytes]:
    """Purge by public id, prefix or tag."""
    del request
    delivery: Delivery = state.delivery
    done = await delivery.purge(_pattern(data))
    body = msgspec.json.encode(PurgeDone(done.tag, done.copies))
    return Response(body, media_type="application/json")


def _pattern(order: PurgeOrder) -> Order:
    """Raises ValidationException."""
    match order.public_id, order.prefix, order.tag:
        case str(public_id), None, None:
            return OneId(order.type, public_id)
        case None, str(prefix), None:
            return Prefix(order.type, prefix)
        case None, None, str(tag):
            return Tagged(tag)
    raise wrong("public_id", "expected exactly one of public_id, prefix and tag")


purge_routes = [purge]
