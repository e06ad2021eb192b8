"""Keep-alive connections of which it is known which worker has them, and what each is told over and over.

An asker cannot choose a worker; so connections are opened until every worker of a node has its share, by looking up whose
sockets they end in.  It must never decide what an answer means.
"""

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence

import psutil
from msgspec import Struct

from benchmarks.errors import UnexpectedAnswer
from benchmarks.launch import Running

_ANSWER_DEADLINE_S = 30.0
_MAX_CONNECTIONS = 200
_PAUSE_S = 0.005
_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
_ETAG = re.compile(rb"(?i)\r\netag: *([^\r]+)")


class Heard(Struct, frozen=True):
    """One answer; `what` is its status and its ETag, times are of the monotonic clock."""

    what: tuple[int, str]
    body: bytes
    asked_s: float
    heard_s: float


class Connection:
    """One request at a time."""

    def __init__(
        self, server: Running, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.server = server
        self._reader, self._writer = reader, writer

    @property
    def local_port(self) -> int:
        port: int = self._writer.get_extra_info("sockname")[1]
        return port

    async def ask(
        self, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Heard:
        """GET, or POST of a body; raises `UnexpectedAnswer` where no whole answer comes."""
        fields = {"Host": "pinned", **(headers or {})}
        if body is not None:
            fields["Content-Length"] = str(len(body))
        lines = [f"{'GET' if body is None else 'POST'} {path} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in fields.items()]
        asked_s = time.monotonic()
        self._writer.write("\r\n".join([*lines, "", ""]).encode() + (body or b""))
        try:
            async with asyncio.timeout(_ANSWER_DEADLINE_S):
                head = await self._reader.readuntil(b"\r\n\r\n")
                length = _LENGTH.search(head)
                told = await self._reader.readexactly(int(length[1]) if length else 0)
        except (OSError, asyncio.IncompleteReadError) as error:
            given = f"nothing ({type(error).__name__})"
            raise UnexpectedAnswer(f"{self.server.name} {path}", given, "an answer") from error
        etag = _ETAG.search(head)
        what = (int(head.split(maxsplit=2)[1]), etag[1].decode() if etag else "")
        return Heard(what, told, asked_s, time.monotonic())

    def close(self) -> None:
        self._writer.close()


@contextlib.asynccontextmanager
async def pinned(
    nodes: Sequence[Running], workers: int, each: int, ready_path: str
) -> AsyncIterator[list[Connection]]:
    """`each` connections to every one of the `workers` of every node; raises `UnexpectedAnswer` where one gets none."""
    kept: list[Connection] = []
    try:
        for node in nodes:
            kept += await _spread(node, workers, each, ready_path)
        yield kept
    finally:
        for connection in kept:
            connection.close()


async def _spread(node: Running, workers: int, each: int, ready_path: str) -> list[Connection]:
    by_worker: dict[int, list[Connection]] = {}
    for _ in range(_MAX_CONNECTIONS):
        connection = Connection(node, *await asyncio.open_connection("127.0.0.1", node.port))
        await connection.ask(ready_path)  # accepted for certain
        mine = by_worker.setdefault(_worker_of(node, connection.local_port), [])
        if len(mine) < each:
            mine.append(connection)
        else:
            connection.close()
        if len(by_worker) == workers and all(len(some) == each for some in by_worker.values()):
            return [one for some in by_worker.values() for one in some]
    raise UnexpectedAnswer(node.name, f"by {len(by_worker)} workers", f"{workers} of them")


def _worker_of(node: Running, port: int) -> int:
    """The process that has the other end of the connection from this local port."""
    for process in _processes(node.pid):
        with contextlib.suppress(psutil.Error):  # it ended meanwhile
            for one in process.net_connections(kind="tcp4"):
                if one.raddr and one.raddr.port == port:
                    return int(process.pid)
    raise UnexpectedAnswer(node.name, "by nobody", "an answer by one of its workers")


def _processes(root: int) -> Iterator[psutil.Process]:
    process = psutil.Process(root)
    yield from process.children(recursive=True)
    yield process


async def watch(
    connection: Connection, path: str, enough: Callable[[], bool], heard: list[Heard]
) -> None:
    """Asks again and again, adding what is heard without its bytes, until there is `enough`."""
    while not enough():
        answer = await connection.ask(path)
        heard.append(Heard(answer.what, b"", answer.asked_s, answer.heard_s))
        await asyncio.sleep(_PAUSE_S)
