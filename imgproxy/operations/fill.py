"""Fill: the whole box covered with picture, what sticks out cut by gravity."""

from typing import Annotated, ClassVar

from msgspec import Meta, field

from imgproxy import geometry
from imgproxy.geometry import Box, Plan
from imgproxy.notation.colour import TRANSPARENT, Colour
from imgproxy.operations._resize import Resize
from imgproxy.values import Size


class Fill(Resize, frozen=True, kw_only=True):
    """`c_fill`, `c_lfill` (never enlarges), `c_auto` (with `g_auto`): exactly the box, cut by `g`."""

    names: ClassVar[tuple[str, ...]] = ("fill", "lfill", "auto")
    examples: ClassVar[tuple[str, ...]] = (
        "c_fill,h_200,w_200",
        "c_fill,g_north_west,h_200,w_120",
        "c_fill,g_auto,h_240,w_120",
        "c_lfill,h_3000,w_200",
        "ar_16:9,c_auto,g_auto,w_320",
    )
    auto_gravity: ClassVar[bool] = True

    def arrange(self, size: Size, asked: Box) -> Plan:
        """Covers the box."""
        return geometry.lfill(size, asked) if self.mode == "lfill" else geometry.fill(size, asked)


class Thumb(Resize, frozen=True, kw_only=True):
    """`c_thumb`: a close crop of exactly the box; `z` above 1 goes closer, below 1 shows more around.

    Around faces with `g_face` and `g_faces`; where none is found, their fallback (`north`, or what follows the colon).
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
    def by_size_alone(self) -> bool:  # type: ignore[override]  # a face decides how close it goes
        """Unless faces decide how close it goes."""
        return not self.gravity.by_faces

    def plan(self, size: Size, scene: Scene) -> Plan:
        """A window around the faces that were found, scaled to the box; without any, as fill."""
        if not (self.gravity.by_faces and (faces := self.faces(None, scene))):
            return super().plan(size, scene)
        target = Fill.plan(self, size, scene).result
        window = framing.close_up(size, faces, target, self.zoom)
        factor = max(target.width / window.width, target.height / window.height)
        if factor > 1:
            return Plan(size, window, enlarged=target)
        return Plan(geometry.fill(size, Box(round(size.width * factor), None)).scaled, target)

    def arrange(self, size: Size, asked: Box) -> Plan:
        """Covers the box, closer by the zoom."""
        return geometry.fill(size, asked, self.zoom)


class FillPad(Resize, frozen=True, kw_only=True):
    """`c_fill_pad`, `c_auto_pad` (with `g_auto`): cuts at most a quarter of a side away, the rest is padded with `b`."""

    names: ClassVar[tuple[str, ...]] = ("fill_pad", "auto_pad")
    examples: ClassVar[tuple[str, ...]] = ("b_black,c_fill_pad,g_auto,h_100,w_400",)
    auto_gravity: ClassVar[bool] = True

    colour: Colour = field(default=TRANSPARENT, name="b")

    def arrange(self, size: Size, asked: Box) -> Plan:
        """Covers what it can, and lays the rest on the box."""
        return geometry.fill_pad(size, asked)

    def background(self) -> Colour:
        """`b`."""
        return self.colour
