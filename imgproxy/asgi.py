"""The image-only node: `granian --interface asgi --respawn-failed-workers imgproxy.asgi:app`; images, `/health/…` and `/metrics`.

Needs neither `api` nor `db`. The environment is read when the server starts the application, not at import.
"""

import os
from typing import Any

from imgproxy.assembly import build, check
from imgproxy.grace import GRACE_S
from imgproxy.health import METRICS, TEXT, look, numbers, written
from imgproxy.process import (
    spare_the_collector,
    stand_apart,
    when_told_to_stop,
    write_faults_plainly,
)
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
            if said := _said(self._images, scope):
                await _send_plain(*said, send)
            else:
                await self._images(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        stand_apart()
        write_faults_plainly()
        try:
            settings = read(ImageSettings, os.environ)
            check(settings)
            self._images = build(settings, settings.renderers or os.cpu_count() or 1)
            await self._images.delivery.start()
            when_told_to_stop(self._images.delivery.grace.end, GRACE_S)
            spare_the_collector()
        except Exception as error:  # noqa: BLE001 - whatever it is, the server must hear of it
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._images.delivery.close()
        await send({"type": "lifespan.shutdown.complete"})


def _said(images: ImageApp, scope: Scope) -> tuple[int, str, bytes] | None:
    """Status, media type and body of what the node says of itself; `None` for every other path."""
    match scope["raw_path"]:
        case b"/health/live":
            return 200, TEXT, b"ok\n"
        case b"/health/ready":
            health = look(images.delivery)
            accept = dict(scope["headers"]).get(b"accept", b"").decode("latin-1")
            return health.status, *written(health, accept)
        case b"/metrics":
            return 200, METRICS, numbers(images.delivery)
    return None


async def _send_plain(status: int, media_type: str, body: bytes, send: Send) -> None:
    fields: list[tuple[bytes, bytes]] = [
        (b"content-type", media_type.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    start: dict[str, Any] = {"type": "http.response.start", "status": status, "headers": fields}
    await send(start)
    await send({"type": "http.response.body", "body": body})


app = ImageNode()
