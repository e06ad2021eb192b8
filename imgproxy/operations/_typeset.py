"""Words to letters: line breaks, directions, cutting to a height; Pango does the setting.

The underscore keeps this file out of the registry. Pango's markup is made here of escaped words, so that nothing a
URL says is ever markup. All lengths are in pixels of the result.
"""

import unicodedata
from bisect import bisect_right
from html import escape
from math import ceil

import msgspec
import pyvips

from imgproxy.errors import BadParameter, LimitExceeded
from imgproxy.notation.colour import Colour
from imgproxy.operations import _fonts
from imgproxy.operations._canvas import admit
from imgproxy.operations._text_style import Align, TextStyle
from imgproxy.step import Scene

ELLIPSIS = "…"
_LARGEST_PX = 32_000
"""Cairo has no surface with a longer side."""

_TRIAL_PX = 8.0
_SIDE_SHARE = 0.1
_HAIR = 0.2
_ONE, _TWO, _TALL = "x", "x\nx", "Hg"


class Setting(msgspec.Struct, frozen=True):
    """Words in a style; `scale` is the device pixel ratio, `wrap_px` the width at which lines break."""

    words: str
    style: TextStyle
    colour: Colour
    scale: float = 1.0
    wrap_px: int | None = None

    def picture(self, scene: Scene) -> pyvips.Image:
        """Four bands, as large as the ink. Raises LimitExceeded, or BadParameter for words without ink."""
        self._admit(scene)
        image, wrap_px = self.ink(self.wrap_px), self.wrap_px or 0
        for step in (1, 2, 4, 8, 16):
            # ink may reach beyond the width that a line takes; then lines are set narrower until a word moves down
            beyond = image.width - self.wrap_px if self.wrap_px else 0
            if not 0 < beyond * step < wrap_px:
                break
            wrap_px -= beyond * step
            image = self.ink(wrap_px)
        return image

    def cut_to(self, height_px: int, scene: Scene) -> pyvips.Image:
        """As many lines as the height holds, the last with an ellipsis where words are left out.

        One line there is always; where even that is too high, its lower part is cut off.
        """
        best = self.picture(scene)
        if best.height > height_px and (most := self._lines_in(height_px)) < self._lines(best):
            ends = _ends(self.words)
            at = bisect_right(
                ends, most, key=lambda end: self._lines(self._shortened(end).picture(scene))
            )
            best = self._shortened(ends[at - 1] if at else 0).picture(scene)
        return best if best.height <= height_px else best.crop(0, 0, best.width, height_px)

    def line_box(self, image: pyvips.Image) -> pyvips.Image:
        """The picture with the full height of its lines, and a tenth of the size beside them."""
        side, top = ceil(self.style.size * self.scale * _SIDE_SHARE), image.get("yoffset")
        height = self._lines(image) * (self._pitch + self._leading) - self._leading
        above = max(0, top)
        below = max(0, height - top - image.height)
        return image.embed(side, above, image.width + 2 * side, above + image.height + below)

    @property
    def _leading(self) -> int:
        return round(self.style.line_spacing * self.scale)

    @property
    def _pitch(self) -> int:
        """From line to line, without what the style puts between."""
        return max(1, self._measured(_TWO) - self._measured(_ONE) - self._leading)

    def _measured(self, words: str) -> int:
        return int(msgspec.structs.replace(self, words=words).ink(None).height)

    def _lines(self, image: pyvips.Image) -> int:
        """How many lines reach as low as the ink does; a hair more is a letter of another font."""
        bottom: int = image.get("yoffset") + image.height
        return max(1, ceil((bottom + self._leading) / self._advance - _HAIR))

    def _lines_in(self, height_px: int) -> int:
        return max(1, 1 + (height_px - self._measured(_TALL)) // self._advance)

    @property
    def _advance(self) -> int:
        return max(1, self._pitch + self._leading)

    def _shortened(self, end: int) -> "Setting":
        return msgspec.structs.replace(self, words=f"{self.words[:end].rstrip()}{ELLIPSIS}")

    def _admit(self, scene: Scene) -> None:
        """Refuses what would be too large, tried small where so many words might be."""
        size = self.style.size * self.scale
        if (len(self.words) * (size + self._air())) ** 2 < scene.max_pixels / 5:
            return
        factor = max(1.0, size / _TRIAL_PX)
        wrap = max(1, int(self.wrap_px / factor)) if self.wrap_px else None
        trial = msgspec.structs.replace(self, scale=self.scale / factor).ink(wrap)
        width, height = round(trial.width * factor), round(trial.height * factor)
        admit(width, height, scene)
        if max(width, height) > _LARGEST_PX:
            raise LimitExceeded("the text in pixels", f"{width}×{height}", _LARGEST_PX)

    def _air(self) -> float:
        return max(0.0, self.style.letter_spacing, self.style.line_spacing) * self.scale

    def ink(self, wrap_px: int | None) -> pyvips.Image:
        """Four bands; `xoffset` and `yoffset` in it are where the first line begins. Raises BadParameter."""
        _fonts.load()
        try:
            return pyvips.Image.text(
                self._markup(),
                dpi=72,  # a point is a pixel
                rgba=True,
                align=self._side(),
                justify=self.style.align is Align.JUSTIFY,
                spacing=self._leading,
                **({"width": wrap_px, "wrap": "word-char"} if wrap_px else {}),
            )
        except pyvips.Error:
            raise BadParameter("l_text", self.words, "words that leave ink") from None

    def _markup(self) -> str:
        style, colour = self.style, self.colour
        families = ", ".join([style.font.replace("_", " "), *_fonts.FAMILIES])
        attributes = {
            "font_family": families,
            "size": str(round(style.size * self.scale * 1024)),
            "weight": style.weight,
            "style": "italic" if style.italic else "normal",
            "foreground": f"#{colour.red:02x}{colour.green:02x}{colour.blue:02x}",
            "letter_spacing": str(round(style.letter_spacing * self.scale * 1024)),
            "underline": "single" if style.line == "underline" else "none",
            "strikethrough": "true" if style.line == "strikethrough" else "false",
        }
        pairs = " ".join(f'{name}="{escape(value)}"' for name, value in attributes.items())
        return f"<span {pairs}>{escape(self.words)}</span>"

    def _side(self) -> str:
        """Pango means start and end by low and high."""
        near, far = ("high", "low") if _reads_leftwards(self.words) else ("low", "high")
        match self.style.align:
            case Align.CENTER:
                return "centre"
            case Align.LEFT:
                return near
            case Align.RIGHT:
                return far
            case Align.END:
                return "high"
            case _:
                return "low"


def _reads_leftwards(words: str) -> bool:
    """By the first letter that has a direction."""
    kinds = (unicodedata.bidirectional(character) for character in words)
    return next((kind for kind in kinds if kind in {"L", "R", "AL"}), "L") != "L"


def _ends(words: str) -> list[int]:
    """Where the text may be cut: behind words, and inside the first one."""
    behind = [
        at for at in range(1, len(words)) if words[at].isspace() and not words[at - 1].isspace()
    ]
    first = behind[0] if behind else len(words)
    inside = [at for at in range(1, first) if not unicodedata.combining(words[at])]
    return inside + behind
