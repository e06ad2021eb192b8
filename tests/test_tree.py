"""Variables, conditions and layers: texts and their one spelling, and what they come to on a picture."""

import pytest
import pyvips

from imgproxy.errors import BadParameter, BadRequest, LimitExceeded
from imgproxy.expressions import arithmetic, conditions
from imgproxy.grammar import parse
from imgproxy.render.interpret import Scope, lead, walk
from imgproxy.step import Scene
from imgproxy.values import Size, Source
from tests.goldens import badge

TABLE = [
    # constants are worked out while reading, so that spellings share a derivative
    ("$w_300/c_fill,w_$w", "c_fill,w_300"),
    ("$w_150_mul_2,c_fill,w_$w", "c_fill,w_300"),
    ("$s_!7J0a!,c_limit,w_1456", "c_limit,w_1456"),
    ("$f_!blur!/e_$f:100", "e_blur:100"),
    ("$a_10/$b_$a_mul_2/w_$b", "c_scale,w_20"),
    ("$half_0.5/w_$half", "c_scale,w_0.5"),
    ("$all_1.0/w_$all,h_$all", "c_scale,h_1.0,w_1.0"),
    ("$n_!12!/w_$n_to_i_mul_2", "c_scale,w_24"),
    ("$n_!12!_to_i_add_1/w_$n", "c_scale,w_13"),
    ("$n_!1.5!_to_f/dpr_$n,w_4", "c_scale,w_4/dpr_1.5"),
    ("$n_md:!rooms!_to_i/w_$n", "$n_md:!rooms!_to_i/w_$n"),
    ("$c_!red!/b_$c", "b_rgb:ff0000"),
    ("$logo_!a:b!/l_$logo/fl_layer_apply", "l_a:b/fl_layer_apply"),
    ("$logo_ref:!a:b!/l_$logo/fl_layer_apply", "l_a:b/fl_layer_apply"),
    # what depends on the picture waits for it
    ("c_scale,w_iw_div_2", "c_scale,w_iw_div_2"),
    ("w_initial_width_mul_0.5,c_scale", "c_scale,w_iw_mul_0.5"),
    ("$w_iw_mul_2/h_10,w_$w,c_fill", "$w_iw_mul_2/c_fill,h_10,w_$w"),
    ("$a_3/r_$a:iw", "$a_3/r_$a:iw"),
    # conditions, always written as blocks
    ("if_w_gt_500/c_limit,w_500/if_else/e_grayscale/if_end", "if_w_gt_500/c_limit,w_500/if_else/e_grayscale/if_end"),
    ("if_w_lt_200,c_fill,w_80/if_else,c_fill,w_100/a_90", "if_w_lt_200/c_fill,w_80/if_else/c_fill,w_100/if_end/a_90"),
    ("if_w>200/a_90/if_end", "if_w_gt_200/a_90/if_end"),
    ("if_w_gt_1/if_h_gt_1,a_90/if_end", "if_w_gt_1/if_h_gt_1/a_90/if_end/if_end"),
    ("if_w_gt_1/a_1/if_else,a_2/if_end", "if_w_gt_1/a_1/if_else/a_2/if_end"),
    ("$x_3/if_$x_gt_2/a_90/if_else/a_80/if_end", "a_90"),
    ("if_isdef_$q,w_3", "if_isdef_$q/c_scale,w_3/if_end"),
    ("if_ctx:!sale!_eq_!yes!/a_90/if_end", "if_ctx:!sale!_eq_!yes!/a_90/if_end"),
    # what would end a component, or be decoded once more, is escaped again
    ("if_!a%252Fb!_in_tags/a_90/if_end", "if_!a%252Fb!_in_tags/a_90/if_end"),
    ("$a_!x%2Fy!/if_$a_in_tags/a_90/if_end", "$a_!x%2Fy!/if_$a_in_tags/a_90/if_end"),
    # layers, always opened and applied in components of their own
    ("l_logo/fl_layer_apply", "l_logo/fl_layer_apply"),
    ("l_logo", "l_logo/fl_layer_apply"),
    ("l_logo,w_100,g_north,x_5,o_50,e_multiply", "l_logo/c_scale,o_50,w_100/fl_layer_apply,e_multiply,g_north,x_5"),
    ("l_a:b/c_fill,w_60,h_31,fl_layer_apply,g_north_west", "l_a:b/c_fill,h_31,w_60/fl_layer_apply,g_north_west"),
    ("u_x,c_scale,fl_relative,w_1.0,h_1.0,fl_layer_apply", "u_x/c_scale,h_1.0,w_1.0/fl_layer_apply,fl_relative"),
    ("u_x,c_fill,w_1.0,h_1.0,fl_relative/fl_layer_apply", "u_x/c_fill,h_1.0,w_1.0/fl_layer_apply,fl_relative"),
    ("l_x/fl_layer_apply,fl_no_overflow,e_multiply,fl_no_overflow", "l_x/fl_layer_apply,e_multiply,fl_no_overflow"),
    ("l_x/fl_layer_apply.tiled", "l_x/fl_layer_apply,fl_tiled"),
    ("l_a/l_b/w_10/fl_layer_apply,g_west/a_9/fl_layer_apply", "l_a/l_b/c_scale,w_10/fl_layer_apply,g_west/a_9/fl_layer_apply"),
    ("l_a,w_10/l_b/a_9/fl_layer_apply", "l_a/c_scale,w_10/fl_layer_apply/l_b/a_9/fl_layer_apply"),
    ("l_x/q_50/fl_layer_apply/f_webp", "l_x/fl_layer_apply/f_webp,q_50"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "canonical"), TABLE, ids=[row[0] for row in TABLE])
