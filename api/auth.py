"""Who may write: one credential, the account's key and secret joined by a colon, as `key:secret`.

The key alone proves nothing, because signed uploads and SDKs send it in the open; so both are asked for, in either
header:

    X-Api-Key: demo-key:demo-secret
    Authorization: Bearer demo-key:demo-secret

A browser may show a pass instead, which the page for signing in keeps in a cookie: an end and its signature.  What
changes something counts only from a page of our own, whatever cookie came along.

Comparison takes the same time wherever the texts differ and however long they are.  Nothing here remembers a client.
"""

from hashlib import blake2b
from hmac import compare_digest, digest
from time import time
from typing import Any, Final
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException
from litestar.handlers import BaseRouteHandler
from litestar.openapi.spec import Components, SecurityScheme

HEADER: Final = "x-api-key"
COOKIE: Final = "darkroom"
PASS_S: Final = 12 * 3600
"""How long a pass holds."""

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_BEARER = "bearer "
_CHALLENGE = {"www-authenticate": 'Bearer realm="darkroom"'}

SECURITY: Final[list[dict[str, list[str]]]] = [{"apiKey": []}, {"bearer": []}]
"""For the OpenAPI document: either of the two headers."""

COMPONENTS: Final = Components(
    security_schemes={
        "apiKey": SecurityScheme(
            type="apiKey", name="X-Api-Key", security_scheme_in="header", description="`key:secret`"
        ),
        "bearer": SecurityScheme(type="http", scheme="bearer", description="`key:secret`"),
    }
)

Connection = ASGIConnection[Any, Any, Any, Any]


class Credential:
    """The one that opens; holds a digest, so that the comparison tells nothing about lengths."""

    def __init__(self, key: str, secret: str) -> None:
        self._digest = _digest(f"{key}:{secret}")

    def fits(self, offered: str) -> bool:
        return compare_digest(_digest(offered), self._digest)

    def new_pass(self, now_s: float) -> str:
        """A text that opens for PASS_S; whoever changes the secret ends them all."""
        until = f"{now_s + PASS_S:.0f}"
        return f"{until}.{self._signature(until)}"

    def admits(self, shown: str, now_s: float) -> bool:
        """Whether it is a pass of ours that still holds."""
        until, _, signature = shown.partition(".")
        ours = self._signature(until)
        genuine = compare_digest(signature.encode("utf-8", "replace"), ours.encode())
        return genuine and float(until) > now_s

    def _signature(self, until: str) -> str:
        return digest(self._digest, until.encode("utf-8", "replace"), "sha256").hex()


def offered(connection: Connection) -> str | None:
    """What the client shows in either header, or None."""
    if key := connection.headers.get(HEADER):
        return key.strip()
    authorization = connection.headers.get("authorization", "")
    if authorization[: len(_BEARER)].lower() == _BEARER:
        return authorization[len(_BEARER) :].strip()
    return None


def may_write(connection: Connection) -> bool:
    """Whether the client has shown the right credential, or a pass; needs `credential` in the application's state."""
    shown = offered(connection)
    if shown is None:
        safe = connection.scope.get("method") in _SAFE
        return is_operator(connection) and (safe or is_from_here(connection))
    return _credential(connection).fits(shown)


def is_operator(connection: Connection) -> bool:
    """Whether a browser shows a pass that holds."""
    shown = connection.cookies.get(COOKIE)
    return shown is not None and _credential(connection).admits(shown, time())


def is_from_here(connection: Connection) -> bool:
    """Browsers say where a request was written; what says nothing is not from a page of ours."""
    if site := connection.headers.get("sec-fetch-site"):
        return site == "same-origin"
    origin = connection.headers.get("origin", "")
    return bool(origin) and urlsplit(origin).netloc == connection.headers.get("host", "")


def _credential(connection: Connection) -> Credential:
    kept: Credential = connection.app.state.credential
    return kept


def writers_only(connection: Connection, _: BaseRouteHandler) -> None:
    """A guard: 401 with a challenge, before the body is read."""
    if may_write(connection):
        return
    shown = "what was sent does not fit" if offered(connection) else "none was sent"
    raise NotAuthorizedException(
        f"Writing needs the header X-Api-Key: key:secret (or Authorization: Bearer); {shown}.",
        headers=dict(_CHALLENGE),
    )


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=32).digest()
