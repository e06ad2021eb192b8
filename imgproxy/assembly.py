"""Settings to a working image half: the one file of `imgproxy` that names concrete origins, caches and leases together.

It builds and never opens: `Delivery.start` does that, in the event loop that will serve.
"""

import os
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from imgproxy.caches import Cache
from imgproxy.caches.disk import Disk
from imgproxy.caches.memory import Memory
from imgproxy.caches.redis import RedisCache
from imgproxy.caches.s3 import S3Cache
from imgproxy.caches.spec import (
    VARIABLE,
    DiskTier,
    MemoryTier,
    RedisTier,
    S3Tier,
    TierSpec,
    parse_tiers,
)
from imgproxy.caches.tiered import Tiered
from imgproxy.clients import check_redis_url
from imgproxy.delivery import Delivery
from imgproxy.flights import Leases
from imgproxy.flights.files import FileLeases
from imgproxy.flights.redis import RedisLeases
from imgproxy.masters import Masters
from imgproxy.metrics import Metrics
from imgproxy.origins import Origin
from imgproxy.origins.by_kind import ByKind
from imgproxy.origins.first_of import FirstOf
from imgproxy.origins.folder import Folder
from imgproxy.origins.remembered import Remembered
from imgproxy.origins.s3 import S3Origin
from imgproxy.purging.purges import Purges
from imgproxy.purging.webhook import Template
from imgproxy.remote import AllowedHosts
from imgproxy.render.job import MAX_MASTER_BYTES
from imgproxy.renderers.pool import Renderers
from imgproxy.settings import ImageSettings, SettingsError, patient, size_bytes
from imgproxy.transformations import load
from imgproxy.web import ImageApp

_NO_MEMORY_BYTES = 0
_HELD_BYTES = 250_000_000
"""Copies of fetched originals per worker; at least four of the largest ones have to find room."""


def build(
    settings: ImageSettings,
    renderers: int,
    also: Iterable[Path] = (),
    origin: Origin | None = None,
) -> ImageApp:
    """The image application with `renderers` processes. Raises SettingsError.

    `also`: folders that are looked into when the originals do not have a picture, such as the demo's;
    `origin`: where originals are, in place of what the settings say.
    """
    tiers = parse_tiers(settings.cache_tiers)
    memory = Memory(
        sum(tier.max_bytes for tier in tiers if isinstance(tier, MemoryTier)) or _NO_MEMORY_BYTES
    )
    metrics = Metrics(Path(settings.data) / "metrics")
    masters_bytes = size_bytes("DARKROOM_MASTERS", settings.masters)
    slow = [_tier(tier, settings, memory) for tier in tiers if not isinstance(tier, MemoryTier)]
    shared = Tiered(slow, metrics=metrics)
    delivery = Delivery(
        origin=origin or _origin(settings, also, metrics),
        memory=memory,
        shared=shared,
        leases=_leases(settings),
        renderers=Renderers(
            renderers, settings.limits, metrics, MAX_MASTER_BYTES if masters_bytes else 0
        ),
        limits=settings.limits,
        metrics=metrics,
        purges=Purges(
            Path(settings.data) / "purges", settings.redis_url, _webhook(settings), metrics
        ),
        masters=Masters(
            Path(settings.data) / "masters",
            masters_bytes,
            FileLeases(Path(settings.data) / "leases"),
            metrics,
            # as long as the one may take that is waited for
            settings.limits.queue_timeout_s + settings.limits.render_timeout_s,
        ),
        spare=partial(Renderers, 1, patient(settings.limits), spare=True)
        if settings.refine
        else None,
    )
    return ImageApp(delivery, settings, load(settings.transformations, settings.limits))


