"""Pages and buttons of the feed; every button is a form, so all of it works without JavaScript."""

from functools import cache, partial
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader
from litestar import MediaType, Request, Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect
from litestar.static_files import create_static_files_router

from api.pages_answer import environment
from api.pages_static import static_file
from api.pictures import Breakpoint, PictureSpec, manifest
from examples.photo_feed import feed

_BASE: Final = "/demo/image/upload/"
_HERE: Final = Path(__file__).parent
_MAX_COMMENT_CHARS: Final = 300
_POLICY: Final = (
    "default-src 'none'; img-src 'self' data:; style-src 'self'; style-src-attr 'unsafe-inline'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

_PHOTO: Final = PictureSpec(name="photo", ratios=("1:1",), densities=(1.0, 2.0, 3.0))
# one column as wide as a phone, 470 pixels elsewhere; three columns in 935 pixels; somebody's face, small and large
POST: Final = _PHOTO.changed(
    name="post", ratios=("4:5", "1:1"), breakpoints=(Breakpoint(0), Breakpoint(640, width=470))
)
SQUARE: Final = _PHOTO.changed(
    name="square", breakpoints=(Breakpoint(0, columns=3),), container=935, gutter=4
)
PORTRAIT: Final = _PHOTO.changed(name="portrait", breakpoints=(Breakpoint(0, width=40),))
FACE: Final = PORTRAIT.changed(name="face", breakpoints=(Breakpoint(0, width=96),), loading="eager")


@get("/")
async def home(
    request: Request[Any, Any, Any], before: FromQuery[int | None] = None
) -> Response[str]:
    """What those whom the viewer follows have posted."""
    posts = await feed.feed(_viewer(request), before)
    pictures = [
        manifest(POST if place or before else POST.leading(), _BASE, shown.photo, shown.ratio)
        for place, shown in enumerate(posts)
    ]
    older = posts[-1].id if len(posts) == feed.PAGE_SIZE else None
    return _page(request, "feed.html", posts=list(zip(posts, pictures, strict=True)), older=older)


@get("/people/{handle:str}")
async def somebody(request: Request[Any, Any, Any], handle: FromPath[str]) -> Response[str]:
    """A profile and its grid."""
    person = await feed.person(handle, _viewer(request))
    if person is None:
        raise NotFoundException(f"Nobody here is called {handle}.")
    photos = [manifest(SQUARE, _BASE, photo) for photo in person.photos]
    grid = list(zip(person.photos, photos, strict=True))
    face = manifest(FACE, _BASE, person.portrait)
    return _page(request, "person.html", person=person, face=face, grid=grid)


@post("/posts/{number:int}/like")
async def like(request: Request[Any, Any, Any], number: FromPath[int]) -> Redirect:
    """Likes, or takes it back."""
    await feed.turn_like(_viewer(request), number)
    return Redirect(f"/#post-{number}", status_code=303)


@post("/posts/{number:int}/comments")
async def say(request: Request[Any, Any, Any], number: FromPath[int]) -> Redirect:
    """Says something below a post."""
    text = str((await request.form()).get("text", "")).strip()[:_MAX_COMMENT_CHARS]
    if text:
        await feed.comment(_viewer(request), number, text)
    return Redirect(f"/#post-{number}", status_code=303)


@post("/people/{handle:str}/follow")
async def follow(request: Request[Any, Any, Any], handle: FromPath[str]) -> Redirect:
    """Follows, or stops following."""
    await feed.turn_follow(_viewer(request), handle)
    return Redirect(f"/people/{handle}", status_code=303)


@post("/as/{handle:str}")
async def become(handle: FromPath[str]) -> Redirect:
    """There are no passwords in this example: whoever asks is whom they say."""
    answer = Redirect("/", status_code=303)
    answer.set_cookie("viewer", handle, httponly=True, samesite="strict")
    return answer


_look = create_static_files_router("/look", [_HERE / "static"])
ROUTES: Final = (home, somebody, like, say, follow, become, static_file, _look)


def _viewer(request: Request[Any, Any, Any]) -> str:
    return request.cookies.get("viewer", "ada")


@cache
def _templates() -> Environment:
    """Ours, and the portal's behind them."""
    folders = [_HERE / "templates", *getattr(environment().loader, "searchpath", [])]
    return environment().overlay(loader=FileSystemLoader(folders))


def _page(request: Request[Any, Any, Any], template: str, **values: Any) -> Response[str]:
    words = {"viewer": _viewer(request), "portrait": partial(manifest, PORTRAIT, _BASE)}
    html = _templates().get_template(template).render(**words, **values)
    headers = {"cache-control": "private, no-cache", "content-security-policy": _POLICY}
    return Response(html, media_type=MediaType.HTML, headers=headers)
