"""Purges: the journal's rules, what it means for pictures in one worker and in two processes, nodes, and the CDN."""

import asyncio
import os
import threading
import time
from collections.abc import Iterator
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from imgproxy.caches.memory import Memory
from imgproxy.caches.tiered import Tiered
from imgproxy.delivery import Delivery
from imgproxy.errors import NotAnImage
from imgproxy.flights.files import FileLeases
from imgproxy.grammar import parse
from imgproxy.metrics import Metrics
from imgproxy.metrics.families import WEBHOOKS
from imgproxy.negotiation import Variant
from imgproxy.origins.memory import InMemory
from imgproxy.purging import Bucket, OneId, Prefix, Purge, Tagged, folder_tag, tag_of, tags_of
from imgproxy.purging.journal import Journal
from imgproxy.purging.nodes import _CHANNEL, _JOURNAL, Nodes
from imgproxy.purging.purges import Purges
from imgproxy.purging.webhook import Template, Webhook
from imgproxy.request import RenderRequest, build
from imgproxy.settings import Limits
from imgproxy.values import Located, Source
from tests.test_caches import Shelf
from tests.test_delivery import CountedRenderers, picture
from tests.test_start import serving
from tests.test_workers import PICTURE, ask, draw

KEY = {"x-api-key": "demo-key:demo-secret"}


def upload(public_id: str) -> Source:
    return Source("upload", public_id)


# --- the journal -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "source", "matches"),
    [
        (OneId("upload", "a/b"), upload("a/b"), True),
        (OneId("upload", "a/b"), Source("upload", "a/b", "webp", 7), True),
        (OneId("upload", "a/b"), upload("a/bc"), False),
        (OneId("upload", "a/b"), Source("private", "a/b"), False),
        (Prefix("upload", "a/"), upload("a/b"), True),
        (Prefix("upload", "a/b"), upload("a/b"), True),
        (Prefix("upload", "a/b"), upload("a/bc/d"), True),
        (Prefix("upload", "a/b"), upload("a"), False),
        (Prefix("upload", ""), upload("a"), True),
        (Prefix("fetch", ""), upload("a"), False),
        (Tagged(tag_of(OneId("upload", "a/b"))), upload("a/b"), True),
        (Tagged(tag_of(OneId("upload", "a/b"))), upload("a/c"), False),
        (Tagged(folder_tag("upload", ["a"])), upload("a/b/c"), True),
        (Tagged(folder_tag("upload", ["a"])), upload("ab"), False),
        (Tagged(folder_tag("private", ["a"])), upload("a/b"), False),
        (Bucket(""), Source("fetch", "https://a.example/b"), True),
    ],
)
def test_what_a_pattern_matches(pattern, source, matches):
    journal = Journal()
    assert journal.add(Purge(5, pattern))
    assert journal.stamp(source) == (5 if matches else 0)


def test_the_newest_of_all_that_match_counts_and_older_news_are_none():
    journal = Journal()
    assert journal.add(Purge(3, Prefix("upload", "a/")))
    assert journal.add(Purge(5, OneId("upload", "a/b")))
    assert not journal.add(Purge(4, OneId("upload", "a/b")))
    assert [journal.stamp(upload(name)) for name in ("a/b", "a/c", "b")] == [5, 3, 0]


_PATTERNS = st.one_of(
    st.builds(OneId, st.just("upload"), st.sampled_from("a ab abc b".split())),
    st.builds(Prefix, st.just("upload"), st.sampled_from(["", "a", "ab", "b"])),
    st.builds(
        Tagged, st.sampled_from([tag for name in ("a", "b") for tag in tags_of(upload(name))])
    ),
)
_PURGES = st.lists(st.builds(Purge, st.integers(1, 99), _PATTERNS), max_size=12)


@given(_PURGES, st.randoms(use_true_random=False), st.integers(1, 5))
def test_the_order_of_news_means_nothing_and_a_small_journal_never_purges_less(
    purges, random, most
):
    whole, shuffled, small = Journal(), Journal(), Journal(most, most)
    for purge in purges:
        whole.add(purge)
        small.add(purge)
    for purge in random.sample(purges, len(purges)):
        shuffled.add(purge)
    for name in ("a", "ab", "abc", "b", "c"):
        source = upload(name)
        assert whole.stamp(source) == shuffled.stamp(source)
        assert small.stamp(source) >= whole.stamp(source)
    assert len(small) <= 2 * most + 4097


