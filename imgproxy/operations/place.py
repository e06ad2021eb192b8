"""How a layer meets the picture: position, overflow, tiling, and blending."""

from typing import Any, ClassVar, NamedTuple, Self

import pyvips
from msgspec import field

from imgproxy.geometry import window
from imgproxy.notation.gravity import CENTER, Gravity
from imgproxy.notation.length import Offset
from imgproxy.notation.number import round_half_up
from imgproxy.operations._bands import luma, masked, settled, with_alpha
from imgproxy.operations._canvas import admit
from imgproxy.step import Bag, LayerPlace, Phase, Scene, fields
from imgproxy.values import Face, Size

FLAGS = frozenset("no_overflow tiled relative region_relative cutter".split())
"""Flags that say how a layer is laid."""

_MOST_FACES = 16
"""A crowd would be as many layers."""

BLENDS = {"multiply": "multiply", "screen": "screen", "overlay": "overlay"}
BLENDS |= {"cut_out": "dest-out", "mask": "mask", "displace": "displace", "anti_removal": "over"}
"""Effects that mean a way of blending when they stand beside an apply, to libvips' name."""


class Place(LayerPlace, frozen=True, kw_only=True):
    """`fl_layer_apply` closes a layer: `g`, `x`, `y` say where it lies, moved inwards from the gravity's edge.

    `fl_no_overflow` keeps the canvas, `fl_tiled` repeats the layer, `fl_relative` makes fractions inside the layer
    count from the picture below, `fl_cutter` and `e_mask` cut the picture to the layer's shape, `e_cut_out` cuts the
    shape out; `e_multiply`, `e_screen`, `e_overlay` blend, `e_displace` moves pixels by the layer's brightness.

    `g_face` lays it on the largest face, `g_faces` on every one, `g_custom` and `g_region_!name!` on the place that is
    stored with the picture; with `fl_region_relative` fractions inside the layer count from that box.  Where there is
    none, the layer lies by the gravity's fallback, and fractions count from the picture.
    """

    names: ClassVar[tuple[str, ...]] = ("layer_apply",)
    phase: ClassVar[Phase] = Phase.LAYER
    examples: ClassVar[tuple[str, ...]] = (
        "l_sample/fl_layer_apply,g_south_east,x_-10,y_5",
        "l_sample/fl_layer_apply,fl_no_overflow,g_north_west,x_-10",
        "l_sample/c_scale,fl_relative,w_1.0,h_0.5/fl_layer_apply,g_south,e_multiply",
        "l_sample/fl_layer_apply,e_screen,g_west",
        "l_sample/fl_layer_apply,e_overlay",
        "l_sample,w_20/fl_layer_apply,fl_tiled,o_60",
        "l_sample/fl_layer_apply,e_mask",
        "l_sample/fl_layer_apply,fl_cutter,g_east",
        "l_sample/fl_layer_apply,e_cut_out",
        "l_sample,w_1.0,h_1.0,fl_relative/fl_layer_apply,e_displace,x_12,y_8",
        "l_sample/c_fit,fl_region_relative,h_1.3,w_1.3/fl_layer_apply,g_faces",
        "l_sample/c_scale,h_1.0,w_1.0/fl_layer_apply,fl_region_relative,g_region_!door!",
    )
    spoken: ClassVar[frozenset[str]] = frozenset({"mode", "blend", *FLAGS})

    gravity: Gravity = field(default=CENTER, name="g")
    across: Offset = field(default=Offset(0), name="x")
    down: Offset = field(default=Offset(0), name="y")
    blend: str = ""
    no_overflow: bool = False
    tiled: bool = False
    relative: bool = False
    region_relative: bool = False
    cutter: bool = False

    @classmethod
    def of(cls, words: list[str], bag: Bag) -> Self:
        """From the flags and blend effects beside an apply, and its qualifiers. Raises BadParameter."""
        values: dict[str, Any] = {word: True for word in words if word in FLAGS}
        for spec in fields(cls):
            if spec.qualifier and (came := bag.claim(spec.qualifier)) is not None:
                values[spec.name] = spec.read(spec.qualifier, came)
        blends = [word.partition(":")[0] for word in words if word.partition(":")[0] in BLENDS]
        return cls(blend=blends[-1] if blends else "", **values)

    def canonical(self) -> tuple[str, ...]:
        """Always a closing component of its own, flags spelled one by one."""
        flags = [f"fl_{word}" for word in sorted(FLAGS) if getattr(self, word)]
        blend = [f"e_{self.blend}"] if self.blend else []
        _, *qualifiers = super().canonical()
        return ("fl_layer_apply", *blend, *flags, *qualifiers)

    @property
    def is_relative(self) -> bool:
        """Whether fractions inside the layer are of the picture below."""
        return self.relative or self.region_relative

    @property
    def is_region_relative(self) -> bool:
        """Whether fractions inside the layer are of the box that it is laid on."""
        return self.region_relative

    def boxes(self, below: pyvips.Image, scene: Scene) -> tuple[Face, ...]:
        """A place that is stored with the asset, or faces."""
        if place := scene.stored(self.gravity):
            return (place,)
        if not self.gravity.by_faces:
            return ()
        found = tuple(face for face in scene.faces(self, below) if face.is_sure)
        return found[:1] if self.gravity.one_face else found[:_MOST_FACES]

    def lay(
        self,
        below: pyvips.Image,
        layer: pyvips.Image,
        scene: Scene,
        *,
        under: bool = False,
        on: Face | None = None,
    ) -> pyvips.Image:
        """One picture of both, with alpha where either has any; grown to hold the layer unless told not to.

        What is laid on a box changes no canvas, because the next box is found by the picture's sides.
        """
        if self.tiled:
            layer = _tiled(layer, Size(below.width, below.height))
        corner = self._corner(below, layer, scene, on)
        if self.cutter or self.blend == "mask":
            return _shaped(below, layer, corner)
        if self.blend == "displace":
            return self._displaced(below, layer, scene)
        canvas = _canvas(
            below,
            layer,
            corner,
            fixed=self.no_overflow or self.tiled or bool(self.blend) or on is not None,
            scene=scene,
        )
        pair = [canvas.put(below, (0, 0)), canvas.put(layer, corner)]
        if under:
            pair.reverse()
        mode = BLENDS.get(self.blend, "over")
        return settled(pair[0].composite2(pair[1], mode))

    def _corner(
        self, below: pyvips.Image, layer: pyvips.Image, scene: Scene, on: Face | None
    ) -> tuple[int, int]:
        outer, inner = Size(below.width, below.height), Size(layer.width, layer.height)
        shift = (
            self.across.pixels(outer.width, scene.dpr),
            self.down.pixels(outer.height, scene.dpr),
        )
        if on:
            x, y = (on.x + on.width / 2) * outer.width, (on.y + on.height / 2) * outer.height
            left, top = round_half_up(x - inner.width / 2), round_half_up(y - inner.height / 2)
            return left + shift[0], top + shift[1]
        return window(outer, inner, self.gravity.anchor, shift)

    def _displaced(self, below: pyvips.Image, layer: pyvips.Image, scene: Scene) -> pyvips.Image:
        """Each pixel fetched from beside itself: mid grey of the layer stays, black and white move by all of x and y."""
        sheet = layer.flatten(background=128) if layer.hasalpha() else layer
        sheet = _Canvas(Size(below.width, below.height), (0, 0)).put(
            sheet, (0, 0), background=[128, 128, 128]
        )
        strength = luma(sheet) / 127.5 - 1
        index = pyvips.Image.xyz(below.width, below.height)
        moved = index + strength.bandjoin(strength) * [
            self.across.pixels(below.width, scene.dpr),
            self.down.pixels(below.height, scene.dpr),
        ]
        # held inside by hand: what mapim makes up beyond the edge is black
        inside = (
            moved[0]
            .clamp(min=0, max=below.width - 1)
            .bandjoin(moved[1].clamp(min=0, max=below.height - 1))
        )
        return settled(below.mapim(inside, interpolate=pyvips.Interpolate.new("bilinear")))


