"""Bytes to frames: whatever an original is, the steps get upright sRGB pixels, 8 bit, three bands or four.

Two ways that agree to within rounding, held together by tests:

* scaled: the decoder itself shrinks where that costs no quality (JPEG by 2, 4, 8; WebP; SVG and PDF are drawn at
  the size), then one resize to exactly the sides asked, with premultiplied alpha.  The result is in memory.
* whole: every pixel, decoded into memory once, because the steps may look at it in any order; turning and colour
  stay lazy, so that a small window of a large picture converts only itself.

Animations are decoded whole, as one tall strip, and cut apart before anything is resized, so no frame bleeds into
its neighbour.  A truncated JPEG, PNG or GIF gives what is there, as in a browser, unless nothing is there.

Files reach libvips as sources, never as names: libvips reads options out of a name such as `a[1].jpg`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import msgspec
import pyvips

from imgproxy.errors import LimitExceeded, NotAnImage
from imgproxy.render import bridge, colour, guards, svg
from imgproxy.render.job import Header, View
from imgproxy.settings import Limits
from imgproxy.values import Size

Load = Callable[[Size | None, bool], list[pyvips.Image]]

LOADERS = {
    "jpg": "jpegload_source",
    "png": "pngload_source",
    "gif": "gifload_source",
    "webp": "webpload_source",
    "tiff": "tiffload_source",
    "avif": "heifload_source",
}
"""libvips' loader by name, so that it cannot take the bytes for something else than the guards did."""

RESIDUE = 1.6
"""What is left for the good kernel after a JPEG decoder has shrunk by 2, 4 or 8: at least this much.

`python -m benchmarks shrink` prints what other values cost and give.
"""

WEBP_RESIDUE = 2.0
"""The same of a WebP decoder, which shrinks by any number, but roughly.

Photographs of 12 megapixels to 480 px beside the whole picture and the kernel alone: with 1, as is usual, SSIMULACRA2 80
to 86 and SSIM 0.984 to 0.992; with 2, in 13 % more time, 93 to 95 and 0.997 to 0.998; all of it takes twice the time.
"""

_WEBP_WORTH = 1.3
"""The decoder is to leave out at least so much in each direction: a little less takes as long as all."""

_PAGED = frozenset({"gif", "webp"})
"""Formats whose pages are frames in time; pages of a TIFF are other pictures."""


_SHEETED = _PAGED | {"tiff"}
_WHOLE = View()


class Picture(NamedTuple):
    """An original that passed the guards: its header, and its pixels when they are wanted."""

    header: Header
    load: Load
    max_pixels: int

    def frames(self, scaled: Size | None = None, *, still: bool = False) -> list[pyvips.Image]:
        """All frames in order (`still`: only the first), each of `header.size`, or of exactly `scaled`.

        Raises NotAnImage when the data is too damaged to show anything, LimitExceeded when all the frames
        together would grow beyond what an original may have.
        """
        pixels = scaled.width * scaled.height * (1 if still else self.header.pages) if scaled else 0
        if pixels > self.max_pixels:
            raise LimitExceeded("the scaled picture in pixels, all frames", pixels, self.max_pixels)
        with _decoding(self.header.format):
            return self.load(scaled, still)


def open_original(path: str, limits: Limits, view: View = _WHOLE) -> Picture:
    """The picture in the file at `path`, or the page of it that `view` says; only its header is read.

    Raises NotAnImage, LimitExceeded, BadParameter for a page that is not there, or OriginFailed when the file cannot
    be read.
    """
    kind = guards.admit(path, limits)
    with _decoding(kind):
        if kind == "svg":
            bridge.check_page(view, 1)
            return _open_svg(path, limits)
        if kind in LOADERS and kind != "avif":
            picture = _open_native(kind, path, limits)
            return picture if view.page is None else _sheet(picture, path, view.page, limits)
        return _open_foreign(kind, path, limits, view)


