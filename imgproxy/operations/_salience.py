"""Where in a picture to look: the window that automatic gravity takes.

A copy of 64 px gets a map of interest: what stands out from its surroundings and from the whole in CIELAB (after
Achanta and others, 2009), fine detail, the colours of skin.  Faces and areas of interest are hills on it.  A window is
worth its interest, weighed by where in the window it lies: little at the edges, so that things are not cut, a bit more
on the lines of the thirds; among equals the middle of the picture wins.

Compared on 23 photos (houses, rooms, people, landscapes), each cut to 1:1, 9:16 and 3:1, with libvips' `attention` (one
brightest spot) and `entropy` (the window with the widest histogram), judged by eye.  Windows of 69 that cut or lose what
the picture is of: this 4, entropy 7, attention 15; of the 9 with people in them this 2, entropy 6, attention 8.  Median
CPU time from 800 px: 13 ms, entropy 8, attention 5; faces, searched in 320 px, are 5 more.
"""

from typing import TYPE_CHECKING, Any

import pyvips

from imgproxy.notation.focus import Focus
from imgproxy.notation.number import round_half_up
from imgproxy.operations._framing import Frame
from imgproxy.values import Size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imgproxy.values import Face

_MAP_PX = 64
_FACE_SHARE = 0.6
"""A face alone weighs this share of all other interest in the picture."""
_EDGE = 0.35
"""Up to this share of the way from a window's edge to its middle, interest counts less."""
_THIRDS = 0.3
"""How much more counts what lies on a line of the thirds, at full weight."""
_REMOTE = 0.12
"""How much less is a window at the picture's edge worth than one in the middle, along each side."""


def corner(
    image: "pyvips.Image",
    inner: Size,
    focus: Focus,
    faces: "Sequence[Face]" = (),
    areas: "Sequence[Frame]" = (),
) -> tuple[int, int]:
    """Left and top of the window of size `inner` that is most worth seeing. Faces and areas in shares of the picture."""
    small = image.thumbnail_image(_MAP_PX, height=_MAP_PX, size="down", no_rotate=True)
    worth = interest(small.copy_memory())
    hills = [(Frame(*face[:4]), focus.faces / 100) for face in faces]
    hills += [(area, 1.0) for area in areas]
    everything = worth.avg() * worth.width * worth.height
    for frame, weight in hills:
        hill = _hill(worth, frame)
        worth = worth + hill * (weight * _FACE_SHARE * everything / max(_sum(hill), 1e-6))
    return _best(worth.copy_memory(), Size(image.width, image.height), inner, focus.thirds / 100)


def interest(small: "pyvips.Image") -> "pyvips.Image":
    """One band, larger where there is more to see; `small` is in memory and of some sixty pixels."""
    side = max(small.width, small.height)
    opaque = small.flatten(background=[255, 255, 255]) if small.hasalpha() else small
    lab = opaque.colourspace("lab").copy_memory()
    fine = lab.gaussblur(side / 96).copy_memory()
    surroundings = lab.gaussblur(side / 6, min_ampl=0.1).copy_memory()
    apart = _length(fine - surroundings, (0.5, 1.5, 1.5))
    odd = _length(fine - [band.avg() for band in lab.bandsplit()], (0.3, 1.5, 1.5))
    detail = (lab[0] - lab[0].gaussblur(side / 48)).abs()
    total = _even(apart) + _even(odd) * 0.7 + _even(detail) + _skin(fine) * 1.5
    smooth: pyvips.Image = total.gaussblur(side / 40) ** 2
    return smooth.copy_memory()


def _length(difference: Any, weights: tuple[float, ...]) -> Any:
    return (difference * difference).recomb([list(weights)]) ** 0.5


def _even(band: Any) -> Any:
    """With a mean of a half, so that all kinds of interest speak equally loud; noise is not made loud."""
    band = band.copy_memory()
    return band / max(band.avg() * 2, 1.0)


def _skin(lab: Any) -> Any:
    """1 at the middle of the skin colours of all people, falling off; hue tells them, lightness hardly."""
    far = (lab - [65, 16, 18]) * [1 / 28, 1 / 9, 1 / 10]
    return (_length(far, (1, 1, 1)) ** 2 * -0.5).exp()


def _hill(like: "pyvips.Image", frame: Frame) -> Any:
    at = pyvips.Image.xyz(like.width, like.height) + 0.5
    middle, reach = frame.middle, (max(frame.width, 0.01) * 0.6, max(frame.height, 0.01) * 0.6)
    x = (at[0] / like.width - middle[0]) / reach[0]
    y = (at[1] / like.height - middle[1]) / reach[1]
    return ((x * x + y * y) * -1).exp()


def _sum(band: Any) -> float:
    return float(band.avg() * band.width * band.height)


def _best(worth: "pyvips.Image", outer: Size, inner: Size, thirds: float) -> tuple[int, int]:
    """The place where the window, weighed from its edges to its middle, holds most."""
    across = _share(worth.width, inner.width, outer.width)
    down = _share(worth.height, inner.height, outer.height)
    row, column = [_liking(across, thirds)], [[value] for value in _liking(down, thirds)]
    held = worth.conv(pyvips.Image.new_from_array(row), precision="float")
    held = held.conv(pyvips.Image.new_from_array(column), precision="float")
    left, top = worth.width - across, worth.height - down
    held = held.crop(across // 2, down // 2, left + 1, top + 1)
    _, x, y = (held * _nearness(left + 1, top + 1)).maxpos()
    return _pixels(x, left, outer.width - inner.width), _pixels(y, top, outer.height - inner.height)


def _share(cells: int, inner: int, outer: int) -> int:
    return max(1, min(cells, round_half_up(cells * inner / outer)))


def _pixels(cell: int, cells: int, room: int) -> int:
    return round_half_up(room * cell / cells) if cells else room // 2


def _liking(count: int, thirds: float) -> list[float]:
    """How much counts what lies in each of `count` columns or rows of the window."""
    places = [(index + 0.5) / count for index in range(count)]
    return [
        min(1.0, min(place, 1 - place) * 2 / _EDGE) ** 0.7
        * (1 + thirds * _THIRDS * max(0.0, 1 - min(abs(place - 1 / 3), abs(place - 2 / 3)) * 6))
        for place in places
    ]


def _nearness(width: int, height: int) -> Any:
    """1 in the middle of all possible places, less towards the ends."""
    at = pyvips.Image.xyz(width, height) + 0.5
    x, y = at[0] / width * 2 - 1, at[1] / height * 2 - 1
    return (x * x + y * y) * -_REMOTE + 1
