"""What all resize modes share: the sides, the gravity and the offsets they claim, and how a plan meets pixels.

The underscore keeps this file out of the registry. The arithmetic is in `geometry`; here are only libvips calls.
"""

from typing import TYPE_CHECKING, Any, ClassVar, Self

from msgspec import field, structs

from imgproxy.errors import BadCombination, LimitExceeded
from imgproxy.geometry import Box, Plan, box, window
from imgproxy.notation.backdrop import NOTHING, Backdrop
from imgproxy.notation.colour import Colour
from imgproxy.notation.focus import Area
from imgproxy.notation.gravity import CENTER, Gravity, Kind
from imgproxy.notation.length import Length, Offset, Width
from imgproxy.notation.ratio import Ratio
from imgproxy.operations import _framing as framing
from imgproxy.operations import _salience as salience
from imgproxy.operations._backdrop import sheet
from imgproxy.operations._bands import settled
from imgproxy.step import Bag, Phase, Scene, Step
from imgproxy.values import Face, Size

if TYPE_CHECKING:
    import pyvips

_NONE = Offset(0)
_SEARCH_PX = 640
"""Longest side of the copy in which faces are searched when they decide alone: 20 ms."""
_GLANCE_PX = 320
"""The same when they are one thing among others: 5 ms."""


