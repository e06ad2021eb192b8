"""Text layers: how style and words are spelled, and what is drawn of them.

Letters are drawn in the packaged family, and `fonts.conf` holds them to one shape, so sizes may be compared.
"""

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
import pyvips
from hypothesis import given
from hypothesis import strategies as st

from imgproxy.errors import BadCombination, BadParameter, BadRequest, LimitExceeded, NotSupported
from imgproxy.grammar import parse
from imgproxy.operations.text import TextLayer
from imgproxy.step import Scene
from imgproxy.tree import Layer
from imgproxy.values import Size
from tests import goldens
from tests.goldens import plain

ROOT = Path(__file__).parents[1]
SANS = "Source%20Sans%20Pro"
LONG = "Words%20that%20go%20on%20and%20on%20until%20the%20line%20is%20over"
HEBREW, ARABIC = "שלום", "مرحبا"

# --- the grammar -----------------------------------------------------------------------------------------------------

SPELLINGS = [
    # style
    ("l_text:Arial_40:Hi", "l_text:Arial_40:Hi/fl_layer_apply"),
    ("u_text:Arial_40:Hi", "u_text:Arial_40:Hi/fl_layer_apply"),
    ("l_text:Source%20Sans%20Pro_40:Hi", "l_text:Source Sans Pro_40:Hi/fl_layer_apply"),
    ("l_text:Source%2520Sans%2520Pro_40:Hi", "l_text:Source Sans Pro_40:Hi/fl_layer_apply"),
    ("l_text:Roboto_Mono_40:Hi", "l_text:Roboto_Mono_40:Hi/fl_layer_apply"),
    ("l_text:Arial_40.0_normal:Hi", "l_text:Arial_40:Hi/fl_layer_apply"),
    ("l_text:Arial_40_italic_bold:Hi", "l_text:Arial_40_bold_italic:Hi/fl_layer_apply"),
    ("l_text:Arial_40_bold_light:Hi", "l_text:Arial_40_light:Hi/fl_layer_apply"),
    ("l_text:Arial_40_thin:Hi", "l_text:Arial_40_thin:Hi/fl_layer_apply"),
    ("l_text:Arial_40_underline:Hi", "l_text:Arial_40_underline:Hi/fl_layer_apply"),
    ("l_text:Arial_40_strikethrough:Hi", "l_text:Arial_40_strikethrough:Hi/fl_layer_apply"),
    ("l_text:Arial_40_align_center:Hi", "l_text:Arial_40_center:Hi/fl_layer_apply"),
    ("l_text:Arial_40_justify:Hi", "l_text:Arial_40_justify:Hi/fl_layer_apply"),
    ("l_text:Arial_40_start:Hi", "l_text:Arial_40:Hi/fl_layer_apply"),
    ("l_text:Arial_40_letter_spacing_-2.50:Hi", "l_text:Arial_40_letter_spacing_-2.5:Hi/fl_layer_apply"),
    ("l_text:Arial_40_line_spacing_8_right:Hi", "l_text:Arial_40_right_line_spacing_8:Hi/fl_layer_apply"),
    ("l_text:Arial_40_antialias_best_hinting_full:Hi", "l_text:Arial_40:Hi/fl_layer_apply"),
    ("l_text:Arial_40_antialias_none:Hi", "l_text:Arial_40_antialias_none:Hi/fl_layer_apply"),
    ("l_text:folder:My-Font.ttf_40:Hi", "l_text:folder%253AMy-Font.ttf_40:Hi/fl_layer_apply"),
    # stroke, or a border around the box
    ("l_text:Arial_40_stroke:Hi,bo_4px_solid_red", "l_text:Arial_40_stroke:Hi,bo_4px_solid_rgb:ff0000/fl_layer_apply"),
    ("l_text:Arial_40_stroke_bo_4px_solid_red:Hi", "l_text:Arial_40_stroke:Hi,bo_4px_solid_rgb:ff0000/fl_layer_apply"),
    ("l_text:Arial_40_stroke_bo_4px_solid_rgb:f00_bold:Hi", "l_text:Arial_40_bold_stroke:Hi,bo_4px_solid_rgb:ff0000/fl_layer_apply"),
    ("l_text:Arial_40_bold_stroke_bo_4px_solid_rgb:f00:a:b", "l_text:Arial_40_bold_stroke:a:b,bo_4px_solid_rgb:ff0000/fl_layer_apply"),
    ("l_text:Arial_40:Hi,bo_4px_solid_red", "l_text:Arial_40:Hi/bo_4px_solid_rgb:ff0000/fl_layer_apply"),
    # the box
    ("c_fit,w_90,h_30,l_text:Arial_9:Hi", "l_text:Arial_9:Hi,w_90,h_30,c_fit/fl_layer_apply"),
    ("l_text:Arial_9:Hi,w_0.5,c_fit,fl_relative", "l_text:Arial_9:Hi,w_0.5,c_fit/fl_layer_apply,fl_relative"),
    ("l_text:Arial_9:Hi,w_90", "l_text:Arial_9:Hi/c_scale,w_90/fl_layer_apply"),
    ("l_text:Arial_9:Hi/c_fit,w_90/fl_layer_apply", "l_text:Arial_9:Hi/c_fit,w_90/fl_layer_apply"),
    ("l_text:Arial_9:Hi,h_90,c_fit", "l_text:Arial_9:Hi/c_fit,h_90/fl_layer_apply"),
    ("l_text:Arial_9:Hi,co_white,b_black", "l_text:Arial_9:Hi,co_rgb:ffffff,b_rgb:000000/fl_layer_apply"),
    ("l_text:Arial_9:Hi,c_pad,w_90,b_black", "l_text:Arial_9:Hi/b_rgb:000000,c_pad,w_90/fl_layer_apply"),
    ("l_text:Arial_9:Hi,co_black", "l_text:Arial_9:Hi/fl_layer_apply"),
    # flags, wherever they stand in the layer
    ("l_text:Arial_9:Hi,fl_text_no_trim", "l_text:Arial_9:Hi,fl_text_no_trim/fl_layer_apply"),
    ("l_text:Arial_9:Hi,fl_text_no_trim.no_overflow", "l_text:Arial_9:Hi,fl_text_no_trim/fl_layer_apply,fl_no_overflow"),
    ("l_text:Arial_9:Hi/fl_layer_apply,fl_text_disallow_overflow", "l_text:Arial_9:Hi,fl_text_disallow_overflow/fl_layer_apply"),
    ("l_x/fl_layer_apply,fl_text_no_trim", "l_x/fl_layer_apply"),
    # old style
    ("l_text:Arial_9:Hi,g_north,y_5,o_50,a_9", "l_text:Arial_9:Hi/a_9,o_50/fl_layer_apply,g_north,y_5"),
    # variables
    ("$n_!Ann!/l_text:Arial_9:$(n)%20Lee", "l_text:Arial_9:Ann Lee/fl_layer_apply"),
    ("$n_!50%25!/l_text:Arial_9:$(n)", "l_text:Arial_9:50%2525/fl_layer_apply"),
    ("$s_!Arial_30_bold!/l_text:$s:Hi", "l_text:Arial_30_bold:Hi/fl_layer_apply"),
    ("$s_!Arial_30!,$n_7/l_text:$s:$(n)%20US$ab", "l_text:Arial_30:7 US%2524ab/fl_layer_apply"),
    ("$z_12_mul_2/l_text:Arial_$z:Hi", "l_text:Arial_24:Hi/fl_layer_apply"),
    ("$c_!red!/l_text:Arial_9:Hi,co_$c", "l_text:Arial_9:Hi,co_rgb:ff0000/fl_layer_apply"),
    ("$w_90/l_text:Arial_9:Hi,c_fit,w_$w/fl_layer_apply,y_$w", "l_text:Arial_9:Hi,w_90,c_fit/fl_layer_apply,y_90"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "canonical"), SPELLINGS, ids=[row[0] for row in SPELLINGS])
