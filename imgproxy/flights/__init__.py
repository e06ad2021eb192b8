"""One render per key at a time, across the workers of a node and, with Redis, across nodes.

The seam is a lease: whoever holds it renders, the others wait for it and then look into the shared caches.
A holder that dies frees it. This room must never know what is rendered.
"""

from contextlib import AbstractAsyncContextManager
from typing import Protocol


class Leases(Protocol):
    """Mutual exclusion by name among processes; one contract suite for all implementations."""

    def hold(self, name: str) -> AbstractAsyncContextManager[bool]:
        """Waits until the lease is free and takes it for the block.

        Gives True when somebody else held it first, so that looking into the caches again is worth it.
        Trouble (disk full, Redis away) degrades to holding without exclusion, with a log line.
        """
        ...

    async def start(self) -> None:
        """Opens clients."""
        ...

    async def close(self) -> None:
        """Closes clients."""
        ...
