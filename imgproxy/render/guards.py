"""What may not be decoded: refusals that need a file's size, its first and last bytes, or its header.

Runs before a decoder touches a pixel.  Every refusal is typed and says a number or a fact; none says a path.
What only an SVG can do to a reader is in `svg`.
"""

import os

from imgproxy.errors import LimitExceeded, NotAnImage, OriginFailed
from imgproxy.render.job import Header
from imgproxy.render.sniff import HEAD_BYTES, describe, sniff
from imgproxy.settings import Limits

MAX_SIDE = 65_535
"""Longest side of an original in pixels: JPEG's own limit, and more than any camera or scanner makes."""

_ENDINGS = {"jpg": (b"\xff\xd9",), "png": (b"IEND",), "gif": (b"\x3b",)}
"""What a whole file of a format that can be read in part has near its end."""

_TAIL_BYTES = 65_536
"""How far before the end it may stand: cameras and editors append things."""


def admit(path: str, limits: Limits) -> str:
    """The format of a file that may be opened.

    Raises LimitExceeded (too many bytes), NotAnImage (no known type), OriginFailed (the file is gone).
    """
    size_bytes, head = _read(path, 0, HEAD_BYTES)
    if size_bytes > limits.max_original_bytes:
        raise LimitExceeded("the original in bytes", size_bytes, limits.max_original_bytes)
    if found := sniff(head):
        return found
    raise NotAnImage(describe(head))


def check(header: Header, limits: Limits) -> None:
    """Raises LimitExceeded when the header promises more than the settings allow."""
    width, height = header.size
    pixels = width * height * header.pages
    for what, came, limit in (
        ("the longer side of the original in pixels", max(width, height), MAX_SIDE),
        ("the original in frames", header.pages, limits.max_frames),
        ("the original in pixels", pixels, limits.max_original_pixels),
    ):
        if came > limit:
            raise LimitExceeded(what, came, limit)


def is_whole(path: str, kind: str) -> bool:
    """False for a file of format `kind` that visibly ends too early; formats without an end mark count as whole."""
    marks = _ENDINGS.get(kind)
    if not marks:
        return True
    _, tail = _read(path, -_TAIL_BYTES, _TAIL_BYTES)
    return any(mark in tail for mark in marks)


def _read(path: str, start: int, count: int) -> tuple[int, bytes]:
    """The file's size, and up to `count` bytes from `start`; a negative start counts from the end."""
    try:
        with open(path, "rb") as file:
            size_bytes = os.fstat(file.fileno()).st_size
            file.seek(start if start >= 0 else max(0, size_bytes + start))
            return size_bytes, file.read(count)
    except OSError:
        raise OriginFailed("the file could not be read") from None
