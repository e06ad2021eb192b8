"""`/api/jobs`: what waits, runs and has run, for those with the credential.

GET    /api/jobs          the newest, and how many are open
GET    /api/jobs/{id}
DELETE /api/jobs/{id}     cancels; a running one ends within seconds
POST   /api/jobs/{id}/cancel     the same, for what can only post
"""

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from litestar import Response, delete, get, post
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, QueryParameter

from api import auth
from api.errors import conflict, problems
from api.jobs import JobStatus
from api.jobs import State as JobState
from api.jobs.desk import Desk

_NO_STORE = {"cache-control": "no-store"}
Limit = Annotated[int, QueryParameter(ge=1, le=500, description="how many of the newest")]


class Job(msgspec.Struct, frozen=True):
    """`done` of `total` is what the work says of itself; `error` the sentence of the last attempt."""

    id: str
    kind: str
    state: JobState
    attempts: int
    max_attempts: int
    done: int
    total: int
    error: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class Jobs(msgspec.Struct, frozen=True):
    """`open`: how many wait or run."""

    open: int
    results: tuple[Job, ...]


@get(
    "/api/jobs",
    guards=[auth.writers_only],
    security=auth.SECURITY,
    responses={200: ResponseSpec(Jobs, description="the newest first"), **problems(400, 401, 503)},
    summary="Jobs that wait, run and have run",
)
async def list_jobs(state: State, limit: Limit = 50) -> Response[bytes]:
    desk: Desk = state.jobs
    found = tuple(job(status) for status in await desk.listing(limit))
    return _json(Jobs(await desk.open_count(), found))


@get(
    "/api/jobs/{job_id:str}",
    guards=[auth.writers_only],
    security=auth.SECURITY,
    responses={200: ResponseSpec(Job, description="the job"), **problems(400, 401, 404, 503)},
    summary="One job",
)
async def show_job(state: State, job_id: FromPath[str]) -> Response[bytes]:
    desk: Desk = state.jobs
    status = await desk.status(job_id)
    if status is None:
        raise _no(job_id)
    return _json(job(status))


@delete(
    "/api/jobs/{job_id:str}",
    guards=[auth.writers_only],
    status_code=202,
    security=auth.SECURITY,
    responses={202: ResponseSpec(Job, description="the job"), **problems(400, 401, 404, 409, 503)},
    summary="Cancels a job that waits or runs",
)
async def cancel_job(state: State, job_id: FromPath[str]) -> Response[bytes]:
    return _json(await cancelled(state.jobs, job_id), 202)


@post(
    "/api/jobs/{job_id:str}/cancel",
    guards=[auth.writers_only],
    status_code=202,
    security=auth.SECURITY,
    responses={202: ResponseSpec(Job, description="the job"), **problems(400, 401, 404, 409, 503)},
    summary="Cancels a job that waits or runs",
)
async def post_cancel(state: State, job_id: FromPath[str]) -> Response[bytes]:
    return _json(await cancelled(state.jobs, job_id), 202)


job_routes: list[HTTPRouteHandler] = [list_jobs, show_job, cancel_job, post_cancel]


async def cancelled(desk: Desk, job_id: str) -> Job:
    """The job as it stands now.  Raises NotFoundException; 409 for one that is over."""
    asked = await desk.cancel(job_id)
    status = await desk.status(job_id)
    if status is None:
        raise _no(job_id)
    if not asked:
        raise conflict("job_id", f"the job is {status.state} already")
    return job(status)


def job(status: JobStatus) -> Job:
    """What is said of it over HTTP."""
    values: dict[str, Any] = msgspec.structs.asdict(status)
    for name in ("created_at", "started_at", "finished_at"):
        if values[name] is not None:
            values[name] = datetime.fromtimestamp(values[name], UTC)
    return Job(**values)


def _json(value: Job | Jobs, status_code: int = 200) -> Response[bytes]:
    body = msgspec.json.encode(value)
    return Response(
        body, status_code=status_code, media_type="application/json", headers=dict(_NO_STORE)
    )


def _no(job_id: str) -> NotFoundException:
    return NotFoundException(f"There is no job {job_id}.")
