"""Warm answers in front of Litestar: a request whose words are known and whose answer is fresh goes no further.

Nothing is decided here but that: anything unusual, a credential among it, is for the application behind.
"""

from typing import Any

from litestar import Litestar

from api.answers import CACHE_CONTROL
from api.conditions import matches_weakly
from api.warm import Answer, Warm
from imgproxy.web import Receive, Scope, Send

_PREFIX = "/api/properties"
_READS = frozenset({"GET", "HEAD"})
_PRIVATE = frozenset({b"x-api-key", b"authorization"})
_CACHE_CONTROL = (b"cache-control", CACHE_CONTROL.encode())
_JSON = (b"content-type", b"application/json")


class WarmFront:
    """One ASGI callable for what Litestar would answer."""

    def __init__(self, litestar: Litestar, warm: Warm) -> None:
        self._litestar, self._warm = litestar, warm

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] == "http"
            and scope["method"] in _READS
            and scope["path"].startswith(_PREFIX)
        ):
            host, condition, private = _wanted(scope["headers"])
            name = (scope["scheme"], host, scope["path"], scope["query_string"])
            if not private and (answer := self._warm.named(name)):
                await self._send(answer, condition, scope["method"], send)
                return
        await self._litestar(scope, receive, send)  # type: ignore[arg-type]  # Litestar's own ASGI types

    async def _send(self, answer: Answer, condition: bytes, method: str, send: Send) -> None:
        headers = [_CACHE_CONTROL, (b"etag", answer.etag.encode())]
        if condition and matches_weakly(condition.decode("latin-1"), answer.etag):
            await send({"type": "http.response.start", "status": 304, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        headers += [_JSON, (b"content-length", str(len(answer.body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        body = answer.body if method == "GET" else b""
        await send({"type": "http.response.body", "body": body})


def _wanted(headers: Any) -> tuple[bytes, bytes, bool]:
    """The host, `If-None-Match`, and whether a credential is shown."""
    host = condition = b""
    private = False
    for name, value in headers:
        if name == b"host":
            host = value
        elif name == b"if-none-match":
            condition = value
        elif name in _PRIVATE:
            private = True
    return host, condition, private
