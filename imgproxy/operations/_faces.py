"""Effects that keep to faces: which spots of a picture they take, and how they meet the rest.

The underscore keeps this file out of the registry. What a face shows beyond the finder's box (hair, ears, chin) tells
who it is too, so a spot is an ellipse around the box; its rim is soft.
"""

from typing import TYPE_CHECKING

import pyvips

from imgproxy.operations._soften import softened
from imgproxy.step import Scene, Step
from imgproxy.values import Face

if TYPE_CHECKING:
    from collections.abc import Callable

_SEARCH_PX = 1280
"""Twice as fine as where a window is sought: a face that is missed is a person who is shown. 90 ms."""
_AROUND = 1.35
"""Size of the ellipse to the finder's box."""
_SOFT = 0.04
"""Sigma of the rim to the height of the ellipse."""


class Spot(Step, frozen=True, kw_only=True):
    """An effect on faces alone; where none is found, nothing changes."""

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":
        """Ellipses around the faces of the first frame, from the changed picture."""
        for face in scene.faces(self, image, _SEARCH_PX):
            image = _changed(image, face, self.changed)
        return image

    def changed(self, part: "pyvips.Image", side: int) -> "pyvips.Image":
        """The effect on a rectangle with one face; `side` is the longer one of the face in pixels."""
        raise NotImplementedError


def _changed(
    image: "pyvips.Image",
    face: Face,
    change: "Callable[[pyvips.Image, int], pyvips.Image]",
) -> "pyvips.Image":
    across, down = face.width * image.width * _AROUND, face.height * image.height * _AROUND
    x, y = (face.x + face.width / 2) * image.width, (face.y + face.height / 2) * image.height
    rim = down * _SOFT
    left, top = max(0, int(x - across / 2 - 3 * rim)), max(0, int(y - down / 2 - 3 * rim))
    right = min(image.width, int(x + across / 2 + 3 * rim) + 1)
    bottom = min(image.height, int(y + down / 2 + 3 * rim) + 1)
    if right - left < 2 or bottom - top < 2:
        return image
    part = image.crop(left, top, right - left, bottom - top)
    mask = _ellipse(part, (x - left, y - top), (across / 2, down / 2), rim)
    after = change(part, round(max(across, down)))
    mixed = mask.ifthenelse(after, part, blend=True)
    return image.insert(mixed.copy(interpretation="srgb"), left, top)


def _ellipse(
    part: "pyvips.Image", middle: tuple[float, float], radii: tuple[float, float], rim: float
) -> "pyvips.Image":
    """255 inside, 0 outside."""
    at = pyvips.Image.xyz(part.width, part.height)
    x = (at[0] - middle[0]) / max(radii[0], 0.5)
    y = (at[1] - middle[1]) / max(radii[1], 0.5)
    return softened(x * x + y * y <= 1, rim).cast("uchar")