def test_tags_name_the_original_and_every_folder_above_it_and_fit_the_purge():
    villa = tags_of(upload("houses/2024/villa"))
    assert tag_of(OneId("upload", "houses/2024/villa")) in villa
    for prefix in ("", "hous", "houses/", "houses/2024", "houses/2024/v"):
        assert tag_of(Prefix("upload", prefix)) in villa
    for prefix in ("flats/", "houses/2024/villa/"):
        assert tag_of(Prefix("upload", prefix)) not in villa
    deep = "a/" * 40
    assert len(tags_of(upload(f"{deep}villa"))) == 34
    assert tag_of(Prefix("upload", deep)) in tags_of(upload(f"{deep}villa"))
    logo = upload("logo")
    assert set(tags_of(logo)) < set(tags_of(upload("houses/villa"), (logo,)))


# --- one worker, two workers, two nodes ------------------------------------------------------------------------------


class Worker:
    """One worker's half over a journal in a folder, with a store shared by all."""

    def __init__(
        self, folder: Path, files: dict[str, bytes], shelf: Shelf, redis_url="", origin=None
    ) -> None:
        self.renderers = CountedRenderers(1, Limits())
        self.memory = Memory(10**7)
        self.delivery = Delivery(
            origin or InMemory(files),
            self.memory,
            Tiered([shelf]),
            FileLeases(folder / "leases"),
            self.renderers,
            Limits(),
            purges=Purges(folder / "purges", redis_url),
        )

    async def how(self, name: str = "houses/villa", chain: str = "c_fill,h_30,w_40") -> str:
        return (await self.delivery.get(asked(name, chain))).how


def asked(name: str, chain: str = "c_fill,h_30,w_40") -> RenderRequest:
    return build(Source("upload", name, "jpg"), parse(chain), Variant())


@asynccontextmanager
async def started(*workers: Worker):
    await asyncio.gather(*(worker.delivery.start() for worker in workers))
    try:
        yield workers
    finally:
        await asyncio.gather(*(worker.delivery.close() for worker in workers))


@pytest.fixture
def files():
    names = ("houses/villa", "houses/hut", "logo")
    return {f"{name}.jpg": picture(50 * at) for at, name in enumerate(names)} | {"x.jpg": b"no"}


async def test_a_purged_picture_is_rendered_anew_in_every_worker_and_others_are_not(
    tmp_path, files
):
    shelf = Shelf()
    async with started(*(Worker(tmp_path, files, shelf) for _ in range(2))) as (one, two):
        for worker in (one, two):
            await worker.how()
            await worker.how("logo")
        purged = await one.delivery.purge(OneId("upload", "houses/villa"))
        assert purged.copies == 2, "one in this worker's memory, one in the store"
        assert two.delivery.peek(asked("houses/villa")) is None, "at once, without a wait"
        assert [await two.how(), await one.how()] == ["miss", "hit"]
        assert [await two.how("logo"), await one.how("logo")] == ["hit", "hit"]
        assert [one.renderers.asked, two.renderers.asked] == [2, 1]


async def test_a_prefix_takes_all_below_it_and_layers_count(tmp_path, files):
    worker = Worker(tmp_path, files, Shelf())
    layered = "c_fill,h_30,w_40/l_houses:hut,w_9/fl_layer_apply"
    async with started(worker):
        for name, chain in (("houses/villa", "w_9"), ("logo", "w_9"), ("logo", layered)):
            await worker.how(name, chain)
        await worker.delivery.purge(Prefix("upload", "houses/"))
        assert await worker.how("houses/villa", "w_9") == "miss"
        assert await worker.how("logo", "w_9") == "hit"
        assert await worker.how("logo", layered) == "miss"


async def test_what_was_under_way_is_not_taken_for_new(tmp_path, files):
    shelf = Shelf()
    worker = Worker(tmp_path, files, shelf)
    async with started(worker):
        before = asyncio.create_task(worker.how())
        while not worker.renderers.asked:
            await asyncio.sleep(0)
        await worker.delivery.purge(OneId("upload", "houses/villa"))
        assert [await before, await worker.how()] == ["miss", "miss"]


async def test_remembered_failures_are_purged_too(tmp_path, files):
    worker = Worker(tmp_path, files, Shelf())
    async with started(worker):
        for _ in range(2):
            with pytest.raises(NotAnImage):
                await worker.how("x")
        assert worker.renderers.asked == 1
        await worker.delivery.purge(OneId("upload", "x"))
        with pytest.raises(NotAnImage):
            await worker.how("x")
        assert worker.renderers.asked == 2


class Remembering(InMemory):
    """Believes what it has seen until it is told to look, as origins behind a network do."""

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(files)
        self.seen: dict[Source, Located] = {}

    def peek(self, source: Source) -> Located | None:  # type: ignore[override]  # the seam's own type
        return self.seen.get(source)

    async def locate(self, source: Source) -> Located:
        self.seen[source] = super().peek(source)
        return self.seen[source]

    def forget(self, source: Source) -> None:
        self.seen.pop(source, None)


