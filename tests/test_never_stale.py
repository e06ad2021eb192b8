"""Whoever changes the data, the next answer says so; and what was not touched costs no statement.  On both engines."""

import asyncio
import os
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from api.app import create_app
from api.seed import seed
from api.settings import ServerSettings
from db.engine import current, fetch, running, stop_pool
from db.migrate import migrate
from db.settings import DatabaseSettings
from db.statements import counting
from db.tables import Property
from db.watching import watch_of
from imgproxy.settings import ImageSettings
from tests import databases
from tests.services import client_of

KEY = {"x-api-key": "demo-key:demo-secret"}
ROOT = Path(__file__).resolve().parent.parent


@pytest_asyncio.fixture(params=databases.KINDS)
async def client(request, tmp_path):
    async with databases.database_url(request.param, request, tmp_path) as url:
        async with running(DatabaseSettings(url)) as engine:
            await migrate(engine)
            await seed(40, databases.photos())
        images = ImageSettings(data=str(tmp_path), renderers=1)
        app = create_app(ServerSettings(database_url=url, seed=0, images=images))
        async with client_of(app) as client:
            client.warm = app.litestar._warm  # type: ignore[attr-defined, union-attr]
            yield client


async def _get(client, path="", **headers):
    """The answer, and how many statements it took."""
    with counting() as statements:
        response = await client.get(f"/api/properties{path}", headers=headers)
    return response, len(statements)


async def _warm(client, *paths):
    for path in paths:
        await _get(client, path)
        assert (await _get(client, path))[1] == 0, path


async def _costs(client, *paths):
    return [(await _get(client, path))[1] for path in paths]


def _is_postgres():
    return current().engine_type == "postgres"


# --- whoever changes a price -----------------------------------------------------------------------------------------

_RAW = {
    "sqlite": """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1].removeprefix("sqlite:///"))
connection.execute(sys.argv[2])
connection.commit()
""",
    "postgres": """
import asyncio, asyncpg, sys
async def main():
    connection = await asyncpg.connect(sys.argv[1])
    await connection.execute(sys.argv[2])
    await connection.close()
asyncio.run(main())
""",
}
_OTHER = """
import asyncio, sys
from db import engine, settings, writes
async def main():
    async with engine.running(settings.DatabaseSettings(sys.argv[1])):
        await writes.update(3, {"price": 39500000})
asyncio.run(main())
"""
PRICE = "UPDATE property SET price = 39500000 WHERE id = 3"


async def _by_api(client):
    response = await client.patch("/api/properties/3", json={"price": "395000"}, headers=KEY)
    assert response.status_code == 200


async def _by_another_process(client):
    await _python(_OTHER, _url())
    await _news_is_here(client)


async def _by_raw_sql(client, sql=PRICE):
    await _python(_RAW[current().engine_type], _url(), sql)
    await _news_is_here(client)


async def _news_is_here(client):
    """On SQLite at once.  PostgreSQL's notification may still be on its way on a busy machine; ours comes behind it."""
    if _is_postgres():
        await client.warm.caught_up()


def _url():
    engine: Any = current()
    return f"sqlite:///{engine.path}" if engine.engine_type == "sqlite" else engine.config["dsn"]


async def _python(program, *arguments):
    """A process of its own, while this loop goes on."""
    command = [sys.executable, "-c", program, *arguments]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    await asyncio.to_thread(subprocess.run, command, check=True, cwd=ROOT, env=environ)


@pytest.mark.parametrize("change", [_by_api, _by_another_process, _by_raw_sql])
async def test_a_changed_price_is_in_the_next_answer(client, change):
    paths = ("", "/3", "?page_size=100", "?search=a&page_size=100", "?cursor=")
    await _warm(client, *paths)
    await change(client)
    for path in paths:
        shown = (await _get(client, path))[0].json()
        listings = {home["id"]: home["price"] for home in shown.get("results", [shown])}
        assert listings[3] == "395000.00", path
    await _warm(client, *paths)


async def test_what_this_process_wrote_itself_is_in_the_very_next_answer(client):
    """Without a moment for news to arrive: alone, in a transaction, and through the tables."""
    for price in range(1, 40):
        await _get(client, "/3")
        if price % 3 == 0:
            await fetch("UPDATE property SET price = {} WHERE id = 3", price * 100)
        elif price % 3 == 1:
            async with current().transaction():
                await fetch("UPDATE property SET price = {} WHERE id = 3", price * 100)
                await asyncio.sleep(0.003)
        else:
            await Property.update({Property.price: price * 100}).where(Property.id == 3)
        assert (await _get(client, "/3"))[0].json()["price"] == f"{price}.00"
    async with asyncio.timeout(5):
        while (await _get(client, "/3"))[1]:
            await asyncio.sleep(0.001)


