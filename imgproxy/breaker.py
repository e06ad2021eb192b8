"""A pause after trouble: what failed is left alone for some seconds, and says so in one log line per pause.

Pure bookkeeping over a clock; it must never decide what trouble is.
"""

import time
from collections.abc import Callable

import structlog

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


class Breaker:
    """Lets calls through until `trip`, then not for `pause_s`, then again."""

    def __init__(
        self, what: str, pause_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._what = what
        self._pause_s = pause_s
        self._clock = clock
        self._shut_until = float("-inf")

    @property
    def lets_through(self) -> bool:
        return self._clock() >= self._shut_until

    def trip(self, doing: str, error: BaseException) -> None:
        """Starts a pause; trouble that arrives during one (from calls under way) is not told again.

        The line names the class of the error only: texts of clients may hold addresses and passwords.
        """
        if not self.lets_through:
            return
        self._shut_until = self._clock() + self._pause_s
        number = getattr(error, "errno", None)
        trouble = type(error).__name__ + (f" {number}" if number else "")
        _log.warning(
            "in trouble, skipped for a while",
            what=self._what,
            doing=doing,
            trouble=trouble,
            pause_s=self._pause_s,
        )
