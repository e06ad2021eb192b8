"""Frames to bytes: every format that is answered, with the effort that a waiting client can afford (`effort`).

Measured on photographs at 800 px on one core, time and bytes per picture:

    jpg   trellis, ringing control, table 3, progressive   31 ms  79 kB   (plain 5 ms, 98 kB; all scans tried 45 ms, 78 kB)
    webp  effort 4                                          46 ms  73 kB   (effort 6 122 ms, 70 kB)
    avif  effort 1                                         100 ms  51 kB   (effort 2 164 ms, 50 kB; 4 is over a second)
    jxl   effort 3                                          14 ms  70 kB   (effort 5 85 ms, 60 kB)
    png   zlib 3, adaptive filters                          29 ms 809 kB   (zlib 9 145 ms, 798 kB; no filter 1136 kB)
    gif   effort 1                                         332 ms          (effort 7 1845 ms, 7 % less)

Nothing of an original's metadata is written unless it is asked for: frames are sRGB, which needs no profile; what is
asked for in other colours is turned into them last (`profile`).
TIFF, BMP and ICO are for programs, not for browsers, and are written plainly.
"""

import io
from typing import Any

import pyvips

from imgproxy.errors import LimitExceeded
from imgproxy.render import traits
from imgproxy.render.effort import effort
from imgproxy.render.job import ALPHA_FORMATS, ANIMATED_FORMATS, Encoding
from imgproxy.render.profile import applied, is_held, needs_opaque

MAX_SIDES = {"jpg": 65_500, "webp": 16_383, "avif": 16_384, "gif": 65_535, "ico": 256}
"""Longest side that each format, or its encoder, can write."""

QUALITIES = {
    #        best good eco low
    "jpg": (91, 79, 59, 38),
    "webp": (91, 78, 58, 32),
    "avif": (78, 63, 51, 40),
    "jxl": (89, 76, 56, 31),
    "png": (95, 85, 75, 60),
}
"""Quality by level that the middle one of many pictures needs, for where the pixels are not looked at.

For the scores that the levels aim at, and for qualities that fit the picture, see `aim`.  PNG's only counts for palettes
(`lossy`).
"""

_LEVELS = ("best", "good", "eco", "low")
_LOSSY_GIF_ERROR = 8
_SUBSAMPLING = {None: "auto", "444": "off", "420": "on"}
_NEAR = 1.5
"""Steps of 8 bit by which a palette may differ on average before it shows."""

_KEEP_METADATA = 1 | 2 | 4
_KEEP_ICC = 8
"""EXIF, XMP and IPTC; the profile: bits of libvips' `keep`."""

_WHITE = [255, 255, 255]


def quality_for(
    format: str,  # noqa: A002 - the domain's word
    level: str,
    *,
    sensitive: bool = False,
) -> int | None:
    """Quality 1 to 100 that a level means in a format for most pictures; `None` where the format has none.

    `sensitive`: half-way to the level above, or to 100 from the best.
    """
    row = QUALITIES.get(format)
    if row is None:
        return None
    at = _LEVELS.index(level)
    above = row[at - 1] if at else 100
    return (row[at] + above + 1) // 2 if sensitive else row[at]


def holds_frames(format: str, apng: bool) -> bool:  # noqa: A002 - the domain's word
    """Whether more than one frame is written."""
    return format in ANIMATED_FORMATS or (apng and format == "png")


def settle(frames: list[pyvips.Image]) -> list[pyvips.Image]:
    """The frames computed into memory, without their alpha band when no pixel of any frame uses it.

    What was lazy until here is paid here, so that the time to render and the time to encode can be told apart, and a
    format can be chosen by what the pixels are.
    """
    done = [frame.copy_memory() for frame in frames]
    if all(frame.hasalpha() for frame in done) and all(_is_opaque(frame) for frame in done):
        return [frame.extract_band(0, n=frame.bands - 1) for frame in done]
    return done


def encode(frames: list[pyvips.Image], encoding: Encoding) -> bytes:
    """The file. Frames are sRGB, 8 bit, of one size; formats without animation take the first.

    Transparency is laid on white where the format has none. Raises LimitExceeded for sides beyond the format.
    """
    _check_sides(frames[0], encoding.format)
    if not holds_frames(encoding.format, encoding.apng):
        frames = frames[:1]
    coloured = _is_coloured(encoding)
    if encoding.format not in ALPHA_FORMATS or (coloured and needs_opaque(encoding.icc)):
        frames = [_flat(frame) for frame in frames]
    image = frames[0] if len(frames) == 1 else _strip(frames, encoding)
    if coloured:
        image = applied(image, encoding.icc, bare=encoding.bare)
    return _WRITERS[encoding.format](image, encoding)


