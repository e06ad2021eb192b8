"""Origins side by side: the delivery type of a source says which one is asked."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack

from imgproxy.origins import Origin
from imgproxy.values import Located, Original, Source


class ByKind:
    """An Origin made of others: those of `kinds` for their delivery type, `otherwise` for all the rest."""

    def __init__(self, kinds: Mapping[str, Origin], otherwise: Origin) -> None:
        self._kinds = kinds
        self._otherwise = otherwise

    def peek(self, source: Source) -> Located | None:
        return self._of(source).peek(source)

    async def locate(self, source: Source) -> Located:
        return await self._of(source).locate(source)

    def open(self, located: Located) -> AbstractAsyncContextManager[Original]:
        return self._of(located.source).open(located)

    def forget(self, source: Source) -> None:
        self._of(source).forget(source)

    def believe(self, located: Located) -> None:
        self._of(located.source).believe(located)

    async def start(self) -> None:
        """Opens all of them, or none when one fails."""
        async with AsyncExitStack() as opened:
            for origin in self._all():
                await origin.start()
                opened.push_async_callback(origin.close)
            opened.pop_all()

    async def close(self) -> None:
        async with AsyncExitStack() as closing:
            for origin in self._all():
                closing.push_async_callback(origin.close)

    def _of(self, source: Source) -> Origin:
        return self._kinds.get(source.kind, self._otherwise)

    def _all(self) -> list[Origin]:
        return [*self._kinds.values(), self._otherwise]
