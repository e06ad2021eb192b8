"""Crop: a window of the unscaled picture."""

from typing import Annotated, ClassVar, Self

from msgspec import Meta, field

from imgproxy import geometry
from imgproxy.errors import BadCombination
from imgproxy.geometry import Box, Plan
from imgproxy.notation.gravity import CENTER, NORTH_WEST, Gravity
from imgproxy.operations import _framing as framing
from imgproxy.operations._resize import Resize
from imgproxy.step import Bag, Scene
from imgproxy.values import Size


class Crop(Resize, frozen=True, kw_only=True):
    """`c_crop`: cuts `w`×`h` out without scaling; a missing side is the picture's own.

    With `g_face` or `g_faces` and no side: the box of the face, or of all; `z` below 1 shows more around it, above 1
    less. Where there is none, the whole picture. With `g_custom` and `g_region_!name!` the rectangle that is stored with
    the picture (`docs/asset-data.md`).

    Where: by `g` (default the middle), moved inwards by `x` and `y`; with `x` or `y` and no `g` they count from the
    top left corner. What of the window lies outside the picture is not there.
    """

    names: ClassVar[tuple[str, ...]] = ("crop",)
    examples: ClassVar[tuple[str, ...]] = (
        "c_crop,g_south_east,h_300,w_400",
        "c_crop,h_200,w_200,x_60,y_40",
        "ar_1.0,c_crop,g_auto,w_0.5",
        "c_crop,g_xy_center,h_40,w_40,x_80,y_60",
        "c_crop,g_face,z_0.7",
        "c_crop,g_region_!door!,z_0.8",
    )
    auto_gravity: ClassVar[bool] = True
    scales: ClassVar[bool] = False

    mode: str = "crop"
    zoom: Annotated[float, Meta(ge=0.01, le=100)] = field(default=1.0, name="z")
    gravity: Gravity | None = field(default=None, name="g")  # type: ignore[assignment]  # always set by take

    @classmethod
    def take(cls, name: str, value: str, bag: Bag) -> Self:
        """Writes out where the window is when the text leaves it open."""
        corner = NORTH_WEST if "x" in bag or "y" in bag else CENTER
        if "g" not in bag:
            bag.give("g", str(corner))
        return super().take(name, value, bag)

    def check(self) -> None:
        """As every resize, but faces are enough to say a size."""
        if not self.plans_by_faces:
            super().check()

    @property
    def plans_by_faces(self) -> bool:
        """Where no side says how large the window is."""
        return bool(self.gravity and self.gravity.by_boxes) and not (
            self.width or self.height or self.ratio
        )

    def plan(self, size: Size, scene: Scene) -> Plan:
        """A window as large as asked for, or as the faces."""
        if not self.plans_by_faces:
            return super().plan(size, scene)
        faces = self.faces(None, scene)
        return self.admitted(
            Plan(size, framing.around(size, faces, self.zoom) if faces else size), size, scene
        )

    def arrange(self, size: Size, asked: Box) -> Plan:
        """A window as large as there is."""
        return geometry.crop(size, asked)

    def bounded(self, outer: Size, inner: Size, left: int, top: int) -> tuple[int, int, int, int]:
        """The part of the window that lies on the picture. Raises BadCombination when there is none."""
        right, bottom = min(left + inner.width, outer.width), min(top + inner.height, outer.height)
        left, top = max(left, 0), max(top, 0)
        if left >= right or top >= bottom:
            raise BadCombination(
                "x, y", f"put the window outside the {outer.width}×{outer.height} picture"
            )
        return left, top, right, bottom
