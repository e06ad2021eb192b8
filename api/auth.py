"""Who may write: one credential, the account's key and secret joined by a colon, as `key:secret`.

The key alone proves nothing, because signed uploads and SDKs send it in the open; so both are asked for, in either
header:

    X-Api-Key: demo-key:demo-secret
    Authorization: Bearer demo-key:demo-secret

Comparison takes the same time wherever the texts differ and however long they are.  Nothing here remembers a client.
"""

from hashlib import blake2b
from hmac import compare_digest
from typing import Any, Final

from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException
from litestar.handlers import BaseRouteHandler
from litestar.openapi.spec import Components, SecurityScheme

HEADER: Final = "x-api-key"
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


def offered(connection: Connection) -> str | None:
    """What the client shows in either header, or None."""
    if key := connection.headers.get(HEADER):
        return key.strip()
    authorization = connection.headers.get("authorization", "")
    if authorization[: len(_BEARER)].lower() == _BEARER:
        return authorization[len(_BEARER) :].strip()
    return None


def may_write(connection: Connection) -> bool:
    """Whether the client has shown the right credential; needs `credential` in the application's state."""
    shown = offered(connection)
    if shown is None:
        return False
    credential: Credential = connection.app.state.credential
    return credential.fits(shown)


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
