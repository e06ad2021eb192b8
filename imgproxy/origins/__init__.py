"""Where originals live. This module holds the seam; each place is a file beside it.

An origin answers two questions: is there such an original and which version is it (`locate`), and where are
its bytes (`open`). It must never decode a picture, and nothing outside it hears of folders, buckets or botocore.

A place in trouble does not take back what it said: for STALE_S what was known goes on being given, as not `fresh`.
A place that says an original is gone does.
"""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from imgproxy.values import Located, Original, Source

STALE_S = 86_400.0
"""How long past its time something known is given while nobody could look again."""


class Origin(Protocol):
    """One place of originals; one contract suite in the tests runs against every implementation."""

    def peek(self, source: Source) -> Located | None:
        """What is known without waiting: a stat of a local file, a remembered ETag. `None`: ask `locate`.

        Raises NotFound when absence itself is known without waiting.
        """
        ...

    async def locate(self, source: Source) -> Located:
        """The original and its present version. Raises NotFound, OriginFailed, OriginTimedOut."""
        ...

    def open(self, located: Located) -> AbstractAsyncContextManager[Original]:
        """The bytes as a local file for as long as the block lasts.

        Raises NotFound (it went away), LimitExceeded (more bytes than allowed), OriginFailed, OriginTimedOut.
        """
        ...

    def forget(self, source: Source) -> None:
        """The next question is asked of the place itself: what is remembered, good or bad, was purged."""
        ...

    def believe(self, located: Located) -> None:
        """Known from before this process: given as not `fresh` until the place could be asked."""
        ...

    async def start(self) -> None:
        """Opens clients; called once in the event loop that will use them."""
        ...

    async def close(self) -> None:
        """Closes clients; the origin is not used afterwards."""
        ...
