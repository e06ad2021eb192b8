"""Originals from foreign servers: what they promise as an origin, and that nothing inside can be reached by them.

The servers are real and on loopback; only an argument of the origin, which no setting reaches, lets it connect there.
"""

import asyncio
import gzip
import socket
import ssl
import time
import zlib
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from imgproxy.errors import (
    AccessDenied,
    ImageError,
    LimitExceeded,
    NotFetched,
    NotFound,
    OriginFailed,
    OriginTimedOut,
)
from imgproxy.negatives import NEGATIVE_S
from imgproxy.origins import STALE_S
from imgproxy.origins.copies import Copies
from imgproxy.origins.guarded import CHUNK_BYTES, GuardedClient, _inflated, within
from imgproxy.origins.http import HttpOrigin
from imgproxy.origins.spool import Spool
from imgproxy.remote import AllowedHosts
from imgproxy.values import Source
from tests.test_origins import Clock, contents
from tests.upstream import Names, Upstream, redirect, reply

MAX_BYTES = 100_000
LAST_MODIFIED = "Sun, 09 Sep 2001 01:46:39 GMT"
INSIDE = "127.0.0.99"
"""Stands for an address inside: loopback too, so that a connection would work, but not the one that is let through."""


def outside(address: str) -> bool:
    return address == "127.0.0.1"


def fetch(url: str) -> Source:
    return Source("fetch", url)


@pytest.fixture
async def upstream():
    async with Upstream().running() as server:
        server.answers["/a.png"] = reply(b"picture", etag='"1"', last_modified=LAST_MODIFIED)
        yield server


@asynccontextmanager
async def origin_of(folder: Path, allow: str = "*:*", **options):
    options = {"max_bytes": MAX_BYTES, "may_connect": outside, "resolver": Names({}), **options}
    origin = HttpOrigin(AllowedHosts.parse(allow), folder / "spool", **options)
    await origin.start()
    try:
        yield origin
    finally:
        await origin.close()
        left = [path.name for path in (folder / "spool").iterdir()]
        assert left == []


@pytest_asyncio.fixture
async def origin(tmp_path, upstream):
    async with origin_of(tmp_path) as made:
        yield made


async def settled(origin: HttpOrigin) -> None:
    """Until nothing goes on in the background."""
    while tasks := list(origin._fetches.values()):
        await asyncio.wait(tasks, timeout=10)


# --- what every origin promises --------------------------------------------------------------------------------------


async def test_an_original_is_found_and_its_bytes_are_a_file(origin, upstream):
    source = fetch(f"http://127.0.0.1:{upstream.port}/a.png")
    assert origin.peek(source) is None
    located = await origin.locate(source)
    assert located.source == source
    assert (located.size_bytes, located.modified_s, located.fresh) == (7, 999999999.0, True)
    assert await contents(origin, located) == b"picture"


async def test_it_knows_the_same_without_waiting_once_it_has_looked(origin, upstream):
    located = await origin.locate(fetch(f"http://127.0.0.1:{upstream.port}/a.png"))
    assert origin.peek(located.source) == located


async def test_many_forms_of_one_picture_cost_one_request(origin, upstream):
    source = fetch(f"http://127.0.0.1:{upstream.port}/a.png")
    for located in await asyncio.gather(*(origin.locate(source) for _ in range(20))):
        assert await contents(origin, located) == b"picture"
    assert len(upstream.asked) == 1


async def test_two_blocks_at_once_do_not_disturb_each_other(origin, upstream):
    located = await origin.locate(fetch(f"http://127.0.0.1:{upstream.port}/a.png"))
    async with origin.open(located) as first:
        assert await contents(origin, located) == b"picture"
        assert Path(first.path).read_bytes() == b"picture"


async def test_what_is_asked_is_plain(origin, upstream):
    await origin.locate(fetch(f"http://127.0.0.1:{upstream.port}/a.png"))
    asked = upstream.asked[0]
    assert (asked.method, asked.target) == ("GET", "/a.png")
    assert asked.fields["accept-encoding"] == "identity"
    assert asked.fields["host"] == f"127.0.0.1:{upstream.port}"
    assert not asked.fields.keys() & {"cookie", "authorization", "referer", "if-none-match"}


