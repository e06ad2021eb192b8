"""For each miss: use the master, wait for the one in the making, make one on the way, or do without.

    first miss of an original     the render process makes one only where decoding takes long (`dear`)
    another one meanwhile         before the first has begun: the first makes one
    next one, within ten minutes  makes one, from the decoding that it needs anyhow
    misses meanwhile              wait for it; then each is a render of a few milliseconds
    a master is there             it is used

One is in the making at a time per original, on all workers of a node.  Who cannot wait longer, or finds nothing
afterwards, renders from the original.  An original that no master is made of (`unfit`) is remembered as such.
"""

import asyncio
import os
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Literal, TypeVar

import structlog

from imgproxy.breaker import Breaker
from imgproxy.flights import Leases
from imgproxy.masters.seen import Seen
from imgproxy.masters.shelf import Shelf, Swept
from imgproxy.metrics import Metrics
from imgproxy.metrics.families import MASTERS, MASTERS_HELD_BYTES
from imgproxy.values import digest

_T = TypeVar("_T")
_log: structlog.typing.FilteringBoundLogger = structlog.get_logger(__name__)

_EPOCH = "1"
_SEEN_S = 600.0
_WAIT_S = 15.0
_PAUSE_S = 30.0
_MAX_WAITING = 1024
_MAX_REMEMBERED = 10_000
_HELD = MASTERS_HELD_BYTES[""]

Keep = Literal["never", "dear", "always"]


class Visit:
    """What one render may do about the master of its original: read `path`, or `keep` one."""

    def __init__(self, masters: "Masters", source: str, key: str) -> None:
        self._masters = masters
        self.source, self.key = source, key
        self.path = ""
        self.is_putting_away = False
        self.keep: Keep = "never"
        """May change until the render begins."""
        self.done: asyncio.Future[bool] | None = None
        """For a maker: others wait for it; the result is whether they should ask again."""
        self.held = AsyncExitStack()
        """The lease among workers, for a maker."""

    def is_followed(self) -> None:
        """Somebody else has asked for the same original already: it is not asked for once."""
        if self.keep == "dear":
            self.keep = "always"

    def told(self, what: str, fd: int, size_bytes: int) -> asyncio.Future[None] | None:
        """Hears from the render process; for a new master, what ends when it is put away."""
        return self._masters.hear(self, what, fd, size_bytes)


