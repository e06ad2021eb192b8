"""One colour band stronger or weaker."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from imgproxy.operations._curves import curved
from imgproxy.step import Scene, Step

if TYPE_CHECKING:
    import pyvips

_BANDS = ("red", "green", "blue")


class Channel(Step, frozen=True, kw_only=True):
    """`e_red[:level]`, `e_green[:level]`, `e_blue[:level]`: more or less of one band; level -100 to 100, default 0.

    The band is multiplied: -100 takes it away, 100 doubles it.
    """

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = _BANDS
    examples: ClassVar[tuple[str, ...]] = ("e_red:50", "e_green:-60", "e_blue:80")

    mode: str
    level: Annotated[int, Meta(ge=-100, le=100)] = 0

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":  # noqa: ARG002 - the shape of a step
        """The other two bands stay."""
        gains = [1 + self.level / 100 * (band == self.mode) for band in _BANDS]
        return curved(image, *[lambda value, gain=gain: value * gain for gain in gains])
