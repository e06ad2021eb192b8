"""The tier in a folder of this machine: one packed file per answer, shared by all workers, kept over restarts.

    <root>/answers/<epoch>/ab/<source>.<request>   finished answers; the mtime is what they are worth
    <root>/new/                                    being written; renamed into place when whole
    <root>/ledger, <root>/pace, <root>/lock        see sweeping

Reads and writes run in threads of this tier's own, so that a slow disk delays its callers alone. A file that is
not whole is a miss and goes away; a disk in trouble is a miss and one log line.
"""

import asyncio
import contextlib
import os
import random
import secrets
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

import structlog

from imgproxy.breaker import Breaker
from imgproxy.caches import pack, sweeping, unpack
from imgproxy.caches.worth import asked_again
from imgproxy.files import move_into_place
from imgproxy.values import IMAGE_EPOCH, CacheKey, Rendered

_T = TypeVar("_T")
_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()

_THREADS = 4
_PAUSE_S = 5.0
_LEFTOVER_S = 3600.0


class Disk:
    """A Cache of at most `max_bytes` in `root`.

    A hit raises what a file is worth when that makes a difference of `touch_every_s`. A sweep runs when the budget is
    passed, and at least every `sweep_every_s`.
    None runs in the first `settle_s`, when a server that has just started has better things to do.
    `vouched` tells what a faster tier answers in our place: without it the most popular answers would look unasked here.
    """

    name = "disk"

    def __init__(
        self,
        root: Path,
        max_bytes: int,
        touch_every_s: float = 60.0,
        sweep_every_s: float = 6 * 3600.0,
        settle_s: float = 20.0,
        vouched: Callable[[], Iterable[CacheKey]] = tuple,
    ) -> None:
        self._answers = root / "answers"
        self._new = root / "new"
        self._max_bytes = max_bytes
        self._touch_every_s = touch_every_s
        self._sweep_every_s = sweep_every_s
        self._settle_s = settle_s
        self._vouched = vouched
        self._ledger = sweeping.Ledger(root, max_bytes)
        self._reading = Breaker("disk cache", _PAUSE_S)
        self._writing = Breaker("disk cache", _PAUSE_S)
        self._full = asyncio.Event()
        self._halt = sweeping.Halt()
        self._threads: ThreadPoolExecutor | None = None
        self._housekeeping: asyncio.Task[None] | None = None

    async def get(self, key: CacheKey) -> Rendered | None:
        return await self._guarded(self._reading, "reading", partial(self._read, key))

    async def put(self, key: CacheKey, rendered: Rendered) -> None:
        over = await self._guarded(self._writing, "writing", partial(self._write, key, rendered))
        if over:
            self._full.set()

    @property
    def held_bytes(self) -> int | None:
        """The ledger's estimate for all workers; `None` until a first count, and when it cannot be read."""
        try:
            return self._ledger.held_bytes()
        except OSError:  # whoever reads or writes here says so
            return None

    @property
    def in_trouble(self) -> bool:
        return self._reading.in_doubt or self._writing.in_doubt

    async def purge(self, source: str) -> int:
        dropped = await self._guarded(self._writing, "purging", partial(self._purge, source))
        return dropped or 0

    async def remove(self, key: CacheKey) -> int:
        return await self._guarded(self._writing, "removing", partial(self._remove, key)) or 0

    async def start(self) -> None:
        """Starts housekeeping; looks at no file, however many there are."""
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="disk-cache")
        self._halt = sweeping.Halt()
        self._housekeeping = asyncio.create_task(self._keep_house(), name="disk cache housekeeping")
        self._full.set()

    async def close(self) -> None:
        """Ends housekeeping within one slice, and lets reads and writes under way end."""
        self._halt.set()
        if self._housekeeping:
            self._housekeeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._housekeeping
        threads, self._threads = self._threads, None
        if threads:
            await asyncio.to_thread(threads.shutdown)

    def path_of(self, key: CacheKey) -> Path:
        """The file of an answer. Folders are few and large: one for each source would cost a block and an inode."""
        return self._answers / IMAGE_EPOCH / key.source[:2] / f"{key.source}.{key.request}"

    async def sweep(self) -> sweeping.Swept | None:
        """One round of housekeeping now, whatever the estimate says; `None` when another process is at it."""
        return await self._guarded(self._writing, "sweeping", partial(self._sweep, self._vouched()))

    async def _keep_house(self) -> None:
        await asyncio.sleep(self._settle_s)
        while True:
            # spread, so that workers that started together do not queue for the same work
            pause_s = self._sweep_every_s * random.uniform(0.9, 1.1)  # noqa: S311 - no secret
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await self._full.wait()
            due = not self._full.is_set()
            self._full.clear()
            await self._guarded(
                self._writing, "sweeping", partial(self._sweep_if, due, self._vouched())
            )
            await asyncio.sleep(1.0)  # a budget that cannot be met must not keep a core busy

    async def _guarded(self, breaker: Breaker, doing: str, work: Callable[[], _T]) -> _T | None:
        if self._threads is None or not breaker.admit():
            return None
        try:
            found = await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except OSError as error:
            breaker.trip(doing, error)
            return None
        breaker.mend()
        return found

    def _read(self, key: CacheKey) -> Rendered | None:
        path = self.path_of(key)
        try:
            with path.open("rb") as file:
                worth_s = os.fstat(file.fileno()).st_mtime
                rendered = unpack(file.read())
        except (FileNotFoundError, NotADirectoryError):
            return None
        if rendered is None:
            _log.warning("damaged answer removed from the disk cache", key=key.path)
            path.unlink(missing_ok=True)
            return None
        try:
            self._raise(path, worth_s)
        except OSError as error:  # a folder that can only be read is still worth reading
            self._writing.trip("raising", error)
        return rendered

    def _raise(self, path: Path, worth_s: float) -> None:
        """One more request for a file that is worth `worth_s`."""
        again_s = asked_again(worth_s, time.time(), self._ledger.pace.half_life_s)
        if again_s - worth_s >= self._touch_every_s:
            with contextlib.suppress(FileNotFoundError):
                os.utime(path, (again_s, again_s))

    def _write(self, key: CacheKey, rendered: Rendered) -> bool:
        """Whether it is time to sweep."""
        path, data = self.path_of(key), pack(rendered)
        if not self._answers.exists():
            self._ledger.begin()  # nothing has to be counted before the budget holds
        if not self._ledger.has_room(len(data)):
            return True
        temporary = self._new / secrets.token_hex(16)
        try:
            _write_new(temporary, data)
            with contextlib.suppress(
                FileNotFoundError
            ):  # better bytes are asked for as often as the old
                self._raise(temporary, path.stat().st_mtime)
            move_into_place(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        self._ledger.add(len(data))
        return self._ledger.over

    def _purge(self, source: str) -> int:
        """All epochs; the names are listed first, so what is written meanwhile is left to its writer."""
        if not source.isalnum():
            return 0
        dropped = 0
        for path in tuple(self._answers.glob(f"*/{source[:2]}/{source}.*")):
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
                dropped += 1
        return dropped

    def _remove(self, key: CacheKey) -> int:
        try:
            self.path_of(key).unlink()
        except FileNotFoundError:
            return 0
        return 1

    def _sweep_if(self, due: bool, vouched: Iterable[CacheKey]) -> None:
        sweeping.drop_older(self._new, _LEFTOVER_S)
        if due or self._ledger.over:
            self._sweep(vouched, anyway=due)

    def _sweep(self, vouched: Iterable[CacheKey], *, anyway: bool = True) -> sweeping.Swept | None:
        self._answers.mkdir(parents=True, exist_ok=True)
        for path in map(self.path_of, vouched):
            with contextlib.suppress(FileNotFoundError):
                self._raise(path, path.stat().st_mtime)
        swept = sweeping.sweep(
            self._answers, self._ledger, self._max_bytes, self._halt, anyway=anyway
        )
        if swept and swept.dropped_files:
            _log.info("disk cache swept", **{f: getattr(swept, f) for f in swept.__struct_fields__})
        return swept


def _write_new(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