def test_layers_have_one_spelling_that_means_the_same(text, canonical):
    assert parse(text).canonical() == canonical
    assert parse(canonical) == parse(text)
    assert parse(canonical).canonical() == canonical


ESCAPES = [
    ("plain", "plain"),
    ("two%20words", "two words"),
    ("two%2520words", "two words"),
    ("a%252Cb", "a,b"),
    ("a%252Fb", "a/b"),
    ("50%2525", "50%"),
    ("50%25", "50%"),
    ("50%", "50%"),
    ("50%25%20off", "50% off"),
    ("%25252C", "%2C"),
    ("a%0Ab", "a\nb"),
    ("a%250Ab", "a\nb"),
    ("a%0D%0Ab", "a\nb"),
    ("a%00%07b", "ab"),
    ("a:b:c", "a:b:c"),
    ("grün", "grün"),
    ("%C3%BC", "ü"),
    ("%25C3%25BC", "ü"),
    ("%25F0%259F%2598%2580", "😀"),
    ("😀", "😀"),
    ("%25FF", "%FF"),
    ("$5 and US$ab", "$5 and US$ab"),
    ("%2524(ab)", "$(ab)"),
    ("_a_b_", "_a_b_"),
]


@pytest.mark.parametrize(("written", "meant"), ESCAPES)
def test_words_are_escaped_twice_and_what_is_not_is_understood(written, meant):
    text = parse(f"l_text:Arial_9:{written}")
    assert words_of(text) == meant
    assert parse(text.canonical()) == text


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))
def test_any_words_survive_their_own_spelling(words):
    if not words.strip():
        return
    written = "".join(f"%25{byte:02X}" for byte in words.encode())
    text = parse(f"l_text:Arial_9:{written}")
    assert words_of(parse(text.canonical())) == words_of(text)


