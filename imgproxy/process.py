"""What a server process arranges for itself before it serves: signals, its parent, the collector, how faults are written.

Ctrl-C and `kill` of a group signal every process of the group, and the server's main process then signals its workers
again.  A granian worker that is signalled twice while stopping can wait for ever (seen in one stop of three), so a worker
leaves the group: the main process alone hears the terminal, and tells its workers once.
"""

import asyncio
import ctypes
import gc
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from types import FrameType

import structlog

_PR_SET_PDEATHSIG = 1
_STOP_OR_RELOAD = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def hear_signals_apart() -> None:
    """For the main process: what heard SIGTERM, SIGINT and SIGHUP so far is called in a thread of its own from here on.

    In the main thread such a handler can interrupt itself: the server's sets an event, and the second of two signals, which is
    what make sends when its whole group is signalled, then waits for ever for the lock that the first one holds (seen).
    A process forked from here ends by these signals until it says otherwise; one that ignored them would be waited for.
    """
    handlers = {number: signal.getsignal(number) for number in _STOP_OR_RELOAD}
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    for number in _STOP_OR_RELOAD:
        signal.signal(number, _leave_it_to_the_pipe)
    os.register_at_fork(
        before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, _STOP_OR_RELOAD),
        after_in_parent=_hear_again,
        after_in_child=_hear_as_any_process,
    )
    threading.Thread(target=_hear, args=(reading, handlers), name="signals", daemon=True).start()


def _leave_it_to_the_pipe(_number: int, _frame: FrameType | None) -> None:
    """The interpreter has written the number before it comes here."""


def _hear_again() -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP_OR_RELOAD)


def _hear_as_any_process() -> None:
    """What came for the child since it was forked has waited, and ends it at the last line."""
    signal.set_wakeup_fd(-1)
    for number in _STOP_OR_RELOAD:
        signal.signal(number, signal.SIG_DFL)
    _hear_again()


def _hear(reading: int, handlers: Mapping[int, object]) -> None:
    while numbers := os.read(reading, 64):
        for number in numbers:
            if callable(handler := handlers.get(number)):
                handler(number, None)


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


def when_told_to_stop(act: Callable[[], None], after_s: float) -> None:
    """`act` is called so long after SIGTERM or SIGINT, in the running loop; what else the signal does goes on as before.

    The server says nothing to the application until the last request is answered.  Does nothing in a process that no server
    forked, nor outside its main thread.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if multiprocessing.parent_process() is None or not is_main:
        return
    loop = asyncio.get_running_loop()

    def heard() -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(loop.call_later, after_s, act)

    for number in (signal.SIGTERM, signal.SIGINT):
        # the loop reads signals from a pipe; this is only the handler that Python calls beside that
        signal.signal(number, _one_more(signal.getsignal(number), heard))
        signal.siginterrupt(number, False)


def _one_more(
    handler: object, heard: Callable[[], None]
) -> Callable[[int, FrameType | None], None]:
    def both(number: int, frame: FrameType | None) -> None:
        if callable(handler):
            handler(number, frame)
        heard()

    return both


def spare_the_collector() -> None:
    """What is there by now stays out of the rounds of the cyclic collector; small rounds are small, and full ones rare.

    Measured under overload, where every answer waits meanwhile: full rounds over all that the program consists of took 100 to
    400 ms, over what it holds beside that 100 to 200, over 10,000 young objects 6 to 22.  Pictures' answers leave no circles for
    it to find (`tests/test_garbage.py`); what others leave is found after a million objects.
    Does nothing in a process that no server forked.
    """
    if multiprocessing.parent_process() is None:
        return
    gc.collect()
    gc.freeze()
    gc.set_threshold(1000, 4, 250)


def write_faults_plainly() -> None:
    """A traceback as Python writes it: the coloured one with all variables takes half a second, in which nobody is answered."""
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    *others, _ = structlog.get_config()["processors"]
    structlog.configure(processors=[*others, plain])
