"""A pause after trouble: what failed is left alone for some seconds, and says so in one log line per pause.

After a pause one call goes ahead to see; the others do not wait with it for what may still hang.

Pure bookkeeping over a clock; it must never decide what trouble is.
"""

import time
from collections.abc import Callable

import structlog

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


class Breaker:
    """Lets calls through until `trip`, then not for `pause_s`, then one, and all again after `mend`."""

    def __init__(
        self, what: str, pause_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._what = what
        self._pause_s = pause_s
        self._clock = clock
        self._shut_until = float("-inf")
        self._in_doubt = False
        self._looking = False

    @property
    def lets_through(self) -> bool:
        return self._clock() >= self._shut_until

    @property
    def in_doubt(self) -> bool:
        """Whether there was trouble and no call has gone well since."""
        return self._in_doubt

    def admit(self) -> bool:
        """Whether this call may go ahead; one that does tells how it went by `mend` or `trip`."""
        if not self.lets_through:
            return False
        if self._in_doubt:
            self._looking = True
            self._shut_until = self._clock() + self._pause_s
        return True

    def mend(self) -> None:
        """A call went well: no more doubt, unless trouble has come since from another one."""
        if self._in_doubt and (self._looking or self.lets_through):
            self._in_doubt = self._looking = False
            self._shut_until = float("-inf")

    def trip(self, doing: str, error: BaseException) -> None:
        """Starts a pause; trouble that arrives during one (from calls under way) is not told again.

        The line names the class of the error only: texts of clients may hold addresses and passwords.
        """
        if not (self.lets_through or self._looking):
            return
        self._in_doubt, self._looking = True, False
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
