"""Tells a CDN to purge a tag: one HTTP call per purge, made from a template that the operator sets (docs/purge.md).

    DARKROOM_PURGE_WEBHOOK="POST https://cdn.example/purge/{tag}"    method and URL; {tag} stands for the tag everywhere
    DARKROOM_PURGE_HEADERS={"Authorization": "Bearer …"}
    DARKROOM_PURGE_BODY={"tags": ["{tag}"]}

A purge waits for none of this: calls stand in a bounded queue, one task makes them, each with a deadline and some retries.
No log line holds a header or a query, where secrets are.
"""

import asyncio
import contextlib
import http.client
import re
from urllib.parse import urlsplit

import msgspec
import structlog

from imgproxy.metrics import Metrics
from imgproxy.metrics.families import WEBHOOKS

_MAX_WAITING = 1000
_CALL_S = 5.0
_PAUSES_S = (0.5, 2.0, 8.0)
_CLOSE_S = 2.0
_WORTH_RETRYING = {408, 425, 429}
_TEMPLATE = re.compile(r"([A-Z]+) +(https?)://([^/?#\s]+)([^#\s]*)")

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


class Template(msgspec.Struct, frozen=True):
    """A call with `{tag}` where the tag goes."""

    method: str
    url: str
    headers: dict[str, str] = {}
    body: str = ""

    @classmethod
    def read(cls, call: str, headers: str, body: str) -> "Template":
        """Raises ValueError saying what was expected."""
        if _TEMPLATE.fullmatch(call.strip()) is None:
            raise ValueError("a method and a URL, such as POST https://cdn.example/purge/{tag}")
        method, url = call.split()
        try:
            fields = msgspec.json.decode(headers or "{}", type=dict[str, str])
        except msgspec.DecodeError:
            raise ValueError('headers as JSON, such as {"Authorization": "Bearer …"}') from None
        return cls(method, url, fields, body)

    def filled(self, tag: str) -> "Template":
        """The call for one tag."""
        headers = {name: value.replace("{tag}", tag) for name, value in self.headers.items()}
        url, body = self.url.replace("{tag}", tag), self.body.replace("{tag}", tag)
        return Template(self.method, url, headers, body)


class Webhook:
    """Owner of the queue and of the task that makes the calls."""

    def __init__(self, template: Template, metrics: Metrics) -> None:
        self._template = template
        self._metrics = metrics
        self._waiting: asyncio.Queue[str] = asyncio.Queue(_MAX_WAITING)
        self._calling: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._calling = asyncio.create_task(self._call_all(), name="purge webhook")

    async def close(self) -> None:
        """Gives what waits a moment to go out."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_S):
                await self._waiting.join()
        if self._calling:
            self._calling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._calling

    def send(self, tag: str) -> None:
        """Queues a call; one too many is refused with a log line."""
        try:
            self._waiting.put_nowait(tag)
        except asyncio.QueueFull:
            self._give_up(tag, "too many calls wait")

    async def _call_all(self) -> None:
        while True:
            tag = await self._waiting.get()
            try:
                await self._call(tag)
            finally:
                self._waiting.task_done()

    async def _call(self, tag: str) -> None:
        call, trouble = self._template.filled(tag), ""
        for pause_s in (*_PAUSES_S, None):
            trouble, retry = await asyncio.to_thread(_made, call)
            if not trouble:
                self._metrics.cells[WEBHOOKS["done"]] += 1
                return
            if not retry or pause_s is None:
                break
            await asyncio.sleep(pause_s)
        self._give_up(tag, trouble)

    def _give_up(self, tag: str, trouble: str) -> None:
        self._metrics.cells[WEBHOOKS["failed"]] += 1
        _log.error("the CDN was not told of a purge", tag=tag, trouble=trouble)


def _made(call: Template) -> tuple[str, bool]:
    """What went wrong, empty when nothing did, and whether another try may help. Redirects are not followed."""
    parts = urlsplit(call.url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=_CALL_S)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        body = call.body.encode() if call.body else None
        connection.request(call.method, target, body, {"Connection": "close", **call.headers})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__, True
    finally:
        connection.close()
    if 200 <= status < 300:
        return "", False
    return f"it answered {status}", status >= 500 or status in _WORTH_RETRYING
