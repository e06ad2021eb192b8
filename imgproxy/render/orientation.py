"""Back to how a picture lies in its file: `a_ignore` wants it without the camera's orientation mark.

Decoding always turns pictures upright, on the shortest way for each format; this undoes it on pixels already in memory.
"""

import pyvips

from imgproxy.render.job import Header
from imgproxy.values import Size

_BACK = {3: "d180", 5: "d90", 6: "d270", 7: "d270", 8: "d90"}
"""EXIF orientation to the turn that undoes what uprighting turned."""
_MIRRORED = frozenset({2, 4, 5, 7})


def stored_size(header: Header) -> Size:
    """Of one frame as it lies in the file."""
    width, height = header.size
    return Size(height, width) if header.orientation >= 5 else header.size


def as_stored(upright: pyvips.Image, header: Header) -> pyvips.Image:
    """The same pixels as they lie in the file."""
    image = upright.rot(_BACK[header.orientation]) if header.orientation in _BACK else upright
    if header.orientation not in _MIRRORED:
        return image
    return image.flipver() if header.orientation == 4 else image.fliphor()
