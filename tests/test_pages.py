"""The pages as HTML: what is in them for every visitor, with or without scripts.  How they look is `test_browser`'s.  On both
engines."""

import gzip
import re
from html.parser import HTMLParser
from types import SimpleNamespace
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import pytest_asyncio
from litestar import Litestar
from litestar.datastructures import State

from api.docs_page import phases
from api.examples import is_of_pages
from api.pages import page_routes
from api.pages_answer import money, prose
from api.pages_query import PortalQuery, page_numbers, read_query
from api.pictures import CARD
from api.seed import seed
from api.warm import Warm
from db.changes import Unwatched
from db.engine import current, fetch, open_engine, use
from db.settings import DatabaseSettings
from db.statements import counting
from db.tables import Property, PropertyImage
from db.watching import watch_of
from imgproxy.grammar.named import Named
from imgproxy.operations import CLAIMS
from imgproxy.step import fields
from tests import databases
from tests.services import client_of

BASE = "/demo/image/upload/"
HOSTILE = """</a><script>alert("x")</script>'"><img src=x onerror=alert(1)>"""
COUNT = 50


class Elements(HTMLParser):
    """Every start tag with its attributes, in the order of the page."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    def all(self, tag, **wanted):
        return [
            have
            for name, have in self.found
            if name == tag and all(have.get(key) == value for key, value in wanted.items())
        ]


def application(warm=None):
    return Litestar(
        route_handlers=page_routes,
        state=State(
            {
                "image_base": BASE,
                "warm": warm or Warm(Unwatched()),
                "named": SimpleNamespace(known=Named({"card 2x": "c_fill,h_9,w_9/dpr_2.0"})),
                "strict": False,
                "fetches": True,
            }
        ),
        openapi_config=None,
    )


@pytest_asyncio.fixture(params=databases.KINDS, scope="module")
async def client(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    async with (
        databases.database_url(request.param, request, folder) as url,
        databases.migrated(url),
        client_of(application()) as client,
    ):
        await seed(COUNT, databases.photos())
        yield client


@pytest_asyncio.fixture
async def hostile(client):
    """The id of a listing whose owner tries to break out of the page, with the second photo's style as well."""
    one = (await fetch("SELECT location, agent FROM property LIMIT 1"))[0]
    row = Property(
        location=one["location"], agent=one["agent"], title=HOSTILE, description=HOSTILE,
        price=100, bedrooms=1, bathrooms=1, area=0,
    )  # fmt: skip
    await row.save()
    for place, style in enumerate(("data:image/webp;base64,AAAA", "x);color:red;y:url(//evil")):
        color = ("#102030", "red;x:1")[place]
        await PropertyImage(
            property=row.id, public_id=f"a b/{HOSTILE[:9]}", width=100, height=200,
            display_order=place, alt_text=HOSTILE, placeholder=style, color=color,
        ).save()  # fmt: skip
    yield row.id
    await Property.delete().where(Property.id == row.id)


@pytest_asyncio.fixture
async def bare(client):
    """The id of a listing without photos."""
    one = (await fetch("SELECT location, agent FROM property LIMIT 1"))[0]
    row = Property(location=one["location"], agent=one["agent"], title="Bare", description="")
    await row.save()
    yield row.id
    await Property.delete().where(Property.id == row.id)


async def page_of(client, path, status=200):
    response = await client.get(path)
    assert response.status_code == status, response.text
    assert response.headers["content-type"].startswith("text/html")
    return response.text


# --- the grid --------------------------------------------------------------------------------------------------------


async def test_every_card_is_a_sharp_picture_that_keeps_its_place(client):
    pictures = Elements(await page_of(client, "/")).all("img")
    assert len(pictures) == 20
    for image in pictures:
        assert int(image["width"]) * 3 == int(image["height"]) * 4
        assert len(image["srcset"].split(", ")) > 3
        assert image["src"].startswith(BASE)
        assert image["alt"]
        assert image["style"] == "background-color:#a0b0c0"


