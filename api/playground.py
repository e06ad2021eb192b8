"""`/playground`: a photo, a chain of operations, and the picture that comes of it; `/api/explain` says what a text means.

The page works as a form; its script reads the controls from the same declarations that parse and render.  The route
explains to anybody who may ask for the picture, and never says more than the picture's own answer would.  Where URLs must be
signed, that is done for operators alone.
"""

from typing import Annotated, Any

import msgspec
from litestar import HttpMethod, Request, Response, get, route
from litestar.datastructures import State
from litestar.params import FromQuery, QueryParameter
from markupsafe import Markup

from api.auth import may_write
from api.controls import Card, Tool, cards, tools
from api.examples import on_photo, photos, url
from api.originals import ACCEPTED
from api.own_picture import SIGN_IN
from api.pages_answer import answer, error_pages
from api.pictures import Base, Photo, Signed, name_of, start_of
from imgproxy.delivery import Delivery
from imgproxy.errors import BadParameter, ImageError
from imgproxy.grammar import parse
from imgproxy.grammar.named import is_by_name
from imgproxy.negotiation import choose
from imgproxy.request import build
from imgproxy.tree import Transformation
from imgproxy.url import DeliveryPath, read, signed

_MOST_PHOTOS = 12
_FORMATS = ("jxl", "avif", "webp", "jpg")
_START = "c_fill,g_auto,h_520,w_780/e_vignette:30/f_auto/q_auto"

EXAMPLES = (
    ("Square, sharp", "c_fill,g_auto,h_600,w_600/e_sharpen:60/f_auto/q_auto"),
    ("Round portrait", "c_fill,g_auto,h_480,w_480/r_max/f_auto/q_auto"),
    ("Duotone", "c_limit,w_800/e_tint:100:navy:orange/f_auto/q_auto"),
    ("Sepia print", "c_fill,h_480,w_640/e_sepia:70/bo_18px_solid_white/f_auto/q_auto"),
    ("Caption", "c_fill,h_480,w_720/co_white,l_text:Source%20Sans%20Pro_56_bold:For%20sale/fl_layer_apply,g_south_west,x_28,y_20/f_auto/q_auto"),
    ("Poster", "c_limit,w_720/e_cartoonify/e_saturation:60/f_auto/q_auto"),
    ("Only if wide", "if_ar_gt_1/c_fill,h_360,w_720/if_else/c_fill,h_720,w_540/if_end/f_auto/q_auto"),
)  # fmt: skip
"""Where to start from."""


class Subject(msgspec.Struct, frozen=True):
    """A photo to choose: `name` is the end of its URLs, `thumbnail` a small one."""

    name: str
    title: str
    thumbnail: str


class Explained(msgspec.Struct, frozen=True):
    """What a URL means: raw transformation and name as read, the one spelling, cards, where the picture and its forms in
    other formats are, and the answer's facts if known.
    """

    transformation: str
    name: str
    canonical: str
    cards: tuple[Card, ...]
    image: str
    formats: dict[str, str]
    width: int | None = None
    height: int | None = None
    bytes: int | None = None
    media_type: str = ""


class Misunderstood(msgspec.Struct, frozen=True):
    """Why there is no such picture; of a single wrong parameter also what came and what was expected."""

    error: str
    status: int
    parameter: str = ""
    came: str = ""
    expected: str = ""


Text = Annotated[str, QueryParameter(max_length=8192)]
MaybeText = Annotated[str | None, QueryParameter(max_length=8192)]


@route(
    "/playground",
    http_method=[HttpMethod.GET, HttpMethod.HEAD],
    exception_handlers=error_pages,
    include_in_schema=False,
)
async def playground(
    request: Request[Any, Any, State],
    state: State,
    transformation: MaybeText = None,
    photo: Text = "",
    own: Text = "",
) -> Response[bytes]:
    """The page with the picture of what was asked, or the sentence that says why there is none."""
    base: Base = state.image_base
    writes = may_write(request)
    may = not state.strict or writes
    found = await photos(_MOST_PHOTOS)
    subjects = [_subject(base, one) for one in found]
    name = own.strip() or photo or (subjects[0].name if subjects else "")
    asked = (_START if may else "") if transformation is None else transformation
    text = asked.strip("/ \n\r\t")
    trouble = _trouble(state, text, name, free=may) if name else None
    page = answer(
        request,
        "playground.html",
        subjects=subjects,
        name=name,
        transformation=text,
        image=_image(base, _join(text, name), signs=may) if name and not trouble else "",
        trouble=trouble,
        brings=writes,
        accepted=ACCEPTED,
        sign_in=SIGN_IN,
        groups=_groups(),
        examples=EXAMPLES,
        data=_embedded(
            {
                "base": start_of(base),
                "signed": state.strict,
                "tools": _on(found[0]) if found else tools(),
            }
        ),
    )
    page.headers["cache-control"] = "private, no-cache"  # what it offers depends on who asks
    return page


