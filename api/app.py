"""The composition root: settings to the whole service.

A dispatcher of a few lines stands in front: image paths go to the raw image application, all else and the lifespan to
Litestar.  Image paths are those of the account's cloud or beginning with a resource type; whatever Litestar does not
know is answered by its own 404.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path

from litestar import Litestar
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler

from api import openapi
from api.auth import Credential
from api.cleaning import Cleaning, ForgetPhotos
from api.editing import editing_routes
from api.error_choice import handlers
from api.health import health_routes
from api.jobs.desk import Desk
from api.jobs.runner import Handlers
from api.jobs_api import job_routes
from api.jobs_page import jobs_page_routes
from api.lab import Counted, lab_routes
from api.listings import listing_routes
from api.manage import manage_routes
from api.named import NamedTexts, named_routes
from api.options import options_of
from api.originals import Originals
from api.pages import page_routes
from api.photos import photo_routes
from api.pictures import Base, Signed
from api.purging import purge_routes
from api.settings import ServerSettings
from api.sign_in import sign_in_routes
from api.uploads import Uploads
from api.versions.ahead import Ahead
from api.versions.work import CleanUp, RenderAhead, Versions
from api.warm import Warm
from api.warm_front import WarmFront
from db.changes import Unwatched
from db.engine import running
from db.settings import DatabaseSettings
from db.watching import watch_of
from imgproxy.assembly import build
from imgproxy.grace import GRACE_S
from imgproxy.process import when_told_to_stop
from imgproxy.settings import ImageSettings
from imgproxy.url import RESOURCES
from imgproxy.web import ImageApp, Receive, Scope, Send


class Service:
    """One ASGI callable for both halves; `running` is its life for who does not serve, `state` what handlers have."""

    def __init__(
        self,
        images: ImageApp,
        litestar: WarmFront | Counted,
        cloud: str,
        state: State,
        running: Callable[[], AbstractAsyncContextManager[None]],
    ) -> None:
        self.images = images
        self.litestar = litestar
        self.state, self.running = state, running
        self._image_paths = tuple(f"/{first}/".encode() for first in (cloud, *sorted(RESOURCES)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["raw_path"].startswith(self._image_paths):
            await self.images(scope, receive, send)
        else:
            await self.litestar(scope, receive, send)


def create_app(settings: ServerSettings) -> Service:
    """The service, not yet started. Raises SettingsError."""
    images = build(settings.images, settings.renderer_count, also=demo_folders(settings))
    database = database_settings(settings)
    uploads = _uploads(settings, images)
    warm = Warm(Unwatched())
    named = NamedTexts(images.reading, settings.images.limits)
    base = image_base(settings.images)
    versions = Versions(Ahead(images), base)
    jobs = _desk(settings, uploads, versions)

    @asynccontextmanager
    async def life() -> AsyncIterator[None]:
        async with running(database) as engine, AsyncExitStack() as stack:
            await images.delivery.start()
            stack.push_async_callback(images.delivery.close)
            await named.start()
            stack.push_async_callback(named.close)
            await uploads.start()
            await warm.start(watch_of(engine))
            stack.push_async_callback(warm.close)
            await jobs.start()
            stack.push_async_callback(jobs.close)
            when_told_to_stop(images.delivery.grace.end, GRACE_S)
            yield

    cloud = settings.images.cloud
    state = {
        "image_base": base,
        "delivery": images.delivery,
        "credential": Credential(settings.images.api_key, settings.images.api_secret),
        "uploads": uploads,
        "warm": warm,
        "named": named,
        "strict": settings.images.strict,
        "fetches": bool(settings.images.fetch_allow),
        "jobs": jobs,
        "versions": versions,
    }
    litestar = Litestar(
        route_handlers=_routes(settings),
        exception_handlers=handlers,
        lifespan=[lambda _: life()],
        state=State(state),
        openapi_config=openapi.config(),
    )
    front = WarmFront(litestar, warm)
    return Service(images, Counted(front) if settings.lab else front, cloud, State(state), life)


def _routes(settings: ServerSettings) -> list[HTTPRouteHandler]:
    api = [
        *listing_routes,
        *editing_routes,
        *photo_routes,
        *purge_routes,
        *named_routes,
        *job_routes,
    ]
    lab = lab_routes if settings.lab else []
    operators = [*sign_in_routes, *manage_routes, *jobs_page_routes]
    return [*options_of(api), *api, *lab, *page_routes, *operators, *health_routes]


def _desk(settings: ServerSettings, uploads: Uploads, versions: Versions) -> Desk:
    """Every kind of work there is, and who does it."""
    handlers = Handlers(
        {
            ForgetPhotos: Cleaning(uploads).work,
            RenderAhead: versions.render,
            CleanUp: versions.clean,
        }
    )
    desk = Desk(handlers, settings.jobs, settings.images.redis_url)
    versions.use(desk)
    return desk


def _uploads(settings: ServerSettings, images: ImageApp) -> Uploads:
    """Photos of listings go to the folder of originals; there is none when those are in S3."""
    place = settings.images.originals_place
    originals = None if place.startswith("s3://") else Originals(Path(place))
    return Uploads(originals, images.delivery, settings.images.limits, settings.min_photo_side)


def image_base(images: ImageSettings) -> Base:
    """Where the URLs of our own pages begin; signed where no others are given."""
    start = f"/{images.cloud}/image/upload/"
    return Signed(start, images.api_secret) if images.strict else start


def demo_folders(settings: ServerSettings) -> list[Path]:
    """Where the demo portal's own photos are, when the operator's originals are elsewhere."""
    demo = Path(settings.images.data) / "originals"
    elsewhere = settings.images.originals not in {"", str(demo)}
    return [demo] if elsewhere and settings.seed else []


def database_settings(settings: ServerSettings) -> DatabaseSettings:
    """Where the database is. Raises BadDatabaseUrl."""
    environment = {"DATABASE_URL": settings.database_url, "DARKROOM_DATA": settings.images.data}
    return DatabaseSettings.load(environment)
