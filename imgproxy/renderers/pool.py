"""Owner of the render processes: keeps a number of them warm, hands out jobs, replaces what is lost.

Order of a render: a place in the bounded queue (else Overloaded at once), a free process in fair turns (else Overloaded
after the queue's time), the job within its deadline.  Crash, deadline and cancelled caller all end the process, because
libvips cannot stop a running encoder; its successor is started at once by a task that the pool owns.
"""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Coroutine
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import msgspec
import structlog

import imgproxy
from imgproxy.errors import ImageError, Overloaded, RendererDied, RenderTimedOut
from imgproxy.metrics import Metrics
from imgproxy.metrics.families import RENDERERS, RENDERS, RUNNING, WAITING
from imgproxy.render.job import RenderJob, RenderReport
from imgproxy.renderers import thrift, wire
from imgproxy.renderers.admission import Admission, Turn
from imgproxy.renderers.desk import Desk
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
_DESK_KEPT_S = 2.0
"""How long after its last job a process's desk holds memory; a page asks for its next picture sooner."""

ENVIRONMENT = {
    "VIPS_CONCURRENCY": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "VIPS_DISC_THRESHOLD": "1000g",
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    **thrift.ENVIRONMENT,
    "FONTCONFIG_FILE": str(Path(__file__).with_name("fonts.conf")),
}
"""All that a render process is told; there are no secrets in it.

libvips and what numpy multiplies with take their thread counts from here, and that nothing is so large that it belongs in a temporary file: there is
no place where one may be written.
"""

Told = Callable[[str, int, int], asyncio.Future[None] | None]
"""What became of a master, the descriptor of the desk and how many bytes of it; gives what ends when those are put away.

Whoever reads the descriptor after this call has made a copy of it.
"""


class Finished(NamedTuple):
    """A report and how long the job waited for a process."""

    report: RenderReport
    queue_ms: float