@pytest.mark.parametrize(
    ("text", "named", "expected"),
    [
        ("l_text", "l", "text:<style>:<text>"),
        ("l_text:Arial_40", "l_text", "wording"),
        ("l_text:Arial_40:", "l_text", "wording"),
        ("l_text:Arial_40:%20%0A", "l_text", "words to be written"),
        ("l_text:Arial_40:" + "x" * 2001, "l_text", "at most 2000 characters"),
        ("l_text:Arial:Hi", "l_text", "<font>_<size>"),
        ("l_text:my_style:Hi", "l_text", "<font>_<size>"),
        ("l_text:Arial_0:Hi", "l_text", "a size from 1 to 1000"),
        ("l_text:Arial_1001:Hi", "l_text", "a size from 1 to 1000"),
        ("l_text:Arial_40_bolder:Hi", "l_text", "<font>_<size>, then any of bold"),
        ("l_text:Arial_40_letter_spacing_wide:Hi", "l_text", "letter_spacing_<n>"),
        ("l_text:Arial_40_letter_spacing_1001:Hi", "l_text", "a spacing from -1000 to 1000"),
        ("l_text:Arial_40_stroke_bo_4px_solid_reddish:Hi", "l_text", "a colour name"),
        ("l_text:Arial_40_stroke:Hi,bo_thick", "bo", "px_solid_"),
        ("l_text:<b>_40:Hi", "l_text", "<font>_<size>"),
        ('l_text:A"_40:Hi', "l_text", "<font>_<size>"),
        ("l_text:Arial_40:Hi,co_reddish", "co", "a colour name"),
        ("l_text:Arial_40:Hi,c_fit,w_0", "w", "pixels of at least 1"),
        ("l_text:Arial_40:$(nobody)", "expression", "a variable that is defined before"),
    ],
)  # fmt: skip
def test_refusals_say_what_is_expected(text, named, expected):
    with pytest.raises(BadParameter) as caught:
        parse(text)
    assert caught.value.args[0] == named
    assert expected in str(caught.value)


