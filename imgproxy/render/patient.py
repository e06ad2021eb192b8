"""The same picture in fewer bytes, by an encoder that may take its time: for pictures that many ask for, while nobody waits.

    png                lossless still: more ways are tried, and the one whose pixels are the same in the fewest bytes stays
    jpg                every order of scans is tried; the pixels are the same
    webp, avif, jxl    a slower encoder is asked for the quality at which it looks as good as the fast one did (`score`)

A slower encoder at the same quality mostly gives a better picture, not a smaller file; so its quality is brought down,
or up, until the scores meet.  Where a level of `q_auto` decides, it need not score more than the level means (`aim`), and
JPEG is brought down like the others.  What is not smaller, or scores lower than that, is not answered.
"""

import io
from collections.abc import Iterator
from math import inf

import msgspec
import pyvips

from imgproxy.render import aim
from imgproxy.render.encode import encode
from imgproxy.render.job import Encoding
from imgproxy.render.score import Reference

FORMATS = frozenset({"jpg", "png", "webp", "avif", "jxl"})
"""What can be had in fewer bytes."""

_SLACK = 0.05
"""Points of the score that are no difference."""

_POINTS_PER_QUALITY = 0.8
_SHARE_PER_POINT = 0.04
"""How bytes and quality go with the score, near enough to guess by."""

_HOPELESS = 0.985
"""Nobody takes an answer that is not smaller by twice as much: no more trials where not even this is in sight."""

_MAX_TRIALS = 4
_FAR = 12
"""No slower encoder is so much better or worse that its quality moves by more."""


def smaller(
    frames: list[pyvips.Image], encoding: Encoding, body: bytes, meant: float = inf
) -> bytes:
    """`body`, which is what `encode` gave, or one that is smaller and looks as good, or as good as `meant` says."""
    if len(frames) > 1 or encoding.format not in FORMATS or _is_particular(encoding):
        return body
    slow = msgspec.structs.replace(encoding, patient=True)
    if encoding.format in aim.REACH and (encoding.format != "jpg" or meant < inf):
        return _as_good(frames[0], slow, body, meant)
    again = encode(frames, slow)
    return again if len(again) < len(body) else body


def _is_particular(encoding: Encoding) -> bool:
    """Whether the file is asked for in a form of which little is known: other colours, palettes, no loss at all."""
    return bool(encoding.icc) or encoding.lossy or encoding.quality == 100


def _as_good(image: pyvips.Image, slow: Encoding, body: bytes, meant: float) -> bytes:
    """The smallest of the trials that score no less than `body` does, or than is meant."""
    reference = Reference(image)
    wanted = min(reference.score(decoded(body, slow.format)), meant)
    best = body
    for again, score in _trials(image, slow, body, reference, wanted):
        if score >= wanted - _SLACK and len(again) < len(best):
            best = again
    return best


def _trials(
    image: pyvips.Image, slow: Encoding, body: bytes, reference: Reference, wanted: float
) -> Iterator[tuple[bytes, float]]:
    """Bytes and scores, nearer to the wanted one each time, until no quality is left between, or nothing is to be had."""
    assert slow.quality is not None
    least, most = aim.REACH[slow.format]
    least, most = max(least, slow.quality - _FAR), min(most, slow.quality + _FAR)
    enough, short = most + 1, least - 1
    quality = min(max(slow.quality, least), most)
    for _ in range(_MAX_TRIALS):
        again = encode([image], msgspec.structs.replace(slow, quality=quality))
        score = reference.score(decoded(again, slow.format))
        yield again, score
        if len(again) * (1 + (wanted - score) * _SHARE_PER_POINT) > len(body) * _HOPELESS:
            return
        if score >= wanted - _SLACK:
            enough = min(enough, quality)
        else:
            short = max(short, quality)
        if enough - short <= 1:
            return
        step = round((wanted - score) / _POINTS_PER_QUALITY)
        quality = min(max(quality + step, short + 1), enough - 1)


def decoded(body: bytes, format_: str) -> pyvips.Image:
    """The pixels as a browser shows them, sRGB, 8 bit; by the faster decoder of each format."""
    if format_ not in {"avif", "jxl"}:
        return pyvips.Image.new_from_buffer(body, "").colourspace("srgb").copy_memory()
    import PIL.Image
    import pillow_jxl  # noqa: F401 - registers the format

    picture = PIL.Image.open(io.BytesIO(body))
    bands = 4 if "A" in picture.mode else 3
    data = picture.convert("RGBA" if bands == 4 else "RGB").tobytes()
    image = pyvips.Image.new_from_memory(data, *picture.size, bands, "uchar")
    return image.copy(interpretation="srgb").copy_memory()