def warm() -> tuple[str, ...]:
    """Loads every encoder, and what aims them, so that no request of a fresh process waits for that; the formats."""
    image = pyvips.Image.black(16, 16, bands=3).copy(interpretation="srgb")
    for name in traits.SHARES:
        traits.measured(name, image)
    for name in _WRITERS:
        encode([image], Encoding(name, quality_for(name, "good")))
    return tuple(_WRITERS)


def _is_coloured(encoding: Encoding) -> bool:
    """Whether the pixels are written in a profile's colours; black and white has none, and Pillow writes APNG."""
    plain = encoding.apng or encoding.tiff in {"group4", "mono"}
    return bool(encoding.icc) and not plain and is_held(encoding.icc, encoding.format)


def _is_opaque(frame: pyvips.Image) -> bool:
    return bool(frame[frame.bands - 1].min() == 255)


def _check_sides(image: pyvips.Image, name: str) -> None:
    side, limit = max(image.width, image.height), MAX_SIDES.get(name)
    if limit and side > limit:
        raise LimitExceeded(f"the longer side of the {name} answer in pixels", side, limit)


def _flat(frame: pyvips.Image) -> pyvips.Image:
    return frame.flatten(background=_WHITE) if frame.hasalpha() else frame


def _strip(frames: list[pyvips.Image], encoding: Encoding) -> pyvips.Image:
    """Frames below each other, the form in which libvips takes an animation."""
    strip = pyvips.Image.arrayjoin(frames, across=1).copy()
    delays = (list(encoding.delays_ms) + [100] * len(frames))[: len(frames)]
    strip.set_type(pyvips.GValue.gint_type, "page-height", frames[0].height)
    strip.set_type(pyvips.GValue.gint_type, "loop", encoding.loop)
    strip.set_type(pyvips.GValue.array_int_type, "delay", delays)
    return strip


def _jpg(image: pyvips.Image, encoding: Encoding) -> bytes:
    return _bytes(
        image.jpegsave_buffer(
            Q=encoding.quality or 75,
            interlace=encoding.progressive != "none",
            optimize_coding=True,
            optimize_scans=encoding.patient,
            trellis_quant=_effort(image, encoding) > 0,
            overshoot_deringing=True,
            quant_table=3,
            subsample_mode=_SUBSAMPLING[encoding.chroma],
            **_said(encoding),
        )
    )


def _png(image: pyvips.Image, encoding: Encoding) -> bytes:
    if encoding.apng and image.get_page_height() < image.height:
        return _apng(image, encoding)
    if encoding.png == "png24":
        image = _flat(image)
    elif encoding.png == "png32" and not image.hasalpha():
        image = image.addalpha()
    if encoding.lossy or encoding.png == "png8":
        return _palette(image, encoding)
    whole = _whole(image, encoding)
    if encoding.any_format and encoding.png is None:
        small = _palette(image, encoding)
        return small if len(small) < len(whole) and _is_near(small, image) else whole
    return whole


def _whole(image: pyvips.Image, encoding: Encoding) -> bytes:
    """Without loss; with patience the shorter of two ways, as drawings often do better without filters."""
    said, level = _said(encoding), _effort(image, encoding)
    ways = ("all", "none") if encoding.patient else ("all",)
    files = (image.pngsave_buffer(compression=level, filter=way, **said) for way in ways)
    return min(map(_bytes, files), key=len)


def _palette(image: pyvips.Image, encoding: Encoding) -> bytes:
    quality = encoding.quality or 85
    return _bytes(image.pngsave_buffer(palette=True, Q=quality, effort=3, **_said(encoding)))


def _is_near(data: bytes, image: pyvips.Image) -> bool:
    """Whether the file looks like the picture: the mean difference is below what dithering may cost."""
    again = pyvips.Image.new_from_buffer(data, "").colourspace("srgb")
    if again.hasalpha() != image.hasalpha():
        again = again.addalpha() if image.hasalpha() else again.extract_band(0, n=3)
    return bool((again - image).abs().avg() < _NEAR)


