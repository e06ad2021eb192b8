"""Photos go up as a form and come out as pictures; what is no photo leaves no trace.  Over the whole service."""

import asyncio
import io
import re

import PIL.Image
import pytest
import pytest_asyncio

from api.app import create_app
from api.seed import seed
from api.settings import ServerSettings
from api.uploads import MAX_PHOTOS, NotHere, Uploads
from db.engine import fetch, running
from db.migrate import migrate
from db.settings import DatabaseSettings
from imgproxy.settings import ImageSettings, Limits
from imgproxy.values import digest
from tests import databases
from tests.services import client_of

KEY = {"x-api-key": "demo-key:demo-secret"}
IMAGES = "/api/properties/1/images"
LIMITS = Limits(max_original_bytes=200_000, max_original_pixels=1_000_000)


@pytest_asyncio.fixture(params=databases.KINDS, scope="module")
async def service(request, tmp_path_factory):
    """A client of the whole service, the folder of its originals, its image half."""
    folder = tmp_path_factory.mktemp("uploads")
    async with databases.database_url(request.param, request, folder) as url:
        async with running(DatabaseSettings(url)) as engine:
            await migrate(engine)
            await seed(3, ())
        images = ImageSettings(data=str(folder), renderers=1, limits=LIMITS)
        app = create_app(ServerSettings(database_url=url, seed=0, images=images))
        async with client_of(app) as client:
            yield client, folder / "originals", app.images.delivery


@pytest_asyncio.fixture
async def client(service):
    yield service[0]
    await fetch("DELETE FROM property_image")


@pytest.fixture
def originals(service):
    return service[1]


def picture(kind="jpeg", width=320, height=200, colour=(200, 40, 60), **options):
    file = io.BytesIO()
    PIL.Image.new("RGB", (width, height), colour).save(file, kind, **options)
    return file.getvalue()


async def _send(client, *files, path=IMAGES, texts=(), **headers):
    parts = [("images", (name, data, "text/plain")) for name, data in files]
    fields = {"alt_text": list(texts)} if texts else {}
    return await client.post(path, files=parts, data=fields, headers={**KEY, **headers})


def _files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


# --- photos that are fine --------------------------------------------------------------------------------------------


async def test_photos_come_out_as_pictures(client, originals):
    before = _files(originals)
    response = await _send(
        client, ("a.jpg", picture()), ("b.jpg", picture("png", 200, 300)), texts=["A red house"]
    )
    assert response.status_code == 201, response.text
    assert response.headers["location"] == "/api/properties/1"
    first, second = response.json()["images"]
    assert (first["alt_text"], second["alt_text"]) == ("A red house", "")
    assert (first["display_order"], second["display_order"]) == (0, 1)
    assert re.fullmatch("#c[78]2[789]3[bcd]", first["color"])
    assert first["placeholder"].startswith("data:image/webp;base64,")
    assert re.fullmatch("[A-Za-z0-9+/]{22,40}=*", first["thumbhash"])
    assert first["focal_point"] is None
    assert len(first["placeholder"]) < 400
    assert (await client.get("/api/properties/1")).json()["images"] == [first, second]
    shown = await client.get(first["thumbnail_url"], headers={"accept": "image/webp"})
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/webp")
    assert PIL.Image.open(io.BytesIO(shown.content)).size == (400, 300)
    assert (await client.get(second["webp_url"])).status_code == 200
    new = set(_files(originals)) - set(before)  # the type is the content's, not the name's
    assert sorted(name.rpartition(".")[2] for name in new) == ["jpg", "png"]
    assert all(re.fullmatch(r"properties/1/[0-9a-f]{16}\.(jpg|png)", name) for name in new)


async def test_later_photos_come_behind_earlier_ones(client):
    await _send(client, ("a", picture()))
    more = (await _send(client, ("b", picture()), ("c", picture()))).json()["images"]
    assert [image["display_order"] for image in more] == [1, 2]


async def test_a_turned_photo_has_the_size_that_is_seen(client):
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    await _send(client, ("a", picture(width=400, height=300, exif=exif)))
    rows = await fetch("SELECT width, height FROM property_image")
    assert rows == [{"width": 300, "height": 400}]


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "avif", "gif", "tiff"])
async def test_every_kind_of_photo(client, kind):
    assert (await _send(client, ("x", picture(kind)))).status_code == 201


