"""The queries of the listings give the same answers on both engines, each in one statement."""

import random
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from api.seed import seed
from db.engine import fetch
from db.queries import ORDERINGS, listing, listing_page, listing_slice
from db.rows import AgentRow, ImageRow, ListingFilters, LocationRow, Mark
from db.statements import counting
from db.tables import Agent, Location, Office, Property, PropertyImage
from tests import databases

HOMES = [
    # title, city, type, status, price, bedrooms, published
    ("Sunny loft", "Austin", "apartment", "available", 25_000_000, 1, True),
    ("Brick house", "Austin", "house", "sold", 45_000_000, 3, True),
    ("Villa 100% solar", "Orléans", "villa", "available", 90_000_000, 5, True),
    ("Élégant house_boat", "Boise", "cottage", "pending", 45_000_000, 2, True),
    ("Brick cottage", "Boise", "cottage", "available", 30_000_000, 2, True),
    ("Secret house", "Austin", "house", "available", 10_000_000, 3, False),
]


@pytest_asyncio.fixture(params=databases.KINDS, scope="module")
async def homes(request, tmp_path_factory):
    """The homes above, ids 1 to 6 in this order, a minute apart; number n has n photos, stored in disorder."""
    folder = tmp_path_factory.mktemp("queries")
    async with (
        databases.database_url(request.param, request, folder) as url,
        databases.migrated(url) as engine,
    ):
        await _fill()
        yield engine


async def _fill():
    await Office.insert(Office(name="North Office"))
    await Agent.insert(Agent(office=1, name="Ada", email="ada@example.com", phone="1"))
    for number, (title, city, kind, status, price, bedrooms, published) in enumerate(HOMES, 1):
        await Location.insert(Location(city=city, state="TX", zip_code="78701", latitude=30.5))
        await Property.insert(
            Property(
                location=number,
                agent=1,
                title=title,
                description=f"It is home {number}. Has a Garden.",
                property_type=kind,
                status=status,
                price=price,
                bedrooms=bedrooms,
                published=published,
                created_at=datetime(2026, 1, 1, 12, number, tzinfo=UTC),
            )
        )
        photos = [_photo(number, place) for place in range(number)]
        await PropertyImage.insert(*random.Random(number).sample(photos, number))


def _photo(number, place):
    version = 1_700_000_000_000 + place if place % 2 else None
    return PropertyImage(
        property=number,
        public_id=f"homes/{number}-{place}",
        version=version,
        width=4000,
        height=3000,
        display_order=place,
        alt_text='A "quoted" ünïcode\nview',
        placeholder="data:,",
        color="#112233",
    )


FILTERS = [
    # filters, ids in the order of their making
    ({}, [1, 2, 3, 4, 5]),
    ({"property_type": "cottage"}, [4, 5]),
    ({"status": "available"}, [1, 3, 5]),
    ({"city": "austin"}, [1, 2]),
    ({"city": "ORLÉANS"}, [3]),
    ({"city": "Aust"}, []),
    ({"min_price": 45_000_000}, [2, 3, 4]),
    ({"max_price": 30_000_000}, [1, 5]),
    ({"min_price": 30_000_000, "max_price": 45_000_000}, [2, 4, 5]),
    ({"min_bedrooms": 3}, [2, 3]),
    ({"max_bedrooms": 1}, [1]),
    ({"property_type": "cottage", "status": "available", "city": "Boise", "search": "brick"}, [5]),
    ({"search": "brick"}, [2, 5]),
    ({"search": "BRICK cott"}, [5]),
    ({"search": "house"}, [2, 4]),
    ({"search": "garden austin"}, [1, 2]),
    ({"search": "élégant"}, [4]),
    ({"search": "ÉLÉGANT"}, [4]),
    ({"search": "100%"}, [3]),
    ({"search": "hous boat"}, [4]),
    ({"search": "oat"}, []),
    ({"search": "orlé"}, [3]),
    ({"search": "orle"}, []),
    ({"search": "house-boat"}, [4]),
    ({"search": "has home 2"}, [2]),
    ({"search": "%"}, []),
    ({"search": "_ ! - {} \" ' * ^ :"}, []),
    ({"search": "brick OR villa"}, []),
    ({"search": "NOT brick"}, []),
    ({"search": "'; DROP TABLE property; --"}, []),
    ({"search": 'brick" "cott'}, [5]),
    ({"search": "title:brick"}, []),
    ({"search": "brick" + " " * 50}, [2, 5]),
    ({"search": "\U0001e900 \u1e9e ʼn"}, []),
]


@pytest.mark.parametrize(("filters", "ids"), FILTERS)
async def test_filters_narrow_the_list(homes, filters, ids):
    page = await listing_page(ListingFilters(**filters), "created_at")
    assert (page.count, [row.id for row in page.rows]) == (len(ids), ids)


