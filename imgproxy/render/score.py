"""How like two pictures are, on the scale that the levels of `q_auto` are defined on: SSIMULACRA2, 100 for equal ones.

Formulas, constants and weights are those that its authors published (J. Sneyers, Cloudinary; BSD 3-Clause).  Here it is
arithmetic of libvips on whole planes: weights under a hundredth are left out, and with them most of the work at full
size.  Beyond the edges is what `benchmarks.aim.metric` has there, as small pictures are mostly edge at coarse scales; so
scores are within a tenth of that.  The same picture is always scored the same.

For work that may wait: it takes about a second per megapixel and picture.
"""

import pyvips

_SCALES = 6
_MIN_SIDE_PX = 256
"""What six scales need; smaller pictures are continued by their mirror images."""

_SIGMA, _RADIUS_PX = 1.5, 5
_LEAST = 0.003
"""What the mask has at its radius, and just not beyond it."""

_STABLE = 0.0009
_WHITE = [255, 255, 255]

_BIAS = 0.0037930732552754493
_CONES = (
    (0.30, 0.622, 0.078),
    (0.23, 0.692, 0.078),
    (0.24342268924547819, 0.20476744424496821, 0.55180986650955360),
)
_OPPONENTS = ((7.0, -7.0, 0.0), (0.5, 0.5, 0.0), (-0.5, -0.5, 1.0))
"""Red against green, brightness, blue against brightness, out of the cube roots of the cones' answers."""

_OFFSETS = [0.42, 0.01, 0.55]

