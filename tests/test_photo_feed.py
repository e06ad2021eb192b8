"""`examples/photo_feed`: a second product whose pages are one statement each, and whose pictures are declared."""

import re
from pathlib import Path

import pytest_asyncio
from litestar import Litestar

from db import engine as engines
from db.settings import DatabaseSettings
from db.statements import counting
from examples.photo_feed import feed
from examples.photo_feed.people import settle
from examples.photo_feed.site import POST, ROUTES, SQUARE
from tests import databases
from tests.services import App, client_of

CROWD = ("ada", "bruno", "carla", "dmitri", "esme", "farid")


@pytest_asyncio.fixture(params=databases.KINDS)
async def crowd(request, tmp_path):
    """Six people and twenty-four posts on either engine."""
    async with (
        databases.database_url(request.param, request, tmp_path) as url,
        engines.running(DatabaseSettings(url)) as engine,
    ):
        for _ in range(2):
            await settle(engine, databases.photos(24))
        yield


@pytest_asyncio.fixture
async def client(crowd):
    application: App = Litestar(ROUTES, openapi_config=None)  # type: ignore[assignment]
    async with client_of(application) as client:
        client.follow_redirects = True
        yield client


async def test_a_feed_is_one_statement(crowd):
    with counting() as statements:
        posts = await feed.feed("ada")
    assert (len(posts), len(statements)) == (feed.PAGE_SIZE, 1)


async def test_a_profile_is_one_statement(crowd):
    with counting() as statements:
        person = await feed.person("bruno", "ada")
    assert person is not None
    assert (len(person.photos), len(statements)) == (4, 1)


async def test_a_feed_holds_what_followed_people_posted_and_ones_own_newest_first(crowd):
    mine = await feed.feed("ada")
    followed = [name for name in CROWD if (await met(name, "ada")).followed]
    assert 0 < len(followed) < len(CROWD) - 1
    assert {post.handle for post in mine} <= {"ada", *followed}
    assert [post.id for post in mine] == sorted((post.id for post in mine), reverse=True)


async def test_older_pages_go_on_where_newer_ones_end(crowd):
    seen, before = [], None
    while page := await feed.feed("ada", before):
        seen += [post.id for post in page]
        before = page[-1].id
    assert seen == sorted(set(seen), reverse=True)
    assert len(seen) > feed.PAGE_SIZE


async def test_a_like_is_given_and_taken_back(crowd):
    post = (await feed.feed("ada"))[0]
    await feed.turn_like("ada", post.id)
    turned = (await feed.feed("ada"))[0]
    assert turned.liked is not post.liked
    assert turned.like_count == post.like_count + (1 if turned.liked else -1)
    await feed.turn_like("ada", post.id)
    assert (await feed.feed("ada"))[0] == post


async def test_following_changes_the_feed(crowd):
    stranger = (await unfollowed("ada"))[0]
    await feed.turn_follow("ada", stranger)
    assert stranger in {post.handle for post in await whole("ada")}
    await feed.turn_follow("ada", stranger)
    assert stranger not in {post.handle for post in await whole("ada")}


async def met(handle: str, viewer: str = "ada") -> feed.Person:
    person = await feed.person(handle, viewer)
    assert person is not None
    return person


async def unfollowed(viewer):
    return [n for n in CROWD[1:] if not (await met(n, viewer)).followed]


async def whole(viewer):
    posts, before = [], None
    while page := await feed.feed(viewer, before):
        posts += page
        before = page[-1].id
    return posts


async def test_nobody_follows_themselves(crowd):
    await feed.turn_follow("ada", "ada")
    assert not (await met("ada")).followed


async def test_the_latest_comment_comes_first_and_is_no_markup(client):
    post = (await feed.feed("ada"))[0]
    answer = await client.post(f"/posts/{post.id}/comments", data={"text": " <b>Hi</b> "})
    assert str(answer.url).endswith(f"/#post-{post.id}")
    now = (await feed.feed("ada"))[0]
    assert now.comments[0] == ("ada", "<b>Hi</b>")
    assert now.comment_count == post.comment_count + 1
    assert "&lt;b&gt;Hi&lt;/b&gt;" in answer.text


async def test_the_page_of_the_feed_offers_pictures_in_their_ratios(client):
    page = (await client.get("/")).text
    sides = re.findall(r'<img[^>]* width="(\d+)" height="(\d+)"', page)
    assert {round(int(width) / int(height), 2) for width, height in sides} == {0.8, 1.0}
    assert page.count('fetchpriority="high"') == 1
    assert "/?before=" in page


async def test_who_is_not_there_is_404(client):
    assert (await client.get("/people/nobody")).status_code == 404


async def test_one_sees_it_as_somebody_else(client):
    assert "@farid" in (await client.post("/as/farid")).text


def test_densities_one_to_three_of_a_column_and_a_grid():
    assert {spec.densities for spec in (POST, SQUARE)} == {(1.0, 2.0, 3.0)}
    assert (SQUARE.container, SQUARE.breakpoints[0].columns) == (935, 3)


def test_it_is_small():
    files = Path(feed.__file__).parent.glob("*.py")
    assert sum(len(file.read_text().splitlines()) for file in files) <= 400
