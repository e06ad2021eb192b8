"""HTTP on one side, delivery on the other: a raw ASGI application for image paths.

It reads `raw_path`, because decoding would lose what signatures and fetch URLs need.  A hit is: headers, one table of
parsed requests, one stat, one table of answers, two messages; those who wait together share the stat and the answer.
Whatever is no hit comes through the turnstile, so that hits need not wait for what is to be read, looked for and refused.
No error leaves without a sentence in X-Cld-Error.
It must never decode, render or store anything itself.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import structlog

from imgproxy import headers
from imgproxy.delivery import Answer, Delivery
from imgproxy.errors import (
    ImageError,
    NotFound,
    ReferenceNotFound,
    RenderTimedOut,
)
from imgproxy.grammar.named import NOTHING, Named
from imgproxy.metrics.families import NOT_MODIFIED, REQUESTS, SENT_BYTES
from imgproxy.reading import Reading
from imgproxy.replies import Asked, Reply
from imgproxy.request import RenderRequest
from imgproxy.settings import ImageSettings
from imgproxy.turnstile import Turnstile
from imgproxy.url import with_query

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()
_METHODS = frozenset({"GET", "HEAD"})
_MAX_WAITING = 4096
"""More than a worker has connections: of HTTP/1.1 nobody is refused here."""

_PIECE_BYTES = 262_144
"""A hundred slow readers of 5 MB are 25 MB in the server's hands then, and not 500."""

_UNCHANGED, _SENT, _ABANDONED = NOT_MODIFIED[""], SENT_BYTES[""], REQUESTS["abandoned"]


class ImageApp:
    """Answers every path it is given as an image path."""

    def __init__(self, delivery: Delivery, settings: ImageSettings, named: Named = NOTHING) -> None:
        self.delivery = delivery
        self.reading = Reading(settings, named)
        limits = settings.limits
        self._deadline_s = (
            limits.fetch_timeout_s + limits.queue_timeout_s + limits.render_timeout_s + 1
        )
        self._turnstile = Turnstile(_MAX_WAITING)
        self._seen: dict[Asked, Answer] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = scope["method"]
        if method not in _METHODS:
            await _send_other(method, send)
            return
        try:
            conditions = headers.conditions(scope["headers"])
            said = _said(scope, conditions)
            asked = self.reading.known(said, conditions[3])
            reply = self._reply_at_once(scope, asked, conditions) if asked else None
            if reply is None:
                await self._turnstile.enter()
                asked = asked or self.reading.asked(said, conditions[3])
                reply = await self._reply(scope, asked, conditions, receive)
        except ImageError as error:
            reply = self._refuse(error)
        except Exception:  # noqa: BLE001 - the last resort: logged whole, told to nobody
            _log.exception("unexpected fault while answering an image request")
            reply = self._refuse(ImageError("Internal error"))
        if reply is not None:
            status, fields, body = reply
            await send({"type": "http.response.start", "status": status, "headers": fields})
            body = body if method == "GET" else b""
            if len(body) > _PIECE_BYTES:
                body = await _send_pieces(body, send)
            await send({"type": "http.response.body", "body": body})

    def _reply_at_once(
        self, scope: Scope, asked: Asked, conditions: headers.Conditions
    ) -> Reply | None:
        """The reply to a hit; `None` where something is to be waited for, or a default image stands in."""
        try:
            answer = self._seen.get(asked) or self._look(asked)
        except NotFound:
            if asked.instead is None:
                raise
            return None
        if answer is None:
            return None
        _, none_match, modified_since, _ = conditions
        return self._counted(scope, asked.reply(answer, none_match, modified_since), answer.how)

    async def _reply(
        self, scope: Scope, asked: Asked, conditions: headers.Conditions, receive: Receive
    ) -> Reply | None:
        """What to say; `None` when the client left before it was known."""
        _, none_match, modified_since, _ = conditions
        asked, answer, missing = await self._found(asked, receive)
        if answer is None:
            self.delivery.metrics.cells[_ABANDONED] += 1
            return None
        reply = asked.reply(answer, none_match, modified_since, missing)
        return self._counted(scope, reply, answer.how)

    def _counted(self, scope: Scope, reply: Reply, how: str) -> Reply:
        cells = self.delivery.metrics.cells
        cells[REQUESTS[how]] += 1
        if reply[0] == 304:
            cells[_UNCHANGED] += 1
        elif scope["method"] == "GET":
            cells[_SENT] += len(reply[2])
        return reply

    async def _found(
        self, asked: Asked, receive: Receive
    ) -> tuple[Asked, Answer | None, NotFound | None]:
        """The answer; or the one of the default image, what asks for that, and what was missing."""
        try:
            answer = self._look(asked)
            return asked, answer or await self._wait(asked.request, receive), None
        except NotFound as missing:
            other = asked.instead
            if other is None or isinstance(missing, ReferenceNotFound):
                raise
            try:
                answer = self._look(other)
                return other, answer or await self._wait(other.request, receive), missing
            except NotFound:
                raise missing from None

    def _look(self, asked: Asked) -> Answer | None:
        """The answer if it can be given without waiting; good for all who were in the queue when it was looked for."""
        if not self._seen:
            # runs after those who came before it was put there, and before all others
            asyncio.get_running_loop().call_soon(self._seen.clear)
        answer = self.delivery.peek(asked.request)
        if answer:
            self._seen[asked] = answer
        return answer

    def _refuse(self, error: ImageError) -> Reply:
        outcome = "4xx" if error.status < 500 else "5xx"
        self.delivery.metrics.cells[REQUESTS[outcome]] += 1
        return error.status, *headers.of_error(error)

    async def _wait(self, request: RenderRequest, receive: Receive) -> Answer | None:
        """The answer, or `None` when the client left before it came; then its wait is over too."""
        work = asyncio.create_task(self._within_deadline(request))
        gone = asyncio.create_task(_until_gone(receive))
        try:
            await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
            return work.result() if work.done() else None
        finally:
            work.cancel()
            gone.cancel()
            await asyncio.gather(work, gone, return_exceptions=True)
            # their errors lead back to this frame, and a circle is freed by the collector alone
            del work, gone

    async def _within_deadline(self, request: RenderRequest) -> Answer:
        try:
            async with asyncio.timeout(self._deadline_s):
                return await self.delivery.get(request)
        except TimeoutError:
            raise RenderTimedOut(self._deadline_s) from None


def _said(scope: Scope, conditions: headers.Conditions) -> tuple[bytes, bytes]:
    raw_path = scope["raw_path"]
    if query := scope.get("query_string"):
        raw_path = with_query(raw_path, query)
    return raw_path, conditions[0]


async def _send_pieces(body: bytes, send: Send) -> bytes:
    """All but the last, which comes back: the server copies what it is given, and waits here for clients that are slow."""
    last = (len(body) - 1) // _PIECE_BYTES * _PIECE_BYTES
    for at in range(0, last, _PIECE_BYTES):
        piece = body[at : at + _PIECE_BYTES]
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    return body[last:]


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send_other(method: str, send: Send) -> None:
    status = 204 if method == "OPTIONS" else 405
    await send({"type": "http.response.start", "status": status, "headers": headers.OTHER_METHODS})
    await send({"type": "http.response.body", "body": b""})
