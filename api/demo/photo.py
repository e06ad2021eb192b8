"""What can be measured in a finished photo: size, dominant colour and tiny placeholders. Reads image files; never draws one."""

from base64 import b64encode
from pathlib import Path

import msgspec
import pyvips

from api.pictures.pixels import Pixels, dominant
from api.pictures.thumbhash import thumbhash


class Look(msgspec.Struct, frozen=True):
    """What is measured from the file; kept beside the photos so that a second start opens none of them."""

    width: int
    height: int
    bytes: int
    color: str
    placeholder: str
    thumbhash: str


def looked_at(path: Path) -> Look:
    """Measure a file. Raises `pyvips.Error` when it is no image."""
    head = pyvips.Image.new_from_file(str(path)).autorot()
    small = pyvips.Image.thumbnail(str(path), 20, height=100, size="down").colourspace("srgb")
    if small.hasalpha():
        small = small.flatten(background=[255, 255, 255])
    small = small.copy_memory()  # a thumbnail streams: it can be read once only
    pixels = Pixels(small.width, small.height, bytes(small.addalpha().write_to_memory()))
    return Look(
        head.width,
        head.get_page_height() if head.get_n_pages() == 1 else head.height,
        path.stat().st_size,
        dominant(pixels),
        placeholder(small),
        thumbhash(pixels),
    )


def placeholder(small: pyvips.Image) -> str:
    """A data URI short enough to stand in a page."""
    return (
        "data:image/webp;base64,"
        + b64encode(small.webpsave_buffer(Q=18, effort=5, keep="none")).decode()
    )
