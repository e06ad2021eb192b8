"""How long work may go on in a server that was told to stop.

    told to stop ── GRACE_S ──▶ end() ──▶ whoever still waits inside `until_over` gets Overloaded

A server finishes what is under way before it stops.  A client that sends a byte now and then would hold it up until it is
killed, in mid work and with files left behind; so after a while work ends by itself, and takes back what it began.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from imgproxy.errors import Overloaded

GRACE_S = 5.0
"""Half of what Docker waits before it kills, a third of what `python -m api` does: the other half is for ending."""


class Grace:
    """Holds whatever goes on inside `until_over`; one per server process."""

    def __init__(self) -> None:
        self._waits: set[asyncio.Timeout] = set()
        self._is_over = False

    @asynccontextmanager
    async def until_over(self) -> AsyncIterator[None]:
        """For work of any length. Raises Overloaded at its next wait once the grace is over."""
        wait = asyncio.timeout(0 if self._is_over else None)
        try:
            async with wait:
                self._waits.add(wait)
                try:
                    yield
                finally:
                    self._waits.discard(wait)
        except TimeoutError:
            if wait.expired():
                raise Overloaded("the server is stopping") from None
            raise

    def end(self) -> None:
        """It is over."""
        if self._is_over:
            return
        self._is_over = True
        now = asyncio.get_running_loop().time()
        for wait in self._waits:
            wait.reschedule(now)
