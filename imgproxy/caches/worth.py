"""What an answer on disk is worth, and how fast that fades.

It is one number, the file's mtime. Requests count half as much after every half-life, and the number is the moment at
which a single request would count as much as all of them together (LRFU; D. Lee et al., IEEE Transactions on
Computers 50 (12), 2001). So a file that was asked for once has the time of that request, one that was asked for often
has a time in the future; nothing needs to be brought up to date while nobody asks, a sort by mtime is a sort by
worth, and processes share it without telling each other. Synchronous; it must never be called from the event loop.
"""

import contextlib
import math
import time
from pathlib import Path

_HALF_LIFE_S = 24 * 3600.0
_FILLS = 4
"""A half-life in times that it takes to write the whole budget: measured by benchmarks/evictions.py."""

_SHORTEST_S, _LONGEST_S = 60.0, 90 * 24 * 3600.0
_INERTIA = 0.7
_REFRESH_S = 60.0
_MOST_HALF_LIVES = 20.0
"""A million requests at once; what lies further in the future was set by a clock that was wrong."""


def asked_again(worth_s: float, now_s: float, half_life_s: float) -> float:
    """What a file is worth after one more request, given what it was worth before; at most some half-lives ahead."""
    ahead = min((worth_s - now_s) / half_life_s, _MOST_HALF_LIVES)
    # 2 ** ahead requests of this moment, and one more; written so that nothing overflows
    return now_s + half_life_s * (max(ahead, 0.0) + math.log2(1 + 2.0 ** -abs(ahead)))


def paced(half_life_s: float, since_s: float, share: float) -> float:
    """The half-life from now on, if it took `since_s` to write `share` of the budget (0 to 1)."""
    aim_s = min(_FILLS * since_s / max(share, 1e-6), _LONGEST_S)
    return max(_INERTIA * half_life_s + (1 - _INERTIA) * aim_s, _SHORTEST_S)


class Pace:
    """How long a request counts, as all processes of `root` agree: longer where the budget is written slowly."""

    def __init__(self, root: Path, max_bytes: int) -> None:
        self._path = root / "pace"
        self._max_bytes = max_bytes
        self._known_s = _HALF_LIFE_S
        self._read_s = float("-inf")

    @property
    def latest_s(self) -> float:
        """More than this no file can be worth. Raises OSError."""
        return time.time() + _MOST_HALF_LIVES * self.half_life_s

    @property
    def half_life_s(self) -> float:
        """Read again once a minute. Raises OSError."""
        if time.monotonic() - self._read_s > _REFRESH_S:
            self._read_s = time.monotonic()
            self._known_s = self._read()
        return self._known_s

    def evicted(self, dropped_bytes: int) -> None:
        """As much as this was written since the last eviction; the caller holds the lock. Raises OSError."""
        half_life_s = self._read()
        with contextlib.suppress(FileNotFoundError):
            since_s = max(0.0, time.time() - self._path.stat().st_mtime)
            half_life_s = paced(half_life_s, since_s, dropped_bytes / self._max_bytes)
        self._path.write_text(f"{half_life_s:.0f}")

    def _read(self) -> float:
        try:
            half_life_s = float(self._path.read_text())
        except (FileNotFoundError, ValueError):  # nobody evicted yet, or one is writing just now
            return _HALF_LIFE_S
        return min(max(half_life_s, _SHORTEST_S), _LONGEST_S)