def _tiff(image: pyvips.Image, encoding: Encoding) -> bytes:
    said = _said(encoding)
    if encoding.tiff in {"group4", "mono"}:
        grey = _flat(image).colourspace("b-w")
        coding = "ccittfax4" if encoding.tiff == "group4" else "packbits"
        return _bytes(grey.tiffsave_buffer(compression=coding, bitdepth=1, **said))
    coding = "lzw" if encoding.tiff == "tiff8_lzw" else "deflate"
    return _bytes(image.tiffsave_buffer(compression=coding, predictor="horizontal", **said))


def _webp(image: pyvips.Image, encoding: Encoding) -> bytes:
    return _bytes(
        image.webpsave_buffer(
            Q=encoding.quality or 75,
            effort=_effort(image, encoding),
            smart_subsample=encoding.patient,
            **_said(encoding),
        )
    )


def _avif(image: pyvips.Image, encoding: Encoding) -> bytes:
    # libvips' default codec is HEVC, which the wheel lacks
    return _bytes(
        image.heifsave_buffer(
            compression="av1",
            Q=encoding.quality or 55,
            effort=_effort(image, encoding),
            bitdepth=8,
            subsample_mode=_SUBSAMPLING[encoding.chroma],
            **_said(encoding),
        )
    )


def _gif(image: pyvips.Image, encoding: Encoding) -> bytes:
    error = _LOSSY_GIF_ERROR if encoding.lossy else 0
    return _bytes(image.gifsave_buffer(effort=1, interframe_maxerror=error, keep="none"))


def _jxl(image: pyvips.Image, encoding: Encoding) -> bytes:
    import pillow_jxl  # noqa: F401 - registers the format

    picture = _pillow(image)
    file = io.BytesIO()
    # libjxl turns quality into its distance itself: 0.1 + 0.09 × (100 - quality) from 30 up; distance 0, which is
    # quality 100, it only takes as lossless
    quality = encoding.quality or 75
    lossless = quality == 100
    tries = _effort(image, encoding)
    picture.save(file, "JXL", quality=quality, lossless=lossless, effort=tries, num_threads=0)
    return file.getvalue()


def _bmp(image: pyvips.Image, _encoding: Encoding) -> bytes:
    file = io.BytesIO()
    _pillow(image).save(file, "BMP")
    return file.getvalue()


def _ico(image: pyvips.Image, _encoding: Encoding) -> bytes:
    file = io.BytesIO()
    _pillow(image).save(file, "ICO", sizes=[(image.width, image.height)])
    return file.getvalue()


def _apng(strip: pyvips.Image, encoding: Encoding) -> bytes:
    """Frames of a strip as one PNG that moves; libvips writes only stills."""
    height = strip.get_page_height()
    cuts = (strip.crop(0, top, strip.width, height) for top in range(0, strip.height, height))
    first, *others = map(_pillow, cuts)
    file = io.BytesIO()
    first.save(
        file,
        "PNG",
        save_all=True,
        append_images=others,
        duration=strip.get("delay"),
        loop=encoding.loop,
    )
    return file.getvalue()


def _pillow(image: pyvips.Image) -> Any:
    import PIL.Image

    mode = "RGBA" if image.hasalpha() else "RGB"
    return PIL.Image.frombytes(mode, (image.width, image.height), image.write_to_memory())


def _effort(image: pyvips.Image, encoding: Encoding) -> int:
    return effort(encoding.format, image.width * image.height, patient=encoding.patient)


def _said(encoding: Encoding) -> dict[str, Any]:
    """What a file says besides its pixels, as options of libvips' savers."""
    keep = _KEEP_METADATA if encoding.metadata else 0
    if _is_coloured(encoding):
        return {"keep": keep | (0 if encoding.bare else _KEEP_ICC)}
    return {"keep": keep | _KEEP_ICC, "profile": "srgb"} if encoding.profile else {"keep": keep}


def _bytes(data: Any) -> bytes:
    assert isinstance(data, bytes)
    return data


_WRITERS = {
    "jpg": _jpg,
    "png": _png,
    "webp": _webp,
    "avif": _avif,
    "gif": _gif,
    "jxl": _jxl,
    "tiff": _tiff,
    "bmp": _bmp,
    "ico": _ico,
}
