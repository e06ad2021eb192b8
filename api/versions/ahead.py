"""Asks the image service for URLs before anybody else does, in this process and by its own front door.

So what lies ready is byte for byte what the URL serves.  Of a URL that is answered by format, the class of today's
browsers is rendered ahead; removing covers all classes.
"""

import asyncio
from typing import Any, Final, NoReturn

import msgspec

from api.jobs import Postpone
from imgproxy.errors import ImageError, Overloaded
from imgproxy.web import ImageApp

ACCEPT: Final = b"image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
"""What browsers say for a picture."""

_CLASSES: Final = tuple(
    ",".join(f"image/{name}" for name in names).encode() or b"*/*"
    for names in (
        (),
        ("webp",),
        ("avif",),
        ("jxl",),
        ("avif", "webp"),
        ("jxl", "webp"),
        ("jxl", "avif"),
        ("jxl", "avif", "webp"),
    )
)
_BUSY: Final = 503
_LATER_S: Final = 2.0


class Served(msgspec.Struct, frozen=True):
    """A URL's answer; `cpu_s` of rendering and encoding, None when it lay ready; `error` is empty when all went well."""

    bytes: int
    cpu_s: float | None
    error: str


class Ahead:
    """Asks `images`."""

    def __init__(self, images: ImageApp) -> None:
        self._images = images

    async def ask(self, url: str) -> Served:
        """The answer.  Raises Postpone when visitors need the machine more."""
        status, headers, size = await _get(self._images, url.encode())
        if status == _BUSY:
            raise Postpone(_LATER_S, "the renderers are busy")
        error = "" if status == 200 else headers.get(b"x-cld-error", b"%d" % status).decode()
        return Served(size, _cpu_s(headers.get(b"server-timing", b"").decode()), error)

    async def remove(self, url: str) -> int:
        """Copies of the answers to this URL are gone from every tier; how many there were."""
        found = {
            request.request_digest: request
            for request in (self._images.reading.request(url.encode(), one) for one in _CLASSES)
        }
        removed = 0
        for request in found.values():
            try:
                removed += await self._images.delivery.remove(request)
            except Overloaded as error:
                raise Postpone(_LATER_S, str(error)) from error
            except ImageError:
                continue  # the original is gone, and with it the way to its derivatives: eviction's
        return removed


async def _get(images: ImageApp, raw_path: bytes) -> tuple[int, dict[bytes, bytes], int]:
    """Status, headers and the length of the body."""
    start: dict[str, Any] = {}
    size = 0

    async def send(message: Any) -> None:
        nonlocal size
        if message["type"] == "http.response.start":
            start.update(message)
        else:
            size += len(message.get("body", b""))

    scope = {
        "type": "http",
        "method": "GET",
        "raw_path": raw_path,
        "path": raw_path.decode(),
        "query_string": b"",
        "headers": [(b"accept", ACCEPT)],
    }
    await images(scope, _stay, send)
    return start["status"], dict(start["headers"]), size


async def _stay() -> NoReturn:
    """A client that never leaves; the job's own deadline ends the wait."""
    await asyncio.Event().wait()
    raise AssertionError


def _cpu_s(timing: str) -> float | None:
    """Milliseconds of `render` and `encode` in a Server-Timing header, as seconds."""
    parts = dict(part.strip().partition(";dur=")[::2] for part in timing.split(","))
    if "render" not in parts:
        return None
    return (float(parts["render"]) + float(parts.get("encode") or 0)) / 1000
