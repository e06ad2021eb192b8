"""In front of Litestar: the second answer is the first one, word for word, and Litestar is not asked for it."""

from types import SimpleNamespace

import pytest
import pytest_asyncio
from litestar import Litestar
from litestar.datastructures import State

from api.auth import Credential
from api.listings import listing_routes
from api.pages import page_routes
from api.seed import seed
from api.warm import Warm
from api.warm_front import WarmFront
from tests import databases
from tests.services import client_of
from tests.test_warm import Told

READ = ["/", "/?city=Boise&page=1", "/properties/1", "/api/properties", "/api/properties/1"]
BROWSER = {"accept-encoding": "gzip, br", "accept": "text/html"}
PLAIN = {"accept-encoding": "identity"}
_CLOCKS = {"date"}


class Asked:
    """An application, and what it was asked for."""

    def __init__(self, app):
        self._app, self.paths = app, []

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http":
            self.paths.append(scope["path"])
        await self._app(scope, receive, send)


@pytest_asyncio.fixture
async def service(tmp_path):
    watch = Told()
    warm = Warm(watch)
    await warm.start()
    state = {
        "image_base": "/demo/image/upload/",
        "warm": warm,
        "credential": Credential("demo-key", "demo-secret"),
        "named": SimpleNamespace(known={}),
    }
    litestar = Litestar([*page_routes, *listing_routes], state=State(state), openapi_config=None)
    behind = Asked(litestar)
    async with (
        databases.migrated(f"sqlite:///{tmp_path / 'darkroom.sqlite'}"),
        client_of(WarmFront(behind, warm)) as client,  # type: ignore[arg-type]  # it stands for Litestar
    ):
        await seed(5, databases.photos())
        yield client, behind, warm


def shown(answer):
    fields = {name: value for name, value in answer.headers.items() if name not in _CLOCKS}
    return answer.status_code, fields, answer.content


async def both(service, path, method="GET", headers=PLAIN):
    """What Litestar answers, and what comes after that."""
    client, behind, _ = service
    first = await client.request(method, path, headers=headers)
    asked = len(behind.paths)
    second = await client.request(method, path, headers=headers)
    assert len(behind.paths) == asked, "Litestar was asked again"
    return first, second


@pytest.mark.parametrize("headers", [PLAIN, BROWSER], ids=["plain", "packed"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", READ)
async def test_the_second_answer_is_the_first(service, path, method, headers):
    first, second = await both(service, path, method, headers)
    assert first.status_code == 200
    assert shown(second) == shown(first)


@pytest.mark.parametrize("path", READ)
async def test_whoever_has_it_is_told_so_in_the_same_words(service, path):
    client, _, warm = service
    etag = (await client.get(path, headers=PLAIN)).headers["etag"]
    condition = {**PLAIN, "if-none-match": f'"another", {etag}'}
    warm._names.clear()  # as if it had never been asked for in these words
    first, second = await both(service, path, headers=condition)
    assert first.status_code == 304
    assert shown(second) == shown(first)


async def test_packed_and_plain_are_two(service):
    client, _, _ = service
    for _ in range(2):
        plain = await client.get("/", headers=PLAIN)
        packed = await client.get("/", headers=BROWSER)
        assert "content-encoding" not in plain.headers
        assert packed.headers["content-encoding"] == "gzip"
        assert plain.headers["vary"] == packed.headers["vary"] == "accept-encoding"
        assert plain.headers["etag"] != packed.headers["etag"]
        assert plain.text == packed.text


@pytest.mark.parametrize("path", ["/", "/properties/1", "/api/properties"])
async def test_what_has_changed_is_made_again(service, path):
    client, behind, warm = service
    await both(service, path)
    before = len(behind.paths)
    warm.tell(None)
    assert (await client.get(path, headers=PLAIN)).status_code == 200
    assert len(behind.paths) == before + 1


@pytest.mark.parametrize("path", ["/properties/999", "/docs", "/properties/1/more", "/static/x.js"])
async def test_everything_else_is_for_those_behind(service, path):
    client, behind, _ = service
    for _ in range(2):
        await client.get(path, headers=PLAIN)
    assert behind.paths.count(path) == 2


async def test_a_credential_is_looked_at_behind(service):
    client, behind, _ = service
    for _ in range(2):
        await client.get(
            "/api/properties/1", headers={**PLAIN, "x-api-key": "demo-key:demo-secret"}
        )
    assert len(behind.paths) == 2
