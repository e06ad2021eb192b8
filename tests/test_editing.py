"""Listings are made, changed and deleted over HTTP by whoever has the credential.  On both engines."""

import pytest
import pytest_asyncio
from litestar import Litestar
from litestar.datastructures import State

from api.auth import Credential
from api.bodies import minor
from api.cleaning import Cleaning, ForgetPhotos
from api.editing import editing_routes
from api.errors import exception_handlers
from api.jobs.desk import Desk
from api.jobs.runner import Handlers
from api.listings import listing_routes
from api.seed import seed
from api.warm import Warm
from db.changes import Unwatched
from db.engine import fetch
from tests import databases
from tests.services import client_of

KEY = {"x-api-key": "demo-key:demo-secret"}
HOME = {
    "title": "Brick house",
    "price": "450000.00",
    "agent_id": 1,
    "location": {"city": "Boise", "state": "ID", "latitude": 43.6},
}


class NoUploads:
    """Remembers whose files were to be forgotten."""

    def __init__(self):
        self.forgotten = []

    async def forget(self, public_ids):
        self.forgotten += public_ids


@pytest_asyncio.fixture(params=databases.KINDS, scope="module")
async def engine(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("editing")
    async with (
        databases.database_url(request.param, request, folder) as url,
        databases.migrated(url) as engine,
    ):
        await seed(12, databases.photos())
        yield engine


@pytest.fixture
def uploads():
    return NoUploads()


@pytest_asyncio.fixture
async def client(engine, uploads):
    async with client_of(_app(uploads)) as client:
        yield client


def _app(uploads):
    return Litestar(
        route_handlers=[*listing_routes, *editing_routes],
        exception_handlers=exception_handlers,
        state=State(
            {
                "image_base": "/demo/image/upload/",
                "credential": Credential("demo-key", "demo-secret"),
                "jobs": Desk(Handlers({ForgetPhotos: Cleaning(uploads).work}), at_once=0),
                "warm": Warm(Unwatched()),
            }
        ),
    )


async def _made(client, **changes):
    response = await client.post("/api/properties", json={**HOME, **changes}, headers=KEY)
    assert response.status_code == 201, response.text
    return response


# --- who may ---------------------------------------------------------------------------------------------------------

WRITES = [
    ("POST", "/api/properties"),
    ("PATCH", "/api/properties/1"),
    ("DELETE", "/api/properties/1"),
    ("GET", "/api/agents"),
]
STRANGERS = [
    {},
    {"x-api-key": ""},
    {"x-api-key": "demo-key"},
    {"x-api-key": "demo-secret"},
    {"x-api-key": "demo-key:demo-secrets"},
    {"x-api-key": "demo-key:demo-secret\u00e9".encode()},
    {"authorization": "Basic ZGVtby1rZXk6ZGVtby1zZWNyZXQ="},
    {"authorization": "Bearer demo-key"},
    {"authorization": "Bearer"},
]


@pytest.mark.parametrize(("method", "path"), WRITES)
@pytest.mark.parametrize("headers", STRANGERS)
async def test_strangers_are_challenged_before_anything_else(client, method, path, headers):
    response = await client.request(method, path, headers=headers, content=b"{ not JSON")
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == 'Bearer realm="darkroom"'
    assert response.headers["content-type"] == "application/problem+json"
    assert "X-Api-Key: key:secret" in response.json()["detail"]


@pytest.mark.parametrize(
    "headers",
    [
        KEY,
        {"X-API-KEY": " demo-key:demo-secret "},
        {"authorization": "Bearer demo-key:demo-secret"},
        {"authorization": "bearer demo-key:demo-secret"},
    ],
)
async def test_the_credential_opens_in_either_header(client, headers):
    agents = (await client.get("/api/agents", headers=headers)).json()["results"]
    assert [agent["name"] for agent in agents] == sorted(agent["name"] for agent in agents)
    assert set(agents[0]) == {"id", "name", "email", "phone", "office"}


# --- making ----------------------------------------------------------------------------------------------------------


async def test_a_new_listing_is_there_at_the_place_it_says(client):
    response = await _made(client, bedrooms=3, property_type="villa", description="Quiet.")
    listing = response.json()
    assert response.headers["location"] == f"/api/properties/{listing['id']}"
    assert listing["price"] == "450000.00"
    assert (listing["bedrooms"], listing["bathrooms"]) == (3, 0)
    assert listing["location"]["city"] == "Boise"
    assert listing["location"]["longitude"] is None
    assert (listing["agent"]["id"], listing["images"]) == (1, [])
    shown = await client.get(response.headers["location"])
    assert shown.json() == listing
    assert shown.headers["etag"] == response.headers["etag"]


async def test_an_unpublished_listing_is_for_its_makers(client):
    made = await _made(client, published=False)
    path = made.headers["location"]
    assert (await client.get(path)).status_code == 404
    assert (await client.get(path, headers=KEY)).json() == made.json()
    published = await client.patch(path, json={"published": True}, headers=KEY)
    assert (await client.get(path)).json() == published.json()


@pytest.mark.parametrize(
    ("text", "cents"),
    [("450000.00", 45_000_000), ("1", 100), ("0.5", 50), ("9999999999999.99", 999999999999999)],
)
def test_prices_become_cents_exactly(text, cents):
    assert minor(text) == cents


NONSENSE = [
    # change of a good listing, the field that is named, a word of the reason
    ({"price": 450000}, "price", "Expected `str`"),
    ({"price": "450,000"}, "price", "regex"),
    ({"price": "1.234"}, "price", "regex"),
    ({"price": "-1"}, "price", "regex"),
    ({"title": ""}, "title", "length >= 1"),
    ({"title": "x" * 201}, "title", "length <= 200"),
    ({"title": "a\0b"}, "title", "regex"),
    ({"title": None}, "title", "got `null`"),
    ({"agent_id": "1"}, "agent_id", "Expected `int`"),
    ({"bedrooms": -1}, "bedrooms", ">= 0"),
    ({"bedrooms": 2.5}, "bedrooms", "Expected `int`"),
    ({"property_type": "castle"}, "property_type", "castle"),
    ({"published": "yes"}, "published", "Expected `bool`"),
    ({"published": "true"}, "published", "Expected `bool`"),
    ({"colour": "red"}, "", "unknown field `colour`"),
    ({"location": {"city": "x", "zip": "1"}}, "location", "unknown field `zip`"),
    ({"location": {}}, "location", "missing required field `city`"),
    ({"location": {"city": "x", "latitude": 91}}, "location.latitude", "<= 90"),
]


@pytest.mark.parametrize(("change", "field", "reason"), NONSENSE)
async def test_what_cannot_be_meant_is_named(client, change, field, reason):
    count = (await client.get("/api/properties")).json()["count"]
    response = await client.post("/api/properties", json={**HOME, **change}, headers=KEY)
    assert response.status_code == 400, response.text
    problem = response.json()
    assert reason in problem["errors"][0]["detail"]
    assert problem["errors"][0]["parameter"] in (field, "data", "body")
    assert field in problem["errors"][0]["parameter"] or not field
    assert (await client.get("/api/properties")).json()["count"] == count


async def test_an_agent_who_is_not_there_is_409(client):
    response = await client.post("/api/properties", json={**HOME, "agent_id": 12345}, headers=KEY)
    assert (response.status_code, response.json()["title"]) == (409, "Conflict")
    assert response.json()["errors"] == [
        {"parameter": "agent_id", "detail": "there is no agent 12345"}
    ]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b'{"title": "\\ud800"}'])
