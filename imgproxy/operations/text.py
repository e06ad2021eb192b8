"""Text as a layer."""

from math import ceil
from typing import TYPE_CHECKING, Any, ClassVar, Self

from msgspec import field, structs

from imgproxy.errors import BadCombination
from imgproxy.notation.colour import BLACK, TRANSPARENT, Colour
from imgproxy.notation.length import Length
from imgproxy.notation.number import round_half_up
from imgproxy.operations._bands import settled
from imgproxy.operations._canvas import admit, sheet
from imgproxy.operations._silhouette import grown, over, painted
from imgproxy.operations._text_style import TextStyle, Wording, parted
from imgproxy.operations._typeset import Setting
from imgproxy.operations.border import Line
from imgproxy.step import Bag, LayerSource, Scene
from imgproxy.values import Size

if TYPE_CHECKING:
    import pyvips

FLAGS = {"text_no_trim": "no_trim", "text_disallow_overflow": "disallow_overflow"}
"""Flags that say how text is drawn, to the fields they set; anywhere in the layer."""

_HAIRLINE = Line(1, BLACK)
_PADDING = frozenset("pad lpad mpad fill_pad".split())


class TextLayer(LayerSource, frozen=True, kw_only=True):
    """`l_text:<style>:<words>` writes over the picture, `u_text:…` under it. Commas and slashes in words are escaped twice.

    With `c_fit` and `w` in the opening component lines break at that width (a fraction counts from the picture below),
    and `h` cuts with an ellipsis what is too high; without `c_fit` they scale the written text like any layer.
    `co` is the colour, black by default, `b` fills the box behind; with `stroke` in the style, `bo_<width>px_solid_<colour>`
    runs around the letters (1 px black by default), otherwise around the box.

    The picture is as large as the ink; `fl_text_no_trim` leaves the height of the lines and a little room beside them.
    `fl_text_disallow_overflow` refuses text that does not fit into its box, or into the picture where it has none.
    A font that the machine does not have is replaced by Source Sans Pro, which comes with the service, as does Rubik
    for Hebrew and Arabic; files of fonts cannot be brought along.
    """

    names: ClassVar[tuple[str, ...]] = ("text",)
    spoken: ClassVar[frozenset[str]] = frozenset({"mode", "under", *FLAGS.values()})
    examples: ClassVar[tuple[str, ...]] = (
        "co_white,l_text:Source%20Sans%20Pro_22_bold:Villa/fl_layer_apply,g_south,y_6",
        "c_fit,co_white,l_text:Source%20Sans%20Pro_12_bold_center:A%20house%252C%20a%20lawn%20and%20a%20tree,w_80",
        "bo_2px_solid_black,co_gold,l_text:Source%20Sans%20Pro_30_bold_stroke:Sold/a_-12/fl_layer_apply",
        "b_rgb:000a,co_white,fl_text_no_trim,g_north_west,l_text:Source%20Sans%20Pro_14:New,x_4,y_4",
        "c_fit,h_30,l_text:Source%20Sans%20Pro_12_light_italic:Words%20that%20go%20on%20and%20on%20and%20on,w_70",
        "co_white,l_text:Source%20Sans%20Pro_16_letter_spacing_3_line_spacing_-4_underline:Open%250Aday",
    )

    style: TextStyle
    words: Wording
    width: Length | None = field(default=None, name="w")
    height: Length | None = field(default=None, name="h")
    colour: Colour = field(default=BLACK, name="co")
    background: Colour = field(default=TRANSPARENT, name="b")
    border: Line | None = field(default=None, name="bo")
    no_trim: bool = False
    disallow_overflow: bool = False

    @classmethod
    def claims(cls, parameters: list[tuple[str, str]]) -> frozenset[str]:
        """The colour; the box that text is set in; and what else is written for letters and not for the box."""
        values = dict(parameters)
        keys = {"co"}
        if values.get("c") == "fit" and "w" in values:
            keys |= {"c", "w", "h"}
        if values.get("c") not in _PADDING:
            keys.add("b")
        opening = values.get("l") or values.get("u") or ""
        if "_stroke" in parted(opening.removeprefix("text:"))[0]:
            keys.add("bo")
        return frozenset(keys)

    @classmethod
    def take(cls, name: str, value: str, bag: Bag) -> Self:
        """As any step; a border written inside the style becomes its own."""
        step = super().take(name, ":".join(parted(value)), bag)
        inline = step.style.border
        plain = structs.replace(step.style, border=None)
        return structs.replace(step, style=plain, border=step.border or inline)

    def flagged(self, words: list[str]) -> Self:
        """With those of the flags that are about text."""
        told: dict[str, Any] = {FLAGS[word]: True for word in words if word in FLAGS}
        return structs.replace(self, **told)

    def canonical(self) -> tuple[str, ...]:
        """With `c_fit` where there is a width, and its flags."""
        fit = ["c_fit"] if self.width else []
        flags = [f"fl_{flag}" for flag, name in FLAGS.items() if getattr(self, name)]
        return (*super().canonical(), *fit, *flags)

    def draw(self, scene: Scene) -> "pyvips.Image":
        """Background, stroke and letters, one over the other; `scene` is that of the picture below."""
        stroke_px = self._line.width * scene.dpr if self.style.stroke else 0.0
        margin = ceil(stroke_px)
        image = self._letters(scene, margin)
        admit(image.width + 2 * margin, image.height + 2 * margin, scene)
        image = self._stroked(image, stroke_px) if stroke_px else self._faded(image)
        self._check(image, scene)
        if self.background.alpha:
            image = over(image, sheet(image.width, image.height, self.background))
        return image.copy(interpretation="srgb")

    @property
    def _line(self) -> Line:
        return self.border or _HAIRLINE

    def _letters(self, scene: Scene, margin: int) -> "pyvips.Image":
        """In their colour, leaving `margin` on every side of the box for the stroke."""
        box = self._box(scene)
        wrap = max(1, box.width - 2 * margin) if box else None
        setting = Setting(self.words.text, self.style, self.colour, scene.dpr, wrap)
        if box and self.height and not self.disallow_overflow:
            image = setting.cut_to(max(1, box.height - 2 * margin), scene)
        else:
            image = setting.picture(scene)
        if self.no_trim:
            image = setting.line_box(image)
        if not self.style.smooth:
            image = image[:3].bandjoin(image[3] >= 128)
        return image

    def _box(self, scene: Scene) -> Size | None:
        """The box that text is set in, in pixels; without `h` it is as high as the picture may be."""
        if self.width is None:
            return None
        below = scene.initial
        height = _side(self.height, below.height, scene.dpr) if self.height else scene.max_pixels
        return Size(_side(self.width, below.width, scene.dpr), height)

    def _stroked(self, image: "pyvips.Image", px: float) -> "pyvips.Image":
        """The line is cut out where letters are, so that letters that are see-through stay so."""
        margin = ceil(px)
        size = image.width + 2 * margin, image.height + 2 * margin
        roomy = image.embed(margin, margin, *size)
        ring = painted(settled(grown(roomy[3], px) * (roomy[3] / -255 + 1)), self._line.colour)
        both = self._faded(roomy).premultiply() + ring.premultiply()
        return settled(both.unpremultiply())

    def _faded(self, image: "pyvips.Image") -> "pyvips.Image":
        """As see-through as the colour is."""
        if self.colour.alpha == 255:
            return image
        return image[:3].bandjoin(settled(image[3] * (self.colour.alpha / 255)))

    def _check(self, image: "pyvips.Image", scene: Scene) -> None:
        """Raises BadCombination where overflow is not allowed."""
        room = self._box(scene) or scene.initial
        if self.disallow_overflow and (image.width > room.width or image.height > room.height):
            needs = f"text of {image.width}×{image.height} px"
            raise BadCombination(
                "fl_text_disallow_overflow",
                f"allows {room.width}×{room.height} px and comes with {needs}",
            )


def _side(length: Length, below: int, dpr: float) -> int:
    """A fraction is of the picture below, which has its pixel ratio already."""
    if length.fraction:
        return max(1, round_half_up(length.value * below))
    return length.pixels(below, dpr)
