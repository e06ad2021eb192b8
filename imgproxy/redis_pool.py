"""Connections to Redis of which a caller who is cancelled loses none, and that never lose his cancellation.

redis-py waits for a lock when a connection is given back; a task cancelled at that moment leaves one that nobody knows and
nobody closes. It also sends within `asyncio.wait_for`, which up to Python 3.11 forgets a cancellation that comes in the turn
of the loop in which the sending ends: the caller goes on, and whoever waits for his end waits for ever.

Imported only when a Redis is used (`clients`). Nothing here knows what is asked.
"""

import asyncio
from collections.abc import Iterable
from typing import Any

from redis.asyncio import BlockingConnectionPool, Connection, SSLConnection
from redis.asyncio.connection import AbstractConnection, UnixDomainSocketConnection


class _Heeding(AbstractConnection):
    """Heeds a cancellation that the library forgot."""

    async def send_packed_command(
        self, command: bytes | str | Iterable[bytes], check_health: bool = True
    ) -> None:
        asked_before = _times_cancelled()
        await super().send_packed_command(command, check_health)
        if _times_cancelled() > asked_before:
            await self.disconnect(nowait=True)  # the answer that comes now is nobody's
            raise asyncio.CancelledError


class _Plain(_Heeding, Connection):
    pass


class _Secure(_Heeding, SSLConnection):
    pass


class _Local(_Heeding, UnixDomainSocketConnection):
    pass


_HEEDING: dict[type[AbstractConnection], type[AbstractConnection]] = {
    Connection: _Plain,
    SSLConnection: _Secure,
    UnixDomainSocketConnection: _Local,
}


class Pool(BlockingConnectionPool):
    """Lets a caller wait for a free connection, because a plain pool refuses its 17th caller."""

    def __init__(
        self, connection_class: type[AbstractConnection] = Connection, **options: Any
    ) -> None:
        super().__init__(connection_class=_HEEDING[connection_class], **options)

    async def release(self, connection: AbstractConnection) -> None:
        """Takes it back, whatever becomes of the caller."""
        await asyncio.shield(super().release(connection))


def _times_cancelled() -> int:
    task = asyncio.current_task()
    return task.cancelling() if task else 0
