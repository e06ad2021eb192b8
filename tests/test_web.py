"""HTTP of the image half: headers, conditions, errors, and that nothing outside the folder can be reached."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import pytest_asyncio
import pyvips

from imgproxy.assembly import build
from imgproxy.metrics.families import LOOKUPS, REQUESTS
from imgproxy.settings import ImageSettings
from imgproxy.signing import sign
from imgproxy.web import ImageApp

MODERN = "image/avif,image/webp,image/apng,*/*;q=0.8"


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


async def ask(app: Any, path: str, method: str = "GET", **headers: str) -> Reply:
    """One request as a server would hand it over; path and query go out raw."""
    messages: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        messages.append(message)

    fields = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    raw_path, _, query = path.encode().partition(b"?")
    scope: dict[str, Any] = {"type": "http", "method": method, "headers": fields}
    scope |= {"raw_path": raw_path, "query_string": query}
    await app(scope, receive, send)
    start, *bodies = messages
    decoded = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
    assert len(decoded) == len(start["headers"]), "no header twice"
    return Reply(start["status"], decoded, b"".join(body["body"] for body in bodies))


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    image = (pyvips.Image.xyz(640, 480) * [0.4, 0.5]).bandjoin(90).cast("uchar")
    image = image.copy(interpretation="srgb")
    for name in ("villa.jpg", "a b/ünïcode ☃.jpg", "dots.v2.jpg"):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        image.jpegsave(str(path).replace("[", ""))
    image.bandjoin(128).copy(interpretation="srgb").pngsave(folder / "glass.png")
    (folder / "text.jpg").write_text("no picture")
    (folder.parent / "secret.jpg").write_bytes((folder / "villa.jpg").read_bytes())
    (folder / "out.jpg").symlink_to(folder.parent / "secret.jpg")
    return folder


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def app(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ImageApp]:
    data = tmp_path_factory.mktemp("data")
    settings = ImageSettings(data=str(data), originals=str(photos))
    images = build(settings, renderers=1)
    await images.delivery.start()
    yield images
    await images.delivery.close()


BASE = "/demo/image/upload"
FILL = f"{BASE}/c_fill,w_100,h_75"


@pytest.mark.parametrize(
    ("path", "accept", "media_type", "vary"),
    [
        (f"{FILL}/f_auto/q_auto/villa.jpg", MODERN, "image/avif", "Accept, Save-Data"),
        (f"{FILL}/f_auto/q_auto/villa.jpg", "image/webp,*/*", "image/webp", "Accept, Save-Data"),
        (
            f"{FILL}/f_auto/q_auto/villa.jpg",
            "image/avif;q=0,image/jxl,*/*",
            "image/jxl",
            "Accept, Save-Data",
        ),
        (f"{FILL}/f_auto/q_auto/villa.jpg", "*/*", "image/jpeg", "Accept, Save-Data"),
        (f"{FILL}/f_auto/villa.jpg", "", "image/jpeg", "Accept"),
        (f"{FILL}/f_auto/glass.png", "*/*", "image/png", "Accept"),
        (f"{FILL}/villa.jpg", MODERN, "image/jpeg", None),
        (f"{FILL}/villa.webp", "*/*", "image/webp", None),
        (f"{FILL}/f_png/villa.jpg", MODERN, "image/png", None),
        (f"{FILL}/villa", MODERN, "image/jpeg", None),
        (f"{BASE}/glass", MODERN, "image/png", None),
    ],
)
async def test_the_format_follows_f_then_extension_then_original(
    app, path, accept, media_type, vary
):
    reply = await ask(app, path, accept=accept)
    assert (reply.status, reply.headers["content-type"]) == (200, media_type)
    assert reply.headers.get("vary") == vary
    assert len(reply.body) == int(reply.headers["content-length"])


async def test_head_is_get_without_a_body(app):
    for _ in range(2):
        get = await ask(app, f"{FILL}/villa.jpg")
        head = await ask(app, f"{FILL}/villa.jpg", "HEAD")
        get.headers.pop("server-timing")
        head.headers.pop("server-timing")
        assert head == Reply(get.status, get.headers, b"")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_long_answer_goes_out_in_pieces_that_a_slow_client_can_hold_up(app, photos, method):
    noise = pyvips.Image.gaussnoise(900, 900, sigma=90).cast("uchar")
    noise.pngsave(photos / "noise.png")
    whole, sizes = await ask(app, f"{BASE}/noise.png"), list[int]()

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.body":
            sizes.append(len(message["body"]))
            assert message.get("more_body", False) == (sum(sizes) < expected)

    expected = len(whole.body) if method == "GET" else 0
    path = f"{BASE}/noise.png".encode()
    scope = {"type": "http", "method": method, "headers": [], "raw_path": path}
    await app(scope, asyncio.Event().wait, send)
    assert whole.body == (photos / "noise.png").read_bytes()
    assert sum(sizes) == expected
    assert max(sizes) <= 262_144
    assert len(sizes) == max(1, -(-expected // 262_144))


async def test_server_timing_tells_a_miss_and_its_parts_then_a_hit(app):
    first = await ask(app, f"{BASE}/c_fill,h_77,w_101/villa.jpg")
    second = await ask(app, f"{BASE}/w_101,h_77,c_fill/villa.jpg")
    names = [part.split(";")[0] for part in first.headers["server-timing"].split(", ")]
    assert first.headers["server-timing"].startswith("cache;desc=miss")
    assert names == ["cache", "queue", "fetch", "render", "encode"]
    assert second.headers["server-timing"] == "cache;desc=hit"


async def test_conditions_give_304_with_the_same_validators(app):
    full = await ask(app, f"{FILL}/villa.jpg")
    etag, date = full.headers["etag"], full.headers["last-modified"]
    for headers in (
        {"if_none_match": etag},
        {"if_none_match": f'"other", W/{etag}'},
        {"if_none_match": "*"},
        {"if_modified_since": date},
    ):
        reply = await ask(app, f"{FILL}/villa.jpg", **headers)
        assert (reply.status, reply.body) == (304, b"")
        assert (reply.headers["etag"], reply.headers["cache-control"]) == (
            etag,
            full.headers["cache-control"],
        )
        assert "content-length" not in reply.headers
    for headers in (
        {"if_none_match": '"other"', "if_modified_since": date},
        {"if_modified_since": "Mon, 01 Jan 2001 00:00:00 GMT"},
        {"if_modified_since": "yesterday"},
    ):
        assert (await ask(app, f"{FILL}/villa.jpg", **headers)).status == 200


async def test_a_flag_spares_reloads(app):
    reply = await ask(app, f"{FILL}/fl_immutable_cache/villa.jpg")
    assert reply.headers["cache-control"].endswith(", immutable")
    assert "max-age=31536000" not in reply.headers["cache-control"]


async def test_only_the_true_version_is_immutable(app, photos):
    true = int((photos / "villa.jpg").stat().st_mtime)
    for version, immutable in ((f"v{true}", True), ("v1", False), (f"v{true + 1}", False)):
        reply = await ask(app, f"{FILL}/{version}/villa.jpg")
        assert ("immutable" in reply.headers["cache-control"]) is immutable


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        (f"{FILL}/nix.jpg", 404, "Resource not found - nix"),
        (f"{BASE}/w_abc/villa.jpg", 400, "Invalid w: 'abc', expected whole pixels, or a fraction"),
        (f"{BASE}/c_fil,w_1/villa.jpg", 400, "(did you mean c_fill?)"),
        (f"{BASE}/w_99999,h_99999/villa.jpg", 400, "Too large: the answer in pixels"),
        (f"{FILL}/text.jpg", 400, "cannot be decoded as an image"),
        (f"{BASE}/c_crop,x_9000,w_10,h_10/villa.jpg", 400, "outside the 640×480 picture"),
        ("/other/image/upload/villa.jpg", 404, "cloud other"),
        ("/demo/image/upload/", 400, "Not a delivery path"),
        ("/demo/video/upload/villa.mp4", 404, "only resource type image"),
        ("/demo/image/sprite/villa.jpg", 404, "delivery types are"),
        ("/demo/image/fetch/https://example.com/x.jpg", 400, "image/fetch is off"),
        ("/demo/image/private/villa.jpg", 401, "authenticated pictures need a signed URL"),
        (f"{BASE}/s--AAAAAAAA--/villa.jpg", 401, "does not fit"),
        (f"{BASE}/{'a' * 9000}.jpg", 400, "the URL in bytes"),
        (f"{BASE}/%ff.jpg", 400, "UTF-8"),
    ],
)
async def test_errors_say_what_is_wrong_in_one_sentence(app, path, status, sentence):
    reply = await ask(app, path)
    said = reply.headers["x-cld-error"].encode().decode("unicode_escape")
    assert reply.status == status
    assert sentence in said
    assert sentence in reply.body.decode()
    assert reply.headers["content-type"].startswith("text/plain")
    assert "x-cld-error" in reply.headers["access-control-expose-headers"]
    assert "/tmp" not in said


@pytest.mark.parametrize(
    "public_id",
    [
        "../secret.jpg",
        "..%2Fsecret.jpg",
        "%2e%2e/secret.jpg",
        "a%20b/../../secret.jpg",
        "out.jpg",
        "/etc/passwd",
        "%2Fetc%2Fpasswd",
        "..%5Csecret.jpg",
        "villa.jpg%00.png",
        ".",
        "..",
        "a b",
    ],
)
async def test_nothing_outside_the_folder_can_be_reached(app, public_id):
    for path in (f"{BASE}/{public_id}", f"{FILL}/{public_id}"):
        assert (await ask(app, path)).status in {400, 404}


@pytest.mark.parametrize(
    "public_id",
    [
        "a%20b/%C3%BCn%C3%AFcode%20%E2%98%83.jpg",
        "a b/ünïcode ☃.webp",
        "dots.v2.png",
        "dots.v2",
        "v7/villa.jpg",
    ],
)
async def test_spaces_unicode_dots_and_versions_are_found(app, public_id):
    assert (await ask(app, f"{FILL}/{public_id}")).status == 200


async def test_the_path_without_a_cloud_is_the_same_picture(app):
    shared, private = (
        await ask(app, f"{FILL}/villa.jpg"),
        await ask(app, "/image/upload/c_fill,w_100,h_75/villa.jpg"),
    )
    assert shared.headers["etag"] == private.headers["etag"]


async def test_an_original_asked_for_as_it_is_comes_as_it_is(app, photos):
    for path in (
        f"{BASE}/villa.jpg",
        f"{BASE}/villa",
        f"{BASE}/villa.jpeg",
        f"{BASE}/fl_attachment/villa.jpg",
    ):
        assert (await ask(app, path)).body == (photos / "villa.jpg").read_bytes()


async def test_an_attachment_has_a_name_that_no_text_can_break_out_of(app):
    plain = await ask(app, f"{FILL}/fl_attachment/villa.jpg")
    named = await ask(app, f"{FILL}/fl_attachment:m%C3%BC%22nster,f_png/villa.jpg")
    assert (
        plain.headers["content-disposition"]
        == "attachment; filename=\"villa.jpg\"; filename*=UTF-8''villa.jpg"
    )
    assert named.headers["content-disposition"].startswith('attachment; filename="m?\'nster.png"')


async def test_getinfo_is_json_about_both_sides(app):
    reply = await ask(app, f"{FILL}/fl_getinfo/villa.jpg")
    assert reply.headers["content-type"] == "application/json"
    assert b'"output":{"width":100,"height":75' in reply.body


async def test_a_fitting_signature_is_accepted(app):
    signature = sign("c_fill,w_100,h_75/villa.jpg", "demo-secret")
    assert (await ask(app, f"{BASE}/s--{signature}--/c_fill,w_100,h_75/villa.jpg")).status == 200


async def test_other_methods_are_refused_and_preflight_is_answered(app):
    assert (await ask(app, f"{FILL}/villa.jpg", "POST")).status == 405
    assert (await ask(app, f"{FILL}/villa.jpg", "OPTIONS")).status == 204


async def test_a_file_added_later_is_found_and_a_changed_one_gives_new_pixels(app, photos):
    assert (await ask(app, f"{FILL}/later.jpg")).status == 404
    (photos / "later.jpg").write_bytes((photos / "villa.jpg").read_bytes())
    old = await ask(app, f"{FILL}/later.jpg")
    pyvips.Image.black(64, 48, bands=3).copy(interpretation="srgb").jpegsave(photos / "new.jpg")
    (photos / "new.jpg").replace(photos / "later.jpg")
    new = await ask(app, f"{FILL}/later.jpg")
    assert (old.status, new.status) == (200, 200)
    assert old.headers["etag"] != new.headers["etag"]


async def test_who_waits_together_is_answered_from_one_look(app):
    """And counted one by one."""
    await ask(app, f"{FILL}/villa.jpg")
    looks, hits = LOOKUPS["hits"]["memory"], REQUESTS["hit"]
    cells = app.delivery.metrics.cells
    before = cells[looks], cells[hits]
    replies = await asyncio.gather(*(ask(app, f"{FILL}/villa.jpg") for _ in range(5)))
    assert {reply.headers["server-timing"] for reply in replies} == {"cache;desc=hit"}
    assert (cells[looks] - before[0], cells[hits] - before[1]) == (1, 5)


async def test_who_comes_after_a_look_is_not_answered_from_it(app, photos):
    """The change comes while others wait that came before it; they may see either file, the next one only the new."""
    (photos / "seen.jpg").write_bytes((photos / "villa.jpg").read_bytes())
    await ask(app, f"{FILL}/seen.jpg")
    pyvips.Image.black(64, 48, bands=3).copy(interpretation="srgb").jpegsave(photos / "other.jpg")
    before = [asyncio.create_task(ask(app, f"{FILL}/seen.jpg")) for _ in range(3)]
    await before[0]
    (photos / "other.jpg").replace(photos / "seen.jpg")
    after = await asyncio.create_task(ask(app, f"{FILL}/seen.jpg"))
    assert after.headers["etag"] != (await before[0]).headers["etag"]


async def test_few_long_urls_are_remembered_however_many_come(app):
    """What one of 8 KB means takes 40 kB: thousands of them took hundreds of megabytes."""
    short, long = app.reading._short, app.reading._long
    short.clear()
    for number in range(400):
        word = f"{'W' * 900}{number}"
        await ask(app, f"/demo/image/upload/l_text:Arial_20:{word}/fl_layer_apply/absent.jpg")
        await ask(app, "/demo/image/upload/absent.jpg", accept=f"image/webp,{'x/y,' * 300}{number}")
    assert len(short) == 0
    assert 128 <= len(long) <= 256


async def test_a_hit_passes_all_who_ask_for_something_else(app):
    """Bad URLs are answered where they are read, so that the order tells who was read first."""
    await ask(app, f"{FILL}/villa.jpg")
    order = []

    async def one(path: str) -> None:
        order.append((await ask(app, path)).status)

    others = [one(f"{BASE}/w_x{number}/villa.jpg") for number in range(20)]
    await asyncio.gather(*others, one(f"{FILL}/villa.jpg"))
    assert order.index(200) <= 1
    assert order.count(400) == 20


async def test_a_client_that_leaves_is_not_waited_for(app):
    sent = []

    async def receive() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    path = f"{BASE}/c_scale,w_4000/f_png/villa.jpg".encode()
    await app({"type": "http", "method": "GET", "raw_path": path, "headers": []}, receive, send)
    assert sent == []


@pytest.mark.parametrize("code", [0x01, 0x05, 0x19, 0x1B, 0x7F, 0x85])
async def test_an_error_never_carries_a_control_character(app, code):
    """Servers refuse to send a field with one, which made a 500 of an honest 404."""
    for path in (f"/demo/image/upload/a%{code:02x}b.jpg", f"/demo/im%{code:02x}age/upload/a.jpg"):
        reply = await ask(app, path.replace("%85", "%C2%85"))
        assert reply.status in {400, 404}
        assert reply.headers["x-cld-error"].isprintable()
        assert reply.body.decode().rstrip("\n").isprintable()
