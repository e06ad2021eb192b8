"""Which SQL a piece of work sent: for tests that count, and for the answer's Server-Timing.

Free when nobody listens: one context variable is read per statement.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

ASIDE: Final = "/* aside */ "
"""Begins statements that write, but nothing that an answer to a visitor shows: jobs and the like."""

_READS = re.compile(r"\s*(?:SELECT|WITH|SHOW|EXPLAIN)\b", re.IGNORECASE)
_WRITES = re.compile(r"\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\b", re.IGNORECASE)

_sent: ContextVar[list[str] | None] = ContextVar("darkroom_sent_statements", default=None)


@contextmanager
def counting() -> Iterator[list[str]]:
    """The statements sent inside the block, by this task and tasks it starts, in order of sending."""
    statements: list[str] = []
    token = _sent.set(statements)
    try:
        yield statements
    finally:
        _sent.reset(token)


def note(sql: str) -> None:
    """Called by the engines just before they send `sql`."""
    statements = _sent.get()
    if statements is not None:
        statements.append(sql)


def may_write(sql: str) -> bool:
    """Whether the statement might change a row that is shown; of what begins with WITH, only our own words say no."""
    if sql.startswith(ASIDE):
        return False
    return not _READS.match(sql) or _WRITES.search(sql) is not None