def warm() -> tuple[str, ...]:
    """Loads every decoder, so that no request of a fresh process waits for that; the formats."""
    foreign = bridge.warm()
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"/>'
    image = pyvips.Image.thumbnail_buffer(drawing, 32)
    for suffix in (".jpg", ".png", ".webp", ".gif", ".tif"):
        data = image.write_to_buffer(suffix)
        pyvips.Image.thumbnail_buffer(data, 8, output_profile=colour.SRGB).avg()
    return tuple(dict.fromkeys((*LOADERS, "svg", *foreign)))


@contextmanager
def _decoding(kind: str) -> Iterator[None]:
    """What libvips has to say names files and line numbers; the client gets a clean sentence."""
    try:
        yield
    except (pyvips.Error, UnicodeDecodeError) as error:
        # the second: libvips quotes bytes of the file in its message, and pyvips cannot read them
        raise NotAnImage(f"the {kind.upper()} data is damaged or incomplete") from error


def _open_native(kind: str, path: str, limits: Limits) -> Picture:
    header = _header(kind, loaded(kind, path))
    guards.check(header, limits)
    return Picture(header, partial(_native_frames, path, header), limits.max_original_pixels)


def _sheet(whole: Picture, path: str, page: int, limits: Limits) -> Picture:
    """One page of it as a picture of its own."""
    kind, sheets = whole.header.format, whole.header.sheets
    bridge.check_page(View(page), sheets)
    if sheets == 1:
        return whole
    header = _header(kind, loaded(kind, path, page=page - 1))
    header = msgspec.structs.replace(header, pages=1, delays_ms=(), loop=0)
    guards.check(header, limits)

    def load(scaled: Size | None, _still: bool) -> list[pyvips.Image]:
        return [_upright(loaded(kind, path, page=page - 1).copy_memory(), scaled)]

    return Picture(header, load, limits.max_original_pixels)


def _open_svg(path: str, limits: Limits) -> Picture:
    text = svg.checked(Path(path).read_bytes())
    header = _header("svg", pyvips.Image.svgload_buffer(text))
    guards.check(header, limits)

    def load(scaled: Size | None, _still: bool) -> list[pyvips.Image]:
        size = scaled or header.size
        image = pyvips.Image.thumbnail_buffer(text, size.width, height=size.height, size="force")
        return [colour.settled(image).copy_memory()]

    return Picture(header, load, limits.max_original_pixels)


def _open_foreign(kind: str, path: str, limits: Limits, view: View) -> Picture:
    try:
        with bridge.crossing(kind):
            header, pixels = _bridge(kind, path, limits, view)
    except bridge.Unreadable:
        return _open_native(kind, path, limits)

    def load(scaled: Size | None, still: bool) -> list[pyvips.Image]:
        with bridge.crossing(kind):
            return [_upright(image, scaled) for image in pixels(scaled, still)]

    return Picture(header, load, limits.max_original_pixels)


def _bridge(kind: str, path: str, limits: Limits, view: View) -> tuple[Header, bridge.Pixels]:
    if kind == "pdf":
        return bridge.open_pdf(path, limits, view)
    bridge.check_page(view, 1)
    openers = {
        "heic": bridge.open_heic,
        "avif": bridge.open_avif,
        "jxl": bridge.open_jxl,
    }
    opener = openers.get(kind) or partial(bridge.open_raster, kind)
    return opener(path, limits)


def loaded(kind: str, path: str, **options: float) -> pyvips.Image:
    """The image as libvips reads it, sequentially: to be read once, from top to bottom."""
    loader = getattr(pyvips.Image, LOADERS[kind])
    image: pyvips.Image = loader(_source(path), access="sequential", **options)
    return image


def _source(path: str) -> pyvips.Source:
    return pyvips.Source.new_from_file(path)


