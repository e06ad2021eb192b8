"""A photo becomes the URLs, widths and sizes that a page needs: tables of examples, then the laws behind them.

What a device downloads is worked out by a browser's own rules, written here without looking at the code under test.
"""

import re
import shutil
import subprocess
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.pages_answer import environment
from api.pictures import (
    CARD,
    GALLERY,
    SPECS,
    THUMBNAIL,
    BadSpec,
    Breakpoint,
    PictureSpec,
    digest,
    img,
    layout,
    link_header,
    manifest,
    original_url,
    read,
    thumbnail_url,
    urls,
    webp_url,
    written,
)
from db.rows import ImageRow
from imgproxy import url
from imgproxy.grammar import parse
from tests import services

ROOT = Path(__file__).resolve().parent.parent
BASE = "/demo/image/upload/"
FEED = PictureSpec(
    name="feed",
    ratios=("1:1", "4:5"),
    breakpoints=(Breakpoint(0, columns=3),),
    container=935,
    gutter=28,
    formats=("jxl", "avif", "webp", "jpg"),
)
HERO = PictureSpec(
    name="hero",
    ratios=("16:9",),
    breakpoints=(Breakpoint(0, ratio="1:1"), Breakpoint(600), Breakpoint(1200, ratio="21:9")),
    formats=("avif", "jpg"),
    loading="eager",
    lcp=True,
    quality="auto:best",
)
SIDE = PictureSpec(
    name="side",
    ratios=("3:2",),
    breakpoints=(Breakpoint(0, columns=2), Breakpoint(900, columns=12, span=5)),
    container=1200,
    gutter=20,
    padding=10,
)


def photo(public_id="houses/villa", width=4000, height=3000, version=None, focus=(None, None)):
    return ImageRow(
        1, public_id, version, width, height, 0, "A villa", "data:image/webp;base64,AA==", "#102030",
        "3OcRJYB4d3h/iIeHeEh3eIhw+j2w", *focus,
    )  # fmt: skip


def candidates(srcset):
    """The pairs (url, width) of a srcset, as a browser reads it: URLs end at white space, not at commas."""
    words = srcset.split()
    return [
        (link, int(width.rstrip("w,"))) for link, width in zip(words[::2], words[1::2], strict=True)
    ]


def widths(srcset):
    return [width for _, width in candidates(srcset)]


# --- the declaration -------------------------------------------------------------------------------------------------

WRONG = [
    # fields, the field that is named, what is expected
    ({"name": "Card"}, "name", "a lower-case word of 1 to 40"),
    ({"name": ""}, "name", "a lower-case word"),
    ({"ratios": ()}, "ratios", "at least one, each once"),
    ({"ratios": ("4:3", "8:6")}, "ratios", "at least one, each once"),
    ({"ratios": ("4/3",)}, "ratios", "a ratio such as 16:9, or original"),
    ({"ratios": ("0:3",)}, "ratios", "a ratio such as 16:9"),
    ({"breakpoints": ()}, "breakpoints", "min_width rising from 0"),
    ({"breakpoints": (Breakpoint(1),)}, "breakpoints", "min_width rising from 0"),
    ({"breakpoints": (Breakpoint(0), Breakpoint(0))}, "breakpoints", "min_width rising from 0"),
    ({"container": 0}, "container", "16 to 20000"),
    ({"gutter": -1}, "gutter", "0 to 1000"),
    ({"padding": 1001}, "padding", "0 to 1000"),
    ({"densities": ()}, "densities", "numbers from 1 to 4"),
    ({"densities": (0.5, 1)}, "densities", "numbers from 1 to 4"),
    ({"densities": (2, 1)}, "densities", "rising numbers"),
    ({"formats": ()}, "formats", "at least one, each once"),
    ({"formats": ("auto", "jpg")}, "formats", "auto alone, or typed formats"),
    ({"formats": ("avif", "webp")}, "formats", "jpg or png last, which every browser shows"),
    ({"formats": ("jpg", "avif", "png")}, "formats", "jpg or png last only"),
    ({"quality": "auto:great"}, "quality", "auto, auto:<level> or 1 to 100"),
    ({"quality": "0"}, "quality", "1 to 100"),
    ({"lcp": True}, "lcp", "loading eager with it"),
    ({"fallback": 0}, "fallback", "1 to 20000"),
]


