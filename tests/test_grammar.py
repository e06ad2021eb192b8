"""The transformation language: one table read both ways, the rules of order and doubles, and every kind of refusal."""

import pytest

from imgproxy.errors import (
    BadCombination,
    BadParameter,
    BadRequest,
    LimitExceeded,
    NotSupported,
)
from imgproxy.grammar import parse
from imgproxy.notation.backdrop import Backdrop
from imgproxy.notation.colour import Colour
from imgproxy.notation.gravity import COMPASS, Gravity, Kind
from imgproxy.notation.length import Length, Offset, Width
from imgproxy.notation.ratio import Ratio
from imgproxy.operations.background import Background
from imgproxy.operations.blur import Blur
from imgproxy.operations.crop import Crop
from imgproxy.operations.dpr import DevicePixelRatio
from imgproxy.operations.dpr import Ratio as DeviceRatio
from imgproxy.operations.fill import Fill, Thumb
from imgproxy.operations.fit import Fit
from imgproxy.operations.format import Format, FormatDirective
from imgproxy.operations.grayscale import Grayscale
from imgproxy.operations.pad import Pad
from imgproxy.operations.quality import Level, Quality
from imgproxy.operations.scale import Scale
from imgproxy.operations.sepia import Sepia
from imgproxy.step import Output, Step

px = Length
wide = Width
NORTH = Gravity(Kind.COMPASS, "north")
NORTH_WEST = Gravity(Kind.COMPASS, "north_west")
CENTER = Gravity(Kind.COMPASS, "center")
AUTO = FormatDirective(format=Format.AUTO)
GOOD = Quality(level=Level(None, "good"))

# Text, canonical text, and the steps it means, a list per component with the directives last.
TABLE: list[tuple[str, str, list[list[Step]]]] = [
    # nothing
    ("", "", []),
    ("/", "", []),
    # sides without a mode are a scale
    ("w_300", "c_scale,w_300", [[Scale(width=wide(300))]]),
    ("h_0.5", "c_scale,h_0.5", [[Scale(height=px(0.5, fraction=True))]]),
    ("ar_16:9", "ar_16:9,c_scale", [[Scale(ratio=Ratio(16, 9))]]),
    ("c_scale,w_300", "c_scale,w_300", [[Scale(width=wide(300))]]),
    # modes
    (
        "c_fill,w_400,h_300,g_north",
        "c_fill,g_north,h_300,w_400",
        [[Fill(mode="fill", width=wide(400), height=px(300), gravity=NORTH)]],
    ),
    ("c_limit,w_960", "c_limit,w_960", [[Fit(mode="limit", width=wide(960))]]),
    (
        "c_pad,b_rgb_fff,w_3",
        "b_rgb:ffffff,c_pad,w_3",
        [[Pad(mode="pad", width=wide(3), backdrop=Backdrop(colour=Colour(255, 255, 255)))]],
    ),
    (
        "c_thumb,g_face,w_9,z_0.70",
        "c_thumb,g_face,w_9,z_0.7",
        [[Thumb(mode="thumb", width=wide(9), gravity=Gravity(Kind.FACE, "north"), zoom=0.7)]],
    ),
    # where a crop lies is written out
    ("c_crop,w_9", "c_crop,g_center,w_9", [[Crop(width=wide(9), gravity=CENTER)]]),
    (
        "c_crop,w_9,x_5",
        "c_crop,g_north_west,w_9,x_5",
        [[Crop(width=wide(9), gravity=NORTH_WEST, across=Offset(5))]],
    ),
    ("c_crop,w_9,y_0", "c_crop,g_north_west,w_9", [[Crop(width=wide(9), gravity=NORTH_WEST)]]),
    # defaults of arguments are written out, defaults of qualifiers are left out
    ("e_sepia", "e_sepia:80", [[Sepia(level=80)]]),
    ("e_blur:1000", "e_blur:1000", [[Blur(strength=1000)]]),
    ("e_blur:", "e_blur:100", [[Blur(strength=100)]]),
    ("c_fill,g_center,w_9,x_0", "c_fill,w_9", [[Fill(mode="fill", width=wide(9))]]),
    # several operations in one component run in the order of their phases
    (
        "e_grayscale,w_9",
        "c_scale,e_grayscale,w_9",
        [[Scale(width=wide(9)), Grayscale()]],
    ),
    ("b_auto", "b_auto:border", [[Background(backdrop=Backdrop("auto"))]]),
    ("b_auto:border_gradient:horizontal", "b_auto:border_gradient:2:horizontal", [[Background(backdrop=Backdrop("auto", count=2))]]),
    ("b_auto:2:vertical:predominant_gradient_contrast", "b_auto:predominant_gradient_contrast:2:vertical", [[Background(backdrop=Backdrop("auto", mode="predominant", contrast=True, count=2, direction="vertical"))]]),
    ("b_auto:predominant:palette_red_0f0", "b_auto:predominant:palette_ff0000_00ff00", [[Background(backdrop=Backdrop("auto", mode="predominant", palette=(Colour(255, 0, 0), Colour(0, 255, 0))))]]),
    ("b_blurred", "b_blurred:100:0", [[Background(backdrop=Backdrop("blurred"))]]),
    ("b_blurred:400:-20", "b_blurred:400:-20", [[Background(backdrop=Backdrop("blurred", strength=400, brightness=-20))]]),
    ("b_red", "b_rgb:ff0000", [[Background(backdrop=Backdrop(colour=Colour(255, 0, 0)))]]),
    # directives gather at the end, whatever component they stand in
    ("f_auto/w_9/q_auto", "c_scale,w_9/f_auto,q_auto:good", [[Scale(width=wide(9))], [AUTO, GOOD]]),
    ("dpr_2.0", "dpr_2", [[DevicePixelRatio(ratio=DeviceRatio(2))]]),
    ("f_jpeg,q_80.0", "f_jpg,q_80", [[FormatDirective(format=Format.JPG), Quality(level=Level(80))]]),
    # inert without something to tune
    ("x_10,y_10,z_2,co_red", "", []),
    ("e_sepia,g_north", "e_sepia:80", [[Sepia(level=80)]]),
]  # fmt: skip


