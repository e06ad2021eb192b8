"""The database room below its queries: settings, pools, transactions, migrations, counting.  On both engines."""

import asyncio
import contextvars
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import pytest_asyncio
from piccolo.apps.migrations.tables import Migration

import piccolo_conf
from db import engine as engines
from db.engine import exclusively, fetch, in_use
from db.errors import (
    BadDatabaseUrl,
    DatabaseConflict,
    DatabaseError,
    DatabaseUnavailable,
)
from db.migrate import applied, migrate, revert
from db.queries import listing_page
from db.rows import ListingFilters
from db.settings import Address, DatabaseSettings
from db.sqlite import PooledSQLiteEngine
from db.statements import counting, may_write
from db.tables import TABLES, Agent, Location, Office, Property, PropertyImage
from tests import databases

ROOT = Path(__file__).resolve().parent.parent


@pytest_asyncio.fixture(params=databases.KINDS)
async def empty_url(request, tmp_path):
    async with databases.database_url(request.param, request, tmp_path) as url:
        yield url


@pytest_asyncio.fixture
async def engine(empty_url):
    async with databases.migrated(empty_url) as engine:
        yield engine


# --- settings --------------------------------------------------------------------------------------------------------

ADDRESSES = [
    # environment, address
    ({}, Address("sqlite", "./var/darkroom.sqlite")),
    ({"DARKROOM_DATA": "/srv/darkroom"}, Address("sqlite", "/srv/darkroom/darkroom.sqlite")),
    ({"DATABASE_URL": "sqlite:///a/b.db"}, Address("sqlite", "a/b.db")),
    ({"DATABASE_URL": "sqlite:////a/b c.db"}, Address("sqlite", "/a/b c.db")),
    ({"DATABASE_URL": "postgres://u:p@h/d"}, Address("postgres", "postgres://u:p@h/d")),
    ({"DATABASE_URL": "postgresql:///d", "DARKROOM_DATA": "x"}, Address("postgres", "postgresql:///d")),
]  # fmt: skip


@pytest.mark.parametrize(("environ", "address"), ADDRESSES)
def test_the_environment_names_the_database(environ, address):
    assert DatabaseSettings.load(environ).address() == address


@pytest.mark.parametrize(
    "url",
    ["mysql://u:secret@h/d", "postgres://", "sqlite://x", "sqlite:///", "sqlite:///:memory:", "x"],
)
def test_a_bad_url_is_refused_with_the_variable_and_without_secrets(url):
    with pytest.raises(
        BadDatabaseUrl, match="DATABASE_URL is not valid: expected sqlite:"
    ) as caught:
        DatabaseSettings.load({"DATABASE_URL": url})
    assert "secret" not in str(caught.value)


def test_piccolo_finds_the_engine_in_use(engine):
    assert piccolo_conf.DB is engine is in_use() is Property._meta.db
    assert not hasattr(piccolo_conf, "OTHER")


def test_piccolo_finds_the_engine_of_the_environment_when_none_is_in_use(tmp_path):
    program = "import piccolo_conf; print(piccolo_conf.DB.path)"
    environ = {**os.environ, "DARKROOM_DATA": str(tmp_path)}
    environ.pop("DATABASE_URL", None)
    assert _python(program, environ).communicate()[0].strip() == f"{tmp_path}/darkroom.sqlite"


# --- migrations ------------------------------------------------------------------------------------------------------


async def test_migrations_run_forwards_backwards_and_forwards(engine, capsys):
    names = await applied()
    assert len(names) >= 2
    assert await migrate(engine) == []
    await revert(engine, "all")
    assert await applied() == []
    assert not any([await table.table_exists() for table in TABLES])
    assert await migrate(engine) == names
    assert all([await table.table_exists() for table in TABLES])
    assert capsys.readouterr() == ("", "")


async def test_one_migration_can_be_taken_back(engine):
    names = await applied()
    await revert(engine)
    assert await applied() == names[:-1]
    assert await migrate(engine) == names[-1:]


async def test_listings_from_before_the_index_are_found(engine):
    names = await applied()
    await revert(engine, next(name for name in names if "T13:40" in name))
    await _listing()
    assert await migrate(engine)
    assert (await listing_page(ListingFilters(search="home"))).count == 1


async def test_a_migration_that_fails_leaves_nothing_behind(empty_url):
    """A table is in the way of the first migration's own: everything it did is undone, its record too."""
    async with engines.running(DatabaseSettings(empty_url)) as engine:
        await fetch("CREATE TABLE property_image (id INTEGER)")
        with pytest.raises(DatabaseError):
            await migrate(engine)
        assert not await Migration.table_exists()
        assert not await Office.table_exists()
        await fetch("DROP TABLE property_image")
        assert await migrate(engine)


