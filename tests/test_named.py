"""Named transformations mean what their texts mean, wherever they stand, and the file of them is read with care."""

import pytest

from imgproxy.errors import BadCombination, BadRequest, LimitExceeded, UnknownTransformation
from imgproxy.grammar import parse
from imgproxy.grammar.named import MAX_DEPTH, Named
from imgproxy.settings import Limits, SettingsError
from imgproxy.transformations import BadTransformations, load

NAMED = Named(
    {
        "fit-760w": "c_fit,w_760",
        "small": "c_scale,w_20",
        "card 2x": "t_small/dpr_2.0",
        "grey": "e_grayscale",
        "web": "f_auto,q_auto",
        "wide": "c_limit,w_$wide",
        "marked": "l_logo/t_small/fl_layer_apply,g_south",
    }
)


def means(text: str) -> str:
    return parse(text, named=NAMED).canonical()


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("t_small", "c_scale,w_20"),
        ("t_fit-760w,f_auto,q_auto:best", "c_fit,w_760/f_auto,q_auto:best"),
        ("t_grey/c_fill,w_403", "e_grayscale/c_fill,w_403"),
        ("c_fill,w_403/t_grey", "c_fill,w_403/e_grayscale"),
        ("t_small.grey.web", "c_scale,w_20/e_grayscale/f_auto,q_auto"),
        ("t_small/t_grey", "c_scale,w_20/e_grayscale"),
        ("e_sepia,t_small", "c_scale,w_20/e_sepia"),
        ("t_card%202x", "c_scale,w_20/dpr_2.0"),
        ("$wide_300,t_wide", "c_limit,w_300"),
        ("$wide_100_add_50/t_wide", "c_limit,w_150"),
        ("t_marked", "l_logo/c_scale,w_20/fl_layer_apply,g_south"),
        ("l_logo,t_small/fl_layer_apply,g_north", "l_logo/c_scale,w_20/fl_layer_apply,g_north"),
        ("l_logo/t_small,fl_layer_apply", "l_logo/c_scale,w_20/fl_layer_apply"),
        ("if_w_gt_9,t_small", "if_w_gt_9/c_scale,w_20/if_end"),
        ("if_w_gt_9,t_small/e_sepia", "if_w_gt_9/c_scale,w_20/if_end/e_sepia"),
        ("if_w_gt_9,t_small/if_else,t_grey/e_sepia", "if_w_gt_9/c_scale,w_20/if_else/e_grayscale/if_end/e_sepia"),
        ("if_w_gt_9,t_small/if_else,e_negate/e_sepia", "if_w_gt_9/c_scale,w_20/if_else/e_negate/if_end/e_sepia"),
        ("if_w_gt_9,e_negate/if_else,t_small.grey/e_sepia", "if_w_gt_9/e_negate/if_else/c_scale,w_20/e_grayscale/if_end/e_sepia"),
        ("if_w_gt_9/t_small/if_else/t_grey/if_end", "if_w_gt_9/c_scale,w_20/if_else/e_grayscale/if_end"),
    ],
)  # fmt: skip
def test_a_name_means_its_text(text, full):
    assert means(text) == parse(full).canonical()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("t_foo", "Unknown transformation foo"),
        ("t_smal", "Unknown transformation smal (did you mean t_small?)"),
        ("t_small.nothing", "Unknown transformation nothing"),
    ],
)
def test_an_unknown_name_is_told_with_a_near_one(text, sentence):
    with pytest.raises(UnknownTransformation) as caught:
        means(text)
    assert (str(caught.value), caught.value.status) == (sentence, 400)


def test_no_name_is_known_without_a_source():
    with pytest.raises(UnknownTransformation):
        parse("t_small")


def test_a_name_that_leads_back_to_itself_is_refused():
    circle = Named({"a": "e_sepia/t_b", "b": "t_c,w_3", "c": "t_a"})
    with pytest.raises(BadCombination, match="t_a leads back to itself"):
        parse("t_a", named=circle)