def steps_of(transformation):
    directives = [list(transformation.directives)] if transformation.directives else []
    return [list(node.steps) for node in transformation.nodes] + directives


@pytest.mark.parametrize(("text", "canonical", "steps"), TABLE)
def test_text_and_meaning_both_ways(text, canonical, steps):
    assert steps_of(parse(text)) == steps
    assert parse(text).canonical() == canonical
    assert parse(canonical) == parse(text)
    assert parse(canonical).canonical() == canonical


# What sites and client libraries write, as it comes, to its one text.
REAL = [
    ("f_auto,q_auto", "f_auto,q_auto:good"),
    ("q_auto/f_auto", "f_auto,q_auto:good"),
    ("w_300,h_150,c_fill", "c_fill,h_150,w_300"),
    ("c_fill,w_440,h_440,g_north/q_auto", "c_fill,g_north,h_440,w_440/q_auto:good"),
    ("c_limit,w_960/f_auto/q_auto", "c_limit,w_960/f_auto,q_auto:good"),
    ("f_auto,c_limit,w_640,q_auto", "c_limit,w_640/f_auto,q_auto:good"),
    ("c_fill,g_face,w_120,h_120,r_max,q_auto,f_auto", "c_fill,g_face,h_120,r_max,w_120/f_auto,q_auto:good"),
    ("w_1456,c_limit,f_webp,q_auto:good,fl_progressive:steep", "c_limit,w_1456/f_webp,fl_progressive:steep,q_auto:good"),
    ("c_fill,w_400,h_300,g_auto/f_auto/q_auto", "c_fill,g_auto,h_300,w_400/f_auto,q_auto:good"),
    ("c_auto,w_400,h_300,g_auto/c_limit,w_400", "c_auto,g_auto,h_300,w_400/c_limit,w_400"),
    ("c_thumb,w_400,h_300,g_face,z_0.7/f_auto", "c_thumb,g_face,h_300,w_400,z_0.7/f_auto"),
    ("c_limit,w_800/dpr_2.0/f_auto", "c_limit,w_800/dpr_2,f_auto"),
    ("e_blur:1000/c_limit,w_20/f_auto/q_1", "e_blur:1000/c_limit,w_20/f_auto,q_1"),
    ("w_20,e_blur:1000,q_1", "c_scale,e_blur:1000,w_20/q_1"),
    # offsets mean nothing to a scale, so they are the shadow's whether c_scale is written or not
    ("e_shadow,h_30,x_7", "c_scale,e_shadow:40,h_30,x_7"),
    ("c_scale,e_shadow,h_30,x_7", "c_scale,e_shadow:40,h_30,x_7"),
    # folders that are called like a kind of layer
    ("l_upload:private:x", "l_upload:private:x/fl_layer_apply"),
    ("l_:text:foo", "l_upload:text:foo/fl_layer_apply"),
    # the sides are the region's, and what is left of them calls in no scale
    ("ar_1,e_pixelate_region,w_5", "e_pixelate_region,w_5"),
    ("w_20,q_1,e_blur:1000/c_fill,w_400", "c_scale,e_blur:1000,w_20/c_fill,w_400/q_1"),
    ("c_fill,w_1200,h_627,g_center/c_limit,w_1200/f_jpg/q_auto", "c_fill,h_627,w_1200/c_limit,w_1200/f_jpg,q_auto:good"),
    ("w_200,h_150,f_auto,c_lfill", "c_lfill,h_150,w_200/f_auto"),
    ("w_200,f_avif,q_70,c_lfill", "c_lfill,w_200/f_avif,q_70"),
    ("f_auto,q_auto,w_200,h_100,c_lfill", "c_lfill,h_100,w_200/f_auto,q_auto:good"),
    ("f_auto,q_1,w_20,e_blur:1000", "c_scale,e_blur:1000,w_20/f_auto,q_1"),
    ("w_300%2Ch_200%2Cc_fill", "c_fill,h_200,w_300"),
    ("c_pad,b_rgb_fff,w_9", "b_rgb:ffffff,c_pad,w_9"),
    ("c_pad,b_%23fff,w_9", "b_rgb:ffffff,c_pad,w_9"),
    ("b_rgb:0f172a", "b_rgb:0f172a"),
    ("e_blur:2000,q_1,w_32", "c_scale,e_blur:2000,w_32/q_1"),
    ("c_crop,x_10,y_20,w_300,h_200/c_scale,w_150", "c_crop,g_north_west,h_200,w_300,x_10,y_20/c_scale,w_150"),
    ("c_scale,w_0.5/c_scale,w_0.5", "c_scale,w_0.5/c_scale,w_0.5"),
    ("r_20,bo_4px_solid_black", "bo_4px_solid_rgb:000000,r_20"),
    ("a_hflip.vflip", "a_180"),
    ("o_50/e_grayscale", "o_50/e_grayscale"),
    ("fl_attachment:villa.front", "fl_attachment:villa.front"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "canonical"), REAL)
