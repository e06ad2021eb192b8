"""A photo becomes the URLs, widths and sizes that a page needs: tables of examples, then the laws behind them."""

from itertools import pairwise
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.pictures import (
    FRAME,
    PORTAL,
    Grid,
    card,
    gallery,
    original_url,
    sizes,
    thumbnail_url,
    webp_url,
)
from db.rows import ImageRow
from imgproxy import url

BASE = "/demo/image/upload/"


def photo(public_id="houses/villa", width=4000, height=3000, version=None):
    return ImageRow(1, public_id, version, width, height, 0, "A villa", "", "#ffffff")


def candidates(srcset):
    """The pairs (url, width) of a srcset, as a browser reads it: URLs end at white space, not at commas."""
    words = srcset.split()
    return [
        (link, int(width.rstrip("w,"))) for link, width in zip(words[::2], words[1::2], strict=True)
    ]


def widths(srcset):
    return [width for _, width in candidates(srcset)]


URLS = [
    # form, URL
    (original_url, "houses/villa.jpg"),
    (thumbnail_url, "c_fill,g_auto,w_400,h_300/f_auto/q_auto/houses/villa.jpg"),
    (webp_url, "c_fill,g_auto,w_400,h_300/f_webp/q_auto/houses/villa.webp"),
]


@pytest.mark.parametrize(("form", "expected"), URLS)
def test_the_urls_of_a_photo(form, expected):
    assert form(BASE, photo()) == BASE + expected


IDS = [
    # public id, version, what stands after the transformation
    ("villa", None, "villa.jpg"),
    ("villa", 1700000000, "v1700000000/villa.jpg"),
    ("my house/front view", None, "my%20house/front%20view.jpg"),
    ("häuser/süd", None, "h%C3%A4user/s%C3%BCd.jpg"),
    ("家", None, "%E5%AE%B6.jpg"),
    ("50%,#1?", None, "50%25%2C%231%3F.jpg"),
    ("a.b/photo.png", None, "a.b/photo.png.jpg"),
    # these would be read as a transformation or a version without the fence
    ("w_300/villa", None, "v1/w_300/villa.jpg"),
    ("e_sepia/villa", 7, "v7/e_sepia/villa.jpg"),
    ("v12/villa", None, "v1/v12/villa.jpg"),
    # and these would not
    ("w_300", None, "w_300.jpg"),
    ("very/villa", None, "very/villa.jpg"),
]


@pytest.mark.parametrize(("public_id", "version", "expected"), IDS)
def test_any_public_id_is_spelled_safely(public_id, version, expected):
    assert original_url(BASE, photo(public_id, version=version)) == BASE + expected


@given(
    public_id=st.lists(
        st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1),
        min_size=1,
        max_size=3,
    ).map("/".join),
    version=st.none() | st.integers(1, 10**12 - 1),
)
def test_every_url_we_publish_is_one_that_we_read_back(public_id, version):
    row = photo(public_id, version=version)
    for link in (thumbnail_url(BASE, row), original_url(BASE, row)):
        read = url.read(link)
        assert (read.cloud, read.kind, read.extension) == ("demo", "upload", "jpg")
        assert read.public_id == public_id
        assert version is None or read.version == version
    assert (
        url.read(thumbnail_url(BASE, row)).transformation
        == "c_fill,g_auto,w_400,h_300/f_auto/q_auto"
    )


CARDS = [
    # original, widths of the 4:3 candidates
    ((4000, 3000), [320, 400, 500, 624, 780, 976, 1220]),
    ((3000, 4000), [320, 400, 500, 624, 780, 976, 1220]),
    ((1000, 750), [320, 400, 500, 624, 780, 1000]),  # its own width crowns the ladder ...
    (
        (1020, 765),
        [320, 400, 500, 624, 780, 1020],
    ),  # ... in place of a rung that is nearly the same
    ((4000, 480), [320, 400, 500, 640]),  # a panorama has height for a small crop only
    ((640, 9000), [320, 400, 500, 640]),
    ((330, 300), [328]),
    ((100, 100), [100]),
    ((3, 3), [4]),
]


@pytest.mark.parametrize(("size", "expected"), CARDS)
def test_a_card_offers_the_ladder_up_to_what_the_original_holds(size, expected):
    assert widths(card(BASE, photo("x", *size)).srcset) == expected