@pytest.mark.parametrize("target", ["/a%20b?x=%41&y=%2f", "/%c3%bc;p=1/..//a", "/?a", "/100%"])
async def test_path_and_query_go_out_as_they_came(origin, upstream, target):
    upstream.answers[target] = reply(b"1")
    await origin.locate(fetch(f"http://127.0.0.1:{upstream.port}{target}"))
    assert upstream.asked[0].target == target


async def test_cookies_are_not_kept(origin, upstream):
    upstream.answers["/c"] = reply(b"1", set_cookie="a=b; Path=/")
    for path in ("/c", "/a.png"):
        await origin.locate(fetch(f"http://127.0.0.1:{upstream.port}{path}"))
    assert "cookie" not in upstream.asked[1].fields


async def test_the_proxy_of_the_environment_is_not_used(tmp_path, upstream, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    async with origin_of(tmp_path) as origin:
        await origin.locate(fetch(f"http://127.0.0.1:{upstream.port}/a.png"))


# --- what is answered ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((status, NotFetched) for status in (400, 401, 403, 404, 410, 418, 451)),
        *((status, OriginFailed) for status in (204, 206, 304, 408, 425, 429, 500, 502, 503)),
    ],
)
async def test_a_status_means(origin, upstream, status, kind):
    upstream.answers["/x"] = reply(b"", status)
    url = f"http://127.0.0.1:{upstream.port}/x"
    with pytest.raises(kind) as error:
        await origin.locate(fetch(url))
    assert f"answered {status}" in str(error.value)
    if kind is NotFetched:
        assert str(error.value).startswith(f"Error in loading - {url}: ")
        assert error.value.status == 404


async def answer_slowly(asked, writer):
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def answer_nothing(asked, writer):
    await asyncio.sleep(60)


async def answer_without_end(asked, writer):
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"4000\r\n" + bytes(0x4000) + b"\r\n")
        await writer.drain()


async def head_without_end(asked, writer):
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"x-more: " + b"x" * 4000 + b"\r\n")
        await writer.drain()


async def break_off(asked, writer):
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc")


async def break_off_in_the_middle_of_gzip(asked, writer):
    writer.write(reply(gzip.compress(b"x" * 10_000)[:-10], content_encoding="gzip"))


async def speak_something_else(asked, writer):
    writer.write(b"220 mail.example ESMTP\r\n\r\n")


async def hang_up(asked, writer):
    writer.close()


TROUBLE = [
    (answer_slowly, OriginTimedOut),
    (answer_nothing, OriginTimedOut),
    (answer_without_end, LimitExceeded),
    (head_without_end, OriginFailed),
    (break_off, OriginFailed),
    (break_off_in_the_middle_of_gzip, OriginFailed),
    (speak_something_else, OriginFailed),
    (hang_up, OriginFailed),
    (reply(b"x" * (MAX_BYTES + 1)), LimitExceeded),
    (reply(gzip.compress(bytes(MAX_BYTES + 1)), content_encoding="gzip"), LimitExceeded),
    (reply(gzip.compress(bytes(50_000_000)), content_encoding="gzip"), LimitExceeded),
    (reply(b"no gzip", content_encoding="gzip"), OriginFailed),
    (reply(b"x", content_encoding="br"), OriginFailed),
    (reply(b"x", content_encoding="gzip, gzip"), OriginFailed),
    (reply(b"x", content_length="-1"), OriginFailed),
    (reply(b"x", content_length="2, 1"), OriginFailed),
]


@pytest.mark.parametrize(("answer", "kind"), TROUBLE)
async def test_trouble_ends_within_the_deadline_and_names_no_address(
    tmp_path, upstream, answer, kind
):
    upstream.answers["/x"] = answer
    names = Names({"photos.test": [["127.0.0.1"]]})
    async with origin_of(tmp_path, timeout_s=0.4, resolver=names) as origin:
        with pytest.raises(kind) as error:
            await origin.locate(fetch(f"http://photos.test:{upstream.port}/x"))
        assert "127.0.0.1" not in str(error.value)


@pytest.mark.parametrize("packed", [gzip.compress(b"picture"), zlib.compress(b"picture")])
async def test_a_coding_that_was_not_asked_for_is_undone(origin, upstream, packed):
    coding = "gzip" if packed[0] == 0x1F else "deflate"
    upstream.answers["/x"] = reply(packed, content_encoding=coding)
    located = await origin.locate(fetch(f"http://127.0.0.1:{upstream.port}/x"))
    assert located.size_bytes == 7
    assert await contents(origin, located) == b"picture"


