"""Errors of the listing API as `application/problem+json` (RFC 9457).

`type` is absent, which means `about:blank`: the title is the status in words, `detail` says what happened here, and
`errors` names each parameter that was wrong.  An unexpected exception is logged whole and told to nobody.
"""

import logging
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, NotFoundException, ValidationException
from litestar.openapi import ResponseSpec
from litestar.types import ExceptionHandlersMap

from api.jobs import JobsError
from db.errors import DatabaseError, DatabaseUnavailable, Refused
from imgproxy.errors import ImageError

_log = logging.getLogger(__name__)
_encoder = msgspec.json.Encoder()

_RETRY_AFTER_S = "1"


class ParameterProblem(msgspec.Struct, frozen=True):
    """What was expected of one parameter."""

    parameter: str
    detail: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """The body of every error answer.  `instance` is the path that was asked."""

    title: str
    status: int
    detail: str
    instance: str
    errors: tuple[ParameterProblem, ...] = ()


def http_problem(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """For everything that Litestar and the handlers raise on purpose."""
    return _answer(
        request, error.status_code, error.detail, error.headers, _parameters(error.extra)
    )


def database_problem(request: Request[Any, Any, Any], error: DatabaseError) -> Response[bytes]:
    """503 with `Retry-After` when it may work later, else 500; what the driver said stays in the log."""
    _log.error("database trouble at %s", request.scope["path"], exc_info=error)
    if isinstance(error, DatabaseUnavailable):
        later = {"retry-after": _RETRY_AFTER_S}
        return _answer(request, error.status, "The database does not answer right now.", later)
    return _answer(request, error.status, "The database refused.")


def refused_problem(request: Request[Any, Any, Any], error: Refused) -> Response[bytes]:
    """A change that our own rules do not allow, in their words."""
    found = ParameterProblem(error.parameter, str(error))
    return _answer(request, error.status, f"{error.parameter}: {error}.", errors=(found,))


def image_problem(request: Request[Any, Any, Any], error: ImageError) -> Response[bytes]:
    """A picture could not be looked at; with `Retry-After` where later may be better."""
    _log.warning("picture trouble at %s: %s", request.scope["path"], error)
    retry = error.retry_after_s
    later = {} if retry is None else {"retry-after": str(retry)}
    return _answer(request, error.status, f"{error}.", later)


def jobs_problem(request: Request[Any, Any, Any], error: JobsError) -> Response[bytes]:
    """The queue is full or away."""
    _log.error("jobs trouble at %s: %s", request.scope["path"], error)
    return _answer(request, error.status, f"Jobs: {error}.", {"retry-after": _RETRY_AFTER_S})


def unexpected_problem(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """For our own mistakes."""
    _log.error("unexpected error at %s", request.scope["path"], exc_info=error)
    return _answer(request, 500, "Something went wrong on our side.")


exception_handlers: ExceptionHandlersMap = {
    HTTPException: http_problem,
    Refused: refused_problem,
    DatabaseError: database_problem,
    ImageError: image_problem,
    JobsError: jobs_problem,
    Exception: unexpected_problem,
}


def wrong(parameter: str, expected: str) -> ValidationException:
    """400 that names the parameter and what was expected of it."""
    return ValidationException(
        f"{parameter}: {expected}", extra=[{"key": parameter, "message": expected}]
    )


def no_such(parameter: str, why: str) -> NotFoundException:
    """404 that names the parameter: well written, but there is nothing there."""
    return NotFoundException(f"{parameter}: {why}", extra=[{"key": parameter, "message": why}])


def conflict(parameter: str, why: str) -> HTTPException:
    """409 that names the parameter: well written, but against the rules of what is there."""
    extra = [{"key": parameter, "message": why}]
    return HTTPException(f"{parameter}: {why}", status_code=409, extra=extra)


def problems(*statuses: int) -> dict[int, ResponseSpec]:
    """For the OpenAPI document: which errors an operation may answer."""
    return {
        status: ResponseSpec(
            Problem,
            description=HTTPStatus(status).phrase,
            media_type="application/problem+json",
            generate_examples=False,
        )
        for status in statuses
    }


def _answer(
    request: Request[Any, Any, Any],
    status: int,
    detail: str,
    headers: dict[str, str] | None = None,
    errors: tuple[ParameterProblem, ...] = (),
) -> Response[bytes]:
    problem = Problem(HTTPStatus(status).phrase, status, detail, request.scope["path"], errors)
    return Response(
        _encoder.encode(problem),
        status_code=status,
        media_type="application/problem+json",
        headers={**(headers or {}), "cache-control": "no-store"},
    )


def _parameters(extra: object) -> tuple[ParameterProblem, ...]:
    """Litestar's list of what its validation found; other extras are not for clients."""
    found = extra if isinstance(extra, list) else []
    return tuple(
        ParameterProblem(str(item["key"]), str(item["message"]))
        for item in found
        if isinstance(item, dict) and "key" in item and "message" in item
    )
