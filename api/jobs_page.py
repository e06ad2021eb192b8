"""`/jobs`: the jobs as a page, for an operator who has signed in.

Works without scripts; with them it looks again every few seconds while something is open.  Cancelling is a form, taken
only from this page itself, since a browser would send the credential along from anywhere.
"""

import time
from typing import Any

import msgspec
from litestar import HttpMethod, Request, Response, post, route
from litestar.datastructures import State
from litestar.exceptions import HTTPException, PermissionDeniedException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from litestar.response import Redirect

from api.auth import is_from_here, is_operator
from api.jobs import OPEN, JobStatus
from api.jobs.desk import Desk
from api.jobs_api import cancelled
from api.pages_answer import answer, error_pages
from api.sign_in import sign_in_first

_SHOWN = 60
_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


class Line(msgspec.Struct, frozen=True):
    """A job as the page shows it."""

    job: JobStatus
    is_open: bool
    ordered: str
    took: str


@route(
    "/jobs",
    http_method=[HttpMethod.GET, HttpMethod.HEAD],
    exception_handlers=error_pages,
    include_in_schema=False,
)
async def jobs_page(request: Request[Any, Any, State], state: State) -> Response[bytes]:
    """The newest jobs."""
    if not is_operator(request):
        return sign_in_first(request)
    desk: Desk = state.jobs
    now = time.time()
    lines = [_line(job, now) for job in await desk.listing(_SHOWN)]
    page = answer(request, "jobs.html", lines=lines, open_count=await desk.open_count())
    page.headers["cache-control"] = "no-store"
    return page


@post("/jobs/{job_id:str}/cancel", exception_handlers=error_pages, include_in_schema=False)
async def cancel_on_page(
    request: Request[Any, Any, State], state: State, job_id: FromPath[str]
) -> Response[Any]:
    """Back to the page; a job that is over meanwhile is shown there as such."""
    if not is_operator(request):
        return sign_in_first(request)
    if not is_from_here(request):
        raise PermissionDeniedException("A job is cancelled from the page of jobs only.")
    try:
        await cancelled(state.jobs, job_id)
    except HTTPException as error:
        if error.status_code != 409:
            raise
    return Redirect("/jobs", status_code=303)


jobs_page_routes: list[HTTPRouteHandler] = [jobs_page, cancel_on_page]


def _line(job: JobStatus, now: float) -> Line:
    ends = job.finished_at or now
    idle = job.started_at is None or job.state == "waiting"
    took = "" if idle else _span(ends - (job.started_at or ends))
    return Line(job, job.state in OPEN, f"{_span(now - job.created_at)} ago", took)


def _span(seconds: float) -> str:
    """The largest unit that fits, whole: `3 min`."""
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return "0 s"