WAITING = [
    ("$w_iw/l_text:Arial_9:$(w)", "$w_iw/l_text:Arial_9:$(w)/fl_layer_apply"),
    ("$w_iw/l_text:Arial_$w:50%252C5%2525", "$w_iw/l_text:Arial_$w:50%252C5%2525/fl_layer_apply"),
    ("l_text:Arial_9:Hi,c_fit,w_initial_width_mul_0.5", "l_text:Arial_9:Hi,c_fit,w_iw_mul_0.5/fl_layer_apply"),
    ("u_text:Arial_9:Hi,c_fit,w_iw,g_east,o_5,fl_text_no_trim", "u_text:Arial_9:Hi,c_fit,w_iw,fl_text_no_trim/o_5/fl_layer_apply,g_east"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "canonical"), WAITING)
def test_text_that_depends_on_the_picture_waits_for_it(text, canonical):
    assert parse(text).canonical() == canonical
    assert parse(canonical) == parse(text)


@pytest.mark.parametrize(
    ("waiting", "known"),
    [
        (f"$w_iw/l_text:{SANS}_30:$(w)%20px", f"l_text:{SANS}_30:300%20px"),
        (f"$s_ih_div_4/l_text:{SANS}_$s:Hi", f"l_text:{SANS}_25:Hi"),
        (f"c_scale,w_150/l_text:{SANS}_20:{LONG},c_fit,w_w_sub_20", f"c_scale,w_150/l_text:{SANS}_20:{LONG},c_fit,w_130"),
        (f"$s_iw_div_10/u_text:{SANS}_$s:Hi,g_north,y_-20,fl_text_no_trim", f"u_text:{SANS}_30:Hi,g_north,y_-20,fl_text_no_trim"),
    ],
)  # fmt: skip
def test_it_is_drawn_as_if_it_had_been_known(waiting, known):
    below = plain(300, 100, 90, 200, 90)
    assert goldens.same(goldens.draw(below, parse(waiting)), goldens.draw(below, parse(known)))


def test_what_turns_out_wrong_when_the_picture_is_known_is_refused_then():
    text = parse(f"$s_iw_mul_10/l_text:{SANS}_$s:Hi")
    with pytest.raises(BadParameter, match="a size from 1 to 1000"):
        goldens.draw(plain(300, 100, 0, 0, 0), text)


def test_an_original_cannot_depend_on_the_picture():
    with pytest.raises(NotSupported, match="must be known before"):
        parse("$w_iw/l_$w")


# --- what is drawn ---------------------------------------------------------------------------------------------------


def words_of(transformation) -> str:
    return layer_of(transformation).words.text


def layer_of(transformation) -> TextLayer:
    (layer,) = transformation.nodes
    assert isinstance(layer, Layer)
    assert isinstance(layer.source, TextLayer)
    return layer.source


def drawn(text: str, dpr: float = 1.0, below: tuple[int, int] = (400, 300)) -> pyvips.Image:
    """The layer alone, before it is transformed and laid."""
    return layer_of(parse(text)).draw(Scene(Size(*below), dpr))


def ink(image: pyvips.Image) -> float:
    """How many pixels' worth of ink."""
    return float(image[3].avg() * image.width * image.height / 255)


def size(image: pyvips.Image) -> tuple[int, int]:
    return image.width, image.height


def spread(image: pyvips.Image) -> list[tuple[int, int]]:
    """First and last column with ink of each line of letters, from the top."""
    rows = [bool(row) for row in (image[3].project()[1].crop(0, 0, 1, image.height)).numpy()[:, 0]]
    starts = [at for at, there in enumerate(rows) if there and (at == 0 or not rows[at - 1])]
    ends = [
        at for at, there in enumerate(rows) if there and (at + 1 == len(rows) or not rows[at + 1])
    ]
    found = []
    for top, bottom in zip(starts, ends, strict=True):
        left, _, width, _ = (
            image[3]
            .crop(0, top, image.width, bottom - top + 1)
            .find_trim(background=0, threshold=8)
        )
        found.append((left, left + width))
    return found


