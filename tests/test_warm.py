"""Warm answers: fresh or not at all, one making for all who ask, bounded, and given late rather than never.  No database."""

import asyncio

import msgspec
import pytest
import pytest_asyncio

from api.warm import MAX_STALE_S, Made, Warm
from db.changes import EVERYTHING, chosen, touched
from db.errors import DatabaseUnavailable
from db.rows import ListingFilters


class Told:
    """A watch that sees what the test tells it."""

    def __init__(self):
        self.seeing = True

    async def start(self, tell):
        self.tell = tell

    async def close(self):
        self.seeing = False

    def sees(self):
        return self.seeing

    async def caught_up(self):
        pass


class Kitchen:
    """Makes numbered answers, as slowly and as badly as the test wants."""

    def __init__(self):
        self.made = 0
        self.tags = frozenset({"property 1", "property.price"})
        self.gate = asyncio.Event()
        self.gate.set()
        self.trouble = None

    async def __call__(self):
        self.made += 1
        number = self.made
        await self.gate.wait()
        if self.trouble:
            raise self.trouble
        return Made(str(number).encode(), self.tags)


class Clock:
    now_s = 1000.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def watch():
    return Told()


@pytest.fixture
def make():
    return Kitchen()


@pytest.fixture
def clock():
    return Clock()


@pytest_asyncio.fixture
async def warm(watch, clock):
    warm = Warm(watch, ttl_s=100, clock=clock, chance=lambda: 1.0)
    await warm.start()
    yield warm
    await warm.close()


async def _ask(warm, make, key="k"):
    served = await warm.get(key, make)
    return served.answer.body.decode(), served.stale_s


# --- fresh -----------------------------------------------------------------------------------------------------------


async def test_an_answer_is_made_once(warm, make):
    assert [await _ask(warm, make) for _ in range(3)] == [("1", None)] * 3


async def test_a_name_is_a_short_way_to_an_answer(warm, make):
    assert warm.named(("raw",)) is None
    await _ask(warm, make)
    warm.give_name(("raw",), "k")
    assert warm.named(("raw",)).body == b"1"
    warm.tell(EVERYTHING)
    assert warm.named(("raw",)) is None


@pytest.mark.parametrize(
    ("change", "fresh"),
    [
        (EVERYTHING, False),
        ({"property 1"}, False),
        ({"property 2", "property.price"}, False),
        ({"property 2", "property.title"}, True),
        ({"property.*"}, True),
        (set(), True),
    ],
)
async def test_only_what_a_change_touches_is_made_again(warm, make, change, fresh):
    await _ask(warm, make)
    warm.tell(change if change is EVERYTHING else frozenset(change))
    assert await _ask(warm, make) == ("1" if fresh else "2", None)
    assert await _ask(warm, make) == ("1" if fresh else "2", None)


async def test_nothing_is_believed_while_nobody_watches(warm, make, watch):
    await _ask(warm, make)
    watch.seeing = False
    assert await _ask(warm, make) == ("2", None)
    assert await _ask(warm, make) == ("3", None)
    watch.seeing = True
    assert await _ask(warm, make) == ("4", None)  # made unwatched: not believed either
    assert await _ask(warm, make) == ("4", None)


async def test_the_time_to_live_is_a_net_under_it_all(warm, make, clock):
    await _ask(warm, make)
    clock.now_s += 99
    assert await _ask(warm, make) == ("1", None)
    clock.now_s += 1
    assert await _ask(warm, make) == ("2", None)


# --- while it is being made ------------------------------------------------------------------------------------------


async def test_two_hundred_who_ask_at_once_cause_one_making(warm, make):
    await _ask(warm, make)
    warm.tell(EVERYTHING)
    make.gate.clear()
    asking = [asyncio.create_task(_ask(warm, make)) for _ in range(200)]
    await asyncio.sleep(0.01)
    make.gate.set()
    assert set(await asyncio.gather(*asking)) == {("2", None)}
    assert make.made == 2


async def test_who_asks_after_a_change_is_not_given_what_was_begun_before(warm, make):
    make.gate.clear()
    early = asyncio.create_task(_ask(warm, make))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    warm.tell(frozenset({"property 1"}))
    late = asyncio.create_task(_ask(warm, make))
    await asyncio.sleep(0.01)
    make.gate.set()
    assert (await early, await late) == (("1", None), ("2", None))
    assert await _ask(warm, make) == ("2", None)


async def test_a_change_during_the_making_spoils_it(warm, make):
    make.gate.clear()
    asking = asyncio.create_task(_ask(warm, make))
    await asyncio.sleep(0.01)
    warm.tell(frozenset({"property 1"}))
    make.gate.set()
    await asking
    assert await _ask(warm, make) == ("2", None)


async def test_an_overtaken_making_hears_of_changes_to_the_end(warm, make):
    make.gate.clear()
    first = asyncio.create_task(_ask(warm, make))
    await asyncio.sleep(0.01)
    warm.tell(frozenset({"property 9"}))
    second = asyncio.create_task(_ask(warm, make))
    await asyncio.sleep(0.01)
    warm.tell(frozenset({"property 1"}))
    make.gate.set()
    await asyncio.gather(first, second)
    assert await _ask(warm, make) == ("3", None)


async def test_a_change_elsewhere_during_the_making_spoils_nothing(warm, make):
    make.gate.clear()
    asking = asyncio.create_task(_ask(warm, make))
    await asyncio.sleep(0.01)
    warm.tell(frozenset({"property 7", "property.title"}))
    make.gate.set()
    await asking
    assert await _ask(warm, make) == ("1", None)