@pytest.mark.parametrize(("method", "path"), WRITES[:2])
async def test_what_is_no_object_is_400(client, method, path, body):
    response = await client.request(method, path, content=body, headers=KEY)
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"


async def test_whole_numbers_may_be_written_with_a_point(client):
    listing = (await _made(client, bedrooms=3.0, location={"city": "x", "latitude": 44})).json()
    assert (listing["bedrooms"], listing["location"]["latitude"]) == (3, 44.0)


async def test_a_listing_lacks_what_it_needs(client):
    response = await client.post("/api/properties", json={"title": "x"}, headers=KEY)
    assert "missing required field `price`" in response.json()["errors"][0]["detail"]


async def test_a_body_without_end_is_413(client):
    body = {**HOME, "description": "x" * 300_000}
    response = await client.post("/api/properties", json=body, headers=KEY)
    assert response.status_code == 413


# --- changing --------------------------------------------------------------------------------------------------------


async def test_a_changed_price_is_in_the_next_answer_and_nothing_else_changed(client):
    before = (await client.get("/api/properties/3")).json()
    changed = await client.patch("/api/properties/3", json={"price": "395000"}, headers=KEY)
    assert changed.status_code == 200
    after = (await client.get("/api/properties/3")).json()
    assert after == changed.json() == {**before, "price": "395000.00"}
    listed = (await client.get("/api/properties?page_size=100")).json()["results"]
    assert after in listed


