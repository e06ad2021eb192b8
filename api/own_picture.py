"""`POST /playground/picture`: a picture of one's own to try things on, for whoever has signed in.

It comes in as photos of listings do, under a name that nobody guesses, and is forgotten after a day.  Everybody else is
shown the way to sign in: what is uploaded here lies in the storage of this service.
"""

from typing import Any, Final
from urllib.parse import urlencode

from litestar import Request, Response, post
from litestar.datastructures import State
from litestar.response import Redirect

from api.auth import may_write
from api.cleaning import ForgetPhotos
from api.jobs import order
from api.jobs.desk import Desk
from api.pages_answer import error_pages
from api.uploads import Uploads

SIGN_IN: Final = "/sign-in?then=/playground"

_KEPT_S: Final = 86_400.0


@post(
    "/playground/picture",
    request_max_body_size=None,
    exception_handlers=error_pages,
    include_in_schema=False,
)
async def own_picture(request: Request[Any, Any, State], state: State) -> Response[Any]:
    """To the playground, with the picture and the transformation that the form had."""
    if not may_write(request):
        return Redirect(SIGN_IN, status_code=303)
    uploads: Uploads = state.uploads
    kind = request.headers.get("content-type", "")
    jobs: Desk = state.jobs

    async def ends(public_id: str) -> None:
        forget = ForgetPhotos((public_id,))
        await jobs.enqueue(order(forget, public_id, delay_s=_KEPT_S, max_attempts=20))

    name, texts = await uploads.try_out(kind, request.stream(), ends)
    query = {"transformation": texts[0]} if texts else {}
    return Redirect(f"/playground?{urlencode({**query, 'photo': name})}", status_code=303)
