"""One line on standard error that says how far a measurement is; silent where that is not a terminal.

It must never touch standard output, which carries tables and JSON.
"""

import sys
import time


class Progress:
    """Rewrites its line at most ten times a second; `label` names what is being measured."""

    _INTERVAL_S = 0.1

    def __init__(self, label: str, *, expected: int | None = None) -> None:
        self._label = label
        self._expected = expected
        self._started_s = time.monotonic()
        self._shown_s = 0.0
        self._visible = sys.stderr.isatty()

    def show(self, done: int) -> None:
        now_s = time.monotonic()
        if self._visible and now_s - self._shown_s >= self._INTERVAL_S:
            self._shown_s = now_s
            elapsed_s = max(now_s - self._started_s, 1e-9)
            of = f" of {self._expected:,}" if self._expected else ""
            self._write(
                f"{self._label}: {elapsed_s:5.1f} s  {done:,}{of}  {done / elapsed_s:,.1f}/s"
            )

    def clear(self) -> None:
        if self._visible:
            self._write("")

    def _write(self, text: str) -> None:
        # "Erase to end of line" (ECMA-48 EL), so that a shorter line leaves nothing of the longer one.
        sys.stderr.write(f"\r{text}\x1b[K")
        sys.stderr.flush()
