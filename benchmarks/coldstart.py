"""Cold start: from starting the server to its first picture, with an empty disk cache and with very many files in it.

    python -m benchmarks.coldstart --files 1000000

"Known" is a restart: the ledger says what is held.  "Unknown" is a folder without one, such as a copy, which has to be
counted.  While that may go on, hits are asked for, to see whether anybody notices.
"""

import argparse
import os
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median

from msgspec import Struct

from benchmarks import pictures, processes, report, servers
from benchmarks.errors import BenchmarkError, CannotRun
from benchmarks.launch import fetch_ok
from benchmarks.load import LoadPlan, run_load
from benchmarks.pictures import Size
from benchmarks.progress import Progress
from imgproxy.caches.sweeping import BLOCK_BYTES, Ledger
from imgproxy.values import IMAGE_EPOCH

_FILES, _QUICK_FILES = 100_000, 2000
_ROUNDS = 2
_FOLDERS = 256
_PICTURE = "/demo/image/upload/c_fill,w_300,h_200/photo-1.jpg"
_MAX_BYTES = 10**12
_SPARE_INODES = 100_000
_LOAD_S = 1.0


class Start(Struct, frozen=True):
    """Seconds from the start of the process until the first picture was there, passed and of CPU; hits in the seconds after it."""

    first_picture_s: float
    cpu_s: float
    hit_p50_ms: float
    hit_p99_ms: float


class Figures(Struct, frozen=True):
    files: int
    starts: dict[str, tuple[Start, ...]]


def run(*, quick: bool = False, files: int | None = None) -> report.Finding:
    count = files or (_QUICK_FILES if quick else _FILES)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pictures.write_jpegs(folder / "originals", Size(1600, 1200), 1)
        _require_inodes(folder, count)
        starts = _starts(folder, count, 1 if quick else _ROUNDS)
        # faster than letting the context manager do it alone: it would look at each
        shutil.rmtree(folder / "full")
    figures = Figures(count, starts)
    return report.Finding("coldstart", (_table(figures),), figures)


def _require_inodes(folder: Path, count: int) -> None:
    system = os.statvfs(folder)
    if system.f_files > 0 and system.f_favail < count + _SPARE_INODES:
        raise CannotRun("coldstart", f"the disk has {system.f_favail:,} inodes left")


def fill(answers: Path, count: int) -> None:
    """Names of answers, each counting as a block: links to a few files, which are made ten times as fast as files."""
    progress = Progress("files", expected=count)
    for index in range(_FOLDERS):
        folder = answers / IMAGE_EPOCH / f"{index:02x}"
        folder.mkdir(parents=True)
        first = folder / _answer_name(index)
        first.write_bytes(b"x")
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            for _ in range(1, count // _FOLDERS + (index < count % _FOLDERS)):
                os.link(first, _answer_name(index), dst_dir_fd=descriptor)
        finally:
            os.close(descriptor)
        progress.show((index + 1) * count // _FOLDERS)
    progress.clear()


def _answer_name(index: int) -> str:
    return f"{index:02x}{secrets.token_hex(15)}.{secrets.token_hex(16)}"


def _starts(folder: Path, count: int, rounds: int) -> dict[str, tuple[Start, ...]]:
    full = folder / "full"
    fill(full / "answers", count)
    ledger = Ledger(full, _MAX_BYTES)
    prepare: dict[str, Callable[[], Path]] = {
        "empty": partial(_emptied, folder / "empty"),
        f"{count:,} files, known": partial(_with_ledger, full, ledger, count),
        f"{count:,} files, unknown": partial(_without_ledger, full),
    }
    found: dict[str, list[Start]] = {name: [] for name in prepare}
    for number in range(rounds):
        for index, (name, ready) in enumerate(prepare.items()):
            found[name].append(_start(folder / f"start-{number}-{index}", ready()))
    return {name: tuple(each) for name, each in found.items()}


def _emptied(root: Path) -> Path:
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    return root


def _with_ledger(root: Path, ledger: Ledger, count: int) -> Path:
    ledger.correct(count * BLOCK_BYTES)
    return root


def _without_ledger(root: Path) -> Path:
    (root / "ledger").unlink(missing_ok=True)
    return root


def _start(folder: Path, cache: Path) -> Start:
    folder.mkdir()
    settings = {
        "DARKROOM_ORIGINALS": str(folder.parent / "originals"),
        "DARKROOM_RENDERERS": "1",
        "DARKROOM_CACHE": f"memory:32MB,disk:{cache}?max={_MAX_BYTES}",
    }
    started_s = time.monotonic()
    with servers.image_node(folder, settings, _PICTURE) as server:
        first_s, cpu_s = time.monotonic() - started_s, processes.cpu_seconds(server.pid)
        fetch_ok(server, _PICTURE)
        found = run_load(
            LoadPlan(
                base_url=server.base_url, targets=(_PICTURE,), concurrency=2, duration_s=_LOAD_S
            )
        )
    return Start(first_s, cpu_s, found.p50_ms, found.p99_ms)


def _table(figures: Figures) -> report.Table:
    rows = tuple(
        (
            name,
            f"{median(start.first_picture_s for start in starts):.2f}",
            f"{max(start.first_picture_s for start in starts):.2f}",
            f"{median(start.cpu_s for start in starts):.2f}",
            report.ms(median(start.hit_p50_ms for start in starts)),
            report.ms(median(start.hit_p99_ms for start in starts)),
        )
        for name, starts in figures.starts.items()
    )
    notes = (
        f"one worker, one renderer; medians of {len(next(iter(figures.starts.values())))} starts in turn",
        f"hits: in the {_LOAD_S:g} s after the first picture, over 2 connections",
    )
    columns = ("disk cache", "first picture s", "slowest s", "CPU s", "hit p50 ms", "hit p99 ms")
    return report.Table("Cold start", columns, rows, notes)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0, or 2 when nothing could be measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coldstart", description=__doc__)
    parser.add_argument("--files", type=int, default=_FILES)
    options = parser.parse_args(arguments)
    try:
        finding = run(files=options.files)
    except BenchmarkError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    print(report.as_lines(finding), end="")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
