"""What a picture's histogram says: where its tones begin, end and lie in the mean.

The underscore keeps this file out of the registry. Frames of an animation share what the first one said.
"""

from math import log
from typing import TYPE_CHECKING, NamedTuple

from imgproxy.operations._bands import luma, settled
from imgproxy.operations._curves import Curve

if TYPE_CHECKING:
    import pyvips

_CLIPPED_PERCENT = 0.5
"""Share of pixels at each end that may be lost, so that one lamp or one hole does not hold the whole picture back."""
_LONGEST_STRETCH = 4.0
"""Beyond this a dull picture was meant to be dull, and noise would show."""


class Span(NamedTuple):
    """Darkest and lightest tone that count, and the mean, each 0 to 1."""

    low: float
    high: float
    mean: float

    def stretch(self) -> Curve:
        """The line that brings the span to 0 and 1."""
        width = max(self.high - self.low, 1 / _LONGEST_STRETCH)
        low = min(self.low, 1 - width)
        return lambda value: (value - low) / width


def span(band: "pyvips.Image") -> Span:
    """Of one band of 8 bit."""
    low, high = (band.percent(share) / 255 for share in (_CLIPPED_PERCENT, 100 - _CLIPPED_PERCENT))
    return Span(low, high, band.avg() / 255)


def bright_span(image: "pyvips.Image") -> Span:
    """Of brightness."""
    return span(settled(luma(image)))


def partly(curve: Curve, share: float) -> Curve:
    """`share` of the way from no change to the curve, which is clipped before."""
    return lambda value: value + (min(1.0, max(0.0, curve(value))) - value) * share


def lifting(mean: float, target: float, most: float = 2.0) -> Curve:
    """The power that brings a tone of `mean` to `target`, at most a power of `most` or its root."""
    power = log(target) / log(min(0.98, max(0.02, mean)))
    bounded = min(most, max(1 / most, power))
    return lambda value: max(value, 0.0) ** bounded
