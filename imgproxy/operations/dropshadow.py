"""Drop shadow by the position of a light."""

import math
from typing import TYPE_CHECKING, ClassVar, Self

import msgspec

from imgproxy.notation.colour import BLACK
from imgproxy.notation.number import read_integer
from imgproxy.operations._bands import settled, with_alpha
from imgproxy.operations._silhouette import over, painted, softly
from imgproxy.step import Scene, Step

if TYPE_CHECKING:
    import pyvips

_RANGES = {"azimuth": (0, 360), "elevation": (0, 90), "spread": (0, 100)}
_HEIGHT = 1 / 25
"""How high the picture floats over its ground, as a share of the shorter side."""
_FARTHEST = 1 / 4
"""Of the shorter side; a light on the horizon would throw the shadow out of the picture."""
_DARKNESS = 0.55


class Light(msgspec.Struct, frozen=True):
    """Degrees around and above, and softness in percent."""

    azimuth: int = 215
    elevation: int = 45
    spread: int = 50

    @classmethod
    def parse(cls, text: str) -> Self:
        """`azimuth_<n>;elevation_<n>;spread_<n>`, any of them in any order."""
        values = {}
        for word in text.split(";"):
            name, _, number = word.partition("_")
            if name not in _RANGES or name in values:
                raise ValueError("azimuth_0-360;elevation_0-90;spread_0-100")
            values[name] = read_integer(number, *_RANGES[name])
        return cls(**values)

    def __str__(self) -> str:
        return f"azimuth_{self.azimuth};elevation_{self.elevation};spread_{self.spread}"


class DropShadow(Step, frozen=True, kw_only=True):
    """`e_dropshadow[:azimuth_<n>;elevation_<n>;spread_<n>]`: the shadow of a cut-out under a light; the canvas stays.

    Azimuth 0 to 360, default 215: where the light stands, clockwise from the right, so 215 is the upper left. Elevation 0
    to 90, default 45: the lower, the longer the shadow. Spread 0 to 100, default 50: how soft it is.
    """

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("dropshadow",)
    examples: ClassVar[tuple[str, ...]] = (
        "e_make_transparent:25/e_dropshadow",
        "e_dropshadow:azimuth_320;elevation_20;spread_20",
    )

    light: Light = Light()

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":  # noqa: ARG002 - the shape of a step
        """Picture over its silhouette, moved away from the light."""
        image = with_alpha(image)
        side = min(image.width, image.height)
        length = (
            min(_HEIGHT / max(1e-6, math.tan(math.radians(self.light.elevation))), _FARTHEST) * side
        )
        towards = math.radians(self.light.azimuth)
        x, y = -round(length * math.cos(towards)), -round(length * math.sin(towards))
        shape = settled(image[3] * _DARKNESS).embed(x, y, image.width, image.height)
        sigma = side * self.light.spread / 100 / 20
        return over(image, painted(softly(shape, sigma), BLACK))