def test_strings_from_real_sites(text, canonical):
    assert parse(text).canonical() == canonical
    assert parse(canonical) == parse(text)


# Spellings that mean the same, so that they share one derivative.
SAME = [
    "h_7,w_9  fl_ignore_aspect_ratio,h_7,w_9  c_scale,fl_ignore_aspect_ratio,h_7,w_9",
    "c_fill,w_9  c_fill,fl_ignore_aspect_ratio,w_9",
    "c_fill,w_300,h_200  h_200,c_fill,w_300  c_fill%2Cw_300%2Ch_200  c_fill,,w_300,h_200,  /c_fill,w_300,h_200//",
    "c_fill,w_300  c_fill,g_center,w_300  c_fill,w_200,w_300  c_fit,c_fill,w_300  c_%66ill,w_%33%30%30  c_fill,w_+300",
    "c_scale,w_0.5  w_.5  w_0.50  w_0.5,c_scale",
    "b_white  b_rgb:fff  b_rgb:ffffff  b_rgb:FFFFFFFF  b_%23fff  b_rgb_fff  b_White  b_fff",
    "ar_16:9,c_fill,w_9  ar_32:18,c_fill,w_9  ar_1.6:.9,c_fill,w_9  c_fill,ar_16%3A9,w_9",
    "c_limit,w_9/f_auto/q_auto  c_limit,f_auto,q_auto,w_9  f_auto,q_auto/c_limit,w_9  q_80,f_webp/c_limit,w_9/q_auto:good,f_auto",
    "e_sepia  e_sepia:80  e_sepia:80.0  e_blur,e_sepia  e_sepia:1,e_sepia",
    "fl_lossy.progressive  fl_progressive,fl_lossy  fl_lossy/fl_progressive:progressive",
    "fl_progressive:steep  fl_progressive:semi,fl_progressive:steep  fl_progressive/fl_progressive:steep",
    "dpr_2  dpr_2.0  dpr_3/dpr_2  dpr_3,dpr_2",
    "r_20  r_20:20  r_20:20:20  r_20:20:20:20  r_20.0",
    "c_crop,w_9,x_0  c_crop,w_9,y_0.0  c_crop,g_north_west,w_9",
    "c_fill,g_northeast,w_9  c_fill,g_north_east,w_9",
]  # fmt: skip


