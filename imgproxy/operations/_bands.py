"""Colour and alpha: tone effects see colour alone, effects that move pixels see it weighted by alpha.

The underscore keeps this file out of the registry. Pictures are sRGB, 8 bit, three bands, or four with straight alpha.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyvips

Change = Callable[[Any], Any]
"""Bands in, the same number of bands out; may be of any number type and beyond 0 to 255."""

Rows = Sequence[Sequence[float]]

LUMA = (0.2126, 0.7152, 0.0722)
"""Weights of red, green and blue in brightness (Rec. 709), on gamma-coded values as CSS filters use them."""


def toned(image: "pyvips.Image", change: Change) -> "pyvips.Image":
    """The three colour bands through `change`; alpha as it was."""
    if not image.hasalpha():
        return settled(change(image))
    return settled(change(image[:3])).bandjoin(image[3])


def weighted(image: "pyvips.Image", change: Change) -> "pyvips.Image":
    """All bands through `change` with colour premultiplied, so that what nobody sees does not bleed into what is seen."""
    if not image.hasalpha():
        return settled(change(image))
    return settled(change(image.premultiply()).unpremultiply())


def settled(image: "pyvips.Image") -> "pyvips.Image":
    """Rounded and clipped to 8 bit sRGB."""
    if image.format != "uchar":
        image = (image + 0.5).cast("uchar")
    return image.copy(interpretation="srgb")


def mixed(image: "pyvips.Image", rows: Rows) -> "pyvips.Image":
    """As many new bands as rows, each the sum of the old ones times its weights; not rounded."""
    return image.recomb([list(row) for row in rows])


def luma(image: "pyvips.Image") -> "pyvips.Image":
    """One band of brightness, 0 to 255, not rounded."""
    return mixed(image[:3], (LUMA,))


def within(image: "pyvips.Image", low: float, high: float) -> "pyvips.Image":
    """Values below and above the bounds are put on them."""
    return image.clamp(min=low, max=high)


def strongest(colour: "pyvips.Image") -> "pyvips.Image":
    """One band: the greatest of the three."""
    return colour[0].bandrank([colour[1], colour[2]], index=2)


def weakest(colour: "pyvips.Image") -> "pyvips.Image":
    """One band: the least of the three."""
    return colour[0].bandrank([colour[1], colour[2]], index=0)


def with_alpha(image: "pyvips.Image") -> "pyvips.Image":
    """Four bands; opaque where nothing was said."""
    return image if image.hasalpha() else image.bandjoin(255).copy(interpretation="srgb")


def masked(image: "pyvips.Image", mask: "pyvips.Image") -> "pyvips.Image":
    """What shows is multiplied by `mask`, one band of 0 to 255."""
    image = with_alpha(image)
    return image[:3].bandjoin(settled(image[3] * mask / 255)).copy(interpretation="srgb")


def blended(before: "pyvips.Image", after: "pyvips.Image", share: float) -> "pyvips.Image":
    """`share` of the way from one to the other, 0 to 1; not rounded."""
    return before * (1 - share) + after * share
