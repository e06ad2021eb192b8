"""A render process: `python -m imgproxy.renderers.child`, started and fed by `pool`.

It gives up what it does not need before the first job (`confine`), and was told next to nothing (`pool`).
Anything a library prints goes to stderr; the pipe for replies is its own.  When the server is gone, however it went, Linux
ends us at once, in mid render too; elsewhere an alarm of the kernel does at the deadline, which no decoder can hold up.
"""

import contextlib
import ctypes
import logging
import mmap
import os
import signal
import sys
import traceback
from typing import BinaryIO

import pyvips

from imgproxy.errors import ImageError, NotAnImage
from imgproxy.operations import _fonts
from imgproxy.render import decode, encode
from imgproxy.render.job import RenderJob
from imgproxy.render.pipeline import render
from imgproxy.renderers.confine import confine
from imgproxy.renderers.thrift import Thrift
from imgproxy.renderers.wire import (
    LENGTH_BYTES,
    Failure,
    Ready,
    Success,
    Told,
    failure,
    frame,
    read_job,
)

_GRACE_S = 2.0
"""How much later than the pool's own deadline the alarm comes."""

_PARENT_DEATH_SIGNAL = 1


def main() -> None:
    """Serves jobs from stdin until it closes."""
    replies = _private_stdout()
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C goes to the whole group; the server ends us by the pipe
    if sys.argv[3:] == ["spare"]:
        _step_back()
    _end_with_the_server()
    walls = confine(int(sys.argv[1]))
    pyvips.cache_set_max(0)
    logging.getLogger("pyvips").setLevel(
        logging.CRITICAL
    )  # its warnings quote what is in a damaged file
    _fonts.load()
    desk = _Desk(int(sys.argv[2]), replies)
    formats = decode.warm(), encode.warm()
    thrift = Thrift()
    _send(replies, frame(Ready(walls, *formats)))
    while (job := _receive(sys.stdin.buffer)) is not None:
        _send(replies, frame(_answer(job, desk)))
        thrift.rest(sys.stdin.buffer)


def _end_with_the_server() -> None:
    """Nobody waits for a render that its server does not: somebody else is at it by now and needs the core.

    A server that died before this is noticed by the closed pipe.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)


def _step_back() -> None:
    """Runs when nothing else wants to, as far as the system knows how; there is no way back, nor a need for one."""
    os.nice(19)
    if hasattr(os, "SCHED_IDLE"):
        with contextlib.suppress(PermissionError):
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


class _Desk:
    """Memory shared with the server, where a master is laid; the server puts it away."""

    def __init__(self, fd: int, replies: BinaryIO) -> None:
        self.place = memoryview(mmap.mmap(fd, 0)) if fd >= 0 else None
        self._replies = replies

    def tell(self, what: str, size_bytes: int) -> None:
        """Says so before the job is finished, so that nobody waits for the encoder."""
        _send(self._replies, frame(Told(what, size_bytes)))


def _answer(job: RenderJob, desk: _Desk) -> Success | Failure:
    signal.setitimer(signal.ITIMER_REAL, job.limits.render_timeout_s + _GRACE_S)
    try:
        return Success(render(job, desk))
    except ImageError as error:
        return failure(error)
    except (pyvips.Error, MemoryError) as error:
        print(f"render failed: {error!r}", file=sys.stderr, flush=True)  # noqa: T201 - stderr is the log here
        return failure(NotAnImage(_sentence(error)))
    except Exception:  # noqa: BLE001 - our fault, logged whole; a new process would make the same one
        traceback.print_exc()
        return failure(ImageError("Internal error"))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _sentence(error: Exception) -> str:
    """What libvips said, in one line and without paths."""
    if isinstance(error, MemoryError):
        return "it needs more memory than a render may use"
    lines = [line for line in str(error).splitlines() if line and "/" not in line]
    return lines[-1].strip() if lines else "it could not be decoded"


def _private_stdout() -> BinaryIO:
    """The reply pipe under a number of its own; descriptor 1 becomes stderr."""
    private = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(private, "wb", buffering=0)


def _receive(stream: BinaryIO) -> RenderJob | None:
    head = stream.read(LENGTH_BYTES)
    if len(head) < LENGTH_BYTES:
        return None
    size = int.from_bytes(head, "big")
    body = stream.read(size)
    return read_job(body) if len(body) == size else None


def _send(stream: BinaryIO, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[stream.write(view) :]


if __name__ == "__main__":
    main()
