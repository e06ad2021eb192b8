"""Where pixels go: the arithmetic of every resize mode, pure and exact, without a picture at hand.

A plan has up to three parts, always in this order: scale the input to `scaled`, cut a window of `cropped` out of it,
lay the rest on a canvas of `canvas`.  Sizes come from the mode's rule; where the window and the picture lie is the
gravity's business.

Rules in one table (W×H is the input, w×h the box, sides asked for after the device-pixel ratio):

    mode      scale factor                                       afterwards
    scale     w/W and h/H, each on its own                       -
    liquid    max(w/W, h/H), a side at most twice the box        seams left out down to w×h
    fit       min(w/W, h/H)                                      -
    limit     min(w/W, h/H, 1)                                   -
    mfit      max(min(w/W, h/H), 1)                              -
    fill      max(w/W, h/H)                                      cut to w×h
    lfill     max(w/W, h/H) if that is ≤ 1, else 1               cut to what of w×h is there
    thumb     max(w/W, h/H) × zoom, never below the first part   cut to w×h
    auto      as fill                                            cut to w×h
    pad       min(w/W, h/H)                                      lay on w×h
    lpad      min(w/W, h/H, 1)                                   lay on w×h
    mpad      1                                                  lay on max(w, W)×max(h, H)
    fill_pad  min(max(w/W, h/H), 4/3 × min(w/W, h/H))            cut and lay on w×h: at most a quarter is cut away
    crop      1                                                  cut to what of w×h is there

One missing side is unlimited for fit, limit and mfit; for the others it follows from the input's ratio
(crop: it is the input's own side), or from `ar` where that is given.  `ar` alone asks for the largest window of that
ratio inside the input; pad, lpad and mpad, which lose nothing, for the smallest canvas of that ratio around it.
"""

from typing import NamedTuple

from imgproxy.notation.number import round_half_up
from imgproxy.values import Size

FILL_PAD_TOLERANCE = 4 / 3
"""How much further than fit the picture may grow in fill_pad before padding starts."""


class Plan(NamedTuple):
    """The parts; `None` skips a part."""

    scaled: Size
    cropped: Size | None = None
    canvas: Size | None = None
    enlarged: Size | None = None
    """After cutting, where cutting first is the cheaper way to a close-up."""

    @property
    def result(self) -> Size:
        """Size after all parts."""
        return self.enlarged or self.canvas or self.cropped or self.scaled


class Box(NamedTuple):
    """The sides asked for in pixels; `None` where only one was, never both."""

    width: int | None
    height: int | None


def box(
    size: Size,
    width: int | None,
    height: int | None,
    ratio: float | None,
    *,
    around: bool = False,
) -> Box:
    """Completes the sides by the aspect ratio: with one side it gives the other.

    Alone it means the largest window of that ratio inside the input, or with `around` the smallest around it.
    """
    if ratio is None or (width and height):
        return Box(width, height)
    if width:
        return Box(width, max(1, round_half_up(width / ratio)))
    if height:
        return Box(max(1, round_half_up(height * ratio)), height)
    keeps_height = (size.width / size.height > ratio) != around
    if keeps_height:
        return Box(max(1, round_half_up(size.height * ratio)), size.height)
    return Box(size.width, max(1, round_half_up(size.width / ratio)))


def scale(size: Size, asked: Box) -> Plan:
    """Exactly the box; a missing side keeps the ratio."""
    return Plan(_completed(size, asked))


def liquid(size: Size, asked: Box) -> Plan:
    """Exactly the box: covered, then made narrower by what can be spared, at most half of a side."""
    target = _completed(size, asked)
    factor = max(target.width / size.width, target.height / size.height)
    cover = covering(size, factor, target)
    return Plan(
        Size(min(cover.width, 2 * target.width), min(cover.height, 2 * target.height)), target
    )


def fit(size: Size, asked: Box, *, shrink: bool = True, enlarge: bool = True) -> Plan:
    """Inside the box with the input's ratio; `limit` may not enlarge, `mfit` may not shrink."""
    factor = _bounded(min(_factors(size, asked)), shrink=shrink, enlarge=enlarge)
    return Plan(_scaled(size, factor, asked))


