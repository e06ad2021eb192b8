"""Pictures bent onto a new canvas: transparent where nothing of them lands, smooth along their edges.

The underscore keeps this file out of the registry.
"""

from typing import Any

import pyvips

from imgproxy.notation.number import round_half_up
from imgproxy.operations._bands import weighted, with_alpha
from imgproxy.operations._canvas import admit
from imgproxy.step import Scene

Point = tuple[float, float]


def slanted(image: "pyvips.Image", matrix: list[float], scene: Scene) -> "pyvips.Image":
    """By the matrix `[a, b, c, d]` (x' = a·x + b·y, y' = c·x + d·y) onto the box around the result, middle on middle.

    Raises LimitExceeded.
    """
    a, b, c, d = matrix
    width = abs(image.width * a) + abs(image.height * b)
    height = abs(image.width * c) + abs(image.height * d)
    size = admit(max(1, round_half_up(width)), max(1, round_half_up(height)), scene)
    # coordinates of libvips are of pixel centres
    across, down = (image.width - 1) / 2, (image.height - 1) / 2
    return weighted(
        with_alpha(image),
        lambda bands: bands.affine(
            matrix,
            interpolate=pyvips.Interpolate.new("bicubic"),
            oarea=[0, 0, *size],
            odx=(size[0] - 1) / 2 - a * across - b * down,
            ody=(size[1] - 1) / 2 - c * across - d * down,
        ),
    )


def bent(image: "pyvips.Image", where: Any) -> "pyvips.Image":
    """Each pixel from the place that two bands of `where` name, in pixels from the picture's top left corner."""
    bicubic = pyvips.Interpolate.new("bicubic")
    return weighted(with_alpha(image), lambda bands: bands.mapim(where - 0.5, interpolate=bicubic))


def places(width: int, height: int) -> Any:
    """Two bands: the middle of each pixel of a canvas, from its top left corner."""
    return pyvips.Image.xyz(width, height) + 0.5
