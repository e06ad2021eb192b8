"""Purges among nodes: a hash in Redis that holds everybody's journal, and a channel that tells what is new.

    tell     the entry into the hash, if it is newer than the one there, and onto the channel, in one script
    hear     a message; after every (re)connection the whole hash, to which is added what is known here alone

What cannot be told waits here and goes out with the next connection, so a purge during an outage reaches the others when it
ends.  Redis away never delays a purge of the own node by more than a call's deadline.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import msgspec

from imgproxy.breaker import Breaker
from imgproxy.clients import redis_client
from imgproxy.purging import Purge

if TYPE_CHECKING:
    from redis.asyncio import Redis

_CHANNEL = "darkroom:purges:told"
_JOURNAL = "darkroom:purges:journal"
_PAUSE_S = 1.0
_SILENCE_S = 30.0  # the breaker only spaces log lines here
_LISTEN_S = 1.0
_CALL_S = 1.0
_MERGE_S = 10.0

_TELL = """
if tonumber(redis.call('hget', KEYS[1], ARGV[1]) or '0') >= tonumber(ARGV[2]) then return 0 end
redis.call('hset', KEYS[1], ARGV[1], ARGV[2])
redis.call('publish', ARGV[3], ARGV[4])
return 1
"""

_encode = msgspec.json.Encoder().encode
_message = msgspec.json.Decoder(Purge)


class Nodes:
    """The others behind the Redis at `url`. `hear` gets every purge that arrives, `known` gives all there are here."""

    def __init__(
        self, url: str, hear: Callable[[Purge], None], known: Callable[[], Iterable[Purge]]
    ) -> None:
        self._url = url
        self._hear, self._known = hear, known
        self._breaker = Breaker("redis purges", _SILENCE_S)
        self._client: Redis | None = None
        self._listening: asyncio.Task[None] | None = None
        self._untold = False

    async def start(self) -> None:
        """Starts listening; a Redis that is away is no reason not to. Raises ValueError for a bad URL."""
        self._client = redis_client(self._url)
        self._listening = asyncio.create_task(self._listen(self._client), name="purge listener")

    async def close(self) -> None:
        client, self._client = self._client, None
        if self._listening:
            self._listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listening
        if client:
            await client.aclose()

    async def tell(self, purge: Purge) -> bool:
        """Whether it was told now; else it is told when Redis is back."""
        from redis.exceptions import RedisError

        assert self._client is not None  # told between start and close
        try:
            async with asyncio.timeout(_CALL_S):
                await _tell(self._client, purge)
        except (RedisError, OSError) as error:  # TimeoutError is an OSError
            self._breaker.trip("telling", error)
            self._untold = True
            return False
        return True

    async def _listen(self, client: "Redis") -> None:
        from redis.exceptions import RedisError

        while True:
            try:
                async with client.pubsub() as channel:
                    await channel.subscribe(_CHANNEL)
                    while True:
                        await self._merge(client)
                        if message := await channel.get_message(timeout=_LISTEN_S):
                            self._take(message)
            except (RedisError, OSError, msgspec.DecodeError) as error:
                self._breaker.trip("listening", error)
            await asyncio.sleep(_PAUSE_S)

    def _take(self, message: dict[str, Any]) -> None:
        """News; or a subscription, after which something may be missing: the client makes a lost one anew by itself."""
        if message["type"] == "message":
            self._hear(_message.decode(message["data"]))
        else:
            self._untold = True

    async def _merge(self, client: Any) -> None:
        """Everything there to here and the other way round, when something may be missing."""
        if not self._untold:
            return
        async with asyncio.timeout(_MERGE_S):
            held = await client.hgetall(_JOURNAL)
            for pattern, stamp in held.items():
                self._hear(_message.decode(b'{"stamp":%b,"pattern":%b}' % (stamp, pattern)))
            for purge in self._known():
                if int(held.get(_encode(purge.pattern), 0)) < purge.stamp:
                    await _tell(client, purge)
        self._untold = False


async def _tell(client: Any, purge: Purge) -> None:
    pattern, message = _encode(purge.pattern), _encode(purge)
    await client.eval(_TELL, 1, _JOURNAL, pattern, str(purge.stamp), _CHANNEL, message)
