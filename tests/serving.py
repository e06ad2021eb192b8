"""A real server in a process of its own, for tests that come over HTTP as anybody would."""

import contextlib
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import services

ROOT = Path(__file__).resolve().parent.parent
WHOLE = ("--factory", "api.asgi:create")
IMAGES = ("imgproxy.asgi:app",)

_START_TIMEOUT_S = 60
_STOP_TIMEOUT_S = 20
_OURS = ("DATABASE_URL", "REDIS_URL", "DARKROOM_ORIGINALS", "DARKROOM_CACHE")
# a busy machine is no reason to refuse a picture here
_PATIENCE = {"DARKROOM_QUEUE_TIMEOUT_S": "60", "DARKROOM_RENDER_TIMEOUT_S": "60"}


@contextlib.contextmanager
def served(folder: Path, application: tuple[str, ...] = WHOLE) -> Iterator[str]:
    """The base URL of the application over `folder`, its data; one worker with one renderer."""
    port = services.free_port()
    base = f"http://127.0.0.1:{port}"
    kept = {name: value for name, value in os.environ.items() if name not in _OURS}
    environment = kept | _PATIENCE | {"DARKROOM_DATA": str(folder), "DARKROOM_RENDERERS": "1"}
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--port", str(port)]
    command += ["--workers", "1", "--log-level", "warning", *application]
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        _wait_until_ready(base, process, folder / "server.log")
        yield base
    finally:
        process.terminate()
        try:
            process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(base: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while True:
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"{base}/health/ready", timeout=2) as answer,
        ):
            if answer.status == 200:
                return
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"the server did not start:\n{log.read_text()[-2000:]}", pytrace=False)
        time.sleep(0.1)
