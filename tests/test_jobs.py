"""What every queue of jobs promises, and what the runner makes of it.  On SQLite, PostgreSQL and Redis."""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from secrets import token_hex

import msgspec
import pytest
import pytest_asyncio

from api.jobs import (
    Again,
    GiveUp,
    Over,
    Postpone,
    Progress,
    QueueFull,
    QueueUnavailable,
    Standing,
    order,
)
from api.jobs.redis import SaqQueue
from api.jobs.runner import Handlers, Pace, Runner
from api.jobs.table import TableQueue
from db.engine import fetch, transaction
from tests import databases

KINDS = (*databases.KINDS, "redis")
QUICK = Pace(lease_s=0.9, beat_s=0.1, poll_s=0.05, sweep_s=0.1, grace_s=0.2, first_delay_s=0.01)
MOST = 5
LEASE_S = 30.0


class Sum(msgspec.Struct, frozen=True, tag="test.sum"):
    number: int


class Other(msgspec.Struct, frozen=True, tag="test.other"):
    number: int = 0


SUM, BOTH = ("test.sum",), ("test.sum", "test.other")


@pytest_asyncio.fixture(params=KINDS, scope="module")
async def place(request, tmp_path_factory):
    """What makes an empty queue."""
    if request.param == "redis":
        url = request.getfixturevalue("redis_url")

        @asynccontextmanager
        async def empty():
            queue = SaqQueue(url, name=f"test-{token_hex(4)}", max_waiting=MOST)
            yield queue
            await queue.close()

        yield empty
        return
    folder = tmp_path_factory.mktemp("jobs")
    async with (
        databases.database_url(request.param, request, folder) as url,
        databases.migrated(url),
    ):

        @asynccontextmanager
        async def empty():
            await fetch("DELETE FROM job")
            yield TableQueue(max_waiting=MOST)

        yield empty


@pytest_asyncio.fixture
async def queue(place):
    async with place() as queue:
        yield queue


async def _claimed(queue, lease_s=LEASE_S, only=None, kinds=SUM):
    claim = await queue.claim(kinds, lease_s, only)
    assert claim is not None
    return claim


async def _until(happens, within_s=10.0):
    """Not a measure of time: it ends when it happens."""
    async with asyncio.timeout(within_s):
        while not await happens():
            await asyncio.sleep(0.02)


# --- ordering --------------------------------------------------------------------------------------------------------


async def test_an_order_waits_and_can_be_looked_up(queue):
    job_id = await queue.enqueue(order(Sum(3), max_attempts=4))
    status = await queue.status(job_id)
    assert (status.kind, status.state, status.attempts) == ("test.sum", "waiting", 0)
    assert (status.max_attempts, status.error, status.finished_at) == (4, "", None)
    assert status.created_at > 1_700_000_000
    assert await queue.status("0" * 32) is None


async def test_the_newest_is_listed_first(queue):
    first = await queue.enqueue(order(Sum(1)))
    await asyncio.sleep(0.01)
    second = await queue.enqueue(order(Sum(2)))
    assert [job.id for job in await queue.listing(9)] == [second, first]
    assert [job.id for job in await queue.listing(1)] == [second]


async def test_what_waits_or_runs_is_open(queue):
    await queue.enqueue(order(Sum(1)))
    await queue.enqueue(order(Sum(2), delay_s=3600))
    claim = await _claimed(queue)
    assert await queue.open_count() == 2
    await queue.settle(claim, Over("done"), Progress())
    assert await queue.open_count() == 1


async def test_the_same_key_waits_once(queue):
    first = await queue.enqueue(order(Sum(1), key="a"))
    again = await queue.enqueue(order(Sum(2), key="a"))
    other = await queue.enqueue(order(Sum(3), key="b"))
    assert first == again != other
    assert len(await queue.listing(9)) == 2
    claim = await _claimed(queue, only=first)
    assert claim.order.payload == order(Sum(1)).payload
    assert await queue.enqueue(order(Sum(4), key="a")) == first  # while it runs, too
    assert await queue.claim(SUM, LEASE_S, only=first) is None


async def test_the_same_key_may_come_again_when_the_job_has_ended(queue):
    job_id = await queue.enqueue(order(Sum(1), key="a"))
    await queue.settle(await _claimed(queue), Over("failed", "no luck"), Progress(1, 2))
    assert await queue.enqueue(order(Sum(2), key="a")) == job_id
    status = await queue.status(job_id)
    assert (status.state, status.attempts, status.error) == ("waiting", 0, "")
    assert (await _claimed(queue)).order.payload == order(Sum(2)).payload


