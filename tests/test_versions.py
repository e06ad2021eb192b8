"""Picture specs as versions: planned, applied by jobs, rolled back; what nobody asks for any more is removed.  Over the whole service."""

import asyncio
import io
import os
import time
from pathlib import Path
from typing import Any

import msgspec
import PIL.Image
import pytest
import pytest_asyncio

from api.app import create_app
from api.cleaning import ForgetPhotos, Promise
from api.jobs import order
from api.jobs.table import TableQueue
from api.originals import Originals
from api.pictures import Breakpoint, PictureSpec, urls
from api.seed import seed
from api.settings import ServerSettings
from api.versions import digest_of, orphans, rendered_ahead, report, specs_of, text_of
from api.versions.ahead import ACCEPT, Ahead
from api.versions.apply import NothingBefore, earlier, order_all, rolled_back, wanted_version
from api.versions.plan import ahead_urls, changes, stale_urls
from api.versions.work import RenderAhead, render_order
from db import versions, writes
from db.engine import fetch, running
from db.migrate import migrate
from db.settings import DatabaseSettings
from db.versions import RenderRow
from imgproxy.settings import ImageSettings, SettingsError
from tests import databases
from tests.services import client_of

KEY = {"x-api-key": "demo-key:demo-secret"}
BASE = "/demo/image/upload/"


def spec(name="tile", ratio="4:3", width=40, **fields):
    point = Breakpoint(0, width=width)
    fields = {"ahead": True, "formats": ("webp", "jpg"), "densities": (1.0,), **fields}
    return PictureSpec(name=name, ratios=(ratio,), breakpoints=(point,), **fields)


def together(*specs):
    return {one.name: one for one in specs}


WIDE, TALL = together(spec()), together(spec(ratio="3:4"))
PHOTO = versions.PhotoRow(7, "properties/1/ab", None, 320, 200, None, None)


# --- sets of specs, pure ---------------------------------------------------------------------------------------------


def test_a_set_is_one_text_whatever_the_order():
    both = together(spec("a"), spec("b"))
    assert text_of(both) == text_of(dict(reversed(both.items())))
    assert specs_of(text_of(both)) == both
    assert digest_of(both) != digest_of(together(spec("a"), spec("b", ratio="1:1")))


def test_specs_are_rendered_ahead_by_name():
    both = together(spec("a", ahead=False), spec("b", ahead=False))
    assert [one.ahead for one in rendered_ahead(both, " b ,").values()] == [False, True]
    assert rendered_ahead(both, "") == both
    with pytest.raises(SettingsError, match=r"DARKROOM_AHEAD='c' is not valid: .* a, b"):
        rendered_ahead(both, "a,c")


def test_only_what_is_to_be_ahead_is_rendered():
    lazy = together(spec(), spec("late", ratio="1:1", ahead=False))
    found = ahead_urls(lazy, BASE, PHOTO)
    assert found == urls(spec(), BASE, PHOTO)
    assert found


def test_what_another_spec_still_asks_for_is_not_stale():
    before = together(spec("a"), spec("b", ratio="1:1"))
    now = together(spec("c", ahead=False))  # asks for what a asked
    assert stale_urls([before], now, BASE, PHOTO) == urls(spec(ratio="1:1"), BASE, PHOTO)


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ({}, WIDE, [("tile", "new", ())]),
        (WIDE, {}, [("tile", "gone", ())]),
        (WIDE, WIDE, [("tile", "same", ())]),
        (WIDE, TALL, [("tile", "changed", ("ratios",))]),
    ],
)
def test_changes_are_told_by_field(before, now, expected):
    assert [(one.name, one.how, one.fields) for one in changes(before, now)] == expected


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (999, "999 B"), (3400, "3.4 kB"), (56_000_000, "56 MB")]
)
def test_bytes_are_told_shortly(count, text):
    assert report.bytes_of(count) == text


# --- over the whole service ------------------------------------------------------------------------------------------


class House(msgspec.Struct):
    client: Any
    service: Any
    originals: Path
    settings: ServerSettings

    @property
    def work(self):
        return self.service.state.versions

    async def tiers(self, url):
        """Whether the answer to the URL lies ready, asked of the shared tiers alone."""
        request = self.service.images.reading.request(url.encode(), ACCEPT)
        delivery = self.service.images.delivery
        originals, purged = await delivery._finding.locate(request)
        return await delivery.shared.get(request.key(originals[0], originals[1:], purged))

    async def photo(self):
        return (await versions.photos(0, 1))[0]


def picture(colour=(200, 40, 60)):
    file = io.BytesIO()
    PIL.Image.new("RGB", (320, 200), colour).save(file, "jpeg")
    return file.getvalue()


