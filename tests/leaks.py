"""What a run can leave behind: child processes, threads, and memory or files of libvips.

Looks only; it never ends or frees anything, so that a leak stays visible.
"""

import ctypes
import gc
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

_PATIENCE_S = 5.0
# Pictures that modules keep on purpose (tables of colours, a font's glyphs) are far below this; one leaked photo is
# above it.
_MAX_TRACKED_BYTES = 1_000_000


def processes() -> set[psutil.Process]:
    """Children of this process and theirs, without the interpreter's own housekeeper."""
    return {child for child in psutil.Process().children(recursive=True) if _counts(child)}


def found(before: set[psutil.Process], *, pictures: bool) -> list[str]:
    """One line per thing that is still there after a moment's patience; empty when all is well."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        left = [*_processes(before), *_threads(), *(_pictures() if pictures else ())]
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.1)


def _counts(child: psutil.Process) -> bool:
    try:
        running = child.status() != psutil.STATUS_ZOMBIE
        return running and "multiprocessing.resource_tracker" not in " ".join(child.cmdline())
    except psutil.Error:
        return False


def _processes(before: set[psutil.Process]) -> Iterator[str]:
    for child in processes() - before:
        try:
            yield f"process {child.pid}: {' '.join(child.cmdline())[:200]}"
        except psutil.NoSuchProcess:
            continue


def _threads() -> Iterator[str]:
    for thread in threading.enumerate():
        if not thread.daemon and thread is not threading.main_thread():
            yield f"thread {thread.name}"


def _pictures() -> Iterator[str]:
    if (libvips := _libvips()) is None:
        return
    sys.modules["pyvips"].cache_set_max(0)
    gc.collect()
    if files := libvips.vips_tracked_get_files():
        yield f"libvips: {files} open files"
    if (held := libvips.vips_tracked_get_mem()) > _MAX_TRACKED_BYTES:
        yield f"libvips: {held} bytes of pictures"


def _libvips() -> ctypes.CDLL | None:
    """The very library that pyvips has loaded; pyvips has no names for the two counters."""
    maps = Path("/proc/self/maps")
    if "pyvips" not in sys.modules or not maps.exists():
        return None
    for line in maps.read_text().splitlines():
        path = line.partition("/")[2]
        if path.rpartition("/")[2].startswith("libvips") and ".so" in path:
            library = ctypes.CDLL(f"/{path}")
            library.vips_tracked_get_mem.restype = ctypes.c_size_t
            return library
    return None