@pytest.mark.parametrize(("fields", "field", "expected"), WRONG)
def test_a_spec_that_cannot_be_meant_is_refused_by_field(fields, field, expected):
    with pytest.raises(BadSpec) as caught:
        PictureSpec(**{"name": "x", **fields})
    assert caught.value.field == field
    assert expected in str(caught.value)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"min_width": -1}, "min_width"),
        ({"min_width": 0, "columns": 0}, "columns"),
        ({"min_width": 0, "columns": 3, "span": 4}, "span"),
        ({"min_width": 0, "width": 0}, "width"),
        ({"min_width": 0, "ratio": "wide"}, "ratio"),
    ],
)
def test_so_is_a_breakpoint(fields, field):
    with pytest.raises(BadSpec, match=f"^breakpoints.{field}: "):
        Breakpoint(**fields)


TEXTS = [
    # a text, the field that is named
    ("{", "spec"),
    ("[]", "spec"),
    ("{}", "spec"),
    ('{"name": 3}', "name"),
    ('{"name": "x", "colour": 1}', "spec"),
    ('{"name": "x", "formats": ["heic"]}', "formats[0]"),
    ('{"name": "x", "ratios": ["tall"]}', "ratios"),
    ('{"name": "x", "breakpoints": [{"min_width": 0, "columns": 0}]}', "breakpoints.columns"),
]


@pytest.mark.parametrize(("text", "field"), TEXTS)
def test_a_text_that_is_no_spec_is_refused_by_field(text, field):
    with pytest.raises(BadSpec) as caught:
        read(text)
    assert caught.value.field == field


def test_equal_specs_have_one_text_and_one_digest():
    said = PictureSpec(name="x", ratios=("8:6",), densities=(1, 2), gutter=0)
    meant = PictureSpec(name="x", ratios=("4:3",))
    assert written(said) == written(meant) == b'{"name":"x","ratios":["4:3"]}'
    assert digest(said) == digest(meant)
    assert re.fullmatch("[0-9a-f]{64}", digest(said))


@pytest.mark.parametrize("spec", [*SPECS.values(), FEED, HERO, SIDE, CARD.leading()])
def test_a_spec_survives_its_text(spec):
    assert read(written(spec)) == spec
    assert read(msgspec.json.format(written(spec))) == spec


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "other"}, {"ratios": ("3:2",)}, {"container": 1279}, {"gutter": 25}, {"padding": 15},
        {"densities": (1, 3)}, {"formats": ("jpg",)}, {"quality": "80"}, {"loading": "eager"},
        {"fallback": 480}, {"ahead": True}, {"breakpoints": (Breakpoint(0),)},
    ],
)  # fmt: skip
def test_every_field_counts_for_the_digest(changes):
    assert digest(CARD.changed(**changes)) != digest(CARD)


# --- URLs ------------------------------------------------------------------------------------------------------------

URLS = [
    # form, focal point, URL
    (original_url, (None, None), "houses/villa.jpg"),
    (thumbnail_url, (None, None), "c_fill,g_auto,w_400,h_300/f_auto/q_auto/houses/villa.jpg"),
    (webp_url, (None, None), "c_fill,g_auto,w_400,h_300/f_webp/q_auto/houses/villa.webp"),
    (original_url, (0.25, 0.5), "houses/villa.jpg"),
    (thumbnail_url, (0.25, 0.5), "c_fill,g_xy_center,w_400,h_300,x_0.25,y_0.5/f_auto/q_auto/houses/villa.jpg"),
    (webp_url, (0.0, 1.0), "c_fill,g_xy_center,w_400,h_300,x_0.0,y_1.0/f_webp/q_auto/houses/villa.webp"),
    (thumbnail_url, (1 / 3, 2 / 3), "c_fill,g_xy_center,w_400,h_300,x_0.3333,y_0.6667/f_auto/q_auto/houses/villa.jpg"),
    (thumbnail_url, (0.5, None), "c_fill,g_auto,w_400,h_300/f_auto/q_auto/houses/villa.jpg"),
]  # fmt: skip


