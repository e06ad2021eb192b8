"""Rotate and flip."""

import math
import re
from typing import ClassVar, Self

import msgspec
import pyvips

from imgproxy.notation.number import read_decimal, round_half_up, spell
from imgproxy.operations._bands import weighted, with_alpha
from imgproxy.operations._canvas import admit
from imgproxy.step import Phase, Scene, Step

_WORDS = re.compile(r"[+-]?\d+(?:\.\d+)?|[a-z_]+")
_LARGEST = 1_000_000


class Turns(msgspec.Struct, frozen=True):
    """Any chain of turns and flips comes to this: mirrored left to right or not, then turned clockwise by 0 to 360.

    `stored`: from the stored orientation, without the camera's mark. `auto`: `left` or `right`, a quarter first where
    the picture lies across the box asked for.
    """

    mirrored: bool = False
    degrees: float = 0.0
    stored: bool = False
    auto: str = ""

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
    )

    turns: Turns

    @property
    def keeps_stored_orientation(self) -> bool:
        """Whether the picture is to be read as it lies in the file."""
        return self.turns.stored

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":
        """Mirrored first, then turned."""
        image = image.fliphor() if self.turns.mirrored else image
        degrees = self.turns.degrees
        return turned(image, degrees, scene)


def turned(image: "pyvips.Image", degrees: float, scene: Scene) -> "pyvips.Image":
    """Clockwise by 0 to 360 degrees; quarters exactly, others onto a canvas around the turned corners."""
    if degrees % 90 == 0:
        return image if degrees == 0 else image.rot(f"d{degrees:.0f}")
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    width, height = admit(*bounding(image.width, image.height, cosine, sine), scene)
    matrix = [cosine, -sine, sine, cosine]
    # the middle goes to the middle; coordinates of libvips are of pixel centres
    across, down = (image.width - 1) / 2, (image.height - 1) / 2
    shift = {
        "odx": (width - 1) / 2 - cosine * across + sine * down,
        "ody": (height - 1) / 2 - sine * across - cosine * down,
    }
    return weighted(
        with_alpha(image),
        lambda bands: bands.affine(
            matrix,
            interpolate=pyvips.Interpolate.new("bicubic"),
            oarea=[0, 0, width, height],
            **shift,
        ),
    )


def bounding(width: int, height: int, cosine: float, sine: float) -> tuple[int, int]:
    """Sides of the upright box around a turned picture, in whole pixels."""
    across = abs(width * cosine) + abs(height * sine)
    down = abs(width * sine) + abs(height * cosine)
    return max(1, round_half_up(across)), max(1, round_half_up(down))
