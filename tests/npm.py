"""Packages from npm, pinned by a lock file in the repository, installed beside the Python packages and nowhere else."""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

_TIMEOUT_S = 600


class NpmFailed(Exception):
    """`NpmFailed(command, said)`: the end of what it wrote."""


def installed(packages: Path) -> Path:
    """A folder with the packages of `packages`' lock file, made once for each state of that file.  Raises NpmFailed."""
    digest = hashlib.sha256((packages / "package-lock.json").read_bytes()).hexdigest()[:16]
    folder = Path(sys.prefix) / f"npm-{digest}"
    if (folder / "installed").exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(packages / name, folder)
    # not `npm ci`, which wants the optional packages of every other system in the lock file
    run(["npm", "install", "--no-save", "--omit=optional"], folder, _TIMEOUT_S)
    (folder / "installed").touch()
    return folder


def run(
    command: list[str], folder: Path, timeout_s: float, environ: Mapping[str, str] | None = None
) -> str:
    """What the command wrote.  Raises NpmFailed."""
    done = subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
        env=environ,
    )
    if done.returncode:
        raise NpmFailed(" ".join(command), done.stderr[-3000:])
    return done.stdout