@pytest.mark.parametrize("texts", SAME)
def test_spellings_of_one_meaning(texts):
    meanings = {parse(text) for text in texts.split()}
    assert len(meanings) == 1
    assert len({meaning.canonical() for meaning in meanings}) == 1


DIFFERENT = [
    "w_9  fl_ignore_aspect_ratio,w_9  h_9  fl_ignore_aspect_ratio,h_9",
    "w_1  w_1.0  w_10  h_1  c_fill,w_1  w_1/w_1",
    "e_sepia/e_grayscale  e_grayscale/e_sepia  e_sepia  e_sepia:81",
    "c_fill,w_9  c_fill,g_auto,w_9  c_auto,w_9  c_fill,w_9,x_1  c_fill,w_9/f_auto",
    "e_sepia,w_9  e_sepia/w_9  w_9/e_sepia",
    "b_red,c_pad,w_9  b_red/c_pad,w_9  c_pad,w_9/b_red  c_pad,w_9",
    "q_80  q_81  q_auto  q_auto:eco  f_auto  f_jpg",
]


@pytest.mark.parametrize("texts", DIFFERENT)
def test_different_meanings_stay_apart(texts):
    words = texts.split()
    assert len({parse(text).canonical() for text in words}) == len(words)


@pytest.mark.parametrize(
    ("text", "output"),
    [
        ("", Output()),
        ("f_webp,q_70", Output(format="webp", quality=70, quality_level="good")),
        ("q_auto:eco", Output(quality_level="eco")),
        ("q_70/q_auto:low", Output(quality_level="low")),
        ("q_auto:eco:sensitive", Output(quality_level="eco", sensitive=True)),
        ("q_auto:444", Output(quality_level="good", chroma="444")),
        ("q_auto:420:low", Output(quality_level="low", chroma="420")),
        ("q_80:444", Output(quality=80, quality_level="good", chroma="444")),
        ("q_80:qmax_90", Output(quality=80, quality_level="good")),
        ("q_0.4", Output(quality=40, quality_level="good")),
        ("dpr_1.5/f_jpeg", Output(format="jpg", dpr=1.5)),
        ("fl_progressive", Output(progressive="progressive")),
        ("fl_progressive:none.lossy", Output(progressive="none", lossy=True)),
        ("fl_attachment", Output(attachment="")),
        ("fl_attachment:villa.front.lossy", Output(attachment="villa.front", lossy=True)),
        ("fl_attachment:a%252Cb%252F", Output(attachment="a%2Cb%2F")),
        ("fl_getinfo", Output(getinfo=True)),
        ("f_auto:image", Output(format="auto", still=True)),
        ("f_auto:animated", Output(format="auto")),
        ("f_tif", Output(format="tiff")),
        ("fl_png8/fl_png24", Output(png="png24")),
        (
            "fl_preserve_transparency.any_format.immutable_cache",
            Output(keep_alpha=True, any_format=True, immutable=True),
        ),
        ("fl_keep_iptc.force_icc", Output(kept="iptc", profile=True)),
        ("f_jpg/w_9/f_png", Output(format="png")),
    ],
)
def test_what_directives_say_about_the_answer(text, output):
    assert parse(text).output() == output


# --- refusals: text, class, sentence --------------------------------------------------------------------------------

_SHAPE = "expected a key, an underscore and a value, such as w_300"
_VIDEO = "is for video and audio, this service delivers images"
_AI = "is a generative or add-on service"
_LENGTH = "expected whole pixels, or a fraction such as 0.5"

