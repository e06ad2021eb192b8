"""The one engine that our tables talk to: opened from settings, put in use, started and stopped.

Piccolo knows one engine per process and table, so ours is the engine of `Property` and there is no second record
of it.  Tests change it with `use`; an application opens its own and starts the pool in its lifespan.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeAlias, cast

from piccolo.apps.migrations.tables import Migration
from piccolo.querystring import QueryString
from piccolo.table import Table

from db.errors import translated
from db.postgres import PooledPostgresEngine
from db.settings import DatabaseSettings
from db.sqlite import PooledSQLiteEngine
from db.tables import TABLES, Property

Engine: TypeAlias = PooledSQLiteEngine | PooledPostgresEngine

# Any number will do, as long as nothing else in the same database takes it: the letters DARKROOM.
_LOCK = int.from_bytes(b"DARKROOM"[:7])


def open_engine(settings: DatabaseSettings) -> Engine:
    """The engine that the settings' URL names; connects to nothing yet."""
    kind, place = settings.address()
    if kind == "sqlite":
        return PooledSQLiteEngine(place, settings.pool_size, settings.wait_s)
    return PooledPostgresEngine(place, settings.pool_size, settings.wait_s)


def use(engine: Engine) -> Engine:
    """From now on every table, and Piccolo's record of migrations, talks to `engine`; gives it back."""
    tables: tuple[type[Table], ...] = (*TABLES, Migration)
    for table in tables:
        table._meta.db = engine  # noqa: SLF001  Piccolo's own documented place for it
    return engine


def in_use() -> Engine | None:
    """The engine last given to `use`, or None; never looks for one."""
    return cast(Engine | None, Property._meta._db)  # noqa: SLF001  the property beside it would go and look


def current() -> Engine:
    """The engine in use, or else the one that `piccolo_conf.py` makes from the environment."""
    return cast(Engine, Property._meta.db)  # noqa: SLF001


async def start_pool(engine: Engine) -> None:
    """Connections are open afterwards.  Raises DatabaseUnavailable."""
    with translated():
        await engine.start_connection_pool()


async def stop_pool(engine: Engine) -> None:
    """All connections are closed afterwards; no-op when none are open.  Raises DatabaseUnavailable."""
    with translated():
        async with asyncio.timeout(engine.wait_s):
            await engine.close_connection_pool()


@asynccontextmanager
async def running(settings: DatabaseSettings) -> AsyncIterator[Engine]:
    """The engine of the settings, in use and with its pool open for the length of the block."""
    engine = use(open_engine(settings))
    await start_pool(engine)
    try:
        yield engine
    finally:
        await stop_pool(engine)


async def fetch(sql: str, *args: object) -> list[dict[str, Any]]:
    """Rows of one statement; `{}` stands for each argument, in the dialect of the engine in use.

    Raises DatabaseUnavailable when no answer comes in the engine's `wait_s`, DatabaseConflict, DatabaseError.
    """
    engine = current()
    with translated():
        async with asyncio.timeout(engine.wait_s):
            rows = await engine.run_querystring(QueryString(sql, *args))
    return engine.transform_response_to_dicts(rows)


@asynccontextmanager
async def transaction() -> AsyncIterator[None]:
    """All statements of the block, or none when it raises; the block has the engine's `wait_s` in all.

    Raises DatabaseUnavailable, DatabaseConflict, DatabaseError.
    """
    engine = current()
    with translated():
        async with asyncio.timeout(engine.wait_s), engine.transaction():
            yield


@asynccontextmanager
async def exclusively(engine: Engine) -> AsyncIterator[None]:
    """One transaction, and no second process is inside such a block on the same database.

    The others wait up to `wait_s`, then get DatabaseUnavailable.  For migrations and seeding at start.
    """
    with translated():
        async with engine.transaction():
            if isinstance(
                engine, PooledPostgresEngine
            ):  # SQLite's write lock is already such a lock
                await engine.run_querystring(QueryString("SELECT pg_advisory_xact_lock({})", _LOCK))
            yield
