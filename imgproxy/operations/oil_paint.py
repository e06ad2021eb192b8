"""Oil paint."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from imgproxy.operations._bands import toned
from imgproxy.operations._paint import brushed
from imgproxy.step import Scene, Step

if TYPE_CHECKING:
    import pyvips

_WIDEST = 1 / 80
"""Half a brush at level 100, as a share of the longer side, so that a painting looks alike at any size."""


class OilPaint(Step, frozen=True, kw_only=True):
    """`e_oil_paint[:level]`: brush strokes instead of detail; level 0 to 100, default 30, is the width of the brush."""

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("oil_paint",)
    examples: ClassVar[tuple[str, ...]] = ("e_oil_paint", "e_oil_paint:80")

    level: Annotated[int, Meta(ge=0, le=100)] = 30

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":  # noqa: ARG002 - the shape of a step
        """Two coats, the second with a finer brush."""
        if self.level == 0:
            return image
        reach = max(1, round(max(image.width, image.height) * _WIDEST * self.level / 100))
        return toned(image, lambda colour: brushed(brushed(colour, reach), max(1, reach // 2)))
