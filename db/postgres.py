"""PostgreSQL through Piccolo's pool, with deadlines and without losing a connection to a cancelled request."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Literal

import asyncpg
from piccolo.engine.postgres import PostgresEngine, PostgresTransaction
from piccolo.querystring import QueryString

from db.statements import may_write, note

# The first major version with a collation that knows all of Unicode's letters in a database of any locale.
_HAS_UTF8_COLLATION = 17

_RELEASE_S = 1.0


class PooledPostgresEngine(PostgresEngine):
    """`wait_s` bounds the wait for a connection, and each statement on the server's side of it.

    `writes` grows with every statement and transaction of ours, once it is over, that may have changed a row.
    """

    def __init__(self, dsn: str, pool_size: int, wait_s: float) -> None:
        super().__init__(config={"dsn": dsn, "command_timeout": wait_s, "timeout": wait_s})
        self.pool_size, self.wait_s = pool_size, wait_s
        self.writes = 0
        self._collation = ""

    async def check_version(self) -> None:
        """Nothing: Piccolo would connect here, in the constructor.  `start_connection_pool` will see."""

    async def start_connection_pool(self, **kwargs: Any) -> None:
        """Open one connection, more on demand; no-op when running."""
        if self.pool is None:
            await super().start_connection_pool(min_size=1, max_size=self.pool_size, **kwargs)
            await self._choose_collation()

    async def close_connection_pool(self) -> None:
        if self.pool is not None:
            await super().close_connection_pool()

    def folded(self, expression: str) -> str:
        """SQL for the expression in lower case; before PostgreSQL 17 the database's locale says of which letters."""
        return f"lower(({expression}){self._collation})"

    async def _choose_collation(self) -> None:
        assert self.pool is not None
        async with self.pool.acquire(timeout=self.wait_s) as connection:
            utf8 = connection.get_settings().server_encoding == "UTF8"
            recent = connection.get_server_version().major >= _HAS_UTF8_COLLATION
        self._collation = ' COLLATE "pg_c_utf8"' if utf8 and recent else ""

    async def _run_in_pool(self, query: str, args: Sequence[Any] | None = None) -> Any:
        assert self.pool is not None
        connection = await self.pool.acquire(timeout=self.wait_s)
        try:
            return await connection.fetch(query, *(args or ()))
        finally:
            # a server that hangs does not say either that it has given up: then the connection is closed
            await self.pool.release(connection, timeout=_RELEASE_S)

    async def _run_in_new_connection(self, query: str, args: Sequence[Any] | None = None) -> Any:
        connection = await self.get_new_connection()
        try:
            return await connection.fetch(query, *(args or ()))
        finally:
            await connection.close()

    async def run_querystring(self, querystring: QueryString, in_pool: bool = True) -> Any:
        note(querystring.template)
        try:
            return await super().run_querystring(querystring, in_pool)
        finally:
            if self.current_transaction.get() is None and may_write(querystring.template):
                self.writes += 1  # inside a transaction only its commit counts

    async def run_ddl(self, ddl: str, in_pool: bool = True) -> Any:
        note(ddl)
        return await super().run_ddl(ddl, in_pool)

    def transaction(self, allow_nested: bool = True) -> "PooledPostgresTransaction":
        return PooledPostgresTransaction(self, allow_nested)


class PooledPostgresTransaction(PostgresTransaction):
    """Piccolo's transaction, except that its connection finds home whatever interrupts begin, commit or rollback.

    asyncpg rolls a returned connection back itself when it is still inside a transaction.
    """

    __slots__ = ("_ending",)

    engine: PooledPostgresEngine
    _ending: AsyncExitStack

    async def __aenter__(self) -> PostgresTransaction:
        if self._parent is not None:
            return self._parent
        async with AsyncExitStack() as stack:
            self.connection = await self.get_connection()
            stack.push_async_callback(self._give_back)
            self.transaction = self.connection.transaction()
            await self.begin()
            self._ending = stack.pop_all()
        self.context = self.engine.current_transaction.set(self)
        return self

    async def begin(self) -> None:
        await self.transaction.start()

    async def commit(self) -> None:
        try:
            await self.transaction.commit()
        finally:
            self.engine.writes += 1
        self._committed = True

    async def rollback(self) -> None:
        await self.transaction.rollback()
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

    async def get_connection(self) -> Any:
        if self.engine.pool is None:
            return await self.engine.get_new_connection()
        return await self.engine.pool.acquire(timeout=self.engine.wait_s)

    async def _give_back(self) -> None:
        pool = self.engine.pool
        if pool is not None and isinstance(self.connection, asyncpg.pool.PoolConnectionProxy):
            await pool.release(self.connection)
        else:
            await self.connection.close()