@pytest_asyncio.fixture(params=databases.KINDS, scope="module")
async def place(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("versions")
    async with databases.database_url(request.param, request, folder) as url:
        async with running(DatabaseSettings(url)) as engine:
            await migrate(engine)
            await seed(2, ())
        images = ImageSettings(data=str(folder), renderers=1)
        settings = ServerSettings(database_url=url, seed=0, jobs=1, images=images)
        app = create_app(settings)
        async with client_of(app) as client:
            yield House(client, app, folder / "originals", settings)


@pytest_asyncio.fixture
async def house(place):
    for table in ("job", "picture_version", "picture_render", "property_image"):
        await fetch(f"DELETE FROM {table}")
    return place


async def _upload(house, count=2):
    files = [("images", (f"{i}.jpg", picture((9 * i, 40, 60)), "image/jpeg")) for i in range(count)]
    response = await house.client.post("/api/properties/1/images", files=files, headers=KEY)
    assert response.status_code == 201, response.text
    return [image["id"] for image in response.json()["images"]]


async def _photo(image):
    photo = await versions.photo(image)
    assert photo is not None
    return photo


async def _row(version):
    row = await versions.one(version)
    assert row is not None
    return row


async def _in_state(version, *states):
    async with asyncio.timeout(30):
        while (await _row(version))["state"] not in states:
            await asyncio.sleep(0.02)


async def _applied(house, specs):
    version = await wanted_version(specs)
    await order_all(house.work, version)
    await _in_state(version, "applied")
    async with asyncio.timeout(30):
        while await TableQueue().open_count():
            await asyncio.sleep(0.02)
    return version


async def test_an_applied_version_lies_ready_byte_for_byte(house):
    await _upload(house)
    version = await _applied(house, WIDE)
    sums = await versions.sums(version)
    assert (sums.tried, sums.photos, sums.failed) == (2, 2, 0)
    assert sums.rendered == 4  # two formats of two photos
    for photo in await versions.photos(0, 10):
        for url in ahead_urls(WIDE, BASE, photo):
            held = await house.tiers(url)
            served = await house.client.get(url, headers={"accept": ACCEPT.decode()})
            assert held.body == served.content
            assert "hit" in served.headers["server-timing"]


async def test_applying_again_changes_nothing(house):
    await _upload(house)
    version = await _applied(house, WIDE)
    assert await wanted_version(WIDE) == version
    assert await versions.unmade(version, 0, 10) == []


async def test_a_changed_ratio_renders_the_new_and_removes_the_old(house):
    await _upload(house)
    await _applied(house, WIDE)
    photo = await house.photo()
    version = await _applied(house, TALL)
    assert version == 2
    assert [await house.tiers(url) for url in urls(WIDE["tile"], BASE, photo)] == [None, None]
    assert all([await house.tiers(url) for url in urls(TALL["tile"], BASE, photo)])
    assert [row["state"] for row in await versions.everything()] == ["applied", "cleaned"]


async def test_what_other_pages_made_of_the_photo_stays(house):
    await _upload(house, 1)
    await _applied(house, WIDE)
    photo = await house.photo()
    other = f"{BASE}c_fit,w_33/{photo.public_id}.jpg"
    assert (await house.client.get(other)).status_code == 200
    await _applied(house, TALL)
    assert await house.tiers(other) is not None


async def test_a_rollback_returns_to_the_earlier_version(house):
    await _upload(house, 1)
    first = await _applied(house, WIDE)
    await _applied(house, TALL)
    back = await rolled_back()
    await order_all(house.work, back)
    await _in_state(back, "applied")
    row = await _row(back)
    assert (row["returns_to"], specs_of(row["specs"])) == (first, WIDE)
    photo = await house.photo()
    assert all([await house.tiers(url) for url in urls(WIDE["tile"], BASE, photo)])
    with pytest.raises(NothingBefore):
        await earlier()


async def test_two_rollbacks_go_back_two_versions(house):
    for ratio in ("1:1", "2:1", "3:1"):
        await _applied(house, together(spec(ratio=ratio)))
    await rolled_back()
    await rolled_back()
    newest = (await versions.everything())[0]
    assert specs_of(newest["specs"])["tile"].ratios == ("1:1",)
    assert newest["returns_to"] == 1


async def test_an_interrupted_apply_goes_on_where_it_was(house):
    first, second = await _upload(house)
    version = await wanted_version(WIDE)
    await versions.record(RenderRow(version, first, 2, 2, 10, 0.5))  # done before the interruption
    await order_all(house.work, version)
    await _in_state(version, "applied")
    jobs = {job.id for job in await TableQueue().listing(100) if job.kind == "pictures.render"}
    assert render_order(version, second).id in jobs
    assert render_order(version, first).id not in jobs


async def test_a_new_photo_is_rendered_ahead(house):
    version = await _applied(house, WIDE)
    (image,) = await _upload(house, 1)
    async with asyncio.timeout(30):
        while not (await versions.sums(version)).tried:
            await asyncio.sleep(0.02)
    photo = await _photo(image)
    assert all([await house.tiers(url) for url in ahead_urls(WIDE, BASE, photo)])


async def test_a_new_photo_waits_for_its_visitors_where_nothing_is_ahead(house):
    version = await _applied(house, together(spec(ahead=False)))
    await _upload(house, 1)
    kinds = {job.kind for job in await TableQueue().listing(100)}
    assert kinds == {"pictures.clean"}
    assert (await versions.sums(version)).tried == 0


async def test_a_photo_that_cannot_be_rendered_is_told_and_hinders_nothing(house):
    await _upload(house)
    photo = await house.photo()
    (house.originals / f"{photo.public_id}.jpg").unlink()
    version = await wanted_version(WIDE)
    await order_all(house.work, version)
    await _in_state(version, "applied")
    ((public_id, error),) = await versions.failures(version, 10)
    assert public_id == photo.public_id
    assert error
    rows = await versions.everything()
    lines = list(report.status_lines(rows, await versions.sums(version), [(public_id, error)]))
    assert "rendered ahead: 1 of 2 photos" in lines[1]
    assert public_id in lines[2]


async def test_an_overtaken_render_does_nothing(house):
    (image,) = await _upload(house, 1)
    await _applied(house, WIDE)
    await _applied(house, TALL)
    await house.work.render(RenderAhead(1, image), None)
    assert await versions.unmade(1, 0, 10) == [image]


async def test_a_plan_counts_and_estimates(house):
    await _upload(house)
    await _applied(house, WIDE)
    counts = await report.counted(WIDE, TALL, BASE)
    assert (counts.photos, counts.render, counts.remove) == (2, 4, 4)
    each = await report.cost(Ahead(house.service.images), TALL, BASE)
    assert each[0] > 0
    assert each[1] > 0
    assert each[2] == "as measured before"
    lines = list(report.plan_lines(await versions.newest(), TALL, counts, each))
    assert lines[:2] == ["version 1 is applied", "  tile         changed: ratios (ahead)"]
    assert lines[2].startswith("to render: 4 URLs of 2 photos, about ")
    assert lines[3] == "to remove: 4 URLs"


async def test_a_first_plan_tries_a_few(house):
    await _upload(house)
    cpu_s, size, how = await report.cost(Ahead(house.service.images), WIDE, BASE)
    assert cpu_s > 0
    assert size > 0
    assert how == "by 2 tried just now"


# --- what deleted photos and lost rows leave behind ------------------------------------------------------------------


def _files(house):
    return sorted(path.name for path in house.originals.rglob("*.jpg"))


async def _orphaned(house, *, old):
    """A photo whose row is gone and whose file and derivative are not."""
    (image,) = await _upload(house, 1)
    photo = await _photo(image)
    url = ahead_urls(WIDE, BASE, photo)[0]
    assert (await house.client.get(url)).status_code == 200
    await fetch("DELETE FROM property_image WHERE id = {}", image)
    path = house.originals / f"{photo.public_id}.jpg"
    if old:
        long_ago = time.time() - 7200
        os.utime(path, (long_ago, long_ago))
    return path, url


async def test_orphans_are_found_and_removed_with_what_was_made_from_them(house):
    path, url = await _orphaned(house, old=True)
    found = await orphans.found(Originals(house.originals))
    assert path.name in {file.name.rpartition("/")[2] for file in found}
    assert path.exists()
    await orphans.remove(house.service.state.uploads, found)
    assert not path.exists()
    assert (await house.client.get(url)).status_code == 404


async def test_a_photo_that_may_be_on_its_way_is_no_orphan(house):
    path, _ = await _orphaned(house, old=False)
    names = {
        file.name.rpartition("/")[2] for file in await orphans.found(Originals(house.originals))
    }
    assert path.name not in names


@pytest.mark.parametrize(
    "name",
    [
        "mine.jpg",
        "properties/mine.jpg",
        "properties/1/mine.jpg",
        "properties/x/0123456789abcdef.jpg",
    ],
)
async def test_files_of_others_are_never_orphans(house, name):
    path = house.originals / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(picture())
    os.utime(path, (1, 1))
    found = await orphans.found(Originals(house.originals))
    path.unlink()
    assert name not in {file.name for file in found}


async def test_a_deletion_is_finished_by_others_when_its_process_ends_in_between(house):
    """The promise is made and never kept here; a worker does it."""
    (image,) = await _upload(house, 1)
    photo = await _photo(image)
    path = house.originals / f"{photo.public_id}.jpg"
    assert await writes.delete_photo(1, image, Promise(house.service.state.jobs).made)
    assert path.exists()
    async with asyncio.timeout(30):
        while path.exists():
            await asyncio.sleep(0.05)


async def test_a_photo_that_is_in_use_again_by_then_stays(house):
    (image,) = await _upload(house, 1)
    photo = await _photo(image)
    desk = house.service.state.jobs
    job_id = await desk.enqueue(order(ForgetPhotos((photo.public_id,)), delay_s=3600))
    await desk.now(job_id)
    assert (await desk.status(job_id)).state == "done"
    assert (house.originals / f"{photo.public_id}.jpg").exists()


async def test_an_original_that_another_row_names_stays(house):
    (image,) = await _upload(house, 1)
    photo = await _photo(image)
    await fetch(
        "INSERT INTO property_image (property, public_id, width, height, display_order, alt_text,"
        " placeholder, color) SELECT 2, public_id, width, height, 0, '', '', '#000000'"
        " FROM property_image WHERE id = {}",
        image,
    )
    response = await house.client.delete(f"/api/properties/1/images/{image}", headers=KEY)
    assert response.status_code == 204
    assert (house.originals / f"{photo.public_id}.jpg").exists()
