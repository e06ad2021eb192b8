"""Where and with what a figure was measured; without this a figure says nothing.

It must never name the machine, its user or its paths: results are published.
"""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pyvips
from msgspec import Struct

from benchmarks.launch import ROOT

_PACKAGES = ("granian", "uvloop", "litestar", "msgspec", "anyio", "pyvips")
_GIT_TIMEOUT_S = 10
_QUIET_LOAD_PER_CORE = 0.3


class Machine(Struct, frozen=True):
    """`load` is the load average over one minute before measuring."""

    date: str
    commit: str
    cpu: str
    cores: int
    memory_bytes: int
    system: str
    load: float
    versions: dict[str, str]

    @property
    def disturbance(self) -> str | None:
        """A sentence for the reader where somebody else was at work; None on a quiet machine."""
        if self.load <= _QUIET_LOAD_PER_CORE * self.cores:
            return None
        return (
            f"Other programs were using this machine (load average {self.load:.2f} before measuring): "
            "CPU per request holds, rates and latencies do not."
        )


def describe() -> Machine:
    return Machine(
        date=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        commit=_commit(),
        cpu=_cpu(),
        cores=os.cpu_count() or 1,
        memory_bytes=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        system=f"{platform.system()} {platform.release().partition('-')[0]}, {platform.machine()}",
        load=round(os.getloadavg()[0], 2),
        versions=_versions(),
    )


def _versions() -> dict[str, str]:
    libvips = ".".join(str(pyvips.version(part)) for part in range(3))
    return {"python": platform.python_version(), "libvips": libvips} | {
        name: version(name) for name in _PACKAGES
    }


def _cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or "unknown")


def _commit() -> str:
    """Short id of the commit measured, marked where the tree differs from it; "unknown" outside a checkout."""
    name = _git("rev-parse", "--short", "HEAD")
    if name is None:
        return "unknown"
    changed = _git(
        "status",
        "--porcelain",
        "--untracked-files=no",
        "--",
        "api",
        "imgproxy",
        "db",
        "benchmarks/*.py",
    )
    return f"{name} (with local changes)" if changed else name


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=_GIT_TIMEOUT_S,
            check=True,
        )
    except (FileNotFoundError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