class Renderers:
    """At most `count` renders at a time, each in a process of its own."""

    def __init__(
        self,
        count: int,
        limits: Limits,
        metrics: Metrics | None = None,
        desk_bytes: int = 0,
        *,
        spare: bool = False,
    ) -> None:
        """`desk_bytes`: room for a master in each process; 0: none is made.  `spare`: they run when nothing else does."""
        self._spare = spare
        self._count = count
        self._desk_bytes = desk_bytes
        self._metrics = metrics or Metrics()
        self._limits = limits
        self._admission: Admission[_Renderer] = Admission(count, limits.max_queue)
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
        return self._admission.free

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
        return self._admission.waiting

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

    async def render(
        self,
        job: RenderJob,
        told: Told | None = None,
        source: str = "",
        begun: Callable[[], RenderJob] | None = None,
    ) -> Finished:
        """The answer. Raises what the render raised, Overloaded, RenderTimedOut or RendererDied.

        `told` hears what becomes of a master while the render goes on; jobs of one `source` share its turns;
        `begun` says what the job is by the time that its turn comes.
        """
        asked = perf_counter()
        turn = await self._turn(source or job.path)
        renderer = turn.place
        waited_ms = (perf_counter() - asked) * 1000
        result = "killed"
        self._tally(RUNNING[""], 1)
        try:
            job = begun() if begun else job
            report = await renderer.run(job, self._limits.render_timeout_s, told)
            result = "done"
        except ImageError as error:
            result = _result(error)
            raise
        finally:
            self._tally(RUNNING[""], -1)
            self._tally(RENDERS[result], 1)
            self._admission.end(turn)
            self._return(renderer, kept=result in {"done", "refused"})
        return Finished(report, waited_ms)

    def admit(self, source: str) -> None:
        """Raises Overloaded when a job for that source would be refused now: no need to fetch what it needs."""
        if refusal := self._admission.refusal(source):
            self._tally(RENDERS[refusal.result], 1)
            raise Overloaded(refusal.sentence)

    async def _turn(self, source: str) -> "Turn[_Renderer]":
        """A process for one job, within the limits of the queue."""
        self.admit(source)
        self._tally(WAITING[""], 1)
        try:
            async with asyncio.timeout(self._limits.queue_timeout_s):
                return await self._admission.take(source)
        except TimeoutError:
            self._tally(RENDERS["overloaded"], 1)
            raise Overloaded(f"no free process within {self._limits.queue_timeout_s:g} s") from None
        finally:
            self._tally(WAITING[""], -1)

    def _return(self, renderer: "_Renderer", *, kept: bool) -> None:
        """Back to the idle ones, or replaced: decided without waiting, so that no job falls between."""
        if kept and renderer.jobs < self._limits.renders_per_process:
            self._admission.add(renderer)
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
        renderer = await _Renderer.start(self._limits, self._desk_bytes, spare=self._spare)
        self._all.add(renderer)
        self._tally(RENDERERS[""], 1)
        self._admission.add(renderer)

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

    def __init__(self, process: Process, desk: Desk | None) -> None:
        self._process = process
        self._desk = desk
        self._putting_away: asyncio.Future[None] | None = None
        self._clearing: asyncio.TimerHandle | None = None
        self._desk_is_used = False
        self.pid = process.pid
        self.jobs = 0
        self.busy = False
        self.codecs: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())

    @classmethod
    async def start(cls, limits: Limits, desk_bytes: int, *, spare: bool) -> "_Renderer":
        """A warm process. Raises RendererDied when it does not come up."""
        desk = Desk(desk_bytes) if desk_bytes else None
        try:
            return await cls._started(limits, desk, spare=spare)
        except BaseException:
            if desk:
                desk.close()
            raise

    @classmethod
    async def _started(cls, limits: Limits, desk: Desk | None, *, spare: bool) -> "_Renderer":
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "imgproxy.renderers.child",
            str(limits.max_renderer_bytes),
            str(desk.fd if desk else -1),
            *(("spare",) if spare else ()),
            stdin=PIPE,
            stdout=PIPE,
            cwd=_HOME,
            env=ENVIRONMENT,
            pass_fds=(desk.fd,) if desk else (),
        )
        renderer = cls(process, desk)
        try:
            async with asyncio.timeout(_START_TIMEOUT_S):
                hello = await renderer._receive()
        except BaseException as error:
            renderer.kill()
            await process.wait()
            if isinstance(error, TimeoutError):
                raise RendererDied from None
            raise
        if isinstance(hello, Ready):
            renderer.codecs = hello.reads, hello.writes
        return renderer

    async def run(self, job: RenderJob, timeout_s: float, told: Told | None) -> RenderReport:
        """One job. Raises what it raised, RenderTimedOut or RendererDied; after those two the process is useless."""
        self.jobs += 1
        self.busy = True
        self._hold_desk()
        if self._putting_away is not None:
            job = msgspec.structs.replace(job, keep="never")  # its desk is not clear yet
        try:
            async with asyncio.timeout(timeout_s):
                reply = await self._exchange(job)
                while isinstance(reply, wire.Told):
                    self._tell(reply, told)
                    reply = await self._receive()
        except TimeoutError:
            raise RenderTimedOut(timeout_s) from None
        finally:
            self.busy = False
            self._leave_desk()
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

    def _tell(self, message: wire.Told, told: Told | None) -> None:
        if told is None or self._desk is None:
            return
        self._putting_away = told(message.what, self._desk.fd, message.size_bytes)
        if self._putting_away is not None:
            self._putting_away.add_done_callback(self._is_put_away)

    def _is_put_away(self, _: object) -> None:
        self._putting_away = None
        self._desk_is_used = True
        self._leave_desk()

    def _hold_desk(self) -> None:
        """Nothing may be taken from under a process that writes."""
        if self._clearing is not None:
            self._clearing.cancel()
            self._clearing = None

    def _leave_desk(self) -> None:
        """Clears it a while after the last job: the next master fills what is there in half the time of fresh memory."""
        idle = not self.busy and self._putting_away is None
        if idle and self._desk_is_used and self._clearing is None:
            self._clearing = asyncio.get_running_loop().call_later(_DESK_KEPT_S, self._clear_desk)

    def _clear_desk(self) -> None:
        self._clearing = None
        self._desk_is_used = False
        if self._desk is not None:
            self._desk.clear()

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
        self._hold_desk()
        if self._desk is not None:
            self._desk.close()
            self._desk = None
