"""Foreign URLs: their one spelling, their parts, and the patterns that say which of them may be loaded.

    DARKROOM_FETCH_ALLOW=images.example.com,*.cdn.example.net,https://files.example.org:8443

    example.com        this host, on port 80 by http and on port 443 by https
    *.example.com      every name below it, at any depth, and not example.com itself
    *                  every host
    https://…  …:8443  only this scheme; only this port, `:*` for every port

A URL is taken apart here once; who loads it is given the parts and reads no URL again, so that what was judged and what
is asked cannot differ.  Pure text: what address a name has, and whether that may be reached, is judged elsewhere.
"""

import ipaddress
import re
from typing import Self
from urllib.parse import quote

import idna
import msgspec

EXPECTED = "an absolute http or https URL"
PATTERN = "host patterns such as example.com, *.example.com, https://example.com:8443 or *"

DEFAULT_PORTS = {"http": 80, "https": 443}
_URL = re.compile(r"(https?):/+([^/?#]+)([^#]*).*", re.IGNORECASE | re.DOTALL)
_AUTHORITY = re.compile(r"(\[[0-9a-f:.]+\]|[^\[\]:]+)(?::([0-9]{1,5}))?")
_NAME = re.compile(r"(?=.{1,254}\Z)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?")
_ALLOWED = re.compile(
    r"(?:(https?)://)?(\*|\*\.[^*/:\[\]]+|\[[0-9a-f:.]+\]|[^*/:\[\]]+)(?::([0-9]{1,5}|\*))?"
)
_KEPT = "%/:?&=+,;@!$'()*[]~|"


class Remote(msgspec.Struct, frozen=True):
    """The parts of a URL: host in lower-case ASCII (IPv6 without brackets), path and query escaped as sent."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def url(self) -> str:
        """The parts as one text, without a port that goes without saying."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.target}"


def spelled(text: str) -> str:
    """The one spelling: scheme and host in lower case, escaped as a client sends it, no fragment. Raises ValueError."""
    match = _URL.fullmatch(text)
    if match is None:
        raise ValueError(EXPECTED)
    user, at, host = match[2].rpartition("@")
    return f"{match[1].lower()}://{user}{at}{host.lower()}{quote(match[3], safe=_KEPT)}"


def split(text: str) -> Remote:
    """The parts of a URL. Raises ValueError, saying what was expected, also for one with a password in it."""
    match = _URL.fullmatch(spelled(text))
    assert match is not None  # its own spelling fits
    if "@" in match[2]:
        raise ValueError("a URL without a user name or password")
    authority = _AUTHORITY.fullmatch(match[2])
    if authority is None:
        raise ValueError("a URL with a host and perhaps a port")
    port = int(authority[2]) if authority[2] else DEFAULT_PORTS[match[1]]
    if not 0 < port < 65536:
        raise ValueError("a port from 1 to 65535")
    target = match[3] if match[3].startswith("/") else f"/{match[3]}"
    return Remote(match[1], _host(authority[1]), port, target)


class _Pattern(msgspec.Struct, frozen=True):
    """One entry of the list; `None` is any scheme, the port of the scheme, and any host."""

    scheme: str | None
    host: str | None
    below: bool
    port: int | None
    any_port: bool

    def fits(self, remote: Remote) -> bool:
        if self.scheme not in {None, remote.scheme}:
            return False
        port = self.port or DEFAULT_PORTS[remote.scheme]
        return (self.any_port or remote.port == port) and self._names(remote.host.rstrip("."))

    def _names(self, host: str) -> bool:
        if self.host is None:
            return True
        # the dot belongs to what is compared: notexample.com does not end in .example.com
        return host.endswith(f".{self.host}") if self.below else host == self.host


class AllowedHosts(msgspec.Struct, frozen=True):
    """The hosts that may be asked; none when the list is empty."""

    patterns: tuple[_Pattern, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """A comma list of patterns. Raises ValueError."""
        return cls(tuple(_pattern(item.strip()) for item in text.split(",") if item.strip()))

    def admits(self, remote: Remote) -> bool:
        return any(pattern.fits(remote) for pattern in self.patterns)


def _pattern(item: str) -> _Pattern:
    match = _ALLOWED.fullmatch(item.lower())
    if match is None:
        raise ValueError(PATTERN)
    name, port = match[2], match[3]
    below = name.startswith("*.")
    host = None if name == "*" else _host(name.removeprefix("*.")).rstrip(".")
    number = int(port) if port and port != "*" else None
    if number is not None and not 0 < number < 65536:
        raise ValueError("a port from 1 to 65535")
    return _Pattern(match[1], host, below, number, port == "*")


def _host(text: str) -> str:
    """A host as it is looked up: brackets off, other scripts as browsers write them (UTS 46). Raises ValueError."""
    if text.startswith("["):
        return str(ipaddress.IPv6Address(text[1:-1]))
    if not text.isascii():
        try:
            text = idna.encode(text, uts46=True, std3_rules=True).decode()
        except idna.IDNAError:
            raise ValueError("a URL with a host name that can exist") from None
    if not _NAME.fullmatch(text):
        raise ValueError("a URL with a host name that can exist")
    return text