async def test_what_an_origin_remembers_is_looked_at_again(tmp_path, files):
    worker = Worker(tmp_path, files, Shelf(), origin=Remembering(files))
    async with started(worker):
        await worker.how("logo")
        files["logo.jpg"] = picture(250)
        assert await worker.how("logo") == "hit"
        await worker.delivery.purge(OneId("upload", "logo"))
        new = await worker.delivery.get(asked("logo"))
        assert new.located.size_bytes == len(files["logo.jpg"])
        assert worker.delivery.peek(asked("logo")), "and then believed again"


async def test_a_purge_outlives_a_restart_and_a_line_cut_off_by_a_crash(tmp_path, files):
    stamps = []
    for name in ("logo", "houses/hut", "houses/villa"):
        async with started(Worker(tmp_path, files, Shelf())) as (worker,):
            purged = await worker.delivery.purge(OneId("upload", name))
            stamps.append((name, purged.stamp))
            for told, stamp in stamps:
                assert worker.delivery.purges.stamp(upload(told), ()) == stamp
        with (tmp_path / "purges" / "journal").open("ab") as journal:
            journal.write(b'{"stamp":99')


async def test_a_journal_that_says_the_same_over_and_over_stays_short(tmp_path):
    purges = Purges(tmp_path)
    await purges.start(lambda _purge, _first: None)
    stamps = [(await purges.issue(Prefix("upload", "a"))).stamp for _ in range(1500)]
    assert purges.stamp(upload("ab"), ()) == max(stamps)
    await purges.close()
    assert len((tmp_path / "journal").read_bytes().splitlines()) < 1100


async def test_other_nodes_hear_of_it_and_one_that_was_away_catches_up(tmp_path, files, redis_url):
    shelf = Shelf()
    nodes = [Worker(tmp_path / str(at), files, shelf, redis_url) for at in range(2)]
    late = Worker(tmp_path / "late", files, shelf, redis_url)
    async with started(*nodes) as (one, two):
        for node in nodes:
            await node.how("houses/hut")
        pattern = Prefix("upload", f"houses/hut{os.getpid()}"[:10])
        await one.delivery.purge(pattern)
        source = upload("houses/hut")
        async with asyncio.timeout(5):
            while not two.delivery.purges.stamp(source, ()):
                await asyncio.sleep(0.02)
        stamps = [node.delivery.purges.stamp(source, ()) for node in nodes]
        assert stamps[0] == stamps[1]
        async with started(late), asyncio.timeout(5):
            while late.delivery.purges.stamp(source, ()) != stamps[0]:
                await asyncio.sleep(0.02)


async def test_what_was_told_while_the_subscription_was_cut_is_read_afterwards(redis_url):
    """The client subscribes anew by itself and without a word."""
    heard: set[str] = set()

    def hear(purge: Purge) -> None:
        assert isinstance(purge.pattern, Prefix)
        heard.add(purge.pattern.prefix)

    nodes = Nodes(redis_url, hear, tuple)
    first, told, lost = (f"{os.getpid()}{word}" for word in ("first", "told", "lost"))
    async with Redis.from_url(redis_url) as redis, asyncio.timeout(20):
        await redis.hset(_JOURNAL, msgspec.json.encode(Prefix("t", first)), 1)
        await nodes.start()
        while first not in heard:
            await asyncio.sleep(0.01)
        while told not in heard:
            await redis.publish(_CHANNEL, msgspec.json.encode(Purge(2, Prefix("t", told))))
            await asyncio.sleep(0.01)
        await redis.hset(_JOURNAL, msgspec.json.encode(Prefix("t", lost)), 3)
        await redis.client_kill_filter(_type="pubsub")
        while lost not in heard:
            await asyncio.sleep(0.01)
        await redis.hdel(
            _JOURNAL, *(msgspec.json.encode(Prefix("t", name)) for name in (first, lost))
        )
    await nodes.close()


async def test_without_redis_a_purge_counts_here_and_is_told_later(tmp_path, files):
    worker = Worker(tmp_path, files, Shelf(), "redis://127.0.0.1:1/0")
    async with started(worker):
        await worker.how()
        await worker.delivery.purge(OneId("upload", "houses/villa"))
        assert await worker.how() == "miss"
        assert worker.delivery.purges._nodes
        assert worker.delivery.purges._nodes._untold


# --- the CDN ---------------------------------------------------------------------------------------------------------


