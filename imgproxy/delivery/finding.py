"""Which originals a request is about, in the version they have now: what the origin knows, and what a purge undid.

An absent layer is told as one, so that nobody looks for the picture itself.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from imgproxy.errors import NotFound, ReferenceNotFound
from imgproxy.origins import Origin
from imgproxy.purging.purges import Purges
from imgproxy.request import RenderRequest
from imgproxy.values import Located, Source

_MAX_LOOKED = 50_000


class Finding:
    """Asks one origin; remembers only which of its answers are younger than the purges."""

    def __init__(self, origin: Origin, purges: Purges) -> None:
        self._origin = origin
        self._purges = purges
        self._looked: dict[Source, int] = {}

    def peek(self, request: RenderRequest) -> tuple[tuple[Located, ...] | None, int]:
        """The original and those of its layers if they are known without waiting, and the stamp of their newest purge.

        Raises NotFound when absence is known, ReferenceNotFound for a layer.
        """
        purged = self._purges.stamp(request.source, request.needs)
        if purged and self._must_look(request, purged):
            return None, purged
        located = self._origin.peek(request.source)
        if located is None:
            return None, purged
        if not request.needs:
            return (located,), purged
        layers = self._peek_layers(request)
        return (None if layers is None else (located, *layers)), purged

    async def locate(self, request: RenderRequest) -> tuple[tuple[Located, ...], int]:
        """The same, waiting for the origin where need be. Raises what the origin raises, ReferenceNotFound for a layer."""
        purged = self._purges.stamp(request.source, request.needs)
        if purged and self._must_look(request, purged):
            await self._look_anew(request, purged)
        located = self._origin.peek(request.source) or await self._origin.locate(request.source)
        found = [located]
        for source in request.needs:
            with _as_reference(source):
                found.append(self._origin.peek(source) or await self._origin.locate(source))
        return tuple(found), purged

    def _must_look(self, request: RenderRequest, purged: int) -> bool:
        """What the origin remembers from before a purge does not count."""
        sources = (request.source, *request.needs)
        return any(self._looked.get(source, 0) < purged for source in sources)

    async def _look_anew(self, request: RenderRequest, purged: int) -> None:
        await self._origin.locate(request.source)
        for source in request.needs:
            with _as_reference(source):
                await self._origin.locate(source)
        if len(self._looked) > _MAX_LOOKED:
            self._looked.clear()
        self._looked.update(dict.fromkeys((request.source, *request.needs), purged))

    def _peek_layers(self, request: RenderRequest) -> tuple[Located, ...] | None:
        found = []
        for source in request.needs:
            with _as_reference(source):
                found.append(self._origin.peek(source))
        return None if None in found else tuple(filter(None, found))


@contextmanager
def _as_reference(source: Source) -> Iterator[None]:
    try:
        yield
    except NotFound:
        raise ReferenceNotFound(source.public_id) from None
