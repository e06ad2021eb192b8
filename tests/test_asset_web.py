"""Asset data beside an original: found by its public id, part of what identifies an answer, and never handed out."""

import json
from pathlib import Path

import pytest
import pytest_asyncio

from imgproxy.assembly import build
from imgproxy.grammar import parse
from imgproxy.negotiation import Variant
from imgproxy.request import build as requested
from imgproxy.settings import ImageSettings
from imgproxy.values import Source
from tests.goldens import plain
from tests.test_web import BASE, ask

STORED = {"custom": [10, 20, 30, 40], "tags": ["sale"], "context": {"side": "25"}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "photos"
    (place / "houses").mkdir(parents=True)
    for name in ("villa.png", "houses/barn.png"):
        plain(120, 80, 90, 90, 90).pngsave(str(place / name))
    return place


@pytest_asyncio.fixture(loop_scope="session")
async def app(folder: Path, tmp_path: Path):
    settings = ImageSettings(data=str(tmp_path / "data"), originals=str(folder))
    images = build(settings, renderers=1)
    await images.delivery.start()
    yield images
    await images.delivery.close()


def store(folder: Path, public_id: str, data: object) -> None:
    text = data if isinstance(data, str) else json.dumps(data)
    (folder / f"{public_id}.asset.json").write_text(text)


async def size(app, text: str, name: str = "villa.png") -> tuple[int, int]:
    reply = await ask(app, f"{BASE}/{text}/fl_getinfo/{name}")
    assert reply.status == 200, reply.headers["x-cld-error"]
    output = json.loads(reply.body)["output"]
    return output["width"], output["height"]


async def test_data_beside_the_original_decides(app, folder):
    store(folder, "villa", STORED)
    store(folder, "houses/barn", {"custom": [0, 0, 5, 6]})
    assert await size(app, "c_crop,g_custom") == (30, 40)
    assert await size(app, "c_crop,g_custom", "villa.webp") == (30, 40)
    assert await size(app, "c_crop,g_custom", "houses/barn.png") == (5, 6)
    assert await size(app, "if_!sale!_in_tags/c_scale,h_9,w_9/if_end") == (9, 9)
    assert await size(app, "$s_ctx:!side!_to_i/c_scale,h_$s,w_$s") == (25, 25)


async def test_without_data_there_is_none(app):
    assert await size(app, "c_crop,g_custom") == (120, 80)
    assert await size(app, "if_!sale!_in_tags/c_scale,h_9,w_9/if_end") == (120, 80)


async def test_data_that_comes_changes_or_goes_counts_at_once(app, folder):
    for custom in (None, [0, 0, 7, 8], [0, 0, 70, 8], None):
        if custom:
            store(folder, "villa", {"custom": custom})
        else:
            (folder / "villa.asset.json").unlink(missing_ok=True)
        assert await size(app, "c_crop,g_custom") == (tuple(custom[2:]) if custom else (120, 80))


async def test_a_layer_is_fetched_beside_it(app, folder):
    store(folder, "villa", STORED)
    text = "l_houses:barn,w_20/fl_layer_apply,g_custom/c_crop,g_custom"
    assert await size(app, text) == (30, 40)


@pytest.mark.parametrize("broken", ["", "{", '{"tags": 3}', '{"nonsense": 1}', "[" * 70_000])
async def test_broken_data_is_told_and_harms_nobody_else(app, folder, broken):
    store(folder, "villa", broken)
    reply = await ask(app, f"{BASE}/c_crop,g_custom/villa.png")
    assert reply.status == 502
    assert "its .asset.json " in reply.headers["x-cld-error"]
    assert str(folder) not in reply.headers["x-cld-error"]
    assert (await ask(app, f"{BASE}/c_crop,w_20/villa.png")).status == 200


@pytest.mark.parametrize(
    "path",
    [
        "villa.asset.json",
        "villa.ASSET.json",
        "fl_original/villa.asset.json",
        "v1/villa.asset.json",
        "villa.asset.json.jpg",
        "villa.asset%2Ejson",
        "l_villa.asset.json/fl_layer_apply/villa.png",
        "d_villa.asset.json/nothing.png",
    ],
)
async def test_data_is_never_handed_out(app, folder, path):
    store(folder, "villa", STORED)
    assert (await ask(app, f"{BASE}/{path}")).status == 404


async def test_a_picture_with_such_a_name_is_no_data(app, folder):
    plain(9, 9, 1, 2, 3).pngsave(str(folder / "villa.asset.json.png"))
    assert await size(app, "c_crop,g_custom") == (120, 80)


@pytest.mark.parametrize(
    ("text", "needs"),
    [("c_fill,w_9", ()), ("c_crop,g_custom", (Source("upload", "villa.asset.json"),))],
)
def test_only_those_who_ask_for_it_look_for_it(text, needs):
    assert requested(Source("upload", "villa", "jpg"), parse(text), Variant()).needs == needs
