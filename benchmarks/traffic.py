"""What is asked, and in which order: a URL list becomes an endless or finite run of request bytes.

Pure: no socket, no clock.  It must never read a file (the command line does) or use unseeded randomness, so that two
runs with one plan ask for the same things.
"""

import enum
import ipaddress
import itertools
import random
import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote, urlsplit

from msgspec import Struct

from benchmarks.errors import BadTarget, RemoteTarget

_BLOCK = 4096
# Everything RFC 3986 allows in a path or query, and "%" since targets may be encoded already.
_URL_SAFE = "/%:,;=@!$&'()*+?~-._[]"
_FORBIDDEN_IN_HEADER = re.compile(r"[\r\n\0]")

Headers = Sequence[tuple[str, str]]


class Order(enum.Enum):
    """Round robin and Zipf never end; `ONCE` asks every target exactly once, whatever the number of clients."""

    ROUND_ROBIN = "round-robin"
    ZIPF = "zipf"
    ONCE = "once"


class Traffic(Struct, frozen=True):
    """How targets are picked; `zipf_exponent` is s in 1/rank^s with the first target of the list most popular."""

    order: Order = Order.ROUND_ROBIN
    zipf_exponent: float = 1.0
    seed: int = 1


class Address(Struct, frozen=True):
    """Where to connect, and the prefix that a base URL with a path puts before every target."""

    host: str
    port: int
    prefix: str

    @property
    def is_loopback(self) -> bool:
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def read_address(base_url: str, *, allow_remote: bool) -> Address:
    """The parts of an http base URL; raises `BadTarget`, or `RemoteTarget` where it leaves this machine unasked."""
    try:
        parts = urlsplit(base_url)
        port = parts.port or 80
    except ValueError:
        raise BadTarget(base_url, "an http URL such as http://127.0.0.1:8000") from None
    if parts.scheme != "http" or not parts.hostname or parts.query or parts.fragment:
        raise BadTarget(base_url, "an http URL such as http://127.0.0.1:8000")
    address = Address(parts.hostname, port, parts.path.rstrip("/"))
    if not (allow_remote or address.is_loopback):
        raise RemoteTarget(address.host)
    return address


def write_request(address: Address, target: str, headers: Headers) -> bytes:
    """A keep-alive GET for `target`, which starts with a slash; what URLs forbid is percent-encoded."""
    if not target.startswith("/"):
        raise BadTarget(target, "a path that starts with /")
    host = f"[{address.host}]" if ":" in address.host else address.host
    path = quote(address.prefix + target, safe=_URL_SAFE)
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {host}:{address.port}",
        *(_header(*header) for header in headers),
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def _header(name: str, value: str) -> str:
    if not name or _FORBIDDEN_IN_HEADER.search(name + value):
        raise BadTarget(f"{name}: {value}", "a header name and a value on one line")
    return f"{name}: {value}"


def pick(requests: Sequence[bytes], traffic: Traffic, client: int, clients: int) -> Iterator[bytes]:
    """The requests of one of `clients` processes: together they follow `traffic`, each with its own share."""
    if traffic.order is Order.ONCE:
        return iter(requests[client::clients])
    if traffic.order is Order.ZIPF:
        return _zipf(requests, traffic.zipf_exponent, random.Random(traffic.seed * 1000 + client))
    # Clients start at different places, so that they do not march through the list side by side.
    start = client * len(requests) // clients
    return itertools.cycle([*requests[start:], *requests[:start]])


def _zipf(requests: Sequence[bytes], exponent: float, chance: random.Random) -> Iterator[bytes]:
    weights = list(itertools.accumulate(1 / rank**exponent for rank in range(1, len(requests) + 1)))
    while True:
        yield from chance.choices(requests, cum_weights=weights, k=_BLOCK)
