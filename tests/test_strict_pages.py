"""DARKROOM_STRICT=1 and our own pages: whatever they show is signed, and nobody else's wishes are."""

import html
import re
from time import time

import pytest
import pytest_asyncio

from api.app import create_app
from api.auth import COOKIE, Credential
from api.pictures import SPECS, Signed, original_url, thumbnail_url, urls, webp_url
from api.seed import DemoPhoto, seed
from api.settings import load
from db.rows import ImageRow
from imgproxy.url import signed
from tests import databases, goldens
from tests.services import client_of

BASE = "/demo/image/upload/"
SECRET = "demo-secret"
_URL = re.compile(rf"{BASE}[^\s\"<>]+")


@pytest_asyncio.fixture(scope="module")
async def client(tmp_path_factory):
    """The whole service over one original of 96 by 72 pixels."""
    folder = tmp_path_factory.mktemp("strict")
    (folder / "originals" / "homes").mkdir(parents=True)
    goldens.photo().jpegsave(str(folder / "originals" / "homes" / "one two.jpg"), Q=90)
    async with databases.migrated(f"sqlite:///{folder / 'darkroom.sqlite'}"):
        await seed(3, [DemoPhoto("homes/one two", 96, 72, "One", "exterior", "#808080", "")])
    environment = {
        "DARKROOM_DATA": str(folder),
        "DARKROOM_RENDERERS": "1",
        "DARKROOM_STRICT": "1",
    }
    async with client_of(create_app(load(environment))) as client:
        yield client


@pytest.fixture
def signed_in(client):
    shown = Credential("demo-key", SECRET).new_pass(time())
    client.cookies.set(COOKIE, shown, domain="testserver.local")
    yield
    client.cookies.clear()


async def found_in(client, path, **params):
    answer = await client.get(path, params=params or None)
    assert answer.status_code == 200, answer.text
    found = (one.rstrip(",") for one in _URL.findall(html.unescape(answer.text)))
    return list(dict.fromkeys(found))


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/properties/1",
        "/unoptimized",
        "/docs",
        "/docs/effects",
        "/playground",
        "/manage",
        "/manage/1",
        "/api/properties",
        "/api/properties/1",
        "/api/properties/1/pictures",
    ],
)
async def test_all_that_a_page_asks_for_is_given(client, signed_in, path):
    found = await found_in(client, path)
    assert found
    statuses = {url: (await client.get(url)).status_code for url in found}
    assert {url: status for url, status in statuses.items() if status != 200} == {}


@pytest.mark.parametrize("path", ["/", "/properties/1", "/api/properties", "/playground"])
async def test_and_nothing_that_somebody_made_of_it(client, path):
    urls = [url for url in await found_in(client, path) if "w_" in url]
    assert urls
    for url in urls:
        changed = re.sub(r"w_[0-9]+", "w_33", url)
        assert (await client.get(changed)).status_code == 401


@pytest.mark.parametrize("version", [None, 1, 1_700_000_000])
@pytest.mark.parametrize(
    "public_id", ["villa", "v2/villa", "homes/v3/v4/v5", "w_3/villa", "homes/one two", "été/a,b"]
)
@pytest.mark.parametrize("focus", [None, 0.25])
def test_what_is_signed_while_writing_is_what_signing_makes_of_the_whole(version, public_id, focus):
    photo = ImageRow(1, public_id, version, 1600, 1200, 0, "", "", "", focal_x=focus, focal_y=focus)
    base = Signed(BASE, SECRET)
    for write in (original_url, thumbnail_url, webp_url):
        assert write(base, photo) == signed(write(BASE, photo), SECRET)
    for spec in SPECS.values():
        assert urls(spec, base, photo) == tuple(signed(u, SECRET) for u in urls(spec, BASE, photo))


# --- the playground --------------------------------------------------------------------------------------------------

ASKED = {"transformation": "c_fill,h_20,w_30", "photo": "homes/one%20two.jpg"}


async def test_the_playground_signs_for_operators(client, signed_in):
    said = (await client.get("/api/explain", params=ASKED)).json()
    assert (said["width"], said["height"]) == (30, 20)
    for url in (said["image"], *said["formats"].values()):
        assert (await client.get(url)).status_code == 200


async def test_and_for_nobody_else(client):
    said = (await client.get("/api/explain", params=ASKED)).json()
    assert said["width"] is None
    assert "s--" not in said["image"] + "".join(said["formats"].values())
    page = (await client.get("/playground", params=ASKED)).text
    assert "This service gives signed URLs" in page
    assert "h_20" not in "".join(await found_in(client, "/playground", **ASKED))