REFUSED = [
    # not even a parameter
    ("w", BadParameter, f"Invalid parameter: 'w', {_SHAPE}"),
    ("w_", BadParameter, f"Invalid parameter: 'w_', {_SHAPE}"),
    ("300", BadParameter, f"Invalid parameter: '300', {_SHAPE}"),
    ("w_640,h_500,_cHeight_640", BadParameter, f"Invalid parameter: '_cHeight_640', {_SHAPE}"),
    ("W_300", BadParameter, f"Invalid parameter: 'W_300', {_SHAPE}"),
    ("w_%ff", BadParameter, "Invalid text: 'w_%ff', expected percent-encoded UTF-8"),
    ("fl_attachment:\ud800", BadParameter, "Invalid text: 'fl_attachment:\\ud800', expected percent-encoded UTF-8"),
    # unknown keys
    ("jj_300", BadParameter, "Invalid parameter: 'jj_300', expected a known key"),
    ("wh_300", BadParameter, "Invalid parameter: 'wh_300', expected a known key (did you mean w_?)"),
    ("qp_1", BadParameter, "Invalid parameter: 'qp_1', expected a known key (did you mean q_?)"),
    # unknown names
    (
        "c_fil,w_3",
        BadParameter,
        (
            "Invalid c: 'fil', expected one of auto, auto_pad, crop, fill, fill_pad, fit, imagga_crop, imagga_scale, lfill, limit, lpad, mfit, mpad, "
            "pad, scale, thumb (did you mean c_fill?)"
        ),
    ),
    ("f_tga", BadParameter, "Invalid f: 'tga', expected one of auto, jpg, png, webp, avif, gif, jxl, svg, tiff, bmp, ico"),
    ("f_heic", NotSupported, "Not supported: f_heic is not written here, only auto, jpg, png, webp, avif, gif, jxl, svg, tiff, bmp, ico"),
    ("f_mp4", NotSupported, f"Not supported: f_mp4 {_VIDEO}"),
    ("f_auto:video", NotSupported, f"Not supported: f_auto:video {_VIDEO}"),
    ("f_webp:image", BadCombination, "Invalid combination: f_webp:image only goes with f_auto"),
    ("q_auto:superb", BadParameter, "Invalid q: 'auto:superb', expected 1 to 100, auto, or auto:best, auto:good, auto:eco, auto:low"),
    ("q_auto:good:good", BadParameter, "Invalid q: 'auto:good:good', expected 1 to 100, auto, or auto:best, auto:good, auto:eco, auto:low"),
    ("q_80:eco", BadParameter, "Invalid q: '80:eco', expected 1 to 100, auto, or auto:best, auto:good, auto:eco, auto:low"),
    ("q_80:422", BadParameter, "Invalid q: '80:422', expected 1 to 100, auto, or auto:best, auto:good, auto:eco, auto:low"),
    ("q_0.0", BadParameter, "Invalid q: '0.0', expected 1 to 100, auto, or auto:best, auto:good, auto:eco, auto:low"),
    ("q_jpegmini:1", NotSupported, f"Not supported: q_jpegmini:1 {_AI}"),
    ("b_nocolour", BadParameter, "Invalid b: 'nocolour', expected a colour name, or rgb: and 3, 4, 6 or 8 hexadecimal digits"),
    # malformed values
    ("w_abc", BadParameter, f"Invalid w: 'abc', {_LENGTH}"),
    ("w_1e3", BadParameter, f"Invalid w: '1e3', {_LENGTH}"),
    ("w_300px", BadParameter, f"Invalid w: '300px', {_LENGTH}"),
    ("c_crop,w_3,x_left", BadParameter, f"Invalid x: 'left', {_LENGTH}"),
    ("ar_16x9,c_fill", BadParameter, "Invalid ar: '16x9', expected a ratio such as 16:9 or 1.5"),
    ("e_blur:abc", BadParameter, "Invalid e_blur: 'abc', expected a whole number from 1 to 2000"),
    ("e_blur:1:2", BadParameter, "Invalid e_blur: '1:2', expected a whole number from 1 to 2000"),
    ("e_grayscale:3", BadParameter, "Invalid e_grayscale: '3', expected no value"),
    ("c_fill:3,w_3", BadParameter, "Invalid c_fill: '3', expected no value"),
    ("a_left", BadParameter, "Invalid a: 'left', expected degrees, hflip, vflip, ignore, auto_left or auto_right, joined by dots"),
    ("r_1:2:3:4:5", BadParameter, "Invalid r: '1:2:3:4:5', expected max, or one to four radii in pixels such as 20 or 20:0:20:0"),
    ("bo_3_solid_red", BadParameter, "Invalid bo: '3_solid_red', expected <width>px_solid_<colour>, such as 4px_solid_black"),
    ("fl_progressive:quick", BadParameter, "Invalid fl_progressive: 'quick', expected one of progressive, semi, steep, none"),
    # out of range
    ("w_0", BadParameter, "Invalid w: '0', expected pixels of at least 1, or a fraction such as 0.5"),
    ("w_-3", BadParameter, "Invalid w: '-3', expected pixels of at least 1, or a fraction such as 0.5"),
    ("h_0.0", BadParameter, "Invalid h: '0.0', expected pixels of at least 1, or a fraction such as 0.5"),
    ("q_0", BadParameter, "Invalid q: '0', expected 1 to 100, auto, or auto:best, auto:good, auto:eco, auto:low"),
    ("dpr_11", BadParameter, "Invalid dpr: '11', expected a number from 0.1 to 10"),
    ("o_101", BadParameter, "Invalid o: '101', expected a whole number from 0 to 100"),
    ("e_blur:2001", BadParameter, "Invalid e_blur: '2001', expected a whole number from 1 to 2000"),
    ("e_brightness:-100", BadParameter, "Invalid e_brightness: '-100', expected a whole number from -99 to 100"),
    ("c_thumb,w_3,z_0", BadParameter, "Invalid z: '0', expected a number from 0.01 to 100"),
    # impossible together
    ("c_fill", BadCombination, "Invalid combination: c_fill needs w, h or ar"),
    ("c_crop,x_3,y_3", BadCombination, "Invalid combination: c_crop needs w, h or ar"),
    ("c_fit,g_auto,w_3", BadCombination, "Invalid combination: g_auto only goes with c_auto, auto_pad, crop, fill, fill_pad, lfill or thumb, not c_fit"),
    ("g_auto,w_3", BadCombination, "Invalid combination: g_auto only goes with c_auto, auto_pad, crop, fill, fill_pad, lfill or thumb, not c_scale"),
    ("fl_layer_apply", BadCombination, "Invalid combination: fl_layer_apply needs an l_ or u_ before it"),
    ("if_w_gt_3/e_sepia", BadCombination, "Invalid combination: if_ needs an if_end"),
    ("if_else", BadCombination, "Invalid combination: if_else needs an if_ before it"),
    ("w_$wide", BadParameter, "Invalid expression: '$wide', expected a variable that is defined before"),
    ("$a_$b_mul_2", BadParameter, "Invalid expression: '$b', expected a variable that is defined before"),
    ("$a_1_div_0", BadParameter, "Invalid div: '1_div_0', expected a result that exists"),
    # not for images, not free, not yet
    ("l_video:clip", NotSupported, f"Not supported: l_video {_VIDEO}"),
    ("$id_iw/l_$id/fl_layer_apply", NotSupported, "Not supported: l_$id depends on the picture; a layer must be known before"),
    ("so_3", NotSupported, f"Not supported: so_3 {_VIDEO}"),
    ("ac_none", NotSupported, f"Not supported: ac_none {_VIDEO}"),
    ("e_reverse", NotSupported, f"Not supported: e_reverse {_VIDEO}"),
    ("e_fade:2000", NotSupported, f"Not supported: e_fade {_VIDEO}"),
    ("fl_waveform", NotSupported, f"Not supported: fl_waveform {_VIDEO}"),
    ("e_background_removal", NotSupported, f"Not supported: e_background_removal {_AI}"),
    ("e_gen_remove:prompt_a%20car", NotSupported, f"Not supported: e_gen_remove {_AI}"),
    ("e_upscale", NotSupported, f"Not supported: e_upscale {_AI}"),
    ("e_multiply", NotSupported, "Not supported: e_multiply blends a layer, and belongs beside its fl_layer_apply"),
    ("fl_clip", NotSupported, "Not supported: fl_clip needs the paths, masks and smart objects of Photoshop files, which are not read here"),
    ("bl_web", NotSupported, "Not supported: bl_web names a stored baseline, and none is kept here"),
    ("dr_high", NotSupported, "Not supported: dr_high is for screens of high dynamic range, and every answer is of standard range"),
    ("pg_1-3;5", NotSupported, "Not supported: pg_1-3;5 selects more than one page, or a layer; only a page number is possible"),
    ("pg_name:logo", NotSupported, "Not supported: pg_name:logo selects more than one page, or a layer; only a page number is possible"),
    ("pg_0", BadParameter, "Invalid pg: '0', expected a page number from 1 on"),
    ("dn_0", BadParameter, "Invalid dn: '0', expected a whole number from 1 to 1200"),
    ("fn_wasm:x.wasm", NotSupported, "Not supported: fn_wasm:x.wasm runs foreign code, which this service never does"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "kind", "sentence"), REFUSED, ids=[row[0] for row in REFUSED])
