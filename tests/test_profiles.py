"""Answers in other colours than sRGB: which get a profile, and that what is seen stays as it was."""

import pytest
import pyvips

from imgproxy.errors import LimitExceeded, NotSupported
from imgproxy.grammar import parse
from imgproxy.render.job import LayerFile, RenderJob
from imgproxy.render.pipeline import render
from imgproxy.values import Source
from tests.goldens import plain
from tests.originals import RED, SAND, pixel

PAPER = Source("upload", "print/paper", "icc")


def builtin(name):
    return bytes(pyvips.Operation.call("profile_load", name))


def kind_of(data):
    """`CMYK`, `RGB`, `GRAY`, or `None` where no profile goes out."""
    image = pyvips.Image.new_from_buffer(data, "")
    if not image.get_typeof("icc-profile-data"):
        return None
    return image.get("icc-profile-data")[16:20].decode().strip()


@pytest.fixture
def originals(tmp_path):
    """The same colour as sRGB, as P3, as CMYK with and without a profile, and half transparent."""
    sand = plain(32, 24, *SAND)
    wide = sand.icc_transform("p3", input_profile="srgb")
    ink = sand.icc_transform("cmyk", input_profile="srgb")
    glass = plain(32, 24, *SAND, 128)
    wide.pngsave(str(tmp_path / "p3.png"))
    sand.jpegsave(str(tmp_path / "srgb.jpg"), Q=95)
    ink.jpegsave(str(tmp_path / "ink.jpg"), Q=95)
    ink.jpegsave(str(tmp_path / "bare.jpg"), Q=95, keep="none")
    glass.pngsave(str(tmp_path / "glass.png"))
    return tmp_path


def answer(folder, name, text, format_, *layers):
    job = RenderJob(str(folder / name), text, formats=(format_,), layers=layers)
    return render(job).body


def seen(data):
    """What a viewer that knows profiles shows of a pixel; CMYK without one is taken for the usual.

    The tables of CMYK profiles cost some steps of 8 bit on every way.
    """
    image = pyvips.Image.new_from_buffer(data, "")
    if image.interpretation == "cmyk" or image.get_typeof("icc-profile-data"):
        image = image.icc_transform("srgb", embedded=True, input_profile="cmyk")
    return pixel(image.colourspace("srgb"), 3, 3)[:3]


ROWS = [
    # original, text, format, pixels, profile
    ("srgb.jpg", "w_9", "jpg", "srgb", None),
    ("srgb.jpg", "cs_cmyk,w_9", "jpg", "cmyk", "CMYK"),
    ("srgb.jpg", "cs_cmyk,w_9", "tiff", "cmyk", "CMYK"),
    ("srgb.jpg", "cs_cmyk,fl_strip_profile,w_9", "jpg", "cmyk", None),
    ("srgb.jpg", "cs_cmyk,w_9", "png", "srgb", None),
    ("srgb.jpg", "cs_cmyk,w_9", "webp", "srgb", None),
    ("srgb.jpg", "cs_cmyk,fl_tiff8_lzw,w_9", "tiff", "cmyk", "CMYK"),
    ("glass.png", "cs_cmyk,w_9", "tiff", "cmyk", "CMYK"),
    ("srgb.jpg", "cs_keep_cmyk,w_9", "jpg", "srgb", None),
    ("ink.jpg", "w_9", "jpg", "srgb", None),
    ("ink.jpg", "cs_no_cmyk,w_9", "jpg", "srgb", None),
    ("ink.jpg", "cs_keep_cmyk,w_9", "jpg", "cmyk", "CMYK"),
    ("bare.jpg", "cs_keep_cmyk,w_9", "jpg", "cmyk", "CMYK"),
    ("ink.jpg", "cs_copy,w_9", "jpg", "cmyk", "CMYK"),
    ("p3.png", "w_9", "png", "srgb", None),
    ("p3.png", "cs_keep_cmyk,w_9", "png", "srgb", None),
    *[("p3.png", "cs_copy,w_9", name, "srgb", "RGB") for name in ("png", "jpg", "webp", "avif", "tiff")],
    ("p3.png", "cs_copy,w_9", "gif", "srgb", None),
    ("p3.png", "cs_copy/cs_srgb,w_9", "png", "srgb", None),
    ("srgb.jpg", "cs_copy,w_9", "png", "srgb", None),
    ("srgb.jpg", "cs_tinysrgb,w_9", "jpg", "srgb", "RGB"),
    ("srgb.jpg", "cs_tinysrgb,fl_strip_profile,w_9", "jpg", "srgb", None),
]  # fmt: skip


@pytest.mark.parametrize(("original", "text", "format_", "pixels", "kind"), ROWS)
def test_the_format_and_the_original_say_what_is_possible(
    originals, original, text, format_, pixels, kind
):
    data = answer(originals, original, f"{text}/q_95", format_)
    assert pyvips.Image.new_from_buffer(data, "").interpretation == pixels
    assert kind_of(data) == kind
    expected = seen(answer(originals, original, "w_9/b_white", "png"))
    assert all(abs(a - b) <= 8 for a, b in zip(seen(data), expected, strict=True))


def test_pixels_of_a_wide_profile_are_turned_into_it(originals):
    """The same red takes other numbers in P3; written down as they were, it would show too strong."""
    plain(9, 9, *RED).icc_transform("p3", input_profile="srgb").pngsave(str(originals / "red.png"))
    data = answer(originals, "red.png", "cs_copy", "png")
    assert pixel(pyvips.Image.new_from_buffer(data, ""), 3, 3) != RED
    assert all(abs(a - b) <= 2 for a, b in zip(seen(data), RED, strict=True))


# --- profiles that are stored ------------------------------------------------------------------------------------------


def stored(folder, data):
    path = folder / "paper.icc"
    path.write_bytes(data)
    return LayerFile(PAPER, str(path))


def test_a_profile_is_needed_like_a_layer():
    assert parse("cs_icc:print:paper.icc,w_9").needs() == (PAPER,)
    assert parse("w_9/cs_icc:print:paper.icc").canonical() == "c_scale,w_9/cs_icc:print:paper.icc"


@pytest.mark.parametrize(("name", "kind"), [("p3", "RGB"), ("cmyk", "CMYK")])
def test_a_stored_profile_is_what_the_answer_is_in(originals, name, kind):
    layer = stored(originals, builtin(name))
    data = answer(originals, "srgb.jpg", "cs_icc:print:paper.icc", "jpg", layer)
    assert kind_of(data) == kind
    assert all(abs(a - b) <= 8 for a, b in zip(seen(data), SAND, strict=True))


@pytest.mark.parametrize("data", [b"", b"no profile" * 50, builtin("p3")[:40], b"\0" * 200])
def test_what_is_no_profile_is_refused(originals, data):
    with pytest.raises(NotSupported, match=r"^Not supported: cs_icc:print/paper is no ICC profile"):
        answer(originals, "srgb.jpg", "cs_icc:print:paper.icc", "jpg", stored(originals, data))


def test_a_profile_has_a_size(originals):
    layer = stored(originals, builtin("p3") + bytes(4_000_001 - 480))
    with pytest.raises(LimitExceeded, match="colour profile in bytes is 4000001"):
        answer(originals, "srgb.jpg", "cs_icc:print:paper.icc", "jpg", layer)


def test_a_profile_cannot_wait_for_the_picture(originals):
    with pytest.raises(NotSupported, match="must be known before"):
        answer(originals, "srgb.jpg", "if_w_gt_3/cs_icc:print:paper.icc/if_end", "jpg")
