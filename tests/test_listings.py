"""The listing API over HTTP: contract of the JSON, filters, pages, errors, conditional requests.  On both engines."""

import logging
import re

import msgspec
import pytest
import pytest_asyncio
from litestar import Litestar
from litestar.datastructures import State

from api.errors import exception_handlers
from api.listings import listing_routes
from api.schemas import price
from api.seed import seed
from api.warm import Warm
from db.changes import Unwatched
from db.engine import fetch, stop_pool
from db.statements import counting
from tests import databases
from tests.services import client_of

BASE = "http://testserver/api/properties"


@pytest_asyncio.fixture(params=databases.KINDS, scope="module")
async def engine(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("listings")
    async with (
        databases.database_url(request.param, request, folder) as url,
        databases.migrated(url) as engine,
    ):
        await seed(50, databases.photos())
        yield engine


@pytest_asyncio.fixture(scope="module")
async def client(engine):
    async with client_of(_app()) as client:
        yield client


def _app():
    return Litestar(
        route_handlers=listing_routes,
        exception_handlers=exception_handlers,
        state=State({"image_base": "/demo/image/upload/", "warm": Warm(Unwatched())}),
    )


async def _json(client, path):
    response = await client.get(f"/api/properties{path}")
    assert response.status_code == 200, response.text
    return response.json()


# --- the shape -------------------------------------------------------------------------------------------------------

LISTING = {
    "id": int,
    "title": str,
    "description": str,
    "property_type": str,
    "price": str,
    "bedrooms": int,
    "bathrooms": int,
    "area": int,
    "location": {
        "address_line_1": str,
        "address_line_2": str,
        "city": str,
        "state": str,
        "zip_code": str,
        "latitude": float,
        "longitude": float,
    },
    "agent": {"id": int, "name": str, "email": str, "phone": str, "office": {"name": str}},
    "status": str,
    "view_count": int,
    "created_at": str,
    "images": list,
}
IMAGE = {
    "id": int,
    "original_url": str,
    "thumbnail_url": str,
    "webp_url": str,
    "display_order": int,
    "alt_text": str,
    "width": int,
    "height": int,
    "srcset": str,
    "sizes": str,
    "placeholder": str,
    "color": str,
    "thumbhash": str,
    "focal_point": type(None),
}


def _shape(value, depth=LISTING):
    if isinstance(depth, dict):
        assert list(value) == list(depth)
        return {name: _shape(value[name], inner) for name, inner in depth.items()}
    assert isinstance(value, depth)
    return depth


async def test_the_envelope_and_the_fields_are_the_contract(client):
    page = await _json(client, "")
    assert list(page) == ["count", "next", "previous", "results"]
    assert page["count"] == 50
    assert len(page["results"]) == 20
    for listing in page["results"]:
        _shape(listing)
        assert re.fullmatch(r"\d+\.\d\d", listing["price"])
        assert re.fullmatch(r"2026-\d\d-\d\dT\d\d:\d\d:\d\dZ", listing["created_at"])
        assert listing["images"]
        for image in listing["images"]:
            _shape(image, IMAGE)


async def test_a_photo_is_ready_for_the_page(client):
    image = (await _json(client, "/1"))["images"][0]
    assert image["original_url"].startswith("/demo/image/upload/homes/exterior%20")
    assert image["thumbnail_url"].startswith(
        "/demo/image/upload/c_fill,g_auto,w_400,h_300/f_auto/q_auto/"
    )
    assert "/f_webp/" in image["webp_url"]
    assert image["thumbnail_url"] + " 400w" in image["srcset"].split(", ")
    assert image["sizes"].startswith("auto, (min-width: ")
    assert (image["width"], image["height"]) == (400, 300)
    assert (image["color"], image["placeholder"]) == ("#a0b0c0", "data:,")


async def test_every_photo_has_a_manifest_for_each_kind_of_picture(client):
    photos = (await _json(client, "/1"))["images"]
    with counting() as statements:
        found = (await _json(client, "/1/pictures"))["images"]
    assert len(statements) == 1
    assert [one["id"] for one in found] == [one["id"] for one in photos]
    for place, (one, photo) in enumerate(zip(found, photos, strict=True)):
        assert list(one["pictures"]) == ["card", "gallery", "thumbnail"]
        card, gallery, _ = one["pictures"].values()
        assert (card["img"]["srcset"], card["img"]["sizes"]) == (photo["srcset"], photo["sizes"])
        assert (card["color"], card["ratio"]) == (photo["color"], "4:3")
        assert gallery["img"]["loading"] == ("lazy" if place else "eager")
        assert len(gallery["preload"]) == (0 if place else 1)
        assert one["alt_text"] == photo["alt_text"]


@pytest.mark.parametrize("path", ["/99999/pictures", "/0/pictures"])
async def test_no_listing_has_no_pictures(client, path):
    assert (await client.get(f"/api/properties{path}")).status_code == 404


@pytest.mark.parametrize(
    ("minor", "text"),
    [
        (45_000_000, "450000.00"),
        (5, "0.05"),
        (0, "0.00"),
        (12345678901234567, "123456789012345.67"),
    ],
)
def test_prices_are_exact_decimals(minor, text):
    assert price(minor) == text


async def test_a_listing_is_the_same_alone_and_in_the_list(client):
    for listing in (await _json(client, "?page_size=5"))["results"]:
        assert await _json(client, f"/{listing['id']}") == listing


# --- filters, order, pages -------------------------------------------------------------------------------------------

NARROWED = [
    # query, what holds for every result
    ("property_type=house", lambda home: home["property_type"] == "house"),
    ("status=available", lambda home: home["status"] == "available"),
    ("city=aUSTIN", lambda home: home["location"]["city"] == "Austin"),
    ("min_price=700000", lambda home: float(home["price"]) >= 700_000),
    ("max_price=400000", lambda home: float(home["price"]) <= 400_000),
    ("min_bedrooms=4&max_bedrooms=5", lambda home: home["bedrooms"] in (4, 5)),
    ("search=KITCHEN%20garden", lambda home: "garden" in home["title"] + home["description"]),
]


@pytest.mark.parametrize(("query", "holds"), NARROWED)
async def test_filters(client, query, holds):
    every = (await _json(client, "?page_size=100"))["results"]
    page = await _json(client, f"?{query}&page_size=100")
    assert 0 < page["count"] < 50
    assert all(map(holds, page["results"]))
    if "search" not in query:  # a search sees more than its condition here
        assert page["count"] == sum(map(holds, every))


async def test_blank_text_filters_ask_nothing(client):
    assert (await _json(client, "?search=&city=%20"))["count"] == 50


@pytest.mark.parametrize("name", ["price", "created_at", "bedrooms", "area", "view_count"])
async def test_orderings_rise_and_fall(client, name):
    def key(home):
        return float(home["price"]) if name == "price" else home[name]

    rising = (await _json(client, f"?ordering={name}&page_size=100"))["results"]
    falling = (await _json(client, f"?ordering=-{name}&page_size=100"))["results"]
    assert list(map(key, rising)) == sorted(map(key, rising))
    assert rising == falling[::-1]


async def test_following_next_shows_every_match_once(client):
    found: list[int] = []
    url = f"{BASE}?page_size=7&ordering=price&status=available&search=a"
    counts = set()
    while url:
        page = (await client.get(url)).json()
        found += [home["id"] for home in page["results"]]
        counts.add(page["count"])
        url = page["next"]
    assert counts == {len(set(found))} == {len(found)}
    assert len(found) > 14


PAGES = [
    # query, previous, next
    ("", None, "?page=2"),
    ("?page=2", "?page=1", "?page=3"),
    ("?page=3", "?page=2", None),
    ("?page=9", "?page=3", None),
    ("?page=9&city=nowhere", "?city=nowhere&page=1", None),
    ("?page_size=50", None, None),
    ("?search=a+%26+%C3%A9&page=2", "?search=a+%26+%C3%A9&page=1", None),
    ("?page_size=10&ordering=-price&page=2", "?ordering=-price&page_size=10&page=1", "?ordering=-price&page_size=10&page=3"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "previous", "following"), PAGES)
async def test_links_keep_the_query(client, query, previous, following):
    page = await _json(client, query)
    assert page["previous"] == (previous and BASE + previous)
    assert page["next"] == (following and BASE + following)


async def test_cursors_lead_through_every_match_and_back(client):
    whole = await _json(client, "?page_size=100&ordering=-price&status=available")
    ids = [home["id"] for home in whole["results"]]
    pages = [await _json(client, "?page_size=7&ordering=-price&status=available&cursor=")]
    assert pages[0]["previous"] is None
    while url := pages[-1]["next"]:
        assert "page=" not in url
        pages.append((await client.get(url)).json())
    assert [home["id"] for page in pages for home in page["results"]] == ids
    assert {page["count"] for page in pages} == {len(ids)}
    back = [pages[-1]]
    while url := back[-1]["previous"]:
        back.append((await client.get(url)).json())
    assert [page["results"] for page in back] == [page["results"] for page in pages[::-1]]


async def test_the_cursor_remembers_its_ordering(client):
    first = await _json(client, "?page_size=5&ordering=area&cursor=")
    cursor = first["next"].rpartition("cursor=")[2]
    second = await _json(client, f"?page_size=5&cursor={cursor}")
    assert (
        second["results"] == (await _json(client, "?page_size=5&ordering=area&page=2"))["results"]
    )


@pytest.mark.parametrize(
    "query", ["?page_size=1", "?page_size=9&cursor=", "?page_size=20", "?page_size=100", "/3"]
)
async def test_statements_do_not_grow_with_the_page(client, query):
    with counting() as statements:
        await _json(client, query)
    assert len(statements) == 1


# --- errors ----------------------------------------------------------------------------------------------------------

WRONG = [
    # query, parameter, a word of what was expected
    ("colour=red", "colour", "max_bedrooms, max_price, min_bedrooms"),
    ("ordering=beauty", "ordering", "-price"),
    ("property_type=castle", "property_type", "castle"),
    ("status=", "status", "Invalid enum value"),
    ("page=0", "page", ">= 1"),
    ("page=x", "page", "int"),
    ("page_size=101", "page_size", "<= 100"),
    ("city=a%00b", "city", "regex"),
    ("search=%00", "search", "regex"),
    ("min_price=-1", "min_price", ">= 0"),
    ("search=" + "x" * 201, "search", "<= 200"),
]


@pytest.mark.parametrize(("query", "parameter", "expected"), WRONG)
async def test_a_wrong_parameter_is_named(client, query, parameter, expected):
    response = await client.get(f"/api/properties?{query}")
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert (problem["status"], problem["title"]) == (400, "Bad Request")
    assert problem["instance"] == "/api/properties"
    assert [error["parameter"] for error in problem["errors"]] == [parameter]
    assert expected in problem["errors"][0]["detail"]


LOST = [
    # query, parameter, why
    ("cursor=x", "cursor", "that a page gave"),
    ("cursor=WzEsMl0", "cursor", "that a page gave"),
    ("cursor=WyJwcmljZSIsIjIwMjYtMDEtMDFUMDA6MDA6MDBaIiwxLGZhbHNlXQ", "cursor", "a page gave"),
    ("cursor=&page=1", "page", "have no numbers"),
    ("cursor=WyJwcmljZSIsMSwxLGZhbHNlXQ&ordering=-price", "ordering", "belongs to price"),
]


@pytest.mark.parametrize(("query", "parameter", "why"), LOST)
async def test_a_cursor_that_leads_nowhere_is_404(client, query, parameter, why):
    response = await client.get(f"/api/properties?{query}")
    assert (response.status_code, response.json()["title"]) == (404, "Not Found")
    (error,) = response.json()["errors"]
    assert (error["parameter"], why in error["detail"]) == (parameter, True)


@pytest.mark.parametrize("path", ["/999999", "/0", "/x", "/1/photos", "/99999999999999999999999"])
async def test_what_is_not_there_is_404(client, path):
    response = await client.get(f"/api/properties{path}")
    assert (response.status_code, response.json()["title"]) == (404, "Not Found")
    assert response.headers["content-type"] == "application/problem+json"


async def test_other_methods_are_refused_with_those_allowed(client):
    response = await client.delete("/api/properties")
    assert response.status_code == 405
    assert response.json()["title"] == "Method Not Allowed"
    assert {"GET", "HEAD"} <= set(response.headers["allow"].split(", "))


async def test_a_broken_database_is_told_to_the_log_only(client, caplog):
    await fetch("ALTER TABLE agent RENAME TO hidden_agent")
    try:
        with caplog.at_level(logging.ERROR):
            response = await client.get("/api/properties")
    finally:
        await fetch("ALTER TABLE hidden_agent RENAME TO agent")
    assert response.status_code == 500
    assert response.json()["detail"] == "The database refused."
    assert "agent" in caplog.text


async def test_a_database_that_is_gone_is_503(request, tmp_path, engine):
    """With the pool closed and the server's address leading nowhere."""
    if engine.engine_type == "sqlite":
        (tmp_path / "file").touch()
        place, broken = engine.path, f"{tmp_path}/file/x.sqlite"
        engine.path = broken
    else:
        place = engine.config["dsn"]
        engine.config["dsn"] = f"postgres://nobody@/none?host={tmp_path}"
    await stop_pool(engine)
    try:
        async with client_of(_app()) as client:
            response = await client.get("/api/properties")
    finally:
        if engine.engine_type == "sqlite":
            engine.path = place
        else:
            engine.config["dsn"] = place
        await engine.start_connection_pool()
    assert response.status_code == 503
    assert response.headers["retry-after"] == "1"


# --- conditional requests, HEAD, slashes -----------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["", "/2", "?page_size=3"])
async def test_head_is_get_without_the_body(client, path):
    got, head = (
        await client.get(f"/api/properties{path}"),
        await client.head(f"/api/properties{path}"),
    )
    assert (head.status_code, head.content) == (200, b"")
    assert dict(head.headers) == dict(got.headers)
    assert int(head.headers["content-length"]) == len(got.content)


@pytest.mark.parametrize("path", ["", "/2"])
async def test_what_the_client_has_is_not_sent_again(client, path):
    got = await client.get(f"/api/properties{path}")
    etag = got.headers["etag"]
    assert re.fullmatch(r'"[0-9a-f]{32}"', etag)
    for condition in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = await client.get(f"/api/properties{path}", headers={"if-none-match": condition})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == etag
        assert again.headers["cache-control"] == got.headers["cache-control"]
        assert got.headers["cache-control"] == "no-cache, stale-if-error=86400"
    changed = await client.get(f"/api/properties{path}", headers={"if-none-match": '"other"'})
    assert changed.content == got.content


async def test_the_etag_follows_the_data(client, engine):
    before = (await client.get("/api/properties/2")).headers["etag"]
    await fetch("UPDATE property SET view_count = view_count + 1 WHERE id = 2")
    after = await client.get("/api/properties/2", headers={"if-none-match": before})
    assert after.status_code == 200
    assert after.headers["etag"] != before


@pytest.mark.parametrize("path", ["", "/2"])
async def test_a_slash_at_the_end_changes_nothing_and_redirects_nowhere(client, path):
    plain = await client.get(f"/api/properties{path}")
    slashed = await client.get(f"/api/properties{path}/")
    assert slashed.status_code == 200
    assert (
        msgspec.json.decode(slashed.content)["results" if not path else "images"]
        == (msgspec.json.decode(plain.content)["results" if not path else "images"])
    )


# --- the schema ------------------------------------------------------------------------------------------------------


async def test_the_openapi_document_knows_parameters_and_answers(client):
    document = (await client.get("/schema/openapi.json")).json()
    listing = document["paths"]["/api/properties"]["get"]
    names = {parameter["name"] for parameter in listing["parameters"]}
    assert {"property_type", "search", "ordering", "page", "page_size", "min_price"} <= names
    assert "Page" in str(listing["responses"]["200"])
    assert "srcset" in str(document["components"])
