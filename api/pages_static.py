"""Style sheet, scripts and icon of the pages, served from memory under names that carry a digest of their bytes.

A name never means other bytes, so browsers may keep it for ever; an old page that asks for an old digest gets today's file,
which may be kept for no time at all.  Nothing outside the folder `static` can be named.
"""

import gzip
import mimetypes
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec
from litestar import HttpMethod, Request, Response, route
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

_FOLDER = Path(__file__).parent / "static"
_DIGEST_BYTES = 6
_FOR_EVER = "public, max-age=31536000, immutable"


class Asset(msgspec.Struct, frozen=True):
    """One file, ready to be sent either way."""

    body: bytes
    compressed: bytes
    media_type: str
    digest: str


def asset_url(name: str) -> str:
    """Where a page finds the file of that name: `/static/site.0123456789ab.css`. KeyError for a file that is not there."""
    stem, _, ending = name.rpartition(".")
    return f"/static/{stem}.{_assets()[name].digest}.{ending}"


@route(
    "/static/{name:str}",
    http_method=[HttpMethod.GET, HttpMethod.HEAD],
    include_in_schema=False,
    sync_to_thread=False,
)
def static_file(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    """`stem.digest.ending`, or the plain name."""
    plain, digest = _split(name)
    asset = _assets().get(plain)
    if asset is None:
        raise NotFoundException(f"There is no file {name}.")
    fresh = digest == asset.digest
    headers = {
        "cache-control": _FOR_EVER if fresh else "no-cache",
        "vary": "accept-encoding",
        "x-content-type-options": "nosniff",
    }
    body = asset.body
    if "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["content-encoding"] = asset.compressed, "gzip"
    return Response(body, media_type=asset.media_type, headers=headers)


def _split(name: str) -> tuple[str, str]:
    parts = name.split(".")
    if len(parts) == 3:
        return f"{parts[0]}.{parts[2]}", parts[1]
    return name, ""


@cache
def _assets() -> dict[str, Asset]:
    return {path.name: _read(path) for path in sorted(_FOLDER.iterdir()) if path.is_file()}


def _read(path: Path) -> Asset:
    body = path.read_bytes()
    return Asset(
        body=body,
        compressed=gzip.compress(body, mtime=0),
        media_type=mimetypes.types_map[path.suffix],
        digest=blake2b(body, digest_size=_DIGEST_BYTES).hexdigest(),
    )
