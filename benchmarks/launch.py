"""Starting and stopping a server under test, and asking it one thing.

It must never reuse a running server, nor end a process that it did not start.  A server ends with its benchmark, however
that ends (Linux; elsewhere by every way but SIGKILL).
"""

import contextlib
import ctypes
import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from benchmarks.errors import ServerLost, UnexpectedAnswer

ROOT = Path(__file__).resolve().parent.parent
_START_DEADLINE_S = 60.0
_STOP_DEADLINE_S = 20.0
_POLL_INTERVAL_S = 0.05
_MAX_BODY_BYTES = 64_000_000
_LOG_TAIL_BYTES = 2000
_PARENT_DEATH_SIGNAL = 1
_C = ctypes.CDLL(None)


class Running(Struct, frozen=True):
    """A server that answers; `pid` is the root of its process tree."""

    name: str
    base_url: str
    port: int
    pid: int


class Answer(Struct, frozen=True):
    status: int
    headers: dict[str, str]
    body: bytes


class Launch(Struct, frozen=True, kw_only=True):
    """`folder` gets the log; `settings` are added to the environment; ready means 200 on `ready_path`."""

    name: str
    command: Sequence[str]
    port: int
    ready_path: str
    folder: Path
    settings: Mapping[str, str] = {}


@contextlib.contextmanager
def running(launch: Launch) -> Iterator[Running]:
    """The server while it runs; raises `ServerLost` where it does not become ready, or died meanwhile."""
    log = launch.folder / f"server-{launch.port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            launch.command,
            cwd=ROOT,
            env={**_plain_environment(), **launch.settings},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # A group of its own: Ctrl-C reaches us alone, and the whole tree can be ended by this one id.
            start_new_session=True,
            preexec_fn=_end_with_the_benchmark,  # noqa: PLW1509 - one system call, and nothing here waits for a lock
        )
    server = Running(launch.name, f"http://127.0.0.1:{launch.port}", launch.port, process.pid)
    try:
        _wait_until_ready(server, process, launch.ready_path, log)
        yield server
        if process.poll() is not None:
            raise ServerLost(launch.name, f"died with exit code {process.returncode}", _tail(log))
    finally:
        _stop(process)


def fetch(
    server: Running, path: str, headers: Mapping[str, str] | None = None, timeout_s: float = 30.0
) -> Answer:
    """One answer over a connection of its own; header names in lower case."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=timeout_s)
    try:
        connection.request("GET", path, headers=dict(headers or {}))
        response = connection.getresponse()
        body = response.read(_MAX_BODY_BYTES)
        return Answer(
            response.status, {name.lower(): value for name, value in response.getheaders()}, body
        )
    finally:
        connection.close()


def fetch_ok(server: Running, path: str, headers: Mapping[str, str] | None = None) -> Answer:
    """As `fetch`, and raises `UnexpectedAnswer` unless the status is 200."""
    answer = fetch(server, path, headers)
    if answer.status != 200:
        sentence = answer.headers.get("x-cld-error", "")
        raise UnexpectedAnswer(
            f"{server.name} {path}", f"{answer.status} {sentence}".strip(), "200"
        )
    return answer


def free_port() -> int:
    """A loopback port that nobody listens on, below the range from which clients get theirs."""
    candidates = random.SystemRandom().sample(range(20000, 32000), 100)
    return next(port for port in candidates if _is_free(port))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def end_cleanly() -> None:
    """From now on SIGTERM leaves every block on its way out, as Ctrl-C does; for a main thread."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))


def _end_with_the_benchmark() -> None:
    if sys.platform == "linux":
        _C.prctl(_PARENT_DEATH_SIGNAL, signal.SIGTERM, 0, 0, 0)


def _plain_environment() -> dict[str, str]:
    """Ours without settings of a service: what is measured is the default, not somebody's deployment."""
    theirs = ("DARKROOM_", "DATABASE_URL", "REDIS_URL", "GRANIAN_", "AWS_")
    return {name: value for name, value in os.environ.items() if not name.startswith(theirs)}


def _wait_until_ready(
    server: Running, process: subprocess.Popen[bytes], path: str, log: Path
) -> None:
    deadline_s = time.monotonic() + _START_DEADLINE_S
    while time.monotonic() < deadline_s:
        if process.poll() is not None:
            raise ServerLost(
                server.name, f"ended at its start with exit code {process.returncode}", _tail(log)
            )
        # A refused or reset connection means "not yet", and so does a 503 of a server that is warming up.
        with contextlib.suppress(OSError, http.client.HTTPException):
            if fetch(server, path, timeout_s=2.0).status == 200:
                return
        time.sleep(_POLL_INTERVAL_S)
    raise ServerLost(server.name, f"was not ready after {_START_DEADLINE_S:.0f} s", _tail(log))


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_DEADLINE_S)
    # What outlived its parent, or would not stop, is ended by the group that we made.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(_STOP_DEADLINE_S)


def _tail(log: Path) -> str:
    return log.read_bytes()[-_LOG_TAIL_BYTES:].decode(errors="replace").strip()