class Resize(Step, frozen=True, kw_only=True):
    """One resize mode. Subclasses say what they plan; pixels are handled here."""

    key: ClassVar[str] = "c"
    phase: ClassVar[Phase] = Phase.RESIZE
    auto_gravity: ClassVar[bool] = False
    """Whether the pixels may decide where the window lies."""
    ratio_around: ClassVar[bool] = False
    """Whether `ar` alone means a box around the picture rather than a window inside it."""

    scales: ClassVar[bool] = True
    """Whether a larger side means more pixels of the same view, and not more of the picture."""

    placed: ClassVar[bool] = True
    """Whether it matters where something lies; if not, gravity and offsets are inert."""

    mode: str
    width: Width | None = field(default=None, name="w")
    height: Length | None = field(default=None, name="h")
    ratio: Ratio | None = field(default=None, name="ar")
    gravity: Gravity = field(default=CENTER, name="g")
    across: Offset = field(default=_NONE, name="x")
    down: Offset = field(default=_NONE, name="y")

    @classmethod
    def take(cls, name: str, value: str, bag: Bag) -> Self:
        """As any step; where nothing is placed, offsets are left to whoever else means them, and gravity is forgotten."""
        if cls.placed:
            return super().take(name, value, bag)
        offsets = {key: came for key in ("x", "y") if (came := bag.claim(key)) is not None}
        step = super().take(name, value, bag)
        for key, came in offsets.items():
            bag.give(key, came)
        return structs.replace(step, gravity=cls.where(step.gravity))

    @classmethod
    def where(cls, gravity: Gravity) -> Gravity:  # noqa: ARG003 - the shape of a resize
        """What is left of the gravity where nothing is placed."""
        return CENTER

    def check(self) -> None:
        """A side or a ratio is needed, and gravity by content only where something is cut."""
        if not (self.width or self.height or self.ratio):
            raise BadCombination(f"c_{self.mode}", "needs w, h or ar")
        if self.gravity.kind is Kind.AUTO and not self.auto_gravity:
            modes = "auto, auto_pad, crop, fill, fill_pad, lfill or thumb"
            raise BadCombination("g_auto", f"only goes with c_{modes}, not c_{self.mode}")
        if self.gravity.kind is Kind.LIQUID and self.mode != "scale":
            raise BadCombination("g_liquid", f"only goes with c_scale, not c_{self.mode}")

    def plan(self, size: Size, scene: Scene) -> Plan:
        """The parts for an input of `size`. Raises LimitExceeded."""
        return self.admitted(self.arrange(size, self.asked(size, scene)), size, scene)

    def asked(self, size: Size, scene: Scene) -> Box:
        """The sides in pixels."""
        base = scene.reference or size
        width = self._pixels(self.width, base.width, scene)
        height = self._pixels(self.height, base.height, scene)
        ratio = self.ratio.value if self.ratio else None
        return box(size, width, height, ratio, around=self.ratio_around)

    def _pixels(self, length: Length | None, side: int, scene: Scene) -> int | None:
        """A share of what is enlarged already, or of what is not scaled, stays that share at any density."""
        if length is None:
            return None
        is_share = length.fraction and (scene.reference is not None or not self.scales)
        return length.pixels(side, 1.0 if is_share else scene.dpr)

    def admitted(self, plan: Plan, size: Size, scene: Scene) -> Plan:
        """The plan again. Raises LimitExceeded when a part is larger than an answer may be."""
        made = [part for part in plan if part and (part != size or part is plan.result)]
        for part in made:
            if part.width * part.height > scene.max_pixels:
                came = f"{part.width}×{part.height}"
                raise LimitExceeded("the answer in pixels", came, scene.max_pixels)
        return plan

    def arrange(self, size: Size, asked: Box) -> Plan:
        """The mode's own rule, from `geometry`."""
        raise NotImplementedError

    def search_px(self, size: Size, scene: Scene) -> int:
        """Longest side at which it wants to look for faces before a picture of `size` is scaled; 0: it need not."""
        side = 0 if scene.stored(self.gravity) else self._side_px
        if side and not self.plans_by_faces and max(self.plan(size, scene).scaled) >= side:
            return 0
        return side

    def look(self, image: "pyvips.Image", scene: Scene) -> None:
        """Finds the faces that decide, in the picture before it is scaled."""
        if self._side_px and not scene.stored(self.gravity):
            scene.faces(self, image, self._side_px)

    @property
    def plans_by_faces(self) -> bool:
        """Whether the plan needs to know the faces, and not only the picture's size."""
        return False

    @property
    def _side_px(self) -> int:
        if self.gravity.by_faces:
            return _SEARCH_PX
        return _GLANCE_PX if self.gravity.by_content and self.gravity.focus.faces else 0

    def faces(self, image: "pyvips.Image | None", scene: Scene) -> tuple[Face, ...]:
        """Those that decide: none where gravity does not ask for faces. `None`: the ones that `look` found.

        A place that is stored with the asset counts like a face, and alone.
        """
        if place := scene.stored(self.gravity):
            return (place,)
        found = scene.faces(self, image, self._side_px) if self._side_px else ()
        sure = tuple(face for face in found if face.is_sure)
        chosen = sure[:1] if self.gravity.one_face else sure
        return framing.bodies(chosen) if self.gravity.kind is Kind.BODY else chosen

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":
        """Scales, cuts and pads."""
        self.look(image, scene)
        plan = self.plan(Size(image.width, image.height), scene)
        if plan.scaled != (image.width, image.height):
            image = resample(image, plan.scaled)
        return self.place(image, plan, scene)

    def place(self, image: "pyvips.Image", plan: Plan, scene: Scene) -> "pyvips.Image":
        """The parts after scaling: `image` already has the size `plan.scaled`."""
        if plan.cropped and plan.cropped != (image.width, image.height):
            image = self._cut(image, plan.cropped, scene)
        if plan.canvas and plan.canvas != (image.width, image.height):
            image = self._lay(image, plan.canvas, scene)
        return resample(image, plan.enlarged) if plan.enlarged else image

    def background(self) -> Backdrop:
        """What shows beside the picture; transparent becomes white where the format has no alpha."""
        return NOTHING

    def _cut(self, image: "pyvips.Image", inner: Size, scene: Scene) -> "pyvips.Image":
        outer = Size(image.width, image.height)
        left, top = scene.once((id(self), outer), lambda: self._corner(image, inner, scene))
        left, top, right, bottom = self.bounded(outer, inner, left, top)
        return image.crop(left, top, right - left, bottom - top)

    def bounded(self, outer: Size, inner: Size, left: int, top: int) -> tuple[int, int, int, int]:
        """Left, top, right, bottom inside the picture: the window is pushed back in, keeping its size."""
        left = min(max(left, 0), outer.width - inner.width)
        top = min(max(top, 0), outer.height - inner.height)
        return left, top, left + inner.width, top + inner.height

    def _corner(self, image: "pyvips.Image", inner: Size, scene: Scene) -> tuple[int, int]:
        outer = Size(image.width, image.height)
        shift = (
            self.across.pixels(outer.width, scene.dpr),
            self.down.pixels(outer.height, scene.dpr),
        )
        faces = self.faces(image, scene)
        if self.gravity.by_boxes and faces:
            left, top = framing.corner(outer, inner, faces)
            return left + shift[0], top + shift[1]
        if self.gravity.by_content:
            areas = [_frame(area, scene.initial) for area in self.gravity.focus.areas]
            return salience.corner(image, inner, self.gravity.focus, faces, areas)
        if self.gravity.kind is Kind.XY_CENTER:
            return shift[0] - inner.width // 2, shift[1] - inner.height // 2
        return window(outer, inner, self.gravity.anchor, shift)

    def _lay(self, image: "pyvips.Image", canvas: Size, scene: Scene) -> "pyvips.Image":
        size = Size(image.width, image.height)
        shift = (
            self.across.pixels(canvas.width, scene.dpr),
            self.down.pixels(canvas.height, scene.dpr),
        )
        left, top = window(canvas, size, self.gravity.anchor, shift)
        backdrop = self.background()
        if backdrop.kind == "colour":
            return lay(image, canvas, (left, top), backdrop.colour)
        ground = sheet(image, backdrop, canvas)
        return settled(ground.composite2(image, "over", x=left, y=top)[:3])


def resample(image: "pyvips.Image", size: Size) -> "pyvips.Image":
    """Exactly `size`, by area averaging and Lanczos 3, alpha premultiplied meanwhile."""
    return image.thumbnail_image(size.width, height=size.height, size="force", no_rotate=True)


def _frame(area: Area, size: Size) -> framing.Frame:
    across, down = (area.x, area.width), (area.y, area.height)
    x, width = (length.pixels(size.width) / size.width for length in across)
    y, height = (length.pixels(size.height) / size.height for length in down)
    return framing.Frame(x, y, width, height)


def lay(
    image: "pyvips.Image", canvas: Size, corner: tuple[int, int], colour: Colour
) -> "pyvips.Image":
    """The picture on a canvas of one colour; an opaque colour also shows through its own transparency."""
    background: list[Any] = colour.rgba
    if colour.alpha == 255:
        background = colour.rgb
        image = image.flatten(background=background) if image.hasalpha() else image
    elif not image.hasalpha():
        image = image.addalpha()
    return image.embed(
        corner[0],
        corner[1],
        canvas.width,
        canvas.height,
        extend="background",
        background=background,
    )