def test_a_refusal_is_one_sentence_with_what_came_and_what_was_expected(text, kind, sentence):
    with pytest.raises(BadRequest) as caught:
        parse(text)
    assert (type(caught.value), str(caught.value)) == (kind, sentence)
    assert caught.value.status == 400


def test_an_unknown_gravity_is_told_the_points_of_the_compass_and_the_ways_to_find_one():
    with pytest.raises(BadParameter) as caught:
        parse("c_fill,g_up,w_3")
    parameter, came, expected, *_ = caught.value.args
    assert (parameter, came) == ("g", "up")
    assert all(word in expected for word in [*COMPASS, "auto", "face", "faces", "xy_center"])


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("e_blurr:3", "e_blur"), ("e_grayscal", "e_grayscale"), ("e_greyscale", "e_grayscale"), ("e_sepa", "e_sepia"),
        ("c_crp,w_3", "c_crop"), ("c_limits,w_3", "c_limit"), ("fl_progresive", "fl_progressive"),
    ],
)  # fmt: skip
def test_a_near_match_is_offered(text, hint):
    with pytest.raises(BadParameter) as caught:
        parse(text)
    assert str(caught.value).endswith(f"(did you mean {hint}?)")


def test_too_many_components_are_refused_by_number():
    parse("/".join(["w_9"] * 32))
    with pytest.raises(LimitExceeded) as caught:
        parse("/".join(["w_9"] * 33))
    assert str(caught.value) == "Too large: the number of components is 33, the limit is 32"
    with pytest.raises(LimitExceeded):
        parse("w_9/w_9/w_9", 2)


