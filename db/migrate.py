"""Bring the database to the shape of `tables.py`, in this process and without a command line's chatter.

Safe to call at every start, and from several processes at once: one works, the others wait and find nothing to do.
All migrations of a call happen in one transaction, so a failing one leaves the database as it was.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO

from piccolo.apps.migrations.commands.backwards import run_backwards
from piccolo.apps.migrations.commands.base import MigrationResult
from piccolo.apps.migrations.commands.forwards import run_forwards
from piccolo.apps.migrations.tables import Migration

from db.engine import Engine, exclusively
from db.errors import MigrationFailed

_APP = "db"


async def migrate(engine: Engine) -> list[str]:
    """The names of the migrations applied now, oldest first; empty when there was nothing to do.

    `engine` must be in use.  Raises MigrationFailed, DatabaseUnavailable.
    """
    async with exclusively(engine):
        before = set(await applied())
        with _quiet():
            _demand(await run_forwards(_APP))
        return [name for name in await applied() if name not in before]


async def revert(engine: Engine, migration: str = "1") -> None:
    """Undo back to and including `migration`, the last one with "1", everything with "all"."""
    async with exclusively(engine):
        with _quiet():
            _demand(await run_backwards(_APP, migration_id=migration, auto_agree=True))


async def applied() -> list[str]:
    """The names of the migrations that the database has seen, oldest first."""
    if not await Migration.table_exists():
        return []
    return await Migration.get_migrations_which_ran(_APP)


def _demand(result: MigrationResult) -> None:
    if not result.success:
        raise MigrationFailed(result.message or "no reason given")


@contextmanager
def _quiet() -> Iterator[None]:
    """Piccolo prints its progress, and puts the migrations' folder on the import path, for good."""
    path = list(sys.path)
    try:
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            yield
    finally:
        sys.path[:] = path
