"""What a tree of processes costs, read from Linux's /proc: CPU time and resident memory.

The whole tree counts, since a server's work may be done by workers and renderers.  It must never signal a process.
"""

import contextlib
import os
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from benchmarks.errors import CannotRun

_PROC = Path("/proc")


class Memory(Struct):
    """Resident bytes: of the tree before, of the tree at its highest sample, and of its largest process ever.

    The sum over a tree counts pages that processes share once for each, so it is an upper bound.
    `largest_bytes` is the kernel's own high-water mark (VmHWM), which no sampling can miss.
    """

    idle_bytes: int = 0
    peak_bytes: int = 0
    largest_bytes: int = 0


class _Stat(Struct, frozen=True):
    parent: int
    cpu_ticks: int


class Member(Struct, frozen=True):
    """One process of a tree; `cpu_s` is its own and that of children it has waited for."""

    pid: int
    command: str
    resident_bytes: int
    parent: int
    cpu_s: float


def members(root: int) -> list[Member]:
    """A process and all its descendants as they are now."""
    stats = _stats()
    return [
        Member(
            pid,
            (_read(pid, "cmdline") or "").replace("\0", " "),
            _resident_of(pid),
            stats[pid].parent,
            stats[pid].cpu_ticks / os.sysconf("SC_CLK_TCK"),
        )
        for pid in _tree(root, stats)
    ]


def cpu_seconds(root: int) -> float:
    """User and system time of a process and all its descendants, those that died and were waited for included."""
    stats = _stats()
    ticks = sum(stats[pid].cpu_ticks for pid in _tree(root, stats))
    return ticks / os.sysconf("SC_CLK_TCK")


def high_water_bytes(pid: int) -> int:
    """The most resident memory that a process ever had since it was executed; 0 where it has gone.

    Not getrusage's ru_maxrss: that one survives exec, so a child reports what its parent weighed when it forked.
    """
    text = _read(pid, "status") or ""
    return next(
        (int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("VmHWM:")), 0
    )


@contextlib.contextmanager
def watch_memory(root: int, *, interval_s: float = 0.005) -> Iterator[Memory]:
    """Samples the tree until the block ends; the figures are complete after it."""
    memory = Memory(idle_bytes=_resident_bytes(root))
    done = threading.Event()
    sampler = threading.Thread(target=_sample, args=(root, memory, interval_s, done), daemon=True)
    sampler.start()
    try:
        yield memory
    finally:
        done.set()
        sampler.join()


def _sample(root: int, memory: Memory, interval_s: float, done: threading.Event) -> None:
    members: list[int] = []
    refreshed_s = 0.0
    while True:
        last = done.is_set()
        # Listing every process of the machine costs a hundred times what reading a few does.
        if last or time.monotonic() - refreshed_s > 0.1:
            members, refreshed_s = _tree(root, _stats()), time.monotonic()
        memory.peak_bytes = max(memory.peak_bytes, sum(map(_resident_of, members)))
        if last:
            memory.largest_bytes = max(map(high_water_bytes, members), default=0)
            return
        done.wait(interval_s)


def _resident_bytes(root: int) -> int:
    return sum(map(_resident_of, _tree(root, _stats())))


def _tree(root: int, stats: dict[int, _Stat]) -> list[int]:
    children: defaultdict[int, list[int]] = defaultdict(list)
    for pid, stat in stats.items():
        children[stat.parent].append(pid)
    members = [root] if root in stats else []
    for pid in members:
        members.extend(children[pid])
    return members


def _stats() -> dict[int, _Stat]:
    if not (_PROC / "self/stat").exists():
        raise CannotRun("process accounting", "there is no /proc as on Linux")
    pids = [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()]
    return {pid: stat for pid in pids if (stat := _stat(pid)) is not None}


def _stat(pid: int) -> _Stat | None:
    text = _read(pid, "stat")
    if text is None:
        return None
    # proc(5): the command name may hold spaces and brackets, so fields are counted after its last bracket.
    fields = text.rpartition(")")[2].split()
    return _Stat(parent=int(fields[1]), cpu_ticks=sum(map(int, fields[11:15])))


def _resident_of(pid: int) -> int:
    text = _read(pid, "statm")
    return int(text.split()[1]) * os.sysconf("SC_PAGE_SIZE") if text else 0


def _read(pid: int, name: str) -> str | None:
    """None where the process has gone, which is no failure: processes of a tree come and go."""
    try:
        return (_PROC / str(pid) / name).read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
