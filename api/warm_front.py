"""Warm answers in front of Litestar: a request whose words are known and whose answer is fresh goes no further.

Nothing is decided here but that: anything unusual, a credential among it, is for the application behind.
"""

from typing import Any, Final, NamedTuple

from litestar import Litestar

from api import answers, pages_answer
from api.conditions import matches_weakly
from api.warm import Answer, Warm
from imgproxy.web import Receive, Scope, Send

_API: Final = "/api/properties"
_HOME: Final = "/"
_PAGE: Final = "/properties/"
_READS: Final = frozenset({"GET", "HEAD"})
_PRIVATE: Final = frozenset({b"x-api-key", b"authorization"})


class _Kind(NamedTuple):
    """Of an answer: its type, and the headers that it has whether it is sent or not."""

    content_type: tuple[bytes, bytes]
    headers: tuple[tuple[bytes, bytes], ...]


_JSON: Final = _Kind(
    (b"content-type", b"application/json"), ((b"cache-control", answers.CACHE_CONTROL.encode()),)
)
_PAGES: Final = tuple(
    _Kind((b"content-type", b"text/html; charset=utf-8"), pages_answer.raw_headers(packed=packed))
    for packed in (False, True)
)


class _Wanted(NamedTuple):
    """What the headers of a request say, as far as it matters here."""

    condition: bytes
    private: bool
    packed: bool


class WarmFront:
    """One ASGI callable for what Litestar would answer."""

    def __init__(self, litestar: Litestar, warm: Warm) -> None:
        self._litestar, self._warm = litestar, warm

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] in _READS:
            path = scope["path"]
            if path == _HOME or path.startswith(_PAGE):
                wanted = _wanted(scope["headers"])
                name = pages_answer.name_of(scope, packed=wanted.packed)
                if answer := self._warm.named(name):
                    await _send(answer, _PAGES[wanted.packed], wanted.condition, scope, send)
                    return
            elif path.startswith(_API):
                wanted = _wanted(scope["headers"])
                if not wanted.private and (answer := self._warm.named(answers.name_of(scope))):
                    await _send(answer, _JSON, wanted.condition, scope, send)
                    return
        await self._litestar(scope, receive, send)  # type: ignore[arg-type]  # Litestar's own ASGI types


async def _send(
    answer: Answer,
    kind: _Kind,
    condition: bytes,
    scope: Scope,
    send: Send,
) -> None:
    body = answer.body
    fields = [*kind.headers, (b"etag", answer.etag.encode())]
    if condition and matches_weakly(condition.decode("latin-1"), answer.etag):
        await send({"type": "http.response.start", "status": 304, "headers": fields})
        await send({"type": "http.response.body", "body": b""})
        return
    fields += [kind.content_type, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": fields})
    await send({"type": "http.response.body", "body": body if scope["method"] == "GET" else b""})


def _wanted(headers: Any) -> _Wanted:
    condition = b""
    private = packed = False
    for name, value in headers:
        if name == b"if-none-match":
            condition = value
        elif name == b"accept-encoding":
            packed = b"gzip" in value
        elif name in _PRIVATE:
            private = True
    return _Wanted(condition, private, packed)
