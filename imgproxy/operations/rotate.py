"""Rotate and flip."""

import math
import re
from typing import TYPE_CHECKING, ClassVar, Self

import msgspec

from imgproxy.notation.length import Length
from imgproxy.notation.number import read_decimal, spell
from imgproxy.notation.ratio import Ratio
from imgproxy.operations._warp import slanted
from imgproxy.step import Bag, Phase, Scene, Step

if TYPE_CHECKING:
    import pyvips

_WORDS = re.compile(r"[+-]?\d+(?:\.\d+)?|[a-z_]+")
_LARGEST = 1_000_000


class Turns(msgspec.Struct, frozen=True):
    """Any chain of turns and flips comes to this: mirrored left to right or not, then turned clockwise by 0 to 360.

    `stored`: from the stored orientation, without the camera's mark. `auto`: `left` or `right`, a quarter first where
    the picture lies across the box asked for; `landscape` says how that lies, `None` when nothing or a square is asked.
    """

    mirrored: bool = False
    degrees: float = 0.0
    stored: bool = False
    auto: str = ""
    landscape: bool | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """`90`, `-30`, `hflip`, `vflip`, `ignore`, `auto_left`, `auto_right`, joined by dots and done in that order."""
        words = _WORDS.findall(text)
        if ".".join(words) != text:
            raise ValueError(_EXPECTED)
        turns = cls()
        for word in words:
            turns = turns.then(word)
        return turns

    def then(self, word: str) -> Self:
        """One more turn or flip behind these. Raises ValueError."""
        if word in {"hflip", "vflip"}:
            # a mirror behind a turn is the opposite turn behind a mirror; upside down is a mirror and half a turn
            half = 180.0 if word == "vflip" else 0.0
            return self._with(mirrored=not self.mirrored, degrees=(half - self.degrees) % 360)
        if word in {"ignore", "exif", "auto"}:
            return self._with(stored=self.stored or word == "ignore")
        if word in {"auto_left", "auto_right"}:
            return self._with(auto=word.removeprefix("auto_"))
        try:
            return self._with(
                degrees=(self.degrees + read_decimal(word, -_LARGEST, _LARGEST)) % 360
            )
        except ValueError:
            raise ValueError(_EXPECTED) from None

    def _with(self, **changes: object) -> Self:
        return msgspec.structs.replace(self, **changes)

    def __str__(self) -> str:
        words = (
            ["ignore"] * self.stored
            + [f"auto_{self.auto}"] * bool(self.auto)
            + ["hflip"] * self.mirrored
        )
        if self.degrees or not words:
            words.append(spell(self.degrees))
        return ".".join(words)


_EXPECTED = "degrees, hflip, vflip, ignore, auto_left or auto_right, joined by dots"


class Rotate(Step, frozen=True, kw_only=True):
    """`a_<degrees>` clockwise, `a_hflip`, `a_vflip`, `a_ignore`, joined by dots: `a_hflip.45`.

    Angles other than quarters enlarge the canvas to what the turned picture needs; its new corners are transparent, or
    `b_`. `a_ignore` leaves out the camera's orientation mark; `a_exif` and `a_auto` mean what happens anyway.
    `a_auto_left` and `a_auto_right` turn by a quarter before resizing where `w` and `h` are wide and the picture is high, or
    the other way round.
    """

    key: ClassVar[str] = "a"
    phase: ClassVar[Phase] = Phase.ROTATE
    examples: ClassVar[tuple[str, ...]] = (
        "a_90",
        "a_-20",
        "a_hflip",
        "a_vflip.hflip",
        "a_hflip.45",
        "a_ignore",
        "a_15,b_lightblue",
        "a_auto_right,c_fill,h_90,w_60",
    )

    turns: Turns

    @classmethod
    def take(cls, name: str, value: str, bag: Bag) -> Self:
        """Looks at the box that the resize of the same component asks for."""
        step = super().take(name, value, bag)
        if not step.turns.auto:
            return step
        return cls(turns=msgspec.structs.replace(step.turns, landscape=_lies_wide(bag)))

    @property
    def order(self) -> Phase:
        """Before the resize when it depends on the box, after it otherwise."""
        return Phase.ORIENT if self.turns.auto else self.phase

    @property
    def keeps_stored_orientation(self) -> bool:
        """Whether the picture is to be read as it lies in the file."""
        return self.turns.stored

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":
        """Laid along the box first, then mirrored, then turned."""
        wide = image.width > image.height
        if self.turns.landscape not in {None, wide} and image.width != image.height:
            image = image.rot270() if self.turns.auto == "left" else image.rot90()
        image = image.fliphor() if self.turns.mirrored else image
        return turned(image, self.turns.degrees, scene)


def _lies_wide(bag: Bag) -> bool | None:
    """Whether the box is wider than high; `None` when it is square, or known only with the picture at hand."""
    width, height, ratio = (bag.peek(key) for key in ("w", "h", "ar"))
    try:
        if width and height:
            sides = Length.parse(width), Length.parse(height)
            shape = (
                sides[0].value / sides[1].value if sides[0].fraction == sides[1].fraction else 1.0
            )
        else:
            shape = Ratio.parse(ratio).value if ratio else 1.0
    except ValueError:
        return None  # the resize says what is wrong with it
    return None if shape == 1 else shape > 1


def turned(image: "pyvips.Image", degrees: float, scene: Scene) -> "pyvips.Image":
    """Clockwise by 0 to 360 degrees; quarters exactly, others onto a canvas around the turned corners."""
    if degrees % 90 == 0:
        return image if degrees == 0 else image.rot(f"d{degrees:.0f}")
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return slanted(image, [cosine, -sine, sine, cosine], scene)
