"""A GET to a foreign server that can reach nothing but public addresses of hosts that are allowed.

    every hop       its parts are matched with the allow list; at most MAX_REDIRECTS lead on
    every look-up   asked once per connection, and void as soon as one address in it is not public
    every socket    is made for one numeric address, judged in the moment before it connects: whatever the spelling, and
                    whatever the name means a second later, this address was judged and this address is asked

Host header, SNI and certificate stay those of the name.  No cookies, no credentials, no proxy of the environment, and no
error says where a name leads.  It must never know what the bytes mean or keep them.
"""

import asyncio
import socket
import ssl
import zlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urljoin

import aiohttp
import structlog
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from imgproxy.errors import AccessDenied, ImageError, NotFetched, OriginFailed, OriginTimedOut
from imgproxy.origins.addresses import is_public
from imgproxy.remote import AllowedHosts, Remote, split

MAX_REDIRECTS = 5
CHUNK_BYTES = 256 * 1024

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PASSING = frozenset({408, 425, 429})
_UNKNOWN_NAME = frozenset({socket.EAI_NONAME, socket.EAI_NODATA})
_FIELDS = {
    "Accept": "image/*,*/*;q=0.8",
    "Accept-Encoding": "identity",
    "User-Agent": "Darkroom",
}
_MAX_SOCKETS = 64
_MAX_SOCKETS_PER_HOST = 16


class Reply(NamedTuple):
    """What came from `url`, the last hop; `unchanged` is a 304 and has no chunks."""

    url: str
    fields: Mapping[str, str]
    unchanged: bool
    chunks: AsyncIterator[bytes]


