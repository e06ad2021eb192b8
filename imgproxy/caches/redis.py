"""The tier in Redis, shared by all nodes: small answers only, gone after a while.

Everything derived from one source is one hash, so that a purge is one command that misses nothing and an
eviction by Redis takes whole sources. A large answer is only handed over: for some seconds, to the nodes that wait for it.
Redis away, slow or full is a miss and a pause, never an error.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

from imgproxy.breaker import Breaker
from imgproxy.caches import pack, unpack
from imgproxy.clients import redis_client
from imgproxy.values import IMAGE_EPOCH, CacheKey, Rendered

if TYPE_CHECKING:
    from redis.asyncio import Redis

_T = TypeVar("_T")


class RedisCache:
    """A Cache at `url`; a source's answers stay `ttl_s` after the last one was put.

    Those above `max_item_bytes` stay `handover_s`, those above `max_handover_bytes` do not come in.
    """

    name = "redis"

    def __init__(
        self,
        url: str,
        ttl_s: int = 24 * 3600,
        max_item_bytes: int = 256_000,
        handover_s: int = 10,
        max_handover_bytes: int = 16_000_000,
        timeout_s: float = 1.0,
        pause_s: float = 5.0,
    ) -> None:
        self._url = url
        self._ttl_s = ttl_s
        self._max_item_bytes = max_item_bytes
        self._handover_s = handover_s
        self._max_handover_bytes = max_handover_bytes
        self._timeout_s = timeout_s
        self._breaker = Breaker("redis cache", pause_s)
        self._client: Redis | None = None

    async def get(self, key: CacheKey) -> Rendered | None:
        async def read(client: Any) -> bytes | None:
            async with client.pipeline(transaction=False) as pipe:
                pipe.hget(_hash_name(key.source), key.request)
                pipe.get(_handover_name(key))
                kept, handed_over = await pipe.execute()
            data: bytes | None = kept or handed_over
            return data

        data = await self._guarded("reading", read)
        return unpack(data) if data else None

    async def put(self, key: CacheKey, rendered: Rendered) -> None:
        size_bytes = len(rendered.body)
        if size_bytes > self._max_handover_bytes:
            return

        async def hand_over(client: Any) -> None:
            await client.set(_handover_name(key), pack(rendered), ex=self._handover_s)

        async def write(client: Any) -> None:
            async with client.pipeline(transaction=True) as pipe:
                pipe.hset(_hash_name(key.source), key.request, pack(rendered))
                pipe.expire(_hash_name(key.source), self._ttl_s)
                await pipe.execute()

        await self._guarded("writing", write if size_bytes <= self._max_item_bytes else hand_over)

    @property
    def held_bytes(self) -> None:
        """Known to the store alone."""

    @property
    def in_trouble(self) -> bool:
        return self._breaker.in_doubt

    async def purge(self, source: str) -> int:
        """What is handed over goes by itself."""

        async def drop(client: Any) -> int:
            async with client.pipeline(transaction=True) as pipe:
                pipe.hlen(_hash_name(source))
                pipe.unlink(_hash_name(source))
                count, _ = await pipe.execute()
            return int(count)

        return await self._guarded("purging", drop) or 0

    async def remove(self, key: CacheKey) -> int:
        async def drop(client: Any) -> int:
            async with client.pipeline(transaction=True) as pipe:
                pipe.hdel(_hash_name(key.source), key.request)
                pipe.delete(_handover_name(key))
                return sum(await pipe.execute())

        return await self._guarded("removing", drop) or 0

    async def start(self) -> None:
        """Makes the client; a Redis that is away is no reason not to start. Raises ValueError for a bad URL."""
        self._client = redis_client(self._url)

    async def close(self) -> None:
        client, self._client = self._client, None
        if client:
            await client.aclose()

    async def _guarded(self, doing: str, call: Callable[[Any], Awaitable[_T]]) -> _T | None:
        from redis.exceptions import RedisError

        if self._client is None or not self._breaker.admit():
            return None
        try:
            async with asyncio.timeout(self._timeout_s):
                found = await call(self._client)
        except (RedisError, OSError) as error:  # TimeoutError is an OSError
            self._breaker.trip(doing, error)
            return None
        self._breaker.mend()
        return found


def _hash_name(source: str) -> str:
    return f"darkroom:answers:{IMAGE_EPOCH}:{source}"


def _handover_name(key: CacheKey) -> str:
    return f"darkroom:handover:{key.path}"
