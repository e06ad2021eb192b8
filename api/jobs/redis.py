"""Jobs in Redis, in the queue and the words of SAQ, so that its tools show them; for several nodes.

SAQ keeps, orders, delays and remembers.  That a job is done by one worker at a time is held by a lease beside it, a key
with an end that names the claim: SAQ itself knows a dead worker only by times that the worker wrote.  Its own worker
is not used, because it spins while Redis is away and knows no graceful end.

    saq:job:<name>:<id>        the job                          (SAQ)
    <name>:lease:<id>          token of the claim that holds it, until it ends
    <name>:cancel:<id>         somebody wants it cancelled
    <name>:known               ids by time of order, the newest thousand
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from secrets import token_hex
from typing import Any, Final

from redis.exceptions import RedisError
from saq.job import Job, Status
from saq.queue.redis import RedisQueue

from api.jobs import (
    KEEP_S,
    MAX_WAITING,
    Again,
    Claim,
    JobStatus,
    Order,
    Outcome,
    Over,
    Progress,
    QueueFull,
    QueueUnavailable,
    Standing,
    State,
)
from imgproxy.clients import redis_client

_KNOWN: Final = 1000
_BLOCK_S: Final = 0.1
_OTHER_KIND_S: Final = 5.0
_SWEEPER_MS: Final = 5000
_CANCEL_S: Final = 24 * 3600
_LOST: Final = "its worker died, or could not be heard of, at each of its attempts"

_STATES: Final[dict[Status, State]] = {
    Status.NEW: "waiting",
    Status.QUEUED: "waiting",
    Status.ACTIVE: "running",
    Status.ABORTING: "running",
    Status.ABORTED: "cancelled",
    Status.FAILED: "failed",
    Status.COMPLETE: "done",
}
_ENDS: Final = {"done": Status.COMPLETE, "failed": Status.FAILED, "cancelled": Status.ABORTED}

# a job that waits, in line or until its time, leaves there; 1 if it was there
_TAKE: Final = """
local waited = redis.call('lrem', KEYS[1], 0, ARGV[1]) > 0
local due = redis.call('zscore', KEYS[2], ARGV[1])
if not waited and not (due and tonumber(due) > 0) then return 0 end
redis.call('zadd', KEYS[2], 0, ARGV[1])
redis.call('rpush', KEYS[3], ARGV[1])
return 1
"""
_RENEW: Final = """
if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('pexpire', KEYS[1], ARGV[2])
return 1 + redis.call('exists', KEYS[2])
"""


class SaqQueue:
    """`name` keeps queues apart that share a Redis.  Connects when first used."""

    def __init__(self, url: str, name: str = "darkroom", max_waiting: int = MAX_WAITING) -> None:
        self._redis: Any = redis_client(url)
        self._queue = RedisQueue(self._redis, name=name)
        self._name, self._max_waiting = name, max_waiting
        self._jobs: dict[str, Job] = {}
        self._without_lease: set[str] = set()

    async def close(self) -> None:
        """Closes the connections; SAQ's own way would open one to say goodbye."""
        await self._redis.aclose()

    async def enqueue(self, order: Order) -> str:
        with _translated():
            if await self._queue.count("incomplete") >= self._max_waiting:
                raise QueueFull(self._max_waiting)
            if await self._queue.enqueue(_job(order)) is not None:
                await self._redis.delete(self._key("cancel", order.id))
                await self._redis.zadd(self._key("known"), {order.id: time.time()})
                await self._redis.zremrangebyrank(self._key("known"), 0, -_KNOWN - 1)
        return order.id

    async def cancel(self, job_id: str) -> bool:
        with _translated():
            job = await self._queue.job(job_id)
            if job is None or _STATES[job.status] not in ("waiting", "running"):
                return False
            if await self._take(job_id):
                await job.finish(Status.ABORTED, error="")
            else:
                await self._redis.set(self._key("cancel", job_id), "1", ex=_CANCEL_S)
            return True

    async def status(self, job_id: str) -> JobStatus | None:
        with _translated():
            job = await self._queue.job(job_id)
        return None if job is None else _status(job)

    async def listing(self, limit: int) -> tuple[JobStatus, ...]:
        with _translated():
            ids = await self._redis.zrevrange(self._key("known"), 0, limit - 1)
            jobs = await self._queue.jobs([one.decode() for one in ids]) if ids else []
        return tuple(_status(job) for job in jobs if job is not None)

    async def open_count(self) -> int:
        with _translated():
            return await self._queue.count("incomplete")

    async def claim(
        self, kinds: tuple[str, ...], lease_s: float, only: str | None = None
    ) -> Claim | None:
        with _translated():
            job = await (self._next() if only is None else self._this(only))
            if job is None:
                return None
            token = token_hex(16)
            if job.function not in kinds or not await self._lease(job.key, token, lease_s):
                await self._leave(job)
                return None
            job.started = round(time.time() * 1000)
            job.attempts += 1
            job.worker_id = token
            await job.update(status=Status.ACTIVE)
        self._jobs[token] = job
        return Claim(_order(job), token, job.attempts)

    async def renew(self, claim: Claim, lease_s: float, progress: Progress) -> Standing:
        keys = self._key("lease", claim.order.id), self._key("cancel", claim.order.id)
        with _translated():
            found = await self._redis.eval(_RENEW, 2, *keys, claim.token, round(lease_s * 1000))
            if found:
                job = self._jobs[claim.token]
                _note(job, progress)
                await job.update(status=Status.ACTIVE)
        if not found:
            self._jobs.pop(claim.token, None)
            return Standing.LOST
        return Standing.CANCELLED if found > 1 else Standing.KEPT

    async def settle(self, claim: Claim, outcome: Outcome, progress: Progress) -> bool:
        job = self._jobs.pop(claim.token, None)
        keys = self._key("lease", claim.order.id), self._key("cancel", claim.order.id)
        with _translated():
            found = await self._redis.eval(_RENEW, 2, *keys, claim.token, _SWEEPER_MS)
            if not found or job is None:
                return False
            _note(job, progress)
            if found > 1 and isinstance(outcome, Again):
                outcome = Over("cancelled")
            await _end(job, outcome)
            await self._redis.delete(*keys)
        return True

    async def sweep(self) -> None:
        """What is in hand without a lease at two looks has lost its worker; at one, it may be on its way into a hand."""
        with _translated():
            active = await self._redis.lrange(self._queue.namespace("active"), 0, -1)
            ids = [self._queue.job_key_from_id(one.decode()) for one in active]
            held = await self._redis.mget([self._key("lease", one) for one in ids]) if ids else []
            alone = {one for one, lease in zip(ids, held, strict=True) if lease is None}
            for job_id in alone & self._without_lease:
                await self._revive(job_id)
            self._without_lease = alone

    async def _next(self) -> Job | None:
        await self._queue.schedule()
        return await self._queue.dequeue(timeout=_BLOCK_S)

    async def _this(self, job_id: str) -> Job | None:
        return await self._queue.job(job_id) if await self._take(job_id) else None

    async def _take(self, job_id: str) -> bool:
        lists = [self._queue.namespace(name) for name in ("queued", "incomplete", "active")]
        return bool(await self._redis.eval(_TAKE, 3, *lists, self._queue.job_id(job_id)))

    async def _lease(self, job_id: str, token: str, lease_s: float) -> bool:
        key = self._key("lease", job_id)
        return bool(await self._redis.set(key, token, nx=True, px=round(lease_s * 1000)))

    async def _leave(self, job: Job) -> None:
        """To others, or to a later time."""
        job.retry_delay = _OTHER_KIND_S
        await job.retry(job.error)

    async def _revive(self, job_id: str) -> None:
        token = token_hex(16)
        job = await self._queue.job(job_id)
        if not await self._lease(job_id, token, _SWEEPER_MS / 1000):
            return
        cancelled = await self._redis.exists(self._key("cancel", job_id))
        if job is None:
            await self._redis.lrem(self._queue.namespace("active"), 0, self._queue.job_id(job_id))
        elif cancelled:
            await _end(job, Over("cancelled", _LOST))
        elif job.attempts >= job.retries:
            await _end(job, Over("failed", _LOST))
        else:
            await _end(job, Again("its worker died", 0.0))
        await self._redis.delete(self._key("lease", job_id), self._key("cancel", job_id))

    def _key(self, *parts: str) -> str:
        return ":".join((self._name, *parts))


