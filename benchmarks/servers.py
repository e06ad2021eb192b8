"""The servers under test: Darkroom, the barest raw-ASGI app, nginx, each on a free loopback port.

Each is set up as well as it can be: a limit that is handicapped is none.
"""

import contextlib
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from benchmarks.errors import CannotRun
from benchmarks.launch import Launch, Running, free_port, running

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
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        root {root};
        location = /ready {{ return 200; }}
    }}
}}
"""


class DarkroomSetup(Struct, frozen=True, kw_only=True):
    """`folder` gets everything Darkroom writes; `originals` is only read; renderers are per worker."""

    folder: Path
    originals: Path
    workers: int = 1
    renderers: int = 1
    settings: Mapping[str, str] = {}


@contextlib.contextmanager
def barest(folder: Path, root: Path, workers: int) -> Iterator[Running]:
    """The barest raw-ASGI app under granian, sending the files of `root` by their names, and a 304 for any other path."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "benchmarks.barest",
        f"--port={port}",
        f"--workers={workers}",
        f"--folder={root}",
    ]
    ready_path = f"/{next(root.iterdir()).name}"
    launch = Launch(
        name="barest ASGI", command=command, port=port, ready_path=ready_path, folder=folder
    )
    with running(launch) as server:
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
    launch = Launch(name="nginx", command=command, port=port, ready_path="/ready", folder=folder)
    with running(launch) as server:
        yield server


_SAME_BYTES = {"DARKROOM_REFINE": "0"}
"""Whoever is compared by bytes or time must not be given others half-way; `benchmarks.refining` measures that."""


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
        **_SAME_BYTES,
        **setup.settings,
    }
    command = [sys.executable, "-m", "api"]
    launch = Launch(
        name="Darkroom",
        command=command,
        port=port,
        ready_path="/health/ready",
        folder=setup.folder,
        settings=settings,
    )
    with running(launch) as server:
        yield server


@contextlib.contextmanager
def image_node(
    folder: Path, settings: Mapping[str, str], ready_path: str = "/health/ready"
) -> Iterator[Running]:
    """The image half alone, one worker; `folder` gets the log and, where no setting says otherwise, the data."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1"]
    command += ["--port", str(port), "--workers", "1", "imgproxy.asgi:app"]
    launch = Launch(
        name="image node",
        command=command,
        port=port,
        ready_path=ready_path,
        folder=folder,
        settings={"DARKROOM_DATA": str(folder / "data"), **_SAME_BYTES, **settings},
    )
    with running(launch) as server:
        yield server
