"""What the service has of jobs: one place to order, to look, to cancel, and the runners behind it.

Orders always go into the table of our own database, so that they are as true as the change they belong to.  Without
Redis the work is claimed there.  With Redis a relay carries it over to SAQ under the same id, and what is said of a job
is said by SAQ once it is there.  Redis away: orders wait in the table, uncounted, until it is back.
"""

from contextlib import AsyncExitStack

from api.jobs import (
    OPEN,
    Claim,
    JobStatus,
    Order,
    Postpone,
    Progress,
    Queue,
    QueueFull,
    QueueUnavailable,
    WorkQueue,
)
from api.jobs.redis import SaqQueue
from api.jobs.runner import Handlers, Pace, Runner
from api.jobs.table import TableQueue

_LATER_S = 2.0


class Relay:
    """Does a job of the table by ordering it elsewhere, under the same id."""

    def __init__(self, to: Queue) -> None:
        self._to = to

    async def __call__(self, claim: Claim, _: Progress) -> None:
        """Raises Postpone."""
        try:
            await self._to.enqueue(claim.order)
        except (QueueFull, QueueUnavailable) as error:
            raise Postpone(_LATER_S, str(error)) from error


class Desk:
    """`at_once`: how many jobs are done here at a time; with 0 only those of `now`."""

    def __init__(
        self,
        handlers: Handlers,
        at_once: int,
        redis_url: str = "",
        pace: Pace | None = None,
        name: str = "darkroom",
    ) -> None:
        self._table = TableQueue()
        self._saq = SaqQueue(redis_url, name) if redis_url else None
        work: WorkQueue = self._saq or self._table
        kinds = handlers.kinds
        self._hand = Runner(self._table, kinds, handlers, 0, pace)
        self._runners = [Runner(work, kinds, handlers, at_once, pace), self._hand]
        if self._saq is not None:
            self._runners.append(Runner(self._table, kinds, Relay(self._saq), 1, pace))

    async def start(self) -> None:
        """Begins to work."""
        for runner in self._runners:
            await runner.start()

    async def close(self) -> None:
        """What runs may end within seconds, or is given back."""
        async with AsyncExitStack() as stack:
            if self._saq is not None:
                stack.push_async_callback(self._saq.close)
            for runner in self._runners:
                stack.push_async_callback(runner.close)

    async def enqueue(self, order: Order) -> str:
        """As `Queue.enqueue`, in the transaction this is called in."""
        return await self._table.enqueue(order)

    def nudge(self) -> None:
        """Something was committed: look now."""
        for runner in self._runners:
            runner.nudge()

    async def now(self, job_id: str) -> None:
        """That job has been tried when this comes back, unless somebody has taken it.  Raises nothing of its own."""
        await self._hand.now(job_id)

    async def cancel(self, job_id: str) -> bool:
        """As `Queue.cancel`."""
        here = await self._table.cancel(job_id)
        there = self._saq is not None and await self._saq.cancel(job_id)
        return here or there

    async def status(self, job_id: str) -> JobStatus | None:
        """As `Queue.status`."""
        here = await self._table.status(job_id)
        if self._saq is None or (here is not None and here.state in OPEN):
            return here
        return await self._saq.status(job_id) or here

    async def listing(self, limit: int) -> tuple[JobStatus, ...]:
        """As `Queue.listing`; of a job that was carried over, what SAQ says."""
        found = {job.id: job for job in await self._table.listing(limit)}
        if self._saq is not None:
            there = {job.id: job for job in await self._saq.listing(limit)}
            found |= {key: job for key, job in there.items() if not _is_open(found.get(key))}
        return tuple(sorted(found.values(), key=lambda job: -job.created_at)[:limit])

    async def open_count(self) -> int:
        """As `Queue.open_count`."""
        here = await self._table.open_count()
        return here + (0 if self._saq is None else await self._saq.open_count())


def _is_open(job: JobStatus | None) -> bool:
    return job is not None and job.state in OPEN
