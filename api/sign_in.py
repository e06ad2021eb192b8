"""Signing in to the pages for operators, with the account's key and secret: a form, a pass in a cookie, and out again.

The cookie is for this site's own pages only (`SameSite=Strict`) and out of reach of scripts.
"""

from time import time
from typing import Annotated, Any, Final

import msgspec
from litestar import HttpMethod, Request, Response, post, route
from litestar.datastructures import Cookie, State
from litestar.enums import RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body
from litestar.response import Redirect
from msgspec import Meta

from api.auth import COOKIE, PASS_S, Credential, is_operator
from api.pages_answer import answer, error_pages

_HOME: Final = "/manage"
_MAX_BODY_BYTES: Final = 10_000
Word = Annotated[str, Meta(max_length=500)]


class SignIn(msgspec.Struct, frozen=True):
    """What the form sends; `then` is the page that was wanted."""

    key: Word = ""
    secret: Word = ""
    then: Word = _HOME


@route(
    "/sign-in",
    http_method=[HttpMethod.GET, HttpMethod.HEAD],
    exception_handlers=error_pages,
    include_in_schema=False,
)
async def sign_in_page(request: Request[Any, Any, State]) -> Response[Any]:
    """The form."""
    then = _within(request.query_params.get("then", _HOME))
    return Redirect(then, status_code=303) if is_operator(request) else _form(request, 200, then)


@post(
    "/sign-in",
    request_max_body_size=_MAX_BODY_BYTES,
    exception_handlers=error_pages,
    include_in_schema=False,
)
async def sign_in(
    request: Request[Any, Any, State],
    state: State,
    data: Annotated[SignIn, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[Any]:
    """To the page that was wanted, or the form again."""
    credential: Credential = state.credential
    then = _within(data.then)
    if not credential.fits(f"{data.key.strip()}:{data.secret.strip()}"):
        return _form(request, 401, then, refused=True)
    return _sent(request, then, credential.new_pass(time()), PASS_S)


@post("/sign-out", exception_handlers=error_pages, include_in_schema=False)
async def sign_out(request: Request[Any, Any, State]) -> Response[Any]:
    """The cookie is gone from this browser."""
    return _sent(request, "/", "", 0)


sign_in_routes: list[HTTPRouteHandler] = [sign_in_page, sign_in, sign_out]


def sign_in_first(request: Request[Any, Any, State]) -> Response[bytes]:
    """The form in place of a page for operators, which then opens."""
    return _form(request, 401, request.url.path)


def _form(
    request: Request[Any, Any, State], status: int, then: str, *, refused: bool = False
) -> Response[bytes]:
    page = answer(request, "sign_in.html", status, then=then, refused=refused)
    page.headers["cache-control"] = "no-store"
    return page


def _sent(request: Request[Any, Any, State], place: str, shown: str, for_s: int) -> Response[Any]:
    secure = request.url.scheme == "https"
    cookie = Cookie(
        COOKIE,
        value=shown,
        path="/",
        max_age=for_s,
        httponly=True,
        samesite="strict",
        secure=secure,
    )
    return Redirect(place, status_code=303, cookies=[cookie])


def _within(place: str) -> str:
    """A path of this site; whoever hands in anything else is sent home."""
    return place if place.startswith("/") and not place.startswith(("//", "/\\")) else _HOME
