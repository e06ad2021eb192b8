"""Trim."""

from typing import TYPE_CHECKING, ClassVar, Self

import msgspec

from imgproxy.notation.colour import Colour
from imgproxy.notation.number import read_integer
from imgproxy.operations._words import words
from imgproxy.step import Scene, Step

if TYPE_CHECKING:
    import pyvips

Window = tuple[int, int, int, int]


class Edge(msgspec.Struct, frozen=True):
    """What counts as edge: a tolerance in percent, and a colour, `None` for that of the top left pixel."""

    tolerance: int = 10
    colour: Colour | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """`[tolerance][:colour]`."""
        parts = words(text)
        colour = Colour.parse(parts.pop()) if parts and not parts[-1].isdigit() else None
        if len(parts) > 1:
            raise ValueError("a tolerance of 0 to 100, then a colour")
        return cls(read_integer(parts[0], 0, 100) if parts else 10, colour)

    def __str__(self) -> str:
        return f"{self.tolerance}:{self.colour}" if self.colour else str(self.tolerance)


class Trim(Step, frozen=True, kw_only=True):
    """`e_trim[:tolerance][:colour]`: cuts away edges of one colour, and transparent ones.

    Tolerance 0 to 100 percent, default 10. Without a colour it is that of the top left pixel. A picture that is all edge
    stays as it is.
    """

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("trim",)
    examples: ClassVar[tuple[str, ...]] = (
        "e_trim:30",
        "e_trim:20:rgb:3c78e6",
        "b_white,c_mpad,h_100,w_140/e_trim",
    )

    edge: Edge = Edge()

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":
        """The smallest window around what is not edge; all frames take the first one's."""
        left, top, width, height = scene.once(id(self), lambda: self._window(image))
        return image.crop(left, top, width, height)

    def _window(self, image: "pyvips.Image") -> Window:
        corner = image(0, 0)
        if image.hasalpha() and corner[3] == 0 and self.edge.colour is None:
            found = image[3].find_trim(threshold=0.5, background=[0])
        else:
            colour = self.edge.colour.rgb if self.edge.colour else corner[:3]
            found = image.find_trim(
                threshold=max(0.5, self.edge.tolerance * 2.55), background=colour
            )
        left, top, width, height = found
        return (left, top, width, height) if width and height else (0, 0, image.width, image.height)
