"""Backdrops: a colour, one found in the picture (`auto:…`), or the picture itself, blurred (`blurred:…`)."""

from typing import Self

import msgspec

from imgproxy.errors import NotSupported
from imgproxy.notation.colour import TRANSPARENT, Colour
from imgproxy.notation.number import read_integer

MODES = ("border", "predominant")
DIRECTIONS = ("horizontal", "vertical", "diagonal_desc", "diagonal_asc")
_EXPECTED = (
    "a colour, auto with :border or :predominant, _gradient, _contrast, :2 or :4, a direction and a palette,"
    " or blurred:<strength>:<brightness>"
)


class Backdrop(msgspec.Struct, frozen=True):
    """`kind`: `colour`, `auto` or `blurred`.

    Auto: colours of the border or of the whole picture, `count` 1, 2 or 4 of them as a gradient along `direction`,
    each turned to its opposite with `contrast`, or to the nearest of `palette`.  Blurred: `strength` 1 to 2000,
    `brightness` -300 to 100 in percent.
    """

    kind: str = "colour"
    colour: Colour = TRANSPARENT
    mode: str = "border"
    contrast: bool = False
    count: int = 1
    direction: str = "horizontal"
    palette: tuple[Colour, ...] = ()
    strength: int = 100
    brightness: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """`white`, `auto`, `auto:border_gradient:2:vertical`, `auto:predominant:palette_red_blue`, `blurred:400:15`."""
        head, *words = text.split(":")
        if head == "auto":
            return cls._automatic(words)
        if head == "gen_fill":
            raise NotSupported("b_gen_fill", "is a generative or add-on service")
        if head != "blurred":
            return cls(colour=Colour.parse(text))
        try:
            numbers = [read_integer(word, -300, 2000) for word in words]
        except ValueError:
            raise ValueError(_EXPECTED) from None
        strength, brightness, *more = (*numbers, *(100, 0)[len(numbers) :])
        if more or not 1 <= strength <= 2000 or brightness > 100:
            raise ValueError(
                "blurred with a strength from 1 to 2000 and a brightness from -300 to 100"
            )
        return cls("blurred", strength=strength, brightness=brightness)

    @classmethod
    def _automatic(cls, words: list[str]) -> Self:
        backdrop = cls("auto")
        for word in words:
            if word in DIRECTIONS:
                backdrop = msgspec.structs.replace(backdrop, direction=word)
            elif word in {"2", "4"}:
                backdrop = msgspec.structs.replace(backdrop, count=int(word))
            elif word.startswith("palette_"):
                colours = tuple(map(Colour.parse, word.removeprefix("palette_").split("_")))
                backdrop = msgspec.structs.replace(backdrop, palette=colours)
            else:
                backdrop = backdrop.styled(word)
        return backdrop

    def styled(self, word: str) -> Self:
        """As `border_gradient_contrast` or a part of it says. Raises ValueError."""
        mode, *more = word.split("_")
        if mode not in MODES or more not in (
            [],
            ["gradient"],
            ["contrast"],
            ["gradient", "contrast"],
        ):
            raise ValueError(_EXPECTED)
        count = (2 if self.count == 1 else self.count) if "gradient" in more else self.count
        return msgspec.structs.replace(self, mode=mode, contrast="contrast" in more, count=count)

    def __str__(self) -> str:
        if self.kind == "colour":
            return str(self.colour)
        if self.kind == "blurred":
            return f"blurred:{self.strength}:{self.brightness}"
        style = f"{self.mode}{'_gradient' if self.count > 1 else ''}{'_contrast' if self.contrast else ''}"
        words = ["auto", style]
        words += [str(self.count), self.direction] if self.count > 1 else []
        if self.palette:
            words.append("palette_" + "_".join(str(c).removeprefix("rgb:") for c in self.palette))
        return ":".join(words)


NOTHING = Backdrop()