class Masters:
    """At most `max_bytes` of masters in `root`, shared by the workers of a node; 0 bytes: there are none."""

    def __init__(
        self,
        root: Path,
        max_bytes: int,
        leases: Leases,
        metrics: Metrics,
        max_wait_s: float = _WAIT_S,
    ) -> None:
        self._max_wait_s = max_wait_s
        self._root = root
        self._max_bytes = max_bytes
        self._leases = leases
        self._metrics = metrics
        self._shelf = Shelf(root, max_bytes)
        self._breaker = Breaker("masters", _PAUSE_S)
        self._seen: Seen | None = None
        self._threads: ThreadPoolExecutor | None = None
        self._making: dict[str, Visit] = {}
        self._unfit: OrderedDict[str, None] = OrderedDict()
        self._voided: OrderedDict[str, int] = OrderedDict()
        self._waiting = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Opens the folder; trouble there means that there are no masters, with a log line."""
        if not self._max_bytes:
            return
        await self._leases.start()
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="masters")
        swept = await self._in_thread("opening", self._shelf.open)
        try:
            self._seen = Seen(self._root / "seen", _SEEN_S)
        except OSError as error:
            self._breaker.trip("opening", error)
            self._seen = Seen(None, _SEEN_S)
        self._count(swept)

    async def close(self) -> None:
        """Lets what is being put away be whole, or not there."""
        await asyncio.gather(*self._tasks, return_exceptions=True)
        threads, self._threads = self._threads, None
        if threads:
            await asyncio.to_thread(threads.shutdown)
            await self._leases.close()
        if self._seen:
            self._seen.close()
            self._seen = None

    @asynccontextmanager
    async def visit(self, source: str, version: str, purged: int) -> AsyncIterator[Visit]:
        """For one render of an original: `source` as in CacheKey, `purged` as in RenderRequest.key."""
        visit = Visit(self, source, digest(_EPOCH, source, version, str(purged)))
        try:
            if self._seen is not None and visit.key not in self._unfit:
                await self._settle(visit)
            yield visit
        finally:
            if not visit.is_putting_away:
                self._finish(visit, again=False)

    async def purge(self, source: str) -> int:
        """Deletes what was made from an original; how many. What is in the making is not kept."""
        self.void(source)
        dropped = await self._in_thread("purging", lambda: self._shelf.purge(source)) or 0
        self._metrics.cells[MASTERS["purged"]] += dropped
        return dropped

    def void(self, source: str) -> None:
        """What is in the making of it in this process is not kept."""
        self._voided[source] = self._voided.pop(source, 0) + 1
        while len(self._voided) > _MAX_REMEMBERED:
            self._voided.popitem(last=False)

    def hear(
        self, visit: Visit, what: str, fd: int, size_bytes: int
    ) -> asyncio.Future[None] | None:
        """What became of a master in a render process: words of `imgproxy.render.master`."""
        if what in MASTERS:
            self._metrics.cells[MASTERS[what]] += 1
        match what:
            case "made" if visit.keep != "never":
                visit.is_putting_away = True
                return self._own(self._put(visit, os.dup(fd), size_bytes))
            case "unfit":
                self._remember_unfit(visit.key)
            case "damaged":
                self._own(self.drop(visit))
        self._finish(visit, again=what == "later")
        return None

    def _finish(self, visit: Visit, *, again: bool) -> None:
        """Lets those go on who wait for it, here and in other workers."""
        if visit.done is None or visit.done.done():
            return
        del self._making[visit.key]
        visit.done.set_result(again)
        self._own(visit.held.aclose())

    async def _settle(self, visit: Visit) -> None:
        """Finds the master, waits for it, or becomes its maker."""
        while (maker := self._making.get(visit.key)) and maker.done:
            maker.is_followed()
            if self._waiting >= _MAX_WAITING or not await self._wait(maker.done):
                visit.path = self._shelf.find(visit.source, visit.key) or ""
                return
        if path := self._shelf.find(visit.source, visit.key):
            visit.path = path
            return
        if self._seen is None or not self._breaker.admit():
            return
        visit.keep = "always" if self._seen.note(visit.key) else "dear"
        visit.done = asyncio.get_running_loop().create_future()
        self._making[visit.key] = visit
        await self._among_workers(visit)

    async def _among_workers(self, visit: Visit) -> None:
        """One maker among the workers of this node; who came second finds the master, or goes without."""
        try:
            async with asyncio.timeout(self._max_wait_s):
                lease = self._leases.hold(f"master {visit.key}")
                waited = await visit.held.enter_async_context(lease)
        except TimeoutError:
            visit.keep = "never"
            return
        if waited and (path := self._shelf.find(visit.source, visit.key)):
            visit.path, visit.keep = path, "never"
            self._finish(visit, again=False)

    async def _wait(self, making: asyncio.Future[bool]) -> bool:
        """Whether to ask again: who waited for something that was put off may have to make it himself."""
        self._waiting += 1
        try:
            async with asyncio.timeout(self._max_wait_s):
                return await asyncio.shield(making)
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1

    async def _put(self, visit: Visit, fd: int, size_bytes: int) -> None:
        before = self._voided.get(visit.source, 0)
        try:
            done = await self._in_thread(
                "writing", lambda: self._shelf.put(visit.source, visit.key, fd, size_bytes)
            )
            if done is not None:
                self._breaker.mend()  # by nothing less: reading and deleting go well on a full disk
            if self._voided.get(visit.source, 0) != before:
                await self.drop(visit)
        finally:
            os.close(fd)
            self._finish(visit, again=False)
        if done:
            self._count(await self._in_thread("sweeping", self._shelf.sweep))

    async def drop(self, visit: Visit) -> None:
        """The master that a render has read, or was to read, is of no use."""
        await self._in_thread("deleting", lambda: self._shelf.drop(visit.source, visit.key))

    async def _in_thread(self, doing: str, work: Callable[[], _T]) -> _T | None:
        if self._threads is None:
            return None
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except OSError as error:
            self._breaker.trip(doing, error)
            return None

    def _count(self, swept: Swept | None) -> None:
        """The gauge is the sum over the workers, so this one says what the others do not."""
        if swept is None:
            return
        cells = self._metrics.cells
        cells[MASTERS["evicted"]] += swept.dropped
        cells[_HELD] += swept.held_bytes - self._metrics.total()[_HELD]

    def _remember_unfit(self, key: str) -> None:
        self._unfit[key] = None
        while len(self._unfit) > _MAX_REMEMBERED:
            self._unfit.popitem(last=False)

    def _own(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name="put a master away")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
