"""Where the faces in a picture are.

The seam to a detector that may or may not be installed (`pip install darkroom[faces]`).  Without it no face is ever
found, and everything that asks for one takes its documented fallback.  `docs/faces.md` says which detectors were
compared and why this one.

Pixels, synchronous; this room must never download a model, open a file of a user, or know an operation.
"""

from typing import TYPE_CHECKING

from imgproxy.faces import yunet
from imgproxy.values import Face

if TYPE_CHECKING:
    import pyvips

LONGEST_PX = 640
"""Side of the copy that is searched when nothing else is said: a face of a fiftieth of it is found in 20 ms."""

_LEAST_PX = 10
"""The smallest face the network knows; in less than that it sees what is not there."""
_PAPER = [255.0, 255.0, 255.0]


def find(image: "pyvips.Image", longest_px: int = LONGEST_PX) -> tuple[Face, ...]:
    """All faces of an sRGB picture, the largest first; none where no detector is installed.

    The search sees a copy of at most `longest_px`; a larger one finds smaller faces and takes longer. Scores begin
    at 0.5, where one find in ten is a face only to the detector; from 0.7 on hardly any is.
    """
    if not yunet.is_installed():
        return ()
    small = image.thumbnail_image(longest_px, height=longest_px, size="down", no_rotate=True)
    if min(small.width, small.height) < _LEAST_PX:
        return ()
    small = small.flatten(background=_PAPER) if small.hasalpha() else small
    found = yunet.detect(bytes(small[:3].write_to_memory()), small.width, small.height)
    return tuple(sorted(found, key=lambda face: face.width * face.height, reverse=True))