@get("/api/explain", include_in_schema=False)
async def explain(
    request: Request[Any, Any, State],
    state: State,
    transformation: FromQuery[Text],
    photo: FromQuery[Text] = "",
    facts: FromQuery[bool] = True,
) -> Response[bytes]:
    """`photo` is the end of the URL, or empty when `transformation` goes on to it; without `facts` nothing is rendered."""
    rest = _join(transformation, photo)
    accept = request.headers.get("accept", "")
    may = not state.strict or may_write(request)
    try:
        path = read(start_of(state.image_base) + rest)
        meaning = parse(path.transformation, named=state.named.known)
        explained = Explained(
            transformation=path.transformation,
            name=_name(rest, path),
            canonical=meaning.canonical(),
            cards=cards(meaning),
            image=_image(state.image_base, rest, signs=may),
            formats=_formats(state.image_base, path.transformation, _name(rest, path), signs=may),
        )
        if facts and _is_free(path, meaning, strict=not may):
            explained = await _with_facts(explained, path, meaning, state.delivery, accept)
    except ImageError as error:
        return _json(_misunderstood(error))
    return _json(explained)


async def _with_facts(
    explained: Explained,
    path: DeliveryPath,
    meaning: Transformation,
    delivery: Delivery,
    accept: str,
) -> Explained:
    """With what the picture turned out to be. Raises ImageError and its children."""
    request = build(path.source, meaning, choose(meaning.output().format, accept))
    rendered = (await delivery.get(request)).rendered
    return msgspec.structs.replace(
        explained,
        width=rendered.width,
        height=rendered.height,
        bytes=len(rendered.body),
        media_type=rendered.media_type,
    )


def _is_free(path: DeliveryPath, meaning: Transformation, *, strict: bool) -> bool:
    """Whether everybody may have it without a signature; of the rest nothing is made here."""
    sources = (path.source, *meaning.needs())
    is_open = not strict or is_by_name(path.transformation)
    return is_open and all(source.kind == "upload" for source in sources) and not path.signature


def _misunderstood(error: ImageError) -> Misunderstood:
    parts = [str(part) for part in error.args[:3]] if isinstance(error, BadParameter) else []
    return Misunderstood(f"{error}.", error.status, *parts)


def _image(base: Base, rest: str, *, signs: bool) -> str:
    """Where the picture is.  Raises BadPath, NotFound."""
    whole = start_of(base) + rest
    return signed(whole, base.secret) if signs and isinstance(base, Signed) else whole


def _formats(base: Base, text: str, name: str, *, signs: bool) -> dict[str, str]:
    return {one: _image(base, _join(text, f"f_{one}", name), signs=signs) for one in _FORMATS}


def _trouble(state: State, text: str, name: str, *, free: bool) -> str | None:
    """What is wrong with the text, as far as it can be told without the photo."""
    try:
        path = read(start_of(state.image_base) + _join(text, name))
        parse(path.transformation, named=state.named.known)
        if not free and not path.signature and not is_by_name(path.transformation):
            return "This service gives signed URLs, named transformations and originals alone."
    except ImageError as error:
        return f"{error}."
    return None


def _name(rest: str, path: DeliveryPath) -> str:
    """The end of the URL behind the transformation, as it was written."""
    segments = [segment for segment in rest.split("/") if segment]
    before = len(path.transformation.split("/")) if path.transformation else 0
    return "/".join(segments[before + (path.signature is not None) :])


def _join(*parts: str) -> str:
    return "/".join(filter(None, (part.strip("/") for part in parts)))


def _subject(base: Base, photo: Any) -> Subject:
    name = f"{name_of(photo)}.jpg"
    thumbnail = url(base, photo, "c_fill,h_120,w_160", "f_webp")
    return Subject(name, photo.alt_text or photo.public_id, thumbnail)


def _groups() -> list[tuple[str, list[Tool]]]:
    names = dict.fromkeys(tool.group for tool in tools())
    return [(name, [tool for tool in tools() if tool.group == name]) for name in names]


def _on(photo: Photo) -> list[Tool]:
    """The tools, with examples of layers that show a picture which is there."""
    return [
        msgspec.structs.replace(
            tool,
            start=msgspec.structs.replace(tool.start, text=on_photo(tool.start.text, photo)),
        )
        for tool in tools()
    ]


def _embedded(value: Any) -> Markup:
    """JSON that stands in a page: no text in it can end the element around it."""
    text = msgspec.json.encode(value).decode().replace("<", "\\u003c")
    return Markup(text)  # noqa: S704 - the only character that could end the element is escaped


def _json(value: Explained | Misunderstood) -> Response[bytes]:
    return Response(
        msgspec.json.encode(value),
        media_type="application/json",
        headers={"cache-control": "no-store", "vary": "accept"},
    )