def test_a_size_is_the_height_of_the_em_in_pixels():
    """Capitals of the family are 0.66 em high."""
    assert drawn(f"l_text:{SANS}_100:H").height == pytest.approx(66, abs=1)


def test_the_picture_is_as_large_as_the_ink():
    image = drawn(f"l_text:{SANS}_40:Hamburg")
    left, top, width, height = image[3].find_trim(background=0, threshold=1)
    assert (left, top, width, height) == (0, 0, image.width, image.height)


def test_no_trim_leaves_the_height_of_lines_whatever_is_in_them():
    flags = "fl_text_no_trim"
    heights = {drawn(f"l_text:{SANS}_40:{words},{flags}").height for words in ("x", "H", "gj")}
    assert len(heights) == 1
    two = drawn(f"l_text:{SANS}_40:x%250Ax,{flags}").height
    assert two == 2 * heights.pop()
    wide, tight = drawn(f"l_text:{SANS}_40:H,{flags}"), drawn(f"l_text:{SANS}_40:H")
    assert wide.width == tight.width + 8


def test_weights_are_heavier_one_by_one():
    weights = ("_thin", "_light", "", "_bold")
    inks = [ink(drawn(f"l_text:{SANS}_60{weight}:Hamburg")) for weight in weights]
    assert inks == sorted(inks)
    assert all(heavy > light * 1.15 for light, heavy in pairwise(inks))


@pytest.mark.parametrize("option", ["italic", "underline", "strikethrough", "antialias_none"])
def test_options_are_seen(option):
    before = drawn(f"l_text:{SANS}_40:Hill")
    after = drawn(f"l_text:{SANS}_40_{option}:Hill")
    assert size(before) != size(after) or (before - after).abs().max() > 100


def test_without_smoothing_there_is_all_or_nothing():
    alpha = drawn(f"l_text:{SANS}_40_antialias_none:Soft")[3]
    assert alpha.hist_find()(0, 0)[0] + alpha.hist_find()(255, 0)[0] == alpha.width * alpha.height


def test_letter_and_line_spacing_are_in_pixels():
    plain_, wide = (drawn(f"l_text:{SANS}_40{o}:HHH") for o in ("", "_letter_spacing_10"))
    assert wide.width - plain_.width == pytest.approx(20, abs=1)
    tall, low = (
        drawn(f"l_text:{SANS}_40{o}:H%0AH") for o in ("_line_spacing_15", "_line_spacing_-5")
    )
    assert tall.height - low.height == 20


@pytest.mark.parametrize("words", [f"{SANS}_30:Hamburg", f"{SANS}_30_bold_letter_spacing_4:A%0AB"])
def test_the_pixel_ratio_doubles_everything(words):
    once, twice = drawn(f"l_text:{words}"), drawn(f"l_text:{words}", dpr=2)
    assert size(twice) == pytest.approx((2 * once.width, 2 * once.height), abs=3)


def test_the_pixel_ratio_counts_for_box_and_stroke():
    text = f"c_fit,w_150,l_text:{SANS}_20_stroke:{LONG},bo_3px_solid_red"
    once, twice = drawn(text), drawn(text, dpr=2)
    assert size(twice) == pytest.approx((2 * once.width, 2 * once.height), abs=8)
    assert twice.width <= 300


@pytest.mark.parametrize("width", [60, 100, 151, 240, 333])
@pytest.mark.parametrize("option", ["", "_justify", "_italic_bold", "_center"])
def test_lines_break_at_the_width(width, option):
    image = drawn(f"c_fit,w_{width},l_text:{SANS}_20{option}:{LONG}")
    assert width * 0.6 < image.width <= width
    assert len(spread(drawn(f"c_fit,w_{width},l_text:{SANS}_20_line_spacing_9:{LONG}"))) > 1


