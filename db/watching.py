"""The two ways of seeing changes: notifications of PostgreSQL's triggers, and SQLite's counter of commits.

PostgreSQL   a connection of its own that listens; a change arrives some milliseconds after its commit.  While
             that connection is down nothing is seen, and when it is back everything may have changed.
SQLite       a connection of its own that is asked before each answer, some microseconds; every commit of any
             other connection counts, whoever made it, and what it changed is not known.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from secrets import token_hex
from typing import Any, Final

import asyncpg

from db.changes import EVERYTHING, Change, Watch, touched
from db.engine import Engine, fetch
from db.errors import DatabaseError
from db.postgres import PooledPostgresEngine

_CHANNEL: Final = "darkroom_changes"
_NAME: Final = "darkroom watch"
_ECHO: Final = "echo "  # to be heard by whoever sent it
_ASK: Final = "ask "  # to be answered by everybody
_ACK: Final = "ack "
_OTHERS_S: Final = 1.0
_PING_S: Final = 5.0
_FIRST_PAUSE_S: Final = 0.05
_LONGEST_PAUSE_S: Final = 2.0


def watch_of(engine: Engine) -> Watch:
    """The way that fits the engine, not yet started."""
    if isinstance(engine, PooledPostgresEngine):
        return PostgresWatch(engine)
    return SqliteWatch(engine.path)


_NOTIFY: Final = """
    SELECT pg_notify({}, {}), (
        SELECT count(*) FROM pg_stat_activity
        WHERE application_name = {} AND datname = current_database()
    ) AS listeners
"""


class SqliteWatch:
    """Synchronous: in WAL mode the question takes a shared lock in memory and never waits for a writer."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._version = -1
        self._tell: Callable[[Change], None] = _nobody

    async def start(self, tell: Callable[[Change], None]) -> None:
        self._tell = tell
        self._connection = sqlite3.connect(self._path, timeout=0, isolation_level=None)

    async def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def sees(self) -> bool:
        if self._connection is None:
            return False
        try:
            (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        except sqlite3.Error:
            return False
        if version != self._version:
            self._version = version
            self._tell(EVERYTHING)
        return True

    async def caught_up(self) -> None:
        self.sees()


class PostgresWatch:
    """Listens in a task of its own, which connects again whenever the connection is lost."""

    def __init__(self, engine: PooledPostgresEngine) -> None:
        self._engine = engine
        self._dsn, self._wait_s = engine.config["dsn"], engine.wait_s
        self._heard_writes = engine.writes
        self._tell: Callable[[Change], None] = _nobody
        self._listening = False
        self._tried = asyncio.Event()
        self._orders: asyncio.Queue[str | None] = asyncio.Queue()
        self._echoes: dict[str, asyncio.Future[None]] = {}
        self._acks: dict[str, asyncio.Semaphore] = {}
        self._task: asyncio.Task[None] | None = None
        self._catching_up: asyncio.Task[int] | None = None

    async def start(self, tell: Callable[[Change], None]) -> None:
        """Waits for the first attempt, whatever comes of it."""
        self._tell = tell
        self._task = asyncio.create_task(self._keep_listening(), name="watch changes")
        await self._tried.wait()

    async def close(self) -> None:
        tasks: list[asyncio.Task[Any]] = [
            task for task in (self._task, self._catching_up) if task is not None
        ]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._task = self._catching_up = None

    def sees(self) -> bool:
        if self._listening and self._heard_writes != self._engine.writes:
            if self._catching_up is None or self._catching_up.done():
                self._catching_up = asyncio.create_task(self._hear(_ECHO), name="catch up")
            return False
        return self._listening

    async def caught_up(self) -> None:
        """Asks every listener of this database, our own among them, and waits for as many answers."""
        token = token_hex(8)
        acks = self._acks[token] = asyncio.Semaphore(0)
        try:
            listeners = await self._hear(_ASK, token)
            async with asyncio.timeout(_OTHERS_S):
                for _ in range(listeners):
                    await acks.acquire()
        except TimeoutError:
            return  # somebody hangs; a write does not wait for that
        finally:
            del self._acks[token]

    async def _hear(self, kind: str, token: str = "") -> int:
        """Waits for a notification of our own, and gives the number of listeners; 0 when we are none.

        Notifications arrive in the order of commits, so ours comes behind all that were committed before.
        """
        if not self._listening:
            return 0
        writes, token = self._engine.writes, token or token_hex(8)
        echo = self._echoes[token] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(self._wait_s):
                (row,) = await fetch(_NOTIFY, _CHANNEL, kind + token, _NAME)
                await echo
        except (TimeoutError, DatabaseError):
            self._lose()
            return 0
        finally:
            del self._echoes[token]
        self._heard_writes = max(self._heard_writes, writes)
        listeners: int = row["listeners"]
        return listeners

    async def _keep_listening(self) -> None:
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                await self._listen()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
            else:
                pause_s = _FIRST_PAUSE_S
            finally:
                self._blind()
                self._tried.set()
            await asyncio.sleep(pause_s)

    async def _listen(self) -> None:
        """Until the connection is lost.  Raises what asyncpg raises when there is none."""
        wait_s = self._wait_s
        connection = await asyncpg.connect(
            self._dsn,
            timeout=wait_s,
            command_timeout=wait_s,
            server_settings={"application_name": _NAME},
        )
        self._orders = asyncio.Queue()
        try:
            connection.add_termination_listener(self._on_end)
            await connection.add_listener(_CHANNEL, self._on_news)
            self._tell(EVERYTHING)  # whatever came before was not heard
            self._listening = True
            self._tried.set()
            while (order := await self._next_order()) is not None:
                await connection.fetch("SELECT pg_notify($1, $2)", _CHANNEL, order)
        finally:
            connection.terminate()

    def _on_news(self, _connection: Any, _process: int, _channel: str, payload: str) -> None:
        kind, token = payload[: len(_ACK)], payload.rpartition(" ")[2]
        if kind == _ACK:
            if token in self._acks:
                self._acks[token].release()
            return
        if payload.startswith((_ASK, _ECHO)):
            echo = self._echoes.get(token)
            if echo is not None and not echo.done():
                echo.set_result(None)
            if kind == _ASK:
                self._orders.put_nowait(_ACK + token)
            return
        self._tell(touched(payload))

    async def _next_order(self) -> str | None:
        """What to send next; when there is nothing for a while a sign of life, and None when the connection is lost."""
        try:
            async with asyncio.timeout(_PING_S):
                return await self._orders.get()
        except TimeoutError:
            return _ACK

    def _on_end(self, _connection: Any) -> None:
        self._lose()

    def _lose(self) -> None:
        self._blind()
        self._orders.put_nowait(None)

    def _blind(self) -> None:
        self._listening = False
        for echo in self._echoes.values():
            if not echo.done():
                echo.set_result(None)


def _nobody(_: Change) -> None:
    """Who is told before `start`."""
