"""`image/fetch` from the request to the answer: what may be asked for, how it is written, and how it is refused."""

from base64 import urlsafe_b64encode
from pathlib import Path

import pytest
import pytest_asyncio
import pyvips

from imgproxy.assembly import build, check
from imgproxy.origins.by_kind import ByKind
from imgproxy.origins.http import HttpOrigin
from imgproxy.origins.memory import InMemory
from imgproxy.remote import AllowedHosts
from imgproxy.settings import ImageSettings, SettingsError
from imgproxy.signing import sign
from tests.test_fetch import INSIDE, outside
from tests.test_web import ask
from tests.upstream import Names, Upstream, redirect, reply

ALLOW = "photos.test:*,*.cdn.test:*,inside.test:*"
BASE = "/demo/image/fetch"
THUMB = f"{BASE}/c_fill,h_20,w_30/f_png"


def photo(width: int, height: int, suffix: str = ".png") -> bytes:
    image = (pyvips.Image.xyz(width, height) * [2, 3]).bandjoin(90).cast("uchar")
    return bytes(image.copy(interpretation="srgb").write_to_buffer(suffix))


@pytest.fixture(scope="module")
def names() -> Names:
    return Names(
        {
            "photos.test": [["127.0.0.1"]],
            "a.b.cdn.test": [["127.0.0.1"]],
            "inside.test": [[INSIDE]],
            "evilcdn.test": [["127.0.0.1"]],
        }
    )


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def upstream():
    async with Upstream().running() as server:
        server.answers |= {
            "/villa.png": reply(photo(60, 40), cache_control="max-age=600"),
            "/villa.png?size=large&x=%26": reply(photo(120, 40)),
            "/a%20b/v%C3%A4.jpg": reply(photo(60, 40, ".jpg")),
            "/lies.html": reply(photo(60, 40), content_type="text/html"),
            "/page.png": reply(b"<!doctype html><p>no", content_type="image/png"),
            "/evil.svg": reply(b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>'),
            "/home": redirect("http://127.0.0.1:1/"),
            "/trouble": reply(b"", 500),
            "/huge.png": reply(b"", content_length="60000000"),
        }  # fmt: skip
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def app(upstream, names, tmp_path_factory):
    """As assembled, but for the arguments that let its origin connect to the test's own server."""
    data = tmp_path_factory.mktemp("data")
    fetched = HttpOrigin(
        AllowedHosts.parse(ALLOW), data / "spool", may_connect=outside, resolver=names
    )
    stored = InMemory({"villa.png": photo(100, 100)})
    settings = ImageSettings(data=str(data), fetch_allow=ALLOW)
    images = build(settings, renderers=1, origin=ByKind({"fetch": fetched}, stored))
    await images.delivery.start()
    yield images
    await images.delivery.close()


async def size(app, path: str) -> tuple[int, int]:
    answer = await ask(app, path)
    assert answer.status == 200, answer.headers["x-cld-error"]
    image = pyvips.Image.new_from_buffer(answer.body, "")
    return image.width, image.height


# --- how it is written -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("http://photos.test:{port}/villa.png", (60, 40)),
        ("http:/photos.test:{port}/villa.png", (60, 40)),
        ("http%3A%2F%2Fphotos.test%3A{port}%2Fvilla.png", (60, 40)),
        ("v1/HTTP://Photos.TEST:{port}/villa.png", (60, 40)),
        ("http://photos.test:{port}/villa.png?_a=BAVAZGE0", (60, 40)),
        ("http://photos.test:{port}/villa.png%3Fsize=large&x=%2526", (120, 40)),
        ("http%3A%2F%2Fphotos.test%3A{port}%2Fvilla.png%3Fsize%3Dlarge%26x%3D%2526", (120, 40)),
        ("http://photos.test:{port}/villa.png?size=large&x=%26", (120, 40)),
        ("http://photos.test:{port}/villa.png?size=large&x=%26&_a=BAVAZGE0", (120, 40)),
        ("http://photos.test:{port}/villa.png%3Fsize=large?x=%26", (120, 40)),
        ("http://photos.test:{port}/a%2520b/v%25C3%25A4.jpg", (60, 40)),
        ("http://photos.test:{port}/a b/vä.jpg", (60, 40)),
        ("http://a.b.cdn.test:{port}/villa.png", (60, 40)),
        ("http://photos.test:{port}/lies.html", (60, 40)),
    ],
)
async def test_a_foreign_picture_is_delivered(app, upstream, written, expected):
    assert await size(app, f"{BASE}/f_png/{written.format(port=upstream.port)}") == expected