async def test_the_page_for_comparison_asks_for_whole_originals_at_once(client):
    pictures = Elements(await page_of(client, "/unoptimized")).all("img")
    portal = Elements(await page_of(client, "/")).all("img")
    assert [image["alt"] for image in pictures] == [image["alt"] for image in portal]
    for image in pictures:
        assert image.keys() == {"src", "alt"}
        assert re.fullmatch(rf"{BASE}homes/[^/]+\.jpg", image["src"])


async def test_the_first_row_is_fetched_at_once_and_the_rest_when_it_is_near(client):
    pictures = Elements(await page_of(client, "/")).all("img")
    row = CARD.breakpoints[-1].columns
    assert [image.get("fetchpriority") for image in pictures] == ["high"] + [None] * 19
    assert [image.get("loading") for image in pictures] == [None] * row + ["lazy"] * (20 - row)
    for image in pictures:
        assert image["sizes"].startswith("auto, ") == (image.get("loading") == "lazy")


async def test_a_card_says_what_one_wants_to_know(client):
    html = await page_of(client, "/?ordering=price")
    one = (
        await fetch(
            "SELECT p.*, l.city, a.name AS agent FROM property p JOIN location l ON l.id = p.location "
            "JOIN agent a ON a.id = p.agent ORDER BY price, p.id LIMIT 1"
        )
    )[0]
    card = html.partition("<article")[2].partition("</article>")[0]
    for said in (one["title"], one["city"], one["agent"], money(one["price"])):
        assert said in card
    assert re.search(rf"{one['bedrooms']}<span class=\"unseen\"> bedroom", card)
    assert f"{one['area']:,} <abbr" in card
    assert f'href="/properties/{one["id"]}"' in card


async def test_a_listing_without_photos_has_a_card_and_a_page(client, bare):
    html = await page_of(client, "/?search=Bare")
    assert "No photo yet" in html
    assert not Elements(html).all("img")
    assert "<h1>Bare</h1>" in await page_of(client, f"/properties/{bare}")


async def test_filters_survive_the_way_through_the_pages(client):
    html = await page_of(client, "/?status=available&search=a&city=&min_price=1%2C000&utm_source=x")
    following = Elements(html).all("a", rel="next")[0]["href"]
    assert parse_qs(urlsplit(following).query) == {
        "search": ["a"],
        "status": ["available"],
        "min_price": ["1000"],
        "page": ["2"],
    }
    second = Elements(await page_of(client, following))
    assert parse_qs(urlsplit(second.all("a", rel="prev")[0]["href"]).query) == {
        "search": ["a"],
        "status": ["available"],
        "min_price": ["1000"],
    }
    assert second.all("input", name="search")[0]["value"] == "a"
    assert second.all("input", name="min_price")[0]["value"] == "1000"
    assert "selected" in second.all("option", value="available")[0]


async def test_what_is_asked_is_what_is_shown(client):
    total = (await fetch("SELECT count(*) AS n FROM property WHERE property_type = 'house'"))[0]
    html = await page_of(client, "/?property_type=house")
    noun = "house" if total["n"] == 1 else "houses"
    assert f'<span class="figure">{total["n"]}</span> {noun}' in html


async def test_each_field_of_the_form_has_a_name_for_those_who_do_not_see_it(client):
    elements = Elements(await page_of(client, "/"))
    labelled = {label["for"] for label in elements.all("label")}
    fields = [have for name, have in elements.found if name in ("input", "select")]
    assert fields
    for field in fields:
        assert field.get("id") in labelled or field.get("aria-label"), field


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/?search=zzzz", "Nothing matches"),
        ("/?page=9", "There is no page 9"),
    ],
)
async def test_an_empty_grid_says_why(client, path, said):
    html = await page_of(client, path)
    assert said in html
    assert not Elements(html).all("img")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("property_type=castle", "property type: &#39;castle&#39;"),
        ("min_price=cheap", "lowest price: &#39;cheap&#39;"),
        ("page=0", "page: &#39;0&#39;"),
        ("ordering=title", "There is no ordering"),
        (f"search={'x' * 201}", "search:"),
    ],
)
async def test_what_cannot_be_meant_is_refused_by_name(client, query, said):
    assert said in await page_of(client, f"/?{query}", 400)


