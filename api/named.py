"""Named transformations over HTTP, and how every worker learns of them.

    GET    /api/transformations          all names and texts: those of the file, and those of the database over them
    PUT    /api/transformations/{name}   {"transformation": "c_fill,w_400/f_auto"}; with the credential
    DELETE /api/transformations/{name}   with the credential

A text is understood before it is kept.  Each worker reads the names again every two seconds, and at once after a change
of its own; a picture asked for by name is the same derivative as in full, so nothing has to be purged.
"""

import asyncio
from typing import Annotated, Any, Protocol

import msgspec
import structlog
from litestar import Request, Response, delete, get, put
from litestar.datastructures import State
from litestar.exceptions import NotFoundException, ValidationException
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, JSONBody

from api import auth
from api.errors import problems
from db import named
from db.errors import DatabaseError
from imgproxy.grammar.named import Named
from imgproxy.settings import Limits
from imgproxy.transformations import fault, is_name

_EVERY_S = 2.0
_MAX_BODY_BYTES = 16_384
_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


class NewText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a name is to stand for."""

    transformation: Annotated[str, msgspec.Meta(min_length=1, max_length=8192)]


class NamedText(msgspec.Struct, frozen=True):
    """A name, and the text it stands for."""

    name: str
    transformation: str


class Namer(Protocol):
    """What reads URLs and has to know the names: the reading of an image application."""

    named: Named


class NamedTexts:
    """The names an image application knows: those of its file, and those of the database over them."""

    def __init__(self, images: Namer, limits: Limits) -> None:
        self._images = images
        self._of_file = dict(images.named)
        self._limits = limits
        self._task: asyncio.Task[None] | None = None

    @property
    def known(self) -> Named:
        """The names as the image application has them."""
        return self._images.named

    async def start(self) -> None:
        """Reads them, and goes on reading in a task of its own; without the database those of the file hold."""
        await self._try_to_read()
        self._task = asyncio.create_task(self._keep_reading(), name="named transformations")

    async def close(self) -> None:
        """Reads no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def read(self) -> dict[str, str]:
        """All names with their texts, known to the image application afterwards.  Raises DatabaseError."""
        texts = self._of_file | await named.all_named()
        if texts != dict(self._images.named):
            self._images.named = Named(texts)
        return texts

    async def put(self, name: str, text: str) -> None:
        """Raises ValidationException for a name that no URL can hold, and for a text that is not understood."""
        if not is_name(name) or len(name) > named.MAX_NAME:
            expected = f"a name of at most {named.MAX_NAME} characters without , . / : % and $"
            raise ValidationException(
                f"{name!r} is no name for a transformation: expected {expected}"
            )
        known = Named(await self.read() | {name: text})
        if error := fault(text, self._limits, known):
            raise ValidationException(str(error))
        await named.put(name, text)
        await self.read()

    async def remove(self, name: str) -> None:
        """Raises NotFoundException."""
        if not await named.remove(name):
            raise NotFoundException(f"There is no transformation {name} in the database.")
        await self.read()

    async def _keep_reading(self) -> None:
        while True:
            await asyncio.sleep(_EVERY_S)
            await self._try_to_read()

    async def _try_to_read(self) -> None:
        try:
            await self.read()
        except DatabaseError as error:
            _log.warning("named transformations were not read", error=type(error).__name__)


@get(
    "/api/transformations",
    responses={200: ResponseSpec(list[NamedText], description="all of them"), **problems(503)},
    summary="All named transformations",
)
async def list_transformations(state: State) -> Response[bytes]:
    texts: NamedTexts = state.named
    found = [NamedText(name, text) for name, text in sorted((await texts.read()).items())]
    return Response(msgspec.json.encode(found), media_type="application/json")


@put(
    "/api/transformations/{name:str}",
    guards=[auth.writers_only],
    status_code=200,
    request_max_body_size=_MAX_BODY_BYTES,
    security=auth.SECURITY,
    responses={200: ResponseSpec(NamedText, description="kept"), **problems(400, 401, 413, 503)},
    summary="A name stands for a text",
)
async def put_transformation(
    request: Request[Any, Any, State], name: FromPath[str], data: JSONBody[NewText], state: State
) -> Response[bytes]:
    del request
    texts: NamedTexts = state.named
    await texts.put(name, data.transformation)
    body = msgspec.json.encode(NamedText(name, data.transformation))
    return Response(body, media_type="application/json")


@delete(
    "/api/transformations/{name:str}",
    guards=[auth.writers_only],
    status_code=204,
    security=auth.SECURITY,
    responses=problems(400, 401, 404, 503),
    summary="A name stands for nothing",
)
async def delete_transformation(name: FromPath[str], state: State) -> None:
    texts: NamedTexts = state.named
    await texts.remove(name)


named_routes = [list_transformations, put_transformation, delete_transformation]
