"""`python -m examples.photo_feed`: draws the demo's photographs if need be, and serves on HOST and PORT."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from granian.constants import Interfaces
from granian.server import Server
from litestar import Litestar

from api.demo import draw_all, print_progress
from api.settings import ServerSettings, load
from db.engine import running
from db.settings import DatabaseSettings
from examples.photo_feed.people import settle
from examples.photo_feed.site import ROUTES
from imgproxy.assembly import build
from imgproxy.process import stand_apart
from imgproxy.web import Receive, Scope, Send


class PhotoFeed:
    """Images for the image service, all else for Litestar."""

    def __init__(self, settings: ServerSettings) -> None:
        self.images = build(settings.images, settings.renderer_count)

        @asynccontextmanager
        async def life(_: Litestar) -> AsyncIterator[None]:
            async with running(database(settings)):
                await self.images.delivery.start()
                yield
                await self.images.delivery.close()

        self.pages = Litestar(ROUTES, lifespan=[life], openapi_config=None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        to = self.images if scope.get("raw_path", b"").startswith(b"/demo/image/") else self.pages
        await to(scope, receive, send)  # type: ignore[arg-type]


def create() -> PhotoFeed:
    stand_apart()
    return PhotoFeed(load(os.environ))


def database(settings: ServerSettings) -> DatabaseSettings:
    """Beside the portal's, never in it."""
    return DatabaseSettings(f"sqlite:///{Path(settings.images.data) / 'photo_feed.sqlite'}")


async def prepare(settings: ServerSettings) -> None:
    """Photographs and people are there afterwards."""
    photos = draw_all(Path(settings.images.data) / "originals", print_progress)
    async with running(database(settings)) as engine:
        await settle(engine, photos)


if __name__ == "__main__":
    settings = load(os.environ)
    asyncio.run(prepare(settings))
    Server(
        "examples.photo_feed.__main__:create", settings.host, settings.port,
        interface=Interfaces.ASGI, factory=True, workers=settings.worker_count,
    ).serve()  # fmt: skip