# --- one listing -----------------------------------------------------------------------------------------------------


async def test_the_gallery_has_every_photo_large_and_as_a_thumbnail(client):
    html = await page_of(client, "/properties/1")
    photos = await fetch("SELECT * FROM property_image WHERE property = 1 ORDER BY display_order")
    elements = Elements(html)
    large = [image for image in elements.all("img") if "c_limit" in image.get("src", "")]
    small = elements.all("img", width="112")
    assert [image["alt"] for image in large] == [photo["alt_text"] for photo in photos]
    assert len(small) == len(photos)
    assert large[0]["fetchpriority"] == "high"
    assert {image.get("loading") for image in (*large[1:], *small)} == {"lazy"}
    anchors = [item["id"] for item in elements.all("li") if "id" in item]
    links = [link["href"] for link in elements.all("a") if link["href"].startswith("#photo")]
    assert links == [f"#{anchor}" for anchor in anchors]


@pytest.mark.parametrize("wrong", ["999999", "0", "abc", "-1", "9" * 40, "²"])
async def test_a_home_that_is_not_there_is_a_page_of_ours(client, wrong):
    html = await page_of(client, f"/properties/{wrong}", 404)
    assert "Out of the frame" in html
    assert "site." in html


# --- all pages -------------------------------------------------------------------------------------------------------

PAGES = ("/", "/?search=a&page=2", "/properties/1", "/docs", "/docs/effects", "/playground")


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_costs_at_most_two_statements(client, path):
    with counting() as statements:
        await page_of(client, path)
    assert 1 <= len(statements) <= 2


@pytest.mark.parametrize("path", ["/?search=script", "/properties/{id}"])
async def test_nothing_that_an_owner_writes_becomes_markup_or_style(client, hostile, path):
    html = await page_of(client, path.format(id=hostile))
    assert "&lt;script&gt;" in html
    assert "<script>" not in html
    assert "onerror=alert(1)>" not in html
    styles = {image["style"] for image in Elements(html).all("img") if "style" in image}
    safe = "background-color:#102030;background-image:url(data:image/webp;base64,AAAA)"
    assert safe in styles
    assert styles <= {safe, "", "background-color:#a0b0c0"}


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_asks_nobody_else_for_anything(client, path):
    response = await client.get(path)
    for _, attributes in Elements(response.text).found:
        for name in ("src", "href", "srcset", "action"):
            assert "//" not in (attributes.get(name) or ""), attributes
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_is_well_formed_and_no_id_stands_twice(client, path):
    html = await page_of(client, path)
    ids = [have["id"] for _, have in Elements(html).found if "id" in have]
    assert len(ids) == len(set(ids)), [one for one in ids if ids.count(one) > 1]
    for tag in ("ul", "ol", "li", "div", "article", "section", "table", "a", "svg", "p"):
        opened = len(re.findall(rf"<{tag}[\s>]", html))
        assert opened == html.count(f"</{tag}>"), tag


