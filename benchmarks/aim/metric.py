"""SSIMULACRA2, the scale on which the levels of `q_auto` are defined: 100 is equal, 90 cannot be told apart, 50 is medium.

Maps, weights and the final curve are those of the package `ssimulacra2`, which follows the authors' program line by
line.  Only the road to them is shorter (a table for the transfer curve, OpenCV's blur, single precision, and what
concerns the reference once for all files compared with it): five times as fast, equal within 0.05 points.
"""

from importlib.util import find_spec
from typing import Any

import numpy as np
import pyvips

from benchmarks.errors import CannotRun

_MIN_SIDE_PX = 256
"""Six scales need this; with fewer, the weights of one scale and colour fall on another, and the score means nothing.

Smaller pictures are continued by their mirror images.
"""

_SIGMA, _RADIUS_PX = 1.5, 5
_WHITE = [255, 255, 255]

Pixels = np.ndarray[Any, np.dtype[np.float32]]


class Reference:
    """A picture to compare others of its size with. Raises CannotRun where a package is missing."""

    def __init__(self, image: pyvips.Image) -> None:
        for package in ("ssimulacra2", "cv2"):
            if find_spec(package) is None:
                raise CannotRun("aim", f"the package {package} is not installed")
        self._scales = [_Scale(plane) for plane in _pyramid(image)]

    def score(self, image: pyvips.Image) -> float:
        """100 for the same pixels; may be negative. Transparency is judged on white."""
        from ssimulacra2 import ssimulacra2 as package

        whole = package.Msssim()
        for mine, plane in zip(self._scales, _pyramid(image), strict=True):
            whole.scales.append(mine.compare(plane))
        return float(whole.score())


class _Scale:
    def __init__(self, plane: Pixels) -> None:
        self._plane = plane
        self._mean = _blurred(plane)
        self._square = _blurred(plane * plane)

    def compare(self, other: Pixels) -> Any:
        from ssimulacra2 import ssimulacra2 as package

        mean, square = _blurred(other), _blurred(other * other)
        product = _blurred(self._plane * other)
        scale = package.MsssimScale()
        scale.avg_ssim = package.ssim_map(self._mean, mean, self._square, square, product)
        scale.avg_edgediff = package.edge_diff_map(self._plane, self._mean, other, mean)
        return scale


def _pyramid(image: pyvips.Image) -> list[Pixels]:
    """XYB planes, each half the size of the one before."""
    from ssimulacra2 import ssimulacra2 as package

    linear = _linear(image)
    planes = []
    for _ in range(package.kNumScales):
        planes.append(_xyb(linear))
        linear = package.downsample(linear, 2, 2).astype(np.float32)
    return planes


def _linear(image: pyvips.Image) -> Pixels:
    """Light, 0 to 1; width before height, as the package has it."""
    from ssimulacra2 import ssimulacra2 as package

    image = image.flatten(background=_WHITE) if image.hasalpha() else image
    levels = _mirrored(image.colourspace("srgb").numpy().transpose(1, 0, 2))
    light: Pixels = package.srgb_to_linear(np.arange(256)).astype(np.float32)[levels]
    return light


def _mirrored(levels: Any) -> Any:
    missing = [max(0, _MIN_SIDE_PX - side) for side in levels.shape[:2]]
    return np.pad(levels, [(0, missing[0]), (0, missing[1]), (0, 0)], mode="symmetric")


def _xyb(linear: Pixels) -> Pixels:
    from ssimulacra2 import ssimulacra2 as package

    matrix = package.kOpsinAbsorbanceMatrix.reshape(3, 3).astype(np.float32)
    bias = np.float32(package.kB0)
    cones = np.cbrt(np.maximum(linear @ matrix.T + bias, 0)) - np.cbrt(bias)
    x, y = (cones[..., 0] - cones[..., 1]) / 2, (cones[..., 0] + cones[..., 1]) / 2
    xyb: Pixels = package.make_positive_xyb(np.stack([x, y, cones[..., 2]], axis=2))
    return xyb


def _blurred(plane: Pixels) -> Pixels:
    """Gaussian; beyond the first axis is nothing, beyond the second the mirror."""
    import cv2

    edge = ((_RADIUS_PX, _RADIUS_PX), (0, 0), (0, 0))
    side = 2 * _RADIUS_PX + 1
    wide: Any = cv2.GaussianBlur(
        np.pad(plane, edge), (side, side), _SIGMA, borderType=cv2.BORDER_REFLECT
    )
    inner: Pixels = wide[_RADIUS_PX:-_RADIUS_PX]
    return inner
