"""One hostile request sent to a server, and what of its answer breaks a promise.

Bytes go out as they are and come back as they are; no client that means well would do.  It must never go on after the deadline.
"""

import asyncio
import re
import time
from collections.abc import Iterator

from msgspec import Struct

from benchmarks.hostile_requests import Request

RENDER_TIMEOUT_S = 2.0
QUEUE_TIMEOUT_S = 5.0
_SLACK_S = 1.0
_GIVE_UP_S = 30.0
_LEAVE_AFTER_S = 0.02
_DRIP_S = 0.2
_MAX_KEPT_BYTES = 200_000

_NOT_SPOKEN = (501, 505)
"""What a server may answer to HTTP that it does not know."""

HONEST_5XX = re.compile(
    rb"Rendering took longer|Too many renders are waiting|The render process ended"
)
_LEAK = re.compile(
    rb"/tmp/|/home/|/root/|/usr/|/var/|site-packages|Traceback|\.py\b|root:x:0|127\.0\.0\.1:\d"
)
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")


class Outcome(Struct, frozen=True):
    """`status` 0: the connection was closed without an answer."""

    status: int
    seconds: float
    head: bytes
    body: bytes


async def send(port: int, request: Request) -> Outcome:
    """Whatever came until the server closed, fell silent or took too long."""
    started_s = time.monotonic()
    received = bytearray()
    try:
        async with asyncio.timeout(_GIVE_UP_S):
            await _exchange(port, request, received)
    except (OSError, TimeoutError):
        pass  # what came is judged; nothing at all is status 0
    status = _STATUS.match(received)
    head, _, body = bytes(received).partition(b"\r\n\r\n")
    seconds = time.monotonic() - started_s
    return Outcome(int(status[1]) if status else 0, seconds, head, body)


async def _exchange(port: int, request: Request, received: bytearray) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        await _write(writer, request)
        if request.manner == "left":
            await asyncio.sleep(_LEAVE_AFTER_S)
            return
        # a server that keeps the connection after an answer is not late: one second of silence ends the reading
        while data := await asyncio.wait_for(reader.read(65_536), _SLACK_S if received else None):
            received += data[: _MAX_KEPT_BYTES - len(received)]
            if request.manner == "slow":
                await asyncio.sleep(_DRIP_S)
    finally:
        writer.close()


async def _write(writer: asyncio.StreamWriter, request: Request) -> None:
    if request.manner == "slow":
        for at in range(0, min(len(request.data), 100), 10):
            writer.write(request.data[at : at + 10])
            await asyncio.sleep(_DRIP_S)
        writer.write(request.data[100:])
    else:
        writer.write(request.data)
        if b"Connection: close" not in request.data:
            writer.write_eof()
    await writer.drain()


def faults(request: Request, outcome: Outcome) -> Iterator[str]:
    """A phrase for each promise that this answer breaks."""
    honest = HONEST_5XX.search(outcome.head)
    spoken = request.family != "odd HTTP" or outcome.status not in _NOT_SPOKEN
    if outcome.status >= 500 and not honest and spoken:
        yield f"{outcome.status} {outcome.head[-300:]!r}"
    if outcome.status == 0 and request.family != "odd HTTP":
        yield "no answer"
    if (
        outcome.seconds > RENDER_TIMEOUT_S + QUEUE_TIMEOUT_S + _SLACK_S
        and request.manner == "whole"
    ):
        yield f"late, {outcome.seconds:.1f} s"
    if b"\r\nx-injected" in outcome.head.lower():
        yield "a header was smuggled in"
    text = outcome.head + (outcome.body if b"text/" in outcome.head else b"")
    if (leak := _LEAK.search(text)) and leak[0] not in request.data:
        yield f"leak of {leak[0]!r}"


def shown(request: Request) -> str:
    """Enough of it to send it again."""
    return f"[{request.family}] {request.data[:240]!r}"
