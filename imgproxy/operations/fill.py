"""Fill: the whole box covered with picture, what sticks out cut by gravity."""

from typing import Annotated, ClassVar, Self

from msgspec import Meta, field

from imgproxy import geometry
from imgproxy.geometry import Box, Plan
from imgproxy.notation.backdrop import NOTHING, Backdrop
from imgproxy.operations import _framing as framing
from imgproxy.operations._resize import Resize
from imgproxy.step import Bag, Scene
from imgproxy.values import Size


class Fill(Resize, frozen=True, kw_only=True):
    """`c_fill`, `c_lfill` (never enlarges), `c_auto` (with `g_auto`): exactly the box, cut by `g`.

    `c_imagga_scale` and `c_imagga_crop`, an add-on of old, mean `c_fill,g_auto`.
    """

    names: ClassVar[tuple[str, ...]] = ("fill", "lfill", "auto", "imagga_scale", "imagga_crop")
    examples: ClassVar[tuple[str, ...]] = (
        "c_fill,h_200,w_200",
        "c_fill,g_north_west,h_200,w_120",
        "c_fill,g_auto,h_240,w_120",
        "c_lfill,h_3000,w_200",
        "ar_16:9,c_auto,g_auto,w_320",
    )
    auto_gravity: ClassVar[bool] = True

    @classmethod
    def take(cls, name: str, value: str, bag: Bag) -> Self:
        """Writes out what the old names leave open."""
        if name.startswith("imagga"):
            name = "fill"
            if "g" not in bag:
                bag.give("g", "auto")
        return super().take(name, value, bag)

    def arrange(self, size: Size, asked: Box) -> Plan:
        """Covers the box."""
        return geometry.lfill(size, asked) if self.mode == "lfill" else geometry.fill(size, asked)


class Thumb(Resize, frozen=True, kw_only=True):
    """`c_thumb`: a close crop of exactly the box; `z` above 1 goes closer, below 1 shows more around.

    Around faces with `g_face` and `g_faces`; where none is found, their fallback (`north`, or what follows the colon).
    With `g_custom` and `g_region_!name!` exactly around the place that is stored with the picture.
    """

    names: ClassVar[tuple[str, ...]] = ("thumb",)
    examples: ClassVar[tuple[str, ...]] = (
        "c_thumb,h_150,w_150",
        "c_thumb,g_face,h_150,w_150",
        "c_thumb,g_auto,h_150,w_150,z_1.5",
    )
    auto_gravity: ClassVar[bool] = True

    zoom: Annotated[float, Meta(ge=0.01, le=100)] = field(default=1.0, name="z")

    @property
    def plans_by_faces(self) -> bool:
        """How close it goes depends on them."""
        return self.gravity.by_boxes

    def plan(self, size: Size, scene: Scene) -> Plan:
        """A window around the faces that were found, brought to the size of the box; without any, as fill."""
        faces = self.faces(None, scene) if self.gravity.by_boxes else ()
        if not faces:
            return super().plan(size, scene)
        target = geometry.fill(size, self.asked(size, scene)).result
        headroom = 0 if scene.stored(self.gravity) else framing.HEADROOM
        window = framing.close_up(size, faces, target, self.zoom, headroom)
        factor = max(target.width / window.width, target.height / window.height)
        if factor > 1:
            plan = Plan(size, window, enlarged=target)
        else:
            plan = Plan(geometry.covering(size, factor, target), target)
        return self.admitted(plan, size, scene)

    def arrange(self, size: Size, asked: Box) -> Plan:
        """Covers the box, closer by the zoom."""
        return geometry.fill(size, asked, self.zoom)


class FillPad(Resize, frozen=True, kw_only=True):
    """`c_fill_pad`, `c_auto_pad` (with `g_auto`): cuts at most a quarter of a side away, the rest is padded with `b`."""

    names: ClassVar[tuple[str, ...]] = ("fill_pad", "auto_pad")
    examples: ClassVar[tuple[str, ...]] = ("b_black,c_fill_pad,g_auto,h_100,w_400",)
    auto_gravity: ClassVar[bool] = True

    backdrop: Backdrop = field(default=NOTHING, name="b")

    def arrange(self, size: Size, asked: Box) -> Plan:
        """Covers what it can, and lays the rest on the box."""
        return geometry.fill_pad(size, asked)

    def background(self) -> Backdrop:
        """`b`."""
        return self.backdrop