def test_a_refusal_never_fills_a_header():
    for text in [
        "w_" + "9" * 8000,
        "e_" + "x" * 8000,
        "l_video:" + "x" * 8000,
        "x" * 8000,
        "jj_" + "%20" * 2000,
    ]:
        with pytest.raises(BadRequest) as caught:
            parse(text)
        assert len(str(caught.value)) < 1500


# --- qualifiers that nobody claims -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("e_sepia,g_nonsense", "Invalid g: 'nonsense', expected one of north_west, "),
        ("e_sepia,g_nort", r"did you mean g_north\?"),
        ("c_limit,g_wst,w_9", r"did you mean g_west\?"),
        ("e_sepia,x_a", "Invalid x: 'a', expected whole pixels"),
        ("e_sepia,z_0", "Invalid z: '0', expected a number from 0.01 to 100"),
        ("e_sepia,co_rde", "Invalid co: 'rde', expected a colour name"),
        ("e_sepia,b_aut", "Invalid b: 'aut'"),
        ("l_logo,g_nonsense/fl_layer_apply", "Invalid g: 'nonsense'"),
        ("e_art:zoro", r"did you mean e_art:zorro\?"),
        ("fl_progressive:steeep", r"did you mean fl_progressive:steep\?"),
    ],
)
def test_a_slip_is_told_also_where_it_would_do_nothing(text, sentence):
    with pytest.raises(BadParameter, match=sentence):
        parse(text)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("c_fill,f_auto,q_auto,w_300", "c_fill,w_300/f_auto,q_auto"),
        ("e_blur:2000,q_1,w_32", "c_scale,e_blur:2000,w_32/q_1"),
        ("e_sepia,g_north,x_3,z_2", "e_sepia:80"),
        ("l_text:Arial_9:Hi,co_rgb:fff,w_620,c_fit", "c_fit,co_rgb:ffffff,l_text:Arial_9:Hi,w_620/fl_layer_apply"),
        ("r_max,o_50,e_sepia,a_90,w_9,h_9,c_fill,bo_1px_solid_red", "a_90,bo_1px_solid_rgb:ff0000,c_fill,e_sepia:80,h_9,o_50,r_max,w_9"),
        ("c_crop,w_9,h_9,l_a:b,g_north", "l_a:b/c_crop,g_center,h_9,w_9/fl_layer_apply,g_north"),
    ],
)  # fmt: skip
def test_a_packed_component_is_read_whole(text, canonical):
    assert parse(text) == parse(canonical)
