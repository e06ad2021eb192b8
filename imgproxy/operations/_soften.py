"""Gaussian blur whose cost does not grow with its reach.

The underscore keeps this file out of the registry.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyvips

_FINE_SIGMA = 4.0
"""Up to here the kernel is applied to every pixel; a picture blurred this much loses nothing by being shrunk to a
quarter first, since its finest wave is then longer than eight pixels."""


def softened(image: "pyvips.Image", sigma: float) -> "pyvips.Image":
    """Blurred by a Gaussian of `sigma` pixels, same size, edges continued outwards."""
    if sigma < 0.2:
        return image
    factor = int(sigma / _FINE_SIGMA * 2)
    if factor < 2 or min(image.width, image.height) < 2 * factor:
        return image.gaussblur(sigma, min_ampl=0.05)
    across, down = -(-image.width // factor), -(-image.height // factor)
    grid = image.embed(0, 0, across * factor, down * factor, extend="copy")
    # shrinking is a box blur and enlarging a linear one: both already count towards the variance asked for
    rest = max(0.5, (sigma / factor) ** 2 - 1 / 12 - 1 / 6) ** 0.5
    small = grid.shrink(factor, factor).gaussblur(rest, min_ampl=0.05)
    return small.resize(factor, kernel="linear").crop(0, 0, image.width, image.height)
