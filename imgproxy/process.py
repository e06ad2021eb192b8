"""What a server process arranges for itself before it serves: signals, its parent, the collector, how faults are written.

Ctrl-C and `kill` of a group signal every process of the group, and the server's main process then signals its workers
again.  A granian worker that is signalled twice while stopping can wait for ever (seen in one stop of three), so a worker
leaves the group: the main process alone hears the terminal, and tells its workers once.
"""

import ctypes
import gc
import multiprocessing
import os
import signal
import sys

import structlog

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


def spare_the_collector() -> None:
    """What is there by now stays out of the rounds of the cyclic collector, which come more rarely.

    Measured under overload: full rounds over all that the program consists of stopped every answer for 100 to 400 ms.
    Does nothing in a process that no server forked.
    """
    if multiprocessing.parent_process() is None:
        return
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def write_faults_plainly() -> None:
    """A traceback as Python writes it: the coloured one with all variables takes half a second, in which nobody is answered."""
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    *others, _ = structlog.get_config()["processors"]
    structlog.configure(processors=[*others, plain])
