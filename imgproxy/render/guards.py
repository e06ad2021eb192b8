"""What may not be decoded: refusals that need a file's size, its first and last bytes, or its header.

Runs before a decoder touches a pixel.  Every refusal is typed and says a number or a fact; none says a path.
What only an SVG can do to a reader is in `svg`.
"""

import os
from pathlib import Path

from imgproxy.errors import LimitExceeded, NotAnImage, OriginFailed
from imgproxy.render.job import Header
from imgproxy.render.sniff import HEAD_BYTES, describe, sniff
from imgproxy.settings import Limits

MAX_SIDE = 65_535
"""Longest side of an original in pixels: JPEG's own limit, and more than any camera or scanner makes."""

_ENDINGS = {"jpg": (b"\xff\xd9", 65_536), "png": (b"IEND", 65_536), "gif": (b";", 16)}
"""For formats that can be read in part: what a whole file has near its end, and within how many bytes of it.

Cameras and editors append things to the first two.
"""


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
    """Raises LimitExceeded when the header promises more than the settings allow, NotAnImage when it promises nothing."""
    width, height = header.size
    if min(width, height, header.pages) < 1:
        raise NotAnImage(f"the {header.format.upper()} data says that it has no pixels")
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
    if kind not in _ENDINGS:
        return True
    mark, within = _ENDINGS[kind]
    _, tail = _read(path, -within, within)
    return mark in tail


def _read(path: str, start: int, count: int) -> tuple[int, bytes]:
    """The file's size, and up to `count` bytes from `start`; a negative start counts from the end."""
    try:
        with Path(path).open("rb") as file:
            size_bytes = os.fstat(file.fileno()).st_size
            file.seek(start if start >= 0 else max(0, size_bytes + start))
            return size_bytes, file.read(count)
    except OSError:
        raise OriginFailed("the file could not be read") from None
