"""Where originals live. This module holds the seam; each place is a file beside it.

An origin answers two questions: is there such an original and which version is it (`locate`), and where are
its bytes (`open`). It must never decode a picture, and nothing outside it hears of folders, buckets or botocore.
"""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from imgproxy.values import Located, Original, Source


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

    async def start(self) -> None:
        """Opens clients; called once in the event loop that will use them."""
        ...

    async def close(self) -> None:
        """Closes clients; the origin is not used afterwards."""
        ...
