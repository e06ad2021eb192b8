"""What the language has and this service does not render: refused with the reason, never taken for an unknown word.

The keys also tell `url` which segments of a path are components.
"""

import re
from collections.abc import Callable
from difflib import get_close_matches
from functools import cache

from imgproxy.errors import BadParameter, ImageError, NotSupported
from imgproxy.grammar import lexer
from imgproxy.notation.backdrop import Backdrop
from imgproxy.notation.gravity import Gravity
from imgproxy.operations import BY_HEAD, CLAIMED_FLAGS, CLAIMS, NAMED_KEYS
from imgproxy.operations._reasons import SERVICE, VIDEO
from imgproxy.operations.format import Format, Kind
from imgproxy.operations.quality import Level

QUALIFIERS = frozenset("w h ar g x y z b co".split())
"""Keys that tune an operation of their component and do nothing alone."""


_REFUSED_KEYS = {
    **dict.fromkeys("ac af br du eo fps ki so sp vc vs".split(), VIDEO),
    "bl": "names a stored baseline, and none is kept here",
    "dr": "is for screens of high dynamic range, and every answer is of standard range",
    "p": "is a prefix that old clients wrote, and means nothing",
    "fn": "runs foreign code, which this service never does",
}


def _named(key: str, reason: str, names: str) -> dict[str, str]:
    return {f"{key}_{name}": reason for name in names.split()}


_REFUSED_HEADS = {
    **_named(
        "e",
        SERVICE,
        "adv_redeye auto_enhance background_removal bgremoval camera light swap_image enhance extract "
        "gen_background_replace gen_recolor gen_remove gen_replace gen_restore style_transfer upscale "
        "viesus_correct tilt_shift",
    ),
    **_named(
        "e",
        VIDEO,
        "accelerate boomerang reverse fade deshake volume preview progressbar transition zoompan noise",
    ),
    **_named(
        "e",
        "blends a layer, and belongs beside its fl_layer_apply",
        "displace cut_out mask multiply screen overlay",
    ),
    **_named(
        "fl",
        VIDEO,
        "splice waveform truncate_ts no_stream hlsv3 keep_dar alternate streaming_attachment draco",
    ),
    **_named(
        "fl",
        "needs the paths, masks and smart objects of Photoshop files, which are not read here",
        "clip clip_evenodd ignore_mask_channels replace_image",
    ),
}
"""Names of the language that no operation declares; one that does is taken, whatever is said here."""

_READERS: dict[str, Callable[[str], object]] = {
    "f": lambda value: [*map(Format, value.split(":")[:1]), *map(Kind, value.split(":")[1:])],
    "b": Backdrop.parse,
    "g": Gravity.parse,
    "q": Level.parse,
}
"""Keys that are offered, with values that need a service or mean video."""

KEYS = (
    frozenset(step.key for step in CLAIMS)
    | QUALIFIERS
    | frozenset(_REFUSED_KEYS)
    | {"u", "if", "t"}
)
"""Every key of the language."""

_INERT = ("x", "0")


def refusal(key: str, name: str) -> ImageError:
    """The error for a parameter that no operation takes: unsupported with its reason, or unknown with a near match."""
    head = f"{key}_{name}" if name else key
    if reason := _REFUSED_KEYS.get(key) or _REFUSED_HEADS.get(head):
        return NotSupported(head, reason)
    if key not in KEYS:
        nearest = get_close_matches(key, sorted(KEYS), 1, 0.5)
        hint = f"{nearest[0]}_" if nearest else None
        return BadParameter("parameter", head, "a known key", hint)
    near = _near(key, name)
    return BadParameter(
        key, name, f"one of {', '.join(_names(key))}", f"{key}_{near}" if near else None
    )


def offered(parameters: lexer.Parameters) -> lexer.Parameters:
    """The parameters without those for video and of services; layers of video stay, and are refused."""
    pairs = [(key, _offered_flags(value) if key == "fl" else value) for key, value in parameters]
    left = [(key, value) for key, value in pairs if value and _is_offered(key, value)]
    if len(parameters) > 1 and [key for key, _ in left] == ["if"]:
        left.append(_INERT)  # the condition of nothing, and still not the head of a block
    return left


def _offered_flags(value: str) -> str:
    return ".".join(word for word in value.split(".") if _is_offered("fl", word))


def _is_offered(key: str, value: str) -> bool:
    head = f"{key}_{value.partition(':')[0]}"
    refused = "" if head in BY_HEAD else _REFUSED_KEYS.get(key) or _REFUSED_HEADS.get(head)
    if refused in {VIDEO, SERVICE}:
        return False
    try:
        if key in _READERS:
            _READERS[key](value)
    except NotSupported:
        return False
    except ValueError:
        return True  # a slip, and told as one where it is read
    return True


def recognises(key: str, value: str) -> bool:
    """Whether a parameter can be meant: its name is in the language, or close enough to one to be a slip."""
    if key not in NAMED_KEYS:
        return True
    name = re.split("[:.]", value, maxsplit=1)[0]
    head = f"{key}_{name}"
    if key == "fl" and name in CLAIMED_FLAGS:
        return True
    return head in BY_HEAD or head in _REFUSED_HEADS or _near(key, name) is not None


def _near(key: str, name: str) -> str | None:
    return next(iter(get_close_matches(name, _names(key), 1, 0.65)), None)


@cache
def _names(key: str) -> list[str]:
    flags = CLAIMED_FLAGS if key == "fl" else frozenset()
    heads = {head.removeprefix(f"{key}_") for head in BY_HEAD if head.startswith(f"{key}_")}
    return sorted(flags | heads)
