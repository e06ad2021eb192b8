"""Gradient fade."""

from enum import StrEnum
from typing import Any, ClassVar, Self

import msgspec
import pyvips
from msgspec import field

from imgproxy.notation.length import Offset
from imgproxy.notation.number import read_integer
from imgproxy.operations._bands import masked
from imgproxy.operations._canvas import admit
from imgproxy.step import Scene, Step


class Sides(StrEnum):
    """Which edges fade."""

    ONE = "one"
    SYMMETRIC = "symmetric"
    SYMMETRIC_PAD = "symmetric_pad"


class Fade(msgspec.Struct, frozen=True):
    """The edges, and how fast, 0 to 100."""

    sides: Sides = Sides.ONE
    strength: int = 20

    @classmethod
    def parse(cls, text: str) -> Self:
        """`[symmetric|symmetric_pad][:strength]`."""
        head, _, rest = text.partition(":")
        named = head in {Sides.SYMMETRIC, Sides.SYMMETRIC_PAD}
        number = rest if named else text
        try:
            return cls(
                Sides(head) if named else Sides.ONE, read_integer(number, 0, 100) if number else 20
            )
        except ValueError:
            raise ValueError("symmetric or symmetric_pad, then 0 to 100") from None

    def __str__(self) -> str:
        return str(self.strength) if self.sides is Sides.ONE else f"{self.sides}:{self.strength}"


class GradientFade(Step, frozen=True, kw_only=True):
    """`e_gradient_fade[:symmetric|symmetric_pad][:strength]` with `x`, `y`: fades out towards an edge.

    `x` and `y` are where the fading begins, as a fraction or in pixels from the left and top; it ends at the right and
    bottom edge. Negative: from the right and bottom, to the left and top edge. Without both, `y_0.5`. `symmetric` fades the
    opposite edge too, `symmetric_pad` mirrors the picture beyond both edges and fades there. Strength 0 to 100, default 20.
    """

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("gradient_fade",)
    examples: ClassVar[tuple[str, ...]] = (
        "e_gradient_fade",
        "e_gradient_fade:40,x_-0.3",
        "e_gradient_fade:symmetric,x_0.8",
        "e_gradient_fade:symmetric_pad,y_0.6",
    )

    fade: Fade = Fade()
    across: Offset | None = field(default=None, name="x")
    down: Offset | None = field(default=None, name="y")

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":
        """Alpha times a ramp for each direction."""
        down = self.down or (None if self.across else Offset(0.5, fraction=True))
        for offset, turned in ((self.across, True), (down, False)):
            if offset is not None:
                image = image.rot90() if turned else image
                image = self._faded(image, offset, scene)
                image = image.rot270() if turned else image
        return image

    def _faded(self, image: "pyvips.Image", offset: Offset, scene: Scene) -> "pyvips.Image":
        """Towards the bottom, or the top when negative."""
        start = offset.pixels(image.height, scene.dpr)
        length = max(1, image.height - abs(start))
        if self.fade.sides is Sides.SYMMETRIC_PAD:
            width, height = admit(image.width, image.height + 2 * length, scene)
            image = image.embed(0, length, width, height, extend="mirror")
        at = pyvips.Image.xyz(image.width, image.height)[1] + 0.5
        ramp = self._ramp(at if start < 0 else at * -1 + image.height, length)
        if self.fade.sides is not Sides.ONE:
            ramp = ramp * self._ramp(at * -1 + image.height if start < 0 else at, length)
        return masked(image, ramp * 255)

    def _ramp(self, inwards: Any, length: int) -> Any:
        """0 at the edge to 1 at `length` pixels from it."""
        linear = (inwards / length).clamp(min=0, max=1)
        return linear ** (self.fade.strength / 20)