async def test_kinds_have_keys_of_their_own(queue):
    assert order(Sum(1), key="a").id != order(Other(1), key="a").id


async def test_a_full_queue_refuses_but_knows_what_it_has(queue):
    for number in range(MOST):
        await queue.enqueue(order(Sum(number), key=str(number)))
    with pytest.raises(QueueFull, match=f"{MOST} jobs"):
        await queue.enqueue(order(Sum(9)))


# --- claiming --------------------------------------------------------------------------------------------------------


async def test_a_claim_carries_the_order(queue):
    wanted = order(Sum(7), max_attempts=3, deadline_s=1.5)
    await queue.enqueue(wanted)
    claim = await _claimed(queue)
    assert claim.order == wanted
    assert claim.attempt == 1
    status = await queue.status(wanted.id)
    assert (status.state, status.attempts) == ("running", 1)
    assert status.started_at >= status.created_at - 1


async def test_a_job_is_claimed_by_one_of_many(queue):
    for number in range(3):
        await queue.enqueue(order(Sum(number)))
    claims = await asyncio.gather(*(queue.claim(SUM, LEASE_S) for _ in range(12)))
    got = [claim.order.id for claim in claims if claim is not None]
    assert len(got) == len(set(got)) == 3


async def test_only_known_kinds_are_claimed(queue):
    await queue.enqueue(order(Other()))
    assert await queue.claim(SUM, LEASE_S) is None
    assert [job.state for job in await queue.listing(9)] == ["waiting"]


async def test_what_is_for_later_waits_unless_it_is_called_by_its_id(queue):
    job_id = await queue.enqueue(order(Sum(1), delay_s=3600))
    assert await queue.claim(SUM, LEASE_S) is None
    assert (await queue.status(job_id)).state == "waiting"
    assert (await _claimed(queue, only=job_id)).order.id == job_id


async def test_what_is_for_later_comes(queue):
    await queue.enqueue(order(Sum(1), delay_s=0.2))
    await _until(lambda: queue.claim(SUM, LEASE_S))


# --- the lease -------------------------------------------------------------------------------------------------------


async def test_a_lease_can_be_kept_and_shows_progress(queue):
    await queue.enqueue(order(Sum(1)))
    claim = await _claimed(queue)
    assert await queue.renew(claim, LEASE_S, Progress(3, 8)) is Standing.KEPT
    status = await queue.status(claim.order.id)
    assert (status.done, status.total, status.state) == (3, 8, "running")


async def _taken_over(queue, lease_s=0.2):
    """Two claims of one job, the first of which has let its lease end."""
    await queue.enqueue(order(Sum(1)))
    first = await _claimed(queue, lease_s)
    found = []

    async def again():
        await queue.sweep()
        found.append(await queue.claim(SUM, LEASE_S))
        return found[-1]

    await _until(again)
    return first, found[-1]


async def test_a_job_whose_lease_ends_is_claimed_again_and_the_first_has_no_say(queue):
    first, second = await _taken_over(queue)
    assert second.order == first.order
    assert second.attempt == 2
    assert await queue.renew(first, LEASE_S, Progress()) is Standing.LOST
    assert not await queue.settle(first, Over("done"), Progress())
    assert (await queue.status(first.order.id)).state == "running"
    assert await queue.settle(second, Over("done"), Progress())
    assert (await queue.status(first.order.id)).state == "done"


async def test_a_kept_lease_is_nobody_elses(queue):
    await queue.enqueue(order(Sum(1)))
    claim = await _claimed(queue, 0.4)
    for _ in range(5):
        await asyncio.sleep(0.15)
        assert await queue.renew(claim, 0.4, Progress()) is Standing.KEPT
        await queue.sweep()
        assert await queue.claim(SUM, LEASE_S) is None


async def test_a_job_that_kills_its_workers_fails_in_the_end(queue):
    job_id = await queue.enqueue(order(Sum(1), max_attempts=1))
    await _claimed(queue, 0.1)

    async def failed():
        await queue.sweep()
        return (await queue.status(job_id)).state == "failed"

    await _until(failed)
    assert "worker died" in (await queue.status(job_id)).error
    assert await queue.claim(SUM, LEASE_S) is None