def _job(order: Order) -> Job:
    scheduled = ceil(time.time() + order.delay_s) if order.delay_s > 0 else 0
    return Job(
        order.kind,
        kwargs={"payload": order.payload},
        key=order.id,
        timeout=ceil(order.deadline_s),
        retries=order.max_attempts,
        ttl=round(KEEP_S),
        scheduled=scheduled,
        meta={"deadline_s": order.deadline_s},
    )


def _order(job: Job) -> Order:
    payload = (job.kwargs or {})["payload"]
    deadline_s = float(job.meta.get("deadline_s", job.timeout))
    return Order(job.key, job.function, payload, 0.0, job.retries, deadline_s)


def _note(job: Job, progress: Progress) -> None:
    job.meta |= {"done": progress.done, "total": progress.total}
    job.progress = progress.done / progress.total if progress.total else 0.0


async def _end(job: Job, outcome: Outcome) -> None:
    if isinstance(outcome, Again):
        job.attempts -= int(outcome.uncounted)
        job.retry_delay, job.retry_backoff = outcome.delay_s, False
        await job.retry(outcome.error)
    else:
        await job.finish(_ENDS[outcome.state], error=outcome.error)


def _status(job: Job) -> JobStatus:
    return JobStatus(
        id=job.key,
        kind=job.function,
        state=_STATES[job.status],
        attempts=job.attempts,
        max_attempts=job.retries,
        done=job.meta.get("done", 0),
        total=job.meta.get("total", 0),
        error=job.error or "",
        created_at=job.queued / 1000,
        started_at=job.started / 1000 if job.started else None,
        finished_at=job.completed / 1000 if job.completed else None,
    )


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (RedisError, OSError) as error:  # TimeoutError is an OSError
        raise QueueUnavailable("Redis does not answer") from error