def test_a_card_is_four_to_three_in_every_candidate():
    picture = card(BASE, photo())
    assert (picture.src, picture.width, picture.height) == (thumbnail_url(BASE, photo()), 400, 300)
    assert picture.src in dict(candidates(picture.srcset))
    for link, width in candidates(picture.srcset):
        assert f"c_fill,g_auto,w_{width},h_{width * 3 // 4}/f_auto/q_auto/" in link
        assert width % 4 == 0


GALLERIES = [
    # original, size of src, widths
    ((4000, 3000), (1524, 1143), [320, 400, 500, 624, 780, 976, 1220, 1524, 1908, 2384, 2980]),
    ((3000, 4000), (1524, 2032), [320, 400, 500, 624, 780, 976, 1220, 1524, 1908, 2384, 3000]),
    ((1000, 500), (1000, 500), [320, 400, 500, 624, 780, 1000]),
    ((90, 40), (90, 40), [90]),
]


@pytest.mark.parametrize(("size", "shown", "expected"), GALLERIES)
def test_a_gallery_photo_is_whole_and_never_enlarged(size, shown, expected):
    picture = gallery(BASE, photo("x", *size))
    assert (picture.width, picture.height) == shown
    assert widths(picture.srcset) == expected
    assert all(
        f"/c_limit,w_{width}/f_auto/q_auto/x.jpg" in link
        for link, width in candidates(picture.srcset)
    )


@given(width=st.integers(4, 20_000), height=st.integers(4, 20_000))
def test_no_candidate_is_wider_than_the_original_and_steps_are_small(width, height):
    for picture, most in (
        (card(BASE, photo("x", width, height)), min(width, height * 4 // 3)),
        (gallery(BASE, photo("x", width, height)), width),
    ):
        steps = widths(picture.srcset)
        assert steps[-1] <= most
        assert all(1 < b / a < 1.4 for a, b in pairwise(steps))


SIZES = [
    # grid, lazy, the attribute
    (
        PORTAL,
        True,
        (
            "auto, (min-width: 1312px) 302px, (min-width: 1120px) calc((100vw - 104px) / 4), "
            "(min-width: 840px) calc((100vw - 80px) / 3), (min-width: 560px) calc((100vw - 56px) / 2), "
            "calc(100vw - 32px)"
        ),
    ),
    (FRAME, False, "(min-width: 1312px) 1280px, calc(100vw - 32px)"),
    # the container ends before the second breakpoint: three columns are never seen
    (Grid(600, 0, 0, ((900, 3), (500, 2), (0, 1))), False, "(min-width: 600px) 300px, (min-width: 500px) calc((100vw - 0px) / 2), calc(100vw - 0px)"),
    (Grid(935, 0, 0, ((0, 3),)), False, "(min-width: 935px) 311.67px, calc((100vw - 0px) / 3)"),
]  # fmt: skip


@pytest.mark.parametrize(("grid", "lazy", "expected"), SIZES)
def test_sizes_are_exact_for_the_grid(grid, lazy, expected):
    assert sizes(grid, lazy) == expected


DEVICES = [
    # viewport, density, the candidate that a browser needs for a card: the first one wide enough
    (360, 1, 400),
    (390, 3, 1220),
    (390, 2, 780),
    (768, 2, 780),
    (1024, 1, 320),
    (1440, 1, 320),
    (1440, 2, 624),
]


@pytest.mark.parametrize(("viewport", "density", "expected"), DEVICES)
def test_what_a_device_picks_from_a_card(viewport, density, expected):
    slot = _slot(viewport) * density
    assert next(width for width in widths(card(BASE, photo()).srcset) if width >= slot) == expected


def _slot(viewport):
    """The width of a card as the grid lays it out, written without looking at the code under test."""
    columns = 4 if viewport >= 1120 else 3 if viewport >= 840 else 2 if viewport >= 560 else 1
    return (min(viewport - 32, 1280) - 24 * (columns - 1)) / columns


def test_ids_are_escaped_in_every_candidate():
    for link, _ in candidates(card(BASE, photo("my house, 2")).srcset):
        assert unquote(link).endswith("/my house, 2.jpg")
        assert not set(" \t,") & set(link.rpartition("/")[2])
