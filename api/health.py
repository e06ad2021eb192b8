"""Liveness and readiness for load balancers and containers, and the numbers for Prometheus (`docs/health.md`)."""

import asyncio
from typing import Any

from litestar import MediaType, Request, Response, get
from litestar.datastructures import State

from db.engine import fetch
from db.errors import DatabaseError, DatabaseUnavailable
from imgproxy.health import METRICS, look, numbers, written

_DATABASE_S = 2.0
"""Shorter than the patience of probes."""


@get("/health/live", media_type=MediaType.TEXT, sync_to_thread=False, include_in_schema=False)
def live() -> str:
    """200 as long as the event loop turns."""
    return "ok\n"


@get("/health/ready", include_in_schema=False)
async def ready(request: Request[Any, Any, State], state: State) -> Response[bytes]:
    """200 when pictures can be rendered and the database answers, else 503 with what is missing."""
    health = look(state.delivery, await _database_trouble())
    media_type, body = written(health, request.headers.get("accept", ""))
    return _said(health.status, media_type, body)


@get("/metrics", sync_to_thread=False, include_in_schema=False)
def metrics(state: State) -> Response[bytes]:
    """Counters and histograms of all workers of this node."""
    return _said(200, METRICS, numbers(state.delivery))


def _said(status: int, media_type: str, body: bytes) -> Response[bytes]:
    # as a header, since Litestar would add a charset to what has one
    headers = {"cache-control": "no-store", "content-type": media_type}
    return Response(body, status_code=status, headers=headers)


async def _database_trouble() -> tuple[str, ...]:
    try:
        async with asyncio.timeout(_DATABASE_S):
            await fetch("SELECT 1")
    except (DatabaseError, DatabaseUnavailable, TimeoutError) as error:
        return (f"the database does not answer: {type(error).__name__}",)
    return ()


health_routes = [live, ready, metrics]