async def test_one_who_leaves_takes_nothing_from_the_others(warm, make):
    make.gate.clear()
    gone, staying = (asyncio.create_task(_ask(warm, make)) for _ in range(2))
    await asyncio.sleep(0.01)
    gone.cancel()
    make.gate.set()
    assert await staying == ("1", None)
    assert make.made == 1


async def test_a_failure_is_for_those_who_waited_and_not_kept(warm, make):
    make.trouble = ValueError("no such page")
    with pytest.raises(ValueError, match="no such page"):
        await _ask(warm, make)
    make.trouble = None
    assert await _ask(warm, make) == ("2", None)


# --- early refresh ---------------------------------------------------------------------------------------------------


async def test_near_its_end_an_answer_is_made_again_beside(watch, make, clock):
    """The answer itself is still given; the nearer the end, the larger the chance."""
    chance = [1.0]
    warm = Warm(watch, ttl_s=100, clock=clock, chance=lambda: chance[0])
    await warm.start()
    await _ask(warm, make)
    clock.now_s += 90
    assert (await _ask(warm, make), make.made) == (("1", None), 1)
    chance[0] = 0.006  # 2 % of the life times ln(1 / 0.006) is more than the 10 % that are left
    assert await _ask(warm, make) == ("1", None)
    await asyncio.sleep(0.01)
    chance[0] = 1.0
    assert (await _ask(warm, make), make.made) == (("2", None), 2)
    await warm.close()


async def test_a_young_answer_is_never_made_early(watch, make, clock):
    warm = Warm(watch, ttl_s=100, clock=clock, chance=lambda: 1e-300)
    await warm.start()
    await _ask(warm, make)
    clock.now_s += 49
    assert (await _ask(warm, make), make.made) == (("1", None), 1)
    await warm.close()


# --- when the database is down ---------------------------------------------------------------------------------------


async def test_the_last_good_answer_stands_in_with_its_age(warm, make, clock):
    await _ask(warm, make)
    warm.tell(EVERYTHING)
    make.trouble = DatabaseUnavailable("gone")
    clock.now_s += 7
    assert await _ask(warm, make) == ("1", 7.0)
    assert await _ask(warm, make) == ("1", 7.0)
    assert make.made == 2  # the database rests for a second before it is asked again
    clock.now_s += 1.1
    make.trouble = None
    assert await _ask(warm, make) == ("3", None)


async def test_without_an_answer_the_trouble_is_told(warm, make):
    make.trouble = DatabaseUnavailable("gone")
    with pytest.raises(DatabaseUnavailable):
        await _ask(warm, make)


async def test_an_answer_can_be_too_old_to_stand_in(warm, make, clock):
    await _ask(warm, make)
    make.trouble = DatabaseUnavailable("gone")
    clock.now_s += MAX_STALE_S + 1
    for _ in range(2):
        with pytest.raises(DatabaseUnavailable):
            await _ask(warm, make)


# --- bounds ----------------------------------------------------------------------------------------------------------


async def test_memory_has_a_bound_and_the_oldest_leaves(watch, make):
    warm = Warm(watch, max_bytes=50_000)
    await warm.start()
    for key in range(40):
        await _ask(warm, make, str(key))
        await _ask(warm, make, "0")
    assert warm.held_bytes <= 50_000
    made = make.made
    await _ask(warm, make, "0")
    await _ask(warm, make, "39")
    assert make.made == made
    await _ask(warm, make, "1")
    assert make.made == made + 1
    await warm.close()


async def test_an_answer_of_undue_size_is_not_kept(watch, make):
    warm = Warm(watch, max_bytes=7)
    await warm.start()
    assert [await _ask(warm, make) for _ in range(2)] == [("1", None), ("2", None)]
    assert warm.held_bytes == 0
    await warm.close()


# --- what touches what -----------------------------------------------------------------------------------------------

PAYLOADS = [
    ("property update 5 price,updated_at", {"property 5", "property.price", "property.updated_at"}),
    ("property insert 5 ", {"property 5", "property.*"}),
    ("property delete 5 ", {"property 5", "property.*"}),
    ("property_image update 5 alt_text", {"property 5"}),
    ("location update 9 city", {"location 9", "location.city"}),
    ("agent insert 2 ", {"agent 2"}),
    ("property truncate", EVERYTHING),
    ("castle update 1 x", EVERYTHING),
    ("", EVERYTHING),
]


@pytest.mark.parametrize(("payload", "tags"), PAYLOADS)
def test_notifications_are_read(payload, tags):
    assert touched(payload) == tags


@pytest.mark.parametrize(
    ("filters", "ordering", "tags"),
    [
        ({}, "-price", {"property.price"}),
        ({}, "created_at", {"property.created_at"}),
        ({"city": "x"}, "area", {"property.area", "location.city", "property.location"}),
        ({"min_price": 1, "status": "sold"}, "area",
         {"property.area", "property.price", "property.status"}),
    ],
)  # fmt: skip
def test_the_choice_of_a_page_depends_on(filters, ordering, tags):
    always = {"property.*", "property.published"}
    assert chosen(ListingFilters(**filters), ordering) == tags | always


@pytest.mark.parametrize("name", ListingFilters.__struct_fields__)
def test_every_filter_depends_on_some_column(name):
    filters = msgspec.structs.replace(ListingFilters(), **{name: "1"})
    assert len(chosen(filters, "area")) > 3
