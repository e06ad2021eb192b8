"""The table of jobs: added, claimed by one worker at a time, renewed, settled.  Plain values in and out.

A claim is a lease: one UPDATE takes the row, names its owner by a token of this claim alone, and says until when.  Who
does not renew in time loses it, and whatever it says afterwards changes nothing, because the token is another.  All
times are those of the database's clock, so the clocks of workers do not matter.

`add` joins the transaction it is called in: the job is there if and only if the change is.
"""
# ruff: noqa: S608 - only words of this file are put together; every value is an argument

from collections.abc import Sequence
from typing import Any, Final, Literal, TypeAlias

from db.engine import current, fetch
from db.statements import ASIDE

Row: TypeAlias = dict[str, Any]

_CLOCK: Final = {
    "postgres": "CAST(extract(epoch FROM clock_timestamp()) AS DOUBLE PRECISION)",
    "sqlite": "((julianday('now') - 2440587.5) * 86400.0)",
}
_REAL: Final = "CAST({} AS DOUBLE PRECISION)"
_TEXT: Final = "CAST({} AS TEXT)"
_INT: Final = "CAST({} AS INTEGER)"
_LOST: Final = "its worker died, or could not be heard of, at each of its attempts"


async def add(
    job_id: str,
    kind: str,
    payload: str,
    delay_s: float,
    max_attempts: int,
    deadline_s: float,
    max_waiting: int,
) -> Literal["added", "there", "full"]:
    """`there`: one of that id waits or runs already.  A finished one of that id makes room.

    Raises DatabaseUnavailable.
    """
    now = _now()
    rows = await fetch(
        f"{ASIDE}INSERT INTO job (id, kind, payload, state, attempts, max_attempts, deadline_s, due_at, owner,"
        " lease_until, cancel_asked, done, total, error, created_at, started_at, finished_at)"
        f" SELECT {_TEXT}, {_TEXT}, {_TEXT}, 'waiting', 0, {_INT}, {_REAL}, {now} + {_REAL}, '',"
        f" 0, 0, 0, 0, '', {now}, NULL, NULL"
        f" WHERE (SELECT count(*) FROM job WHERE state = 'waiting') < {_INT}"
        " ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, payload = excluded.payload,"
        " state = excluded.state, attempts = 0, max_attempts = excluded.max_attempts,"
        " deadline_s = excluded.deadline_s, due_at = excluded.due_at, owner = '', lease_until = 0,"
        " cancel_asked = 0, done = 0, total = 0, error = '', created_at = excluded.created_at,"
        " started_at = NULL, finished_at = NULL"
        " WHERE job.state NOT IN ('waiting', 'running') RETURNING id",
        job_id,
        kind,
        payload,
        max_attempts,
        deadline_s,
        delay_s,
        max_waiting,
    )
    if rows:
        return "added"
    held = await fetch("SELECT state FROM job WHERE id = {}", job_id)
    return "there" if held and held[0]["state"] in ("waiting", "running") else "full"


async def claim(kinds: Sequence[str], token: str, lease_s: float, only: str | None) -> Row | None:
    """The job that has been due longest, now the caller's; with `only`, that one, due or not."""
    which, arguments = _open(kinds, only)
    if not await fetch(f"SELECT 1 AS due FROM job WHERE {which} LIMIT 1", *arguments):
        return None  # asking costs no lock, and most often nothing is due
    now, locked = _now(), " FOR UPDATE SKIP LOCKED" if _on_postgres() else ""
    rows = await fetch(
        f"{ASIDE}UPDATE job SET state = 'running', owner = {_TEXT}, lease_until = {now} + {_REAL},"
        f" attempts = attempts + 1, started_at = {now} WHERE id ="
        f" (SELECT id FROM job WHERE {which} ORDER BY due_at LIMIT 1{locked}) RETURNING *",
        token,
        lease_s,
        *arguments,
    )
    return rows[0] if rows else None


async def renew(job_id: str, token: str, lease_s: float, done: int, total: int) -> bool | None:
    """Whether somebody wants it cancelled; None when the lease is another's by now."""
    rows = await fetch(
        f"{ASIDE}UPDATE job SET lease_until = {_now()} + {_REAL}, done = {_INT}, total = {_INT}"
        f" WHERE {_MINE} RETURNING cancel_asked",
        lease_s,
        done,
        total,
        job_id,
        token,
    )
    return bool(rows[0]["cancel_asked"]) if rows else None


