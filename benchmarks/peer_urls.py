"""How image servers spell one and the same wish: a picture filled into a box, in a format, at a quality.

An adapter turns a `Wish` into a path.  It must never decide what is asked for.
"""

from collections.abc import Callable, Mapping
from urllib.parse import quote

from msgspec import Struct

from benchmarks.errors import BadTarget
from benchmarks.traffic import read_address


class Wish(Struct, frozen=True):
    """Fill `width` × `height` px from the centre; `format` is jpg, webp or avif; `quality` 1 to 100."""

    name: str
    width: int
    height: int
    format: str
    quality: int


class Peer(Struct, frozen=True):
    """A server that runs already, and how it is spoken to; `pid` is the root of its process tree, 0 where nobody said."""

    style: str
    base_url: str
    pid: int = 0


def _darkroom(wish: Wish) -> str:
    how = f"c_fill,w_{wish.width},h_{wish.height}/f_{wish.format}/q_{wish.quality}"
    return f"/demo/image/upload/{how}/{quote(wish.name)}"


def _imgproxy(wish: Wish) -> str:
    """The source is a URL within a URL, so a name is quoted for both: `a%2520photo.jpg`."""
    how = f"rs:fill:{wish.width}:{wish.height}/g:ce/q:{wish.quality}/f:{wish.format}"
    return f"/unsafe/{how}/plain/local:///{quote(quote(wish.name, safe=''))}"


def _thumbor(wish: Wish) -> str:
    """Imagor's as well, which took it over."""
    name = {"jpg": "jpeg"}.get(wish.format, wish.format)
    filters = f"filters:format({name}):quality({wish.quality})"
    return f"/unsafe/{wish.width}x{wish.height}/{filters}/{quote(wish.name)}"


STYLES: Mapping[str, Callable[[Wish], str]] = {
    "darkroom": _darkroom,
    "imgproxy": _imgproxy,
    "imagor": _thumbor,
    "thumbor": _thumbor,
}


def read_peer(text: str) -> Peer:
    """From `style=http://127.0.0.1:8081`, or with `,` and a process id after it.

    Raises `BadTarget`, and `RemoteTarget` for another machine.
    """
    style, _, rest = text.partition("=")
    base_url, comma, pid = rest.partition(",")
    if style not in STYLES or (comma and not (pid.isascii() and pid.isdigit())):
        expected = (
            f"one of {', '.join(STYLES)}, then =, a base URL, and perhaps a comma and a process id"
        )
        raise BadTarget(text, expected)
    read_address(base_url, allow_remote=False)
    return Peer(style, base_url.rstrip("/"), int(pid or 0))
