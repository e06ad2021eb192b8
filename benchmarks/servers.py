"""The servers under test: started by subprocess on a free loopback port, watched until ready, stopped by their pid.

It must never reuse a running server, nor end a process that it did not start.
"""

import contextlib
import http.client
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from benchmarks.errors import CannotRun, ServerLost, UnexpectedAnswer

ROOT = Path(__file__).resolve().parent.parent
_START_DEADLINE_S = 60.0
_STOP_DEADLINE_S = 20.0
_POLL_INTERVAL_S = 0.05
_MAX_BODY_BYTES = 64_000_000
_LOG_TAIL_BYTES = 2000

_NGINX_CONFIGURATION = """\
daemon off;
worker_processes {workers};
worker_rlimit_nofile 8192;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log warn;
{user}
events {{ worker_connections 4096; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    tcp_nodelay on;
    keepalive_requests 100000000;
    keepalive_timeout 300s;
    open_file_cache max=1000 inactive=300s;
    open_file_cache_valid 300s;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    types {{ image/jpeg jpg; image/avif avif; image/webp webp; }}
    server {{ listen 127.0.0.1:{port} backlog=4096; root {root}; }}
}}
"""


class Running(Struct, frozen=True):
    """A server that answers; `pid` is the root of its process tree."""

    name: str
    base_url: str
    port: int
    pid: int


class DarkroomSetup(Struct, frozen=True, kw_only=True):
    """`folder` gets everything Darkroom writes; `originals` is only read; renderers are per worker."""

    folder: Path
    originals: Path
    workers: int = 1
    renderers: int = 1
    settings: Mapping[str, str] = {}


class Answer(Struct, frozen=True):
    status: int
    headers: dict[str, str]
    body: bytes


@contextlib.contextmanager
def barest(folder: Path, body: bytes, workers: int) -> Iterator[Running]:
    """The barest raw-ASGI app under granian, sending `body` for every path."""
    port, file = free_port(), folder / "barest-body"
    file.write_bytes(body)
    command = [
        sys.executable,
        "-m",
        "benchmarks.barest",
        f"--port={port}",
        f"--workers={workers}",
        f"--file={file}",
    ]
    launch = _Launch(name="barest ASGI", command=command, port=port, ready_path="/", folder=folder)
    with _running(launch) as server:
        yield server


@contextlib.contextmanager
def nginx(folder: Path, root: Path, workers: int) -> Iterator[Running]:
    """The files of `root`, served as well as nginx can; raises `CannotRun` where it is not installed."""
    # Debian keeps it where an ordinary user's PATH does not look.
    program = shutil.which(
        "nginx",
        path=os.defpath + os.pathsep + os.environ.get("PATH", "") + os.pathsep + "/usr/sbin",
    )
    if program is None:
        raise CannotRun("nginx", "it is not installed")
    port, configuration = free_port(), folder / "nginx.conf"
    # Started by root, its workers would become "nobody", who cannot read a private temporary folder.
    user = "user root;" if os.geteuid() == 0 else ""
    configuration.write_text(
        _NGINX_CONFIGURATION.format(folder=folder, root=root, port=port, workers=workers, user=user)
    )
    command = [
        program,
        "-p",
        str(folder),
        "-e",
        str(folder / "nginx-error.log"),
        "-c",
        str(configuration),
    ]
    launch = _Launch(name="nginx", command=command, port=port, ready_path="/", folder=folder)
    with _running(launch) as server:
        yield server


@contextlib.contextmanager
def darkroom(setup: DarkroomSetup) -> Iterator[Running]:
    """Darkroom as `make run` starts it, without demo listings, ready to serve `setup.originals`."""
    port = free_port()
    settings = {
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "WORKERS": str(setup.workers),
        "DARKROOM_DATA": str(setup.folder / "data"),
        "DARKROOM_ORIGINALS": str(setup.originals),
        "DARKROOM_RENDERERS": str(setup.renderers),
        "DARKROOM_SEED": "0",
        **setup.settings,
    }
    command = [sys.executable, "-m", "api"]
    launch = _Launch(
        name="Darkroom",
        command=command,
        port=port,
        ready_path="/health/ready",
        folder=setup.folder,
        settings=settings,
    )
    with _running(launch) as server:
        yield server


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


class _Launch(Struct, frozen=True, kw_only=True):
    name: str
    command: Sequence[str]
    port: int
    ready_path: str
    folder: Path
    settings: Mapping[str, str] = {}


@contextlib.contextmanager
def _running(launch: _Launch) -> Iterator[Running]:
    log = launch.folder / f"server-{launch.port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            launch.command,
            cwd=ROOT,
            env={**os.environ, **launch.settings},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # A group of its own: Ctrl-C reaches us alone, and the whole tree can be ended by this one id.
            start_new_session=True,
        )
    server = Running(launch.name, f"http://127.0.0.1:{launch.port}", launch.port, process.pid)
    try:
        _wait_until_ready(server, process, launch.ready_path, log)
        yield server
        if process.poll() is not None:
            raise ServerLost(launch.name, f"died with exit code {process.returncode}", _tail(log))
    finally:
        _stop(process)


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
            if fetch(server, path, timeout_s=2.0).status < 500:
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