_WEIGHTS = (
    # of each scale, finest first: structure, new edges, lost edges; the same three with peaks counting most
    (
        (0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
        (0.0, 0.0, 0.0, 1.10417, 0.0, 0.0),
        (0.0, 0.0, 0.0, 1.84225, 11.4412, 0.0),
        (0.0, 0.0, 0.0, 1.87876, 10.9491, 0.0),
        (0.0, 0.967794, 0.0, 0.0, 0.998177, 0.0),
        (0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    ),
    (
        (0.0, 0.0, 0.0, 7.46689, 0.0, 17.4458),
        (0.0, 0.0, 0.0, 6.68368, 0.0, 1.02789),
        (225.205, 0.0, 0.0, 19.2132, 0.0, 0.0),
        (176.393, 0.0, 0.0, 24.433, 0.285208, 0.0),
        (0.0, 0.0, 0.0, 34.7791, 44.8356, 0.0),
        (0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    ),
    (
        (0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
        (0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
        (0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
        (0.0, 0.0, 0.0, 8.82698, 23.1924, 0.0),
        (95.108, 0.986398, 0.983438, 0.0, 171.267, 0.980786),
        (0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    ),
)


class Reference:
    """A picture that others of its size are compared with; it holds its planes, some 60 bytes per pixel."""

    def __init__(self, image: pyvips.Image) -> None:
        """`image`: sRGB, 8 bit; transparency counts as white."""
        self._planes = [(_Plane(plane), weights) for plane, weights in _planes(image)]

    def score(self, image: pyvips.Image) -> float:
        """100 for the same pixels, 90 where nobody sees a difference, 50 where faults show; may be negative."""
        others = (plane for plane, _ in _planes(image))
        parts = zip(self._planes, others, strict=True)
        return _curve(sum(mine.differs(other, weights) for (mine, weights), other in parts))


class _Plane:
    """One of the three at one scale, with what a comparison needs of it."""

    def __init__(self, plane: pyvips.Image) -> None:
        self._plane = plane
        self._mean = _smooth(plane)
        self._variance = _smooth(plane * plane) - self._mean * self._mean
        self._mean, self._variance = self._mean.copy_memory(), self._variance.copy_memory()

    def differs(self, other: pyvips.Image, weights: tuple[float, ...]) -> float:
        """The sum of what differs, weighted."""
        mean = _smooth(other).copy_memory()
        total = 0.0
        if weights[0] or weights[3]:
            total += _pooled(self._structure(other, mean), weights[0], weights[3])
        if any(weights[1:3]) or any(weights[4:]):
            edges = ((other - mean).abs() + 1) / ((self._plane - self._mean).abs() + 1) - 1
            edges = edges.copy_memory()
            total += _pooled(_above_zero(edges), weights[1], weights[4])
            total += _pooled(_above_zero(edges * -1), weights[2], weights[5])
        return total

    def _structure(self, other: pyvips.Image, mean: pyvips.Image) -> pyvips.Image:
        variance = _smooth(other * other) - mean * mean
        together = _smooth(self._plane * other) - self._mean * mean
        apart = self._mean - mean
        alike = (together * 2 + _STABLE) / (self._variance + variance + _STABLE)
        return _above_zero((apart * apart * -1 + 1) * alike * -1 + 1)


def _planes(image: pyvips.Image) -> list[tuple[pyvips.Image, tuple[float, ...]]]:
    """Those that have a weight, in memory."""
    light = _mirrored(image).colourspace("scrgb").copy_memory()
    found: list[tuple[pyvips.Image, tuple[float, ...]]] = []
    for scale in range(_SCALES):
        used = [(band, rows[scale]) for band, rows in enumerate(_WEIGHTS) if any(rows[scale])]
        cones = _cones(light).copy_memory() if used else light
        found += [(_opponent(cones, band), weights) for band, weights in used]
        light = light.shrink(2, 2).copy_memory()
    return found


def _mirrored(image: pyvips.Image) -> pyvips.Image:
    """On white, and large enough."""
    image = image.flatten(background=_WHITE) if image.hasalpha() else image
    sides = max(image.width, _MIN_SIDE_PX), max(image.height, _MIN_SIDE_PX)
    return image.embed(0, 0, *sides, extend="mirror")


def _cones(light: pyvips.Image) -> pyvips.Image:
    return (light.recomb(_matrix(_CONES)) + _BIAS) ** (1 / 3) - _BIAS ** (1 / 3)


def _opponent(cones: pyvips.Image, band: int) -> pyvips.Image:
    """One of the three planes as the eye's nerves have it."""
    return (cones.recomb(_matrix(_OPPONENTS[band : band + 1])) + _OFFSETS[band]).copy_memory()


def _matrix(rows: tuple[tuple[float, ...], ...]) -> pyvips.Image:
    return pyvips.Image.new_from_array([list(row) for row in rows])


def _smooth(plane: pyvips.Image) -> pyvips.Image:
    """Gaussian; beyond left and right is nothing, beyond top and bottom the mirror."""
    mask = pyvips.Image.gaussmat(_SIGMA, _LEAST, separable=True, precision="float")
    high, wide = plane.height + 2 * _RADIUS_PX, plane.width + 2 * _RADIUS_PX
    plane = plane.embed(0, _RADIUS_PX, plane.width, high, extend="mirror")
    plane = plane.embed(_RADIUS_PX, 0, wide, high).convsep(mask, precision="float")
    inner = wide - 2 * _RADIUS_PX, high - 2 * _RADIUS_PX
    return plane.crop(_RADIUS_PX, _RADIUS_PX, *inner)


def _above_zero(plane: pyvips.Image) -> pyvips.Image:
    return (plane > 0).ifthenelse(plane, 0)


def _pooled(plane: pyvips.Image, mean_weight: float, peaks_weight: float) -> float:
    total = 0.0
    if mean_weight:
        total += mean_weight * plane.avg()
    if peaks_weight:
        square = plane * plane
        total += peaks_weight * (square * square).avg() ** 0.25
    return total


def _curve(sum_: float) -> float:
    """From the weighted sum to the scale, which people's judgements were fitted to."""
    x = sum_ * 0.9562382616834844
    x = 2.326765642916932 * x - 0.020884521182843837 * x**2 + 6.248496625763138e-05 * x**3
    return 100 - 10 * x**0.6276336467831387 if x > 0 else 100.0
