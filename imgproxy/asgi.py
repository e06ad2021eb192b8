"""The image-only node: `granian --interface asgi imgproxy.asgi:app`.

Needs neither `api` nor `db`. The environment is read when the server starts the application, not at import.
"""

import os
from typing import Any

from imgproxy.assembly import build, check
from imgproxy.process import stand_apart
from imgproxy.settings import ImageSettings, read
from imgproxy.web import ImageApp, Receive, Scope, Send


class ImageNode:
    """Lifespan, health, and images for everything else."""

    def __init__(self) -> None:
        self._images: ImageApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http" and self._images is not None:
            if scope["raw_path"].startswith(b"/health/"):
                await _send_health(self._images.delivery.renderers.ready, send)
            else:
                await self._images(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        stand_apart()
        try:
            settings = read(ImageSettings, os.environ)
            check(settings)
            self._images = build(settings, settings.renderers or os.cpu_count() or 1)
            await self._images.delivery.start()
        except Exception as error:  # noqa: BLE001 - whatever it is, the server must hear of it
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._images.delivery.close()
        await send({"type": "lifespan.shutdown.complete"})


async def _send_health(ready: bool, send: Send) -> None:
    body = b"ok\n" if ready else b"no render process is up\n"
    fields: list[tuple[bytes, bytes]] = [
        (b"content-type", b"text/plain"),
        (b"content-length", str(len(body)).encode()),
    ]
    start: dict[str, Any] = {"type": "http.response.start", "status": 200 if ready else 503}
    await send(start | {"headers": fields})
    await send({"type": "http.response.body", "body": body})


app = ImageNode()