async def test_every_field_can_change(client):
    path = (await _made(client)).headers["location"]
    changes = {
        **HOME,
        "title": "Other",
        "agent_id": 2,
        "status": "sold",
        "area": 900,
        "location": {"city": "Reno"},
    }
    listing = (await client.patch(path, json=changes, headers=KEY)).json()
    assert (listing["title"], listing["status"], listing["area"]) == ("Other", "sold", 900)
    assert listing["agent"]["id"] == 2
    assert (listing["location"]["city"], listing["location"]["state"]) == ("Reno", "")


async def test_an_empty_change_changes_nothing(client):
    before = (await client.get("/api/properties/4")).json()
    assert (await client.patch("/api/properties/4", json={}, headers=KEY)).json() == before


async def test_replaced_and_deleted_locations_are_not_left_behind(client):
    before = await fetch("SELECT count(*) AS n FROM location")
    path = (await _made(client)).headers["location"]
    await client.patch(path, json={"location": {"city": "Reno"}}, headers=KEY)
    await client.delete(path, headers=KEY)
    assert await fetch("SELECT count(*) AS n FROM location") == before


async def test_a_shared_location_changes_for_one_listing_only(client):
    await fetch("UPDATE property SET location = 5 WHERE id = 6")
    other = (await client.get("/api/properties/6")).json()
    await client.patch("/api/properties/5", json={"location": {"city": "Reno"}}, headers=KEY)
    assert (await client.get("/api/properties/6")).json() == other
    assert (await client.get("/api/properties/5")).json()["location"]["city"] == "Reno"


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
@pytest.mark.parametrize("number", [0, 99999, 2**40])
async def test_what_is_not_there_cannot_change(client, method, number):
    path = f"/api/properties/{number}"
    response = await client.request(method, path, json={"title": "x"}, headers=KEY)
    assert response.status_code == 404


# --- when somebody was faster ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_an_old_etag_stops_the_change(client, method):
    path = (await _made(client)).headers["location"]
    old = (await client.get(path)).headers["etag"]
    new = (await client.patch(path, json={"area": 7}, headers=KEY)).headers["etag"]
    for condition in (old, f"W/{new}", '"x"'):
        headers = {**KEY, "if-match": condition}
        response = await client.request(method, path, json={"area": 8}, headers=headers)
        assert (response.status_code, response.json()["title"]) == (412, "Precondition Failed")
    assert (await client.get(path)).json()["area"] == 7
    headers = {**KEY, "if-match": f'"x", {new}'}
    response = await client.request(method, path, json={"area": 8}, headers=headers)
    assert response.is_success


# --- deleting --------------------------------------------------------------------------------------------------------


async def test_a_deleted_listing_is_gone_with_its_photos(client, uploads):
    row = {"public_id": "properties/7/abc", "width": 9, "height": 9, "display_order": 99}
    names = ", ".join(row)
    marks = ", ".join("{}" for _ in row)
    text = "alt_text, placeholder, color"
    await fetch(
        f"INSERT INTO property_image (property, {names}, {text}) VALUES (7, {marks}, '', '', '')",
        *row.values(),
    )
    count = (await client.get("/api/properties")).json()["count"]
    response = await client.delete("/api/properties/7", headers=KEY)
    assert (response.status_code, response.content) == (204, b"")
    assert (await client.get("/api/properties/7")).status_code == 404
    assert (await client.get("/api/properties")).json()["count"] == count - 1
    assert await fetch("SELECT id FROM property_image WHERE property = 7") == []
    # the seeded photos are shown by other listings too
    assert "properties/7/abc" in uploads.forgotten
    assert "homes/exterior 0" not in uploads.forgotten