def check(settings: ImageSettings) -> None:
    """Refuses at start what would fail later. Raises SettingsError."""
    load(settings.transformations, settings.limits)
    size_bytes("DARKROOM_MASTERS", settings.masters)
    for tier in parse_tiers(settings.cache_tiers):
        if isinstance(tier, RedisTier) and not (tier.url or settings.redis_url):
            raise SettingsError(
                VARIABLE, settings.cache, "REDIS_URL to be set, or redis://host:port/number"
            )
        if isinstance(tier, RedisTier) and tier.url:
            _check_redis(VARIABLE, tier.url)
    if settings.redis_url:
        _check_redis("REDIS_URL", settings.redis_url)
    _allowed(settings)
    _webhook(settings)
    place = settings.originals_place
    if (
        not place.startswith("s3://")
        and Path(place).exists()
        and not os.access(place, os.R_OK | os.X_OK)
    ):
        raise SettingsError("DARKROOM_ORIGINALS", place, "a folder that can be read")
    if not place.startswith("s3://") and settings.originals and not Path(place).is_dir():
        raise SettingsError(
            "DARKROOM_ORIGINALS", place, "a folder that exists, or s3://bucket/prefix"
        )


def _check_redis(variable: str, url: str) -> None:
    """Says nothing before the host, where a password may be."""
    try:
        check_redis_url(url)
    except ValueError:
        shown = url.rpartition("@")[2]
        raise SettingsError(variable, shown, "redis://host:port/number") from None


def _origin(settings: ImageSettings, also: Iterable[Path], metrics: Metrics) -> Origin:
    stored, allowed = _stored(settings, also, metrics), _allowed(settings)
    if not allowed.patterns:
        return stored
    # its client costs 150 ms, which nobody has to pay who fetches nothing
    from imgproxy.origins.http import HttpOrigin

    limits = settings.limits
    fetched = HttpOrigin(
        allowed,
        Path(settings.data) / "spool",
        limits.max_original_bytes,
        limits.fetch_timeout_s,
        max_held_bytes=max(_HELD_BYTES, 4 * limits.max_original_bytes),
        metrics=metrics,
    )
    return ByKind({"fetch": fetched}, stored)


def _allowed(settings: ImageSettings) -> AllowedHosts:
    try:
        return AllowedHosts.parse(settings.fetch_allow)
    except ValueError as error:
        raise SettingsError("DARKROOM_FETCH_ALLOW", settings.fetch_allow, str(error)) from None


def _stored(settings: ImageSettings, also: Iterable[Path], metrics: Metrics) -> Origin:
    max_bytes = settings.limits.max_original_bytes
    own: Origin
    if settings.originals_place.startswith("s3://"):
        bucket, _, prefix = settings.originals_place.removeprefix("s3://").partition("/")
        spool = Path(settings.data) / "spool"
        store = S3Origin(bucket, prefix, spool, max_bytes, settings.limits.fetch_timeout_s)
        own = Remembered(store, metrics=metrics)
    else:
        own = Folder(Path(settings.originals_place), max_bytes)
    others = [Folder(path, max_bytes) for path in also]
    return FirstOf(own, *others) if others else own


def _webhook(settings: ImageSettings) -> Template | None:
    if not settings.purge_webhook:
        return None
    try:
        return Template.read(settings.purge_webhook, settings.purge_headers, settings.purge_body)
    except ValueError as error:
        wrong = settings.purge_headers if "headers" in str(error) else settings.purge_webhook
        name = "DARKROOM_PURGE_HEADERS" if "headers" in str(error) else "DARKROOM_PURGE_WEBHOOK"
        raise SettingsError(name, wrong, str(error)) from None


def _leases(settings: ImageSettings) -> Leases:
    if settings.redis_url:
        return RedisLeases(settings.redis_url)
    return FileLeases(Path(settings.data) / "leases")


def _tier(tier: TierSpec, settings: ImageSettings, memory: Memory) -> Cache:
    match tier:
        case DiskTier(path, max_bytes):
            return Disk(Path(path), max_bytes, vouched=lambda: memory.proven)
        case RedisTier(url):
            return RedisCache(url or settings.redis_url)
        case S3Tier(bucket, prefix):
            return S3Cache(bucket, prefix)
        case MemoryTier():
            raise AssertionError("memory tiers are built apart")
