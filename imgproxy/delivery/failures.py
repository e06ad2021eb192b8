"""Failures that depend on nothing but the request and the original, remembered for a short while.

So a request that kills or times out a renderer does not do so ten times a second.  Bounded; nothing here waits.
"""

from collections import OrderedDict
from collections.abc import Callable
from time import monotonic

from imgproxy.errors import ImageError
from imgproxy.values import CacheKey

NEGATIVE_S = 10.0
"""How long a failure is remembered."""

_MAX_FAILURES = 4096


class Failures:
    """The table of what failed; one per process."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._held: OrderedDict[CacheKey, tuple[float, ImageError]] = OrderedDict()

    def recall(self, key: CacheKey) -> ImageError | None:
        """A fresh copy of the error that this request met last, while it counts."""
        held = self._held.get(key)
        if held is None:
            return None
        until, error = held
        if until < self._clock():
            del self._held[key]
            return None
        return type(error)(*error.args)

    def remember(self, key: CacheKey, error: ImageError) -> None:
        """For NEGATIVE_S; the oldest go first when there are too many."""
        self._held[key] = (self._clock() + NEGATIVE_S, error)
        while len(self._held) > _MAX_FAILURES:
            self._held.popitem(last=False)
