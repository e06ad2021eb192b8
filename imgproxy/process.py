"""What a server process arranges for itself before it serves: how signals reach it, and that it does not outlive its parent.

Ctrl-C and `kill` of a group signal every process of the group, and the server's main process then signals its workers
again.  A granian worker that is signalled twice while stopping can wait for ever (seen in one stop of three), so a worker
leaves the group: the main process alone hears the terminal, and tells its workers once.
"""

import ctypes
import multiprocessing
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def stand_apart() -> None:
    """A group of its own, and SIGTERM when the parent ends, however it ends (Linux; elsewhere only the group).

    Does nothing in a process that no server forked, such as a test run.
    """
    if multiprocessing.parent_process() is None:
        return
    if os.getpgrp() != os.getpid():
        os.setpgid(0, 0)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
