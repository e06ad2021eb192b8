"""The same picture by an encoder that may take its time: for pictures that many ask for, while nobody waits.

    png                lossless still: more ways are tried, and the one whose pixels are the same in the fewest bytes stays
    jpg                every order of scans is tried; the pixels are the same
    webp, avif, jxl    a slower encoder is asked for the quality at which it looks as good as the fast one did (`score`)

A slower encoder at the same quality mostly gives a better picture, not a smaller file; so its quality is moved until the
scores meet.  Where a level of `q_auto` decides, JPEG too, the score that it means (`aim`) is what is looked for: what
looks better is brought down to it, and what looks worse by more than TOLERANCE is raised to it, in more bytes if need be.
Where no quality does that, the best of the trials has to do.  Nothing else comes out larger, and nothing looks worse than it
did, or than its level means.
"""

import io
from collections.abc import Callable, Iterator
from math import inf
from typing import NamedTuple

import msgspec
import pyvips

from imgproxy.render import aim
from imgproxy.render.encode import encode
from imgproxy.render.job import Encoding
from imgproxy.render.score import Reference

FORMATS = frozenset({"jpg", "png", "webp", "avif", "jxl"})
"""What may become better."""

TOLERANCE = 2.0
"""Points that an answer may be below its level: half of what docs/quality.md counts as met.

Less is not worth that every client loads it again, some 8 % larger: side by side nobody tells them apart.
"""

_SLACK = 0.05
"""Points of the score that are no difference."""

_NEAR = 0.5
"""Points that a raised answer may be off: the next quality is often further away."""

_POINTS_PER_QUALITY = 0.8
_SHARE_PER_POINT = 0.04
"""How bytes and quality go with the score, near enough to guess by."""

_SLOPES = (0.25, 4.0)
"""Points per quality between which two trials are believed."""

_HOPELESS = 0.985
"""Nobody takes an answer that is not smaller by twice as much: no more trials where not even this is in sight."""

_MAX_TRIALS = 5
_FAR = 12
"""No slower encoder is so much better or worse that its quality moves by more where the score is to stay."""


class Refined(NamedTuple):
    """`raised`: it was below what its level means, and is no more, or less so; only then it may be the larger one."""

    body: bytes
    raised: bool = False


class _Trial(NamedTuple):
    quality: int
    body: bytes
    score: float


class _Wanted(NamedTuple):
    """A score, within `slack`, in less than `max_bytes`, by the qualities from `least` to `most`, first by about `guess`."""

    score: float
    slack: float
    max_bytes: float
    least: int
    most: int
    guess: float


def refined(
    frames: list[pyvips.Image], encoding: Encoding, body: bytes, meant: float = inf
) -> Refined:
    """In place of `body`, which is what `encode` gave: as good in fewer bytes, or as good as `meant` says; or itself."""
    if len(frames) > 1 or encoding.format not in FORMATS or _is_particular(encoding):
        return Refined(body)
    slow = msgspec.structs.replace(encoding, patient=True)
    if encoding.format in aim.REACH and (encoding.format != "jpg" or meant < inf):
        return _aimed(frames[0], slow, body, meant)
    return Refined(min(body, encode(frames, slow), key=len))


def _is_particular(encoding: Encoding) -> bool:
    """Whether the file is asked for in a form of which little is known: other colours, palettes, no loss at all."""
    return bool(encoding.icc) or encoding.lossy or encoding.quality == 100


def _aimed(image: pyvips.Image, slow: Encoding, body: bytes, meant: float) -> Refined:
    """At the score that is wanted: what is meant, or that of `body` where this is less by no more than the tolerance."""
    assert slow.quality is not None
    reference = Reference(image)

    def tried(quality: int) -> _Trial:
        again = encode([image], msgspec.structs.replace(slow, quality=quality))
        return _Trial(quality, again, reference.score(decoded(again, slow.format)))

    now = _Trial(slow.quality, body, reference.score(decoded(body, slow.format)))
    if meant < inf and now.score < meant - TOLERANCE:
        return _raised(now, list(_trials(tried, _wanted(slow.format, now, meant, inf))), meant)
    score = min(now.score, meant)
    trials = _trials(tried, _wanted(slow.format, now, score, len(body)))
    enough = [trial.body for trial in trials if trial.score >= score - _SLACK]
    return Refined(min([body, *enough], key=len))


def _raised(now: _Trial, trials: list[_Trial], meant: float) -> Refined:
    """The smallest trial that is good enough; else the best, if it is better by more than the tolerance."""
    enough = [trial for trial in trials if trial.score >= meant - _NEAR]
    if enough:
        return Refined(min(enough, key=lambda trial: len(trial.body)).body, raised=True)
    best = max(trials, key=lambda trial: trial.score)
    return Refined(best.body, True) if best.score > now.score + TOLERANCE else Refined(now.body)


def _wanted(format_: str, now: _Trial, score: float, max_bytes: float) -> _Wanted:
    """All that is answered of the format may be tried, but little where the score is to stay."""
    least, most = aim.REACH[format_]
    if score == now.score:
        least, most = max(least, now.quality - _FAR), min(most, now.quality + _FAR)
    guess = now.quality + (score - now.score) / _POINTS_PER_QUALITY
    return _Wanted(score, _NEAR if score > now.score else _SLACK, max_bytes, least, most, guess)


def _trials(tried: Callable[[int], _Trial], wanted: _Wanted) -> Iterator[_Trial]:
    """Nearer each time, until one is there or no quality is left between, or nothing in fewer bytes is in sight."""
    short, enough, guess = wanted.least - 1, wanted.most + 1, wanted.guess
    before: _Trial | None = None
    for _ in range(_MAX_TRIALS):
        trial = tried(min(max(round(guess), short + 1), enough - 1))
        yield trial
        missing = wanted.score - trial.score
        if len(trial.body) * (1 + missing * _SHARE_PER_POINT) > wanted.max_bytes * _HOPELESS:
            return
        if missing <= wanted.slack:
            enough = trial.quality
        else:
            short = trial.quality
        if enough - short <= 1 or abs(missing) <= wanted.slack:
            return
        guess, before = trial.quality + missing / _slope(before, trial), trial


def _slope(before: _Trial | None, trial: _Trial) -> float:
    """Points per quality between two trials."""
    if before is None:
        return _POINTS_PER_QUALITY
    found = (trial.score - before.score) / (trial.quality - before.quality)
    return min(max(found, _SLOPES[0]), _SLOPES[1])


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
