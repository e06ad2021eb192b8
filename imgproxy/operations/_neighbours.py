"""Pixels around a pixel: moved under it, or ranked, on pictures of any size.

The underscore keeps this file out of the registry.
"""

from typing import Any


def ranked(bands: Any, width: int, height: int, index: int) -> Any:
    """Each band's value of that rank (0 is the least) in a window around each pixel; edges continued."""
    if bands.width >= width and bands.height >= height:
        return bands.rank(width, height, index)
    # libvips refuses windows larger than the picture
    canvas = (bands.width + 2 * width, bands.height + 2 * height)
    wide = bands.embed(width, height, *canvas, extend="copy").rank(width, height, index)
    return wide.crop(width, height, bands.width, bands.height)


def median(bands: Any) -> Any:
    """Of 3×3: grain goes, edges stay."""
    return ranked(bands, 3, 3, 4)


def moved(image: Any, across: int, down: int) -> Any:
    """Shifted to the right and down, same size, edges continued."""
    # a shift beyond the far edge shows nothing but that edge, as the largest within does
    x = max(1 - image.width, min(image.width - 1, across))
    y = max(1 - image.height, min(image.height - 1, down))
    return image.embed(x, y, image.width, image.height, extend="copy")
