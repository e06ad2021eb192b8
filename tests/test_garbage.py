"""Answers and refusals leave no circles of objects: reference counts free everything, and the collector has nothing to stop for.

A circle closes where a frame holds what it raises, or a task whose error leads back to the frame that waits for it.
"""

import asyncio
import gc
from typing import Any

import pytest
import pytest_asyncio

from imgproxy.assembly import build
from imgproxy.errors import Overloaded
from imgproxy.settings import ImageSettings
from imgproxy.web import ImageApp, Message
from tests.test_web import photos  # noqa: F401 - a fixture

TIMES = 10


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def app(tmp_path_factory, photos):
    """With copies of one picture, as many as are asked for."""
    for number in range(TIMES + 1):
        (photos / f"copy-{number}.jpg").write_bytes((photos / "villa.jpg").read_bytes())
    settings = ImageSettings(data=str(tmp_path_factory.mktemp("data")), originals=str(photos))
    images = build(settings, renderers=1)
    await images.delivery.start()
    yield images
    await images.delivery.close()


async def ask(app: ImageApp, path: str, *, leaves: bool) -> int | None:
    """The status; `None` when nothing was sent to one who left."""
    statuses: list[int] = []
    never = asyncio.Event()

    async def receive() -> Message:
        if not leaves:
            await never.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if "status" in message:
            statuses.append(message["status"])

    scope: dict[str, Any] = {"type": "http", "method": "GET", "headers": [], "query_string": b""}
    await app(scope | {"raw_path": path.encode()}, receive, send)
    return statuses[0] if statuses else None


async def garbage(app: ImageApp, path: str, *, leaves: bool = False) -> tuple[set[int | None], int]:
    """What was answered to several who ask at once, and how many objects only the collector found afterwards."""

    async def several(numbers: range) -> set[int | None]:
        asked = (ask(app, path.format(number), leaves=leaves) for number in numbers)
        return set(await asyncio.gather(*asked))

    await several(range(TIMES, TIMES + 1))  # what is built once
    gc.collect()
    gc.disable()
    try:
        statuses = await several(range(TIMES))
        await asyncio.sleep(0.3)  # what goes on after an answer, such as storing it
        return statuses, gc.collect()
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("w_40/copy-{}.jpg", 200),
        ("w_{0}5/villa.jpg", 200),
        ("w_41/none-{}.jpg", 404),
        ("w_x{}/villa.jpg", 400),
        ("c_crop,h_5,w_5,x_900{}/villa.jpg", 400),
        ("w_4{}/text.jpg", 400),
        ("w_42/text.jpg", 400),
    ],
)
async def test_an_answer_leaves_none(app, path, status):
    assert await garbage(app, f"/demo/image/upload/{path}") == ({status}, 0)


@pytest.mark.parametrize("path", ["w_43/copy-{}.jpg", "w_43/villa.jpg"])
async def test_a_refusal_leaves_none(app, monkeypatch, path):
    def refuse(source: str) -> None:
        raise Overloaded(f"no room for {source}")

    monkeypatch.setattr(app.delivery.renderers, "admit", refuse)
    assert await garbage(app, f"/demo/image/upload/{path}") == ({503}, 0)


async def test_who_leaves_leaves_none(app):
    assert await garbage(app, "/demo/image/upload/w_44/copy-{}.jpg", leaves=True) == ({None}, 0)