class GuardedClient:
    """GETs to hosts of `allowed`; `may_connect` and `resolver` are arguments so that tests can serve themselves."""

    def __init__(
        self,
        allowed: AllowedHosts,
        connect_timeout_s: float = 3.0,
        may_connect: Callable[[str], bool] = is_public,
        resolver: AbstractResolver | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._allowed = allowed
        self._connect_timeout_s = connect_timeout_s
        self._may_connect = may_connect
        self._resolver = resolver
        self._ssl_context = ssl_context
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Opens no connection yet."""
        names = self._resolver or aiohttp.ThreadedResolver()
        connector = aiohttp.TCPConnector(
            resolver=_PublicNames(names, self._may_connect),
            socket_factory=self._socket,
            use_dns_cache=False,
            ssl=self._ssl_context or True,
            limit=_MAX_SOCKETS,
            limit_per_host=_MAX_SOCKETS_PER_HOST,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=_FIELDS,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._connect_timeout_s),
            auto_decompress=False,
            trust_env=False,
        )

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    @asynccontextmanager
    async def get(
        self, url: str, conditions: Mapping[str, str], conditions_for: str
    ) -> AsyncIterator[Reply]:
        """The answer, open for the length of the block; `conditions` go to the hop `conditions_for` alone.

        Raises AccessDenied, NotFetched, OriginFailed, OriginTimedOut. The caller sets the deadline of the whole.
        """
        remote = self._admitted(url, url)
        for _ in range(MAX_REDIRECTS + 1):
            followed = remote.url != url
            asked = conditions if remote.url == conditions_for else {}
            with _foreign_errors(url), _discreet(url, followed=followed):
                async with self._request(remote, asked) as response:
                    if response.status not in _REDIRECTS or "Location" not in response.headers:
                        _check(url, response.status, conditional=bool(asked))
                        unchanged = response.status == 304
                        yield Reply(remote.url, response.headers, unchanged, _body(response))
                        return
                    location = response.headers["Location"]
            with _discreet(url, followed=True):
                remote = self._admitted(url, location, remote.url)
        raise NotFetched(url, f"it redirects more than {MAX_REDIRECTS} times")

    def _admitted(self, url: str, hop: str, seen_from: str = "") -> Remote:
        """The parts of a hop that may be asked. Raises AccessDenied, NotFetched."""
        try:
            remote = split(urljoin(seen_from, hop) if seen_from else hop)
        except ValueError as error:
            raise NotFetched(url, f"expected {error}") from None
        if not self._allowed.admits(remote):
            raise AccessDenied(f"{remote.host} is not among the hosts that may be fetched")
        if _is_numeric(remote.host) and not self._may_connect(remote.host):
            raise _nowhere(remote.host)
        return remote

    @asynccontextmanager
    async def _request(
        self, remote: Remote, fields: Mapping[str, str]
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        assert self._session is not None, "not started"
        # encoded: the parts were judged, and go out as they are
        address = URL(remote.url, encoded=True)
        get = self._session.get(address, headers=fields, allow_redirects=False)
        try:
            async with get as response:
                yield response
        except aiohttp.ServerTimeoutError:
            raise OriginTimedOut(self._connect_timeout_s) from None

    def _socket(self, info: aiohttp.AddrInfoType) -> socket.socket:
        """The last door, which every connection passes."""
        family, kind, protocol, _, address = info
        if not self._may_connect(str(address[0])):
            raise PermissionError("not a public address")
        return socket.socket(family, kind, protocol)


class _PublicNames(AbstractResolver):
    """Look-ups of which every address may be connected to; one that may not makes the name void."""

    def __init__(self, names: AbstractResolver, may_connect: Callable[[str], bool]) -> None:
        self._names = names
        self._may_connect = may_connect

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._names.resolve(host, port, family)
        if not found or not all(self._may_connect(entry["host"]) for entry in found):
            _log.warning("a host that leads to no public address was not fetched", host=host)
            raise _nowhere(host)
        return found

    async def close(self) -> None:
        await self._names.close()


def _nowhere(host: str) -> AccessDenied:
    """The same for a name that does not exist and one that leads inside, which are nobody's business to tell apart."""
    return AccessDenied(f"{host} has no public address")


def _is_numeric(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


@contextmanager
def _discreet(url: str, *, followed: bool) -> Iterator[None]:
    """Where a server sends us stays between it and us: whoever asked did not name that place."""
    try:
        yield
    except AccessDenied:
        if not followed:
            raise
        raise NotFetched(url, "it redirects to a place that may not be fetched") from None


@contextmanager
def _foreign_errors(url: str) -> Iterator[None]:
    """The table of what the library raises, most special first."""
    try:
        yield
    except ImageError:
        raise
    except aiohttp.ClientConnectorDNSError as error:
        if error.os_error.errno in _UNKNOWN_NAME:
            raise _nowhere(str(error.host)) from None
        raise OriginFailed("the name of the host cannot be looked up") from error
    except aiohttp.InvalidURL:
        raise NotFetched(url, "its host is neither a name nor an address") from None
    except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError) as error:
        raise OriginFailed("the server's certificate is not to be trusted") from error
    except aiohttp.ClientConnectorError as error:
        raise OriginFailed("the server cannot be reached") from error
    except (aiohttp.ClientPayloadError, aiohttp.ClientConnectionError) as error:
        raise OriginFailed("the server broke off") from error
    except aiohttp.ClientError as error:
        raise OriginFailed("the server does not speak HTTP") from error


def _check(url: str, status: int, *, conditional: bool) -> None:
    """Raises what a status means: gone and refused are the client's to know, trouble is the server's."""
    if status == 200 or (status == 304 and conditional):
        return
    if 400 <= status < 500 and status not in _PASSING:
        raise NotFetched(url, f"the server answered {status}")
    raise OriginFailed(f"the server answered {status}")


def _body(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """The bytes without their content coding, which was not asked for and comes all the same."""
    chunks = response.content.iter_chunked(CHUNK_BYTES)
    coding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if coding in {"", "identity"}:
        return aiter(chunks)
    if coding in {"gzip", "x-gzip", "deflate"}:
        return _inflated(aiter(chunks))
    raise OriginFailed("the server compresses in a way that was not asked for")


async def _inflated(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """What gzip or zlib packed, opened in pieces of bounded size, so that whoever counts bytes can stop in time."""
    machine = zlib.decompressobj(wbits=32 + zlib.MAX_WBITS)
    try:
        async for chunk in chunks:
            rest = chunk
            while rest and not machine.eof:
                yield machine.decompress(rest, CHUNK_BYTES)
                rest = machine.unconsumed_tail
        yield machine.flush()
    except zlib.error as error:
        raise OriginFailed("the server compressed the original wrongly") from error
    if not machine.eof:
        raise OriginFailed("the server broke off")


@asynccontextmanager
async def within(timeout_s: float) -> AsyncIterator[None]:
    """A deadline around the block. Raises OriginTimedOut."""
    try:
        async with asyncio.timeout(timeout_s):
            yield
    except TimeoutError:
        raise OriginTimedOut(timeout_s) from None
