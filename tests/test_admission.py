"""Places handed out in fair turns: one original waits for itself, not the others for it."""

import asyncio
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgproxy.renderers.admission import SLOW_FOR_S, SLOW_S, Admission, Turn


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class Desk:
    """An admission with numbered places, and who got one in which order."""

    def __init__(self, count: int, max_waiting: int = 100) -> None:
        self.clock = Clock()
        self.admission: Admission[int] = Admission(count, max_waiting, self.clock)
        self.given: list[Turn[int]] = []
        self.tasks: set[asyncio.Task[None]] = set()
        for place in range(count):
            self.admission.add(place)

    async def ask(self, *sources: str) -> None:
        for source in sources:
            task = asyncio.create_task(self._take(source), name=source)
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
        await settled()

    async def done(self, *sources: str) -> None:
        """The first turn of each of these is over."""
        for source in sources:
            turn = next(turn for turn in self.given if turn.source == source)
            self.given.remove(turn)
            self.admission.end(turn)
            self.admission.add(turn.place)
            await settled()

    @property
    def at_work(self) -> str:
        return "".join(sorted(turn.source for turn in self.given))

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        assert self.admission.waiting == 0

    async def _take(self, source: str) -> None:
        self.given.append(await self.admission.take(source))


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def order_of(count: int, asked: str) -> str:
    """In which order originals get their turns when one after the other is done."""
    desk = Desk(count)
    await desk.ask(*asked)
    order = ""
    while desk.given:
        order += desk.given[0].source
        await desk.done(desk.given[0].source)
    return order


@pytest.mark.parametrize(
    ("count", "asked", "order"),
    [
        (1, "", ""),
        (1, "aaa", "aaa"),
        (1, "aaab", "aaba"),
        (1, "aaaabbc", "aabcaba"),
        (1, "aaaaaaaabc", "aabcaaaaaa"),
        (2, "aaaabbbb", "abababab"),
        (3, "aaaaab", "aabaaa"),
    ],
)
async def test_originals_take_turns(count, asked, order):
    got = await order_of(count, asked)
    assert sorted(got) == sorted(asked)
    assert got == order


@given(st.integers(1, 4), st.text("abc", max_size=12))
def test_everybody_gets_a_turn_and_one_original_keeps_its_order(count, asked):
    assert sorted(asyncio.run(order_of(count, asked))) == sorted(asked)


async def test_an_original_alone_may_use_every_place():
    desk = Desk(4)
    await desk.ask(*"aaaaaa")
    assert (desk.at_work, desk.admission.free) == ("aaa", 1), "nobody knows yet how long it takes"
    await desk.done("a")
    assert desk.at_work == "aaaa"
    await desk.close()


async def test_an_unknown_original_that_takes_long_never_has_the_last_place():
    desk = Desk(2)
    await desk.ask(*"aaaa")
    await desk.ask(*"b")
    assert desk.at_work == "ab"
    desk.clock.now_s = SLOW_S + 0.1
    await desk.done("b")
    assert (desk.at_work, desk.admission.free) == ("a", 1)
    await desk.close()


async def test_an_original_that_has_proven_slow_leaves_a_place_to_the_others():
    desk = Desk(3)
    await desk.ask("a")
    await desk.done("a")
    await desk.ask(*"aaaaaa")
    assert desk.at_work == "aaa"
    desk.clock.now_s = SLOW_S + 0.1
    await desk.done("a")
    assert (desk.at_work, desk.admission.free) == ("aa", 1)
    await desk.ask(*"b")
    assert desk.at_work == "aab"
    await desk.done("b")
    assert desk.at_work == "aa"
    await desk.done("a")
    assert desk.at_work == "aa", "its own next, not a third"
    await desk.done(*"aaaa")
    desk.clock.now_s += SLOW_FOR_S
    await desk.ask("a")
    await desk.done("a")
    await desk.ask(*"aaa")
    assert desk.at_work == "aaa", "and is trusted again after a while"
    await desk.close()


async def test_one_that_is_at_work_for_long_counts_as_slow_before_it_ends():
    desk = Desk(2)
    await desk.ask("a")
    desk.clock.now_s = SLOW_S + 0.1
    await desk.ask("a", "a")
    assert (desk.at_work, desk.admission.free, desk.admission.waiting) == ("a", 1, 2)
    await desk.ask("b")
    assert desk.at_work == "ab"
    await desk.close()


async def test_a_single_place_is_nobodys_for_ever():
    desk = Desk(1)
    for _ in range(3):
        await desk.ask("a")
        desk.clock.now_s += SLOW_S * 2
        assert desk.at_work == "a"
        await desk.done("a")


async def test_half_of_the_queue_is_for_one_original():
    desk = Desk(1, max_waiting=10)
    await desk.ask(*"aaaaaa")
    refusal = desk.admission.refusal("a")
    assert refusal
    assert refusal.result == "crowded"
    assert desk.admission.refusal("b") is None
    await desk.ask(*"bbbbb")
    refusal = desk.admission.refusal("c")
    assert refusal
    assert refusal.result == "overloaded"
    await desk.close()
    assert desk.admission.refusal("a") is None


async def test_who_leaves_the_queue_is_not_given_a_place():
    desk = Desk(1)
    await desk.ask(*"abc")
    (second,) = [task for task in desk.tasks if task.get_name() == "b"]
    second.cancel()
    await settled()
    assert desk.admission.waiting == 1
    await desk.done("a")
    assert desk.at_work == "c"


async def test_who_was_told_to_leave_and_could_not_yet_is_passed_over():
    """Two events in one turn of the loop: a client goes, a render ends."""
    desk = Desk(1)
    await desk.ask(*"abc")
    (second,) = [task for task in desk.tasks if task.get_name() == "b"]
    second.cancel()
    await desk.done("a")
    assert desk.at_work == "c"
    assert (desk.admission.free, desk.admission.waiting) == (0, 0)
    await desk.done("c")
    assert desk.admission.free == 1


async def test_a_place_given_in_the_moment_of_leaving_is_not_lost():
    desk = Desk(1)
    await desk.ask("a")
    leaving = asyncio.create_task(desk.admission.take("b"))
    await settled()
    turn = desk.given.pop()
    desk.admission.end(turn)
    desk.admission.add(turn.place)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    assert (desk.admission.free, desk.admission.waiting) == (1, 0)
    await desk.ask("c")
    assert desk.at_work == "c"


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=40))
def test_no_place_is_lost_or_given_twice_whoever_leaves_when(steps):
    async def run() -> None:
        desk = Desk(2)
        for source, leaves in steps:
            await desk.ask(source)
            if leaves and desk.tasks:
                next(iter(desk.tasks)).cancel()
                if len(desk.given) == 2:
                    await desk.done(desk.given[0].source)
            await settled()
            places = Counter(turn.place for turn in desk.given)
            assert not places or max(places.values()) == 1
            assert len(desk.given) + desk.admission.free == 2
            if len(desk.given) == 2 and leaves:
                await desk.done(desk.given[0].source)
        await desk.close()

    asyncio.run(run())
