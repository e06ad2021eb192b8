"""What a client takes, read from the literal headers that clients send."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgproxy.negotiation import RANKED, Variant, accepted, choose

HEADERS = [
    ("Chrome and Edge", "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8", "avif webp"),
    ("Chrome with JPEG XL", "image/jxl,image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8", "jxl avif webp"),
    ("Firefox 158", "image/avif,image/jxl,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5", "jxl avif webp"),
    ("Firefox 128", "image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5", "avif webp"),
    ("Firefox 92", "image/avif,image/webp,*/*", "avif webp"),
    ("Firefox 65", "image/webp,*/*", "webp"),
    ("Safari 17", "image/webp,image/avif,image/jxl,image/heic,image/heic-sequence,video/*;q=0.8,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5", "jxl avif webp"),
    ("Safari 14", "image/webp,image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5", "webp"),
    ("Safari 13", "image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5", ""),
    ("curl, next/image, bots", "*/*", ""),
    ("thumbor's loader", "image/*;q=0.9,*/*;q=0.1", ""),
    ("an address bar", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", ""),
    ("an address bar with pictures", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8", "avif webp"),
    ("nothing", "", ""),
    ("everything by kind", "image/*", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("header", "expected"), [row[1:] for row in HEADERS], ids=[row[0] for row in HEADERS]
)
def test_clients_by_their_headers(header, expected):
    assert " ".join(accepted(header)) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("image/webp;q=0", ""),
        ("image/webp;q=0.0, image/avif", "avif"),
        ("image/webp;q=0.001", "webp"),
        ("image/avif;q=0.5, image/webp;q=0.9", "avif webp"),
        ("image/avif;q=0.5, image/jpeg", ""),
        ("image/webp, image/avif;q=0.5, image/jpeg;q=0.8", "webp"),
        ("image/webp;q=0.8, image/jpeg;q=0.8", "webp"),
        ("IMAGE/WebP;Q=1", "webp"),
        ("  image/webp  ;  q=1  ", "webp"),
        ("image/webp;level=1;q=0.5", "webp"),
        ("image/webp;q=0.5;ext=1", "webp"),
        ("image/webp;q=nonsense", ""),
        ("image/webp;q=nan", ""),
        ("image/webp;q=", ""),
        ("image/webp;q=-1", ""),
        ("image/webpx, ximage/avif", ""),
        ("image/webp image/avif", ""),
        (",,;;,image/webp,", "webp"),
        ("image/apng, image/heic, image/svg+xml", ""),
    ],
)
def test_weights(header, expected):
    assert " ".join(accepted(header)) == expected


PARTS = st.sampled_from(
    [f"image/{name}" for name in (*RANKED, "jpeg", "png", "gif", "apng", "*")]
    + ["*/*", "text/html", "x"]
)
WEIGHTS = st.one_of(
    st.just(""), st.floats().map(lambda q: f";q={q}"), st.text().map(lambda q: f";q={q}")
)
LISTS = st.lists(st.builds("{}{}".format, PARTS, WEIGHTS)).map(",".join)
CLASSES = {subset for size in range(4) for subset in combinations(RANKED, size)}


@given(st.one_of(LISTS, st.text()))
def test_any_header_falls_into_one_of_eight_classes(header):
    assert len(CLASSES) == 8
    assert accepted(header) in CLASSES


@given(LISTS)
def test_a_format_that_is_not_named_is_never_answered(header):
    assert all(f"image/{name}" in header for name in accepted(header))


@given(
    st.permutations(["image/webp", "image/avif;q=0.9", "image/jxl;q=0.3", "image/png;q=0.5", "*/*"])
)
def test_the_order_of_a_header_says_nothing(parts):
    assert accepted(",".join(parts)) == ("avif", "webp")


@pytest.mark.parametrize(
    ("wanted", "variant"),
    [
        ("auto", Variant(("avif", "webp"), ("Accept",))),
        ("webp", Variant(("webp",))),
        ("jpg", Variant(("jpg",))),
        (None, Variant()),
    ],
)
def test_only_f_auto_looks_at_the_header_and_says_so(wanted, variant):
    assert choose(wanted, "image/avif,image/webp,*/*") == variant


def test_f_auto_varies_even_when_it_comes_to_the_base():
    assert choose("auto", "*/*") == Variant((), ("Accept",))
