"""What an operator can set about the whole service, read once from the environment that the caller hands in."""

import ipaddress
import os
from collections.abc import Mapping
from typing import Annotated

import msgspec

from imgproxy.settings import ImageSettings, SettingsError, read, setting

_MAX_DEFAULT_WORKERS = 4


class ServerSettings(msgspec.Struct, frozen=True):
    """Where the service listens, what it remembers in, and what its images need."""

    host: Annotated[str, setting("HOST", "address to listen on", min_length=1)] = "127.0.0.1"
    port: Annotated[int, setting("PORT", "port to listen on", ge=1, le=65535)] = 8000
    workers: Annotated[
        int,
        setting("WORKERS", "server processes", shown="number of cores, at most 4", ge=0, le=256),
    ] = 0
    database_url: Annotated[
        str,
        setting(
            "DATABASE_URL",
            "`sqlite:///path` or `postgres://…`",
            shown="`sqlite:///<data>/darkroom.sqlite`",
        ),
    ] = ""
    seed: Annotated[
        int,
        setting(
            "DARKROOM_SEED", "demo listings that the first start makes; 0: none", ge=0, le=100_000
        ),
    ] = 200
    min_photo_side: Annotated[
        int,
        setting(
            "DARKROOM_MIN_PHOTO_SIDE",
            "pixels that the shorter side of a listing's photo must have",
            ge=1,
            le=10_000,
        ),
    ] = 150
    jobs: Annotated[
        int,
        setting(
            "DARKROOM_JOBS",
            "jobs at once per worker; 0: none here, `python -m api work` does them (`docs/jobs.md`)",
            ge=0,
            le=64,
        ),
    ] = 1
    ahead: Annotated[
        str,
        setting(
            "DARKROOM_AHEAD",
            "picture specs that are rendered ahead, such as `card,thumbnail` (`docs/pictures-versions.md`)",
            shown="empty: none",
        ),
    ] = ""
    lab: Annotated[
        bool,
        setting("DARKROOM_LAB", "`1`: teaching routes, and statement counts in Server-Timing"),
    ] = False
    images: ImageSettings = ImageSettings()

    @property
    def worker_count(self) -> int:
        """`workers`, or one per core up to four."""
        return self.workers or min(os.cpu_count() or 1, _MAX_DEFAULT_WORKERS)

    @property
    def renderer_count(self) -> int:
        """Render processes per worker: the cores shared out, at least one."""
        return self.images.renderers or max(1, (os.cpu_count() or 1) // self.worker_count)


def load(environ: Mapping[str, str]) -> ServerSettings:
    """The settings of this start. Raises SettingsError naming the variable."""
    settings = read(ServerSettings, environ)
    default_secret = ImageSettings().api_secret
    if settings.images.api_secret == default_secret and not is_loopback(settings.host):
        expected = (
            f"a secret of your own when HOST is {settings.host}: the default only works on loopback"
        )
        raise SettingsError("DARKROOM_API_SECRET", default_secret, expected)
    return settings


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach it."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