async def test_what_is_delivered_tells_no_place(client):
    exif = PIL.Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (48.0, 51.0, 29.0)
    data = picture(exif=exif)
    assert b"Exif" in data
    image = (await _send(client, ("a", data))).json()["images"][0]
    for url in (image["thumbnail_url"], image["webp_url"]):
        assert b"Exif" not in (await client.get(url)).content
    original = PIL.Image.open(io.BytesIO((await client.get(image["original_url"])).content))
    assert not original.getexif().get_ifd(0x8825)


# --- what is refused, whole ------------------------------------------------------------------------------------------

GOOD = ("good.jpg", picture())
UNFIT = [
    (("page.jpg", b"<html><body>hello</body></html>"), 400, "it is an HTML page"),
    (("empty.jpg", b""), 400, "the file is empty"),
    (("cut.jpg", picture(quality=95)[:-200]), 400, "is cut short"),
    (("cut.png", picture("png")[:-20]), 400, ""),
    (("thin.jpg", picture(width=1000, height=10)), 409, "at least 150 on each side"),
    (("huge.jpg", picture(width=1100, height=1000)), 400, "the limit is 1000000"),
    (("heavy.jpg", picture() + b"x" * 200_000), 413, "more than 200000 bytes"),
    (
        ("drawing.svg", b'<svg xmlns="http://www.w3.org/2000/svg" width="300" height="300"/>'),
        409,
        "is svg; photos are avif",
    ),
]


@pytest.mark.parametrize(("file", "status", "reason"), UNFIT, ids=lambda value: str(value)[:20])
async def test_one_bad_file_stops_all_and_nothing_is_left(client, originals, file, status, reason):
    before = _files(originals)
    response = await _send(client, GOOD, file, GOOD)
    assert (response.status_code, reason in response.text) == (status, True), response.text
    assert repr(file[0]) in response.json()["detail"]
    assert _files(originals) == before
    assert await fetch("SELECT id FROM property_image") == []


async def test_a_database_that_fails_leaves_no_files(client, originals):
    before = _files(originals)
    await fetch("ALTER TABLE property_image RENAME COLUMN placeholder TO hidden")
    try:
        response = await _send(client, GOOD)
    finally:
        await fetch("ALTER TABLE property_image RENAME COLUMN hidden TO placeholder")
    assert response.status_code == 500
    assert _files(originals) == before


async def test_a_folder_that_cannot_be_written_leaves_no_rows(client, originals):
    place = originals / "properties" / "2"
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(b"in the way")
    try:
        response = await _send(client, GOOD, path="/api/properties/2/images")
    finally:
        place.unlink()
    assert response.status_code == 500
    assert await fetch("SELECT id FROM property_image") == []
    assert not any((originals / ".uploads").iterdir())


FORMS = [
    # body, content type, what is named
    (b"", "multipart/form-data; boundary=x", "body"),
    (b"--x\r\n", "multipart/form-data; boundary=x", "body"),
    (b"--x--\r\n", "multipart/form-data; boundary=x", "images"),
    (b"{}", "application/json", "content-type"),
    (b"{}", "multipart/form-data", "content-type"),
    (b'--x\r\ncontent-disposition: form-data; name="images"; filename="a"\r\n\r\nabc',
     "multipart/form-data; boundary=x", "body"),
    (b'--x\r\ncontent-disposition: form-data; name="photo"; filename="a"\r\n\r\nabc\r\n--x--\r\n',
     "multipart/form-data; boundary=x", "photo"),
    (b'--x\r\ncontent-disposition: form-data; name="alt_text"\r\n\r\nabc\r\n--x--\r\n',
     "multipart/form-data; boundary=x", "images"),
    (b'--x\r\ncontent-disposition: form-data; name="alt_text"\r\n\r\n\xff\r\n--x--\r\n',
     "multipart/form-data; boundary=x", "alt_text"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "kind", "named"), FORMS)
