"""How like two pictures are: the mean structural similarity (SSIM) of their brightness, 1 for equal ones.

Wang, Bovik, Sheikh, Simoncelli: Image Quality Assessment, IEEE Transactions on Image Processing 13 (2004); windows
weighted by a Gaussian of σ 1.5, constants for 8 bit.
"""

import pyvips

_SIGMA = 1.5
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def ssim(one: pyvips.Image, other: pyvips.Image) -> float:
    """Both of the same size, any bands; transparency counts as white."""
    x, y = _brightness(one), _brightness(other)
    mean_x, mean_y = _smooth(x), _smooth(y)
    var_x = _smooth(x * x) - mean_x * mean_x
    var_y = _smooth(y * y) - mean_y * mean_y
    together = _smooth(x * y) - mean_x * mean_y
    above = (mean_x * mean_y * 2 + _C1) * (together * 2 + _C2)
    below = (mean_x * mean_x + mean_y * mean_y + _C1) * (var_x + var_y + _C2)
    return float((above / below).avg())


def _brightness(image: pyvips.Image) -> pyvips.Image:
    if image.hasalpha():
        image = image.flatten(background=[255, 255, 255])
    return image.colourspace("b-w").cast("float")


def _smooth(image: pyvips.Image) -> pyvips.Image:
    mask = pyvips.Image.gaussmat(_SIGMA, 0.01, separable=True, precision="float")
    return image.convsep(mask, precision="float")
