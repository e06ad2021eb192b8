"""The bare libvips loop: what the same renders cost with no server, no cache, no queue and no guards around them.

One render per process at a time, libvips on one thread and without its operation cache, as in Darkroom's renderers.
It must do the operations that the benchmark's URLs ask for, with the encoder settings that Darkroom uses; bytes per
answer are reported by both sides, so that a difference shows.
"""

import multiprocessing
import os
import signal
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Self

import pyvips
from msgspec import Struct

from benchmarks.processes import high_water_bytes
from benchmarks.progress import Progress

_START_DEADLINE_S = 60.0
_JOB_DEADLINE_S = 60.0

# What Darkroom's encoders are told (imgproxy/render/encode.py); equal mean bytes show that it still is.
_ENCODERS: dict[str, tuple[str, dict[str, bool | int | str]]] = {
    "jpg": (
        ".jpg",
        {
            "interlace": True,
            "optimize_coding": True,
            "trellis_quant": True,
            "overshoot_deringing": True,
            "quant_table": 3,
        },
    ),
    "webp": (".webp", {"effort": 4}),
    "avif": (".avif", {"compression": "av1", "effort": 1, "bitdepth": 8}),
}


class BareJob(Struct, frozen=True):
    """Fill a box of `width` × `height` px from the centre of the file at `path`; quality 1 to 100."""

    path: str
    width: int
    height: int
    format: str
    quality: int


class BareRun(Struct, frozen=True):
    jobs: int
    elapsed_s: float
    cpu_s: float
    body_bytes: int


class BareMemory(Struct, frozen=True):
    """High-water marks of the resident memory of one fresh process: with libvips loaded, and after the render."""

    loaded_bytes: int
    peak_bytes: int


class _Result(Struct, frozen=True):
    body_bytes: int
    cpu_s: float


class Loop:
    """Warm processes that render; close it, or use it as a context manager."""

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._pool = ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"), _prepare)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def warm(self, job: BareJob) -> None:
        """Returns once every process has rendered something."""
        list(self._pool.map(_render, [job] * self._processes * 2, timeout=_START_DEADLINE_S))

    def run(self, jobs: Sequence[BareJob], progress: Progress) -> BareRun:
        started_s = time.monotonic()
        results = []
        for result in self._pool.map(_render, jobs, timeout=_JOB_DEADLINE_S * len(jobs)):
            results.append(result)
            progress.show(len(results))
        return BareRun(
            jobs=len(results),
            elapsed_s=time.monotonic() - started_s,
            cpu_s=sum(result.cpu_s for result in results),
            body_bytes=sum(result.body_bytes for result in results),
        )


def measure_memory(job: BareJob) -> BareMemory:
    """The memory of one render in a process of its own."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), _prepare) as pool:
        return pool.submit(_render_and_weigh, job).result(_START_DEADLINE_S)


def _prepare() -> None:
    # Ctrl-C is answered by the parent, which shuts the pool down.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pyvips.concurrency_set(1)
    pyvips.cache_set_max(0)


def _encode(job: BareJob) -> bytes:
    suffix, settings = _ENCODERS[job.format]
    # no output_profile: the pictures have none, and libvips takes 130 ns per pixel to turn sRGB into sRGB
    image = pyvips.Image.thumbnail(job.path, job.width, height=job.height, crop="centre")
    body: bytes = image.write_to_buffer(suffix, Q=job.quality, keep="none", **settings)
    return body


def _render(job: BareJob) -> _Result:
    before_s = time.process_time()
    body = _encode(job)
    return _Result(len(body), time.process_time() - before_s)


def _render_and_weigh(job: BareJob) -> BareMemory:
    loaded = high_water_bytes(os.getpid())
    _encode(job)
    return BareMemory(loaded, high_water_bytes(os.getpid()))
