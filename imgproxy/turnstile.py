"""Those who ask for something new come in one by one, so that whoever asks for what is there passes by.

A round of the event loop does all that has come since the last one.  A miss takes about a millisecond in all, in several
rounds, so that sixty at once would keep a hit waiting for longer than it may; one by one they spread.
This room knows nothing of requests.
"""

import asyncio
from collections import deque

from imgproxy.errors import Overloaded


class Turnstile:
    """One per round, in the order in which they came; at most `most` wait."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._is_taken = False

    async def enter(self) -> None:
        """At once for the first of a round. Raises Overloaded when too many wait."""
        loop = asyncio.get_running_loop()
        if not self._is_taken:
            self._is_taken = True
            loop.call_soon(self._next)
            return
        if len(self._waiting) >= self._most:
            raise Overloaded(f"{self._most} requests wait to be read")
        turn = loop.create_future()
        self._waiting.append(turn)
        await turn

    def _next(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():  # or who waited has left
                turn.set_result(None)
                asyncio.get_running_loop().call_soon(self._next)
                return
        self._is_taken = False
