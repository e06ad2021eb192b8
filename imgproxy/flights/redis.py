"""Leases among machines: a key in Redis with a short life, renewed while it is held.

    take      SET key token NX PX life
    renew     every third of its life, only if it is still ours
    free      delete if it is still ours, and tell the name to everyone on one channel
    wait      for that telling, or for a quarter of a second, then try to take again

Each process listens on one connection, opened at the start and thus before any look at a key; a telling that is lost
costs a quarter of a second. A holder that dies stops renewing. A holder whose process stalls longer than the life
loses the lease and does not know: two renders instead of one, never a wrong picture.
"""

import asyncio
import contextlib
import random
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import structlog

from imgproxy.breaker import Breaker
from imgproxy.clients import redis_client
from imgproxy.values import digest

if TYPE_CHECKING:
    from redis.asyncio import Redis

_T = TypeVar("_T")
_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()

_CHANNEL = "darkroom:lease:freed"
_KNOCK_S = 0.25
_CALL_S = 1.0
_PAUSE_S = 5.0
_LISTEN_S = 5.0

_RENEW = """
if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) end
return 0
"""
_FREE = """
if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('del', KEYS[1])
redis.call('publish', ARGV[2], ARGV[3])
return 1
"""


class RedisLeases:
    """Leases in the Redis at `url`; after `max_wait_s` a block goes on without its lease."""

    def __init__(self, url: str, life_s: float = 1.5, max_wait_s: float = 30.0) -> None:
        self._url = url
        self._life_s = life_s
        self._max_wait_s = max_wait_s
        self._breaker = Breaker("redis leases", _PAUSE_S)
        self._client: Redis | None = None
        self._listening: asyncio.Task[None] | None = None
        self._waiters: dict[str, set[asyncio.Event]] = {}

    @asynccontextmanager
    async def hold(self, name: str) -> AsyncIterator[bool]:
        key, token = f"darkroom:lease:{digest(name)}", secrets.token_hex(16)
        mine, waited = await self._take(key, token)
        renewing = asyncio.create_task(self._renew(key, token), name="lease") if mine else None
        try:
            yield waited
        finally:
            if renewing:
                renewing.cancel()
                # its connection is back in the pool before somebody may close that
                await asyncio.wait({renewing}, timeout=_CALL_S)
                await self._call("freeing", lambda c: c.eval(_FREE, 1, key, token, _CHANNEL, key))

    async def start(self) -> None:
        """Starts listening; a Redis that is away is no reason not to. Raises ValueError for a bad URL."""
        self._client = redis_client(self._url)
        self._listening = asyncio.create_task(self._listen(self._client), name="lease listener")

    async def close(self) -> None:
        client, self._client = self._client, None
        if self._listening:
            self._listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listening
        if client:
            await client.aclose()

    async def _take(self, key: str, token: str) -> tuple[bool, bool]:
        """Whether the lease is ours and whether somebody else had it first."""
        waited = False
        try:
            async with asyncio.timeout(self._max_wait_s):
                with self._told(key) as freed:
                    while (taken := await self._try(key, token)) is False:
                        waited = True
                        await _knock_later(freed)
                    return bool(taken), waited
        except TimeoutError:
            _log.warning("lease not free in time, going on without it", waited_s=self._max_wait_s)
            return False, waited

    async def _try(self, key: str, token: str) -> bool | None:
        """`None` when Redis is in trouble."""
        life_ms = int(self._life_s * 1000)

        async def take(client: Any) -> bool:
            return bool(await client.set(key, token, nx=True, px=life_ms))

        return await self._call("taking", take)

    async def _renew(self, key: str, token: str) -> None:
        life_ms = int(self._life_s * 1000)
        while True:
            await asyncio.sleep(self._life_s / 3)
            kept = await self._call("renewing", lambda c: c.eval(_RENEW, 1, key, token, life_ms))
            if kept == 0:
                _log.warning("lease was lost while held", life_s=self._life_s)
                return

    async def _call(self, doing: str, call: Callable[[Any], Awaitable[_T]]) -> _T | None:
        from redis.exceptions import RedisError

        if self._client is None or not self._breaker.admit():
            return None
        try:
            async with asyncio.timeout(_CALL_S):
                found = await call(self._client)
        except (RedisError, OSError) as error:  # TimeoutError is an OSError
            self._breaker.trip(doing, error)
            return None
        self._breaker.mend()
        return found

    @contextlib.contextmanager
    def _told(self, key: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever somebody tells that this lease is free."""
        event = asyncio.Event()
        self._waiters.setdefault(key, set()).add(event)
        try:
            yield event
        finally:
            self._waiters[key].discard(event)
            if not self._waiters[key]:
                del self._waiters[key]

    async def _listen(self, client: "Redis") -> None:
        from redis.exceptions import RedisError

        while True:
            try:
                async with client.pubsub(ignore_subscribe_messages=True) as channel:
                    await channel.subscribe(_CHANNEL)
                    while True:
                        self._tell(await channel.get_message(timeout=_LISTEN_S))
            except (RedisError, OSError) as error:
                self._breaker.trip("listening", error)
            await asyncio.sleep(1.0)

    def _tell(self, message: dict[str, Any] | None) -> None:
        if message is not None:
            for event in self._waiters.get(message["data"].decode(), ()):
                event.set()


async def _knock_later(freed: asyncio.Event) -> None:
    """Waits to be told, but not long; spread, so that many waiters do not knock in step."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_KNOCK_S * random.uniform(0.5, 1.0)):  # noqa: S311 - no secret
            await freed.wait()
    freed.clear()
