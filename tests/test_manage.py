"""Signing in, and the pages of those who keep the listings.  On both engines."""

import re
from time import time

import pytest
import pytest_asyncio
from litestar import Litestar
from litestar.datastructures import State

from api.auth import COOKIE, PASS_S, Credential
from api.cleaning import Cleaning, ForgetPhotos
from api.editing import editing_routes
from api.errors import exception_handlers
from api.jobs.desk import Desk
from api.jobs.runner import Handlers
from api.listings import listing_routes
from api.manage import manage_routes
from api.photos import photo_routes
from api.seed import seed
from api.sign_in import sign_in_routes
from api.warm import Warm
from db.changes import Unwatched
from db.engine import fetch
from db.statements import counting
from tests import databases
from tests.services import App, client_of
from tests.test_editing import HOME, KEY, NoUploads

CREDENTIAL = Credential("demo-key", "demo-secret")
HERE = {"sec-fetch-site": "same-origin"}
COUNT = 25


@pytest_asyncio.fixture(params=databases.KINDS, scope="module")
async def client(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("manage")
    async with (
        databases.database_url(request.param, request, folder) as url,
        databases.migrated(url),
        client_of(application()) as client,
    ):
        await seed(COUNT, databases.photos())
        yield client


@pytest.fixture
def signed_in(client):
    client.cookies.set(COOKIE, CREDENTIAL.new_pass(time()), domain="testserver.local")
    yield client
    client.cookies.clear()


def application() -> App:
    routes = [*listing_routes, *editing_routes, *photo_routes, *manage_routes, *sign_in_routes]
    cleaning = Cleaning(NoUploads())  # type: ignore[arg-type]  # all that deleting asks of uploads
    state = {
        "image_base": "/demo/image/upload/",
        "credential": CREDENTIAL,
        "jobs": Desk(Handlers({ForgetPhotos: cleaning.work}), at_once=0),
        "warm": Warm(Unwatched()),
    }
    return Litestar(routes, exception_handlers=exception_handlers, state=State(state))  # type: ignore[return-value]  # Litestar's own ASGI types


# --- a pass ----------------------------------------------------------------------------------------------------------

NOW = 1_800_000_000.0
GOOD = CREDENTIAL.new_pass(NOW)


@pytest.mark.parametrize(
    ("shown", "at", "admitted"),
    [
        (GOOD, NOW, True),
        (GOOD, NOW + PASS_S - 1, True),
        (GOOD, NOW + PASS_S, False),
        (GOOD + "0", NOW, False),
        (GOOD.replace("1", "2", 1), NOW, False),
        (GOOD.partition(".")[0], NOW, False),
        (f"{NOW + 10:.0f}.", NOW, False),
        (Credential("demo-key", "another").new_pass(NOW), NOW, False),
        ("", NOW, False),
        ("ü.ü", NOW, False),
        ("nan." + GOOD.partition(".")[2], NOW, False),
    ],
)
def test_a_pass_opens_until_its_end(shown, at, admitted):
    assert CREDENTIAL.admits(shown, at) is admitted


# --- signing in ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/manage", "/manage/new", "/manage/1"])
async def test_strangers_are_asked_to_sign_in_where_they_are(client, path):
    answer = await client.get(path)
    assert answer.status_code == 401
    assert f'name="then" value="{path}"' in answer.text
    assert "Adele" not in answer.text


async def test_key_and_secret_open_and_lead_on(client):
    form = {"key": " demo-key ", "secret": "demo-secret", "then": "/manage/1"}
    answer = await client.post("/sign-in", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/manage/1")
    cookie = answer.headers["set-cookie"]
    assert re.search(r"HttpOnly.*SameSite=strict", cookie, re.IGNORECASE)
    assert "demo-secret" not in cookie
    client.cookies.clear()


@pytest.mark.parametrize("form", [{}, {"key": "demo-key"}, {"key": "demo-key", "secret": "no"}])
async def test_anything_else_is_refused(client, form):
    answer = await client.post("/sign-in", data=form)
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert "do not belong together" in answer.text


@pytest.mark.parametrize("then", ["//evil.test/", "https://evil.test", "/\\evil.test", "evil", ""])
async def test_nobody_is_led_to_another_site(client, then):
    form = {"key": "demo-key", "secret": "demo-secret", "then": then}
    assert (await client.post("/sign-in", data=form)).headers["location"] == "/manage"
    client.cookies.clear()


async def test_signing_out_takes_the_cookie_back(signed_in):
    cookie = (await signed_in.post("/sign-out")).headers["set-cookie"]
    assert "Max-Age=0" in cookie


# --- a pass at the API -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (HERE, 201),
        ({"origin": "http://testserver"}, 201),
        ({"sec-fetch-site": "cross-site"}, 401),
        ({"sec-fetch-site": "same-site"}, 401),
        ({"origin": "http://evil.test"}, 401),
        ({}, 401),
        ({**HERE, "x-api-key": "demo-key:wrong"}, 401),
    ],
)
async def test_a_pass_writes_from_our_own_pages_alone(signed_in, headers, status):
    answer = await signed_in.post("/api/properties", json=HOME, headers=headers)
    assert answer.status_code == status
    if status == 201:
        await signed_in.delete(f"/api/properties/{answer.json()['id']}", headers=KEY)


