"""A bar on a terminal, or a line for every tenth where there is none."""

from typing import TextIO

_WIDTH = 30


class Bar:
    """Writes to `out`; `live`: the line may be written over."""

    def __init__(self, out: TextIO, *, live: bool) -> None:
        self._out, self._live = out, live
        self._last = ("", -1)
        self._is_open = False

    def show(self, what: str, done: int, total: int) -> None:
        """Nothing where the total is not known yet."""
        if not total:
            return
        tenth = done * 10 // total
        if self._live:
            full = done * _WIDTH // total
            line = f"{'█' * full}{'░' * (_WIDTH - full)} {done:,} of {total:,}"
            self._out.write(f"\r\x1b[2K{what} {line}")
            self._is_open = True
        elif (what, tenth) != self._last:
            self._last = what, tenth
            self._out.write(f"{what}: {done:,} of {total:,}\n")
        self._out.flush()

    def end(self) -> None:
        """What comes next stands in a line of its own."""
        if self._is_open:
            self._out.write("\r\x1b[2K")
            self._out.flush()