async def test_it_is_cut_negotiated_and_cached_as_any_other(app, upstream):
    path = f"{BASE}/c_fill,h_20,w_30/f_auto/http://photos.test:{upstream.port}/villa.png"
    first = await ask(app, path, accept="image/webp,*/*")
    asked = len(upstream.asked)
    second = await ask(app, path, accept="image/webp,*/*")
    assert (first.status, first.headers["content-type"]) == (200, "image/webp")
    assert first.body == second.body
    assert second.headers["server-timing"] == "cache;desc=hit"
    assert len(upstream.asked) == asked
    assert (await ask(app, path, if_none_match=second.headers["etag"], accept="image/webp,*/*")).status == 304  # fmt: skip


async def test_a_signature_covers_the_foreign_url_and_its_query(app, upstream):
    remote = f"http://photos.test:{upstream.port}/villa.png"
    signature = sign(f"f_png/{remote}", "demo-secret")
    assert (await ask(app, f"{BASE}/s--{signature}--/f_png/{remote}")).status == 200
    assert (await ask(app, f"{BASE}/s--{signature}--/f_png/{remote}?_a=BAVAZGE0")).status == 200
    assert (await ask(app, f"{BASE}/s--{signature}--/f_png/{remote}?size=large")).status == 401


# --- as a layer ------------------------------------------------------------------------------------------------------


def coded(url: str) -> str:
    return urlsafe_b64encode(url.encode()).decode()


@pytest.mark.parametrize("padding", ["=", "", "%3D", "%253D"])
async def test_a_foreign_picture_may_be_a_layer(app, upstream, padding):
    bare = coded(f"http://photos.test:{upstream.port}/villa.png").rstrip("=")
    code = bare + padding * (-len(bare) % 4)
    assert len(bare) % 4, "a port of this length leaves something to pad"
    plain = await ask(app, "/demo/image/upload/f_png/villa.png")
    layered = await ask(app, f"/demo/image/upload/l_fetch:{code}/fl_layer_apply/f_png/villa.png")
    assert (plain.status, layered.status) == (200, 200)
    assert plain.body != layered.body


@pytest.mark.parametrize(
    ("url", "status", "sentence"),
    [
        ("http://evil.test/x", 401, "DARKROOM_FETCH_ALLOW does not name evil.test:80"),
        ("http://127.0.0.1/x", 401, "does not name 127.0.0.1:80"),
        ("http://inside.test/x", 401, "inside.test has no public address"),
        ("ftp://photos.test/x", 400, "expected an absolute http or https URL"),
        ("http://a:b@photos.test/x", 400, "expected a URL without a user name or password"),
        ("http://photos.test:{port}/absent", 404, "Unknown or invalid referenced image"),
    ],
)
async def test_a_layer_is_judged_as_the_picture_is(app, upstream, url, status, sentence):
    code = coded(url.format(port=upstream.port))
    answer = await ask(app, f"/demo/image/upload/l_fetch:{code}/fl_layer_apply/villa.png")
    assert answer.status == status
    assert sentence in answer.headers["x-cld-error"]


