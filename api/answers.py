"""JSON answers with an ETag, from the warm ones or fresh; 304 for a client that has the same bytes."""

from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response
from litestar.datastructures import State

from api.conditions import etag_of, matches_weakly
from api.warm import MAX_STALE_S, Make, Warm

CACHE_CONTROL = f"no-cache, stale-if-error={MAX_STALE_S:.0f}"
"""Caches keep an answer but ask again each time, and may give it while we cannot."""

STALE = '110 - "Response is Stale"'


async def warm_answer(request: Request[Any, Any, State], make: Make) -> Response[bytes]:
    """The answer to this URL, made only if none is warm; with `Age` and `Warning` when the database is down."""
    warm: Warm = request.app.state.warm
    key = _key(request)
    served = await warm.get(key, make)
    warm.give_name(name_of(request.scope), key)
    headers = {"cache-control": CACHE_CONTROL}
    if served.stale_s is not None:
        headers |= {"age": f"{served.stale_s:.0f}", "warning": STALE}
    return _conditional(request, served.answer.body, served.answer.etag, headers)


def fresh_answer(request: Request[Any, Any, State], body: bytes) -> Response[bytes]:
    """For one client alone: no cache may keep it."""
    headers = {"cache-control": "private, no-store"}
    return _conditional(request, body, etag_of(body), headers)


def name_of(scope: Any) -> tuple[object, ...]:
    """What was asked, word for word, as far as an answer may depend on it."""
    host = next((value for name, value in scope["headers"] if name == b"host"), b"")
    return scope["scheme"], host, scope["path"], scope["query_string"]


def _key(request: Request[Any, Any, State]) -> str:
    """One for all spellings of the same question: order of parameters, slash at the end."""
    query = urlencode(sorted(request.query_params.items()))
    path = request.url.path.rstrip("/")
    return f"{request.url.scheme}://{request.url.netloc}{path}?{query}"


def _conditional(
    request: Request[Any, Any, State], body: bytes, etag: str, headers: dict[str, str]
) -> Response[bytes]:
    headers["etag"] = etag
    if matches_weakly(request.headers.get("if-none-match", ""), etag):
        return Response(b"", status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)
