"""Gaussian blur whose cost does not grow with its reach.

The underscore keeps this file out of the registry.
"""

import pyvips

_FINE_SIGMA = 4.0
"""From here on the picture is shrunk before it is blurred, to where sigma is between two and three small pixels: what a
Gaussian of that width leaves is smooth enough to be enlarged linearly."""


def softened(image: "pyvips.Image", sigma: float) -> "pyvips.Image":
    """Blurred by a Gaussian of `sigma` pixels, same size, edges continued outwards."""
    if sigma < 0.2:
        return image
    factor = int(sigma / _FINE_SIGMA * 2)
    if factor < 2:
        return image.gaussblur(sigma, min_ampl=0.01)
    # the margin keeps the colour beyond an edge that of the last pixel, not of the last square
    margin = factor * 6
    across, down = -(-image.width // factor), -(-image.height // factor)
    size = (across * factor + 2 * margin, down * factor + 2 * margin)
    grid = image.embed(margin, margin, *size, extend="copy").shrink(factor, factor)
    # shrinking is a box blur and enlarging a linear one: both already count towards the variance asked for
    rest = ((sigma / factor) ** 2 - 1 / 12 - 1 / 6) ** 0.5
    small = grid.gaussblur(rest, min_ampl=0.01)
    return enlarged(small, factor, margin, image)


def enlarged(
    small: "pyvips.Image", factor: int, margin: int, like: "pyvips.Image"
) -> "pyvips.Image":
    """Linearly to the size of `like` inside the margin, with the middle of each small pixel at the middle of the square it came from."""
    # not `resize`: it lays corners upon corners when enlarging, half a small pixel off
    middle = (factor - 1) / 2 - margin
    return small.affine(
        [factor, 0, 0, factor],
        interpolate=pyvips.Interpolate.new("bilinear"),
        oarea=[0, 0, like.width, like.height],
        odx=middle,
        ody=middle,
        extend="copy",
    )
