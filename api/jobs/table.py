"""Jobs as rows of our own database, SQLite or PostgreSQL: the embedded default, and the outbox of every change.

An order given inside a transaction is there if and only if the transaction is.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex
from typing import Any

import msgspec

from api.jobs import (
    KEEP_S,
    MAX_WAITING,
    Again,
    Claim,
    JobStatus,
    Order,
    Outcome,
    Progress,
    QueueFull,
    QueueUnavailable,
    Standing,
)
from db import jobs
from db.errors import DatabaseError, DatabaseUnavailable


class TableQueue:
    """Talks to the engine in use."""

    def __init__(self, max_waiting: int = MAX_WAITING, keep_s: float = KEEP_S) -> None:
        self._max_waiting, self._keep_s = max_waiting, keep_s

    async def enqueue(self, order: Order) -> str:
        with _translated():
            how = await jobs.add(
                order.id,
                order.kind,
                order.payload,
                order.delay_s,
                order.max_attempts,
                order.deadline_s,
                self._max_waiting,
            )
        if how == "full":
            raise QueueFull(self._max_waiting)
        return order.id

    async def cancel(self, job_id: str) -> bool:
        with _translated():
            return await jobs.cancel(job_id)

    async def status(self, job_id: str) -> JobStatus | None:
        with _translated():
            row = await jobs.one(job_id)
        return None if row is None else _status(row)

    async def listing(self, limit: int) -> tuple[JobStatus, ...]:
        with _translated():
            return tuple(_status(row) for row in await jobs.newest(limit))

    async def open_count(self) -> int:
        with _translated():
            return await jobs.open_count()

    async def claim(
        self, kinds: tuple[str, ...], lease_s: float, only: str | None = None
    ) -> Claim | None:
        token = token_hex(16)
        with _translated():
            row = await jobs.claim(kinds, token, lease_s, only)
        if row is None:
            return None
        return Claim(msgspec.convert(row, Order, strict=False), token, row["attempts"])

    async def renew(self, claim: Claim, lease_s: float, progress: Progress) -> Standing:
        with _translated():
            asked = await jobs.renew(
                claim.order.id, claim.token, lease_s, progress.done, progress.total
            )
        if asked is None:
            return Standing.LOST
        return Standing.CANCELLED if asked else Standing.KEPT

    async def settle(self, claim: Claim, outcome: Outcome, progress: Progress) -> bool:
        mine = claim.order.id, claim.token
        with _translated():
            if isinstance(outcome, Again):
                return await jobs.put_back(*mine, outcome.error, outcome.delay_s, outcome.uncounted)
            return await jobs.settle(
                *mine, outcome.state, outcome.error, progress.done, progress.total
            )

    async def sweep(self) -> None:
        with _translated():
            await jobs.sweep(self._keep_s)


def _status(row: dict[str, Any]) -> JobStatus:
    return msgspec.convert(row, JobStatus)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except DatabaseError as error:
        words = "does not answer" if isinstance(error, DatabaseUnavailable) else "refuses"
        raise QueueUnavailable(f"the database {words}") from error
