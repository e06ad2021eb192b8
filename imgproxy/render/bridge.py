"""Formats that the wheel of libvips cannot read, or reads slowly, brought to it as raw pixels.

    heic            pillow-heif
    avif            Pillow (dav1d: a quarter of the time of libvips' libaom)
    jxl, bmp, ico   Pillow, JPEG XL by its plugin
    pdf             pypdfium2, one page

Each `open_…` returns the header and a function for the pixels; nothing large is decoded before the header passed the
guards.  Pixels come as the decoder gives them, with ICC profile and orientation attached; `decode` does the rest.
The foreign libraries are imported by the functions that need them, because most render processes never do.
"""

import io
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import pyvips

from imgproxy.errors import BadParameter, ImageError, LimitExceeded, NotAnImage
from imgproxy.render.colour import with_profile
from imgproxy.render.guards import check
from imgproxy.render.job import Header, View
from imgproxy.render.sniff import jxl_size
from imgproxy.settings import Limits
from imgproxy.values import Size

Pixels = Callable[[Size | None, bool], Iterator[pyvips.Image]]
"""Frames for the size that will be asked of them (only a hint), and whether the first one is enough."""

_POINTS_PER_INCH = 72
_ORIENTATION_TAG = 0x0112
_BANDS = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4, "CMYK": 4}


class Unreadable(Exception):
    """The bridge's decoder refuses a file that libvips may still read; never leaves this room and `decode`."""


@contextmanager
def crossing(kind: str) -> Iterator[None]:
    """Whatever a foreign decoder throws becomes NotAnImage or LimitExceeded."""
    import PIL.Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", PIL.Image.DecompressionBombWarning)
            yield
    except (ImageError, Unreadable, MemoryError):
        raise
    except (PIL.Image.DecompressionBombWarning, PIL.Image.DecompressionBombError):
        limit = PIL.Image.MAX_IMAGE_PIXELS
        raise LimitExceeded("the original in pixels", f"more than {limit}", limit) from None
    except Exception as error:
        # decoders in Python answer damaged data with any exception there is
        raise NotAnImage(f"the {kind.upper()} data is damaged or incomplete") from error


