"""One line that says how far the drawing is."""

import sys
from typing import TextIO

BAR = 28


def print_progress(done: int, total: int, name: str, out: TextIO | None = None) -> None:
    """A bar that rewrites itself on a terminal; a plain line per photo elsewhere (logs, CI)."""
    stream = out or sys.stderr
    if not stream.isatty():
        stream.write(f"demo photos {done}/{total} {name}\n")
    else:
        filled = BAR * done // max(1, total)
        end = "\n" if done >= total else ""
        stream.write(
            f"\r\x1b[2KDrawing demo photos  {'█' * filled}{'░' * (BAR - filled)}  {done}/{total}  {name}{end}"
        )
    stream.flush()