_START = """
import asyncio, os
from db import engine, migrate, settings
from api.seed import seed
from tests.databases import photos
async def main():
    async with engine.running(settings.DatabaseSettings.load(os.environ)) as e:
        done = await migrate.migrate(e)
        print(len(done), await seed(30, photos()))
asyncio.run(main())
"""


async def test_two_processes_may_migrate_and_seed_at_once(empty_url):
    environ = {**os.environ, "DATABASE_URL": empty_url}
    starts = [_python(_START, environ) for _ in range(2)]
    said = [await asyncio.to_thread(_output, start) for start in starts]
    assert [start.returncode for start in starts] == [0, 0]
    migrated, seeded = zip(*said, strict=True)  # who does which is a race, that one does is not
    assert (migrated.count("0"), sorted(seeded)) == (1, ["0", "30"])
    async with engines.running(DatabaseSettings(empty_url)):
        assert await Property.count() == 30


async def test_a_file_that_another_process_is_about_to_change_is_waited_for(tmp_path):
    path = tmp_path / "new.sqlite"
    other = sqlite3.connect(path)
    other.execute("BEGIN IMMEDIATE")  # SQLite's own patience does not cover this lock
    engine = PooledSQLiteEngine(str(path), pool_size=1, wait_s=10)
    opening = asyncio.create_task(engine.start_connection_pool())
    await asyncio.sleep(0.2)
    assert not opening.done()
    other.close()
    await opening
    await engine.close_connection_pool()


