"""What a large render leaves in the allocator goes back to the system, once nobody waits for the next one.

glibc keeps freed memory for later.  Measured, resident MB above an idle process, of a 24-megapixel JPEG to 800 px:

                                    peak   12 renders with a master later
    two arenas, as glibc likes it    79    74   libvips' worker thread has one, which is hardly ever given back
    one arena                        57    44   as fast: of two threads one is always waiting for the other
    one arena, and this room         51     7

To give it back after each render would cost a fault for every page of the next one, a tenth of its time; so it is done in
a pause, and only where there is much.  Left alone, glibc gives the top of its heap back whenever twice the largest block is
free there: libjxl, which asks for and frees many times a render, spent two fifths of its time on faults.  Nothing but memory
may depend on this room.
"""

import ctypes
import os
import select
import sys
from pathlib import Path
from typing import BinaryIO

ENVIRONMENT = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": str(32 * 1024 * 1024),
    "MALLOC_TRIM_THRESHOLD_": str(64 * 1024 * 1024),
}
"""What glibc reads when a process starts: one heap, for blocks up to 32 MB, whose free top is kept up to 64 MB.

Blocks that were mapped each time, from 4 MB on, make a page of AVIF originals take a third longer.
"""

PAUSE_S = 0.5
KEPT_BYTES = 16 * 1024 * 1024
"""What a process may hold above what it held when it was warm: buffers that the next render fills again."""


class Thrift:
    """Knows what the process held when this was made; does nothing where there is no glibc."""

    def __init__(self) -> None:
        self._warm_bytes = _resident_bytes()

    def rest(self, jobs: BinaryIO) -> None:
        """Waits for the next job, but not long; then gives back what is too much."""
        if not select.select([jobs], [], [], PAUSE_S)[0]:
            self.give_back()

    def give_back(self) -> None:
        """Freed pages, whichever part of the process freed them."""
        if _resident_bytes() > self._warm_bytes + KEPT_BYTES:
            trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
            if trim is not None:
                trim(0)


def _resident_bytes() -> int:
    if sys.platform != "linux":
        return 0
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