def fill(size: Size, asked: Box, zoom: float = 1.0) -> Plan:
    """Exactly the box, covered; what sticks out is cut."""
    target = _completed(size, asked)
    factor = max(target.width / size.width, target.height / size.height) * max(zoom, 1.0)
    return Plan(covering(size, factor, target), target)


def lfill(size: Size, asked: Box) -> Plan:
    """As fill where the input is large enough; otherwise not resized, only cut where it sticks out."""
    target = _completed(size, asked)
    factor = max(target.width / size.width, target.height / size.height)
    if factor <= 1:
        return fill(size, asked)
    return Plan(size, Size(min(size.width, target.width), min(size.height, target.height)))


def pad(size: Size, asked: Box, *, enlarge: bool = True) -> Plan:
    """Inside the box, on a canvas of exactly the box; `lpad` may not enlarge the picture."""
    target = _completed(size, asked)
    inner = fit(size, Box(*target), enlarge=enlarge).scaled
    return Plan(inner, None, target)


def mpad(size: Size, asked: Box) -> Plan:
    """The input as it is, on a canvas at least as large as the box."""
    target = _completed(size, asked)
    return Plan(size, None, Size(max(target.width, size.width), max(target.height, size.height)))


def fill_pad(size: Size, asked: Box) -> Plan:
    """Between fill and pad: grows until a quarter of a side would be cut away, the rest is canvas."""
    target = _completed(size, asked)
    across, down = target.width / size.width, target.height / size.height
    factor = min(max(across, down), FILL_PAD_TOLERANCE * min(across, down))
    scaled = _scaled(size, factor, Box(None, None))
    cropped = Size(min(scaled.width, target.width), min(scaled.height, target.height))
    return Plan(scaled, cropped, target)


def crop(size: Size, asked: Box) -> Plan:
    """A window of the unscaled input; a missing side is the input's."""
    width = min(asked.width or size.width, size.width)
    height = min(asked.height or size.height, size.height)
    return Plan(size, Size(width, height))


def window(
    outer: Size, inner: Size, anchor: tuple[float, float], shift: tuple[int, int]
) -> tuple[int, int]:
    """Left and top of `inner` within `outer` by gravity, moved by `shift` towards the interior.

    From the east and south edges positive moves go left and up.  The result may lie outside; the caller decides
    whether to clamp.  Negative room (inner larger than outer) is shared out by the same anchor.
    """
    left = round_half_up((outer.width - inner.width) * anchor[0])
    top = round_half_up((outer.height - inner.height) * anchor[1])
    across = -shift[0] if anchor[0] == 1 else shift[0]
    down = -shift[1] if anchor[1] == 1 else shift[1]
    return left + across, top + down


def _completed(size: Size, asked: Box) -> Size:
    """Both sides; the missing one keeps the input's ratio."""
    if asked.width and asked.height:
        return Size(asked.width, asked.height)
    if asked.width:
        return Size(asked.width, max(1, round_half_up(size.height * asked.width / size.width)))
    if asked.height:
        return Size(max(1, round_half_up(size.width * asked.height / size.height)), asked.height)
    return size


def _factors(size: Size, asked: Box) -> list[float]:
    pairs = ((asked.width, size.width), (asked.height, size.height))
    return [side / own for side, own in pairs if side] or [1.0]


def _bounded(factor: float, *, shrink: bool, enlarge: bool) -> float:
    factor = factor if enlarge else min(factor, 1.0)
    return factor if shrink else max(factor, 1.0)


def _scaled(size: Size, factor: float, asked: Box) -> Size:
    """Rounded, at least one pixel, and never a pixel beyond the box by rounding."""
    width = max(1, round_half_up(size.width * factor))
    height = max(1, round_half_up(size.height * factor))
    if factor <= 1 or not asked.width or not asked.height:
        return Size(width, height)
    return Size(min(width, asked.width), min(height, asked.height))


def covering(size: Size, factor: float, target: Size) -> Size:
    """Rounded, but never a pixel short of the target by rounding."""
    width = max(target.width, round_half_up(size.width * factor))
    height = max(target.height, round_half_up(size.height * factor))
    return Size(width, height)