def _python(program, environ):
    command = [sys.executable, "-c", program]
    return subprocess.Popen(command, env=environ, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def _output(process):
    return process.communicate(timeout=60)[0].split()


# --- rows keep their promises ----------------------------------------------------------------------------------------


async def test_two_photos_of_a_listing_never_share_a_place(engine):
    listing = await _listing()
    await _photo(listing, 0)
    await _photo(listing, 1)
    with pytest.raises(DatabaseConflict):
        await fetch("UPDATE property_image SET display_order = 1")


async def test_a_listing_needs_a_place_that_exists(engine):
    await _listing()
    with pytest.raises(DatabaseConflict):
        await fetch("UPDATE property SET location = 12345")


async def test_photos_go_with_their_listing_and_its_agent_stays(engine):
    await _photo(await _listing(), 0)
    await Property.delete(force=True)
    assert (await PropertyImage.count(), await Agent.count()) == (0, 1)
    await _listing()
    with pytest.raises(DatabaseConflict):
        await fetch("DELETE FROM agent")


async def _listing():
    office = await Office.objects().create(name="Office")
    agent = await Agent.objects().create(name="Agent", office=office)
    location = await Location.objects().create(city="City")
    return await Property.objects().create(location=location, agent=agent, title="Home", price=1)


async def _photo(listing, place):
    await PropertyImage.objects().create(
        property=listing, public_id="x", width=1, height=1, display_order=place
    )


# --- pools and transactions ------------------------------------------------------------------------------------------


async def test_a_transaction_that_raises_is_undone(engine):
    async def fail():
        async with engine.transaction():
            await Office.objects().create(name="never")
            raise RuntimeError("oh")

    with pytest.raises(RuntimeError, match="oh"):
        await fail()
    assert await Office.count() == 0


async def test_a_transaction_within_another_is_part_of_it(engine):
    async def fail():
        async with engine.transaction():
            async with engine.transaction():
                await Office.objects().create(name="never")
            raise RuntimeError("oh")

    with pytest.raises(RuntimeError, match="oh"):
        await fail()
    assert await Office.count() == 0


async def test_more_writers_than_connections_take_turns(engine):
    async def write(number):
        async with engine.transaction():
            await Office.objects().create(name=str(number))

    await asyncio.gather(*(write(number) for number in range(30)))
    assert await Office.count() == 30


async def test_a_cancelled_transaction_loses_neither_its_connection_nor_its_promise(empty_url):
    """Cancelled at every possible await, begin, insert, commit and rollback among them: all of it or nothing."""

    async def write(engine, number):
        async with engine.transaction():
            await Office.objects().create(name=f"{number} a")
            await Office.objects().create(name=f"{number} b")
            if number % 2:
                raise RuntimeError

    async with databases.migrated(empty_url, pool_size=2, wait_s=5) as engine:
        for number in range(80):
            task = asyncio.create_task(write(engine, number))
            for _ in range(number % 8):  # the awaits of the beginning, one by one
                await asyncio.sleep(0)
            await asyncio.sleep(number // 8 * 0.0005)  # and those further on, by time
            task.cancel()
            await asyncio.wait({task})
        names = {row["name"] for row in await Office.select(Office.name)}
        assert all(f"{name[:-1]}{other}" in names for name in names for other in "ab")
        assert not any(int(name.split()[0]) % 2 for name in names)
        async with asyncio.timeout(5), engine.transaction():  # one connection here, the other there
            await asyncio.create_task(_count(), context=contextvars.Context())


_ENDLESS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n",
    "postgres": "SELECT pg_sleep(60)",
}


async def test_cancelled_reads_give_their_connections_back(empty_url):
    async with databases.migrated(empty_url, pool_size=2) as engine:
        readers = [asyncio.create_task(fetch(_ENDLESS[engine.engine_type])) for _ in range(4)]
        await asyncio.sleep(0.05)
        for reader in readers:
            reader.cancel()
        await asyncio.wait(readers)
        async with asyncio.timeout(5):
            counts = await asyncio.gather(*(Office.count() for _ in range(4)))
        assert counts == [0, 0, 0, 0]


async def test_a_statement_that_takes_too_long_ends_as_unavailable(empty_url):
    async with databases.migrated(empty_url, pool_size=1) as engine:
        engine.wait_s = 0.1
        with pytest.raises(DatabaseUnavailable):
            await fetch(_ENDLESS[engine.engine_type])
        engine.wait_s = 5
        assert await Office.count() == 0


async def test_waiting_for_a_connection_has_an_end(empty_url):
    async with databases.migrated(empty_url, pool_size=1) as engine:
        engine.wait_s = 0.05
        async with engine.transaction():
            with pytest.raises(DatabaseUnavailable):
                await asyncio.create_task(fetch("SELECT 1 AS one"), context=contextvars.Context())
        assert await fetch("SELECT 1 AS one") == [{"one": 1}]


async def test_a_server_that_is_not_there_is_unavailable(tmp_path):
    engine = engines.open_engine(DatabaseSettings(f"postgres://nobody@/none?host={tmp_path}"))
    with pytest.raises(DatabaseUnavailable):
        await engines.start_pool(engine)
    (tmp_path / "file").touch()
    engine = engines.open_engine(DatabaseSettings(f"sqlite:///{tmp_path}/file/db.sqlite"))
    with pytest.raises(DatabaseUnavailable):
        await engines.start_pool(engine)


async def test_sqlite_lets_readers_read_while_one_writes(tmp_path):
    async with databases.migrated(f"sqlite:///{tmp_path}/db.sqlite", wait_s=1) as engine:
        assert isinstance(engine, PooledSQLiteEngine)
        async with engine.transaction():
            await Office.objects().create(name="unseen")
            assert await asyncio.create_task(_count(), context=contextvars.Context()) == 0
        assert await Office.count() == 1


async def test_without_a_pool_statements_still_run(empty_url):
    """As Piccolo's command line does."""
    engines.use(engines.open_engine(DatabaseSettings(empty_url)))
    assert await fetch("SELECT 1 AS one") == [{"one": 1}]
    assert await migrate(engines.current())


async def test_exclusively_keeps_a_second_one_out(engine):
    events = []

    async def work(name):
        async with exclusively(engine):
            events.append(name)
            await asyncio.sleep(0.01)
            events.append(name)

    await asyncio.gather(*(work(name) for name in "abc"))
    assert events[::2] == events[1::2]


# --- counting --------------------------------------------------------------------------------------------------------


async def test_statements_are_counted_where_somebody_listens(engine):
    await Office.count()
    with counting() as outer:
        await Office.count()
        with counting() as inner:
            await asyncio.gather(fetch("SELECT 1 AS one"), fetch("SELECT 2 AS two"))
    assert sorted(inner) == ["SELECT 1 AS one", "SELECT 2 AS two"]
    assert len(outer) == 1


@pytest.mark.parametrize(
    ("sql", "writes"),
    [
        ("SELECT 1", False),
        ("\n  with a as (select 1) select * from a", False),
        ("WITH gone AS (DELETE FROM office RETURNING id) SELECT * FROM gone", True),
        ("UPDATE property SET price = 1", True),
        ("insert into office values (1)", True),
        ("TRUNCATE office", True),
        ("SELECT updated_at FROM property", False),
    ],
)
def test_statements_that_may_write_are_known(sql, writes):
    assert may_write(sql) == writes


async def _count():
    return await Office.count()
