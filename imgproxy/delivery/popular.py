"""What the answers that were made or loaded here were asked by: a bounded table from key to request.

Written on the way of a miss alone; how often an answer is asked for, the memory tier knows.
"""

from collections import OrderedDict
from collections.abc import Iterator
from typing import NamedTuple

from imgproxy.caches import Hot
from imgproxy.request import RenderRequest
from imgproxy.values import CacheKey, Rendered

MIN_BYTES = 2000
"""Below, next to nothing is to be had."""

_MAX_PIXELS = {"image/avif": 3_000_000}
_MAX_PIXELS_ELSE = 6_000_000
"""Above, a patient encoder takes more than a minute."""

FORMATS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/avif": "avif",
    "image/jxl": "jxl",
}
"""What a patient encoder may make better, by media type."""


class Candidate(NamedTuple):
    """A popular answer: under which key, by which request."""

    key: CacheKey
    request: RenderRequest
    rendered: Rendered


class Popular:
    """At most `most` keys; the one that was noted first goes first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._requests: OrderedDict[CacheKey, RenderRequest] = OrderedDict()

    def __len__(self) -> int:
        return len(self._requests)

    def note(self, key: CacheKey, request: RenderRequest, rendered: Rendered) -> None:
        """An answer that is held from now on, if it is one that may become better."""
        if rendered.refined or not _may_improve(rendered):
            return
        self._requests[key] = request
        while len(self._requests) > self._most:
            self._requests.popitem(last=False)

    def forget(self, key: CacheKey) -> None:
        """It is not to be looked at again."""
        self._requests.pop(key, None)

    def asked(self, memory: Hot) -> Iterator[Candidate]:
        """Those that memory holds and was asked for several times."""
        for key, request in tuple(self._requests.items()):
            rendered = memory.popular(key)
            if rendered is not None:
                yield Candidate(key, request, rendered)


def _may_improve(rendered: Rendered) -> bool:
    return (
        rendered.media_type in FORMATS
        and rendered.pages == 1
        and len(rendered.body) >= MIN_BYTES
        and rendered.width * rendered.height
        <= _MAX_PIXELS.get(rendered.media_type, _MAX_PIXELS_ELSE)
    )