@pytest.mark.parametrize(("form", "focus", "expected"), URLS)
def test_the_urls_of_a_photo(form, focus, expected):
    assert form(BASE, photo(focus=focus)) == BASE + expected


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
        path = url.read(link)
        assert (path.cloud, path.kind, path.extension) == ("demo", "upload", "jpg")
        assert path.public_id == public_id
        assert version is None or path.version == version
    assert (
        url.read(thumbnail_url(BASE, row)).transformation
        == "c_fill,g_auto,w_400,h_300/f_auto/q_auto"
    )


def test_ids_are_escaped_in_every_candidate():
    for link, _ in candidates(img(CARD, BASE, photo("my house, 2")).srcset):
        assert unquote(link).endswith("/my house, 2.jpg")
        assert not set(" \t,") & set(link.rpartition("/")[2])


# --- widths ----------------------------------------------------------------------------------------------------------

LADDER = [276, 332, 400, 480, 576, 692, 828, 996, 1196]
CARDS = [
    # original, widths of the 4:3 candidates
    ((4000, 3000), LADDER),
    ((3000, 4000), LADDER),
    ((1000, 750), [*LADDER[:7], 1000]),  # its own width crowns the ladder, in place of a rung that is nearly the same ...
    ((1020, 765), [*LADDER[:8], 1020]),  # ... and beside one that is not
    ((408, 306), [276, 332, 400, 408]),  # nor in place of one whose lack would be felt
    ((4000, 480), [276, 332, 400, 480, 576, 640]),  # a panorama has height for a small crop only
    ((640, 9000), [276, 332, 400, 480, 576, 640]),
    ((330, 300), [276, 328]),
    ((100, 100), [100]),
    ((3, 3), [4]),
]  # fmt: skip


@pytest.mark.parametrize(("size", "expected"), CARDS)
def test_a_card_offers_the_ladder_up_to_what_the_original_holds(size, expected):
    assert widths(img(CARD, BASE, photo("x", *size)).srcset) == expected


WHOLE = [
    # original, size of src, widths
    ((4000, 3000), (1432, 1074), [332, *LADDER[2:], 1432, 1720, 2064, 2476, 2972]),
    ((1000, 500), (1000, 500), [332, 400, 480, 576, 692, 828, 1000]),
    ((90, 40), (90, 40), [90]),
    # upright: 240 to 720 high, so 180 to 540 wide
    ((3000, 4000), (576, 768), [192, 232, *LADDER]),
]  # fmt: skip


@pytest.mark.parametrize(("size", "shown", "expected"), WHOLE)
def test_a_gallery_photo_is_whole_and_never_enlarged(size, shown, expected):
    picture = img(GALLERY, BASE, photo("x", *size))
    assert (picture.width, picture.height) == shown
    assert widths(picture.srcset) == expected
    assert all(
        f"/c_limit,w_{width}/f_auto/q_auto/x.jpg" in link
        for link, width in candidates(picture.srcset)
    )


def test_a_picture_of_fixed_widths_is_offered_at_exactly_these():
    assert widths(img(THUMBNAIL, BASE, photo()).srcset) == [76, 112, 114, 152, 168, 224]
    assert widths(img(THUMBNAIL, BASE, photo("x", 120, 90)).srcset) == [76, 112, 114, 120]
    assert img(THUMBNAIL, BASE, photo()).sizes == "auto, (min-width: 560px) 112px, 76px"


def test_a_card_is_four_to_three_in_every_candidate():
    picture = img(CARD, BASE, photo())
    assert (picture.src, picture.width, picture.height) == (thumbnail_url(BASE, photo()), 400, 300)
    assert picture.src in dict(candidates(picture.srcset))
    for link, width in candidates(picture.srcset):
        assert f"c_fill,g_auto,w_{width},h_{width * 3 // 4}/f_auto/q_auto/" in link
        assert width % 4 == 0


