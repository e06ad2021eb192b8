"""Surfaces as a brush leaves them: the filter of Kuwahara and others (1976).

The underscore keeps this file out of the registry.
"""

from typing import Any

import pyvips

from imgproxy.operations._bands import luma, settled


def brushed(colour: Any, reach: int) -> Any:
    """Every pixel takes the mean of the calmest of the four squares that meet in it; `reach` is half their side.

    Edges stay where they are, everything between becomes strokes. Three bands of 8 bit in and out.
    """
    bright = luma(colour)
    mean = _boxed(bright, reach)
    # in memory: eight shifted readers would each compute them again
    unrest = (_boxed(bright * bright, reach) - mean * mean).cast("float").copy_memory()
    smooth = settled(_boxed(colour, reach)).copy_memory()
    calmest, result = _moved(unrest, -reach, -reach), _moved(smooth, -reach, -reach)
    for across, down in ((reach, -reach), (-reach, reach), (reach, reach)):
        here = _moved(unrest, across, down)
        calmer = here < calmest
        result = calmer.ifthenelse(_moved(smooth, across, down), result)
        calmest = calmer.ifthenelse(here, calmest)
    return result


def _boxed(image: Any, reach: int) -> Any:
    """The mean of the square of 2·reach+1 pixels around."""
    side = 2 * reach + 1
    kernel = pyvips.Image.new_from_array([[1] * side], scale=side)
    return image.cast("float").convsep(kernel, precision="float")


def _moved(image: Any, across: int, down: int) -> Any:
    """Shifted, edges continued."""
    return image.embed(across, down, image.width, image.height, extend="copy")
