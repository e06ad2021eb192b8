"""The header fields of image answers: what the request's conditions say, and what goes out with an answer or an error.

Pure. Names are lower case, values bytes, as ASGI has them.
"""

from collections.abc import Sequence
from email.utils import formatdate, parsedate_to_datetime
from functools import lru_cache
from urllib.parse import quote

from imgproxy.delivery import Answer
from imgproxy.errors import ImageError
from imgproxy.hints import NAMES
from imgproxy.request import RenderRequest
from imgproxy.values import Located, Rendered

Field = tuple[bytes, bytes]
Fields = Sequence[Field]

YEAR_S = 31_536_000
FRESH_S = 4 * 3600
STALE_S = 24 * 3600
ERROR_S = 10
AGED_S = 60
"""How long a cache in front may keep what was made from an original that is due to be looked at again."""

DEFAULT_S = 60
"""How long a default image stands in: a missing picture may come."""

_IMMUTABLE = f"public, max-age={YEAR_S}, immutable".encode()
_RENEWED = f"public, max-age={FRESH_S}, stale-while-revalidate={STALE_S}, stale-if-error={STALE_S}".encode()
_AGED = (
    f"public, max-age={AGED_S}, stale-while-revalidate={STALE_S}, stale-if-error={STALE_S}".encode()
)
_STALE = (b"warning", b'110 - "Response is Stale"')
_OPEN: Fields = [
    (b"access-control-allow-origin", b"*"),
    (b"timing-allow-origin", b"*"),
    (b"x-content-type-options", b"nosniff"),
]
_EXPOSED = (b"access-control-expose-headers", b"x-cld-error, server-timing, content-disposition")
_SANDBOX = (
    b"content-security-policy",
    b"default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox",
)
_READ = frozenset({b"accept", b"if-none-match", b"if-modified-since"}) | NAMES
OTHER_METHODS: Fields = [
    (b"allow", b"GET, HEAD, OPTIONS"),
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"GET, HEAD, OPTIONS"),
    (b"content-length", b"0"),
]


Conditions = tuple[bytes, bytes, bytes, tuple[Field, ...]]
"""What of a request's fields decides its answer: see `conditions`."""


def conditions(fields: Fields) -> Conditions:
    """Accept (all lines joined), If-None-Match and If-Modified-Since, empty where absent, and the client hints."""
    accept = none_match = modified_since = b""
    hints: tuple[Field, ...] = ()
    for name, value in fields:
        if name not in _READ:
            continue
        if name == b"accept":
            accept = accept + b"," + value if accept else value
        elif name == b"if-none-match":
            none_match = value
        elif name == b"if-modified-since":
            modified_since = value
        else:
            hints = (*hints, (name, value))
    return accept, none_match, modified_since, hints


def unchanged(rendered: Rendered, none_match: bytes, modified_since: bytes) -> bool:
    """Whether the client's copy is this answer (RFC 9110, 13.2.2: the entity tag rules, then the date)."""
    if none_match:
        if none_match.strip() == b"*":
            return True
        # a tag of ours is hexadecimal, so that its quotes belong to it; taking a long list apart would cost others time
        return b'"' + rendered.etag.encode() + b'"' in none_match
    if not modified_since:
        return False
    try:
        since = parsedate_to_datetime(modified_since.decode("latin-1")).timestamp()
    except (ValueError, OverflowError):
        return False
    return int(rendered.modified_s) <= since


def of_answer(request: RenderRequest, answer: Answer, missing: ImageError | None = None) -> Fields:
    """Everything a 304 says too; `missing`: why this is the default image."""
    rendered, located, tags = answer.rendered, answer.located, request.tags.encode()
    fields: list[Field] = [
        (b"etag", b'"' + rendered.etag.encode() + b'"'),
        (b"last-modified", _date(int(rendered.modified_s))),
        (b"cache-control", _freshness(request, located, missing)),
        (b"cache-tag", tags.replace(b" ", b",")),
        (b"surrogate-key", tags),
        (b"server-timing", _timing(answer)),
        *_OPEN,
    ]
    if request.variant.vary:
        fields.append((b"vary", ", ".join(request.variant.vary).encode()))
    if request.variant.hints:
        fields.append((b"accept-ch", ", ".join(request.variant.hints).encode()))
    if answer.how == "stale":
        fields.append(_STALE)
    if missing is not None:
        fields += [(b"x-cld-error", _ascii(" ".join(str(missing).split()))), _EXPOSED]
    return fields


def of_body(rendered: Rendered, attachment: str | None = None) -> Fields:
    """What only an answer with a body says."""
    fields: list[Field] = [
        (b"content-type", rendered.media_type.encode()),
        (b"content-length", str(len(rendered.body)).encode()),
    ]
    if attachment is not None:
        fields.append((b"content-disposition", _disposition(attachment)))
    if rendered.media_type == "image/svg+xml":
        fields.append(_SANDBOX)
    return fields


def of_error(error: ImageError) -> tuple[Fields, bytes]:
    """Fields and body of an error; both carry its sentence."""
    # what a URL brought may hold control characters, and a server refuses to send a field with one
    sentence = "".join(c if c.isprintable() else "_" for c in " ".join(str(error).split()))
    body = f"{sentence}\n".encode()
    lasting = error.status < 500
    fields: list[Field] = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", f"public, max-age={ERROR_S}".encode() if lasting else b"no-store"),
        (b"x-cld-error", _ascii(sentence)),
        _EXPOSED,
        *_OPEN,
    ]
    if error.retry_after_s is not None:
        fields.append((b"retry-after", str(error.retry_after_s).encode()))
    return fields, body


def _freshness(request: RenderRequest, located: Located, missing: ImageError | None) -> bytes:
    """A year for the true version; a minute where a newer one may be known by then; otherwise hours.

    Within those `fl_immutable_cache` spares even the reloads.
    """
    if missing is not None:
        return f"public, max-age={DEFAULT_S}".encode()
    if request.source.version == int(located.modified_s):
        return _IMMUTABLE
    if not located.fresh:
        return _AGED
    return _RENEWED + b", immutable" if request.output.immutable else _RENEWED


def _timing(answer: Answer) -> bytes:
    text = f"cache;desc={answer.how}"
    if answer.timing:
        for name, value in zip(("queue", "fetch", "render", "encode"), answer.timing, strict=True):
            text += f", {name};dur={value:.1f}"
    return text.encode()


def _disposition(filename: str) -> bytes:
    """RFC 6266: a plain name for old clients and the exact one for the others."""
    plain = filename.encode("ascii", "replace").decode().replace('"', "'").replace("\\", "_")
    plain = "".join(c if c.isprintable() else "_" for c in plain)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}".encode()


@lru_cache(maxsize=4096)
def _date(unix_s: int) -> bytes:
    return formatdate(unix_s, usegmt=True).encode()


def _ascii(sentence: str) -> bytes:
    """Header fields carry ASCII; anything else is escaped and what could end the line is gone already."""
    return sentence.encode("ascii", "backslashreplace")[:1000]
