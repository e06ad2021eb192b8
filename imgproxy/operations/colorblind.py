"""How a picture looks to colour-blind eyes, and help for them."""

from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Self

import msgspec
import pyvips

from imgproxy.notation.number import read_integer
from imgproxy.operations._bands import LUMA, Rows, mixed, toned
from imgproxy.step import Scene, Step

if TYPE_CHECKING:
    from collections.abc import Mapping


class Sight(StrEnum):
    """Which cones are missing or shifted."""

    DEUTERANOPIA = "deuteranopia"
    PROTANOPIA = "protanopia"
    TRITANOPIA = "tritanopia"
    TRITANOMALY = "tritanomaly"
    DEUTERANOMALY = "deuteranomaly"
    CONE_MONOCHROMACY = "cone_monochromacy"
    ROD_MONOCHROMACY = "rod_monochromacy"


_RODS = (0.06, 0.62, 0.32)
"""Rods see best at 507 nm: little red, much of what the green and blue primaries send there (our estimate)."""

MATRICES: "Mapping[Sight, Rows]" = {
    Sight.PROTANOPIA: (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    Sight.DEUTERANOPIA: (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    Sight.DEUTERANOMALY: (
        (0.547494, 0.607765, -0.155259),
        (0.181692, 0.781742, 0.036566),
        (-0.010410, 0.027275, 0.983136),
    ),
    Sight.TRITANOPIA: (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
    Sight.TRITANOMALY: (
        (1.104996, -0.046633, -0.058363),
        (-0.032137, 0.971635, 0.060503),
        (0.001336, 0.317922, 0.680742),
    ),
    Sight.CONE_MONOCHROMACY: (LUMA, LUMA, LUMA),
    Sight.ROD_MONOCHROMACY: (_RODS, _RODS, _RODS),
}
"""On linear light; Machado, Oliveira and Fernandes 2009, severity 1.0, and 0.6 for the two anomalies."""


class SimulateColorblind(Step, frozen=True, kw_only=True):
    """`e_simulate_colorblind[:condition]`: as people with that condition see it; default deuteranopia."""

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("simulate_colorblind",)
    examples: ClassVar[tuple[str, ...]] = (
        "e_simulate_colorblind",
        *(f"e_simulate_colorblind:{sight}" for sight in Sight if sight != Sight.DEUTERANOPIA),
    )

    condition: Sight = Sight.DEUTERANOPIA

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":  # noqa: ARG002 - the shape of a step
        """A matrix on linear light."""
        return toned(image, lambda colour: seen(colour, self.condition))


def seen(colour: Any, condition: Sight) -> Any:
    """Three bands of gamma-coded sRGB as that condition sees them."""
    light = colour.copy(interpretation="srgb").colourspace("scrgb")
    return mixed(light, MATRICES[condition]).copy(interpretation="scrgb").colourspace("srgb")


class Assistance(msgspec.Struct, frozen=True):
    """Stripes of a strength of 1 to 100, or `None` for the x-ray look."""

    strength: int | None = 10

    @classmethod
    def parse(cls, text: str) -> Self:
        """`20`, `xray`."""
        if text == "xray":
            return cls(None)
        try:
            return cls(read_integer(text, 1, 100))
        except ValueError:
            raise ValueError("1 to 100, or xray") from None

    def __str__(self) -> str:
        return "xray" if self.strength is None else str(self.strength)


class AssistColorblind(Step, frozen=True, kw_only=True):
    """`e_assist_colorblind[:strength|xray]`: red and green told apart without colour; strength 1 to 100, default 10.

    Stripes rise over what is reddish and fall over what is greenish, the stronger the more colourful it is. `xray`
    instead moves the difference of red and green into brightness and blue.
    """

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("assist_colorblind",)
    examples: ClassVar[tuple[str, ...]] = (
        "e_assist_colorblind",
        "e_assist_colorblind:60",
        "e_assist_colorblind:xray",
    )

    how: Assistance = Assistance()

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":  # noqa: ARG002 - the shape of a step
        """Works on the opponent signal, red minus green."""
        strength = self.how.strength
        if strength is None:
            return toned(image, lambda colour: mixed(colour, _XRAY))
        return toned(image, lambda colour: colour + _stripes(colour) * (strength / 100))


_XRAY = ((0.0, 1.0, 0.0), (0.35, 0.65, 0.0), (-0.7, 0.7, 1.0))
"""Rows of red, green, blue: blue takes what green has over red, which colour-blind eyes do see."""
_PERIOD_PX = 8


def _stripes(colour: Any) -> Any:
    """One band around 0: light and dark diagonals where red and green differ."""
    at = pyvips.Image.xyz(colour.width, colour.height)
    difference = colour[0] - colour[1]
    along = (difference > 0).ifthenelse(at[0] + at[1], at[0] - at[1])
    wave = (along * (360 / _PERIOD_PX)).sin()
    return wave * difference.abs()
