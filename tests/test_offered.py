"""What the language has for videos, services and Photoshop files: each name says so, and can be told to be ignored.

The names are those of the public reference; a new one here is one line.
"""

import pytest

from imgproxy.errors import NotSupported
from imgproxy.grammar import parse
from imgproxy.operations._reasons import SERVICE, VIDEO

VIDEOS = (
    "ac_none af_44100 br_1m du_5 eo_3 fps_25 ki_2 so_3 sp_hd vc_h264 vs_4 f_mp4 f_webm f_m3u8 f_auto:video "
    "e_accelerate:50 e_boomerang e_reverse e_fade:100 e_deshake:16 e_volume:50 e_preview:duration_3 e_progressbar "
    "e_transition e_zoompan e_noise:10 fl_splice fl_waveform fl_truncate_ts fl_no_stream fl_hlsv3 fl_keep_dar "
    "fl_alternate fl_streaming_attachment fl_draco"
).split()
SERVICES = (
    "e_adv_redeye e_auto_enhance e_background_removal e_background_removal:fineedges_y e_bgremoval e_camera e_light "
    "e_swap_image e_enhance e_extract:prompt_(a;b);multiple_true e_gen_background_replace:prompt_sky e_gen_recolor "
    "e_gen_remove:prompt_car e_gen_replace:from_x;to_y e_gen_restore e_style_transfer e_upscale e_viesus_correct "
    "e_tilt_shift b_gen_fill b_gen_fill:prompt_sky;seed_3 q_jpegmini q_jpegmini:1"
).split()
FOUND_BY_SERVICES = (
    "g_cat g_dog:auto g_auto:car g_auto:cat_avoid g_adv_face g_adv_faces g_adv_eyes g_ocr_text g_cld-decompose_tile "
    "g_custom:adv_face"
).split()
NOT_HERE = {
    "fl_clip fl_clip_evenodd fl_ignore_mask_channels fl_replace_image": "Photoshop",
    "bl_hero": "baseline",
    "dr_high": "high dynamic range",
    "p_old": "old clients",
    "fn_wasm:a.wasm fn_remote:aHR0cA fn_pre:wasm:a": "foreign code",
    "f_psd f_eps f_ai f_jp2 f_jxr f_wdp": "not written here",
    "pg_embedded:1 pg_name:logo pg_1-3;5": "only a page number",
    "g_track_person g_clipping_path_!1!": "not available",
    "l_video:clip u_video:clip l_audio:a l_subtitles:a.srt": "video and audio",
    "l_lut:film.3dl": "look-up tables",
    "if_du_gt_3/e_sepia/if_end if_w_gt_idu/e_sepia/if_end if_!a!_in_pgnames/e_sepia/if_end": "not known",
    "if_ccc_gt_3/e_sepia/if_end if_rn_eq_1/e_sepia/if_end": "not known",
    "l_logo/fl_layer_apply,e_style_transfer": "add-on",
}
BESIDE = {"g": "c_fill,h_9,w_9", "b": "c_pad,h_9,w_9"}


def whole(parameter: str) -> str:
    """With what it would tune."""
    return ",".join(filter(None, [parameter, BESIDE.get(parameter[0])]))


@pytest.mark.parametrize(
    ("parameter", "reason"),
    [
        *[(name, VIDEO) for name in VIDEOS],
        *[(name, SERVICE) for name in SERVICES],
        *[(name, "is found by an add-on service") for name in FOUND_BY_SERVICES],
        *[(name, reason) for names, reason in NOT_HERE.items() for name in names.split()],
    ],
)
def test_a_name_that_means_something_else_says_what(parameter, reason):
    with pytest.raises(NotSupported) as caught:
        parse(whole(parameter))
    sentence = str(caught.value)
    assert sentence.startswith("Not supported: ")
    assert reason in sentence


@pytest.mark.parametrize("parameter", [*VIDEOS, *SERVICES, *FOUND_BY_SERVICES])
def test_videos_and_services_are_ignored_when_told_so(parameter):
    beside = BESIDE.get(parameter[0], "c_scale,w_9")
    assert parse(f"{parameter},{beside}", ignoring=True) == parse(beside)
    assert parse(f"a_90/{parameter}/e_sepia", ignoring=True) == parse("a_90/e_sepia")


@pytest.mark.parametrize("parameter", ["l_video:clip/fl_layer_apply", "fn_wasm:a", "fl_clip"])
def test_what_would_change_the_picture_beyond_recognition_is_never_ignored(parameter):
    with pytest.raises(NotSupported):
        parse(parameter, ignoring=True)