async def test_what_is_no_form_is_400(client, originals, body, kind, named):
    before = _files(originals)
    headers = {**KEY, "content-type": kind}
    response = await client.post(IMAGES, content=body, headers=headers)
    assert response.status_code == 400, response.text
    assert response.json()["errors"][0]["parameter"] == named
    assert _files(originals) == before


async def test_too_many_files_or_texts_are_refused(client):
    assert (await _send(client, *[("a", b"x")] * 21)).status_code == 400
    assert (await _send(client, GOOD, texts=["a", "b"])).status_code == 409
    assert (await _send(client, GOOD, texts=["a" * 301])).status_code == 400


async def test_a_listing_has_room_for_so_many(client, originals):
    for place in range(MAX_PHOTOS):
        await fetch(
            "INSERT INTO property_image (property, public_id, width, height, display_order,"
            " alt_text, placeholder, color) VALUES (1, 'x', 1, 1, {}, '', '', '')",
            place,
        )
    before = _files(originals)
    response = await _send(client, GOOD)
    assert (response.status_code, response.json()["title"]) == (409, "Conflict")
    assert _files(originals) == before


async def test_strangers_and_lost_listings(client):
    files = [("images", GOOD)]
    assert (await client.post(IMAGES, files=files)).status_code == 401
    assert (await _send(client, GOOD, path="/api/properties/999/images")).status_code == 404


# --- order, words, deletion ------------------------------------------------------------------------------------------


async def _three(client):
    images = (await _send(client, *[("a", picture())] * 3)).json()["images"]
    return [image["id"] for image in images]


async def test_photos_take_the_order_that_is_given(client):
    a, b, c = await _three(client)
    for order in ([c, a, b], [b, c, a], [a, b, c]):
        response = await client.put(f"{IMAGES}/order", json={"order": order}, headers=KEY)
        assert response.status_code == 200, response.text
        assert [image["id"] for image in response.json()["images"]] == order
        shown = (await client.get("/api/properties/1")).json()["images"]
        assert [(i["id"], i["display_order"]) for i in shown] == list(zip(order, range(3)))  # noqa: B905


async def test_an_order_names_each_photo_once(client):
    a, b, c = await _three(client)
    for order in ([], [a, b], [a, b, c, c], [a, a, b], [a, b, 99999]):
        response = await client.put(f"{IMAGES}/order", json={"order": order}, headers=KEY)
        assert response.status_code == 409
        assert f"{a}, {b}, {c}" in response.json()["errors"][0]["detail"]


async def test_words_for_a_photo(client):
    a, *_ = await _three(client)
    response = await client.patch(f"{IMAGES}/{a}", json={"alt_text": "Ünï"}, headers=KEY)
    assert response.json()["images"][0]["alt_text"] == "Ünï"
    elsewhere = f"/api/properties/2/images/{a}"
    response = await client.patch(elsewhere, json={"alt_text": "x"}, headers=KEY)
    assert response.status_code == 404


FOCUS = [
    # focal point, the colour in the middle of a crop: the picture is red on the left, green in the middle, blue on the right
    ({"x": 0, "y": 0}, "red"),
    ({"x": 0.5, "y": 0.5}, "green"),
    ({"x": 0.9, "y": 0.25}, "blue"),
    ({"x": 1, "y": 1}, "blue"),
]


@pytest.mark.parametrize(("point", "colour"), FOCUS)
async def test_crops_are_made_around_the_focal_point_at_once(client, point, colour):
    (image,) = (await _send(client, ("a.png", _three_colours()))).json()["images"]
    before = (await client.get("/api/properties/1")).json()["images"][0]
    one = f"{IMAGES}/{image['id']}"
    response = await client.patch(one, json={"focal_point": point}, headers=KEY)
    assert response.status_code == 200, response.text
    after = (await client.get("/api/properties/1")).json()["images"][0]
    assert after == response.json()["images"][0]
    assert (before["focal_point"], after["focal_point"]) == (None, point)
    assert after["alt_text"] == before["alt_text"]
    assert after["original_url"] == before["original_url"]
    for name in ("thumbnail_url", "webp_url", "srcset"):
        assert after[name] != before[name]
    shown = await client.get(after["thumbnail_url"], headers={"accept": "image/png"})
    assert shown.status_code == 200
    middle = PIL.Image.open(io.BytesIO(shown.content)).convert("RGB").crop((199, 149, 200, 150))
    shares = dict(zip(["red", "green", "blue"], middle.tobytes(), strict=True))
    assert max(shares, key=lambda name: shares[name]) == colour