CHANGES = [
    # statement, path, a word that the next answer has
    ("UPDATE agent SET name = 'Zoe Neu'", "/3", "Zoe Neu"),
    ("UPDATE office SET name = 'Far Office'", "", "Far Office"),
    ("UPDATE location SET zip_code = '00000'", "?city=Austin", "00000"),
    ("UPDATE location SET city = 'Elsewhere'", "?city=Elsewhere", "Elsewhere"),
    ("UPDATE property_image SET alt_text = 'A quince'", "/3", "A quince"),
    (
        "UPDATE property_image SET focal_x = 0.125, focal_y = 0.5",
        "/3",
        "g_xy_center,w_400,h_300,x_0.125,y_0.5",
    ),
    ("UPDATE property_image SET focal_x = 0.125, focal_y = 0.5", "/3/pictures", ",x_0.125,y_0.5"),
    ("UPDATE property_image SET thumbhash = 'quince'", "", '"thumbhash":"quince"'),
    ("UPDATE property SET title = 'Quince house'", "?search=quince", "Quince house"),
    ("UPDATE property SET price = 5", "?max_price=1", '"0.05"'),
    ("UPDATE property SET published = NOT published WHERE id > 1", "", '"count":1,'),
    ("DELETE FROM property WHERE id > 2", "?page=9&page_size=2", '"count":2,'),
]


@pytest.mark.parametrize(("sql", "path", "word"), CHANGES)
async def test_whatever_raw_sql_changes_is_in_the_next_answer(client, sql, path, word):
    await _warm(client, path)
    await _by_raw_sql(client, sql)
    assert word in (await _get(client, path))[0].text
    await _warm(client, path)


async def test_truncating_empties_every_answer(client):
    await _warm(client, "", "?city=Austin")
    emptied = "TRUNCATE property CASCADE" if _is_postgres() else "DELETE FROM property"
    await _by_raw_sql(client, emptied)
    assert (await _get(client))[0].json()["count"] == 0
    assert (await client.get("/api/properties/3")).status_code == 404


async def test_a_new_and_a_deleted_listing_count_at_once(client):
    await _warm(client, "")
    home = {"title": "x", "price": "1", "agent_id": 1, "location": {"city": "y"}}
    made = await client.post("/api/properties", json=home, headers=KEY)
    page = (await _get(client))[0].json()
    assert (page["count"], page["results"][0]) == (41, made.json())
    await client.delete(made.headers["location"], headers=KEY)
    assert (await _get(client))[0].json()["count"] == 40


async def test_what_was_taken_back_changes_nothing(client):
    await _warm(client, "", "/3")
    async with current().transaction() as transaction:
        await fetch(PRICE)
        await transaction.rollback()
    assert await _costs(client, "", "/3") == [0, 0]


# --- what is not touched ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("client", ["postgres"], indirect=True)
async def test_postgres_drops_only_what_may_show_the_change(client):
    page = (await _get(client, "?page_size=5"))[0].json()
    on_page, elsewhere = page["results"][0]["id"], 40
    paths = ("?page_size=5", f"/{on_page}", "/40", "?page_size=5&ordering=price", "?min_price=1")
    await _warm(client, *paths)
    await _by_raw_sql(client, f"UPDATE property SET area = area + 1 WHERE id = {elsewhere}")
    assert await _costs(client, *paths[:3]) == [0, 0, 1]
    await _warm(client, *paths)
    await _by_raw_sql(client, f"UPDATE property SET price = price + 1 WHERE id = {elsewhere}")
    assert await _costs(client, *paths) == [0, 0, 1, 1, 1]
    await _warm(client, *paths)
    await _by_raw_sql(client, f"UPDATE property SET title = 'New' WHERE id = {on_page}")
    assert (await _costs(client, *paths))[:3] == [1, 1, 0]


async def test_spellings_of_a_question_share_an_answer(client):
    await _warm(client, "?city=Austin&page_size=5")
    for path in ("?page_size=5&city=Austin", "/?city=Austin&page_size=5"):
        assert await _costs(client, path, path) == [0, 0]


# --- many at once ----------------------------------------------------------------------------------------------------


async def test_two_hundred_clients_on_a_changed_page_cause_one_statement(client):
    await _warm(client, "")
    await _by_raw_sql(client)
    with counting() as statements:
        answers = await asyncio.gather(*(client.get("/api/properties") for _ in range(200)))
    assert len(statements) == 1
    assert {answer.content for answer in answers} == {answers[0].content}
    assert "395000.00" in answers[0].text


async def test_readers_never_see_an_older_price_than_they_have_seen(client):
    """While one writes as fast as it can, each of its readers asks and asks."""
    last = 30
    seen: list[float] = []

    async def write():
        for price in range(1, last + 1):
            body = {"price": str(price)}
            await client.patch("/api/properties/3", json=body, headers=KEY)
            shown = (await _get(client, "/3"))[0].json()["price"]
            assert shown == f"{price}.00"

    async def read():
        while not seen or seen[-1] < last:
            seen.append(float((await _get(client, "/3"))[0].json()["price"]))
            await asyncio.sleep(0)

    await client.patch("/api/properties/3", json={"price": "0"}, headers=KEY)
    async with asyncio.timeout(30):
        await asyncio.gather(write(), read())
    assert seen == sorted(seen)


# --- conditions and credentials on the short way ---------------------------------------------------------------------


