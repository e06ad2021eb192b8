"""The HTTP API's description of itself is whole, offline, and what the routes really answer."""

import re
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from api import schemas
from api.app import create_app
from api.errors import Problem
from api.manifests import Pictures
from api.seed import seed
from api.settings import ServerSettings
from db.engine import running
from db.migrate import migrate
from db.settings import DatabaseSettings
from imgproxy.settings import ImageSettings
from tests import databases
from tests.services import client_of

KEY = {"x-api-key": "demo-key:demo-secret"}
HOME = {"title": "x", "price": "1", "agent_id": 1, "location": {"city": "y"}}
METHODS = {"get", "post", "put", "patch", "delete"}


@pytest_asyncio.fixture(scope="module")
async def client(tmp_path_factory):
    folder = tmp_path_factory.mktemp("openapi")
    url = f"sqlite:///{folder}/db.sqlite"
    async with running(DatabaseSettings(url)) as engine:
        await migrate(engine)
        await seed(3, databases.photos())
    images = ImageSettings(data=str(folder), renderers=1)
    app = create_app(ServerSettings(database_url=url, seed=0, images=images))
    async with client_of(app) as client:
        yield client


@pytest_asyncio.fixture(scope="module")
async def document(client):
    return (await client.get("/schema/openapi.json")).json()


def operations(document):
    for path, item in document["paths"].items():
        for method in METHODS & set(item):
            yield path, method, item[method]


async def test_every_reference_leads_somewhere(document):
    text = msgspec.json.encode(document).decode()
    names = set(re.findall(r'"#/components/schemas/([^"]+)"', text))
    assert names
    assert names <= set(document["components"]["schemas"])


async def test_every_operation_says_what_it_needs_and_answers(document):
    seen = list(operations(document))
    assert len(seen) >= 10
    for path, method, operation in seen:
        assert operation["summary"], (method, path)
        named = {p["name"] for p in operation.get("parameters", ()) if p["in"] == "path"}
        assert named == set(re.findall(r"{(\w+)}", path))
        writes = method != "get" or path.startswith(("/api/agents", "/api/jobs"))
        assert bool(operation.get("security")) == writes
        assert ("401" in operation["responses"]) == writes
        for status, answer in operation["responses"].items():
            if int(status) >= 400:
                assert list(answer["content"]) == ["application/problem+json"], (path, status)
    schemes = set(document["components"]["securitySchemes"])
    assert schemes == {"apiKey", "bearer"}


async def test_operations_have_names_of_their_own(document):
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(names)) == len(names)


async def test_bodies_take_no_field_beyond_those_named(document):
    values = document["components"]["schemas"]
    for name in (
        "NewListing",
        "ListingChanges",
        "ImageOrder",
        "ImageChanges",
        "LocationBody",
        "FocalPointBody",
    ):
        assert values[name]["additionalProperties"] is False
    assert values["NewListing"]["properties"]["bedrooms"]["minimum"] == 0
    upload = document["paths"]["/api/properties/{listing_id}/images"]["post"]
    form = upload["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert form["additionalProperties"] is False


ANSWERS: list[tuple[Any, ...]] = [
    # method, path, body, headers, status, type of the answer
    ("GET", "/api/properties", None, {}, 200, schemas.Page),
    ("GET", "/api/properties?page=x", None, {}, 400, Problem),
    ("GET", "/api/properties/1", None, {}, 200, schemas.Listing),
    ("GET", "/api/properties/99", None, {}, 404, Problem),
    ("GET", "/api/properties/1/pictures", None, {}, 200, Pictures),
    ("GET", "/api/properties/99/pictures", None, {}, 404, Problem),
    ("GET", "/api/agents", None, KEY, 200, schemas.Agents),
    ("GET", "/api/agents", None, {}, 401, Problem),
    ("POST", "/api/properties", HOME, KEY, 201, schemas.Listing),
    ("POST", "/api/properties", {}, KEY, 400, Problem),
    ("POST", "/api/properties", HOME, {}, 401, Problem),
    ("POST", "/api/properties", {**HOME, "agent_id": 999}, KEY, 409, Problem),
    ("PATCH", "/api/properties/1", {"area": 3}, KEY, 200, schemas.Listing),
    ("PATCH", "/api/properties/1", {"area": 3}, {**KEY, "if-match": '"x"'}, 412, Problem),
    ("PUT", "/api/properties/1/images/order", {"order": []}, KEY, 409, Problem),
    ("PATCH", "/api/properties/1/images/1", {"alt_text": "a"}, KEY, 200, schemas.Images),
    ("PATCH", "/api/properties/1/images/1", {"focal_point": {"x": 2, "y": 0}}, KEY, 400, Problem),
    ("POST", "/api/properties/1/images", {}, KEY, 400, Problem),
    ("DELETE", "/api/properties/1/images/2", None, KEY, 204, None),
    ("DELETE", "/api/properties/2", None, KEY, 204, None),
    ("DELETE", "/api/properties/2", None, KEY, 404, Problem),
]


@pytest.mark.parametrize(("method", "path", "body", "headers", "status", "kind"), ANSWERS)
async def test_answers_are_as_described(
    client, document, method, path, body, headers, status, kind
):
    response = await client.request(method, path, json=body, headers=headers)
    assert response.status_code == status, response.text
    pattern = re.sub(r"/\d+", "/{}", path.partition("?")[0])
    found = {re.sub(r"{\w+}", "{}", known): item for known, item in document["paths"].items()}
    described = found[pattern][method.lower()]["responses"][str(status)]
    if kind is None:
        assert response.content == b""
        return
    (media_type,) = described["content"]
    assert response.headers["content-type"] == media_type
    name = described["content"][media_type]["schema"]["$ref"].rpartition("/")[2]
    assert name == kind.__name__
    assert set(response.json()) <= set(document["components"]["schemas"][name]["properties"])
    msgspec.json.decode(response.content, type=kind)


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/api/properties", "GET, HEAD, OPTIONS, POST"),
        ("/api/properties/1", "DELETE, GET, HEAD, OPTIONS, PATCH"),
        ("/api/properties/1/images/3", "DELETE, OPTIONS, PATCH"),
    ],
)
async def test_options_names_all_methods_of_a_path(client, path, methods):
    response = await client.options(path)
    assert (response.status_code, response.headers["allow"]) == (204, methods)


async def test_the_page_needs_nothing_from_elsewhere(client):
    response = await client.get("/schema")
    assert response.headers["content-type"].startswith("text/html")
    assert "/api/properties/{listing_id}/images/order" in response.text
    assert not re.search(r"(?:src|href)=[\"']?(?:https?:)?//|<script", response.text)
