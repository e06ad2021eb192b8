"""Automatic brightness, colour and contrast."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from imgproxy.operations._curves import Curve, curved
from imgproxy.operations._levels import bright_span, lifting, partly, span
from imgproxy.step import Scene, Step

if TYPE_CHECKING:
    import pyvips

_MIDDLE = 0.46
"""Mean brightness of a well exposed photo: 18 percent grey is 0.46 when gamma-coded."""


class Auto(Step, frozen=True, kw_only=True):
    """`e_auto_brightness[:n]`, `e_auto_contrast[:n]`, `e_auto_color[:n]`: what the histogram asks for.

    Brightness moves the middle tones towards a mean exposure, contrast stretches brightness to black and white, colour
    stretches each band on its own, which takes a cast away. `n`, 0 to 100, default 100, is how much of it, in percent.
    """

    key: ClassVar[str] = "e"
    names: ClassVar[tuple[str, ...]] = ("auto_brightness", "auto_color", "auto_contrast")
    examples: ClassVar[tuple[str, ...]] = (
        "e_auto_brightness",
        "e_auto_color",
        "e_auto_contrast",
        "e_auto_contrast:40",
    )

    mode: str
    blend: Annotated[int, Meta(ge=0, le=100)] = 100

    def apply(self, image: "pyvips.Image", scene: Scene) -> "pyvips.Image":
        """One curve for all bands, or one for each."""
        curves = scene.once(id(self), lambda: self._curves(image))
        return curved(image, *[partly(curve, self.blend / 100) for curve in curves])

    def _curves(self, image: "pyvips.Image") -> list[Curve]:
        if self.mode == "auto_color":
            return [span(image[band]).stretch() for band in range(3)]
        found = bright_span(image)
        if self.mode == "auto_contrast":
            return [found.stretch()]
        return [lifting(found.mean, _MIDDLE)]
