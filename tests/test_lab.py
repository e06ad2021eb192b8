"""The lab's three ways show the same listings for 61, 1 and 0 statements, and say so.  On both engines."""

import msgspec
import pytest
import pytest_asyncio

from api.app import create_app
from api.seed import seed
from api.settings import ServerSettings
from db.engine import running
from db.migrate import migrate
from db.settings import DatabaseSettings
from imgproxy.settings import ImageSettings
from tests import databases
from tests.services import client_of

KEY = {"x-api-key": "demo-key:demo-secret"}
NAIVE, OPTIMIZED, CACHED = (
    f"/api/properties/{way}/" for way in ("live/naive", "live/optimized", "cached")
)


@pytest_asyncio.fixture(params=databases.KINDS, scope="module")
async def settings(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    async with databases.database_url(request.param, request, folder) as url:
        async with running(DatabaseSettings(url)) as engine:
            await migrate(engine)
            await seed(30, databases.photos())
        yield ServerSettings(
            database_url=url, seed=0, lab=True, images=ImageSettings(data=str(folder), renderers=1)
        )


@pytest_asyncio.fixture
async def client(settings):
    async with client_of(create_app(settings)) as client:
        yield client


def _count(response):
    assert response.status_code == 200
    return response.headers["server-timing"]


async def test_the_three_ways_agree_and_tell_their_price(client):
    ways = [await client.get(path) for path in (NAIVE, OPTIMIZED, CACHED, CACHED)]
    assert [_count(way) for way in ways] == [f'db;desc="{n}"' for n in (61, 1, 1, 0)]
    assert len({way.content for way in ways}) == 1
    page = (await client.get("/api/properties")).json()
    assert ways[0].json()["results"] == page["results"]
    assert ways[0].json()["count"] == page["count"] == 30


@pytest.mark.parametrize("path", ["/api/properties", "/api/properties/3"])
async def test_every_answer_tells_its_price(client, path):
    assert [_count(await client.get(path)) for _ in range(3)] == [
        'db;desc="1"',
        'db;desc="0"',
        'db;desc="0"',
    ]


async def test_the_cached_way_is_not_stale_either(client):
    await client.get(CACHED)
    newest = (await client.get(CACHED)).json()["results"][0]["id"]
    await client.patch(f"/api/properties/{newest}", json={"price": "395000"}, headers=KEY)
    assert (await client.get(CACHED)).json()["results"][0]["price"] == "395000.00"


async def test_outside_the_lab_there_is_none(settings):
    async with client_of(create_app(msgspec.structs.replace(settings, lab=False))) as client:
        assert (await client.get(NAIVE)).status_code == 404
        assert "server-timing" not in (await client.get("/api/properties")).headers
