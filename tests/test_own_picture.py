"""A picture of one's own in the playground: brought in, shown, and gone after a day."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import expect

from api.app import create_app
from api.cleaning import Cleaning, ForgetPhotos
from api.jobs import Progress
from api.settings import load
from api.uploads import NotHere, Uploads
from imgproxy.settings import Limits
from tests import databases
from tests.browsing import DESK, browser, looking, portal  # noqa: F401  fixtures among them
from tests.services import client_of
from tests.test_browser_manage import photo, sign_in  # noqa: F401  fixtures among them
from tests.test_uploads import KEY, picture

HERE = {**KEY, "accept": "text/html"}
BASE = "/demo/image/upload/"


@pytest_asyncio.fixture(scope="module")
async def service(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own")
    environment = {"DARKROOM_DATA": str(folder), "DARKROOM_RENDERERS": "1"}
    app = create_app(load(environment))
    async with (
        databases.migrated(f"sqlite:///{folder / 'darkroom.sqlite'}"),
        client_of(app) as client,
    ):
        yield client, folder / "originals", app


async def bring(client, *files, headers=HERE, **fields):
    parts = [("images", (name, data, "image/jpeg")) for name, data in files]
    return await client.post("/playground/picture", files=parts, data=fields, headers=headers)


def name_in(answer):
    assert answer.status_code == 303, answer.text
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    return query["photo"][0], query.get("transformation", [""])[0]


async def test_it_is_shown_with_the_steps_that_were_there(service):
    client, _, _ = service
    answer = await bring(client, ("me.png", picture("png")), transformation="e_sepia,w_50")
    name, text = name_in(answer)
    assert re.fullmatch(r"playground/[0-9a-f]{16}\.png", name)
    assert text == "e_sepia,w_50"
    page = await client.get(answer.headers["location"])
    assert f'src="{BASE}e_sepia,w_50/{name}"' in page.text
    assert (await client.get(f"{BASE}e_sepia,w_50/{name}")).status_code == 200


async def test_it_is_forgotten_after_a_day(service):
    client, originals, app = service
    name, _ = name_in(await bring(client, ("me.jpg", picture())))
    public_id = name.partition(".")[0]
    orders = [job for job in await app.state.jobs.listing(10) if job.kind == "photos.forget"]
    assert orders
    assert {job.state for job in orders} == {"waiting"}
    assert (originals / name).exists()
    await Cleaning(app.state.uploads).work(ForgetPhotos((public_id,)), Progress())
    assert not (originals / name).exists()
    assert (await client.get(f"{BASE}{name}")).status_code == 404


async def test_whoever_has_not_signed_in_is_shown_the_way(service):
    client, originals, _ = service
    before = sorted(originals.rglob("*"))
    answer = await bring(client, ("me.jpg", picture()), headers={})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?then=/playground")
    assert sorted(originals.rglob("*")) == before
    assert "/sign-in?then=/playground" in (await client.get("/playground")).text
    assert "/sign-in" not in (await client.get("/playground", headers=HERE)).text


@pytest.mark.parametrize(
    ("files", "status"),
    [
        ([], 400),
        ([("notes.jpg", b"no picture")], 400),
        ([("me.jpg", picture()), ("you.jpg", picture())], 400),
        ([("cut.jpg", picture()[:-200])], 400),
        ([("small.jpg", picture(width=20, height=20))], 409),
    ],
    ids=["none", "text", "two", "cut short", "small"],
)
async def test_what_is_no_picture_is_refused_and_leaves_nothing(service, files, status):
    client, originals, _ = service
    before = sorted(originals.rglob("*"))
    answer = await bring(client, *files, transformation="w_9")
    assert answer.status_code == status
    assert [path for path in sorted(originals.rglob("*")) if path not in before] in (
        [],
        [originals / ".uploads"],
    )


async def nothing():
    for chunk in list[bytes]():
        yield chunk


async def never(public_id):
    raise AssertionError(public_id)


async def test_where_originals_are_in_s3_there_is_no_place_for_it(service):
    _, _, app = service
    uploads = Uploads(None, app.state.delivery, Limits(), min_side=1)
    with pytest.raises(NotHere):
        await uploads.try_out("multipart/form-data", nothing(), never)


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "no script"])
async def test_it_is_chosen_in_a_browser(browser, portal, photo, scripts):
    options = {"java_script_enabled": scripts}
    async with looking(browser, portal, "/playground", DESK, **options) as page:
        await page.get_by_role("link", name="Sign in", exact=True).click()
        await sign_in(page, "/playground")
        await page.get_by_label("Or a picture of your own").set_input_files(photo)
        if not scripts:
            await page.get_by_role("button", name="Bring it in").click()
        await page.wait_for_url("**photo=playground**")
        await expect(page.locator("#picture")).to_have_attribute("src", re.compile("/playground/"))


async def test_it_is_dropped(browser, portal):
    async with looking(browser, portal, "/sign-in?then=/playground", DESK) as page:
        await sign_in(page, "/playground")
        await page.evaluate("""async () => {
            const canvas = Object.assign(document.createElement("canvas"), { width: 400, height: 300 });
            canvas.getContext("2d").fillRect(0, 0, 200, 300);
            const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg"));
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([blob], "dropped.jpg", { type: "image/jpeg" }));
            const options = { dataTransfer, bubbles: true, cancelable: true };
            document.querySelector("#picture").dispatchEvent(new DragEvent("drop", options));
        }""")
        await page.wait_for_url("**photo=playground**")
        await expect(page.locator("#picture")).to_have_attribute("src", re.compile("/playground/"))
