"""An error outside the API: a page for who came with a browser, a problem document for everybody else.

What `/api/` and the image service answer is a contract and stays as it is, whoever asks.
"""

from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException, NotFoundException
from litestar.types import ExceptionHandlersMap

from api.errors import exception_handlers, http_problem, unexpected_problem
from api.pages_answer import http_page, unexpected_page

_NOTHING = NotFoundException("There is nothing at this address.")
"""Instead of the status in words, which the page says anyway."""


def http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """For unknown paths and for what handlers raise on purpose."""
    if not _wants_page(request):
        return _varied(http_problem(request, error))
    unknown = (
        error.status_code == HTTPStatus.NOT_FOUND and error.detail == HTTPStatus.NOT_FOUND.phrase
    )
    return _varied(http_page(request, _NOTHING if unknown else error))


def unexpected_error(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """For our own mistakes."""
    answer = unexpected_page if _wants_page(request) else unexpected_problem
    return _varied(answer(request, error))


handlers: ExceptionHandlersMap = {
    **exception_handlers,
    HTTPException: http_error,
    Exception: unexpected_error,
}
"""For the whole application; routes that always answer with a page have their own."""


def _wants_page(request: Request[Any, Any, Any]) -> bool:
    """Browsers name HTML when they navigate; programs take anything, or name JSON."""
    accepts = request.headers.get("accept", "").lower()
    return "text/html" in accepts and not request.scope["path"].startswith("/api/")


def _varied(response: Response[bytes]) -> Response[bytes]:
    response.headers["vary"] = "accept, accept-encoding"
    return response