# --- ends ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["done", "failed", "cancelled"])
async def test_an_end_is_remembered(queue, state):
    await queue.enqueue(order(Sum(1)))
    claim = await _claimed(queue)
    assert await queue.settle(claim, Over(state, "so it was"), Progress(5, 5))
    status = await queue.status(claim.order.id)
    assert (status.state, status.error, status.done, status.total) == (state, "so it was", 5, 5)
    assert status.finished_at is not None
    assert await queue.claim(SUM, LEASE_S) is None


async def test_a_job_put_back_comes_again_and_counts(queue):
    await queue.enqueue(order(Sum(1)))
    first = await _claimed(queue)
    assert await queue.settle(first, Again("not yet", 0), Progress())
    status = await queue.status(first.order.id)
    assert (status.state, status.error, status.attempts) == ("waiting", "not yet", 1)
    second = await _claimed(queue)
    assert second.attempt == 2
    assert await queue.settle(second, Again("stopped", 0, uncounted=True), Progress())
    assert (await _claimed(queue)).attempt == 2


async def test_a_job_put_back_for_later_is_not_there_now(queue):
    await queue.enqueue(order(Sum(1)))
    await queue.settle(await _claimed(queue), Again("later", 3600), Progress())
    assert await queue.claim(SUM, LEASE_S) is None


# --- cancelling ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delay_s", [0, 3600])
async def test_a_cancelled_job_never_runs(queue, delay_s):
    job_id = await queue.enqueue(order(Sum(1), delay_s=delay_s))
    assert await queue.cancel(job_id)
    assert (await queue.status(job_id)).state == "cancelled"
    assert await queue.claim(SUM, LEASE_S) is None
    assert not await queue.cancel(job_id)
    assert not await queue.cancel("0" * 32)


async def test_a_running_job_is_told(queue):
    job_id = await queue.enqueue(order(Sum(1)))
    claim = await _claimed(queue)
    assert await queue.cancel(job_id)
    assert (await queue.status(job_id)).state == "running"
    assert await queue.renew(claim, LEASE_S, Progress()) is Standing.CANCELLED
    assert await queue.settle(claim, Again("it failed meanwhile", 0), Progress())
    assert (await queue.status(job_id)).state == "cancelled"
    assert await queue.enqueue(order(Sum(1))) != job_id


async def test_a_cancelled_job_whose_worker_died_is_over(queue):
    job_id = await queue.enqueue(order(Sum(1)))
    await _claimed(queue, 0.1)
    assert await queue.cancel(job_id)

    async def over():
        await queue.sweep()
        return (await queue.status(job_id)).state == "cancelled"

    await _until(over)
    assert await queue.claim(SUM, LEASE_S) is None


# --- the runner ------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def _runner(queue, handler, at_once=1, pace=QUICK):
    handlers = Handlers({Sum: handler})
    runner = Runner(queue, handlers.kinds, handlers, at_once, pace)
    await runner.start()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(runner.close)
        yield runner


async def _ended(queue, job_id, state):
    async def there():
        return (await queue.status(job_id)).state == state

    await _until(there)
    return await queue.status(job_id)


async def test_the_work_gets_the_value(queue):
    got = []

    async def work(sum_, progress):
        got.append(sum_)
        progress.done, progress.total = 2, 2

    async with _runner(queue, work):
        status = await _ended(queue, await queue.enqueue(order(Sum(41))), "done")
    assert got == [Sum(41)]
    assert (status.done, status.total) == (2, 2)


async def test_work_that_fails_is_tried_again_and_keeps_its_sentence(queue):
    tries = []

    async def work(sum_, progress):
        tries.append(sum_)
        raise ValueError(f"no {len(tries)}")

    async with _runner(queue, work):
        job_id = await queue.enqueue(order(Sum(1), max_attempts=3))
        status = await _ended(queue, job_id, "failed")
    assert len(tries) == status.attempts == 3
    assert status.error == "ValueError: no 3"


async def test_work_that_gives_up_is_not_tried_again(queue):
    async def work(sum_, progress):
        raise GiveUp("there is no such thing")

    async with _runner(queue, work):
        status = await _ended(queue, await queue.enqueue(order(Sum(1))), "failed")
    assert (status.attempts, status.error) == (1, "there is no such thing")


async def test_work_that_cannot_be_done_now_does_not_use_up_attempts(queue):
    tries = []

    async def work(sum_, progress):
        tries.append(sum_)
        if len(tries) < 4:
            raise Postpone(0.01, "busy")

    async with _runner(queue, work):
        job_id = await queue.enqueue(order(Sum(1), max_attempts=1))
        assert (await _ended(queue, job_id, "done")).attempts == 1
    assert len(tries) == 4


