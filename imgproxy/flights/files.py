"""Leases among the processes of one machine: a locked file per name.

The lock belongs to an open file, so the kernel frees it when its holder dies, however it dies. The file is
removed by its last holder while still locked; whoever locked a removed file notices by its inode and tries again.
Waiting never blocks the event loop. On network file systems locks are only as good as the server's.
"""

import asyncio
import fcntl
import os
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

from imgproxy.values import digest

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()

_FIRST_PAUSE_S = 0.002
_LONGEST_PAUSE_S = 0.05


class FileLeases:
    """Leases as files in `folder`; after `max_wait_s` a block goes on without its lease."""

    def __init__(self, folder: Path, max_wait_s: float = 30.0) -> None:
        self._folder = folder
        self._max_wait_s = max_wait_s

    @asynccontextmanager
    async def hold(self, name: str) -> AsyncIterator[bool]:
        path = self._folder / f"{digest(name)}.lock"
        fd, waited = await self._take(path)
        try:
            yield waited
        finally:
            if fd is not None:
                _free(path, fd)

    async def start(self) -> None:
        """Makes the folder."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            _log.warning("leases have no folder", errno=error.errno)

    async def close(self) -> None:
        """Nothing to close: every lease is freed by its own block."""

    async def _take(self, path: Path) -> tuple[int | None, bool]:
        """The locked file (`None`: go on without one) and whether somebody else had it first."""
        waited = False
        try:
            async with asyncio.timeout(self._max_wait_s):
                pause_s = _FIRST_PAUSE_S
                while (fd := _try_lock(path)) is None:
                    waited = True
                    # spread, so that many waiters do not knock in step
                    await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))  # noqa: S311 - no secret
                    pause_s = min(pause_s * 1.5, _LONGEST_PAUSE_S)
                return fd, waited
        except TimeoutError:
            _log.warning("lease not free in time, going on without it", waited_s=self._max_wait_s)
        except OSError as error:
            _log.warning("lease cannot be taken, going on without it", errno=error.errno)
        return None, waited


def _try_lock(path: Path) -> int | None:
    """The locked file, or `None` when somebody else has it or has just removed it. Raises OSError."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _still_named(fd, path):
            return fd
    except BlockingIOError:
        pass
    except BaseException:
        os.close(fd)
        raise
    os.close(fd)
    return None


def _still_named(fd: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(fd), path.stat())
    except FileNotFoundError:
        return False


def _free(path: Path, fd: int) -> None:
    try:
        if _still_named(fd, path):
            path.unlink(missing_ok=True)
    except OSError as error:
        _log.warning("lease file cannot be removed", errno=error.errno)
    finally:
        os.close(fd)
