"""A template and its values -> the HTML answer, and the few ways in which values become text in a page.

Everything a user wrote is escaped by the template engine; the filters here return markup only for what they have built
or checked themselves.  No queries, no routes.
"""

import gzip
import logging
import re
from collections.abc import Awaitable, Callable
from functools import cache
from html import escape
from http import HTTPStatus
from inspect import cleandoc
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import MediaType, Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap
from markupsafe import Markup

from api.answers import STALE
from api.conditions import matches_weakly
from api.pages_static import asset_url
from api.pictures import PictureManifest
from api.warm import Made, Warm
from db.changes import Tags
from db.errors import DatabaseError

_log = logging.getLogger(__name__)
_FOLDER = Path(__file__).parent / "templates"

# `style-src-attr`: the placeholder behind each picture is a style of its own element; it is checked by `backdrop`.
_POLICY = (
    "default-src 'none'; img-src 'self' data:; style-src 'self'; style-src-attr 'unsafe-inline'; script-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_LEVEL = 4  # a page of listings repeats itself so much that higher levels only cost time

_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_INLINE_IMAGE = re.compile(r"data:image/(?:webp|png|jpeg|avif);base64,[A-Za-z0-9+/]+={0,2}")
_CODE = re.compile(r"(`+)(.+?)\1")


class Page(msgspec.Struct, frozen=True):
    """A page and what in the database it depends on."""

    html: str
    tags: Tags


def answer(
    request: Request[Any, Any, Any], template: str, status: int = 200, **values: Any
) -> Response[bytes]:
    """The page, compressed where the client takes it."""
    packed = _takes_gzip(request)
    body = _body(rendered(request, template, **values), packed=packed)
    headers = _headers("no-cache" if status < HTTPStatus.BAD_REQUEST else "no-store", packed=packed)
    return Response(body, status_code=status, media_type=MediaType.HTML, headers=headers)


async def warm_answer(
    request: Request[Any, Any, State], key: str, make: Callable[[], Awaitable[Page]]
) -> Response[bytes]:
    """The page of that key, made only if none is warm; 304 for a client that has it, `Age` when the database is down.

    `make` may depend on nothing but the key and the rows that its tags name.
    """
    packed = _takes_gzip(request)
    key = f"page {key} {packed=}"

    async def made() -> Made:
        page = await make()
        return Made(_body(page.html, packed=packed), page.tags)

    warm: Warm = request.app.state.warm
    served = await warm.get(key, made)
    warm.give_name(name_of(request.scope, packed=packed), key)
    headers = {**_headers("no-cache", packed=packed), "etag": served.answer.etag}
    if served.stale_s is not None:
        headers |= {"age": f"{served.stale_s:.0f}", "warning": STALE}
    if matches_weakly(request.headers.get("if-none-match", ""), served.answer.etag):
        return Response(b"", status_code=304, media_type=MediaType.HTML, headers=headers)
    return Response(served.answer.body, media_type=MediaType.HTML, headers=headers)


def name_of(scope: Any, *, packed: bool) -> tuple[object, ...]:
    """What was asked, word for word, as far as a page may depend on it."""
    return "page", scope["path"], scope["query_string"], packed


def raw_headers(*, packed: bool) -> tuple[tuple[bytes, bytes], ...]:
    """Those of every warm page, as they go out."""
    fields = _headers("no-cache", packed=packed)
    return tuple((name.encode(), value.encode()) for name, value in fields.items())


def rendered(request: Request[Any, Any, Any], template: str, **values: Any) -> str:
    return environment().get_template(template).render(path=request.url.path, **values)


def _takes_gzip(request: Request[Any, Any, Any]) -> bool:
    return "gzip" in request.headers.get("accept-encoding", "")


def _body(html: str, *, packed: bool) -> bytes:
    # without the time of packing, which would make another ETag of the same page
    return gzip.compress(html.encode(), _LEVEL, mtime=0) if packed else html.encode()


def _headers(cache_control: str, *, packed: bool) -> dict[str, str]:
    headers = {
        "cache-control": cache_control,
        "content-security-policy": _POLICY,
        "referrer-policy": "strict-origin-when-cross-origin",
        "vary": "accept-encoding",
        "x-content-type-options": "nosniff",
    }
    return headers | {"content-encoding": "gzip"} if packed else headers


# --- what went wrong, as a page --------------------------------------------------------------------------------------


def http_page(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """For what the handlers raise on purpose; the detail is ours and may be shown."""
    return _trouble(request, error.status_code, error.detail)


def database_page(request: Request[Any, Any, Any], error: DatabaseError) -> Response[bytes]:
    """What the driver said stays in the log."""
    _log.error("database trouble at %s", request.scope["path"], exc_info=error)
    return _trouble(
        request, error.status, "The listings cannot be read right now. Please try again shortly."
    )


def unexpected_page(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """For our own mistakes."""
    _log.error("unexpected error at %s", request.scope["path"], exc_info=error)
    return _trouble(request, 500, "Something went wrong on our side.")


error_pages: ExceptionHandlersMap = {
    HTTPException: http_page,
    DatabaseError: database_page,
    Exception: unexpected_page,
}
"""For every route that answers with a page."""


def _trouble(request: Request[Any, Any, Any], status: int, detail: str) -> Response[bytes]:
    phrase = HTTPStatus(status).phrase
    return answer(request, "error.html", status, code=status, phrase=phrase, detail=detail)


# --- values as text --------------------------------------------------------------------------------------------------


def money(minor: int) -> str:
    """45 000 000 cents are `$450,000`; cents are shown when there are any."""
    whole, cents = divmod(minor, 100)
    return f"${whole:,}.{cents:02}" if cents else f"${whole:,}"


def backdrop(photo: PictureManifest) -> str:
    """The style that fills the place of a picture until it is there; what is not plainly a colour or an inline image is
    left out, since a style can fetch.
    """
    parts = []
    if _COLOR.fullmatch(photo.color):
        parts.append(f"background-color:{photo.color}")
    if _INLINE_IMAGE.fullmatch(photo.placeholder):
        parts.append(f"background-image:url({photo.placeholder})")
    return ";".join(parts)


def prose(docstring: str) -> Markup:
    """Paragraphs and code spans of a docstring as HTML."""
    paragraphs = re.split(r"\n\s*\n", cleandoc(docstring))
    return Markup("").join(Markup("<p>{}</p>").format(spans(paragraph)) for paragraph in paragraphs)


def spans(text: str) -> Markup:
    """One paragraph with its code spans, written with one backtick or two."""
    joined = escape(" ".join(text.split()))
    return Markup(_CODE.sub(r"<code>\2</code>", joined))  # noqa: S704 - escaped in the line above


def breakable(text: str) -> Markup:
    """A piece of a URL that may go on in the next line behind a comma or a slash."""
    return Markup(re.sub(r"([,/])", r"\1<wbr>", escape(text)))  # noqa: S704 - escaped here


@cache
def environment() -> Environment:
    """The templates with their filters."""
    made = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "backdrop": backdrop,
        "breakable": breakable,
        "money": money,
        "prose": prose,
        "spans": spans,
    }
    made.globals["asset"] = asset_url
    return made