async def test_a_deadline_ends_the_work(queue):
    ended = []

    async def work(sum_, progress):
        try:
            await asyncio.sleep(3600)
        finally:
            ended.append(True)

    async with _runner(queue, work):
        job_id = await queue.enqueue(order(Sum(1), max_attempts=1, deadline_s=0.2))
        status = await _ended(queue, job_id, "failed")
    assert ended
    assert status.error == "it took longer than 0.2 s"


async def test_running_work_is_cancelled(queue):
    begun, ended = asyncio.Event(), asyncio.Event()

    async def work(sum_, progress):
        begun.set()
        try:
            await asyncio.sleep(3600)
        finally:
            ended.set()

    async with _runner(queue, work):
        job_id = await queue.enqueue(order(Sum(1)))
        await begun.wait()
        assert await queue.cancel(job_id)
        status = await _ended(queue, job_id, "cancelled")
    assert ended.is_set()
    assert status.error == "cancelled while it ran"


async def test_work_longer_than_a_lease_stays_with_its_worker(queue):
    tries = []

    async def work(sum_, progress):
        tries.append(sum_)
        await asyncio.sleep(QUICK.lease_s * 2)

    async with _runner(queue, work, at_once=3):
        await _ended(queue, await queue.enqueue(order(Sum(1))), "done")
    assert len(tries) == 1


async def test_what_runs_when_the_runner_closes_is_given_back(queue):
    begun = asyncio.Event()

    async def work(sum_, progress):
        begun.set()
        await asyncio.sleep(3600)

    async with _runner(queue, work):
        job_id = await queue.enqueue(order(Sum(1), max_attempts=1))
        await begun.wait()
    status = await queue.status(job_id)
    assert (status.state, status.attempts) == ("waiting", 0)


async def test_what_is_nearly_done_when_the_runner_closes_is_finished(queue):
    begun = asyncio.Event()

    async def work(sum_, progress):
        begun.set()
        await asyncio.sleep(0.1)

    async with _runner(queue, work, pace=msgspec.structs.replace(QUICK, grace_s=5.0)):
        job_id = await queue.enqueue(order(Sum(1)))
        await begun.wait()
    assert (await queue.status(job_id)).state == "done"


async def test_one_job_can_be_done_at_once(queue):
    got = []

    async def work(sum_, progress):
        got.append(sum_.number)

    handlers = Handlers({Sum: work})
    runner = Runner(queue, handlers.kinds, handlers, at_once=0)
    await runner.start()
    await queue.enqueue(order(Sum(1)))
    job_id = await queue.enqueue(order(Sum(2), delay_s=3600))
    await runner.now(job_id)
    await runner.close()
    assert got == [2]
    assert (await queue.status(job_id)).state == "done"


async def test_a_payload_of_another_version_fails_with_a_sentence(queue):
    wanted = msgspec.structs.replace(order(Sum(1)), payload='{"number": "three"}')

    async def work(sum_, progress):
        raise AssertionError

    async with _runner(queue, work):
        status = await _ended(queue, await queue.enqueue(wanted), "failed")
    assert status.error.startswith("the payload cannot be read: ")


class Deaf:
    """A queue that answers no renewal from `broken` on."""

    def __init__(self, queue):
        self._queue, self.broken = queue, False

    def __getattr__(self, name):
        return getattr(self._queue, name)

    async def renew(self, *args):
        if self.broken:
            raise QueueUnavailable
        return await self._queue.renew(*args)


async def test_work_stops_before_its_lease_ends_when_nobody_hears(queue):
    begun, stopped = [], asyncio.Event()

    async def work(sum_, progress):
        begun.append((await queue.status(job_id)).attempts)
        if len(begun) == 1:
            deaf.broken = True
            try:
                await asyncio.sleep(3600)
            finally:
                stopped.set()
        else:
            assert stopped.is_set()

    deaf = Deaf(queue)
    job_id = order(Sum(1), key="deaf").id
    async with _runner(deaf, work, at_once=2):
        await queue.enqueue(order(Sum(1), key="deaf"))
        await _ended(queue, job_id, "done")
    assert begun == [1, 2]


# --- the outbox ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", databases.KINDS, indirect=True)
async def test_an_order_is_as_true_as_the_change_it_belongs_to(queue):
    async def undone():
        async with transaction():
            await queue.enqueue(order(Sum(1), key="never"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await undone()
    async with transaction():
        await queue.enqueue(order(Sum(1), key="there"))
    assert [job.id for job in await queue.listing(9)] == [order(Sum(1), key="there").id]
