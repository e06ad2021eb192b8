"""Tint."""

from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar, Self

import msgspec
import pyvips

from imgproxy.notation.colour import BLACK, WHITE, Colour
from imgproxy.notation.number import read_integer
from imgproxy.operations._bands import blended, luma, settled, toned
from imgproxy.operations._words import words
from imgproxy.step import Scene, Step

if TYPE_CHECKING:
    from collections.abc import Iterable

RED = Colour(255, 0, 0)
_MOST_COLOURS = 16


class Stop(msgspec.Struct, frozen=True):
    """A colour at a brightness of 0 to 100 percent."""

    colour: Colour
    percent: int


class Ramp(msgspec.Struct, frozen=True):
    """How much, and which colour stands for which brightness, dark first."""

    equalized: bool = False
    amount: int = 60
    stops: tuple[Stop, ...] = (Stop(RED, 50),)

    @classmethod
    def parse(cls, text: str) -> Self:
        """`[equalize:][amount:]colour[:<n>p]…`; colours without a place are spread evenly."""
        rest = words(text)
        equalized = rest[:1] == ["equalize"]
        rest = rest[equalized:]
        amount = 60
        if rest and rest[0].isdigit() and len(rest[0]) <= 3:
            amount = read_integer(rest.pop(0), 0, 100)
        return cls(equalized, amount, _stops(rest) or (Stop(RED, 50),))

    def colours(self) -> list[Stop]:
        """With both ends: a single colour lies between black and white, several reach to the ends themselves."""
        stops = sorted(self.stops, key=lambda stop: stop.percent)
        if len(stops) == 1:
            stops = [Stop(BLACK, 0), *stops, Stop(WHITE, 100)]
        return [Stop(stops[0].colour, -1), *stops, Stop(stops[-1].colour, 101)]

    def __str__(self) -> str:
        parts = ["equalize"] * self.equalized + [str(self.amount)]
        return ":".join(parts + [f"{stop.colour}:{stop.percent}p" for stop in self.stops])


class Tint(Step, frozen=True, kw_only=True):
    """`e_tint[:equalize][:amount][:colour[:<n>p]]…`: brightness painted in colours; amount 0 to 100, default 60.

    Dark parts take the first colour, light ones the last; `<n>p` sets the brightness in percent a colour stands for. One
    colour alone (default red) runs from black over it to white. `equalize` spreads the brightness first.
    """

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("tint",)
    examples: ClassVar[tuple[str, ...]] = (
        "e_tint",
        "e_tint:100:navy:orange",
        "e_tint:equalize:80:1d3557:0p:e63946:40p:f1faee:90p",
    )

    ramp: Ramp = Ramp()

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":  # noqa: ARG002 - the shape of a step
        """Brightness through a table of colours, mixed with the picture."""
        return toned(image, self._painted)

    def _painted(self, colour: "pyvips.Image") -> "pyvips.Image":
        bright = settled(luma(colour)).copy(interpretation="b-w")
        if self.ramp.equalized:
            bright = bright.hist_equal()
        return blended(colour, bright.maplut(_table(self.ramp.colours())), self.ramp.amount / 100)


def _stops(rest: list[str]) -> tuple[Stop, ...]:
    """Colours with their places; even ones where none is written."""
    named: list[tuple[Colour, int | None]] = []
    for word in rest:
        if word.endswith("p") and word[:-1].isdigit():
            if not named:
                raise ValueError("a colour before its place")
            named[-1] = (named[-1][0], read_integer(word[:-1], 0, 100))
        else:
            named.append((Colour.parse(word), None))
    if len(named) > _MOST_COLOURS:
        raise ValueError(f"at most {_MOST_COLOURS} colours")
    even = _even(len(named))
    return tuple(
        Stop(colour, even[at] if place is None else place)
        for at, (colour, place) in enumerate(named)
    )


def _even(count: int) -> list[int]:
    return [50] if count == 1 else [round(100 * at / (count - 1)) for at in range(count)]


def _table(stops: "Iterable[Stop]") -> "pyvips.Image":
    """256 colours, linear between the stops."""
    spans = list(pairwise(stops))

    def at(level: float) -> list[float]:
        low, high = next(span for span in spans if level <= span[1].percent)
        share = (level - low.percent) / max(1e-9, high.percent - low.percent)
        return [a + (b - a) * share for a, b in zip(low.colour.rgb, high.colour.rgb, strict=True)]

    colours = [at(level / 2.55) for level in range(256)]
    red, *others = [
        pyvips.Image.new_from_array([list(band)]) for band in zip(*colours, strict=True)
    ]
    return red.bandjoin(others)
