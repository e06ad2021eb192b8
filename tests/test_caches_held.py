"""Where an answer was found in memory: good for as long as it is held there, and without a body after that."""

import asyncio

import pytest

from imgproxy.caches.memory import Memory
from imgproxy.values import CacheKey, Rendered, digest, etag_of


def key(source: str = "villa") -> CacheKey:
    return CacheKey(digest(source), digest("w_400"))


def rendered(body: bytes = b"pixels") -> Rendered:
    return Rendered(body, "image/jpeg", 4, 3, etag_of(body), 1_700_000_000.5)


@pytest.mark.parametrize(
    "leave",
    [
        lambda memory: memory.drop(key().source),
        lambda memory: memory.forget(key()),
        lambda memory: memory.keep(key(), rendered(b"smaller")),
        lambda memory: [memory.keep(key(str(n)), rendered(bytes(1000))) for n in range(30)],
        lambda memory: asyncio.run(memory.close()),
    ],
    ids=["purged", "removed", "replaced", "pushed out", "closed"],
)
def test_who_keeps_where_an_answer_was_found_keeps_no_body(leave):
    memory = Memory(20_000, 20_000)
    memory.keep(key(), rendered())
    held = memory.find(key())
    assert held.rendered == rendered()
    leave(memory)
    assert memory.again(held) is None


def test_an_answer_that_goes_round_once_more_is_still_where_it_was_found():
    memory = Memory(20_000, 20_000)
    memory.keep(key(), rendered())
    held = memory.find(key())
    for n in range(30):
        assert memory.again(held) == rendered(), n
        memory.keep(key(str(n)), rendered(bytes(1000)))
    assert memory.proven == (key(),)


def test_to_find_is_no_asking_and_again_is_one():
    memory = Memory(20_000, 20_000)
    memory.keep(key(), rendered())
    for _ in range(3):
        held = memory.find(key())
    assert memory.popular(key()) is None
    for _ in range(3):
        memory.again(held)
    assert memory.popular(key()) == rendered()
