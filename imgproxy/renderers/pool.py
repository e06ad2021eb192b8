"""Owner of the render processes: keeps a number of them warm, hands out jobs, replaces what is lost.

Order of a render: a place in the bounded queue (else Overloaded at once), a free process (else Overloaded after the
queue's time), the job within its deadline.  Crash, deadline and cancelled caller all end the process, because
libvips cannot stop a running encoder; its successor is started at once by a task that the pool owns.
"""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Coroutine
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import structlog

import imgproxy
from imgproxy.errors import ImageError, Overloaded, RendererDied, RenderTimedOut
from imgproxy.metrics import Metrics
from imgproxy.metrics.families import RENDERERS, RENDERS, RUNNING, WAITING
from imgproxy.render.job import RenderJob, RenderReport
from imgproxy.renderers.wire import (
    LENGTH_BYTES,
    MAX_MESSAGE_BYTES,
    Failure,
    Ready,
    Reply,
    Success,
    frame,
    read_reply,
    revived,
)
from imgproxy.settings import Limits

_log = structlog.get_logger(__name__)
_HOME = Path(imgproxy.__file__).parent.parent
_START_TIMEOUT_S = 30.0
_RETRY_S = 1.0
_ENVIRONMENT = {
    "VIPS_CONCURRENCY": "1",
    "VIPS_DISC_THRESHOLD": "1000g",
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "MALLOC_ARENA_MAX": "2",
    "FONTCONFIG_FILE": str(Path(__file__).with_name("fonts.conf")),
}
"""All that a render process is told; there are no secrets in it.

libvips takes its thread count from here, and that nothing is so large that it belongs in a temporary file: there is
no place where one may be written.
"""


class Finished(NamedTuple):
    """A report and how long the job waited for a process."""

    report: RenderReport
    queue_ms: float