class Cdn:
    """A server that writes down what it is asked and answers what it was told to."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, str, str]] = []
        self.answers: list[int] = []
        cdn = self

        class Handler(BaseHTTPRequestHandler):
            def _write_down(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
                cdn.calls.append((self.command, self.path, self.headers["x-token"], body))
                self.send_response(cdn.answers.pop(0) if cdn.answers else 200)
                self.end_headers()

            do_POST = do_PURGE = _write_down  # noqa: N815 - the library's names

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def cdn() -> Iterator[Cdn]:
    cdn = Cdn()
    thread = threading.Thread(target=cdn.server.serve_forever, args=(0.02,))
    thread.start()
    yield cdn
    cdn.server.shutdown()
    thread.join()
    cdn.server.server_close()


def template(cdn: Cdn) -> Template:
    call = f"PURGE {cdn.base}/purge/{{tag}}?soft=1"
    return Template.read(call, '{"x-token": "s3cret {tag}"}', '["{tag}"]')


@pytest.mark.parametrize("answers", [[], [503, 200]], ids=["at once", "after a retry"])
async def test_the_webhook_carries_the_tag_everywhere(cdn, answers):
    cdn.answers = [*answers]
    metrics = Metrics()
    webhook = Webhook(template(cdn), metrics)
    await webhook.start()
    webhook.send("t1")
    await webhook.close()
    call = ("PURGE", "/purge/t1?soft=1", "s3cret t1", '["t1"]')
    assert cdn.calls == [call] * max(1, len(answers))
    assert metrics.cells[WEBHOOKS["done"]] == 1


async def test_a_refused_call_is_not_repeated_and_told_without_secrets(cdn, capsys):
    cdn.answers = [403]
    metrics = Metrics()
    webhook = Webhook(template(cdn), metrics)
    await webhook.start()
    webhook.send("t1")
    await webhook.close()
    assert (len(cdn.calls), metrics.cells[WEBHOOKS["failed"]]) == (1, 1)
    said = capsys.readouterr().out
    assert "403" in said
    assert "s3cret" not in said


@pytest.mark.parametrize(
    ("call", "headers"),
    [("https://cdn.example/{tag}", ""), ("POST ftp://x/", ""), ("POST https://x/", "Token: a")],
)
def test_a_wrong_template_is_refused(call, headers):
    with pytest.raises(ValueError, match="such as"):
        Template.read(call, headers, "")


# --- two real workers ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("purging")
    (path / "originals" / "houses").mkdir(parents=True)
    draw(path / "originals" / "villa.jpg", 200)
    return path


def repaint(path: Path, colour: int) -> None:
    """Other pixels that the folder cannot tell from before: same inode, time and size."""
    before = path.stat()
    other = path.with_suffix(".new")
    draw(other, colour)
    data = other.read_bytes()
    other.unlink()
    path.write_bytes(data[: before.st_size].ljust(before.st_size, b"\0"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def etags(base: str, path: str = PICTURE) -> set[str]:
    return {ask(base, path).headers["etag"] for _ in range(40)}


def order(base: str, body: dict[str, str], **headers: str) -> httpx.Response:
    return httpx.post(f"{base}/api/purge", json=body, headers=headers or KEY, timeout=20)


def test_two_real_workers_forget_at_once_and_the_cdn_hears_it_once(folder, cdn):
    webhook = {
        "DARKROOM_PURGE_WEBHOOK": f"POST {cdn.base}/{{tag}}",
        "DARKROOM_PURGE_HEADERS": '{"x-token": "k"}',
    }
    with serving(folder, DARKROOM_RENDERERS="1", **webhook) as (base, _):
        old = etags(base)
        repaint(folder / "originals" / "villa.jpg", 20)
        assert etags(base) == old, "nobody can see the change"
        done = order(base, {"public_id": "villa"})
        assert (done.status_code, done.json()["copies"] > 0) == (200, True)
        new = etags(base)
        assert len(new) == 1
        assert new != old
        answer = ask(base)
        assert done.json()["tag"] in answer.headers["cache-tag"].split(",")
        assert answer.headers["surrogate-key"].split() == answer.headers["cache-tag"].split(",")

        repaint(folder / "originals" / "villa.jpg", 90)
        assert order(base, {"prefix": "vil"}).json()["copies"] == 0
        assert len(etags(base) - old - new) == 1

        seen = etags(base)
        tag = ask(base).headers["cache-tag"].split(",")[0]
        repaint(folder / "originals" / "villa.jpg", 160)
        done_by_tag = order(base, {"tag": tag}).json()
        assert (done_by_tag["tag"], done_by_tag["copies"] > 0) == (tag, True)
        assert len(etags(base) - seen) == 1

        for body in ({}, {"prefix": "a", "public_id": "a"}, {"prefix": ""}, {"tag": "a"}):
            assert order(base, body).status_code == 400
        assert order(base, {"public_id": "villa"}, **{"x-api-key": "wrong"}).status_code == 401
        _wait_for(cdn, 3)
        tags = [done.json()["tag"], tag_of(Prefix("upload", "")), tag]
        assert cdn.calls == [("POST", f"/{tag}", "k", "") for tag in tags]


def _wait_for(cdn: Cdn, calls: int) -> None:
    deadline = time.monotonic() + 10
    while len(cdn.calls) < calls and time.monotonic() < deadline:
        time.sleep(0.02)
