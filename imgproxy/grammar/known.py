"""What the language has and this service does not render: refused with the reason, never taken for an unknown word.

The keys also tell `url` which segments of a path are components.
"""

from difflib import get_close_matches

from imgproxy.errors import BadParameter, ImageError, NotSupported
from imgproxy.operations import BY_HEAD, CLAIMS

QUALIFIERS = frozenset("w h ar g x y z b co".split())
"""Keys that tune an operation of their component and do nothing alone."""

_VIDEO = "is for video and audio, this service delivers images"
_LATER = "is not available yet"

_REFUSED_KEYS = {
    **dict.fromkeys("ac af br du eo fps ki so sp vc vs".split(), _VIDEO),
    **dict.fromkeys("l u if t d pg dn cs dl bl dr p".split(), _LATER),
    "fn": "runs foreign code, which this service never does",
}

_AI = "is a generative or add-on service"
_REFUSED_HEADS = {
    **{
        f"e_{name}": _AI
        for name in (
            "adv_redeye auto_enhance background_removal bgremoval camera light swap_image enhance extract "
            "gen_background_replace gen_recolor gen_remove gen_replace gen_restore style_transfer upscale "
            "viesus_correct tilt_shift"
        ).split()
    },
    **{
        f"e_{name}": _VIDEO
        for name in (
            "accelerate boomerang reverse fade deshake volume preview progressbar transition zoompan noise"
        ).split()
    },
    **{
        f"fl_{name}": _VIDEO
        for name in (
            "splice waveform truncate_ts no_stream hlsv3 keep_dar alternate streaming_attachment draco"
        ).split()
    },
    "c_imagga_crop": _AI,
}

KEYS = frozenset(step.key for step in CLAIMS) | QUALIFIERS | frozenset(_REFUSED_KEYS)
"""Every key of the language."""


def refusal(key: str, name: str) -> ImageError:
    """The error for a parameter that no operation takes: unsupported with its reason, or unknown with a near match."""
    head = f"{key}_{name}"
    if key.startswith("$"):
        return NotSupported(head, _LATER)
    if reason := _REFUSED_KEYS.get(key) or _REFUSED_HEADS.get(head):
        return NotSupported(head, reason)
    if key not in KEYS:
        near = get_close_matches(key, sorted(KEYS), 1, 0.5)
        return BadParameter("parameter", head, "a known key", f"{near[0]}_" if near else None)
    names = sorted(known.removeprefix(f"{key}_") for known in BY_HEAD if known.startswith(f"{key}_"))
    near = get_close_matches(name, names, 1, 0.6)
    return BadParameter(key, name, f"one of {', '.join(names)}", f"{key}_{near[0]}" if near else None)