def open_heic(path: str, limits: Limits) -> tuple[Header, Pixels]:
    """HEIC's primary picture. libheif turns it upright by itself; its EXIF orientation is a leftover."""
    import pillow_heif

    pillow_heif.options.DECODE_THREADS = 1
    heif = pillow_heif.open_heif(path, convert_hdr_to_8bit=True)
    header = Header("heic", Size(*heif.size), has_alpha=heif.has_alpha)
    check(header, limits)

    def pixels(_hint: Size | None, _still: bool) -> Iterator[pyvips.Image]:
        bands = len(heif.mode)
        image = _from_memory(heif.data, heif.stride // bands, heif.size[1], bands)
        image = image.crop(0, 0, *heif.size)
        if heif.mode == "RGBa":
            image = image.unpremultiply().cast("uchar")
        yield with_profile(image, heif.info.get("icc_profile"))

    return header, pixels


def open_avif(path: str, limits: Limits) -> tuple[Header, Pixels]:
    """AVIF and AVIF sequences. Raises Unreadable where libvips may do better."""
    import PIL.AvifImagePlugin
    import PIL.Image

    PIL.AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    data = Path(path).read_bytes()
    if b"clap" in data[:4096]:
        raise Unreadable("libavif leaves a clean aperture uncut")
    try:
        picture = _opened(io.BytesIO(data), limits)
    except (OSError, SyntaxError, ValueError):
        raise Unreadable("libavif is stricter than libheif") from None
    return _from_pillow("avif", picture, limits)


def open_jxl(path: str, limits: Limits) -> tuple[Header, Pixels]:
    """The first frame. The plugin decodes on opening, so the size is read from the codestream before."""
    import pillow_jxl.JpegXLImagePlugin

    pillow_jxl.JpegXLImagePlugin.DECODE_THREADS = 0
    data = Path(path).read_bytes()
    size = jxl_size(data)
    if size is None:
        raise NotAnImage("the JXL data has no codestream")
    check(Header("jxl", size), limits)
    return _from_pillow("jxl", _opened(io.BytesIO(data), limits), limits)


def open_raster(kind: str, path: str, limits: Limits) -> tuple[Header, Pixels]:
    """BMP, and of an ICO its largest picture."""
    data = Path(path).read_bytes()
    return _from_pillow(kind, _opened(io.BytesIO(data), limits), limits)


def check_page(view: View, sheets: int) -> None:
    """Raises BadParameter for a page that is not there."""
    if view.page is not None and view.page > sheets:
        raise BadParameter(
            "pg", str(view.page), f"a page from 1 to {sheets}, which the original has"
        )


def open_pdf(path: str, limits: Limits, view: View) -> tuple[Header, Pixels]:
    """One page on white, its size that of the view's density."""
    import pypdfium2

    at = (view.page or 1) - 1
    with closing(pypdfium2.PdfDocument(path)) as document:
        sheets = len(document)
        check_page(view, sheets)
        width_pt, height_pt = document[at].get_size()
    dots = view.density_dpi / _POINTS_PER_INCH
    size = Size(max(1, round(width_pt * dots)), max(1, round(height_pt * dots)))
    header = Header("pdf", size, sheets=sheets)
    check(header, limits)

    def pixels(hint: Size | None, _still: bool) -> Iterator[pyvips.Image]:
        size = hint or header.size
        scale = max(size.width / width_pt, size.height / height_pt)
        with closing(pypdfium2.PdfDocument(path)) as document:
            bitmap = document[at].render(scale=scale, rev_byteorder=True)
            data = bytes(bitmap.buffer)
        row = bitmap.stride // bitmap.n_channels
        image = _from_memory(data, row, bitmap.height, bitmap.n_channels)
        image = image.crop(0, 0, bitmap.width, bitmap.height)
        # pages are measured in fractions of a point; the bitmap is rounded up
        yield image.extract_band(0, n=3).thumbnail_image(
            size.width, height=size.height, size="force"
        )

    return header, pixels


def warm() -> tuple[str, ...]:
    """Imports every foreign library, which the first picture of its kind would otherwise wait for; the formats."""
    for name in ("PIL.AvifImagePlugin", "PIL.Image", "pillow_heif", "pillow_jxl", "pypdfium2"):
        import_module(name)
    return "avif", "heic", "jxl", "bmp", "ico", "pdf"


def _opened(file: io.BytesIO, limits: Limits) -> Any:
    """A Pillow image, which refuses more pixels than the limit also in pictures inside pictures."""
    import PIL.Image

    PIL.Image.MAX_IMAGE_PIXELS = limits.max_original_pixels
    return PIL.Image.open(file)


def _from_pillow(kind: str, picture: Any, limits: Limits) -> tuple[Header, Pixels]:
    # in a JPEG XL with its own codestream, libjxl has turned the picture already; a transcoded JPEG is as it was
    turned = kind == "jxl" and not picture.jpeg
    orientation = 1 if turned else picture.getexif().get(_ORIENTATION_TAG, 1)
    orientation = orientation if orientation in range(1, 9) else 1
    width, height = picture.size
    frames = getattr(picture, "n_frames", 1)
    header = Header(
        kind,
        Size(height, width) if orientation >= 5 else Size(width, height),
        pages=frames,
        has_alpha=picture.has_transparency_data,
        orientation=orientation,
    )
    check(header, limits)
    if frames > 1:
        header = msgspec.structs.replace(header, delays_ms=_delays(picture, frames))
    profile = picture.info.get("icc_profile")

    def pixels(_hint: Size | None, still: bool) -> Iterator[pyvips.Image]:
        for index in range(1 if still else frames):
            if frames > 1:
                picture.seek(index)
            image = with_profile(_frame(picture, index), profile)
            image.set_type(pyvips.GValue.gint_type, "orientation", orientation)
            yield image

    return header, pixels


def _delays(picture: Any, frames: int) -> tuple[int, ...]:
    """Milliseconds per frame. Pillow knows a frame's only after decoding it, so the first speaks for all."""
    picture.load()
    return (round(picture.info.get("duration", 0)) or 100,) * frames


def _frame(picture: Any, index: int) -> pyvips.Image:
    """AVIF's decoder gives pixels as they are wanted here; Pillow would copy them twice, a third of the whole time."""
    decoder = getattr(picture, "_decoder", None)
    if picture.format != "AVIF" or decoder is None or picture.mode not in {"RGB", "RGBA"}:
        return _raw(picture)
    data, *_times = decoder.get_frame(index)
    width, height = picture.size
    return _from_memory(data, width, height, _BANDS[picture.mode])


def _raw(picture: Any) -> pyvips.Image:
    picture.load()
    if picture.mode == "I;16":
        grey = pyvips.Image.new_from_memory(picture.tobytes(), *picture.size, 1, "ushort")
        return grey.copy(interpretation="grey16")
    if picture.mode == "F":
        grey = pyvips.Image.new_from_memory(picture.tobytes(), *picture.size, 1, "float")
        return (grey * 255).cast("uchar").copy(interpretation="b-w")
    if picture.mode not in _BANDS:
        picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    width, height = picture.size
    kind = "cmyk" if picture.mode == "CMYK" else ""
    return _from_memory(picture.tobytes(), width, height, _BANDS[picture.mode], kind)


def _from_memory(data: Any, width: int, height: int, bands: int, kind: str = "") -> pyvips.Image:
    kind = kind or ("b-w" if bands < 3 else "srgb")
    image = pyvips.Image.new_from_memory(data, width, height, bands, "uchar")
    return image.copy(interpretation=kind)
