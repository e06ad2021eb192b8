"""The workshop itself: pinned requirements, servers that answer, applications that start and stop."""

import re
import tomllib

import pytest

from tests.conftest import ROOT
from tests.services import client_of, running

REQUIREMENTS = ("run.txt", "test.txt")


def pins(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / name).read_text()
    return dict(re.findall(r"^([a-z0-9-]+)(?:\[[^]]*])?==(\S+)", text, re.MULTILINE))


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_requirements_are_hashed_and_name_no_index(name):
    text = (ROOT / "requirements" / name).read_text()
    assert "://" not in text
    assert not re.search(r"^\s*-", text.replace("    --hash=", ""), re.MULTILINE)
    blocks = re.split(r"\n(?=[a-z0-9])", text.strip())
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_test_requirements_contain_the_running_ones_with_the_same_pins():
    assert pins("run.txt").items() <= pins("test.txt").items()


def test_every_dependency_of_the_project_is_pinned():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    for file, wanted in (("run.txt", project["dependencies"]), ("test.txt", extras)):
        names = {re.split(r"[\[<>=;! ]", line)[0] for line in wanted}
        assert names <= pins(file).keys()


async def test_postgresql_gives_each_test_an_empty_database(new_postgres_url):
    import asyncpg

    connection = await asyncpg.connect(new_postgres_url, timeout=10)
    try:
        tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        assert await connection.fetchval(tables) == 0
    finally:
        await connection.close(timeout=10)


async def test_redis_answers(redis_url):
    from redis.asyncio import Redis

    async with Redis.from_url(redis_url) as redis:
        assert await redis.ping()


async def test_the_s3_store_keeps_an_object(s3_endpoint):
    from aiobotocore.session import get_session

    async with get_session().create_client("s3", endpoint_url=s3_endpoint) as s3:
        await s3.create_bucket(Bucket="workshop")
        await s3.put_object(Bucket="workshop", Key="a", Body=b"1")
        answer = await s3.get_object(Bucket="workshop", Key="a")
        async with answer["Body"] as body:
            assert await body.read() == b"1"


class Recorder:
    """An ASGI application that writes down its life."""

    def __init__(self, trouble: str | None = None) -> None:
        self.trouble = trouble
        self.events: list[str] = []

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http":
            body = scope["state"]["word"].encode()
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": body})
            return
        for name in ("startup", "shutdown"):
            message = await receive()
            self.events.append(message["type"])
            if self.trouble == name:
                await send({"type": f"lifespan.{name}.failed", "message": "no such database"})
                return
            scope["state"]["word"] = "started"
            await send({"type": f"lifespan.{name}.complete"})


async def test_an_application_is_started_before_requests_and_stopped_after_them():
    app = Recorder()
    async with client_of(app) as client:
        assert (await client.get("/")).text == "started"
        assert app.events == ["lifespan.startup"]
    assert app.events == ["lifespan.startup", "lifespan.shutdown"]


@pytest.mark.parametrize("name", ["startup", "shutdown"])
async def test_trouble_in_a_lifespan_reaches_the_test(name):
    with pytest.raises(RuntimeError, match="no such database"):
        async with running(Recorder(trouble=name)):
            pass


async def test_an_application_without_an_answer_to_startup_is_found_out():
    async def mute(scope, receive, send):
        await receive()

    with pytest.raises(RuntimeError, match="without an answer"):
        async with running(mute):
            pass