async def test_a_layer_that_is_no_base64_is_refused(app):
    answer = await ask(app, "/demo/image/upload/l_fetch:*/fl_layer_apply/villa.png")
    assert answer.status == 400
    assert "base64" in answer.headers["x-cld-error"]


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("remote", "status", "sentence"),
    [
        ("http://evil.test/x", 401, "DARKROOM_FETCH_ALLOW does not name evil.test:80"),
        ("http://evilcdn.test:{port}/villa.png", 401, "does not name evilcdn.test"),
        ("http://cdn.test:{port}/villa.png", 401, "does not name cdn.test"),
        ("http://photos.test.evil.test/x", 401, "does not name photos.test.evil.test:80"),
        ("http://127.0.0.1:{port}/villa.png", 401, "does not name 127.0.0.1"),
        ("http://①②⑦.0.0.1:{port}/villa.png", 401, "does not name 127.0.0.1"),
        ("http://[::1]:{port}/villa.png", 401, "does not name ::1"),
        ("http://inside.test:{port}/villa.png", 401, "inside.test has no public address"),
        ("http://a:b@photos.test:{port}/villa.png", 400, "without a user name or password"),
        ("http://photos.test:{port}/absent", 404, "the server answered 404"),
        ("http://photos.test:{port}/home", 404, "it redirects to a place that may not be fetched"),
        ("http://photos.test:{port}/trouble", 502, "the server answered 500"),
        ("http://photos.test:{port}/huge.png", 400, "the original in bytes is 60000000"),
        ("http://photos.test:{port}/page.png", 400, "cannot be decoded as an image"),
        ("http://photos.test:{port}/evil.svg", 400, ""),
        ("http://photos.test:1/x", 502, "the server cannot be reached"),
    ],
)
async def test_a_refusal_says_why_and_nothing_about_the_inside(
    app, upstream, remote, status, sentence
):
    async with Upstream().running(INSIDE) as inside:
        answer = await ask(app, f"{THUMB}/{remote.format(port=upstream.port)}")
        assert inside.connections == 0
    assert answer.status == status, answer.headers["x-cld-error"]
    assert sentence in answer.headers["x-cld-error"]
    assert INSIDE not in answer.headers["x-cld-error"]
    assert "root:" not in answer.body.decode()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def in_service(tmp_path_factory):
    """As assembled, with everything allowed: nothing but the judge of addresses stands before this machine."""
    data = tmp_path_factory.mktemp("service")
    images = build(ImageSettings(data=str(data), fetch_allow="*:*"), renderers=1)
    await images.delivery.start()
    yield images
    await images.delivery.close()


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0x7f.1", "127.1", "2130706433", "0", "①②⑦.0.0.1"],
)  # fmt: skip
async def test_in_service_this_machine_cannot_be_fetched_from(in_service, upstream, host):
    before = upstream.connections
    for path in (f"{host}:{upstream.port}/villa.png", f"{host}/villa.png"):
        answer = await ask(in_service, f"{THUMB}/http://{path}")
        assert answer.status in {401, 404, 502}
    code = coded(f"http://{host}:{upstream.port}/villa.png")
    layered = await ask(in_service, f"/demo/image/upload/l_fetch:{code}/fl_layer_apply/x.png")
    assert layered.status in {401, 404}
    assert upstream.connections == before


# --- the setting -----------------------------------------------------------------------------------------------------


def test_a_list_that_means_nothing_stops_the_start(tmp_path: Path):
    settings = ImageSettings(data=str(tmp_path), fetch_allow="example.com,https://x/y")
    for start in (check, lambda settings: build(settings, renderers=1)):
        with pytest.raises(
            SettingsError, match=r"^DARKROOM_FETCH_ALLOW='example\.com,https://x/y'"
        ):
            start(settings)


def test_without_a_list_nothing_is_made_that_could_fetch(tmp_path: Path):
    images = build(ImageSettings(data=str(tmp_path)), renderers=1)
    assert not isinstance(images.delivery.origin, ByKind)
