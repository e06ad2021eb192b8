"""Liveness and readiness for load balancers and containers."""

from litestar import MediaType, Response, get
from litestar.datastructures import State

from db.engine import fetch
from db.errors import DatabaseError, DatabaseUnavailable
from imgproxy.delivery import Delivery


@get("/health/live", media_type=MediaType.TEXT, sync_to_thread=False, include_in_schema=False)
def live() -> str:
    """200 as long as the event loop turns."""
    return "ok\n"


@get("/health/ready", media_type=MediaType.TEXT, include_in_schema=False)
async def ready(state: State) -> Response[str]:
    """200 when pictures can be rendered and the database answers, else 503 with what is missing."""
    delivery: Delivery = state.delivery
    missing = [] if delivery.renderers.ready else ["no render process is up"]
    missing += await _database_trouble()
    return Response(
        "".join(f"{line}\n" for line in missing) or "ok\n", status_code=503 if missing else 200
    )


async def _database_trouble() -> list[str]:
    try:
        await fetch("SELECT 1")
    except (DatabaseError, DatabaseUnavailable) as error:
        return [f"the database does not answer: {type(error).__name__}"]
    return []


health_routes = [live, ready]