async def test_a_pass_reads(signed_in):
    assert (await signed_in.get("/api/agents")).status_code == 200


# --- the pages -------------------------------------------------------------------------------------------------------


async def test_the_list_is_one_statement(signed_in):
    with counting() as statements:
        page = (await signed_in.get("/manage")).text
    assert len(statements) == 1
    assert page.count('<a href="/manage/') == 20


async def test_drafts_are_in_the_list_and_nowhere_else(signed_in):
    draft = {**HOME, "title": "Not for everyone", "published": False}
    made = (await signed_in.post("/api/properties", json=draft, headers=KEY)).json()
    listed = (await signed_in.get("/manage?search=everyone")).text
    assert "Not for everyone" in listed
    assert '<span class="flag">draft</span>' in listed
    assert 'name="published"> ' in (await signed_in.get(f"/manage/{made['id']}")).text
    assert (await signed_in.get("/api/properties?search=everyone")).json()["count"] == 0
    await signed_in.delete(f"/api/properties/{made['id']}", headers=KEY)


async def test_photos_without_words_are_counted(signed_in):
    photos = (await signed_in.get("/api/properties/1")).json()["images"]
    await fetch("UPDATE property_image SET alt_text = ' ' WHERE property = 1")
    assert f"{len(photos)} photos without words" in (await signed_in.get("/manage")).text
    assert (await signed_in.get("/manage/1")).text.count("no words yet") == len(photos)


async def test_the_editor_shows_what_is_there(signed_in):
    home = (await signed_in.get("/api/properties/3")).json()
    page = (await signed_in.get("/manage/3")).text
    assert page.count("data-photo=") == len(home["images"])
    assert f'value="{home["price"].removesuffix(".00")}"' in page
    tag = re.search(r'data-etag="([^"]+)"', page)
    assert tag is not None
    headers = {**HERE, "if-match": tag[1].replace("&#34;", '"')}
    answer = await signed_in.patch("/api/properties/3", json={"bedrooms": 7}, headers=headers)
    assert answer.status_code == 200
    again = await signed_in.patch("/api/properties/3", json={"bedrooms": 8}, headers=headers)
    assert again.status_code == 412


@pytest.mark.parametrize("number", ["0", "999999", "x", "-1", "9" * 30])
async def test_a_home_that_is_not_there_is_404(signed_in, number):
    assert (await signed_in.get(f"/manage/{number}")).status_code == 404


async def test_words_of_a_listing_are_no_markup(signed_in):
    evil = {**HOME, "title": '"><script>alert(1)</script>', "published": False}
    made = (await signed_in.post("/api/properties", json=evil, headers=KEY)).json()
    for path in ("/manage", f"/manage/{made['id']}"):
        assert "<script>alert" not in (await signed_in.get(path)).text
    await signed_in.delete(f"/api/properties/{made['id']}", headers=KEY)
