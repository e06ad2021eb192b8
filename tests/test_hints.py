"""What a client says about itself becomes an ordinary transformation, and the answer says what it looked at."""

import pytest

from imgproxy.errors import BadParameter
from imgproxy.grammar import parse
from imgproxy.hints import settled
from tests.test_web import BASE, MODERN, app, ask, photos  # noqa: F401 - fixtures

LOOKED = "Sec-CH-Width, Width, Sec-CH-Viewport-Width, Viewport-Width"

ROWS = [
    # text, hints, as if written, Vary
    ("w_300", {"width": "900"}, "w_300", ""),
    ("dpr_2.0,w_300", {"sec-ch-dpr": "3"}, "dpr_2.0,w_300", ""),
    ("dpr_auto,w_300", {}, "dpr_auto,w_300", "Save-Data, Sec-CH-DPR, DPR"),
    ("dpr_auto,w_300", {"dpr": "2"}, "dpr_2.0,w_300", "Save-Data, Sec-CH-DPR, DPR"),
    ("dpr_auto,w_300", {"sec-ch-dpr": "1.25", "dpr": "3"}, "dpr_1.5,w_300", "Save-Data, Sec-CH-DPR"),
    ("dpr_auto,w_300", {"sec-ch-dpr": "0.8"}, "dpr_1,w_300", "Save-Data, Sec-CH-DPR"),
    ("dpr_auto,w_300", {"sec-ch-dpr": "2.625"}, "dpr_3,w_300", "Save-Data, Sec-CH-DPR"),
    ("dpr_auto,w_300", {"sec-ch-dpr": "9"}, "dpr_3,w_300", "Save-Data, Sec-CH-DPR"),
    ("dpr_auto,w_300", {"sec-ch-dpr": "3", "save-data": "on"}, "dpr_1,w_300", "Save-Data"),
    ("dpr_auto,w_300", {"sec-ch-dpr": "nan"}, "dpr_auto,w_300", "Save-Data, Sec-CH-DPR, DPR"),
    ("dpr_auto,w_300", {"sec-ch-dpr": "-2"}, "dpr_auto,w_300", "Save-Data, Sec-CH-DPR, DPR"),
    ("c_limit,w_auto", {}, "c_limit,w_auto", LOOKED),
    ("c_limit,w_auto", {"sec-ch-width": "380"}, "c_limit,w_400", "Sec-CH-Width"),
    ("c_limit,w_auto", {"sec-ch-width": "400"}, "c_limit,w_400", "Sec-CH-Width"),
    ("c_limit,w_auto", {"width": "401"}, "c_limit,w_500", "Sec-CH-Width, Width"),
    ("c_limit,w_auto:50", {"viewport-width": "360"}, "c_limit,w_400", LOOKED),
    ("c_limit,w_auto:20", {"viewport-width": "361"}, "c_limit,w_380", LOOKED),
    ("c_limit,w_auto:20:600", {}, "c_limit,w_auto:20:600", LOOKED),
    ("c_limit,w_auto", {"width": "99999"}, "c_limit,w_4096", "Sec-CH-Width, Width"),
    ("c_limit,w_auto:breakpoints", {"sec-ch-width": "501"}, "c_limit,w_502", "Sec-CH-Width"),
    ("c_limit,w_auto:breakpoints", {"sec-ch-width": "503"}, "c_limit,w_708", "Sec-CH-Width"),
    ("c_limit,w_auto:breakpoints", {"sec-ch-width": "5000"}, "c_limit,w_1000", "Sec-CH-Width"),
    ("w_auto:breakpoints_200_6000_20_2:9", {"width": "300"}, "w_6000", "Sec-CH-Width, Width"),
    ("w_auto:breakpoints:300", {}, "w_auto:breakpoints:300", LOOKED),
    ("w_auto:breakpoints:json", {"width": "300"}, "w_auto:breakpoints:json", ""),
    ("c_limit,w_auto/dpr_auto", {"sec-ch-width": "780", "sec-ch-dpr": "2"}, "c_limit,w_400/dpr_2.0", "Save-Data, Sec-CH-DPR, Sec-CH-Width"),
    ("c_limit,w_auto/dpr_auto", {"sec-ch-viewport-width": "390", "sec-ch-dpr": "2"}, "c_limit,w_400/dpr_2.0", "Save-Data, Sec-CH-DPR, Sec-CH-Width, Width, Sec-CH-Viewport-Width"),
    ("if_w_gt_3/c_fill,w_auto/if_end", {"width": "90"}, "if_w_gt_3/c_fill,w_100/if_end", "Sec-CH-Width, Width"),
    ("l_logo/w_auto/fl_layer_apply", {"width": "90"}, "l_logo/w_100/fl_layer_apply", "Sec-CH-Width, Width"),
    ("q_auto", {}, "q_auto", "Save-Data"),
    ("q_auto", {"save-data": "on"}, "q_auto:eco", "Save-Data"),
    ("q_auto:best:444", {"save-data": "ON"}, "q_auto:good:444", "Save-Data"),
    ("q_auto:low", {"save-data": "on"}, "q_auto:low", "Save-Data"),
    ("q_80", {"save-data": "on"}, "q_80", ""),
    ("q_auto", {"save-data": "off"}, "q_auto", "Save-Data"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said", "written", "vary"), ROWS)
def test_hints_become_an_ordinary_text(text, said, written, vary):
    fields = tuple((name.encode(), value.encode()) for name, value in said.items())
    found = settled(parse(text), fields)
    assert found.transformation == parse(written)
    assert ", ".join(found.vary) == vary


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("w_300,q_auto", ()),
        ("dpr_auto", ("Sec-CH-DPR",)),
        ("w_auto", ("Sec-CH-Width", "Sec-CH-Viewport-Width")),
    ],
)
def test_hints_are_asked_for_where_they_would_help(text, wanted):
    assert settled(parse(text)).wanted == wanted