def test_depth_and_growth_have_an_end():
    deep = Named({f"n{at}": f"t_n{at + 1}" for at in range(MAX_DEPTH)} | {f"n{MAX_DEPTH}": "w_3"})
    with pytest.raises(LimitExceeded, match="depth of named"):
        parse("t_n0", named=deep)
    assert parse("t_n1", named=deep) == parse("w_3")
    doubling = Named({f"n{at}": f"t_n{at + 1}/t_n{at + 1}" for at in range(7)} | {"n7": "e_sepia"})
    with pytest.raises(LimitExceeded, match="components is over 32"):
        parse("t_n0", named=doubling)


def test_a_new_state_of_names_is_not_the_old_one():
    """What was parsed before is remembered by text and names."""
    before, after = Named({"a": "w_3"}), Named({"a": "w_4"})
    assert parse("t_a", named=before) == parse("w_3")
    assert parse("t_a", named=after) == parse("w_4")


# --- the file ---------------------------------------------------------------------------------------------------------

GOOD = """
# for the portal
[transformations]
hero = c_fill,g_auto,w_1600,h_900/f_auto/q_auto
wide = c_limit,w_$wide_mul_$times

"card 2x" = "t_thumb/dpr_2.0"
thumb = 'c_thumb,g_face,w_90,h_90'   # a small one
"""


def test_a_file_of_names(tmp_path):
    path = tmp_path / "names.toml"
    path.write_text(GOOD)
    assert dict(load(str(path), Limits())) == {
        "hero": "c_fill,g_auto,w_1600,h_900/f_auto/q_auto",
        "wide": "c_limit,w_$wide_mul_$times",
        "card 2x": "t_thumb/dpr_2.0",
        "thumb": "c_thumb,g_face,w_90,h_90",
    }
    assert not load("", Limits())


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (
            "a = w_3\nhero = w_abc\n",
            2,
            "hero: Invalid w: 'abc', expected whole pixels, or a fraction such as 0.5",
        ),
        ("\n\nhero\n", 3, "expected <name> = <transformation>"),
        ("a/b = w_3\n", 1, "expected <name> = <transformation>"),
        ("a = w_3\n# again\na = w_4\n", 3, "a stands in line 1 already"),
        ("a = t_b\nb = t_a\n", 1, "a: Invalid combination: t_b leads back to itself"),
        ("a = t_b\n", 1, "a: Unknown transformation b"),
        ('a = "w_3\n', 1, "the quotes do not fit"),
        ("a = e_upscale\n", 1, "a: Not supported: e_upscale is a generative or add-on service"),
    ],
)
def test_a_bad_file_is_told_by_file_line_and_reason(tmp_path, text, line, reason):
    path = tmp_path / "names"
    path.write_text(text)
    with pytest.raises(BadTransformations) as caught:
        load(str(path), Limits())
    assert str(caught.value) == f"DARKROOM_TRANSFORMATIONS={str(path)!r}, line {line}: {reason}"


def test_a_file_that_is_not_there_stops_the_start(tmp_path):
    with pytest.raises(SettingsError, match=r"DARKROOM_TRANSFORMATIONS=.*a file of text"):
        load(str(tmp_path / "gone"), Limits())


# --- what is ignored when told so -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("e_background_removal,w_9", "w_9"),
        ("e_upscale/w_9", "w_9"),
        ("so_3,du_5,w_9", "w_9"),
        ("fl_splice.lossy,w_9", "fl_lossy,w_9"),
        ("fl_waveform/w_9", "w_9"),
        ("e_gen_remove:prompt_a%20car/e_sepia", "e_sepia"),
        ("q_jpegmini:1,w_9", "w_9"),
        ("f_mp4,w_9", "w_9"),
        ("f_auto:video,w_9", "w_9"),
        ("c_fill,g_cat,w_9", "c_fill,w_9"),
        ("if_w_gt_3,e_upscale/w_9", "if_w_gt_3,x_0/w_9"),
    ],
)
def test_services_and_video_are_left_out_when_told_so(text, left):
    with pytest.raises(BadRequest):
        parse(text)
    assert parse(text, ignoring=True).canonical() == parse(left).canonical()


@pytest.mark.parametrize("text", ["l_video:clip", "e_blurr", "w_abc", "bl_web", "fn_wasm:x", "q_0"])
def test_slips_and_what_would_change_the_picture_are_refused_all_the_same(text):
    with pytest.raises(BadRequest):
        parse(text, ignoring=True)
