"""Memory that a render process and the server share: a master is laid there, whole, without passing through a pipe.

It cannot grow, so a process gone mad fills no more than that; what was put away is given back to the system.
"""

import mmap
import os
import sys
import tempfile


class Desk:
    """`fd` is for the process, which inherits it, and for whoever puts away what lies there."""

    def __init__(self, max_bytes: int) -> None:
        self.fd = _shared(max_bytes)
        self._memory = mmap.mmap(self.fd, 0)

    def clear(self) -> None:
        """What lies there is no longer needed."""
        if sys.platform == "linux":
            self._memory.madvise(mmap.MADV_REMOVE)

    def close(self) -> None:
        """Ours; the process keeps its own until it ends."""
        self._memory.close()
        os.close(self.fd)


def _shared(max_bytes: int) -> int:
    if sys.platform != "linux":
        with tempfile.TemporaryFile() as file:
            file.truncate(max_bytes)
            return os.dup(file.fileno())
    import fcntl

    fd = os.memfd_create("darkroom-desk", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.ftruncate(fd, max_bytes)
    seals = fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals)
    return fd
