"""Tiers together, the real ones: any order, promotion, write behind, and one that fails or hangs breaks no request."""

import asyncio
import itertools
import secrets
from contextlib import asynccontextmanager

import pytest

from imgproxy.caches.disk import Disk
from imgproxy.caches.memory import Memory
from imgproxy.caches.redis import RedisCache
from imgproxy.caches.s3 import S3Cache
from imgproxy.caches.spec import DiskTier, MemoryTier, RedisTier, S3Tier, parse_tiers
from imgproxy.caches.tiered import Tiered
from imgproxy.clients import s3_client
from imgproxy.delivery import Delivery
from imgproxy.flights.files import FileLeases
from imgproxy.origins.memory import InMemory
from imgproxy.renderers.pool import Renderers
from imgproxy.settings import Limits, SettingsError
from tests.test_caches import Shelf, key, rendered
from tests.test_delivery import picture, request

KINDS = ("memory", "disk", "redis", "s3")
ORDERS = list(itertools.permutations(KINDS))


@pytest.fixture
async def make(tmp_path, redis_url, s3_endpoint):
    """A tier by its kind, with nothing in it."""
    bucket = f"b{secrets.token_hex(8)}"
    async with s3_client(s3_endpoint, 2, 10) as client:
        await client.create_bucket(Bucket=bucket)
    return {
        "memory": lambda: Memory(1_000_000),
        "disk": lambda: Disk(tmp_path / "cache", 1_000_000),
        "redis": lambda: RedisCache(redis_url),
        "s3": lambda: S3Cache(bucket, endpoint_url=s3_endpoint),
    }


@asynccontextmanager
async def opened(*tiers):
    whole = Tiered(tiers)
    await whole.start()
    try:
        yield whole
    finally:
        await whole.close()


async def settled(tiers: Tiered) -> None:
    await asyncio.gather(*tiers._writes)


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
async def test_what_only_the_last_holds_is_in_all_after_one_read(make, order):
    name = key(secrets.token_hex(8))
    tiers = [make[kind]() for kind in order]
    async with opened(*tiers) as whole:
        await tiers[-1].put(name, rendered())
        assert await whole.get(name) == rendered()
        await settled(whole)
        assert [await tier.get(name) for tier in tiers] == [rendered()] * 4


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
async def test_what_is_put_is_in_all_and_a_purge_leaves_none(make, order):
    name = key(secrets.token_hex(8))
    tiers = [make[kind]() for kind in order]
    async with opened(*tiers) as whole:
        await whole.put(name, rendered())
        await settled(whole)
        assert [await tier.get(name) for tier in tiers] == [rendered()] * 4
        assert await whole.purge(name.source) == 4
        assert [await tier.get(name) for tier in tiers] == [None] * 4


BROKEN = {
    "disk": lambda path: Disk(path / "file" / "under", 1_000_000),
    "redis": lambda _: RedisCache("redis://127.0.0.1:1/0"),
    "s3": lambda _: S3Cache("absent", endpoint_url="http://127.0.0.1:1"),
}


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("place", [0, 1, 2, 3])
async def test_a_tier_that_is_away_leaves_the_others_at_work(make, tmp_path, broken, place):
    (tmp_path / "file").write_bytes(b"a file where the folder should be")
    name = key(secrets.token_hex(8))
    tiers = [make[kind]() for kind in KINDS if kind != broken]
    tiers.insert(place, BROKEN[broken](tmp_path))
    async with opened(*tiers) as whole:
        await whole.put(name, rendered())
        await settled(whole)
        assert await whole.get(name) == rendered()
        healthy = [tier for index, tier in enumerate(tiers) if index != place]
        assert [await tier.get(name) for tier in healthy] == [rendered()] * 3


async def test_many_reads_at_once_wait_for_a_tier_that_hangs_only_once():
    """After the pause one goes ahead; the others are answered by what stands behind."""
    hung, sound = Shelf(), Shelf()
    sound.items[key()] = rendered()
    tiers = Tiered([hung, sound], get_timeout_s=0.05)
    hung.hangs = True
    assert await tiers.get(key()) == rendered()
    tiers._breakers[0]._shut_until = float("-inf")  # the pause is over
    hung.asked = 0
    assert await asyncio.gather(*(tiers.get(key()) for _ in range(20))) == [rendered()] * 20
    assert hung.asked == 1
    await tiers.close()