def test_texts_have_one_spelling_that_means_the_same(text, canonical):
    assert parse(text).canonical() == canonical
    assert parse(canonical) == parse(text)
    assert parse(canonical).canonical() == canonical


FACTS: dict[str, arithmetic.Value] = {
    "iw": 800.0,
    "w": 400.0,
    "h": 300.0,
    "ar": 4 / 3,
    "$a": 10.0,
    "$n": "12.9",
    "tags": ("x", "y"),
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("iw_div_2", 400),
        ("2_add_3_mul_4", 14),
        ("10_sub_3_sub_2", 5),
        ("2_pow_3_pow_2", 512),
        ("2_mul_3_pow_2", 18),
        ("17_mod_5_mul_2", 4),
        ("-3_add_5", 2),
        ("$a_div_4", 2.5),
        ("$n_to_i", 12),
        ("$n_to_f_mul_10", 129),
        ("16:9_mul_9", 16),
        ("!hello_world!", "hello_world"),
        ("!a:b!", ("a", "b")),
    ],
)
def test_arithmetic_has_the_usual_precedence(text, value):
    tree = arithmetic.read("w", text)
    assert (
        arithmetic.worth(tree, FACTS) == pytest.approx(value)
        if isinstance(value, float | int)
        else value
    )
    assert arithmetic.read("w", arithmetic.spelled(tree)) == tree


@pytest.mark.parametrize(
    ("text", "true"),
    [
        ("w_gt_300", True),
        ("w_lt_300", False),
        ("w_lt_300_or_h_eq_300_and_ar_gte_4:3", True),
        ("w_lt_300_and_h_eq_300_or_ar_lt_1", False),
        ("w_lte_400_and_w_gte_400_and_w_ne_401", True),
        ("!x!_in_tags", True),
        ("!x:z!_in_tags", False),
        ("!z!_nin_tags", True),
        ("isdef_$a", True),
        ("isndef_$a", False),
        ("w_div_2_eq_iw_div_4", True),
        ("ar_eq_4:3", True),
    ],
)
def test_and_binds_tighter_than_or(text, true):
    condition = conditions.read(text)
    assert conditions.holds(condition, FACTS) is true
    assert conditions.read(str(condition)) == condition


@pytest.mark.parametrize(
    "text", ["w_gt_!a!", "$zz_gt_3", "w_gt_3_and", "w_gt", "foo_gt_3", "w_pow_w_pow_w_gt_1"]
)
def test_what_cannot_be_worked_out_is_told(text):
    with pytest.raises(BadParameter):
        conditions.holds(conditions.read(text), FACTS)


