"""A foreign server for tests of fetching: small, real, on loopback, and as ill-behaved as a test wants it.

It speaks just enough HTTP/1.1 to answer one request per connection, and remembers what it was asked.
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

Answer = bytes | Callable[["Asked", asyncio.StreamWriter], Awaitable[None]]


class Asked:
    """One request as it came over the wire."""

    def __init__(self, head: bytes) -> None:
        first, *lines = head.decode("latin-1").split("\r\n")
        self.method, self.target, _ = first.split(" ")
        pairs = (line.partition(":") for line in lines if line)
        self.fields = {name.lower(): value.strip() for name, _, value in pairs}


class Upstream:
    """Answers by path; `asked` holds every request in order. Paths may be added and changed at any time."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[Asked] = []
        self.names: list[str | None] = []
        self.connections = 0
        self.port = 0

    @contextlib.asynccontextmanager
    async def running(
        self, host: str = "127.0.0.1", context: ssl.SSLContext | None = None
    ) -> AsyncIterator["Upstream"]:
        """Listens until the block ends; connections that are still open then are cut."""
        open_tasks: set[asyncio.Task[Any]] = set()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            open_tasks.add(task)
            try:
                await self._serve(reader, writer)
            finally:
                open_tasks.discard(task)
                writer.transport.abort()

        server = await asyncio.start_server(serve, host, 0, ssl=context)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in list(open_tasks):
                task.cancel()
            await asyncio.gather(*open_tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            asked = Asked(await reader.readuntil(b"\r\n\r\n"))
            self.asked.append(asked)
            answer = self.answers.get(asked.target, reply(b"", status=404))
            if isinstance(answer, bytes):
                writer.write(answer)
            else:
                await answer(asked, writer)
            await writer.drain()
            writer.close()
            await writer.wait_closed()


def reply(body: bytes, status: int = 200, **fields: str) -> bytes:
    """A whole answer; `cache_control` is `Cache-Control`, and an empty value leaves a field out."""
    given = {"content-length": str(len(body)), "connection": "close"}
    given |= {name.replace("_", "-"): value for name, value in fields.items()}
    lines = [f"HTTP/1.1 {status} x", *(f"{k}: {v}" for k, v in given.items() if v)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def redirect(to: str, status: int = 302) -> bytes:
    return reply(b"", status, location=to)


class Names(AbstractResolver):
    """Look-ups out of a dict; a list of lists gives another answer each time, the last one for ever."""

    def __init__(self, names: dict[str, list[list[str]]]) -> None:
        self.names = names
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        if host not in self.names:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        answers = self.names[host]
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=0,
            )
            for address in addresses
        ]

    async def close(self) -> None:
        """Nothing to close."""
