"""A crowd: everybody is connected first, then all ask at the same moment, once each.

What a load does not do, whose requests come as fast as connections open.  It must never ask again for whom an answer was cut.
"""

import asyncio
import hashlib
import re
import time
from collections.abc import Sequence

import uvloop
from msgspec import Struct

from benchmarks.errors import ServerLost, UnexpectedAnswer
from benchmarks.launch import Running

_DEADLINE_S = 120.0
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")
_MADE = re.compile(rb"(?:render|encode);dur=([0-9.]+)")


class Told(Struct, frozen=True):
    """What one of them got; `status` 0: the connection was cut.  Times are of the monotonic clock.

    `made_ms`: how long rendering and encoding took, told to whom the render was begun for.
    """

    status: int
    body: str
    asked_s: float
    answered_s: float
    made_ms: float | None = None


def ask_at_once(wishes: Sequence[tuple[Running, str]]) -> list[Told]:
    """One answer for each pair of server and path; raises `ServerLost` where somebody cannot connect."""
    return uvloop.run(_ask_all(wishes))


def slowest_s(told: Sequence[Told]) -> float:
    """From the first who asked to the last who was answered."""
    answered = [each for each in told if each.status]
    if not answered:
        return 0.0
    return max(each.answered_s for each in answered) - min(each.asked_s for each in told)


async def _ask_all(wishes: Sequence[tuple[Running, str]]) -> list[Told]:
    connections = [await _connected(server) for server, _ in wishes]
    ready = asyncio.Barrier(len(wishes))
    waiting = (
        _told(path, reader, writer, ready)
        for (_, path), (reader, writer) in zip(wishes, connections, strict=True)
    )
    try:
        async with asyncio.timeout(_DEADLINE_S):
            return await asyncio.gather(*waiting)
    except TimeoutError:
        given = f"nothing to some for {_DEADLINE_S:.0f} s"
        raise UnexpectedAnswer(wishes[0][0].name, given, "an answer for each") from None


async def _connected(server: Running) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    try:
        async with asyncio.timeout(_DEADLINE_S):
            return await asyncio.open_connection("127.0.0.1", server.port)
    except OSError as error:  # TimeoutError is one
        raise ServerLost(server.name, f"took no connection ({type(error).__name__})", "") from error


async def _told(
    path: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, ready: asyncio.Barrier
) -> Told:
    received, asked_s = b"", time.monotonic()
    try:
        await ready.wait()
        asked_s = time.monotonic()
        writer.write(f"GET {path} HTTP/1.1\r\nHost: crowd\r\nConnection: close\r\n\r\n".encode())
        received = await reader.read()
    except ConnectionError:
        pass  # cut: told as status 0
    finally:
        writer.close()
    return _read(received, asked_s, time.monotonic())


def _read(received: bytes, asked_s: float, answered_s: float) -> Told:
    status = _STATUS.match(received)
    if status is None:
        return Told(0, "", asked_s, answered_s)
    head, _, body = received.partition(b"\r\n\r\n")
    stages = [float(value) for value in _MADE.findall(head)]
    digest = hashlib.sha256(body).hexdigest()
    return Told(int(status[1]), digest, asked_s, answered_s, sum(stages) if stages else None)
