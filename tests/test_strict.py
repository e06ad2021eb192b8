"""DARKROOM_STRICT=1: nobody makes this service draw what its owner has not foreseen."""

from pathlib import Path

import pytest
import pytest_asyncio

from api import playground
from imgproxy.assembly import build
from imgproxy.grammar import parse
from imgproxy.grammar.named import Named, is_by_name
from imgproxy.settings import ImageSettings
from imgproxy.url import read, signed
from tests.goldens import plain
from tests.test_web import BASE, ask

SECRET = ImageSettings().api_secret


@pytest_asyncio.fixture(loop_scope="session")
async def app(tmp_path: Path):
    photos = tmp_path / "photos"
    photos.mkdir()
    for name in ("villa", "barn"):
        plain(60, 40, 200, 90, 30).jpegsave(str(photos / f"{name}.jpg"))
    settings = ImageSettings(data=str(tmp_path / "data"), originals=str(photos), strict=True)
    images = build(settings, renderers=1)
    images.reading.named = Named(
        {"card": "c_fill,h_20,w_30", "both": "t_card/e_sepia", "bw": "e_grayscale"}
    )
    await images.delivery.start()
    yield images
    await images.delivery.close()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("villa.jpg", 200),
        ("v1/villa.jpg", 200),
        ("villa.webp", 200),
        ("t_card/villa.jpg", 200),
        ("t_card.bw/villa.jpg", 200),
        ("t_both/t_bw/villa.jpg", 200),
        ("t_nothing/villa.jpg", 400),
        ("c_fill,h_20,w_30/villa.jpg", 401),
        ("t_card,e_sepia/villa.jpg", 401),
        ("t_card/f_auto/villa.jpg", 401),
        ("$a_3/t_card/villa.jpg", 401),
        ("fl_attachment/villa.jpg", 401),
        ("l_barn/fl_layer_apply/villa.jpg", 401),
        ("w_30/nothing.jpg", 401),
        ("s--ohpJlve1--/w_30/villa.jpg", 401),
        ("e_sepiaa/villa.jpg", 400),
    ],
)
async def test_only_what_was_foreseen_is_given(app, path, status):
    reply = await ask(app, f"{BASE}/{path}")
    assert reply.status == status
    assert status != 401 or "x-cld-error" in reply.headers


@pytest.mark.parametrize("long", [False, True])
@pytest.mark.parametrize(
    "path",
    [
        "w_30/villa.jpg",
        "c_fill,h_20,w_30/f_auto/q_auto/v1/villa.jpg",
        "l_barn/c_scale,w_9/fl_layer_apply,g_south/villa.jpg",
        "l_text:Arial_9:A%252CB/fl_layer_apply/villa.jpg",
    ],
)
async def test_a_signed_url_is_given_whatever_it_asks(app, path, long):
    assert (await ask(app, signed(f"{BASE}/{path}", SECRET, long=long))).status == 200
    assert (await ask(app, signed(f"{BASE}/{path}", "another secret", long=long))).status == 401


@pytest.mark.parametrize(
    ("path", "at"),
    [
        ("/demo/image/upload/w_9/a.jpg", "/demo/image/upload/"),
        ("/demo/image/upload/v1/a/b.jpg", "/demo/image/upload/"),
        ("/image/private/a.jpg", "/image/private/"),
        ("/demo/iu/w_9/a.jpg", "/demo/iu/"),
        ("/demo/images/w_9/a/b.jpg", "/demo/images/"),
        ("/demo/image/fetch/w_9/https://example.com/a.jpg", "/demo/image/fetch/"),
    ],
)
def test_a_signature_stands_behind_the_type_and_changes_nothing_else(path, at):
    path_ = signed(path, SECRET)
    assert path_.startswith(f"{at}s--")
    before, after = read(path), read(path_)
    assert after.signed == before.signed
    assert (after.source, after.transformation) == (before.source, before.transformation)
    assert signed(path_, SECRET) == path_


@pytest.mark.parametrize(
    ("path", "strict", "free"),
    [
        ("w_9/villa.jpg", False, True),
        ("w_9/villa.jpg", True, False),
        ("villa.jpg", True, True),
        ("t_card/villa.jpg", True, True),
        ("s--ohpJlve1--/w_9/villa.jpg", True, False),
    ],
)
def test_the_playground_makes_nothing_that_is_not_given(path, strict, free):
    parts = read(f"{BASE}/{path}")
    meaning = parse(parts.transformation, named=Named({"card": "w_9"}))
    assert playground._is_free(parts, meaning, strict=strict) is free


@pytest.mark.parametrize(
    ("text", "named"),
    [("", True), ("t_a", True), ("t_a.b/t_c", True), ("t_a%2Ct_b", True), ("t_a%2Cw_9", False), ("w_9", False)],
)  # fmt: skip
def test_a_text_by_name_holds_nothing_else(text, named):
    assert is_by_name(text) is named