ORDERS = [
    ("created_at", [1, 2, 3, 4, 5]),
    ("-created_at", [5, 4, 3, 2, 1]),
    ("price", [1, 5, 2, 4, 3]),  # 2 and 4 cost the same
    ("-price", [3, 4, 2, 5, 1]),
    ("bedrooms", [1, 4, 5, 2, 3]),
    ("-bedrooms", [3, 2, 5, 4, 1]),
    ("-view_count", [5, 4, 3, 2, 1]),
]


@pytest.mark.parametrize(("ordering", "ids"), ORDERS)
async def test_orderings_are_total(homes, ordering, ids):
    assert [row.id for row in (await listing_page(ListingFilters(), ordering)).rows] == ids


@pytest.mark.parametrize("ordering", ORDERINGS)
async def test_pages_are_slices_of_the_whole_in_every_ordering(homes, ordering):
    whole = (await listing_page(ListingFilters(), ordering)).rows
    pages = [await listing_page(ListingFilters(), ordering, page, 2) for page in (1, 2, 3)]
    assert [page.count for page in pages] == [5, 5, 5]
    assert tuple(row for page in pages for row in page.rows) == whole


async def test_an_ordering_is_a_name_and_never_sql(homes):
    with pytest.raises(ValueError, match="price; DROP"):
        await listing_page(ListingFilters(), "price; DROP TABLE property")


@pytest.mark.parametrize("filters", [ListingFilters(), ListingFilters(city="boise")])
async def test_past_the_last_page_the_count_is_still_right(homes, filters):
    whole = await listing_page(filters)
    beyond = await listing_page(filters, page=1000)
    assert (beyond.count, beyond.rows) == (whole.count, ())


async def test_nothing_matches(homes):
    page = await listing_page(ListingFilters(city="Nowhere"))
    assert (page.count, page.rows) == (0, ())


# --- places in an order ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ordering", ORDERINGS)
@pytest.mark.parametrize("size", [1, 2, 4, 5, 9])
async def test_slices_lead_through_everything_and_back(homes, ordering, size):
    whole = (await listing_page(ListingFilters(), ordering)).rows
    found, part = [], await listing_slice(ListingFilters(), ordering, None, size)
    assert (part.count, part.before) == (5, False)
    parts = [part]
    while part.behind:
        part = await listing_slice(ListingFilters(), ordering, _mark(ordering, part.rows[-1]), size)
        assert part.before
        parts.append(part)
    assert tuple(row for part in parts for row in part.rows) == whole
    for expected in parts[-2::-1]:
        part = await listing_slice(
            ListingFilters(), ordering, _mark(ordering, part.rows[0], back=True), size
        )
        found.append(part)
        assert (part.rows, part.behind) == (expected.rows, True)
    assert not found or not found[-1].before


def _mark(ordering, row, back=False):
    return Mark(ordering, getattr(row, ordering.removeprefix("-")), row.id, back)


async def test_a_slice_heeds_the_filters(homes):
    filters = ListingFilters(search="brick")
    first = await listing_slice(filters, "price", None, 1)
    assert (first.count, [row.id for row in first.rows]) == (2, [5])
    second = await listing_slice(filters, "price", _mark("price", first.rows[-1]), 1)
    assert ([row.id for row in second.rows], second.behind) == ([2], False)


async def test_slices_neither_skip_nor_repeat_when_listings_come_and_go(homes):
    async with homes.transaction() as transaction:
        first = await listing_slice(ListingFilters(), "-price", None, 2)  # 3 4
        await fetch("UPDATE property SET published = true WHERE id = 6")
        await fetch("UPDATE property SET price = 99000000000 WHERE id = 6")  # a new first
        await fetch("DELETE FROM property WHERE id = 4")  # the one that was last
        second = await listing_slice(ListingFilters(), "-price", _mark("-price", first.rows[-1]), 2)
        assert [row.id for row in second.rows] == [2, 5]
        await transaction.rollback()


# --- single listings -------------------------------------------------------------------------------------------------


async def test_a_listing_comes_with_everything(homes):
    row = await _listing(3)
    assert (row.id, row.title, row.price, row.status) == (
        3,
        "Villa 100% solar",
        90_000_000,
        "available",
    )
    assert row.created_at == datetime(2026, 1, 1, 12, 3, tzinfo=UTC)
    assert row.location == LocationRow("", "", "Orléans", "TX", "78701", 30.5, None)
    assert row.agent == AgentRow("Ada", "ada@example.com", "1", "North Office")
    assert [(image.display_order, image.public_id) for image in row.images] == [
        (place, f"homes/3-{place}") for place in range(3)
    ]
    second = row.images[1]
    assert second == ImageRow(
        second.id,
        "homes/3-1",
        1_700_000_000_001,
        4000,
        3000,
        1,
        'A "quoted" ünïcode\nview',
        "data:,",
        "#112233",
    )
    assert row.images[0].version is None


