"""Several origins asked in order: the first that has the original gives it.

An origin in trouble is not passed over: what a later one holds might be another, older picture.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import msgspec

from imgproxy.errors import NotFound
from imgproxy.origins import Origin
from imgproxy.values import Located, Original, Source


class FirstOf:
    """An Origin made of others; earlier ones win."""

    def __init__(self, *origins: Origin) -> None:
        self._origins = origins

    def peek(self, source: Source) -> Located | None:
        """`None` as soon as an origin would have to be asked. Raises NotFound when all know it is absent."""
        for index, origin in enumerate(self._origins):
            try:
                located = origin.peek(source)
            except NotFound:
                continue
            return located and _marked(located, index)
        raise NotFound(source.public_id)

    async def locate(self, source: Source) -> Located:
        for index, origin in enumerate(self._origins):
            try:
                return _marked(await origin.locate(source), index)
            except NotFound:
                continue
        raise NotFound(source.public_id)

    @asynccontextmanager
    async def open(self, located: Located) -> AsyncIterator[Original]:
        origin, inner = self._behind(located)
        async with origin.open(inner) as original:
            yield original

    def forget(self, source: Source) -> None:
        for origin in self._origins:
            origin.forget(source)

    def believe(self, located: Located) -> None:
        index = located.place.partition(":")[0]
        # what was known under other settings may come from an origin that is not here any more
        if index.isdecimal() and int(index) < len(self._origins):
            origin, inner = self._behind(located)
            origin.believe(inner)

    async def start(self) -> None:
        """Opens all of them, or none when one fails."""
        async with AsyncExitStack() as opened:
            for origin in self._origins:
                await origin.start()
                opened.push_async_callback(origin.close)
            opened.pop_all()

    async def close(self) -> None:
        async with AsyncExitStack() as closing:
            for origin in self._origins:
                closing.push_async_callback(origin.close)

    def _behind(self, located: Located) -> tuple[Origin, Located]:
        index, _, place = located.place.partition(":")
        return self._origins[int(index)], msgspec.structs.replace(located, place=place)


def _marked(located: Located, index: int) -> Located:
    return msgspec.structs.replace(located, place=f"{index}:{located.place}")
