"""Other colours than sRGB on the way out: which profile an answer gets, and its pixels in it.

Steps work in sRGB; `cs_cmyk`, `cs_keep_cmyk`, `cs_copy` and `cs_icc` turn what they leave into the colours of a profile,
which goes out with it.  Colours beyond sRGB were lost before.  A format that cannot hold such pixels keeps sRGB.
"""

from pathlib import Path
from typing import Any

import pyvips

from imgproxy.errors import LimitExceeded, NotSupported
from imgproxy.render.decode import LOADERS, loaded
from imgproxy.render.job import RenderJob
from imgproxy.step import Output

MAX_BYTES = 4_000_000
_DATA = "icc-profile-data"
_EVERY_RGB = frozenset({"jpg", "png", "webp", "avif", "tiff"})
_HOLDERS = {b"RGB ": _EVERY_RGB, b"CMYK": {"jpg", "tiff"}, b"GRAY": {"jpg", "png", "tiff"}}
"""Kind of pixels, as a profile spells it, to the formats that hold them and the profile."""


def wanted(job: RenderJob, output: Output, kind: str) -> bytes:
    """The profile that the answer is to be in, empty for sRGB; `kind` is the original's format.

    Raises NotSupported for a `cs_icc` that is none, LimitExceeded.
    """
    if output.icc is not None:
        return _referenced(job, output)
    if output.space == "cmyk":
        return _builtin("cmyk")
    return _own(job.path, kind, output.space) if output.space else b""


def is_held(profile: bytes, name: str) -> bool:
    """Whether the format can hold such pixels."""
    return name in _HOLDERS.get(_kind(profile), ())


def needs_opaque(profile: bytes) -> bool:
    """Whether transparency has no place in such pixels: it has none in CMYK."""
    return _kind(profile) == b"CMYK"


def applied(image: pyvips.Image, profile: bytes, *, bare: bool) -> pyvips.Image:
    """An sRGB picture in the colours of the profile, which it carries unless it is to go out `bare`."""
    known = image.icc_import(input_profile="srgb", embedded=False, intent="relative").copy()
    known.set_type(pyvips.GValue.blob_type, _DATA, profile)
    result = known.icc_export(depth=8, intent="relative").copy()
    if bare:
        result.remove(_DATA)
    return result


def _referenced(job: RenderJob, output: Output) -> bytes:
    source = output.icc
    assert source is not None
    name = f"cs_icc:{source.public_id}"
    path = next((layer.path for layer in job.layers if layer.source == source), None)
    if path is None:
        raise NotSupported(name, "depends on the picture; a profile must be known before")
    size = Path(path).stat().st_size
    if size > MAX_BYTES:
        raise LimitExceeded("the colour profile in bytes", size, MAX_BYTES)
    data = Path(path).read_bytes()
    if _kind(data) not in _HOLDERS:
        raise NotSupported(name, "is no ICC profile of RGB, CMYK or grey")
    return data


def _own(path: str, kind: str, space: str) -> bytes:
    """The original's: of any kind with `copy`, else of CMYK alone, where one without a profile has the usual one."""
    if kind not in LOADERS:
        return b""
    image = loaded(kind, path)
    profile: Any = image.get(_DATA) if image.get_typeof(_DATA) else b""
    is_cmyk = image.interpretation == "cmyk"
    if is_cmyk:
        return bytes(profile) if _kind(profile) == b"CMYK" else _builtin("cmyk")
    return bytes(profile) if space == "copy" and _kind(profile) in _HOLDERS else b""


def _builtin(name: str) -> bytes:
    return bytes(pyvips.Operation.call("profile_load", name))


def _kind(profile: bytes) -> bytes:
    """The kind of pixels by the profile's header; empty for what is no profile of colours."""
    return bytes(profile[16:20]) if profile[36:40] == b"acsp" and len(profile) > 128 else b""