class Renderers:
    """At most `count` renders at a time, each in a process of its own."""

    def __init__(self, count: int, limits: Limits, metrics: Metrics | None = None) -> None:
        self._count = count
        self._metrics = metrics or Metrics()
        self._limits = limits
        self._idle: asyncio.LifoQueue[_Renderer] = asyncio.LifoQueue()
        self._waiting = 0
        self._all: set[_Renderer] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def ready(self) -> bool:
        """Whether at least one process can take or is doing work."""
        return bool(self._all)

    @property
    def pids(self) -> set[int]:
        """Process numbers, for operators and for tests that end one."""
        return {renderer.pid for renderer in self._all}

    @property
    def busy_pids(self) -> set[int]:
        """Those at work now."""
        return {renderer.pid for renderer in self._all if renderer.busy}

    @property
    def idle(self) -> int:
        """Processes that wait for a job."""
        return self._idle.qsize()

    @property
    def max_queue(self) -> int:
        """Jobs that may wait."""
        return self._limits.max_queue

    @property
    def codecs(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Formats that the processes read and write, as one of them told when it started."""
        for renderer in self._all:
            return renderer.codecs
        return (), ()

    @property
    def waiting(self) -> int:
        """Jobs without a process yet."""
        return self._waiting

    async def start(self) -> None:
        """Starts all processes and waits until they are warm. Raises RendererDied when none can start."""
        await asyncio.gather(*(self._launch() for _ in range(self._count)))

    async def close(self) -> None:
        """Ends all processes and the tasks that would replace them."""
        self._closed = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(renderer.end() for renderer in self._all))
        self._tally(RENDERERS[""], -len(self._all))
        self._all.clear()

    async def render(self, job: RenderJob) -> Finished:
        """The answer. Raises what the render raised, Overloaded, RenderTimedOut or RendererDied."""
        asked = perf_counter()
        renderer = await self._free()
        waited_ms = (perf_counter() - asked) * 1000
        result = "killed"
        self._tally(RUNNING[""], 1)
        try:
            report = await renderer.run(job, self._limits.render_timeout_s)
            result = "done"
        except ImageError as error:
            result = _result(error)
            raise
        finally:
            self._tally(RUNNING[""], -1)
            self._tally(RENDERS[result], 1)
            self._return(renderer, kept=result in {"done", "refused"})
        return Finished(report, waited_ms)

    async def _free(self) -> "_Renderer":
        """A process for one job, within the limits of the queue."""
        if self._waiting >= self._limits.max_queue:
            self._tally(RENDERS["overloaded"], 1)
            raise Overloaded(f"the queue of {self._limits.max_queue} is full")
        self._waiting += 1
        self._tally(WAITING[""], 1)
        try:
            async with asyncio.timeout(self._limits.queue_timeout_s):
                return await self._idle.get()
        except TimeoutError:
            self._tally(RENDERS["overloaded"], 1)
            raise Overloaded(f"no free process within {self._limits.queue_timeout_s:g} s") from None
        finally:
            self._waiting -= 1
            self._tally(WAITING[""], -1)

    def _return(self, renderer: "_Renderer", *, kept: bool) -> None:
        """Back to the idle ones, or replaced: decided without waiting, so that no job falls between."""
        if kept and renderer.jobs < self._limits.renders_per_process:
            self._idle.put_nowait(renderer)
            return
        self._all.discard(renderer)
        self._tally(RENDERERS[""], -1)
        if not kept:
            renderer.kill()
        self._own(self._replace(renderer))

    async def _replace(self, renderer: "_Renderer") -> None:
        await renderer.end()
        while not self._closed:
            try:
                await self._launch()
            except (RendererDied, OSError) as error:
                _log.error("a render process did not start", error=str(error))
                await asyncio.sleep(_RETRY_S)
            else:
                return

    async def _launch(self) -> None:
        renderer = await _Renderer.start(self._limits)
        self._all.add(renderer)
        self._tally(RENDERERS[""], 1)
        self._idle.put_nowait(renderer)

    def _tally(self, cell: int, difference: int) -> None:
        self._metrics.cells[cell] += difference

    def _own(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work, name="replace renderer")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _result(error: ImageError) -> str:
    """A value of RENDERS; a refused job leaves a process that is as good as before."""
    if isinstance(error, RenderTimedOut):
        return "timeout"
    return "died" if isinstance(error, RendererDied) else "refused"


class _Renderer:
    """One process and its pipes."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self.pid = process.pid
        self.jobs = 0
        self.busy = False
        self.codecs: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())

    @classmethod
    async def start(cls, limits: Limits) -> "_Renderer":
        """A warm process. Raises RendererDied when it does not come up."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "imgproxy.renderers.child",
            str(limits.max_renderer_bytes),
            stdin=PIPE,
            stdout=PIPE,
            cwd=_HOME,
            env=_ENVIRONMENT,
        )
        renderer = cls(process)
        try:
            async with asyncio.timeout(_START_TIMEOUT_S):
                hello = await renderer._receive()
        except BaseException as error:
            renderer.kill()
            if isinstance(error, TimeoutError):
                raise RendererDied from None
            raise
        if isinstance(hello, Ready):
            renderer.codecs = hello.reads, hello.writes
        return renderer

    async def run(self, job: RenderJob, timeout_s: float) -> RenderReport:
        """One job. Raises what it raised, RenderTimedOut or RendererDied; after those two the process is useless."""
        self.jobs += 1
        self.busy = True
        try:
            async with asyncio.timeout(timeout_s):
                reply = await self._exchange(job)
        except TimeoutError:
            raise RenderTimedOut(timeout_s) from None
        finally:
            self.busy = False
        if isinstance(reply, Failure):
            raise revived(reply)
        if not isinstance(reply, Success):
            raise RendererDied
        return reply.report

    async def _exchange(self, job: RenderJob) -> Reply:
        stdin = self._process.stdin
        assert stdin is not None  # asked for with PIPE
        try:
            stdin.write(frame(job))
            await stdin.drain()
        except (ConnectionError, RuntimeError):
            raise RendererDied from None
        return await self._receive()

    async def _receive(self) -> Reply:
        stdout = self._process.stdout
        assert stdout is not None  # asked for with PIPE
        try:
            size = int.from_bytes(await stdout.readexactly(LENGTH_BYTES), "big")
            if size > MAX_MESSAGE_BYTES:
                raise RendererDied
            return read_reply(await stdout.readexactly(size))
        except (asyncio.IncompleteReadError, ConnectionError):
            raise RendererDied from None

    def kill(self) -> None:
        """At once; nothing it holds is worth waiting for."""
        if self._process.returncode is None:
            self._process.kill()

    async def end(self) -> None:
        """Closes its stdin, which ends an idle process; kills one that does not listen; reaps it."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            async with asyncio.timeout(1.0):
                await self._process.wait()
        except TimeoutError:
            self.kill()
            await self._process.wait()
