"""A worker that is killed in mid-job loses no job, and none is done by two at once.  Real processes, real SIGKILL."""

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import AsyncExitStack, contextmanager
from secrets import token_hex

import pytest

from api.jobs import order
from api.jobs.redis import SaqQueue
from tests import databases
from tests.conftest import ROOT
from tests.job_worker import Noted, queue_of

JOBS = 6
TAKES_S = 0.4


@contextmanager
def _workers(count, *arguments):
    command = [sys.executable, "-m", "tests.job_worker", *map(str, arguments)]
    started = [subprocess.Popen(command, cwd=ROOT) for _ in range(count)]
    try:
        yield started
    finally:
        for process in started:
            process.kill()
            process.wait(10)


def _lines(log):
    text = log.read_text() if log.exists() else ""
    return [(what, name, int(pid)) for what, name, pid in map(str.split, text.splitlines())]


async def _until(happens, within_s=40.0):
    async with asyncio.timeout(within_s):
        while not (found := happens()):
            await asyncio.sleep(0.02)
        return found


def _at_once(lines, killed):
    """Jobs that began while another process, still alive, had begun and not ended them; and how often each ended."""
    holder: dict[str, int] = {}
    ends: dict[str, int] = {}
    twice = []
    for what, name, pid in lines:
        if what == "end":
            holder.pop(name, None)
            ends[name] = ends.get(name, 0) + 1
        elif holder.get(name, killed) != killed:
            twice.append(name)
        else:
            holder[name] = pid
    return twice, ends


@pytest.mark.parametrize("kind", [*databases.KINDS, "redis"])
async def test_another_worker_does_the_job_again_once(kind, request, tmp_path):
    log, name = tmp_path / "log", f"killed-{token_hex(4)}"
    async with AsyncExitStack() as stack:
        if kind == "redis":
            url = request.getfixturevalue("redis_url")
        else:
            opened = databases.database_url(kind, request, tmp_path)
            url = await stack.enter_async_context(opened)
            await stack.enter_async_context(databases.migrated(url))
        queue = queue_of(kind, url, name)
        if isinstance(queue, SaqQueue):
            stack.push_async_callback(queue.close)
        long = Noted("long", 3.0)
        wanted = [order(long), *(order(Noted(f"short{i}", TAKES_S)) for i in range(JOBS))]
        for one in wanted:
            await queue.enqueue(one)
        stack.enter_context(_workers(3, kind, url, name, log))

        begun = await _until(lambda: [pid for what, job, pid in _lines(log) if job == "long"])
        await asyncio.sleep(
            2.0
        )  # longer than a lease: whoever would take a living worker's job has had the time
        (first,) = begun
        assert [line for line in _lines(log) if line[1] == "long"] == [("begin", "long", first)]
        os.kill(first, signal.SIGKILL)
        await _until(lambda: sum(what == "end" for what, _, _ in _lines(log)) == len(wanted))
        found = [await queue.status(one.id) for one in wanted]

    lines = _lines(log)
    twice, ends = _at_once(lines, first)
    assert not twice, lines
    assert set(ends.values()) == {1}
    second = [pid for what, job, pid in lines if (what, job) == ("end", "long")]
    assert second != [first]
    assert [status.attempts for status in found if status] == [2, *[1] * JOBS]
    assert {status.state for status in found if status} <= {
        "done",
        "running",
    }  # the end is written a moment before the queue is told
