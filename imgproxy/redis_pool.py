"""Connections to Redis, none of which is lost by a caller who is cancelled while he gives it back.

redis-py waits for a lock there; a task cancelled at that moment leaves a connection that nobody knows and nobody closes.
Imported only when a Redis is used (`clients`). Nothing here knows what is asked.
"""

import asyncio

from redis.asyncio import BlockingConnectionPool
from redis.asyncio.connection import AbstractConnection


class Pool(BlockingConnectionPool):
    """Lets a caller wait for a free connection, because a plain pool refuses its 17th caller."""

    async def release(self, connection: AbstractConnection) -> None:
        """Takes it back, whatever becomes of the caller."""
        await asyncio.shield(super().release(connection))