async def settle(job_id: str, token: str, state: str, error: str, done: int, total: int) -> bool:
    """It is over.  False when the lease was another's by then: nothing has changed."""
    rows = await fetch(
        f"{ASIDE}UPDATE job SET state = {_TEXT}, error = {_TEXT}, done = {_INT}, total = {_INT},"
        f" owner = '', finished_at = {_now()} WHERE {_MINE} RETURNING id",
        state,
        error,
        done,
        total,
        job_id,
        token,
    )
    return bool(rows)


async def put_back(job_id: str, token: str, error: str, delay_s: float, uncounted: bool) -> bool:
    """It waits again, unless it was cancelled meanwhile; `uncounted`: this attempt was none."""
    now = _now()
    rows = await fetch(
        f"{ASIDE}UPDATE job SET state = CASE cancel_asked WHEN 1 THEN 'cancelled' ELSE 'waiting' END,"
        f" finished_at = CASE cancel_asked WHEN 1 THEN {now} ELSE NULL END, owner = '',"
        f" error = {_TEXT}, due_at = {now} + {_REAL}, attempts = attempts - {_INT}"
        f" WHERE {_MINE} RETURNING id",
        error,
        delay_s,
        int(uncounted),
        job_id,
        token,
    )
    return bool(rows)


async def cancel(job_id: str) -> bool:
    """A waiting one never runs; the worker of a running one is told at its next renewal.  False: there is none open."""
    rows = await fetch(
        f"{ASIDE}UPDATE job SET cancel_asked = 1,"
        f" finished_at = CASE state WHEN 'waiting' THEN {_now()} ELSE NULL END,"
        " state = CASE state WHEN 'waiting' THEN 'cancelled' ELSE state END"
        " WHERE id = {} AND state IN ('waiting', 'running') RETURNING id",
        job_id,
    )
    return bool(rows)


async def sweep(keep_s: float) -> None:
    """Ends what was lost at its last attempt, and forgets what ended `keep_s` ago."""
    now = _now()
    await fetch(
        f"{ASIDE}UPDATE job SET finished_at = {now}, owner = '', error = {_TEXT},"
        " state = CASE cancel_asked WHEN 1 THEN 'cancelled' ELSE 'failed' END"
        f" WHERE state = 'running' AND lease_until < {now}"
        " AND (attempts >= max_attempts OR cancel_asked = 1)",
        _LOST,
    )
    await fetch(f"{ASIDE}DELETE FROM job WHERE finished_at < {now} - {_REAL}", keep_s)


async def one(job_id: str) -> Row | None:
    """The job of that id."""
    rows = await fetch("SELECT * FROM job WHERE id = {}", job_id)
    return rows[0] if rows else None


async def newest(limit: int) -> list[Row]:
    """The newest first."""
    return await fetch("SELECT * FROM job ORDER BY created_at DESC, id LIMIT {}", limit)


async def open_count() -> int:
    """How many wait or run."""
    rows = await fetch("SELECT count(*) AS number FROM job WHERE state IN ('waiting', 'running')")
    number: int = rows[0]["number"]
    return number


_MINE: Final = "id = {} AND owner = {} AND state = 'running'"


def _open(kinds: Sequence[str], only: str | None) -> tuple[str, list[object]]:
    """SQL for what may be claimed: due, or left behind by a worker whose lease is over."""
    now = _now()
    known = f"kind IN ({', '.join('{}' for _ in kinds)})"
    due = f"due_at <= {now}" if only is None else "id = {}"
    lost = f"lease_until < {now} AND attempts < max_attempts AND cancel_asked = 0"
    lost = lost if only is None else f"id = {{}} AND {lost}"
    arguments: list[object] = [*kinds, *([] if only is None else [only, only])]
    sql = f"{known} AND ((state = 'waiting' AND {due}) OR (state = 'running' AND {lost}))"
    return sql, arguments


def _on_postgres() -> bool:
    return current().engine_type == "postgres"


def _now() -> str:
    return _CLOCK["postgres" if _on_postgres() else "sqlite"]
