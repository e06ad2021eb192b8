"""What a step may know besides its picture.

Nothing here opens or searches anything; what does is handed in by who renders.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from imgproxy.asset import NOTHING, AssetData, share
from imgproxy.errors import NotFound
from imgproxy.notation.gravity import Gravity, Kind
from imgproxy.values import Face, Size, Source

if TYPE_CHECKING:
    import pyvips

FindFaces = Callable[["pyvips.Image", int], tuple[Face, ...]]
"""Searches a picture, shrunk to a longest side in pixels."""


def _nobody(_image: "pyvips.Image", _longest_px: int) -> tuple[Face, ...]:
    return ()


class Scene:
    """What a step may know besides its picture; lives for one render, shared by all frames of it."""

    def __init__(self, initial: Size, dpr: float = 1.0, max_pixels: int = 25_000_000) -> None:
        self.initial = initial
        self.dpr = dpr
        self.max_pixels = max_pixels
        self.pictures: Callable[[Source], pyvips.Image] | None = None
        """Opens the originals that layers show; handed in by who fetched them."""

        self.reference: Size | None = None
        """Size that fractions count from instead of the input's own, inside a relative layer."""

        self.find_faces: FindFaces = _nobody
        self.asset: AssetData = NOTHING
        self.choices: dict[object, Any] = {}
        """What was decided on the first frame and binds the others, such as a window found by content."""

    def picture(self, source: Source) -> "pyvips.Image":
        """The original of a layer, whole and upright."""
        if self.pictures is None:
            raise NotFound(source.public_id)
        return self.pictures(source)

    def layer(self, initial: Size, reference: Size | None) -> "Scene":
        """The scene of a layer over this one: its own size, the same everything else."""
        scene = Scene(initial, self.dpr, self.max_pixels)
        scene.pictures, scene.reference, scene.choices = self.pictures, reference, self.choices
        scene.find_faces = self.find_faces
        return scene

    def faces(
        self, asker: object, image: "pyvips.Image | None", longest_px: int = 640
    ) -> tuple[Face, ...]:
        """Faces of the picture before `asker`, the largest first; searched for when first asked, then remembered.

        Without a picture: what was found before, or none.
        """
        key = "faces", id(asker)
        if image is not None and key not in self.choices:
            # the asker is kept, so that its id is nobody else's meanwhile
            self.choices[key] = self.find_faces(image, longest_px), asker
        found: tuple[Face, ...] = self.choices.get(key, ((),))[0]
        return found

    def stored(self, gravity: Gravity) -> Face | None:
        """The place that is stored with the asset and that the gravity names, as a box like a face's."""
        rectangle = (
            self.asset.custom
            if gravity.kind is Kind.CUSTOM
            else self.asset.regions.get(gravity.region)
        )
        return rectangle and share(rectangle, self.initial)

    def once(self, key: object, decide: Callable[[], Any]) -> Any:
        """The decision of the first frame, so that all frames of an animation share it."""
        if key not in self.choices:
            self.choices[key] = decide()
        return self.choices[key]