async def test_a_focal_point_can_be_taken_back(client):
    (image,) = (await _send(client, GOOD)).json()["images"]
    one = f"{IMAGES}/{image['id']}"
    body = {"focal_point": {"x": 0.1, "y": 0.2}, "alt_text": "b"}
    (changed,) = (await client.patch(one, json=body, headers=KEY)).json()["images"]
    assert (changed["focal_point"], changed["alt_text"]) == ({"x": 0.1, "y": 0.2}, "b")
    (same,) = (await client.patch(one, json={}, headers=KEY)).json()["images"]
    assert same == changed
    (back,) = (await client.patch(one, json={"focal_point": None}, headers=KEY)).json()["images"]
    assert back == {**image, "alt_text": "b"}


@pytest.mark.parametrize(
    ("point", "field"),
    [
        ({"x": -0.1, "y": 0}, "focal_point.x"),
        ({"x": 0, "y": 1.01}, "focal_point.y"),
        ({"x": "0.5", "y": 0}, "focal_point.x"),
        ({"x": 0.5}, "focal_point"),
        ({"x": 0.5, "y": 0.5, "z": 0.5}, "focal_point"),
        ("center", "focal_point"),
    ],
)
async def test_a_focal_point_lies_in_the_photo(client, point, field):
    (image,) = (await _send(client, GOOD)).json()["images"]
    one = f"{IMAGES}/{image['id']}"
    response = await client.patch(one, json={"focal_point": point}, headers=KEY)
    assert response.status_code == 400
    assert response.json()["errors"][0]["parameter"] == field
    assert (await client.get("/api/properties/1")).json()["images"] == [image]


def _three_colours():
    image = PIL.Image.new("RGB", (1800, 300), (0, 255, 0))
    image.paste((255, 0, 0), (0, 0, 600, 300))
    image.paste((0, 0, 255), (1200, 0, 1800, 300))
    file = io.BytesIO()
    image.save(file, "png")
    return file.getvalue()


async def test_a_deleted_photo_is_gone_everywhere(client, originals):
    image = (await _send(client, GOOD)).json()["images"][0]
    name = image["original_url"].rpartition("/upload/")[2]
    assert (await client.get(image["thumbnail_url"])).status_code == 200
    kept = digest("upload", name.removesuffix(".jpg"))
    async with asyncio.timeout(5):  # answers are given first and kept then
        while not any(kept in path for path in _files(originals.parent / "cache")):
            await asyncio.sleep(0.01)
    assert name in _files(originals)
    response = await client.delete(f"{IMAGES}/{image['id']}", headers=KEY)
    assert response.status_code == 204
    assert name not in _files(originals)
    assert not any(kept in path for path in _files(originals.parent / "cache"))
    assert (await client.get(image["thumbnail_url"])).status_code == 404
    assert (await client.delete(f"{IMAGES}/{image['id']}", headers=KEY)).status_code == 404


async def test_a_deleted_listing_takes_its_originals_along(client, originals):
    agent = (await client.get("/api/agents", headers=KEY)).json()["results"][0]["id"]
    home = {"title": "x", "price": "1", "agent_id": agent, "location": {"city": "y"}}
    path = (await client.post("/api/properties", json=home, headers=KEY)).headers["location"]
    await _send(client, GOOD, GOOD, path=f"{path}/images")
    folder = originals / "properties" / path.rpartition("/")[2]
    assert len(list(folder.iterdir())) == 2
    assert (await client.delete(path, headers=KEY)).status_code == 204
    assert not folder.exists()


# --- parts -----------------------------------------------------------------------------------------------------------


async def test_originals_in_s3_are_said_to_be_elsewhere(service):
    delivery = service[2]
    uploads = Uploads(None, delivery, LIMITS, 150)
    with pytest.raises(NotHere, match="S3"):
        await uploads.add(1, "", _nothing())


async def _nothing():
    yield b""
