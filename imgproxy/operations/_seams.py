"""Seam carving: a picture becomes narrower or lower where least is to be seen, instead of everywhere alike.

After Avidan and Shamir (2007): a seam is a path of touching cells across the picture that has the least energy, and
is left out; again until the picture fits.  Seams are sought on a map of 128 cells, in plain arithmetic, where energy is
the gradient, what stands out, and faces.  What they leave out becomes a smooth field of shifts at full size, so that
time does not grow with the picture and edges stay edges.

The underscore keeps this file out of the registry.
"""

from array import array
from operator import add
from typing import TYPE_CHECKING, Any

import pyvips

from imgproxy.operations import _salience as salience
from imgproxy.operations._bands import luma, weighted
from imgproxy.operations._framing import Frame
from imgproxy.operations._warp import places
from imgproxy.values import Face, Size

if TYPE_CHECKING:
    from collections.abc import Sequence

_MAP_PX = 128
_FACE_WORTH = 4.0
_SHARED = 0.5
"""How much of what a seam held its neighbours take over, so that a dull part shrinks and does not vanish."""
_STIFF = 0.25
"""What every seam adds to its neighbours, in measures of the mean energy."""
_SMOOTH = 1.5
"""Sigma of the shifts, in cells: lines that cross a seam bend softly."""

_STEPS = 512

Rows = list[list[float]]


def carved(image: "pyvips.Image", target: Size, shifts: "pyvips.Image") -> "pyvips.Image":
    """The picture in the size `target`, by the shifts that were found for it."""
    size = Size(image.width, image.height)
    across, down = target.width / shifts.width, target.height / shifts.height
    field = shifts.resize(across, vscale=down, kernel="cubic")
    at = places(*target) * [size.width / target.width, size.height / target.height]
    along = at[0] if size.width != target.width else at[1]
    moved = (along + field * max(size)).clamp(min=0.5, max=max(size) - 0.5)
    where = moved.bandjoin(at[1]) if size.width != target.width else at[0].bandjoin(moved)
    bicubic = pyvips.Interpolate.new("bicubic")
    return weighted(
        image, lambda bands: bands.mapim(where - 0.5, interpolate=bicubic, extend="copy")
    )


def shifts(image: "pyvips.Image", target: Size, faces: "Sequence[Face]") -> "pyvips.Image":
    """How far from its even place each cell of the result comes from, in shares of the longer side; one side is cut."""
    small = image.thumbnail_image(_MAP_PX, height=_MAP_PX, size="down", no_rotate=True)
    rows = _rows(energy(small.copy_memory(), faces))
    lower = image.width == target.width
    if lower:
        rows = [list(row) for row in zip(*rows, strict=True)]
    share = target.height / image.height if lower else target.width / image.width
    kept = left_over(rows, len(rows[0]) - max(1, round(len(rows[0]) * share)))
    field = _field(kept, len(rows[0]), max(small.width, small.height))
    return (field.rot90().fliphor() if lower else field).gaussblur(_SMOOTH).copy_memory()


def energy(small: "pyvips.Image", faces: "Sequence[Face]") -> Any:
    """One band of what a cell is worth, about 1 on average."""
    opaque = small.flatten(background=[255, 255, 255]) if small.hasalpha() else small
    grey = luma(opaque)
    gradient = _along(grey, [[-1, 0, 1]]) + _along(grey, [[-1], [0], [1]])
    total = _even(gradient) + _even(salience.interest(small))
    for face in faces:
        total = total + _inside(small, Frame(*face[:4])) * _FACE_WORTH
    return total


def left_over(rows: Rows, count: int) -> list[list[int]]:
    """For every row the columns that are left when `count` seams, one after the other, are gone."""
    rows = [list(row) for row in rows]
    columns = [list(range(len(row))) for row in rows]
    stiff = _STIFF * sum(map(sum, rows)) / (len(rows) * len(rows[0]))
    for _ in range(count):
        for row, places_, at in zip(rows, columns, seam(rows), strict=True):
            share = row.pop(at) * _SHARED + stiff
            del places_[at]
            for beside in {max(at - 1, 0), min(at, len(row) - 1)}:
                row[beside] += share
    return columns


def seam(rows: Rows) -> list[int]:
    """The column in each row of the path from top to bottom with the least energy; neighbours touch."""
    sums = [rows[0]]
    for row in rows[1:]:
        above = sums[-1]
        least = map(min, above, [above[0], *above], [*above[1:], above[-1]])
        sums.append(list(map(add, row, least)))
    at = sums[-1].index(min(sums[-1]))
    path = [at]
    for above in reversed(sums[:-1]):
        start = max(at - 1, 0)
        near = above[start : at + 2]
        at = start + near.index(min(near))
        path.append(at)
    return path[::-1]


def _rows(image: "pyvips.Image") -> Rows:
    """Rounded: means are summed by several threads in any order, and the last bits must not choose among equal seams."""
    steps = (image * _STEPS).rint() / _STEPS
    values = array("f", bytes(steps.cast("float").write_to_memory())).tolist()
    width = image.width
    return [values[start : start + width] for start in range(0, len(values), width)]


def _field(kept: list[list[int]], cells: int, longest: int) -> Any:
    stretch = cells / len(kept[0])
    values = array(
        "f",
        (
            (column + 0.5 - (at + 0.5) * stretch) / longest
            for row in kept
            for at, column in enumerate(row)
        ),
    )
    # borrowed, not copied: what is made from it holds the numbers as long as it needs them
    return pyvips.Image.new_from_memory(values.tobytes(), len(kept[0]), len(kept), 1, "float")


def _along(grey: Any, kernel: list[list[int]]) -> Any:
    return grey.conv(pyvips.Image.new_from_array(kernel), precision="float").abs()


def _even(band: Any) -> Any:
    """With a mean of a half; noise is not made loud."""
    band = band.copy_memory()
    return band / max(band.avg() * 2, 0.5)


def _inside(like: "pyvips.Image", frame: Frame) -> Any:
    """1 in the rectangle and a quarter around it, else 0."""
    at = places(like.width, like.height) * [1 / like.width, 1 / like.height]
    x = (at[0] - frame.middle[0]).abs() <= frame.width * 0.75
    y = (at[1] - frame.middle[1]).abs() <= frame.height * 0.75
    return (x & y) / 255
