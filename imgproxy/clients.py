"""Clients of the shared stores, set up to fail fast: a cache or a lease that waits is worse than none.

The libraries' own defaults retry for seconds and count on networks that heal. Both are imported only when used,
since the S3 client alone costs 35 MB and 150 ms. Nothing here knows what the stores are used for.
"""

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from redis.asyncio import Redis


def redis_client(url: str) -> "Redis":
    """A client that connects when first used; calls end within about a second, well or not.

    Raises ValueError for a URL that cannot be read.
    """
    from redis.asyncio import Redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

    from imgproxy.redis_pool import Pool

    pool = Pool.from_url(
        url,
        max_connections=16,
        timeout=0.5,
        socket_connect_timeout=0.3,
        socket_timeout=0.5,
        # one: a connection that the server closed while idle is not trouble
        retry=Retry(NoBackoff(), 1),
        health_check_interval=15,
    )
    return Redis.from_pool(pool)


def check_redis_url(url: str) -> None:
    """Raises ValueError for one that cannot be read."""
    from redis.asyncio.connection import parse_url

    parse_url(url)


def s3_client(
    endpoint_url: str | None, connect_timeout_s: float, read_timeout_s: float
) -> AbstractAsyncContextManager[Any]:
    """Opens a client; credentials, region and an endpoint of `None` come from the usual `AWS_*` variables.

    Addresses by path and sends no checksums unless asked, because self-hosted stores know no other way.
    """
    from aiobotocore.config import AioConfig
    from aiobotocore.session import get_session

    config = AioConfig(
        max_pool_connections=50,
        connect_timeout=connect_timeout_s,
        read_timeout=read_timeout_s,
        retries={"mode": "standard", "total_max_attempts": 2},
        s3={"addressing_style": "path"},
        signature_version="s3v4",
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    client: AbstractAsyncContextManager[Any] = get_session().create_client(
        "s3", endpoint_url=endpoint_url, config=config
    )
    return client