async def _listing(listing_id):
    row = await listing(listing_id)
    assert row is not None
    return row


async def test_a_page_and_a_single_listing_agree(homes):
    for row in (await listing_page(ListingFilters())).rows:
        assert await listing(row.id) == row


@pytest.mark.parametrize("listing_id", [0, 6, 7, 2**62])
async def test_what_is_missing_or_unpublished_is_none(homes, listing_id):
    assert await listing(listing_id) is None


async def test_a_listing_without_photos_has_none(homes):
    async with homes.transaction() as transaction:
        await fetch("DELETE FROM property_image WHERE property = 2")
        assert (await _listing(2)).images == ()
        await transaction.rollback()
    assert len((await _listing(2)).images) == 2


@pytest.mark.parametrize(
    "filters", [{}, {"search": "brick garden", "city": "boise", "min_price": 1}]
)
@pytest.mark.parametrize("page_size", [1, 3, 100])
async def test_a_page_is_one_statement_whatever_its_size(homes, filters, page_size):
    with counting() as statements:
        page = await listing_page(ListingFilters(**filters), page_size=page_size)
    assert len(statements) == 1
    assert page.rows
    assert all(row.images for row in page.rows)


async def test_a_listing_is_one_statement(homes):
    with counting() as statements:
        assert await listing(5)
    assert len(statements) == 1


# --- words follow the rows -------------------------------------------------------------------------------------------

CHANGES = [
    # statement, search that finds home 1 after it
    ("UPDATE property SET title = 'Gloomy cellar' WHERE id = 1", "cellar"),
    ("UPDATE property SET description = 'With Pool.' WHERE id = 1", "sunny pool"),
    ("UPDATE location SET city = 'Zürich' WHERE id = 1", "ZÜR"),
    ("UPDATE property SET location = 3 WHERE id = 1", "sunny orléans"),
]


@pytest.mark.parametrize(("sql", "search"), CHANGES)
async def test_what_raw_sql_writes_is_found(homes, sql, search):
    async with homes.transaction() as transaction:
        assert (await listing_page(ListingFilters(search=search))).count == 0
        await fetch(sql)
        assert [row.id for row in (await listing_page(ListingFilters(search=search))).rows] == [1]
        await transaction.rollback()


async def test_words_go_with_their_listing(homes):
    async with homes.transaction() as transaction:
        await fetch("DELETE FROM property WHERE id = 2")
        assert [row.id for row in (await listing_page(ListingFilters(search="brick"))).rows] == [5]
        await transaction.rollback()


async def test_very_long_words_do_no_harm(homes):
    async with homes.transaction() as transaction:
        await fetch("UPDATE property SET description = {} WHERE id = 1", "x" * 5000 + " short")
        assert (await listing_page(ListingFilters(search="short"))).count == 1
        assert (await listing_page(ListingFilters(search="x" * 150))).count == 1
        await transaction.rollback()


# --- the invented listings -------------------------------------------------------------------------------------------


@pytest_asyncio.fixture(params=databases.KINDS)
async def empty(request, tmp_path):
    async with (
        databases.database_url(request.param, request, tmp_path) as url,
        databases.migrated(url) as engine,
    ):
        yield engine


async def test_seeding_fills_an_empty_database_once(empty):
    assert await seed(130, databases.photos()) == 130
    first = await _everything()
    assert await seed(130, databases.photos()) == 0
    assert await _everything() == first
    assert len(first) == 130


async def test_seeded_listings_are_varied_and_begin_with_an_exterior(empty):
    await seed(60, databases.photos())
    rows = await _everything()
    assert len({row.location.city for row in rows}) > 6
    assert len({row.property_type for row in rows}) > 4
    assert len({row.title for row in rows}) > 50
    assert {len(row.images) for row in rows} == {3, 4, 5, 6}
    for row in rows:
        ids = [image.public_id for image in row.images]
        assert ids[0].startswith("homes/exterior")
        assert len(set(ids)) == len(ids)
        assert [image.display_order for image in row.images] == list(range(len(ids)))
        assert row.agent.email.endswith("@example.com")
        assert row.price % 100_000 == 0


async def test_seeding_takes_many_insert_statements_at_once(empty):
    """Bulk: the number of statements grows by the thousand, not by the listing."""
    with counting() as statements:
        await seed(200, databases.photos())
    assert len(statements) < 15


async def test_fewer_photos_than_wanted_are_enough(empty):
    await seed(5, databases.photos(2))
    assert {len(row.images) for row in await _everything()} == {2}


async def test_seeding_needs_no_photos_at_all(empty):
    assert await seed(5, ()) == 5
    assert {len(row.images) for row in await _everything()} == {0}


async def _everything():
    page = await listing_page(ListingFilters(), page_size=1000)
    assert page.count == len(page.rows)
    return page.rows