@pytest.mark.parametrize("path", PAGES)
async def test_head_agrees_with_get_and_old_clients_get_plain_text(client, path):
    packed = await client.get(path)
    assert packed.headers["content-encoding"] == "gzip"
    plain = await client.get(path, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == packed.text
    head = await client.head(path)
    assert head.headers == packed.headers
    assert head.content == b""


@pytest_asyncio.fixture
async def warmed(client):
    """A client of an application that is told of changes."""
    warm = Warm(Unwatched())
    await warm.start(watch_of(current()))
    async with client_of(application(warm)) as visitor:
        visitor.warm = warm  # type: ignore[attr-defined]
        yield visitor
    await warm.close()


@pytest.mark.parametrize("path", ["/", "/?search=a&page=2", "/properties/1"])
async def test_a_warm_page_costs_no_statement_and_a_copy_of_it_no_bytes(warmed, path):
    first = await warmed.get(path)
    with counting() as statements:
        again = await warmed.get(path)
        plain = await warmed.get(path, headers={"accept-encoding": "identity"})
        copy = await warmed.get(path, headers={"if-none-match": first.headers["etag"]})
    assert len(statements) == 1, "only the plain one is made, which nobody has asked for before"
    assert (again.headers, again.content) == (first.headers, first.content)
    assert plain.headers["etag"] != first.headers["etag"]
    assert (copy.status_code, copy.content) == (304, b"")
    assert copy.headers["vary"] == "accept-encoding"


@pytest.mark.parametrize("path", ["/?search=", "/properties/{id}"])
async def test_a_changed_listing_is_in_the_next_answer(warmed, bare, path):
    path = path.format(id=bare)
    old = await warmed.get(path)
    assert "Bare" in old.text
    await Property.update({Property.title: "Furnished"}).where(Property.id == bare)
    await warmed.warm.caught_up()
    new = await warmed.get(path, headers={"if-none-match": old.headers["etag"]})
    assert new.status_code == 200
    assert "Furnished" in new.text
    await Property.delete().where(Property.id == bare)
    await warmed.warm.caught_up()
    assert "Furnished" not in (await warmed.get(path)).text


async def test_trouble_with_the_database_is_a_page_and_tells_nobody_what_the_driver_said(
    tmp_path,
):
    engine = current()
    use(open_engine(DatabaseSettings(f"sqlite:///{tmp_path / 'none' / 'x.sqlite'}", 1, 1.0)))
    try:
        async with client_of(application()) as client:
            html = await page_of(client, "/", 500)
    finally:
        use(engine)
    assert "cannot be read right now" in html
    assert "no such table" not in html


# --- files -----------------------------------------------------------------------------------------------------------


async def test_files_are_named_after_their_bytes_and_kept_for_ever(client):
    elements = Elements(await page_of(client, "/"))
    wanted = [
        link["href"] for link in elements.all("link") if link["rel"] not in ("next", "preload")
    ]
    wanted += [script["src"] for script in elements.all("script")]
    assert len(wanted) == 3
    for url in wanted:
        answer = await client.get(url)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


async def test_an_old_name_of_a_file_is_answered_but_not_kept(client):
    answer = await client.get("/static/site.000000000000.css")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("name", ["none.css", "..%2Fpages.py", "site", "a.b.c.d"])
async def test_only_our_own_files_can_be_named(client, name):
    assert (await client.get(f"/static/{name}")).status_code == 404


async def test_a_file_can_be_had_unpacked(client):
    url = Elements(await page_of(client, "/")).all("link", rel="stylesheet")[0]["href"]
    plain = await client.get(url, headers={"accept-encoding": "identity"})
    packed = await client.get(url)
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert len(gzip.compress(plain.content)) < len(plain.content)


# --- the documentation -----------------------------------------------------------------------------------------------


async def test_every_operation_is_documented_with_its_grammar_and_each_example(client):
    html = await page_of(client, "/docs")
    links = {link.get("title") for link in Elements(html).all("a")}
    for step in CLAIMS:
        for name in step.names:
            assert f"<code>{step.key}_{name}</code>" in html
        for spec in fields(step):
            if spec.qualifier:
                assert f"<code>{spec.qualifier}_&lt;{spec.name}&gt;</code>" in html
        for example in step.examples:
            # a layer's picture is one that is there
            shown = (
                f"/{example}/" if "_sample" not in example else f"/{example.split('_sample')[0]}_"
            )
            # a photo has no second page
            is_link = any(link and shown in link for link in links)
            assert is_link is not is_of_pages(example), example
    assert not any(link and "_sample" in link for link in links)


@pytest.mark.parametrize(
    ("find", "left"),
    [("", len(CLAIMS)), ("Oil Paint", 1), ("e_oil_paint", 1), ("paint oil", 1), ("quince", 0)],
)
async def test_the_documentation_is_searched_without_scripts(client, find, left):
    found = Elements(await page_of(client, f"/docs?{urlencode({'find': find})}"))
    operations = found.all("article")
    assert len(operations) == len(CLAIMS)
    assert sum("hidden" not in one for one in operations) == left
    chapters = [one for one in found.all("section") if "hidden" not in one]
    assert len(chapters) == (1 if find and left else 0 if find else len(found.all("section")))


def test_without_foreign_pictures_their_examples_are_left_out():
    shown = [
        {
            example.component
            for _, operations in phases(BASE, None, fetches=fetches)
            for operation in operations
            for example in operation.examples
        }
        for fetches in (True, False)
    ]
    gone = shown[0] - shown[1]
    assert gone
    assert all("fetch" in component for component in gone)


async def test_names_are_shown_with_what_they_stand_for(client):
    html = (await page_of(client, "/docs")).replace("<wbr>", "")
    assert "<code>t_card 2x</code>" in html
    assert "<code>c_fill,h_9,w_9/dpr_2.0</code>" in html


async def test_examples_are_shown_on_a_photo_of_the_portal(client):
    pictures = Elements(await page_of(client, "/docs")).all("img")
    assert len(pictures) > 60
    assert {image.get("loading") for image in pictures} == {"lazy"}
    assert not any("fl_getinfo" in image["src"] for image in pictures)
    assert not any("/f_jxl/" in image["src"] for image in pictures)
    assert not any("l_fetch" in image["src"] for image in pictures)


def test_without_a_photo_the_examples_stand_alone():
    for _, operations in phases(BASE, None, fetches=True):
        for operation in operations:
            assert all(example.url == "" for example in operation.examples)


def test_docstrings_keep_their_code_and_lose_their_teeth():
    text = """``w_<n>`` and `h`: a & b

    Next.
    """
    assert prose(text) == (
        "<p><code>w_&lt;n&gt;</code> and <code>h</code>: a &amp; b</p><p>Next.</p>"
    )


# --- the query -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "link"),
    [
        ([], "/"),
        ([("search", "  "), ("city", ""), ("ref", "mail")], "/"),
        ([("city", " Austin "), ("ordering", "-created_at")], "/?city=Austin"),
        ([("min_price", "$450,000"), ("max_price", "1 000 000")], "/?min_price=450000&max_price=1000000"),
        ([("page", "1"), ("ordering", "price")], "/?ordering=price"),
        ([("search", "a&b=ü")], "/?search=a%26b%3D%C3%BC"),
    ],
)  # fmt: skip
def test_a_query_is_read_kindly_and_written_shortly(given, link):
    query = read_query(given)
    assert query.link(page=1) == link
    assert read_query(parse_pairs(link)) == query


def parse_pairs(link):
    return [(key, values[0]) for key, values in parse_qs(urlsplit(link).query).items()]


def test_prices_are_asked_in_minor_units():
    assert PortalQuery(min_price=3).filters.min_price == 300


@pytest.mark.parametrize(
    ("current", "last", "numbers"),
    [
        (1, 1, [1]),
        (1, 3, [1, 2, 3]),
        (1, 10, [1, 2, None, 10]),
        (3, 10, [1, 2, 3, 4, None, 10]),
        (4, 10, [1, 2, 3, 4, 5, None, 10]),
        (5, 10, [1, None, 4, 5, 6, None, 10]),
        (10, 10, [1, None, 9, 10]),
    ],
)
def test_pages_worth_a_link(current, last, numbers):
    assert page_numbers(current, last) == numbers


@pytest.mark.parametrize(
    ("minor", "text"), [(0, "$0"), (45_000_000, "$450,000"), (123_45, "$123.45")]
)
def test_prices_as_people_write_them(minor, text):
    assert money(minor) == text
