"""Windows around faces: arithmetic on boxes, without a picture at hand.

The underscore keeps this file out of the registry. Boxes of faces are in shares of the picture, windows in pixels.
"""

from typing import NamedTuple

from imgproxy.notation.number import round_half_up
from imgproxy.values import Face, Size

HEADROOM = 2 / 3
"""What a close-up shows beside a face, in heights of it: hair and chin are in, shoulders begin."""
_BODY_WIDTHS, _BODY_HEIGHTS = 3.0, 7.0
"""A standing body in measures of its face's box; what is hidden or beyond the picture costs nothing."""


class Frame(NamedTuple):
    """A rectangle in shares of the picture."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> tuple[float, float]:
        """Of the rectangle."""
        return self.x + self.width / 2, self.y + self.height / 2


def hull(faces: tuple[Face, ...]) -> Frame:
    """The least rectangle around all, cut at the picture's edges."""
    left, top = max(0.0, min(face.x for face in faces)), max(0.0, min(face.y for face in faces))
    right = min(1.0, max(face.x + face.width for face in faces))
    bottom = min(1.0, max(face.y + face.height for face in faces))
    return Frame(left, top, max(right - left, 0.0), max(bottom - top, 0.0))


def bodies(faces: tuple[Face, ...]) -> tuple[Face, ...]:
    """Where the bodies below the faces are, as far as a face can tell."""
    return tuple(
        face._replace(
            x=face.x - face.width * (_BODY_WIDTHS - 1) / 2,
            y=face.y - face.height * 0.4,
            width=face.width * _BODY_WIDTHS,
            height=face.height * _BODY_HEIGHTS,
        )
        for face in faces
    )


def around(size: Size, faces: tuple[Face, ...], zoom: float) -> Size:
    """The faces' own rectangle, larger by 1/`zoom`, as far as the picture reaches."""
    frame = hull(faces)
    width = frame.width * size.width / zoom
    height = frame.height * size.height / zoom
    return Size(
        min(size.width, max(1, round_half_up(width))),
        min(size.height, max(1, round_half_up(height))),
    )


def close_up(
    size: Size, faces: tuple[Face, ...], target: Size, zoom: float, headroom: float = HEADROOM
) -> Size:
    """Size of a window of the target's ratio that shows the faces closely, as far as the picture reaches."""
    frame = hull(faces)
    margin = max(face.height for face in faces) * size.height * headroom
    width = (frame.width * size.width + margin) / zoom
    height = (frame.height * size.height + margin) / zoom
    scale = max(width / target.width, height / target.height)
    most = min(size.width / target.width, size.height / target.height)
    scale = min(scale, most)
    return Size(
        min(size.width, max(1, round_half_up(target.width * scale))),
        min(size.height, max(1, round_half_up(target.height * scale))),
    )


def corner(outer: Size, inner: Size, faces: tuple[Face, ...]) -> tuple[int, int]:
    """Left and top of a window in the picture, around the faces; where not all go in, around as much of them as do."""
    spans = [(face.x, face.x + face.width) for face in faces]
    drops = [(face.y, face.y + face.height) for face in faces]
    return _start(outer.width, inner.width, spans), _start(outer.height, inner.height, drops)


def _start(outer: int, inner: int, spans: list[tuple[float, float]]) -> int:
    """Where a window begins along one side."""
    low = max(0.0, min(start for start, _ in spans)) * outer
    high = min(1.0, max(end for _, end in spans)) * outer
    if high - low <= inner or len(spans) == 1:
        return min(max(round_half_up((low + high - inner) / 2), 0), outer - inner)
    edges = [edge * outer for span in spans for edge in span]
    starts = sorted(
        {
            min(max(start, 0.0), outer - inner)
            for start in (0.0, *edges, *(edge - inner for edge in edges))
        }
    )
    worths = [_covered(start, start + inner, outer, spans) for start in starts]
    first = last = worths.index(max(worths))
    # the middle of all places that are as good, so that a face does not stick to the window's edge
    while last + 1 < len(starts) and worths[last + 1] > worths[first] - 1e-9:
        last += 1
    return round_half_up((starts[first] + starts[last]) / 2)


def _covered(low: float, high: float, outer: int, spans: list[tuple[float, float]]) -> float:
    """How much of the spans lies between; a face that is cut counts by the square of what is left of it."""
    total = 0.0
    for start, end in spans:
        seen = max(0.0, min(high, end * outer) - max(low, start * outer)) / max(1e-9, outer)
        total += seen * seen / max(1e-9, end - start)
    return total