@pytest.mark.parametrize("text", ["1_add_" * 70 + "1", "_and_".join(["w_gt_1"] * 70)])
def test_endless_sums_are_refused(text):
    with pytest.raises(BadRequest, match="at most 64"):
        parse(f"if_{text}/if_end" if "gt" in text else f"w_{text}")


def drawn(text: str, width: int = 400, height: int = 300) -> pyvips.Image:
    transformation = parse(text)
    image = pyvips.Image.black(width, height, bands=3).copy(interpretation="srgb")
    scene = Scene(Size(width, height))
    scene.pictures = lambda _: badge()
    return walk(transformation.nodes, image, Scope(scene, transformation.output(), {"fc": 0.0}))


@pytest.mark.parametrize(
    ("text", "width", "height"),
    [
        ("w_iw_div_2", 200, 150),
        ("w_iw_div_3", 133, 100),
        ("c_scale,w_0.5/c_scale,w_w_mul_0.5", 100, 75),
        ("c_scale,w_100/w_iw", 400, 300),
        ("$w_ih_sub_100/c_fill,h_50,w_$w", 200, 50),
        ("if_w_gt_300/c_fill,h_10,w_20/if_else/c_fill,h_30,w_40/if_end", 20, 10),
        ("c_scale,w_100/if_w_gt_300,c_fill,h_10,w_20/if_else,c_fill,h_30,w_40", 40, 30),
        ("if_ar_eq_4:3/w_10/if_end", 10, 8),
        ("if_fc_gt_0/w_10/if_end", 400, 300),
        ("if_ctx:!sale!_eq_!yes!/w_10/if_end", 400, 300),
        ("if_md:!sale!_ne_!yes!/w_10/if_end", 10, 8),
        ("c_pad,b_white,w_400,h_100/if_tar_gt_2/w_10/if_end", 400, 100),
        ("c_pad,b_white,w_400,h_100/if_tar_lt_2/w_40/if_end", 40, 10),
        ("if_!sale!_in_tags/w_10/if_end", 400, 300),
        ("$a_5/if_w_gt_1/$a_50/if_end/w_$a", 50, 38),
        ("l_x/fl_layer_apply", 400, 300),
        ("l_x/fl_layer_apply,g_east,x_-10", 410, 300),
        ("l_x/fl_layer_apply,fl_no_overflow,g_east,x_-10", 400, 300),
        ("c_scale,w_20,h_20/l_x/fl_layer_apply", 40, 40),
        ("l_x/w_1.5/fl_layer_apply,fl_relative", 600, 600),
    ],
)
def test_what_they_come_to(text, width, height):
    image = drawn(text)
    assert (image.width, image.height) == (width, height)


def test_a_resize_behind_settled_conditions_is_still_folded_into_loading():
    transformation = parse(
        "$w_iw_div_4/if_w_gt_300/c_fill,h_50,w_$w,e_sepia/if_else/a_90/if_end/a_180"
    )
    scope = Scope(Scene(Size(400, 300)), transformation.output())
    resize, rest = lead(transformation.nodes, scope)
    assert resize is not None
    assert resize.plan(Size(400, 300), scope.scene).result == (100, 50)
    assert len(rest) == 2


def test_what_is_spelled_out_counts():
    """Twelve packed components that would be read again as more than the limit are refused at once."""
    packed = "/".join(f"$a{i}_iw_add_{i},w_$a{i},l_x,g_north" for i in range(6))
    with pytest.raises(LimitExceeded, match="components"):
        parse(packed, 20)
    assert parse(parse(packed).canonical()) == parse(packed)


def test_a_transformation_knows_the_originals_of_its_layers():
    transformation = parse(
        "l_a:b.png/l_c/fl_layer_apply/fl_layer_apply/if_w_gt_1,u_authenticated:d"
    )
    assert transformation.needs() == (
        Source("upload", "a/b", "png"),
        Source("upload", "c"),
        Source("authenticated", "d"),
    )