def _header(kind: str, image: pyvips.Image) -> Header:
    orientation = _number(image, "orientation", 1)
    width, height = image.width, _number(image, "page-height", image.height)
    pages = _number(image, "n-pages", 1) if kind in _PAGED else 1
    animated = pages > 1
    return Header(
        kind,
        Size(height, width) if orientation >= 5 else Size(width, height),
        pages=pages,
        has_alpha=bool(image.hasalpha()),
        orientation=orientation,
        delays_ms=_delays(image, pages) if animated else (),
        loop=_number(image, "loop", 0) if animated else 0,
        sheets=_number(image, "n-pages", 1) if kind in _SHEETED else 1,
    )


def _number(image: pyvips.Image, field: str, default: int) -> int:
    return int(image.get(field)) if image.get_typeof(field) else default


def _delays(image: pyvips.Image, pages: int) -> tuple[int, ...]:
    """Milliseconds for each page, also where the file is short of them.

    Up to 10 ms means "no delay given": every browser shows such a frame for 100.
    """
    delays = [int(delay) for delay in image.get("delay")] if image.get_typeof("delay") else []
    delays = delays[:pages] + [0] * (pages - len(delays))
    return tuple(delay if delay > 10 else 100 for delay in delays)


def _native_frames(
    path: str, header: Header, scaled: Size | None, still: bool
) -> list[pyvips.Image]:
    if header.pages > 1 and not still:
        return _animation(path, header, scaled)
    frame = _shrunk(path, header, scaled) if scaled else _whole(path, header.format)
    if not guards.is_whole(path, header.format) and _is_blank(frame):
        raise NotAnImage(f"the {header.format.upper()} data ends before the first pixel")
    return [frame]


def _shrunk(path: str, header: Header, scaled: Size) -> pyvips.Image:
    options = _smaller(header, scaled)
    return resized(loaded(header.format, path, **options), scaled)


def _smaller(header: Header, scaled: Size) -> dict[str, float]:
    """What the decoder is asked to leave out, as options of libvips' loader."""
    times = min(header.size.width / scaled.width, header.size.height / scaled.height)
    if header.format == "jpg":
        return {"shrink": shrink_for(times)}
    if header.format == "webp" and header.pages == 1 and times > WEBP_RESIDUE * _WEBP_WORTH:
        return {"scale": WEBP_RESIDUE / times}
    return {}


def shrink_for(times: float) -> int:
    """Which of 1, 2, 4 and 8 a JPEG decoder is to shrink by, for a picture that gets `times` smaller in all."""
    return next((factor for factor in (8, 4, 2) if times >= factor * RESIDUE), 1)


def _whole(path: str, kind: str) -> pyvips.Image:
    # read in order straight into memory: random access would decode to memory as well, and copy
    return _upright(loaded(kind, path).copy_memory(), None)


def _animation(path: str, header: Header, scaled: Size | None) -> list[pyvips.Image]:
    strip = loaded(header.format, path, n=-1).copy_memory()
    width, height = strip.width, strip.height // header.pages
    cuts = (strip.crop(0, index * height, width, height) for index in range(header.pages))
    return [_upright(cut, scaled) for cut in cuts]


def _upright(image: pyvips.Image, scaled: Size | None) -> pyvips.Image:
    """An image in memory turned by its orientation, in sRGB, resized into memory where a size is asked."""
    if scaled is None:
        return colour.to_srgb(image.autorot())
    return resized(image, scaled)


def resized(image: pyvips.Image, scaled: Size) -> pyvips.Image:
    """Exactly `scaled`, upright, in sRGB and in memory; transparency counts by its weight."""
    # without a profile there is nothing to convert, and libvips would take 130 ns for each pixel to find out
    to_srgb = {} if colour.is_plain(image) else {"output_profile": colour.SRGB}
    small = image.thumbnail_image(
        scaled.width, height=scaled.height, size="force", intent="relative", **to_srgb
    )
    return colour.settled(small).copy_memory()


def _is_blank(image: pyvips.Image) -> bool:
    return bool(image.deviate() == 0)
