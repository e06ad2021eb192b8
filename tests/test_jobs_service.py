"""Jobs in the whole service: what is said of them over HTTP and on their page, and how orders get from the table to Redis."""

import asyncio
import time
from secrets import token_hex

import msgspec
import pytest
import pytest_asyncio

from api.app import create_app
from api.auth import COOKIE, Credential
from api.jobs import Order, order
from api.jobs.desk import Desk
from api.jobs.runner import Handlers, Pace
from api.jobs.table import TableQueue
from api.settings import ServerSettings
from db.engine import fetch, running
from db.migrate import migrate
from db.settings import DatabaseSettings
from imgproxy.settings import ImageSettings
from tests import databases
from tests.services import client_of

KEY = {"x-api-key": "demo-key:demo-secret"}
PASS = Credential("demo-key", "demo-secret").new_pass(time.time())
OPERATOR = {"cookie": f"{COOKIE}={PASS}"}
QUICK = Pace(lease_s=0.9, beat_s=0.1, poll_s=0.05, sweep_s=0.1, grace_s=0.2)


class Counted(msgspec.Struct, frozen=True, tag="test.counted"):
    number: int = 0


@pytest_asyncio.fixture(params=databases.KINDS, scope="module")
async def service(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("jobs-service")
    async with databases.database_url(request.param, request, folder) as url:
        async with running(DatabaseSettings(url)) as engine:
            await migrate(engine)
        images = ImageSettings(data=str(folder), renderers=1)
        app = create_app(ServerSettings(database_url=url, seed=0, jobs=0, images=images))
        async with client_of(app) as client:
            yield client


@pytest_asyncio.fixture
async def client(service):
    await fetch("DELETE FROM job")
    service.cookies.clear()
    return service


@pytest_asyncio.fixture
async def waiting(client) -> Order:
    wanted = order(Counted(), delay_s=3600)
    await TableQueue().enqueue(wanted)
    return wanted


# --- over HTTP -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/jobs"),
        ("GET", "/api/jobs/x"),
        ("DELETE", "/api/jobs/x"),
        ("POST", "/api/jobs/x/cancel"),
    ],
)
async def test_strangers_learn_nothing(client, method, path):
    response = await client.request(method, path)
    assert response.status_code == 401
    assert response.headers["content-type"] == "application/problem+json"


async def test_jobs_are_listed(client, waiting):
    body = (await client.get("/api/jobs", headers=KEY)).json()
    (job,) = body["results"]
    assert body["open"] == 1
    assert (job["id"], job["kind"], job["state"]) == (waiting.id, "test.counted", "waiting")
    assert job["created_at"].endswith("Z")
    assert job["started_at"] is None
    assert (await client.get(f"/api/jobs/{waiting.id}", headers=KEY)).json() == job
    assert (await client.get("/api/jobs?limit=0", headers=KEY)).status_code == 400


async def test_a_job_that_is_not_there_is_not_found(client):
    for method, path in [("GET", "/x"), ("DELETE", "/x"), ("POST", "/x/cancel")]:
        response = await client.request(method, f"/api/jobs{path}", headers=KEY)
        assert response.status_code == 404
        assert response.json()["detail"] == "There is no job x."


@pytest.mark.parametrize(("method", "path"), [("DELETE", ""), ("POST", "/cancel")])
async def test_a_job_is_cancelled_once(client, waiting, method, path):
    url = f"/api/jobs/{waiting.id}{path}"
    response = await client.request(method, url, headers=KEY)
    assert (response.status_code, response.json()["state"]) == (202, "cancelled")
    again = await client.request(method, url, headers=KEY)
    assert again.status_code == 409
    assert "cancelled already" in again.json()["detail"]


# --- the page --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shown", [{}, KEY, {"cookie": f"{COOKIE}=9999999999.0123"}])
async def test_the_page_asks_who_is_there(client, waiting, shown):
    response = await client.get("/jobs", headers=shown)
    assert response.status_code == 401
    assert "test.counted" not in response.text


async def test_the_page_shows_jobs_and_their_errors(client, waiting):
    sql = "UPDATE job SET error = 'ValueError: <b>', done = 3, total = 9 WHERE id = {}"
    await fetch(sql, waiting.id)
    response = await client.get("/jobs", headers=OPERATOR)
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert "test.counted" in response.text
    assert "ValueError: &lt;b&gt;" in response.text
    assert "3 of 9" in response.text


async def test_the_page_says_when_there_is_nothing(client):
    assert "Nothing is waiting" in (await client.get("/jobs", headers=OPERATOR)).text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "same-origin"}, 303),
        ({"origin": "http://testserver"}, 303),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"origin": "http://evil.test"}, 403),
        ({}, 403),
    ],
)
async def test_only_the_page_itself_cancels(client, waiting, headers, status):
    response = await client.post(f"/jobs/{waiting.id}/cancel", headers={**OPERATOR, **headers})
    assert response.status_code == status
    job = await TableQueue().status(waiting.id)
    assert job is not None
    assert job.state == ("cancelled" if status == 303 else "waiting")


# --- from the table to Redis -----------------------------------------------------------------------------------------


async def _until(happens, within_s=15.0):
    async with asyncio.timeout(within_s):
        while not (found := await happens()):
            await asyncio.sleep(0.02)
        return found


@pytest_asyncio.fixture
async def table(tmp_path):
    async with databases.migrated(f"sqlite:///{tmp_path}/db.sqlite"):
        yield


async def _desk(url, work, at_once=1):
    desk = Desk(Handlers({Counted: work}), at_once, url, QUICK, name=f"desk-{token_hex(4)}")
    await desk.start()
    return desk


async def test_orders_are_carried_over_and_known_by_one_id(table, redis_url):
    got = []

    async def work(counted, progress):
        got.append(counted.number)
        progress.done = progress.total = 4

    desk = await _desk(redis_url, work)
    job_id = await desk.enqueue(order(Counted(5)))

    async def done():
        return (await desk.status(job_id)).state == "done"

    await _until(lambda: _there(got))
    await _until(done)
    (job,) = await desk.listing(10)
    await desk.close()
    assert got == [5]
    assert (job.id, job.state, job.done) == (job_id, "done", 4)


async def _there(found):
    return found


async def test_an_order_waits_in_the_table_while_redis_is_away(table):
    async def work(counted, progress):
        raise AssertionError

    desk = await _desk("redis://127.0.0.1:1/0", work)
    job_id = await desk.enqueue(order(Counted(5), max_attempts=1))

    async def tried():
        job = await TableQueue().status(job_id)
        return job and job.error

    assert await _until(tried) == "Redis does not answer"
    status = await desk.status(job_id)
    await desk.close()
    assert (status.state, status.attempts) == ("waiting", 0)


async def test_a_job_in_redis_is_cancelled_through_the_desk(table, redis_url):
    begun = asyncio.Event()

    async def work(counted, progress):
        begun.set()
        await asyncio.sleep(3600)

    desk = await _desk(redis_url, work)
    job_id = await desk.enqueue(order(Counted()))
    async with asyncio.timeout(15):
        await begun.wait()
    assert await desk.cancel(job_id)

    async def cancelled():
        return (await desk.status(job_id)).state == "cancelled"

    await _until(cancelled)
    await desk.close()
