"""`python -m tests.job_worker <kind> <url> <name> <log>`: a process that does jobs until it is ended, for tests that kill it."""

import asyncio
import os
import sys
from pathlib import Path

import msgspec

from api.jobs import WorkQueue
from api.jobs.redis import SaqQueue
from api.jobs.runner import Handlers, Pace, Runner
from api.jobs.table import TableQueue
from db.engine import running
from db.settings import DatabaseSettings

PACE = Pace(lease_s=1.5, beat_s=0.2, poll_s=0.05, sweep_s=0.2)


class Noted(msgspec.Struct, frozen=True, tag="test.noted"):
    """Writes down that it begins and that it ends."""

    name: str
    takes_s: float


def queue_of(kind: str, url: str, name: str) -> WorkQueue:
    return SaqQueue(url, name) if kind == "redis" else TableQueue()


def note(log: Path, what: str, job: Noted) -> None:
    """One line, whole even when two processes write."""
    with log.open("ab", buffering=0) as file:
        file.write(f"{what} {job.name} {os.getpid()}\n".encode())


async def work_for_ever(queue: WorkQueue, log: Path) -> None:
    async def work(job: Noted, _: object) -> None:
        note(log, "begin", job)
        await asyncio.sleep(job.takes_s)
        note(log, "end", job)

    handlers = Handlers({Noted: work})
    await Runner(queue, handlers.kinds, handlers, at_once=1, pace=PACE).start()
    await asyncio.Event().wait()


async def main(kind: str, url: str, name: str, log: str) -> None:
    if kind == "redis":
        await work_for_ever(queue_of(kind, url, name), Path(log))
        return
    async with running(DatabaseSettings(url)):
        await work_for_ever(queue_of(kind, url, name), Path(log))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
