"""SQLite with a pool of connections that stay open.

Piccolo's own engine opens a connection, and with it a thread, for every statement.  This one keeps a few in a
last-in-first-out queue (the warmest page cache goes out first) in WAL mode, so that readers never wait for the
writer.  Without a started pool it still works, one connection per statement, as scripts and migrations expect.

A borrower may be cancelled at any await.  Its connection goes back at once, marked unclean; the next borrower rolls it
back first, which also waits out whatever the connection's thread was still doing.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any, Literal, TypeAlias

import aiosqlite
from piccolo.engine.sqlite import SQLiteEngine, SQLiteTransaction, TransactionType, dict_factory
from piccolo.querystring import QueryString
from piccolo.table import Table

from db.errors import DatabaseUnavailable
from db.statements import note

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",  # with WAL: a power cut may lose the last commits, never the file
    "PRAGMA foreign_keys = ON",
)

_RETRY_S = 0.02

# A connection, and whether its last borrower left it clean.
_Pool: TypeAlias = asyncio.LifoQueue[tuple[aiosqlite.Connection, bool]]


class PooledSQLiteEngine(SQLiteEngine):
    """`wait_s` bounds the wait for a connection, and for another process that holds the write lock."""

    def __init__(self, path: str, pool_size: int, wait_s: float) -> None:
        super().__init__(path=path)
        self.pool_size, self.wait_s = pool_size, wait_s
        self._everyone: list[aiosqlite.Connection] = []
        self._free: _Pool | None = None

    async def start_connection_pool(self) -> None:
        """Open all connections, making the file and its folder if need be; no-op when running."""
        if self._free is not None:
            return
        free: _Pool = asyncio.LifoQueue()
        for _ in range(self.pool_size):
            connection = await self.get_connection()
            self._everyone.append(connection)
            free.put_nowait((connection, True))
        self._free = free

    async def close_connection_pool(self) -> None:
        """Close all connections, lent ones too; each finishes the statement it is at."""
        self._free = None
        while self._everyone:
            await self._everyone.pop().close()

    async def get_connection(self) -> aiosqlite.Connection:
        """A new connection outside the pool, set up like the pooled ones; the caller closes it."""
        await asyncio.to_thread(Path(self.path).parent.mkdir, parents=True, exist_ok=True)
        connection = await aiosqlite.connect(**self.connection_kwargs, timeout=self.wait_s)
        try:
            # sqlite3 takes any function of cursor and row here; aiosqlite's annotation says class
            connection.row_factory = dict_factory  # type: ignore[assignment]
            await connection.create_function("fold", 1, fold, deterministic=True)
            for pragma in _PRAGMAS:
                await self._set_up(connection, pragma)
        except BaseException:
            await connection.close()
            raise
        return connection

    async def _set_up(self, connection: aiosqlite.Connection, pragma: str) -> None:
        """Asks again while the file is locked: SQLite does not wait by itself where the journal mode changes."""
        deadline_s = monotonic() + self.wait_s
        while True:
            try:
                await connection.execute_fetchall(pragma)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() > deadline_s:
                    raise
                await asyncio.sleep(_RETRY_S)
            else:
                return

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[aiosqlite.Connection]:
        """A connection that is back, or closed, when the block ends.  Raises DatabaseUnavailable."""
        pool = self._free
        if pool is None:
            connection = await self.get_connection()
            try:
                yield connection
            finally:
                await connection.close()
            return
        connection = await self._take(pool)
        clean = False
        try:
            yield connection
            clean = True
        finally:
            if not clean:
                await _interrupt(connection)
            pool.put_nowait((connection, clean))

    async def _take(self, pool: _Pool) -> aiosqlite.Connection:
        try:
            async with asyncio.timeout(self.wait_s):
                connection, clean = await pool.get()
        except TimeoutError:
            raise DatabaseUnavailable("all database connections are busy") from None
        if not clean:
            try:
                await connection.rollback()
            except BaseException:
                pool.put_nowait((connection, False))
                raise
        return connection

    def folded(self, expression: str) -> str:
        """SQL for the expression in lower case, by a function that our connections bring along."""
        return f"fold({expression})"

    async def _run_in_new_connection(
        self,
        query: str,
        args: list[Any] | None = None,
        query_type: str = "generic",  # noqa: ARG002  Piccolo's signature; it matters before SQLite 3.35
        table: type[Table] | None = None,  # noqa: ARG002
    ) -> Any:
        async with self.lent() as connection:
            return await connection.execute_fetchall(query, args or [])

    async def _run_in_existing_connection(
        self,
        connection: aiosqlite.Connection,
        query: str,
        args: list[Any] | None = None,
        query_type: str = "generic",  # noqa: ARG002
        table: type[Table] | None = None,  # noqa: ARG002
    ) -> Any:
        return await connection.execute_fetchall(query, args or [])

    async def run_querystring(self, querystring: QueryString, in_pool: bool = False) -> Any:
        note(querystring.template)
        return await super().run_querystring(querystring, in_pool)

    async def run_ddl(self, ddl: str, in_pool: bool = False) -> Any:
        note(ddl)
        return await super().run_ddl(ddl, in_pool)

    def transaction(
        self,
        transaction_type: TransactionType = TransactionType.immediate,
        allow_nested: bool = True,
    ) -> "PooledSQLiteTransaction":
        """Immediate by default: a deferred one that turns writer meets "database is locked" at once."""
        return PooledSQLiteTransaction(self, transaction_type, allow_nested)


class PooledSQLiteTransaction(SQLiteTransaction):
    """Piccolo's transaction, except that its connection finds home whatever interrupts begin, commit or rollback."""

    __slots__ = ("_ending",)

    engine: PooledSQLiteEngine
    _ending: AsyncExitStack

    async def __aenter__(self) -> SQLiteTransaction:
        if self._parent is not None:
            return self._parent
        async with AsyncExitStack() as stack:
            self.connection = await stack.enter_async_context(self.engine.lent())
            await self.begin()
            self._ending = stack.pop_all()
        self.context = self.engine.current_transaction.set(self)
        return self

    async def begin(self) -> None:
        await self.connection.execute_fetchall(f"BEGIN {self.transaction_type.value}")

    async def commit(self) -> None:
        await self.connection.execute_fetchall("COMMIT")
        self._committed = True

    async def rollback(self) -> None:
        await self.connection.execute_fetchall("ROLLBACK")
        self._rolled_back = True

    async def __aexit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> Literal[False]:
        if self._parent is None:
            self.engine.current_transaction.reset(self.context)
            async with self._ending:
                if not (self._committed or self._rolled_back):
                    await (self.commit() if exception is None else self.rollback())
        return False


def fold(text: str | None) -> str | None:
    """Lower case for any alphabet; SQLite's own lower() knows ASCII only."""
    return None if text is None else text.lower()


async def _interrupt(connection: aiosqlite.Connection) -> None:
    """Stop the statement whose reader has gone.  Awaits nothing, so that it is safe while cancelled."""
    with suppress(ValueError):  # closed meanwhile, together with its pool
        await connection.interrupt()
