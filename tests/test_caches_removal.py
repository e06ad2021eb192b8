"""One answer can be removed from every cache, and nothing else goes with it."""

import pytest

from imgproxy.caches.disk import Disk
from imgproxy.caches.memory import Memory
from imgproxy.caches.tiered import Tiered
from tests.test_caches import CACHES, key, rendered


@pytest.fixture(params=list(CACHES))
async def cache(request, tmp_path):
    made = await CACHES[request.param](request, tmp_path)
    await made.start()
    yield made
    await made.close()


async def test_one_answer_goes_and_its_siblings_stay(cache):
    for name in ("x", "y"):
        await cache.put(key("a", name), rendered(name.encode()))
    copies = 2 if isinstance(cache, Tiered) else 1
    assert await cache.remove(key("a", "x")) == copies
    assert await cache.get(key("a", "x")) is None
    assert await cache.get(key("a", "y")) == rendered(b"y")
    assert await cache.purge(key("a").source) == copies


async def test_what_is_not_there_cannot_be_removed(cache):
    assert await cache.remove(key("never")) == 0


async def test_a_removed_answer_can_come_again(cache):
    await cache.put(key(), rendered(b"old"))
    await cache.remove(key())
    await cache.put(key(), rendered(b"new"))
    assert await cache.get(key()) == rendered(b"new")


async def test_a_tier_in_trouble_does_not_keep_the_others_from_it(tmp_path):
    memory, closed = Memory(1_000_000), Disk(tmp_path / "never started", 1_000_000)
    await memory.put(key(), rendered())
    assert await Tiered([memory, closed]).remove(key()) == 1
