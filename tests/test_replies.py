"""What is said about an answer: written once for a hit, written anew when anything it depends on is another."""

from dataclasses import dataclass
from typing import Any

import pytest
from msgspec import structs

from imgproxy.delivery import Answer, Timing
from imgproxy.errors import NotFound
from imgproxy.grammar import parse
from imgproxy.negotiation import Variant
from imgproxy.replies import Asked
from imgproxy.request import build
from imgproxy.values import Located, Rendered, Source

VILLA = Source("upload", "villa", "jpg", version=1700)
LOCATED = Located(VILLA, "one", 9, 1700.0)
RENDERED = Rendered(b"pixels", "image/webp", 40, 30, "e" * 32, 1700.0)
HIT = Answer(RENDERED, LOCATED, "hit")


@dataclass
class Said:
    """A reply whose fields can be asked by name."""

    status: int
    fields: Any
    body: bytes

    def __getitem__(self, name: str) -> str:
        value: bytes = dict(self.fields).get(name.encode(), b"")
        return value.decode()


def asked(text: str = "c_fill,h_30,w_40") -> Asked:
    return Asked(build(VILLA, parse(text), Variant()))


def said(to: Asked, answer: Answer = HIT, **conditions: Any) -> Said:
    plain: dict[str, Any] = {"none_match": b"", "modified_since": b""}
    return Said(*to.reply(answer, **(plain | conditions)))


def test_the_fields_of_a_hit_are_written_once():
    villa = asked()
    assert said(villa).fields is said(villa).fields


def test_what_different_answers_say_alike_is_held_once():
    villa, garden = said(asked()), said(asked("w_80"))
    assert villa.fields is not garden.fields
    for one, other in zip(villa.fields, garden.fields, strict=True):
        assert one is other


def test_nobody_can_write_into_what_is_said_again():
    assert isinstance(said(asked()).fields, tuple)


@pytest.mark.parametrize(
    ("change", "name", "before", "after"),
    [
        ({"rendered": structs.replace(RENDERED, etag="f" * 32)}, "etag", "eee", "fff"),
        ({"located": structs.replace(LOCATED, modified_s=1800.0)}, "cache-control", "year", ""),
        ({"located": structs.replace(LOCATED, fresh=False), "how": "stale"}, "server-timing", "hit", "stale"),
        ({"how": "stale"}, "warning", "", "110"),
    ],
    ids=["other bytes", "other version", "aged", "aged layer"],
)  # fmt: skip
def test_what_changes_is_said_in_the_next_reply(change, name, before, after):
    villa = asked()
    known = {"year": "immutable"}
    assert known.get(before, before) in said(villa)[name]
    changed = said(villa, HIT._replace(**change))
    assert after in changed[name]
    assert changed[name] != said(villa)[name]


def test_a_touched_original_with_the_same_pixels_has_a_new_date():
    villa = asked()
    old = said(villa)["last-modified"]
    touched = structs.replace(LOCATED, version="two", modified_s=1800.0)
    answer = Answer(structs.replace(RENDERED, modified_s=1800.0), touched, "hit")
    assert (said(villa, answer)["etag"], said(villa)["last-modified"]) == (said(villa)["etag"], old)
    assert said(villa, answer)["last-modified"] != old


def test_the_times_of_a_miss_are_told_once():
    villa = asked()
    miss = HIT._replace(how="miss", timing=Timing(1.0, 2.0, 3.0, 4.0))
    assert "render;dur=3.0" in said(villa, miss)["server-timing"]
    assert said(villa)["server-timing"] == "cache;desc=hit"


def test_the_times_of_a_render_that_was_joined_are_told():
    """One that another worker made has none to tell."""
    villa = asked()
    assert said(villa, HIT._replace(how="joined"))["server-timing"] == "cache;desc=joined"
    joined = HIT._replace(how="joined", timing=Timing(1.0, 2.0, 30.0, 4.0))
    assert "render;dur=30.0" in said(villa, joined)["server-timing"]


def test_why_this_is_the_default_image_is_told_every_time():
    villa = asked()
    assert "x-cld-error" not in dict(said(villa).fields)
    for name in ("pool", "tower"):
        reply = said(villa, missing=NotFound(name))
        assert name in reply["x-cld-error"]
        assert reply["cache-control"] == "public, max-age=60"
    assert b"x-cld-error" not in dict(said(villa).fields)


@pytest.mark.parametrize(
    ("conditions", "status"),
    [
        ({}, 200),
        ({"none_match": b'"' + b"e" * 32 + b'"'}, 304),
        ({"none_match": b'W/"' + b"e" * 32 + b'"'}, 304),
        ({"none_match": b'"other", "' + b"e" * 32 + b'"'}, 304),
        ({"none_match": b"*"}, 304),
        ({"none_match": b'"other"'}, 200),
        ({"modified_since": b"Thu, 01 Jan 1970 00:28:20 GMT"}, 304),
        ({"modified_since": b"Thu, 01 Jan 1970 00:28:19 GMT"}, 200),
        (
            {"none_match": b'"other"', "modified_since": b"Thu, 01 Jan 1970 00:28:20 GMT"},
            200,
        ),
        ({"modified_since": b"Mon, 01 Jan 99999999999999999999 00:00:00 GMT"}, 200),
        ({"modified_since": b"Mon, 01 Jan 2020 00:00:00 +99999999999999999999"}, 200),
    ],
)
def test_a_client_that_has_it_is_told_so(conditions, status):
    """RFC 9110, 13.2.2: an entity tag counts more than a date."""
    reply = said(asked(), **conditions)
    assert (reply.status, reply.body) == (status, b"pixels" if status == 200 else b"")
    assert (b"content-length" in dict(reply.fields)) == (status == 200)


def test_a_default_image_has_replies_of_its_own():
    villa = asked("d_pool.png/c_fill,h_30,w_40")
    assert villa.instead
    assert villa.instead.request.source.public_id == "pool"
    assert asked().instead is None
