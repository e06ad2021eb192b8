"""Named transformations from the database: kept over HTTP, known to every worker, on both engines."""

import pytest
import pytest_asyncio
from litestar import Litestar
from litestar.datastructures import State

from api.auth import Credential
from api.errors import exception_handlers
from api.named import NamedTexts, named_routes
from db.engine import fetch
from imgproxy.grammar import parse
from imgproxy.grammar.named import Named
from imgproxy.settings import Limits
from tests import databases
from tests.services import client_of

KEY = {"x-api-key": "demo-key:demo-secret"}


class Images:
    """What of an image application matters here: its names."""

    def __init__(self):
        self.named = Named({"of_file": "c_scale,w_10"})

    def canonical(self, text):
        return parse(text, named=self.named).canonical()


@pytest_asyncio.fixture(params=databases.KINDS)
async def engine(request, tmp_path):
    async with (
        databases.database_url(request.param, request, tmp_path) as url,
        databases.migrated(url) as engine,
    ):
        yield engine


@pytest.fixture
def images():
    return Images()


@pytest_asyncio.fixture
async def client(engine, images):
    async with client_of(_app(images)) as client:
        yield client


def _app(images):
    state = {
        "credential": Credential("demo-key", "demo-secret"),
        "named": NamedTexts(images, Limits()),
    }
    return Litestar(
        route_handlers=named_routes, exception_handlers=exception_handlers, state=State(state)
    )


async def put(client, name, text, **headers):
    body = {"transformation": text}
    return await client.put(f"/api/transformations/{name}", json=body, headers=headers or KEY)


async def test_a_name_that_was_put_means_its_text_at_once(client, images):
    assert (await put(client, "hero", "c_fill,w_400,h_300/f_auto")).status_code == 200
    assert images.canonical("t_hero/e_sepia") == "c_fill,h_300,w_400/e_sepia:80/f_auto"
    assert (await put(client, "hero", "c_fit,w_5")).status_code == 200
    assert images.canonical("t_hero") == "c_fit,w_5"
    listed = (await client.get("/api/transformations")).json()
    assert listed == [
        {"name": "hero", "transformation": "c_fit,w_5"},
        {"name": "of_file", "transformation": "c_scale,w_10"},
    ]


async def test_another_worker_learns_of_it_when_it_reads_again(client, images):
    other = Images()
    texts = NamedTexts(other, Limits())
    await put(client, "card", "t_of_file/q_50")
    await texts.read()
    assert other.canonical("t_card") == "c_scale,w_10/q_50"
    await fetch("DELETE FROM named_transformation")
    await texts.read()
    assert set(other.named) == {"of_file"}


async def test_a_name_of_the_file_can_be_covered_and_comes_back(client, images):
    await put(client, "of_file", "w_20")
    assert images.canonical("t_of_file") == "c_scale,w_20"
    gone = await client.delete("/api/transformations/of_file", headers=KEY)
    assert gone.status_code == 204
    assert images.canonical("t_of_file") == "c_scale,w_10"
    assert (await client.delete("/api/transformations/of_file", headers=KEY)).status_code == 404


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("hero", "c_fil,w_3", "did you mean c_fill"),
        ("hero", "t_hero", "hero"),
        ("hero", "t_nobody", "Unknown transformation nobody"),
        ("a,b", "w_3", "expected a name"),
        ("x" * 101, "w_3", "at most 100 characters"),
    ],
)
async def test_what_is_not_understood_is_not_kept(client, images, name, text, said):
    refused = await put(client, name, text)
    assert refused.status_code == 400
    assert said in refused.json()["detail"]
    assert set(images.named) == {"of_file"}


async def test_only_those_with_the_credential_may_change_names(client):
    assert (await put(client, "hero", "w_3", **{"x-api-key": "demo-key:wrong"})).status_code == 401
    assert (await client.delete("/api/transformations/hero")).status_code == 401