@given(width=st.integers(4, 20_000), height=st.integers(4, 20_000))
def test_no_candidate_is_wider_than_the_original_and_steps_are_less_than_half_in_area(
    width, height
):
    for spec, most in ((CARD, min(width, height * 4 // 3)), (GALLERY, width)):
        steps = widths(img(spec, BASE, photo("x", width, height)).srcset)
        assert steps[-1] <= most
        # so small that whole multiples of four are coarser, nobody counts bytes
        assert all(1 < (b / a) ** 2 < 1.5 for a, b in pairwise(steps) if a >= 64)


# --- sizes -----------------------------------------------------------------------------------------------------------

SIZES = [
    # spec, the attribute at any density
    (
        CARD,
        (
            "(min-width: 1312px) 302px, (min-width: 1120px) calc((100vw - 104px) / 4), "
            "(min-width: 840px) calc((100vw - 80px) / 3), (min-width: 560px) calc((100vw - 56px) / 2), "
            "calc(100vw - 32px)"
        ),
    ),
    (GALLERY, "(min-width: 1312px) 1280px, calc(100vw - 32px)"),
    (FEED, "(min-width: 935px) 293px, calc((100vw - 56px) / 3)"),
    (HERO, "100vw"),
    # five of twelve columns with the four gutters between them: (1200 - 220) / 12 * 5 + 80
    (
        SIDE,
        (
            "(min-width: 1220px) 488.33px, (min-width: 900px) calc((100vw - 240px) * 0.4167 + 80px), "
            "calc((100vw - 40px) / 2)"
        ),
    ),
    # the container is full before the last breakpoint, which then changes a fixed width
    (
        PictureSpec(name="x", container=600, breakpoints=(Breakpoint(0), Breakpoint(500, columns=2), Breakpoint(900, columns=3))),
        "(min-width: 900px) 200px, (min-width: 600px) 300px, (min-width: 500px) calc(100vw / 2), 100vw",
    ),
    (PictureSpec(name="x", container=935, breakpoints=(Breakpoint(0, columns=3),)), "(min-width: 935px) 311.67px, calc(100vw / 3)"),
    (PictureSpec(name="x", container=200), "200px"),
    (PictureSpec(name="x", breakpoints=(Breakpoint(0, columns=2, span=2),), gutter=9, padding=8), "calc(100vw - 16px)"),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "expected"), SIZES)
def test_sizes_are_exact_for_the_grid(spec, expected):
    assert layout.sizes(spec) == expected


def test_lazy_pictures_leave_it_to_browsers_that_know_better():
    assert img(CARD, BASE, photo()).sizes == f"auto, {layout.sizes(CARD)}"
    assert not img(CARD.eager(), BASE, photo()).sizes.startswith("auto")


# --- what a browser does with it -------------------------------------------------------------------------------------


class Device(NamedTuple):
    """A screen, and what its browser can do."""

    width: int
    density: float
    height: int = 800
    types: tuple[str, ...] = ("image/avif", "image/webp", "image/jpeg")
    auto: bool = False


def matches(media, device):
    facts = {
        "min-width": device.width,
        "max-width": -device.width,
        "min-resolution": device.density,
    }
    for name, number in re.findall(r"\(([a-z-]+): ([0-9.]+)(?:px|dppx)\)", media or ""):
        wanted = -float(number) if name == "max-width" else float(number)
        if facts[name] < wanted:
            return False
    return True


def length(text, device):
    """Pixels of a CSS length, which Python reads once its units are numbers."""
    units = {"px": 1, "vw": device.width / 100, "vh": device.height / 100}
    text = re.sub(r"([0-9.]+)(px|vw|vh)", lambda m: str(float(m[1]) * units[m[2]]), text)
    known = {
        "min": min,
        "calc": float,
        "clamp": lambda low, value, high: max(low, min(value, high)),
    }
    return eval(text, {"__builtins__": {}}, known)


def entries(sizes):
    """The parts between commas that are in no parentheses."""
    depth, parts = 0, [""]
    for letter in sizes:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


def told(sizes, device):
    """The width of the first entry whose condition holds."""
    for entry in entries(sizes):
        conditions = "".join(re.findall(r"^(?:\((?:min|max)-[a-z]+: [^)]+\)(?: and )?)+", entry))
        if matches(conditions, device):
            return length(entry.removeprefix(conditions), device)
    raise AssertionError(sizes)


def taken(manifest, device, layout_width):
    """Width and height of the file: the first source that fits, then the first candidate that is enough, or the last."""
    found = manifest.img
    for source in manifest.sources:
        if matches(source.media, device) and (source.type in (None, *device.types)):
            found = source
            break
    sizes = found.sizes
    if sizes.startswith("auto, "):
        sizes = f"{layout_width}px" if device.auto else sizes.removeprefix("auto, ")
    slot = told(sizes, device)
    widths_ = widths(found.srcset)
    width = next((one for one in widths_ if one >= slot * device.density - 1e-6), widths_[-1])
    return width, found


def in_grid(viewport):
    """The width of a card as the grid lays it out."""
    columns = 4 if viewport >= 1120 else 3 if viewport >= 840 else 2 if viewport >= 560 else 1
    return (min(viewport - 32, 1280) - 24 * (columns - 1)) / columns


def in_gallery(viewport):
    return min(viewport - 32, 1280)


def in_feed(viewport):
    return (min(viewport, 935) - 56) / 3


def in_thumbnails(viewport):
    return 112 if viewport >= 560 else 76


PAGES = {"card": (CARD, in_grid), "gallery": (GALLERY, in_gallery), "thumbnail": (THUMBNAIL, in_thumbnails), "feed": (FEED, in_feed)}  # fmt: skip
DEVICES = [
    # viewport, density, and what is taken: card, gallery, thumbnail, feed
    ((320, 1), (332, 332, 76, 92)),
    ((360, 1), (332, 332, 76, 112)),
    ((360, 3), (692, 692, 152, 232)),
    ((360, 4), (692, 692, 152, 232)),
    ((390, 3), (828, 828, 152, 232)),
    ((412, 2.625), (692, 692, 152, 232)),
    ((768, 2), (828, 1720, 224, 480)),
    ((820, 2), (828, 1720, 224, 576)),
    ((844, 3), (576, 1720, 224, 576)),
    ((1280, 1), (332, 1432, 112, 332)),
    ((1440, 2), (692, 2972, 224, 692)),
    ((1920, 1), (332, 1432, 112, 332)),
    ((2560, 2), (692, 2972, 224, 692)),
]
PICKS = [
    pytest.param(Device(*screen), name, expected, id=f"{name} on {screen[0]} @ {screen[1]}")
    for screen, row in DEVICES
    for name, expected in zip(PAGES, row, strict=True)
]


@pytest.mark.parametrize("auto", [True, False], ids=["auto", "sizes"])
@pytest.mark.parametrize("loading", ["lazy", "eager"])
@pytest.mark.parametrize(("device", "page", "expected"), PICKS)
def test_what_a_device_takes_is_less_than_half_more_than_it_shows(
    device, page, expected, loading, auto
):
    spec, width_of = PAGES[page]
    made = manifest(spec.changed(loading=loading), BASE, photo())
    shown = width_of(device.width)
    width, _ = taken(made, device._replace(auto=auto), shown)
    assert width == expected
    assert (width / (shown * min(device.density, 2))) ** 2 <= 1.5


UPRIGHTS = [
    # screen, height of the gallery's stage, what is taken
    (Device(390, 3, 844), 257.4, 400),
    (Device(360, 3, 640), 240, 400),
    (Device(768, 2, 1024), 506.88, 828),
    (Device(1440, 2, 900), 630, 996),
    (Device(1920, 1, 1080), 720, 576),
]


@pytest.mark.parametrize("loading", ["lazy", "eager"])
@pytest.mark.parametrize(("device", "height", "expected"), UPRIGHTS)
def test_an_upright_photo_is_not_taken_as_wide_as_the_stage(device, height, expected, loading):
    made = manifest(GALLERY.changed(loading=loading), BASE, photo("x", 3000, 4000))
    shown = height * 0.75
    assert taken(made, device, shown)[0] == expected
    assert (expected / (shown * min(device.density, 2))) ** 2 <= 1.5


@given(
    viewport=st.integers(320, 3000),
    density=st.integers(4, 16).map(lambda quarters: quarters / 4),
    page=st.sampled_from(["card", "gallery"]),
    loading=st.sampled_from(["lazy", "eager"]),
    auto=st.booleans(),
)
def test_on_no_screen_is_half_more_taken_than_is_shown(viewport, density, page, loading, auto):
    spec, width_of = PAGES[page]
    made = manifest(spec.changed(loading=loading), BASE, photo())
    shown = width_of(viewport)
    width, _ = taken(made, Device(viewport, density, auto=auto), shown)
    assert (width / (shown * min(density, 2))) ** 2 <= 1.5
    assert width >= shown * min(density, 1.5) - 1  # and it is sharp


# --- formats, and different crops on different screens ---------------------------------------------------------------

BROWSERS = [
    # what the browser shows, what it takes of the feed's four formats
    (("image/jxl", "image/avif", "image/webp"), "jxl"),
    (("image/avif", "image/webp"), "avif"),
    (("image/webp",), "webp"),
    ((), "jpg"),
]


@pytest.mark.parametrize("density", [1, 3])
@pytest.mark.parametrize(("types", "expected"), BROWSERS)
def test_each_browser_takes_the_best_format_it_knows(types, expected, density):
    device = Device(390, density, types=(*types, "image/jpeg"))
    _, found = taken(manifest(FEED, BASE, photo()), device, 111)
    assert all(
        f"/f_{expected}/" in link and link.endswith(expected)
        for link, _ in candidates(found.srcset)
    )


def test_one_url_for_all_formats_needs_no_sources():
    made = manifest(CARD.eager(), BASE, photo())
    assert made.sources == ()
    assert all("/f_auto/" in link for link, _ in candidates(made.img.srcset))


CROPS = [
    # viewport, ratio of the hero there
    (390, 1),
    (599, 1),
    (600, 16 / 9),
    (1199, 16 / 9),
    (1200, 21 / 9),
    (1900, 21 / 9),
]


@pytest.mark.parametrize(("viewport", "ratio"), CROPS)
def test_a_breakpoint_may_ask_for_another_crop(viewport, ratio):
    device = Device(viewport, 1)
    made = manifest(HERO, BASE, photo())
    _, found = taken(made, device, viewport)
    assert found.width / found.height == pytest.approx(ratio, rel=0.01)
    for link, _ in candidates(found.srcset):
        (width, height) = map(int, re.findall(r"[wh]_(\d+)", link)[:2])
        assert width / height == pytest.approx(ratio, rel=0.02)
    # of the preloads exactly one is for this screen, and it is what the picture will ask for
    (hint,) = [one for one in made.preload if matches(one.media, device)]
    assert (hint.imagesrcset, hint.imagesizes, hint.type) == (
        found.srcset, found.sizes, "image/avif",
    )  # fmt: skip


def test_a_ratio_of_the_spec_can_be_asked_for():
    made = manifest(FEED, BASE, photo(), "4:5")
    assert (made.ratio, made.img.width * 5 // 4) == ("4:5", made.img.height)
    with pytest.raises(BadSpec, match="ratio: '3:2', expected one of 1:1, 4:5"):
        manifest(FEED, BASE, photo(), "3:2")


@pytest.mark.parametrize("spec", [*SPECS.values(), FEED, HERO, SIDE])
@pytest.mark.parametrize("focus", [(None, None), (0.25, 0.75)])
def test_the_urls_of_a_spec_are_those_that_its_pages_ask_for(spec, focus):
    row = photo(focus=focus)
    made = [manifest(spec, BASE, row, ratio) for ratio in spec.ratios]
    srcsets = {each.img.srcset for each in made}
    srcsets |= {one.srcset for each in made for one in each.sources}
    asked = {link for srcset in srcsets for link, _ in candidates(srcset)}
    found = urls(spec, BASE, row)
    assert set(found) == asked
    assert len(set(found)) == len(found)
    for link in found:
        assert parse(url.read(link).transformation).output().format


def test_another_focal_point_means_other_urls_of_crops_and_the_same_of_whole_photos():
    here, there = photo(focus=(0.2, 0.5)), photo(focus=(0.8, 0.5))
    assert not set(urls(CARD, BASE, here)) & set(urls(CARD, BASE, there))
    assert urls(GALLERY, BASE, here) == urls(GALLERY, BASE, there) == urls(GALLERY, BASE, photo())


# --- as markup -------------------------------------------------------------------------------------------------------


class Tags(HTMLParser):
    """Start tags with their attributes, in order."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))


def markup(macro, *values):
    template = environment().get_template("picture.html")
    return Tags(str(getattr(template.module, macro)(*values))).found


def given_ones(struct):
    """The fields of a struct that an element shows, as text."""
    return {
        name: str(value)
        for name, value in msgspec.structs.asdict(struct).items()
        if value not in (None, "eager")
    }


@pytest.mark.parametrize("spec", [CARD, CARD.eager(), CARD.leading(), GALLERY, FEED, HERO])
def test_the_macro_says_what_the_manifest_says_and_nothing_else(spec):
    made = manifest(spec, BASE, photo())
    *sources, (tag, shown) = markup("picture", made, 'A "villa"')
    assert tag == "img"
    style = "background-color:#102030;background-image:url(data:image/webp;base64,AA==)"
    own = {"alt": 'A "villa"', "decoding": "async", "style": style}
    assert shown == given_ones(made.img) | own
    assert [tag for tag, _ in sources[:1]] == ["picture"] * bool(made.sources)
    assert sources[1:] == [("source", given_ones(one)) for one in made.sources]


def test_the_preloads_say_the_same():
    made = manifest(HERO, BASE, photo())
    links = markup("preload", made)
    own = {"rel": "preload", "as": "image", "fetchpriority": "high"}
    assert links == [("link", given_ones(one) | own) for one in made.preload]
    assert len(links) == 3
    assert markup("preload", manifest(CARD, BASE, photo())) == []


def test_the_preloads_are_an_http_header_too():
    header = link_header(manifest(CARD.leading(), BASE, photo("a b")))
    made = img(CARD.leading(), BASE, photo("a b"))
    assert header == (
        f'<{made.src}>; rel=preload; as=image; fetchpriority=high; imagesrcset="{made.srcset}"; '
        f'imagesizes="{made.sizes}"'
    )
    assert header.isascii()
    assert link_header(manifest(CARD, BASE, photo())) == ""


@pytest.mark.parametrize("spec", [CARD, CARD.leading(), FEED, HERO])
def test_the_script_of_the_documentation_writes_the_same(spec, tmp_path):
    services.require_or_skip(shutil.which("node"), "Node is missing: no script runs")
    (script,) = re.findall(r"```js\n(.*?)```", (ROOT / "docs/pictures.md").read_text(), re.DOTALL)
    made = manifest(spec, BASE, photo("a & b"))
    values = msgspec.json.encode((made, 'A "villa"')).decode()
    (tmp_path / "page.mjs").write_text(f"{script}\nprocess.stdout.write(picture(...{values}));")
    command = ["node", str(tmp_path / "page.mjs")]
    html = subprocess.run(command, capture_output=True, check=True, text=True, timeout=60).stdout
    eager = {"loading": "eager"} if spec.loading == "eager" else {}
    (*sources, (tag, shown)) = markup("picture", made, 'A "villa"')
    assert Tags(html).found == [*sources, (tag, shown | eager)]


def test_the_documentation_tells_what_is_taken():
    text = (ROOT / "docs/pictures.md").read_text()
    rows = re.findall(r"^\| (\d+), ([\d.]+) \| (\d+) \| (\d+) \| (\d+) \|$", text, re.MULTILINE)
    taken_here = {screen: widths_[:3] for screen, widths_ in DEVICES}
    assert len(rows) == 10
    for viewport, density, *said in rows:
        assert tuple(map(int, said)) == taken_here[int(viewport), float(density)]


def test_a_manifest_carries_what_is_shown_until_the_picture_is_there():
    made = manifest(CARD, BASE, photo())
    assert (made.color, made.placeholder) == ("#102030", "data:image/webp;base64,AA==")
    assert made.thumbhash == "3OcRJYB4d3h/iIeHeEh3eIhw+j2w"
