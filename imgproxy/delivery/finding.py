"""Which originals a request is about, in the version they have now: what the origin knows, and what a purge undid.

An absent layer is told as one, so that nobody looks for the picture itself; asset data may be absent.  A place in trouble
that this process has never found anything in is helped out with what was noted beside the answers.
"""

from imgproxy import asset
from imgproxy.delivery.notes import Notes
from imgproxy.errors import NotFound, OriginFailed, OriginTimedOut, ReferenceNotFound
from imgproxy.origins import Origin
from imgproxy.purging.purges import Purges
from imgproxy.request import RenderRequest
from imgproxy.values import Located, Source

_MAX_LOOKED = 50_000


class Finding:
    """Asks one origin; what it remembers from before a purge does not count."""

    def __init__(self, origin: Origin, purges: Purges, notes: Notes) -> None:
        self._origin = origin
        self._purges = purges
        self._notes = notes
        self._looked: dict[Source, int] = {}

    def peek(self, request: RenderRequest) -> tuple[tuple[Located, ...] | None, int]:
        """The original and those of its layers if they are known without waiting, and the stamp of their newest purge.

        Raises NotFound when absence is known, ReferenceNotFound for a layer.
        """
        purged = self._purges.stamp(request.source, request.needs)
        if purged and self._must_look(request, purged):
            return None, purged
        try:
            located = self._origin.peek(request.source)
            if located is None:
                return None, purged
            if not request.needs:
                return (located,), purged
            return self._peek_layers(located, request), purged
        except OriginFailed:
            return None, purged  # whoever may wait knows what to do about it

    async def locate(self, request: RenderRequest) -> tuple[tuple[Located, ...], int]:
        """The same, waiting for the origin where need be. Raises what the origin raises, ReferenceNotFound for a layer."""
        purged = self._purges.stamp(request.source, request.needs)
        if purged and self._must_look(request, purged):
            self._forget(request, purged)
        found = [await self._locate(request.source)]
        for source in request.needs:
            try:
                found.append(_checked(await self._locate(source)))
            except NotFound:
                found.append(_missing(source))
        return tuple(found), purged

    async def _locate(self, source: Source) -> Located:
        try:
            return self._origin.peek(source) or await self._origin.locate(source)
        except (OriginFailed, OriginTimedOut):
            noted = await self._notes.version(source)
            if noted is None:
                raise
            self._origin.believe(noted)
            return noted

    def _must_look(self, request: RenderRequest, purged: int) -> bool:
        """What the origin remembers from before a purge does not count."""
        sources = (request.source, *request.needs)
        return any(self._looked.get(source, 0) < purged for source in sources)

    def _forget(self, request: RenderRequest, purged: int) -> None:
        if len(self._looked) > _MAX_LOOKED:
            self._looked.clear()
        for source in (request.source, *request.needs):
            self._origin.forget(source)
            self._looked[source] = purged

    def _peek_layers(self, located: Located, request: RenderRequest) -> tuple[Located, ...] | None:
        found = [located]
        for source in request.needs:
            try:
                layer = self._origin.peek(source)
            except NotFound:
                layer = _missing(source)
            if layer is None:
                return None
            found.append(_checked(layer))
        return tuple(found)


def _missing(source: Source) -> Located:
    if asset.is_sidecar(source):
        return asset.absent(source)
    raise ReferenceNotFound(source.public_id) from None


def _checked(located: Located) -> Located:
    """Asset data has one name alone, where an original answers to several."""
    if asset.is_sidecar(located.source) and not asset.is_sidecar_name(located.place):
        return asset.absent(located.source)
    return located