async def test_nobody_who_answers_a_connection_is_left_before_the_deadline(monkeypatch):
    async def connect(_loop, _sock, _address):
        await asyncio.sleep(60)

    monkeypatch.setattr(type(asyncio.get_running_loop()), "sock_connect", connect)
    names = Names({"photos.test": [["127.0.0.1"]]})
    client = GuardedClient(AllowedHosts.parse("*"), 0.1, outside, names)
    await client.start()
    with pytest.raises(OriginTimedOut, match=r"within 0\.1 s"):
        async with within(10), client.get("http://photos.test/", {}, ""):
            pass
    await client.close()


async def test_a_bomb_is_opened_in_small_pieces():
    async def chunks():
        yield gzip.compress(bytes(5_000_000))

    sizes = [len(piece) async for piece in _inflated(chunks())]
    assert sum(sizes) == 5_000_000
    assert max(sizes) <= CHUNK_BYTES


async def test_nobody_at_the_port_is_trouble_of_the_origin(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://photos.test:{probe.getsockname()[1]}/x"
        async with origin_of(tmp_path, resolver=Names({"photos.test": [["127.0.0.1"]]})) as origin:
            with pytest.raises(OriginFailed) as error:
                await origin.locate(fetch(url))
    assert "127.0.0.1" not in str(error.value)


# --- redirects -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("to", ["/a.png", "a.png", "//127.0.0.1:{port}/a.png", "?/../a.png#x"])
async def test_redirects_are_followed(origin, upstream, status, to):
    upstream.answers["/x"] = redirect(to.format(port=upstream.port), status)
    upstream.answers["/x?/../a.png"] = upstream.answers["/a.png"]
    located = await origin.locate(fetch(f"http://127.0.0.1:{upstream.port}/x"))
    assert await contents(origin, located) == b"picture"


@pytest.mark.parametrize("hops", [5, 6])
async def test_but_only_five(origin, upstream, hops):
    for number in range(hops):
        upstream.answers[f"/{number}"] = redirect(f"/{number + 1}" if number + 1 < hops else "/a.png")  # fmt: skip
    source = fetch(f"http://127.0.0.1:{upstream.port}/0")
    if hops == 5:
        assert (await origin.locate(source)).size_bytes == 7
    else:
        with pytest.raises(NotFetched, match="more than 5 times"):
            await origin.locate(source)


@pytest.mark.parametrize(
    "to",
    [
        "http://127.0.0.2:{port}/a.png",
        "http://[::1]:{port}/a.png",
        "http://[::ffff:127.0.0.2]:{port}/a.png",
        "http://169.254.169.254/latest/meta-data/",
        "http://inside.test:{port}/a.png",
        "http://other.example:{port}/a.png",
        "http://user:secret@127.0.0.1:{port}/a.png",
        "//inside.test:{port}/a.png",
        "file:///etc/passwd",
        "ftp://127.0.0.1/a.png",
        "javascript:1",
        "http://[::1",
        "http://\xff\xfe/",
    ],
)
async def test_every_hop_is_judged_and_its_place_is_not_told(tmp_path, upstream, to):
    """`inside.test` is allowed by name and leads inside; `other.example` leads outside and is not allowed."""
    names = Names({"inside.test": [[INSIDE]], "other.example": [["127.0.0.1"]]})
    upstream.answers["/x"] = redirect(to.format(port=upstream.port))
    async with (
        Upstream().running(INSIDE) as inside,
        origin_of(tmp_path, "127.0.0.1:*,*.test:*", resolver=names) as origin,
    ):
        with pytest.raises(NotFetched) as error:
            await origin.locate(fetch(f"http://127.0.0.1:{upstream.port}/x"))
        assert inside.connections == 0
    assert len(upstream.asked) == 1
    for hidden in ("169.254", "inside", "other", "secret", INSIDE, "::1", "127.0.0.2"):
        assert hidden not in str(error.value)


# --- addresses -------------------------------------------------------------------------------------------------------

HOSTILE = """
127.0.0.1 127.0.0.1. 127.1 127.0.1 127.000.000.001 2130706433 0x7f000001 0x7f.0.0.1 0X7F.1 017700000001 0177.0.0.1
0 0.0.0.0 localhost LOCALHOST localhost.
①②⑦.⓪.⓪.① 127。0。0。1 １２７.０.０.１ ⓛⓞⓒⓐⓛⓗⓞⓢⓣ ₁₂₇.0.0.1
[::1] [::] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1] [64:ff9b::127.0.0.1] [64:ff9b::7f00:1]
[2002:7f00:1::] [2001:0:7f00:1::] [fe80::1] [fd00:ec2::254] [ff02::1]
10.0.0.1 100.64.0.1 100.100.100.200 169.254.169.254 0xa9fea9fe 2852039166 0251.0376.0251.0376 172.16.0.1 192.168.0.1
192.0.0.192 198.18.0.1 224.0.0.1 255.255.255.255 168.63.129.16
user@127.0.0.1 example.com@127.0.0.1 example.com:80@127.0.0.1 example.com\\@127.0.0.1 127.0.0.1\\@example.com
127.0.0.1%2f.example.com %6c%6f%63%61%6c%68%6f%73%74 example.com#@127.0.0.1:80 127.0.0.1:80:80 [::1%25lo]
""".split()


@pytest_asyncio.fixture
async def connections(monkeypatch):
    """Addresses that anybody tries to connect to; nobody gets there."""
    tried = []

    async def connect(_loop, _sock, address):
        tried.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(type(asyncio.get_running_loop()), "sock_connect", connect)
    return tried


@pytest_asyncio.fixture
async def real(tmp_path):
    """As in service: the real judge and the system's own look-ups, every host allowed at every port."""
    made = HttpOrigin(AllowedHosts.parse("*:*"), tmp_path / "spool", timeout_s=5.0)
    await made.start()
    yield made
    await made.close()


@pytest.mark.parametrize("host", HOSTILE)
async def test_no_spelling_of_an_inner_address_is_connected_to(real, connections, host):
    with pytest.raises(ImageError) as error:
        await real.locate(fetch(f"http://{host}/latest"))
    assert connections == []
    assert isinstance(error.value, AccessDenied | NotFetched | OriginFailed)


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.1", "[::1]", "[64:ff9b::7f00:1]"])
async def test_an_inner_address_that_is_written_out_is_told_as_one(real, host):
    with pytest.raises(AccessDenied, match="has no public address"):
        await real.locate(fetch(f"http://{host}/latest"))


@pytest.mark.parametrize("host", ["1.1.1.1", "[2606:4700::1111]", "[64:ff9b::101:101]"])
async def test_a_public_address_is_connected_to(real, connections, host):
    with pytest.raises(OriginFailed, match="cannot be reached"):
        await real.locate(fetch(f"http://{host}/latest"))
    assert connections == [host.strip("[]")]


async def test_a_name_is_looked_up_once_and_its_address_pinned(tmp_path, upstream):
    """A name that leads outside for the look-up and inside ever after is asked for no second time."""
    names = Names({"rebind.test": [["127.0.0.1"], [INSIDE]]})
    async with (
        Upstream().running(INSIDE) as inside,
        origin_of(tmp_path, resolver=names, clock=(clock := Clock())) as origin,
    ):
        source = fetch(f"http://rebind.test:{upstream.port}/a.png")
        await origin.locate(source)
        assert names.asked == ["rebind.test"]
        assert upstream.asked[0].fields["host"] == f"rebind.test:{upstream.port}"
        clock.now_s = STALE_S * 2
        with pytest.raises(AccessDenied, match=r"rebind\.test has no public address"):
            await origin.locate(source)
        assert inside.connections == 0


@pytest.mark.parametrize("addresses", [[INSIDE], ["127.0.0.1", INSIDE], [INSIDE, "127.0.0.1"], ["::1", "127.0.0.1"]])  # fmt: skip
async def test_one_inner_address_makes_a_name_void(tmp_path, upstream, addresses):
    async with origin_of(tmp_path, resolver=Names({"mixed.test": [addresses]})) as origin:
        with pytest.raises(AccessDenied) as error:
            await origin.locate(fetch(f"http://mixed.test:{upstream.port}/a.png"))
        assert str(error.value) == "Access denied: mixed.test has no public address"
    assert upstream.connections == 0


async def test_a_name_that_does_not_exist_is_told_in_the_same_words(tmp_path):
    async with origin_of(tmp_path) as origin:
        with pytest.raises(AccessDenied, match=r"nowhere\.test has no public address"):
            await origin.locate(fetch("http://nowhere.test/a.png"))


async def test_the_address_is_judged_again_in_the_moment_of_connecting(tmp_path, upstream):
    """Should anything ever lead past the look-up, the socket for that address is not made."""
    judged = []

    def only_once(address: str) -> bool:
        judged.append(address)
        return len(judged) == 1

    names = Names({"photos.test": [["127.0.0.1"]]})
    async with origin_of(tmp_path, resolver=names, may_connect=only_once) as origin:
        with pytest.raises(OriginFailed):
            await origin.locate(fetch(f"http://photos.test:{upstream.port}/a.png"))
    assert judged == ["127.0.0.1", "127.0.0.1"]
    assert upstream.connections == 0


@pytest.mark.parametrize("host", ["notexample.com", "example.com.evil.test", "evil.test", "127.0.0.1"])  # fmt: skip
async def test_a_host_that_is_not_allowed_is_not_even_looked_up(tmp_path, upstream, host):
    names = Names({host: [["127.0.0.1"]]})
    async with origin_of(tmp_path, "example.com:*,*.example.com:*", resolver=names) as origin:
        with pytest.raises(AccessDenied, match="not among the hosts"):
            await origin.locate(fetch(f"http://{host}:{upstream.port}/a.png"))
    assert names.asked == []
    assert upstream.connections == 0


# --- certificates ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certified(tmp_path_factory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context with a certificate for `photos.test`, and a client's that trusts it alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "photos.test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("photos.test")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    return server, ssl.create_default_context(cafile=str(path))


async def test_a_pinned_address_is_asked_by_its_name_and_has_to_prove_it(tmp_path, certified):
    server_context, client_context = certified
    names = Names({"photos.test": [["127.0.0.1"]], "other.test": [["127.0.0.1"]]})
    asked_names = []
    server_context.sni_callback = lambda sock, name, context: asked_names.append(name)
    async with (
        Upstream().running(context=server_context) as upstream,
        origin_of(tmp_path, resolver=names, ssl_context=client_context) as origin,
    ):
        upstream.answers["/a.png"] = reply(b"picture")
        located = await origin.locate(fetch(f"https://photos.test:{upstream.port}/a.png"))
        assert await contents(origin, located) == b"picture"
        assert upstream.asked[0].fields["host"] == f"photos.test:{upstream.port}"
        with pytest.raises(OriginFailed, match="certificate"):
            await origin.locate(fetch(f"https://other.test:{upstream.port}/a.png"))
        with pytest.raises(OriginFailed, match="certificate"):
            await origin.locate(fetch(f"https://127.0.0.1:{upstream.port}/a.png"))
    assert asked_names == ["photos.test", "other.test", None]
    assert len(upstream.asked) == 1


async def test_without_that_trust_the_certificate_is_refused(tmp_path, certified):
    names = Names({"photos.test": [["127.0.0.1"]]})
    async with (
        Upstream().running(context=certified[0]) as upstream,
        origin_of(tmp_path, resolver=names) as origin,
    ):
        with pytest.raises(OriginFailed, match="certificate"):
            await origin.locate(fetch(f"https://photos.test:{upstream.port}/a.png"))


# --- time ------------------------------------------------------------------------------------------------------------


@pytest_asyncio.fixture
async def timed(tmp_path, upstream):
    """An origin with a clock of its own, and the source of `/a.png`."""
    clock = Clock()
    async with origin_of(tmp_path, clock=clock, chance=lambda: 0.0) as origin:
        yield origin, clock, fetch(f"http://127.0.0.1:{upstream.port}/a.png")


async def unchanged(asked, writer):
    fits = (asked.fields.get("if-none-match"), asked.fields.get("if-modified-since")) == (
        '"1"',
        LAST_MODIFIED,
    )
    writer.write(reply(b"", 304, cache_control="max-age=600") if fits else reply(b"other"))


async def test_past_its_time_it_is_given_still_and_looked_at_in_the_background(timed, upstream):
    origin, clock, source = timed
    first = await origin.locate(source)
    upstream.answers["/a.png"] = unchanged
    clock.now_s = 299.0
    assert origin.peek(source) == first
    clock.now_s = 301.0
    assert origin.peek(source) == msgspec.structs.replace(first, fresh=False)
    assert origin.peek(source) == msgspec.structs.replace(first, fresh=False)
    await settled(origin)
    assert len(upstream.asked) == 2
    assert origin.peek(source) == first
    clock.now_s = 900.0
    assert origin.peek(source) == first, "the new answer is good for 600 seconds"
    assert await contents(origin, first) == b"picture"
    assert len(upstream.asked) == 2


async def test_changed_bytes_are_another_version_and_equal_bytes_are_not(timed, upstream):
    origin, clock, source = timed
    first = await origin.locate(source)
    upstream.answers["/a.png"] = reply(b"picture", etag='"another machine"')
    clock.now_s = 301.0
    origin.peek(source)
    await settled(origin)
    assert origin.peek(source) == first
    upstream.answers["/a.png"] = reply(b"pictore", etag='"1"', last_modified=LAST_MODIFIED)
    clock.now_s = 700.0
    origin.peek(source)
    await settled(origin)
    changed = origin.peek(source)
    assert changed.version != first.version
    assert await contents(origin, changed) == b"pictore"
    assert await contents(origin, first) == b"pictore", "older bytes are nowhere any more"


async def test_trouble_takes_nothing_back_and_is_not_asked_for_all_the_time(timed, upstream):
    origin, clock, source = timed
    first = await origin.locate(source)
    upstream.answers["/a.png"] = reply(b"", 503)
    clock.now_s = 400.0
    for _ in range(5):
        assert origin.peek(source) == msgspec.structs.replace(first, fresh=False)
        await settled(origin)
    assert len(upstream.asked) == 2
    clock.now_s += NEGATIVE_S + 1
    origin.peek(source)
    await settled(origin)
    assert len(upstream.asked) == 3
    clock.now_s = 300.0 + STALE_S + 1
    assert origin.peek(source) is None
    with pytest.raises(OriginFailed):
        await origin.locate(source)


@pytest.mark.parametrize("status", [403, 404, 410])
async def test_what_its_server_takes_back_is_gone(timed, upstream, status):
    origin, clock, source = timed
    await origin.locate(source)
    upstream.answers["/a.png"] = reply(b"", status)
    clock.now_s = 400.0
    origin.peek(source)
    await settled(origin)
    with pytest.raises(NotFound):
        origin.peek(source)


async def test_a_failure_is_remembered_for_a_short_while(timed, upstream):
    origin, clock, source = timed
    picture, upstream.answers["/a.png"] = upstream.answers["/a.png"], reply(b"", 404)
    for _ in range(3):
        with pytest.raises(NotFetched):
            await origin.locate(source)
        with pytest.raises(NotFetched):
            origin.peek(source)
    assert len(upstream.asked) == 1
    upstream.answers["/a.png"] = picture
    clock.now_s = NEGATIVE_S
    assert origin.peek(source) is None
    assert (await origin.locate(source)).size_bytes == 7


async def test_validators_go_to_the_place_they_came_from_alone(timed, upstream):
    origin, clock, source = timed
    picture = upstream.answers["/a.png"]
    upstream.answers |= {"/a.png": redirect("/b"), "/b": picture, "/c": picture}
    await origin.locate(source)
    upstream.answers["/b"] = unchanged
    clock.now_s = 400.0
    await origin.locate(source)
    upstream.answers["/a.png"] = redirect("/c")
    await origin.locate(source)
    conditional = [asked.target for asked in upstream.asked if "if-none-match" in asked.fields]
    assert conditional == ["/b"]
    assert [asked.target for asked in upstream.asked] == ["/a.png", "/b"] * 2 + ["/a.png", "/c"]


async def test_what_is_remembered_of_failures_and_originals_is_bounded(
    tmp_path, upstream, monkeypatch
):
    monkeypatch.setattr("imgproxy.origins.http._MAX_FAILURES", 3)
    monkeypatch.setattr("imgproxy.origins.http._MAX_REMEMBERED", 2)
    async with origin_of(tmp_path) as origin:
        for number in range(5):
            upstream.answers[f"/ok{number}"] = reply(b"1")
            await origin.locate(fetch(f"http://127.0.0.1:{upstream.port}/ok{number}"))
            with pytest.raises(NotFound):
                await origin.locate(fetch(f"http://127.0.0.1:{upstream.port}/no{number}"))
        assert (len(origin._failures), len(origin._known)) == (3, 2)


async def test_too_many_originals_at_once_are_refused(tmp_path, upstream, monkeypatch):
    monkeypatch.setattr("imgproxy.origins.http._MAX_FETCHES", 2)
    upstream.answers |= dict.fromkeys(("/1", "/2"), answer_nothing)
    async with origin_of(tmp_path) as origin, AsyncExitStack() as stack:
        for path in ("/1", "/2"):
            task = asyncio.create_task(origin.locate(fetch(f"http://127.0.0.1:{upstream.port}{path}")))  # fmt: skip
            stack.callback(task.cancel)
        await asyncio.sleep(0)
        with pytest.raises(ImageError) as error:
            await origin.locate(fetch(f"http://127.0.0.1:{upstream.port}/a.png"))
        assert error.value.status == 503


# --- copies ----------------------------------------------------------------------------------------------------------


async def test_an_original_whose_copy_made_room_is_fetched_again(tmp_path, upstream):
    upstream.answers["/b"] = reply(b"another")
    async with origin_of(tmp_path, max_held_bytes=10) as origin:
        first = await origin.locate(fetch(f"http://127.0.0.1:{upstream.port}/a.png"))
        await origin.locate(fetch(f"http://127.0.0.1:{upstream.port}/b"))
        assert await contents(origin, first) == b"picture"
        assert [asked.target for asked in upstream.asked] == ["/a.png", "/b", "/a.png"]
        assert "if-none-match" not in upstream.asked[2].fields


async def test_a_lost_copy_is_not_asked_for_all_the_time_while_there_is_trouble(
    tmp_path, timed, upstream
):
    origin, _, source = timed
    located = await origin.locate(source)
    for path in (tmp_path / "spool").iterdir():
        path.unlink()
    upstream.answers["/a.png"] = reply(b"", 503)
    for _ in range(3):
        with pytest.raises(OriginFailed):
            await contents(origin, located)
    assert len(upstream.asked) == 2


async def test_a_copy_that_was_swept_away_is_fetched_again(origin, upstream, tmp_path):
    located = await origin.locate(fetch(f"http://127.0.0.1:{upstream.port}/a.png"))
    for path in (tmp_path / "spool").iterdir():
        path.unlink()
    assert await contents(origin, located) == b"picture"
    assert len(upstream.asked) == 2


async def test_a_copy_in_use_stays_a_file_until_its_user_is_done(tmp_path):
    async def chunks(data):
        yield data

    spool = Spool(tmp_path, MAX_BYTES)
    await spool.start()
    copies = Copies(spool, 10)
    copies.keep("a", await spool.fill(chunks(b"12345678")))
    with copies.lent("a") as old:
        copies.keep("a", await spool.fill(chunks(b"abc")))
        copies.keep("b", await spool.fill(chunks(b"12345678")))
        with copies.lent("a") as crowded_out:
            assert crowded_out is None
        assert old is not None
        assert Path(old.path).read_bytes() == b"12345678"
        assert len(list(tmp_path.iterdir())) == 2
    assert len(list(tmp_path.iterdir())) == 1
    copies.clear()
    assert list(tmp_path.iterdir()) == []


async def test_who_leaves_does_not_take_the_original_from_the_others(origin, upstream):
    gate = asyncio.Event()

    async def wait(asked, writer):
        await gate.wait()
        writer.write(reply(b"late"))

    upstream.answers["/late"] = wait
    source = fetch(f"http://127.0.0.1:{upstream.port}/late")
    first, second = (asyncio.create_task(origin.locate(source)) for _ in range(2))
    while not upstream.asked:
        await asyncio.sleep(0.01)
    first.cancel()
    gate.set()
    assert (await second).size_bytes == 4
    assert first.cancelled()
    assert len(upstream.asked) == 1


async def test_closing_ends_what_is_under_way(tmp_path, upstream):
    upstream.answers["/x"] = answer_nothing
    async with origin_of(tmp_path) as origin:
        waiting = asyncio.create_task(origin.locate(fetch(f"http://127.0.0.1:{upstream.port}/x")))
        while not upstream.asked:
            await asyncio.sleep(0.01)
    started = time.monotonic()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert origin._fetches == {}
    assert time.monotonic() >= started
