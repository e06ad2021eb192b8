"""Thumbor as a contestant: installed from pinned requirements into an environment of its own, started like any server.

Its packages never meet ours.  It must be set up as well as it can be: all cores, results stored, the same encoder speed.
"""

import contextlib
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

from benchmarks.errors import CannotRun
from benchmarks.launch import ROOT, Launch, Running, free_port, running

_REQUIREMENTS = ROOT / "requirements" / "peers.txt"
_ENVIRONMENT = ROOT / ".venv-peers"
_INSTALL_DEADLINE_S = 300.0

# Speed 8 is what libvips calls effort 1, which is Darkroom's.
_CONFIGURATION = """\
LOADER = 'thumbor.loaders.file_loader'
FILE_LOADER_ROOT_PATH = {originals!r}
STORAGE = 'thumbor.storages.no_storage'
RESULT_STORAGE = 'thumbor.result_storages.file_storage'
RESULT_STORAGE_FILE_STORAGE_ROOT_PATH = {results!r}
RESULT_STORAGE_STORES_UNSAFE = True
ALLOW_UNSAFE_URL = True
AVIF_SPEED = 8
MAX_WIDTH = 0
MAX_HEIGHT = 0
"""


@contextlib.contextmanager
def thumbor(folder: Path, originals: Path, processes: int) -> Iterator[Running]:
    """Thumbor over `originals`; raises `CannotRun` where it cannot be installed."""
    program = _installed()
    port, configuration = free_port(), folder / "thumbor.conf"
    configuration.write_text(
        _CONFIGURATION.format(originals=str(originals), results=str(folder / "thumbor-results"))
    )
    command = [str(program), "--ip", "127.0.0.1", "--port", str(port)]
    command += ["--conf", str(configuration), "--log-level", "error", "--processes", str(processes)]
    launch = Launch(
        name="thumbor", command=command, port=port, ready_path="/healthcheck", folder=folder
    )
    with running(launch) as server:
        yield server


def _installed() -> Path:
    """The program; the copy of the requirements inside the environment is the stamp, as for `make`'s own."""
    stamp, program = _ENVIRONMENT / "peers.txt", _ENVIRONMENT / "bin" / "thumbor"
    wanted = _REQUIREMENTS.read_bytes()
    if program.exists() and stamp.exists() and stamp.read_bytes() == wanted:
        return program
    sys.stderr.write("installing thumbor into an environment of its own\n")
    try:
        venv.create(_ENVIRONMENT, with_pip=True, clear=True)
        subprocess.run(
            [
                _ENVIRONMENT / "bin" / "python",
                "-m",
                "pip",
                "install",
                "--quiet",
                "-r",
                _REQUIREMENTS,
            ],
            check=True,
            capture_output=True,
            timeout=_INSTALL_DEADLINE_S,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise CannotRun("thumbor", f"pip could not install it ({type(error).__name__})") from None
    stamp.write_bytes(wanted)
    return program