async def test_a_warm_answer_is_the_same_answer(client):
    for path in ("", "/3"):
        cold, cost = await _get(client, path)
        warm, free = await _get(client, path)
        assert (cost, free) == (1, 0)
        assert (warm.status_code, warm.content) == (cold.status_code, cold.content)
        assert dict(warm.headers) == dict(cold.headers)
        etag = cold.headers["etag"]
        same, free = await _get(client, path, **{"if-none-match": f'"x", W/{etag}'})
        assert (same.status_code, same.content, free) == (304, b"", 0)
        assert same.headers["etag"] == etag
        head = await client.head(f"/api/properties{path}")
        assert (head.content, dict(head.headers)) == (b"", dict(warm.headers))


async def test_links_follow_the_host_that_was_asked(client):
    for host in ("a.example", "b.example", "a.example"):
        page = (await _get(client, "", host=host))[0].json()
        assert page["next"].startswith(f"http://{host}/")


async def test_what_is_not_published_is_in_no_warm_answer(client):
    await fetch("UPDATE property SET published = false WHERE id = 3")
    for _ in range(2):
        hidden, _cost = await _get(client, "/3", **KEY)
        assert (hidden.status_code, hidden.headers["cache-control"]) == (200, "private, no-store")
        assert (await _get(client, "/3"))[0].status_code == 404


# --- when the database is down ---------------------------------------------------------------------------------------


@asynccontextmanager
async def _down(tmp_path):
    """The pool closed and the server's address leading nowhere."""
    engine: Any = current()
    if engine.engine_type == "sqlite":
        (tmp_path / "file").touch()
        place, engine.path = engine.path, f"{tmp_path}/file/x.sqlite"
    else:
        place = engine.config["dsn"]
        engine.config["dsn"] = f"postgres://nobody@/none?host={tmp_path}"
    await stop_pool(engine)
    try:
        yield
    finally:
        if engine.engine_type == "sqlite":
            engine.path = place
        else:
            engine.config["dsn"] = place
        await engine.start_connection_pool()


async def test_the_last_good_answer_is_given_and_marked_while_the_database_is_down(
    client, tmp_path
):
    await _warm(client, "", "/3")
    before = (await _get(client, "/3"))[0]
    await _by_raw_sql(client)
    async with _down(tmp_path):
        stale = before
        for path in ("", "/3", "/3"):
            stale = (await _get(client, path))[0]
            assert stale.status_code == 200
            assert stale.headers["warning"] == '110 - "Response is Stale"'
            assert int(stale.headers["age"]) >= 0
            assert "stale-if-error=86400" in stale.headers["cache-control"]
        assert stale.content == before.content
        unknown = await client.get("/api/properties/4")
        assert (unknown.status_code, unknown.headers["retry-after"]) == (503, "1")
        for response in (
            await client.patch("/api/properties/3", json={"price": "1"}, headers=KEY),
            await client.delete("/api/properties/3", headers=KEY),
        ):
            assert response.status_code == 503
            assert response.headers["content-type"] == "application/problem+json"
    async with asyncio.timeout(5):  # it is asked again after a moment
        while "warning" in (again := (await _get(client, "/3"))[0]).headers:
            await asyncio.sleep(0.05)
    assert again.json()["price"] == "395000.00"


@pytest.mark.parametrize("client", ["postgres"], indirect=True)
async def test_a_lost_listener_comes_back_and_nothing_is_believed_meanwhile(client):
    await _warm(client, "/3")
    await fetch(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND query ILIKE 'listen%'"
    )
    await fetch(PRICE)
    async with asyncio.timeout(5):
        while (await _get(client, "/3"))[0].json()["price"] != "395000.00":
            await asyncio.sleep(0.001)
        while (await _get(client, "/3"))[1]:
            await asyncio.sleep(0.01)
    await fetch("UPDATE property SET price = 100 WHERE id = 3")
    await client.patch("/api/properties/4", json={}, headers=KEY)  # waits for what was committed
    assert (await _get(client, "/3"))[0].json()["price"] == "1.00"


# --- many processes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("client", ["postgres"], indirect=True)
async def test_a_write_is_answered_when_every_listener_has_heard(client):
    """A second watch, as another process has one: whatever a write is about, it knows when the answer comes."""
    heard: list[Any] = []
    other = watch_of(current())
    await other.start(heard.append)
    try:
        for price in range(1, 30):
            heard.clear()
            body = {"price": str(price)}
            await client.patch("/api/properties/3", json=body, headers=KEY)
            assert any(change is None or "property 3" in change for change in heard)
    finally:
        await other.close()


@pytest.mark.parametrize("client", ["postgres"], indirect=True)
async def test_a_listener_that_hangs_holds_no_write_for_long(client):
    connection = await asyncpg.connect(
        _url(), server_settings={"application_name": "darkroom watch"}
    )
    try:
        async with asyncio.timeout(5):
            body = {"price": "7"}
            response = await client.patch("/api/properties/3", json=body, headers=KEY)
        assert response.status_code == 200
        assert (await _get(client, "/3"))[0].json()["price"] == "7.00"
    finally:
        await connection.close()