async def test_a_tier_that_has_recovered_is_asked_by_all_again():
    near = Shelf()
    tiers = Tiered([near])
    near.breaks = True
    assert await tiers.get(key()) is None
    assert tiers.states == ((near, True),)
    near.breaks, near.items[key()] = False, rendered()
    tiers._breakers[0]._shut_until = float("-inf")
    assert [await tiers.get(key()) for _ in range(3)] == [rendered()] * 3
    assert tiers.states == ((near, False),)


async def test_nobody_waits_for_a_write_that_hangs():
    hung, sound = Shelf(), Shelf()
    hung.hangs = True
    tiers = Tiered([hung, sound], linger_s=0.01, put_timeout_s=30)
    async with asyncio.timeout(5):
        await tiers.put(key(), rendered())
        await tiers.put(key("b"), rendered())
    assert set(sound.items) == {key(), key("b")}
    async with asyncio.timeout(5):
        await tiers.close()
    assert not tiers._writes


@asynccontextmanager
async def serving(tmp_path, *tiers):
    delivery = Delivery(
        InMemory({"villa.jpg": picture(200)}),
        Memory(10**7),
        Tiered(tiers, get_timeout_s=0.05, put_timeout_s=0.05, linger_s=0.05),
        FileLeases(tmp_path / "leases"),
        Renderers(1, Limits()),
        Limits(),
    )
    await delivery.start()
    try:
        yield delivery
    finally:
        await delivery.close()


@pytest.mark.parametrize("trouble", ["hangs", "breaks"])
async def test_no_request_is_broken_by_a_tier_in_trouble(tmp_path, trouble):
    near, far = Shelf(), Shelf()
    setattr(near, trouble, True)
    async with serving(tmp_path, near, far) as delivery:
        for width in (40, 41, 42):
            wanted = request(f"c_fill,h_30,w_{width}")
            answer = await delivery.get(wanted)
            assert (answer.how, answer.rendered.width) == ("miss", width)
            assert (await delivery.get(wanted)).how == "hit"
        await settled(delivery.shared)
    assert near.asked <= 2  # one read, and a write that had begun


async def test_the_answer_comes_before_anything_is_stored(tmp_path):
    """Write behind: the tier is still held up when the answer is there, and has it afterwards."""

    class Held(Shelf):
        gate = asyncio.Event()

        async def put(self, key, rendered):
            await self.gate.wait()
            self.items[key] = rendered

    held = Held()
    async with serving(tmp_path, held) as delivery:
        delivery.shared._put_timeout_s = 30
        answer = await delivery.get(request())
        assert answer.how == "miss"
        assert not held.items
        held.gate.set()
        async with asyncio.timeout(5):
            while not held.items:
                await asyncio.sleep(0.01)


SPECS = [
    ("memory:128MB", (MemoryTier(128_000_000),)),
    ("disk:/srv/cache?max=5GB", (DiskTier("/srv/cache", 5 * 10**9),)),
    ("disk:./var/cache?max=4096", (DiskTier("./var/cache", 4096),)),
    ("disk:/a, b?c/d?max=1MB,redis:", (DiskTier("/a, b?c/d", 10**6), RedisTier())),
    ("redis:", (RedisTier(),)),
    ("redis://cache:6379/2", (RedisTier("redis://cache:6379/2"),)),
    ("rediss://:pw@cache/0", (RedisTier("rediss://:pw@cache/0"),)),
    ("s3://bucket", (S3Tier("bucket"),)),
    ("s3://my.bucket/some/prefix/", (S3Tier("my.bucket", "some/prefix"),)),
    (
        " memory:1KB , disk:/c?max=1GB,s3://b1/p",
        (MemoryTier(1000), DiskTier("/c", 10**9), S3Tier("b1", "p")),
    ),
]


class TestTierSpecs:
    @pytest.mark.parametrize(("text", "tiers"), SPECS)
    def test_a_text_names_tiers_in_order(self, text, tiers):
        assert parse_tiers(text) == tiers

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "memory",
            "memory:",
            "memory:much",
            "memory:-1",
            "memory:0",
            "disk:/srv/cache",
            "disk:?max=1GB",
            "disk:/srv/cache?max=",
            "disk:/srv/cache?min=1GB",
            "disk:/srv/cache?max=1GB&max=2GB",
            "redis:6379",
            "s3:bucket",
            "s3://",
            "s3:///prefix",
            "floppy:1MB",
            "memory:1MB,",
            "memory:1MB,floppy:A",
        ],
    )
    def test_anything_else_names_the_variable(self, text):
        with pytest.raises(SettingsError, match="DARKROOM_CACHE"):
            parse_tiers(text)