@pytest.mark.parametrize("option", ["_bold_italic", "_justify", "_letter_spacing_-5"])
def test_ink_that_stands_out_of_its_line_counts_too(option):
    text = f"l_text:{SANS}_40{option}:off%20off%20off%20ff%20ff%20jf"
    assert all(drawn(f"c_fit,w_{width},{text}").width <= width for width in range(120, 180))


def test_a_long_word_is_broken_where_it_must_be():
    assert drawn(f"c_fit,w_100,l_text:{SANS}_40:Donaudampfschiff").width <= 100


def test_a_fraction_counts_from_the_picture_below():
    text = f"c_fit,w_0.5,l_text:{SANS}_20:{LONG}"
    assert 150 < drawn(text, below=(400, 300)).width <= 200
    assert 300 < drawn(text, below=(800, 300)).width <= 400
    assert drawn(text, dpr=2, below=(400, 300)).width <= 200


@pytest.mark.parametrize(
    ("option", "words", "side"),
    [
        ("", "HHHHHH%0AH", "left"),
        ("_left", "HHHHHH%0AH", "left"),
        ("_end", "HHHHHH%0AH", "right"),
        ("_right", "HHHHHH%0AH", "right"),
        ("_center", "HHHHHH%0AH", "center"),
        ("", f"{HEBREW * 3}%0A{HEBREW}", "right"),
        ("_end", f"{HEBREW * 3}%0A{HEBREW}", "left"),
        ("_left", f"{HEBREW * 3}%0A{HEBREW}", "left"),
        ("_right", f"{HEBREW * 3}%0A{HEBREW}", "right"),
    ],
)
def test_lines_are_aligned(option, words, side):
    image = drawn(f"l_text:{SANS}_40_line_spacing_20{option}:{words}")
    (_, _), (left, right) = spread(image)
    room = left, image.width - right
    assert {"left": room[0] < 4, "right": room[1] < 4, "center": abs(room[0] - room[1]) < 4}[side]
    assert sum(room) > 40


def test_justified_lines_but_the_last_reach_both_sides():
    image = drawn(f"c_fit,w_200,l_text:{SANS}_20_justify_line_spacing_9:{LONG}")
    *full, _last = spread(image)
    assert all(right - left >= 195 for left, right in full)


def test_hebrew_is_written_from_right_to_left():
    """The first letter of the word is the rightmost: with a wide gap behind it, the left part is the longer one."""
    image = drawn(f"l_text:{SANS}_60:{HEBREW[0]}%20%20%20%20{HEBREW[1:]}")
    columns = [bool(c) for c in image[3].project()[0].numpy()[0]]
    gap = "".join("x" if c else "." for c in columns).index("." * 20)
    right = image.width - columns.index(True, gap)
    assert gap > right > 0


@pytest.mark.parametrize("words", [HEBREW, ARABIC, "Ελλάδα", "Привет", "Žluťoučký", "€£"])
def test_the_packaged_fonts_know_these_scripts(words):
    """Without any font of the machine; a missing letter is a box with its number, and all boxes have one height."""
    heights = without_system_fonts(words, "\ufdd0")
    assert heights[0] != heights[1]


def test_a_letter_is_no_empty_box_without_any_font_on_the_machine():
    letter, box, other_box = without_system_fonts("A", "\U000f1234", "\ue123")
    assert letter != box
    assert box[1] == other_box[1]


def without_system_fonts(*words: str) -> list[tuple[int, ...]]:
    """Size and ink of each, drawn by a process that finds no font but those of the package."""
    code = f"""
import sys; sys.path.insert(0, {str(ROOT)!r})
from tests.test_text import drawn, ink, size
for words in {words!r}:
    image = drawn(f"l_text:Arial_40:{{words}}")
    print(*size(image), round(ink(image)))
"""
    return [tuple(map(int, line)) for line in fontless(code)]