@pytest.mark.parametrize(
    "text",
    [
        *(
            "w_auto:0",
            "w_auto:x",
            "w_auto:1:2:3",
            "h_auto",
            "w_auto:json",
            "w_auto:breakpoints:1:2",
        ),
        *("w_auto:breakpoints_0", "w_auto:breakpoints_9_8", "w_auto:breakpoints_1_2_3_4_5"),
        *("w_auto:breakpoints:json:3", "w_auto:breakpointsjson", "h_auto:breakpoints"),
    ],
)
def test_an_automatic_width_has_a_step_and_a_fallback_in_pixels(text):
    with pytest.raises(BadParameter, match=r"Invalid [wh]: 'auto"):
        parse(text)


async def test_a_hinted_answer_is_the_derivative_of_the_plain_text(app):
    path = f"{BASE}/c_limit,w_auto:50/villa.jpg"
    whole = await ask(app, path)
    hinted = await ask(app, path, sec_ch_width="130")
    plain = await ask(app, f"{BASE}/c_limit,w_150/villa.jpg")
    assert (hinted.body, plain.headers["server-timing"]) == (plain.body, "cache;desc=hit")
    assert whole.body != hinted.body
    assert hinted.headers["vary"] == "Sec-CH-Width"
    assert hinted.headers["accept-ch"] == "Sec-CH-Width, Sec-CH-Viewport-Width"
    assert whole.headers["vary"] == LOOKED
    assert "vary" not in plain.headers


async def test_hints_that_nobody_asked_for_change_nothing(app):
    plain = await ask(app, f"{BASE}/c_limit,w_150/f_auto/villa.jpg", accept=MODERN)
    said = await ask(
        app, f"{BASE}/c_limit,w_150/f_auto/villa.jpg", accept=MODERN, dpr="2", save_data="on"
    )
    assert (said.body, said.headers["vary"]) == (plain.body, "Accept")


async def test_saving_data_costs_fewer_bytes(app):
    path = f"{BASE}/c_limit,w_150/q_auto/villa.jpg"
    plain, saving = await ask(app, path), await ask(app, path, save_data="on")
    assert len(saving.body) < len(plain.body)
    assert plain.headers["vary"] == saving.headers["vary"] == "Save-Data"


# --- the default image ------------------------------------------------------------------------------------------------


async def test_a_missing_picture_is_stood_in_for_by_the_default(app):
    path = "c_fill,h_30,w_40/d_glass.png"
    reply = await ask(app, f"{BASE}/{path}/gone.jpg")
    alone = await ask(app, f"{BASE}/c_fill,h_30,w_40/glass.png")
    assert (reply.status, reply.body) == (200, alone.body)
    assert reply.headers["x-cld-error"] == "Resource not found - gone"
    assert reply.headers["cache-control"] == "public, max-age=60"
    assert alone.headers["server-timing"] == "cache;desc=hit"
    again = await ask(app, f"{BASE}/{path}/gone.jpg", if_none_match=reply.headers["etag"])
    assert (again.status, again.headers["x-cld-error"]) == (304, "Resource not found - gone")


async def test_a_picture_that_is_there_is_the_same_with_a_default(app):
    await ask(app, f"{BASE}/w_77/villa.jpg")
    reply = await ask(app, f"{BASE}/d_nothing.png,w_77/villa.jpg")
    assert (reply.status, reply.headers["server-timing"]) == (200, "cache;desc=hit")
    assert "x-cld-error" not in reply.headers


async def test_a_default_in_a_folder_is_written_with_colons(app):
    reply = await ask(app, f"{BASE}/w_50/d_a%20b:%C3%BCn%C3%AFcode%20%E2%98%83/gone")
    assert (reply.status, reply.headers["content-type"]) == (200, "image/jpeg")


async def test_when_the_default_is_missing_too_the_picture_is(app):
    reply = await ask(app, f"{BASE}/d_nothing.png,w_77/gone.jpg")
    assert (reply.status, reply.headers["x-cld-error"]) == (404, "Resource not found - gone")


async def test_a_default_needs_the_signature_that_its_kind_needs(app):
    reply = await ask(app, f"{BASE}/d_private:x.png,w_77/gone.jpg")
    assert reply.status == 401
