"""A render process that a file has taken over: what it tries, and that it only works where nothing is confined.

And one whose server is killed.
"""

import ctypes
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import cast

import pytest
import pyvips

from imgproxy.renderers.confine import _landlock, _seccomp

ATTEMPTS = {
    "open a socket": "import socket; socket.socket()",
    "open a local socket": "import socket; socket.socketpair()",
    "start a program": "import subprocess; subprocess.run(['/bin/true'], check=True)",
    "become a program": "os.execv('/bin/echo', ['echo', json.dumps(dict.fromkeys(attempts, 'done'))])",
    "fork": "os.fork() or os._exit(0)",
    "make a file": "open('new', 'w')",
    "write into a file": "open('theirs', 'r+')",
    "empty a file": "os.truncate('theirs', 0)",
    "remove a file": "os.unlink('unwanted')",
    "rename a file": "os.rename('mine', 'yours')",
    "make a folder": "os.mkdir('folder')",
    "make a link": "os.symlink('/etc', 'etc')",
    "open a file to all": "os.chmod('theirs', 0o777)",
    "date a file back": "os.utime('theirs', (0, 0))",
    "signal the server": "os.kill(os.getppid(), 0)",
    "read the server's environment": "open(f'/proc/{os.getppid()}/environ', 'rb').read()",
    "read the server's memory": "open(f'/proc/{os.getppid()}/mem', 'rb')",
    "open 1000 files": "[os.open('theirs', os.O_RDONLY) for _ in range(1000)]",
}
NEEDS_LANDLOCK = {"read the server's environment", "read the server's memory"}
ORDER = [*(name for name in ATTEMPTS if name != "become a program"), "become a program"]

PROGRAM = """
import json, os, sys
from imgproxy.renderers.confine import confine
attempts = json.loads(sys.argv[2])
walls = confine(4_000_000_000) if sys.argv[1] == "confined" else ()
found = {}
for name, code in attempts.items():
    try:
        exec(code)
    except OSError as error:
        found[name] = type(error).__name__
    else:
        found[name] = "done"
found["walls"] = walls
print(json.dumps(found))
"""


def tried(folder: Path, how: str, attempts: dict[str, str]) -> dict[str, str]:
    for name in ("theirs", "unwanted", "mine"):
        (folder / name).write_text("text")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, how, json.dumps(attempts)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def confined(tmp_path_factory):
    found = tried(tmp_path_factory.mktemp("confined"), "confined", {n: ATTEMPTS[n] for n in ORDER})
    if "seccomp" not in found["walls"]:
        pytest.skip("this kernel has no seccomp")
    return found


@pytest.fixture(scope="module")
def free(tmp_path_factory):
    attempts = {n: ATTEMPTS[n] for n in ORDER if n not in {"become a program", "open 1000 files"}}
    return tried(tmp_path_factory.mktemp("free"), "free", attempts)


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_a_confined_process_cannot(attempt, confined):
    if attempt in NEEDS_LANDLOCK and "landlock" not in confined["walls"]:
        pytest.skip("this kernel has no Landlock")
    assert confined[attempt] != "done"


def test_a_process_that_is_not_confined_can_do_all_of_it(free):
    attempts = {name: result for name, result in free.items() if name != "walls"}
    assert set(attempts.values()) == {"done"}, attempts


WORK = {
    "read": "open('theirs').read()",
    "write to its log": "print('x', file=sys.stderr, flush=True)",
    "start a thread": "import threading; t = threading.Thread(target=print); t.start(); t.join()",
}


def test_a_confined_process_can_still_work(tmp_path):
    found = tried(tmp_path, "confined", WORK)
    assert {name: found[name] for name in WORK} == dict.fromkeys(WORK, "done")


def test_a_thread_is_confined_as_well(tmp_path):
    code = "import threading; t = threading.Thread(target=open, args=('new', 'w')); t.start(); t.join()"
    found = tried(tmp_path, "confined", {"write": code})
    if "seccomp" not in found["walls"]:
        pytest.skip("this kernel has no seccomp")
    assert not (tmp_path / "new").exists()


class OldKernel:
    """Answers every call as a kernel does that has never heard of it."""

    def syscall(self, *_call: object) -> int:
        return -1

    prctl = syscall


def test_a_kernel_without_the_walls_only_lacks_them():
    old = cast(ctypes.CDLL, OldKernel())
    assert (_landlock(old), _seccomp(old)) == (False, False)


SERVER = """
import asyncio, sys
from imgproxy.render.job import RenderJob
from imgproxy.renderers.pool import Renderers
from imgproxy.settings import Limits

async def serve():
    renderers = Renderers(1, Limits())
    await renderers.start()
    render = renderers.render(RenderJob(sys.argv[1], "c_scale,w_4500/f_avif,q_99", ("avif",)))
    task = asyncio.create_task(render)
    while renderers.idle:
        await asyncio.sleep(0.01)
    print(*renderers.pids, flush=True)
    await task

asyncio.run(serve())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux does it")
def test_a_server_that_is_killed_leaves_no_render_behind(tmp_path):
    """One that went on would complain, at its end, of the pipe that nobody reads."""
    noise = pyvips.Image.gaussnoise(1200, 900, mean=128, sigma=60).cast("uchar")
    noise.jpegsave(tmp_path / "noise.jpg")
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(tmp_path / "noise.jpg")],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert server.stdout is not None
    assert int(server.stdout.readline()) > 0
    server.kill()
    _, complaints = server.communicate(timeout=60)  # until the render process is gone as well
    assert complaints == b""
