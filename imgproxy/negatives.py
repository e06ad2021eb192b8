"""Failures remembered for a while, so that what fails is not tried again by everybody who asks.

    first time              NEGATIVE_S
    every further time      twice as long as the last, up to MAX_NEGATIVE_S; trouble that passes by itself (a status
                            of 502 and above) up to MAX_TROUBLE_S, or an outage would outlast itself
    a success, a purge      forgotten, and the next failure is a first one

Bounded; nothing here waits, and nothing here knows what was tried.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, NamedTuple, TypeVar

from imgproxy.errors import ImageError

NEGATIVE_S = 10.0
MAX_NEGATIVE_S = 600.0
MAX_TROUBLE_S = 60.0

_K = TypeVar("_K", bound=Hashable)


class _Failed(NamedTuple):
    until: float
    pause_s: float
    error: ImageError


class Negatives(Generic[_K]):
    """At most `most` failures by key; those that failed longest ago go first."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._held: OrderedDict[_K, _Failed] = OrderedDict()

    def __len__(self) -> int:
        return len(self._held)

    def recall(self, key: _K) -> ImageError | None:
        """A fresh copy of the error that was met last, while it counts."""
        failed = self._held.get(key)
        return anew(failed.error) if failed and self._clock() < failed.until else None

    def check(self, key: _K, kind: type[ImageError] = ImageError) -> None:
        """Raises that copy, if it is one of `kind`; from here, as a frame that holds what it raises is garbage in a circle."""
        failed = self._held.get(key)
        if failed and self._clock() < failed.until and isinstance(failed.error, kind):
            raise anew(failed.error)

    def remember(self, key: _K, error: ImageError) -> float:
        """For how many seconds it counts now."""
        before = self._held.pop(key, None)
        most_s = MAX_TROUBLE_S if error.status > 500 else MAX_NEGATIVE_S
        pause_s = min(before.pause_s * 2, most_s) if before else NEGATIVE_S
        # without its traceback, which would keep the whole request that met it
        self._held[key] = _Failed(self._clock() + pause_s, pause_s, anew(error))
        while len(self._held) > self._most:
            self._held.popitem(last=False)
        return pause_s

    def forget(self, key: _K) -> None:
        self._held.pop(key, None)


def anew(error: ImageError) -> ImageError:
    """The same error for another caller, who shall not see the way it took to the first."""
    return type(error)(*error.args)
