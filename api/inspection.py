"""What an uploaded file really is: decoded in a render process, never here, and never believed by its name.

From three small renders: size and format, a 20 pixel placeholder, and pixels for the dominant colour and the ThumbHash.  A file that is cut short is
refused by its ending, because decoders fill up what is missing without a word.
"""

import asyncio
import os
import struct
from base64 import b64encode
from pathlib import Path
from typing import Any, Final

import msgspec

from api.multipart import Received
from api.originals import EXTENSIONS
from api.pictures.pixels import dominant, read_png
from api.pictures.thumbhash import thumbhash
from imgproxy.errors import BadRequest
from imgproxy.render.job import RenderJob, RenderReport
from imgproxy.renderers.pool import Renderers
from imgproxy.settings import Limits

_INFO: Final = "c_limit,h_64,w_64/fl_getinfo"
_SMALL: Final = "c_limit,h_20,q_28,w_20"
_PIXELS: Final = "c_limit,h_32,w_32"
_TAIL_BYTES: Final = 4096


class Unfit(Exception):
    """`Unfit(filename, why)`: a clause that begins with a small letter, for the client."""


class Misfit(Unfit):
    """A sound picture that listings do not take: of another kind, or too small."""


class Look(msgspec.Struct, frozen=True):
    """Pixels upright; `color` is `#rrggbb`, `placeholder` a data URI of some hundred bytes, `thumbhash` base64."""

    width: int
    height: int
    extension: str
    color: str
    placeholder: str
    thumbhash: str


class _Side(msgspec.Struct, frozen=True):
    width: int
    height: int
    format: str


class _Facts(msgspec.Struct, frozen=True):
    input: _Side


async def look_at(file: Received, renderers: Renderers, limits: Limits, min_side: int) -> Look:
    """What was found.  Raises Unfit; RendererDied, RenderTimedOut and Overloaded when it could not be looked at."""
    try:
        facts = await _facts(file, renderers, limits)
        _judge(file, facts, min_side)
        if not await asyncio.to_thread(_is_whole, file.path, facts.format):
            raise Unfit(file.filename, "is cut short")
        small = await _render(file, renderers, limits, _SMALL, "webp")
        pixels = await _render(file, renderers, limits, _PIXELS, "png")
    except BadRequest as error:
        raise Unfit(file.filename, f"was refused: {error}") from error
    color, thumb = await asyncio.to_thread(_colours, pixels.body)
    return Look(facts.width, facts.height, facts.format, color, _uri(small), thumb)


async def _facts(file: Received, renderers: Renderers, limits: Limits) -> _Side:
    report = await _render(file, renderers, limits, _INFO, "jpg")
    return msgspec.json.decode(report.body, type=_Facts).input


async def _render(
    file: Received, renderers: Renderers, limits: Limits, transformation: str, output: str
) -> RenderReport:
    job = RenderJob(str(file.path), transformation, formats=(output,), limits=limits)
    return (await renderers.render(job)).report


def _judge(file: Received, facts: _Side, min_side: int) -> None:
    if facts.format not in EXTENSIONS:
        raise Misfit(
            file.filename, f"is {facts.format}; photos are {', '.join(sorted(EXTENSIONS))}"
        )
    if min(facts.width, facts.height) < min_side:
        size = f"{facts.width} x {facts.height}"
        raise Misfit(file.filename, f"has {size} pixels, expected at least {min_side} on each side")


def _is_whole(path: Path, extension: str) -> bool:
    """Whether the file ends as its format says; formats without a certain ending pass."""
    with path.open("rb") as file:
        head = file.read(12)
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _TAIL_BYTES))
        tail = file.read()
    if extension == "jpg":
        return b"\xff\xd9" in tail
    if extension == "png":
        return b"IEND\xaeB`\x82" in tail
    if extension == "webp":
        return int(struct.unpack("<I", head[4:8])[0]) + 8 <= size
    return extension != "gif" or b";" in tail[-16:]


def _colours(png: bytes) -> tuple[str, str]:
    """Dominant colour and ThumbHash of a small picture: two milliseconds."""
    pixels = read_png(png)
    return dominant(pixels), thumbhash(pixels)


def _uri(report: Any) -> str:
    return f"data:{report.media_type};base64,{b64encode(report.body).decode()}"