class _Canvas(NamedTuple):
    """A size, and where the lower picture's corner lies on it."""

    size: Size
    origin: tuple[int, int]

    def put(
        self, image: pyvips.Image, corner: tuple[int, int], background: list[float] | None = None
    ) -> pyvips.Image:
        """The picture at `corner` (counted from the lower picture's own), see-through around it."""
        image = image if background else with_alpha(image)
        left, top = self.origin[0] + corner[0], self.origin[1] + corner[1]
        if (left, top, image.width, image.height) == (0, 0, *self.size):
            return image
        ground = background or [0, 0, 0, 0]
        return image.embed(left, top, *self.size, extend="background", background=ground)


def _canvas(
    below: pyvips.Image, layer: pyvips.Image, corner: tuple[int, int], *, fixed: bool, scene: Scene
) -> _Canvas:
    """The lower picture's own canvas, or one that also holds the layer. Raises LimitExceeded."""
    if fixed:
        return _Canvas(Size(below.width, below.height), (0, 0))
    left, top = min(0, corner[0]), min(0, corner[1])
    right = max(below.width, corner[0] + layer.width)
    bottom = max(below.height, corner[1] + layer.height)
    return _Canvas(Size(*admit(right - left, bottom - top, scene)), (-left, -top))


def _tiled(layer: pyvips.Image, size: Size) -> pyvips.Image:
    across, down = -(-size.width // layer.width), -(-size.height // layer.height)
    return layer.replicate(across, down).crop(0, 0, *size)


def _shaped(below: pyvips.Image, layer: pyvips.Image, corner: tuple[int, int]) -> pyvips.Image:
    """The picture where the layer is, as dense as the layer is; an opaque layer's brightness is its density."""
    density = layer[layer.bands - 1] if layer.hasalpha() else settled(luma(layer))
    sheet = density.embed(corner[0], corner[1], below.width, below.height)
    return masked(below, sheet)
