"""Does jobs: claims one, does it in a task of its own, keeps its lease alive meanwhile, says how it ended.

    done        the work came back
    again       it raised, or took longer than its deadline: later, and twice as late each time, until its attempts are used up
    cancelled   somebody asked for that; the work sees CancelledError
    given back  the runner closes: the job waits again as if nothing had been
    lost        the lease could not be renewed in time: the work is stopped before another worker may begin, nothing is said

The queue may be away for a while: then nothing is claimed, and what cannot be renewed is stopped.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from time import monotonic
from typing import Any, TypeAlias

import msgspec
import structlog

from api.jobs import (
    Again,
    Claim,
    GiveUp,
    JobsError,
    Outcome,
    Over,
    Postpone,
    Progress,
    Standing,
    WorkQueue,
    kind_of,
    sentence,
)

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()

Handler: TypeAlias = Callable[[Any, Progress], Awaitable[None]]
"""Does the work of one value; must stop when cancelled, and may be called twice for one job."""

_MAX_WAIT_FOR_END_S = 5.0


class Pace(msgspec.Struct, frozen=True):
    """All in seconds.  `beat_s` well below `lease_s`: a lease outlives some renewals that fail."""

    lease_s: float = 20.0
    beat_s: float = 3.0
    poll_s: float = 1.0
    sweep_s: float = 10.0
    grace_s: float = 4.0
    first_delay_s: float = 2.0
    longest_delay_s: float = 600.0


class Handlers:
    """What is done for which kind; the kinds are the tags of the classes."""

    def __init__(self, handlers: Mapping[type[msgspec.Struct], Handler]) -> None:
        self._by_kind = {kind_of(work): (work, handler) for work, handler in handlers.items()}

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(self._by_kind)

    async def __call__(self, claim: Claim, progress: Progress) -> None:
        """Raises GiveUp for a payload that cannot be read, and whatever the work raises."""
        work, handler = self._by_kind[claim.order.kind]
        try:
            value = msgspec.json.decode(claim.order.payload, type=work)
        except msgspec.DecodeError as error:
            raise GiveUp(f"the payload cannot be read: {error}") from error
        await handler(value, progress)


class Runner:
    """Up to `at_once` jobs of these kinds."""

    def __init__(
        self,
        queue: WorkQueue,
        kinds: tuple[str, ...],
        perform: Callable[[Claim, Progress], Awaitable[None]],
        at_once: int = 1,
        pace: Pace | None = None,
    ) -> None:
        self._queue, self._kinds, self._perform = queue, kinds, perform
        self._at_once, self._pace = at_once, pace or Pace()
        self._wake = asyncio.Event()
        self._closing = False
        self._tasks: list[asyncio.Task[None]] = []
        self._at_hand: set[asyncio.Task[None]] = set()
        self._held: set[_Held] = set()

    async def start(self) -> None:
        """Begins to claim."""
        self._closing = False
        loops = [self._keep_working() for _ in range(self._at_once)]
        if loops:
            loops.append(self._keep_sweeping())
        self._tasks = [asyncio.create_task(loop, name="jobs") for loop in loops]

    async def close(self) -> None:
        """Claims nothing more; what runs may end within `grace_s`, or is given back."""
        self._closing = True
        self._wake.set()
        await self._all_end(self._pace.grace_s)
        for held in self._held:
            held.stop("given back")
        await self._all_end(_MAX_WAIT_FOR_END_S)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def nudge(self) -> None:
        """There may be something to do."""
        self._wake.set()

    async def now(self, job_id: str) -> None:
        """That job has been tried when this comes back, unless somebody else has it; what it raised is told to the queue."""
        try:
            claim = await self._queue.claim(self._kinds, self._pace.lease_s, job_id)
        except JobsError as error:
            _log.warning("a job has to wait", job=job_id, error=str(error))
            return
        if claim is not None:
            task = asyncio.create_task(self._do(claim), name="job at once")
            self._at_hand.add(task)
            task.add_done_callback(self._at_hand.discard)
            await asyncio.shield(task)

    async def _all_end(self, within_s: float) -> None:
        waiting = [held.ended.wait() for held in self._held]
        try:
            async with asyncio.timeout(within_s):
                await asyncio.gather(*waiting)
        except TimeoutError:
            return

    async def _keep_working(self) -> None:
        while not self._closing:
            self._wake.clear()
            if not await self._one():
                await self._pause(self._pace.poll_s)

    async def _one(self) -> bool:
        """Whether there was a job to do."""
        try:
            claim = await self._queue.claim(self._kinds, self._pace.lease_s)
        except JobsError as error:
            _log.warning("no jobs can be claimed", error=str(error))
            return False
        except Exception:  # noqa: BLE001 - a fault of the queue's ends no worker; the next look may be better
            _log.exception("unexpected fault while claiming a job")
            return False
        if claim is not None:
            await self._do(claim)
        return claim is not None

    async def _pause(self, longest_s: float) -> None:
        try:
            async with asyncio.timeout(longest_s * random.uniform(0.8, 1.0)):  # noqa: S311 - spread, no secret
                await self._wake.wait()
        except TimeoutError:
            return

    async def _keep_sweeping(self) -> None:
        while not self._closing:
            try:
                await self._queue.sweep()
            except Exception as error:  # noqa: BLE001 - as above
                _log.warning("jobs were not swept", error=sentence(error))
            await asyncio.sleep(self._pace.sweep_s)

    async def _do(self, claim: Claim) -> None:
        """From the claim to what the queue is told.  Raises nothing of the work's or the queue's."""
        held = _Held(claim)
        self._held.add(held)
        held.work = asyncio.create_task(self._outcome(held), name=f"job {claim.order.kind}")
        beat = asyncio.create_task(self._keep_lease(held), name="job lease")
        try:
            outcome = await held.work
            if outcome is not None:
                await self._tell(held, outcome)
        finally:
            beat.cancel()
            await asyncio.gather(beat, return_exceptions=True)
            self._held.discard(held)
            held.ended.set()

    async def _tell(self, held: "_Held", outcome: Outcome) -> None:
        order = held.claim.order
        try:
            kept = await self._queue.settle(held.claim, outcome, held.progress)
        except Exception as error:  # noqa: BLE001 - as above
            # the lease will end, and the job be done again: that is what work has to bear
            _log.warning("the end of a job was not told", job=order.id, error=sentence(error))
            return
        if not kept:
            _log.warning("a job had gone to another worker", job=order.id, kind=order.kind)

    async def _outcome(self, held: "_Held") -> Outcome | None:
        """None: nothing may be said any more."""
        order = held.claim.order
        deadline = asyncio.timeout(order.deadline_s)
        try:
            async with deadline:
                await self._perform(held.claim, held.progress)
        except asyncio.CancelledError:
            return _stopped(held.reason)
        except GiveUp as error:
            return Over("failed", str(error))
        except Postpone as later:
            return Again(str(later), later.delay_s, uncounted=True)
        except Exception as error:  # noqa: BLE001 - whatever work raises is its failure, kept and logged
            if deadline.expired():
                return self._failed(held.claim, f"it took longer than {order.deadline_s:g} s")
            _log.warning("a job failed", job=order.id, kind=order.kind, exc_info=error)
            return self._failed(held.claim, sentence(error))
        return Over("done")

    def _failed(self, claim: Claim, why: str) -> Outcome:
        if claim.attempt >= claim.order.max_attempts:
            return Over("failed", why)
        pace = self._pace
        delay_s = min(pace.first_delay_s * 2 ** (claim.attempt - 1), pace.longest_delay_s)
        return Again(why, delay_s)

    async def _keep_lease(self, held: "_Held") -> None:
        """Until the work ends, or has to."""
        pace, renewed = self._pace, monotonic()
        while True:
            await asyncio.sleep(pace.beat_s)
            asked = monotonic()
            try:
                async with asyncio.timeout(pace.beat_s):
                    standing = await self._queue.renew(held.claim, pace.lease_s, held.progress)
                renewed = asked
            except Exception as error:  # noqa: BLE001 - whatever it was, the lease is not longer for it
                _log.warning(
                    "a lease was not renewed", job=held.claim.order.id, error=sentence(error)
                )
                # stopped one beat before the lease ends, since another worker may begin then
                alive = monotonic() - renewed < pace.lease_s - 2 * pace.beat_s
                standing = Standing.KEPT if alive else Standing.LOST
            if standing is not Standing.KEPT:
                held.stop(standing.value)
                return


class _Held:
    """A job in hand."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.progress = Progress()
        self.reason = ""
        self.ended = asyncio.Event()
        self.work: asyncio.Task[Outcome | None] | None = None

    def stop(self, reason: str) -> None:
        """The first reason counts."""
        self.reason = self.reason or reason
        if self.work is not None:
            self.work.cancel()


def _stopped(reason: str) -> Outcome | None:
    match reason:
        case "cancelled":
            return Over("cancelled", "cancelled while it ran")
        case "given back":
            return Again("its worker was stopped", 0.0, uncounted=True)
        case "lost":
            return None
    raise asyncio.CancelledError  # nobody of ours: the loop itself goes down
