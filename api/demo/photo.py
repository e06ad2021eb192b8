"""What can be measured in a finished photo: size, dominant colour and a tiny placeholder. Reads image files; never draws one."""

from base64 import b64encode
from collections import Counter
from pathlib import Path

import msgspec
import pyvips


class Look(msgspec.Struct, frozen=True):
    """What is measured from the file; kept beside the photos so that a second start opens none of them."""

    width: int
    height: int
    bytes: int
    color: str
    placeholder: str


def looked_at(path: Path) -> Look:
    """Measure a file. Raises `pyvips.Error` when it is no image."""
    head = pyvips.Image.new_from_file(str(path)).autorot()
    small = pyvips.Image.thumbnail(str(path), 20, height=1000, size="down").colourspace("srgb")
    if small.hasalpha():
        small = small.flatten(background=[255, 255, 255])
    small = small.copy_memory()  # a thumbnail streams: it can be read once only
    return Look(
        head.width,
        head.get_page_height() if head.get_n_pages() == 1 else head.height,
        path.stat().st_size,
        dominant(small),
        placeholder(small),
    )


def dominant(small: pyvips.Image) -> str:
    """The mean of the fullest of 512 colour cells (3 bits a channel): a colour that is really there, unlike the mean of everything."""
    data = bytes(small.write_to_memory())
    pixels = [(data[n], data[n + 1], data[n + 2]) for n in range(0, len(data), 3)]
    cells = Counter((r >> 5, g >> 5, b >> 5) for r, g, b in pixels)
    fullest = cells.most_common(1)[0][0]
    kept = [p for p in pixels if (p[0] >> 5, p[1] >> 5, p[2] >> 5) == fullest]
    return "#" + "".join(
        f"{round(sum(p[band] for p in kept) / len(kept)):02x}" for band in range(3)
    )


def placeholder(small: pyvips.Image) -> str:
    """A data URI short enough to stand in a page."""
    return (
        "data:image/webp;base64,"
        + b64encode(small.webpsave_buffer(Q=18, effort=5, keep="none")).decode()
    )
