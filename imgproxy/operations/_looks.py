"""The looks of `e_art`: recipes in numbers, ours, under the names the language has for them.

The underscore keeps this file out of the registry. A curve is given by the values of red, green and blue at dark (0),
shadow (0.25), middle (0.5), light (0.75) and white (1).
"""

from typing import NamedTuple

Five = tuple[float, float, float, float, float]

STRAIGHT: Five = (0.0, 0.25, 0.5, 0.75, 1.0)
_DEEP: Five = (0.0, 0.18, 0.5, 0.82, 1.0)
_SOFT: Five = (0.08, 0.30, 0.54, 0.76, 0.95)
_LIGHT: Five = (0.02, 0.33, 0.60, 0.83, 1.0)
_DARK: Five = (0.0, 0.17, 0.40, 0.68, 0.97)


class Look(NamedTuple):
    """One recipe, in the order it is applied."""

    saturation: float = 1.0
    red: Five = STRAIGHT
    green: Five = STRAIGHT
    blue: Five = STRAIGHT
    vignette: float = 0.0
    glow: float = 0.0
    """Share of a blurred copy laid over with `screen`."""
    grain: float = 0.0
    """Height of the film grain in steps of 8 bit."""
    painted: bool = False
    """Through the brush first."""


LOOKS: dict[str, Look] = {
    # warm, deep, appetising
    "al_dente": Look(1.25, _DEEP, _DEEP, (0.0, 0.15, 0.42, 0.72, 0.92), vignette=0.25),
    # cool marble with a warm light on it
    "athena": Look(0.75, _LIGHT, (0.02, 0.30, 0.57, 0.81, 1.0), (0.08, 0.34, 0.58, 0.78, 0.93)),
    # black and white of the big screen
    "audrey": Look(0.0, _DEEP, _DEEP, _DEEP, vignette=0.2, glow=0.12),
    # green and violet night sky
    "aurora": Look(
        1.2,
        (0.06, 0.22, 0.45, 0.72, 1.0),
        (0.0, 0.27, 0.55, 0.80, 1.0),
        (0.14, 0.38, 0.60, 0.80, 1.0),
    ),
    # a silver plate, brownish, dark at the rim
    "daguerre": Look(
        0.0,
        (0.06, 0.30, 0.56, 0.80, 0.97),
        (0.04, 0.26, 0.51, 0.75, 0.93),
        (0.03, 0.21, 0.43, 0.66, 0.84),
        vignette=0.45,
        grain=7,
    ),
    # dusty green leaves
    "eucalyptus": Look(
        0.7,
        (0.04, 0.24, 0.47, 0.72, 0.95),
        (0.06, 0.31, 0.56, 0.79, 0.98),
        (0.07, 0.28, 0.51, 0.73, 0.92),
    ),
    # sun on old walls
    "fes": Look(
        1.1,
        (0.05, 0.34, 0.62, 0.85, 1.0),
        (0.02, 0.27, 0.52, 0.77, 0.97),
        (0.05, 0.22, 0.42, 0.65, 0.87),
        vignette=0.15,
    ),
    # winter morning
    "frost": Look(
        0.6,
        (0.05, 0.27, 0.52, 0.78, 1.0),
        (0.08, 0.32, 0.57, 0.81, 1.0),
        (0.14, 0.40, 0.65, 0.86, 1.0),
        glow=0.15,
    ),
    # the eighties: pink lights, soft focus
    "hairspray": Look(
        1.3,
        (0.10, 0.36, 0.62, 0.84, 1.0),
        (0.03, 0.24, 0.49, 0.76, 1.0),
        (0.12, 0.34, 0.58, 0.80, 1.0),
        glow=0.25,
    ),
    # a woodblock print
    "hokusai": Look(
        0.85,
        (0.02, 0.22, 0.50, 0.78, 0.98),
        (0.05, 0.27, 0.53, 0.79, 0.95),
        (0.16, 0.38, 0.57, 0.72, 0.86),
        painted=True,
    ),
    # black and white, hard
    "incognito": Look(
        0.0,
        (0.0, 0.12, 0.48, 0.86, 1.0),
        (0.0, 0.12, 0.48, 0.86, 1.0),
        (0.0, 0.12, 0.48, 0.86, 1.0),
        vignette=0.35,
        grain=6,
    ),
    # pale cloth
    "linen": Look(
        0.65,
        (0.12, 0.35, 0.59, 0.81, 0.99),
        (0.11, 0.33, 0.57, 0.79, 0.96),
        (0.10, 0.30, 0.52, 0.73, 0.90),
        grain=3,
    ),
    # teal shadows, golden lights
    "peacock": Look(
        1.35,
        (0.0, 0.19, 0.48, 0.80, 1.0),
        (0.04, 0.27, 0.53, 0.78, 0.97),
        (0.10, 0.31, 0.52, 0.71, 0.90),
    ),
    # spring: fresh greens, light air
    "primavera": Look(
        1.2, _LIGHT, (0.03, 0.34, 0.62, 0.85, 1.0), (0.04, 0.31, 0.55, 0.77, 0.95), glow=0.08
    ),
    # clear stone, rosy
    "quartz": Look(
        0.85,
        (0.05, 0.33, 0.60, 0.83, 1.0),
        (0.04, 0.28, 0.53, 0.78, 0.98),
        (0.07, 0.31, 0.56, 0.80, 0.99),
    ),
    # the desert at noon
    "red_rock": Look(
        1.15,
        (0.03, 0.34, 0.63, 0.87, 1.0),
        (0.0, 0.22, 0.47, 0.74, 0.97),
        (0.0, 0.18, 0.40, 0.66, 0.92),
        vignette=0.2,
    ),
    # nothing but cleaner
    "refresh": Look(1.15, _LIGHT, _LIGHT, (0.03, 0.34, 0.61, 0.84, 1.0)),
    # loud
    "sizzle": Look(1.6, _DEEP, _DEEP, _DARK, vignette=0.15),
    # a letter kept long
    "sonnet": Look(
        0.45,
        (0.10, 0.34, 0.58, 0.80, 0.98),
        (0.09, 0.30, 0.53, 0.75, 0.93),
        (0.10, 0.28, 0.48, 0.68, 0.85),
        vignette=0.2,
        grain=3,
    ),
    # a beach photo of the seventies
    "ukulele": Look(
        1.05,
        (0.08, 0.33, 0.59, 0.83, 1.0),
        (0.06, 0.30, 0.55, 0.77, 0.95),
        (0.14, 0.32, 0.50, 0.67, 0.83),
        vignette=0.1,
        grain=3,
    ),
    # night, black and white, high key faces
    "zorro": Look(
        0.0,
        (0.0, 0.10, 0.40, 0.80, 1.0),
        (0.0, 0.10, 0.40, 0.80, 1.0),
        (0.02, 0.13, 0.43, 0.81, 1.0),
        vignette=0.5,
    ),
}