def fontless(code: str) -> list[list[str]]:
    """What a program prints, by line and word, where nothing but its own fonts is to be found."""
    environment = os.environ | {"FONTCONFIG_FILE": str(ROOT / "tests" / "no_fonts.conf")}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    return [line.split() for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    "font", ["No%20Such%20Font", "folder:My-Font.ttf", "No_Such", "Nope.woff2"]
)
def test_a_font_that_is_not_there_is_replaced_by_the_packaged_one(font):
    expected = drawn(f"l_text:{SANS}_40_bold:Hamburg")
    image = drawn(f"l_text:{font}_40_bold:Hamburg")
    assert goldens.same(image, expected)


# --- colour, box, stroke ---------------------------------------------------------------------------------------------


def test_letters_have_their_colour_and_its_transparency():
    image = drawn(f"l_text:{SANS}_80_bold:I,co_rgb:ff800080")
    middle = image(image.width // 2, image.height // 2)
    assert middle == [255, 128, 0, 128]


def test_the_box_lies_behind_the_letters():
    bare = drawn(f"l_text:{SANS}_80_bold:I")
    image = drawn(f"l_text:{SANS}_80_bold_italic:II,b_lime,co_red")
    assert image[3].min() == 255
    assert image(1, 1) == [0, 255, 0, 255]
    assert [255, 0, 0, 255] in [image(x, image.height // 2) for x in range(image.width)]
    assert size(drawn(f"l_text:{SANS}_80_bold:I,b_lime")) == size(bare)


@pytest.mark.parametrize("px", [1, 3, 12])
def test_a_stroke_grows_the_picture_on_every_side(px):
    bare = drawn(f"l_text:{SANS}_60:O")
    image = drawn(f"l_text:{SANS}_60_stroke:O,bo_{px}px_solid_red,co_white")
    assert size(image) == (bare.width + 2 * px, bare.height + 2 * px)
    _, _, width, height = image[3].find_trim(background=0, threshold=8)
    assert (width, height) == pytest.approx(size(image), abs=2)
    assert ((image[1] < 60) & (image[3] > 60)).max() == 255


def test_a_see_through_letter_with_a_stroke_is_hollow():
    image = drawn(f"l_text:{SANS}_120_bold_stroke:I,bo_4px_solid_red,co_transparent")
    middle = image.height // 2
    assert image(image.width // 2, middle)[3] == 0
    assert image(2, middle) == [255, 0, 0, 255]


def test_letters_cover_their_stroke_without_a_seam():
    image = drawn(f"l_text:{SANS}_80_bold_italic_stroke:I,bo_6px_solid_white,co_white")
    whole = image[3].crop(0, image.height // 2, image.width, 1).numpy()[0]
    (inked,) = (whole > 0).nonzero()
    assert (whole[inked[0] + 2 : inked[-1] - 1] == 255).all()


def test_a_border_without_stroke_runs_around_the_box():
    below = plain(300, 100, 0, 0, 0)
    image = goldens.draw(below, parse(f"l_text:{SANS}_40:Hi,bo_5px_solid_red,b_red,co_red"))
    _, _, width, height = image[0].find_trim(background=0, threshold=1)
    bare = drawn(f"l_text:{SANS}_40:Hi")
    assert (width, height) == (bare.width + 10, bare.height + 10)


# --- too much --------------------------------------------------------------------------------------------------------


def test_what_is_too_high_ends_in_an_ellipsis():
    whole = drawn(f"c_fit,w_150,l_text:{SANS}_20:{LONG}")
    short = drawn(f"c_fit,w_150,h_50,l_text:{SANS}_20:{LONG}")
    assert whole.height > 50 >= short.height
    assert goldens.same(
        short, drawn(f"c_fit,w_150,l_text:{SANS}_20:Words%20that%20go%20on%20and%20on%20until…")
    )


def test_a_box_that_is_high_enough_changes_nothing():
    text = f"c_fit,w_150,{{}}l_text:{SANS}_20:{LONG}"
    assert goldens.same(drawn(text.format("h_500,")), drawn(text.format("")))


def test_a_box_lower_than_a_line_cuts_the_line():
    whole, low = (
        drawn(f"l_text:{SANS}_40:Hamburg"),
        drawn(f"c_fit,w_200,h_9,l_text:{SANS}_40:Hamburg"),
    )
    assert goldens.same(low, whole.crop(0, 0, whole.width, 9))


@pytest.mark.parametrize(
    "text",
    [
        f"c_fit,w_100,h_30,l_text:{SANS}_20:{LONG},fl_text_disallow_overflow",
        f"l_text:{SANS}_90:{LONG},fl_text_disallow_overflow",
        f"c_fit,w_5,l_text:{SANS}_90:W,fl_text_disallow_overflow",
    ],
)
def test_overflow_is_refused_where_it_is_not_allowed(text):
    with pytest.raises(BadCombination, match="fl_text_disallow_overflow allows"):
        drawn(text)
    assert drawn(f"c_fit,w_350,h_250,l_text:{SANS}_9:Hi,fl_text_disallow_overflow")


@pytest.mark.parametrize(
    "text",
    [
        f"l_text:{SANS}_1000:{'W' * 2000}",
        f"l_text:{SANS}_1000:{'W%250A' * 900}W",
        f"l_text:{SANS}_40:{'W' * 2000}",
        f"l_text:{SANS}_100_letter_spacing_1000:{'W' * 200}",
        f"c_fit,w_20,l_text:{SANS}_900:{'W ' * 900}",
        f"l_text:{SANS}_40_stroke:W,bo_9999px_solid_red",
    ],
)
def test_text_that_would_be_too_large_is_refused_before_it_is_drawn(text):
    with pytest.raises(LimitExceeded):
        drawn(text)


@pytest.mark.parametrize("words", ["\u200b", "\u200e\u200f", "\u3000\u2003"])
def test_words_without_ink_are_refused(words):
    with pytest.raises(BadParameter):
        drawn(f"l_text:{SANS}_40:{words}")


# --- nothing in the words is markup ----------------------------------------------------------------------------------

INJECTIONS = [
    "<b>x<%252Fb>",
    "%3Cb%3Ex%3C%252Fb%3E",
    "%253Cspan size='9'%253Ex",
    "&amp;",
    "&lt;b&gt;",
    "&#x41;",
    "a & b",
    "<%252Fspan>",
    "\"'>",
    "<![CDATA[x]]>",
    "<unknown",
    "a&",
]


@pytest.mark.parametrize("words", INJECTIONS)
def test_markup_is_written_as_it_stands(words):
    """Each character of it takes its own place: no shorter than the same number of dots, and bold changes nothing."""
    meant = words_of(parse(f"l_text:{SANS}_40:{words}"))
    image = drawn(f"l_text:{SANS}_40:{words}")
    assert image.width > drawn(f"l_text:{SANS}_40:{'.' * len(meant)}").width * 0.9


def test_the_example_of_an_ampersand_draws_five_characters():
    assert drawn(f"l_text:{SANS}_40:&amp;").width > 3 * drawn(f"l_text:{SANS}_40:&").width


@given(st.text(max_size=40))
def test_any_words_are_drawn_or_refused_by_type(words):
    written = "".join(f"%25{byte:02X}" for byte in words.encode("utf-8", "replace"))
    try:
        image = drawn(f"l_text:{SANS}_12:{written}")
    except BadRequest:
        return
    assert image.bands == 4


def test_emoji_do_not_stop_a_text():
    assert drawn(f"l_text:{SANS}_40:a😀b").width > drawn(f"l_text:{SANS}_40:ab").width


def test_svg_has_letters_too_without_any_font_on_the_machine():
    letters = f"""
import sys; sys.path.insert(0, {str(ROOT)!r})
import pyvips
from imgproxy.operations import _fonts
_fonts.load()
for word in ("A", chr(0xe123)):
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="60" height="60"><text y="50" font-size="50">{{word}}</text></svg>'
    print(pyvips.Image.svgload_buffer(svg.encode())[3].avg())
"""
    letter, box = fontless(letters)
    assert letter != box
    assert float(letter[0]) > 0
