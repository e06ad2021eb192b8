"""Small spellings: what each text means, its one canonical text, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgproxy.notation.breakpoints import Breakpoints
from imgproxy.notation.colour import Colour
from imgproxy.notation.colour_names import HEX_BY_NAME
from imgproxy.notation.gravity import COMPASS, Gravity, Kind
from imgproxy.notation.length import Length, Offset
from imgproxy.notation.number import read_decimal, read_integer, round_half_up, spell
from imgproxy.notation.ratio import Ratio

# --- read both ways: text, value, canonical text ----------------------------------------------------------------------

SPELLINGS = [
    # a decimal point makes a fraction
    ("1", Length(1), "1"),
    ("300", Length(300), "300"),
    ("+300", Length(300), "300"),
    ("0300", Length(300), "300"),
    ("0.5", Length(0.5, fraction=True), "0.5"),
    (".5", Length(0.5, fraction=True), "0.5"),
    ("0.50", Length(0.5, fraction=True), "0.5"),
    ("1.0", Length(1, fraction=True), "1.0"),
    ("1.", Length(1, fraction=True), "1.0"),
    ("2.0", Length(2, fraction=True), "2.0"),
    ("0.333333333333", Length(0.333333333333, fraction=True), "0.333333333333"),
    ("0", Offset(0), "0"),
    ("-0", Offset(0), "0"),
    ("0.0", Offset(0), "0"),
    ("-20", Offset(-20), "-20"),
    ("+20", Offset(20), "20"),
    ("-0.25", Offset(-0.25, fraction=True), "-0.25"),
    ("-.25", Offset(-0.25, fraction=True), "-0.25"),
    # lowest terms, whatever the spelling
    ("16:9", Ratio(16, 9), "16:9"),
    ("32:18", Ratio(16, 9), "16:9"),
    ("1.6:0.9", Ratio(16, 9), "16:9"),
    ("800:400", Ratio(2, 1), "2:1"),
    ("2", Ratio(2, 1), "2:1"),
    ("2.0", Ratio(2, 1), "2:1"),
    ("1.5", Ratio(3, 2), "3:2"),
    ("1.78", Ratio(89, 50), "89:50"),
    ("0.5625", Ratio(9, 16), "9:16"),
    ("1.333333", Ratio(4, 3), "4:3"),
    ("0.0001", Ratio(1, 10000), "1:10000"),
    ("10000:1", Ratio(10000, 1), "10000:1"),
    # one text per colour, opaque without its alpha
    ("white", Colour(255, 255, 255), "rgb:ffffff"),
    ("rgb:fff", Colour(255, 255, 255), "rgb:ffffff"),
    ("rgb:FFFFFF", Colour(255, 255, 255), "rgb:ffffff"),
    ("rgb:ffff", Colour(255, 255, 255), "rgb:ffffff"),
    ("rgb:ffffffff", Colour(255, 255, 255), "rgb:ffffff"),
    ("rgb_fff", Colour(255, 255, 255), "rgb:ffffff"),
    ("#fff", Colour(255, 255, 255), "rgb:ffffff"),
    ("fff", Colour(255, 255, 255), "rgb:ffffff"),
    ("0f172a", Colour(15, 23, 42), "rgb:0f172a"),
    ("rgb:0f172a80", Colour(15, 23, 42, 128), "rgb:0f172a80"),
    ("rgb:1238", Colour(17, 34, 51, 136), "rgb:11223388"),
    ("LightBlue", Colour(173, 216, 230), "rgb:add8e6"),
    ("rebeccapurple", Colour(102, 51, 153), "rgb:663399"),
    ("grey", Colour(128, 128, 128), "rgb:808080"),
    ("transparent", Colour(0, 0, 0, 0), "rgb:00000000"),
    # a place, or how to find one
    ("north_east", Gravity(Kind.COMPASS, "north_east"), "north_east"),
    ("northeast", Gravity(Kind.COMPASS, "north_east"), "north_east"),
    ("centre", Gravity(Kind.COMPASS, "center"), "center"),
    ("auto", Gravity(Kind.AUTO, None), "auto"),
    ("auto:subject", Gravity(Kind.AUTO, None), "auto"),
    ("face", Gravity(Kind.FACE, "north"), "face"),
    ("face:center", Gravity(Kind.FACE, "center"), "face:center"),
    ("faces:auto", Gravity(Kind.FACES, None), "faces:auto"),
    ("xy_center", Gravity(Kind.XY_CENTER), "xy_center"),
]


@pytest.mark.parametrize(("text", "value", "canonical"), SPELLINGS)
def test_what_a_text_means_and_how_it_is_spelled(text, value, canonical):
    assert type(value).parse(text) == value
    assert str(value) == canonical
    assert type(value).parse(canonical) == value


@pytest.mark.parametrize("name", COMPASS)
def test_every_point_of_the_compass_is_its_own_canonical_text(name):
    gravity = Gravity.parse(name)
    assert (str(gravity), gravity.anchor, gravity.by_content) == (name, COMPASS[name], False)


def test_colour_names_are_those_of_css():
    assert len(HEX_BY_NAME) >= 148
    assert all(Colour.parse(name).alpha == 255 for name in HEX_BY_NAME)


# --- refused: class, texts, what is expected --------------------------------------------------------------------------

REFUSED = [
    (Length, "0 -1 0.0 -0.5", "pixels of at least 1, or a fraction such as 0.5"),
    (Length, "x 3px 1e3 0x10 ∞ nan inf 1_000 ٣ ３ 101.0 1000001 --3 3-", "whole pixels, or a fraction such as 0.5"),
    (Offset, "x 1,5 . - + 1.2.3 0.1234567890123 100.1 -1000001", "whole pixels, or a fraction such as 0.5"),
    (Ratio, "x 16x9 16: :9 : 0 0:9 16:0 -1 -16:-9 1:2:3 0.00009 10001 16:9a ١٦:٩", "a ratio such as 16:9 or 1.5"),
    (Colour, "x rgb: rgb:ff rgb:fffff rgb:ggg rgb:fffffff rgb:rgb:fff ##fff re_d rgb:+ff ｆｆｆ", "a colour name, or rgb: and 3, 4, 6 or 8 hexadecimal digits"),
    (Gravity, "x North north_north xy_center:x face:west faces:x custom:x body:x", f"one of {', '.join(COMPASS)}, auto, face, faces, body, custom, region_!name!, xy_center, liquid"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [(kind, text, expected) for kind, texts, expected in REFUSED for text in texts.split()]
    + [(kind, "", expected) for kind, _, expected in REFUSED[1:]],
)
def test_what_cannot_be_meant_says_what_was_expected(kind, text, expected):
    with pytest.raises(ValueError, match=r".") as caught:
        kind.parse(text)
    assert str(caught.value) == expected


# --- numbers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [(2, "2"), (2.0, "2"), (0.5, "0.5"), (-30, "-30"), (100, "100"), (1e-12, "0.000000000001"),
     (-0.0, "0"), (0, "0"), (0.1 + 0.2, "0.3"), (999_999_999, "999999999"), (1200.50, "1200.5")],
)  # fmt: skip
def test_a_number_is_spelled_shortest(value, text):
    assert spell(value) == text
    assert read_decimal(text, None, None) == pytest.approx(value)


@pytest.mark.parametrize(
    ("value", "rounded"),
    [(0.4, 0), (0.5, 1), (1.5, 2), (2.5, 3), (-0.5, 0), (-0.6, -1), (-1.5, -1), (112.49999999999999, 113),
     (0.1 * 3 * 5, 2), (2.4999999999, 3), (2.49999, 2)],
)  # fmt: skip
def test_halves_are_rounded_up_and_float_noise_does_not_tip_them(value, rounded):
    assert round_half_up(value) == rounded


@pytest.mark.parametrize(
    ("text", "low", "high", "sentence"),
    [
        ("x", 1, 100, "a whole number from 1 to 100"),
        ("0", 1, 100, "a whole number from 1 to 100"),
        ("101", 1, 100, "a whole number from 1 to 100"),
        ("1.5", 1, 100, "a whole number from 1 to 100"),
        ("-1", 0, None, "a whole number of at least 0"),
        ("1", None, 0, "a whole number of at most 0"),
        ("x", None, None, "a whole number"),
    ],
)
def test_a_whole_number_out_of_bounds_says_its_bounds(text, low, high, sentence):
    with pytest.raises(ValueError, match=r".") as caught:
        read_integer(text, low, high)
    assert str(caught.value) == sentence


def test_a_whole_number_may_be_written_as_a_decimal():
    assert read_integer("80.0", 1, 100) == 80


# --- lengths in pixels -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "side", "dpr", "pixels"),
    [
        ("300", 1000, 1, 300), ("300", 1000, 2, 600), ("0.5", 1000, 1, 500), ("0.5", 1000, 2, 1000),
        ("0.5", 101, 1, 51), ("1.0", 101, 1, 101), ("1", 101, 1, 1), ("1", 101, 0.1, 1), ("0.0001", 101, 1, 1),
        ("33", 1000, 1.5, 50),
    ],
)  # fmt: skip
def test_a_side_in_pixels_is_at_least_one(text, side, dpr, pixels):
    assert Length.parse(text).pixels(side, dpr) == pixels


@pytest.mark.parametrize(
    ("text", "side", "dpr", "pixels"),
    [("-20", 100, 1, -20), ("-20", 100, 2, -40), ("0", 100, 2, 0), ("0.25", 100, 2, 25), ("-0.5", 101, 1, -50)],
)  # fmt: skip
def test_an_offset_in_pixels_grows_with_the_density_but_a_fraction_of_the_grown_side_does_not(
    text, side, dpr, pixels
):
    assert Offset.parse(text).pixels(side, dpr) == pixels


# --- breakpoints -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "widths"),
    [
        # squares evenly apart: 2500 + 249 375 × (0 … 4)
        ("breakpoints", (50, 502, 708, 866, 1000)),
        ("breakpoints_50_1000_20_3", (50, 708, 1000)),
        ("breakpoints_50_1000_20_2", (50, 1000)),
        ("breakpoints_50_1000_20_1", (1000,)),
        ("breakpoints_300_300", (300,)),
        ("breakpoints_1_3_1_200", (1, 3)),
    ],
)
def test_breakpoints_differ_by_about_as_many_bytes(text, widths):
    assert Breakpoints.parse(text).widths() == widths


@given(st.integers(1, 5000), st.integers(0, 5000), st.integers(1, 500), st.integers(1, 50))
def test_a_ladder_of_breakpoints_rises_from_end_to_end(least, more, step_kb, most):
    ladder = Breakpoints(least, least + more, step_kb, most)
    widths = ladder.widths()
    assert list(widths) == sorted(set(widths))
    assert len(widths) <= most
    assert widths[-1] == ladder.greatest
    assert widths[0] == least or most == 1
    assert all(ladder.fitting(width) == width for width in widths)


@pytest.mark.parametrize(
    ("width", "listed"),
    [(4000, (50, 502, 708, 866, 1000)), (708, (50, 502, 708)), (600, (50, 502, 600)), (30, (30,))],
)
def test_a_list_of_breakpoints_ends_with_the_picture(width, listed):
    assert Breakpoints().within(width) == listed
