"""What a render process is asked for and what it gives back: values that cross the process border."""

from typing import Literal, NamedTuple

import msgspec

from imgproxy.asset import NOTHING, AssetData
from imgproxy.settings import Limits
from imgproxy.values import Size, Source

ALPHA_FORMATS = frozenset({"png", "webp", "avif", "gif", "jxl", "tiff", "ico"})
"""Formats that can hold transparency; the others are flattened."""

ANIMATED_FORMATS = frozenset({"gif", "webp"})
"""Formats that keep more than one frame here without being told to."""

MEDIA_TYPES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "avif": "image/avif",
    "gif": "image/gif",
    "jxl": "image/jxl",
    "svg": "image/svg+xml",
    "tiff": "image/tiff",
    "bmp": "image/bmp",
    "ico": "image/vnd.microsoft.icon",
    "heic": "image/heic",
    "pdf": "application/pdf",
}
"""Format name, as the language writes it, to media type; also the formats that `sniff` can tell apart."""


MAX_MASTER_BYTES = 4096 + 2400 * 2400 * 4
"""The largest working copy of an original: `imgproxy.render.master`."""


class LayerFile(msgspec.Struct, frozen=True):
    """The original of a layer, as a local file."""

    source: Source
    path: str


class RenderJob(msgspec.Struct, frozen=True):
    """One render. `transformation` is canonical text; the process parses it again, which is cheap and safe.

    `formats`: what may be answered, best first; empty: the original's own format (or its nearest web format).
    `negotiated`: they came from the client's Accept, so that animation and alpha may rule some of them out.
    `layers`: one for each source that the transformation needs.
    `extension`: what the URL asked as extension, the base when `formats` came from negotiation.
    `asset`: what is stored about the original, where the transformation asks for that.
    `master`: a working copy that may be read in place of the original; empty: there is none.
    `keep`: whether one may be made on the way: `dear`: where decoding takes long enough.
    `effort`: `patient`: nobody waits, so the bytes may be made fewer, or the picture as good as its level means.
    """

    path: str
    transformation: str
    formats: tuple[str, ...] = ()
    negotiated: bool = False
    extension: str | None = None
    layers: tuple[LayerFile, ...] = ()
    asset: AssetData = NOTHING
    master: str = ""
    keep: Literal["never", "dear", "always"] = "never"
    effort: Literal["prompt", "patient"] = "prompt"
    limits: Limits = Limits()


class RenderReport(msgspec.Struct, frozen=True):
    """The answer's bytes and facts. Times in milliseconds.

    `raised`: it looks better than a prompt one, which is below its level; it may be larger.
    """

    body: bytes
    media_type: str
    width: int
    height: int
    pages: int
    render_ms: float
    encode_ms: float
    raised: bool = False


class Header(msgspec.Struct, frozen=True):
    """What is known of an original before its pixels are decoded.

    `size` is of one frame, upright after EXIF orientation; `format` is a key of MEDIA_TYPES.
    `delays_ms` and `loop` (0: for ever) only matter with more than one frame.
    """

    format: str
    size: Size
    pages: int = 1
    has_alpha: bool = False
    orientation: int = 1
    delays_ms: tuple[int, ...] = ()
    loop: int = 0
    sheets: int = 1
    """Pages, or frames, of which one can be chosen."""


class View(NamedTuple):
    """Which page of an original is opened (`None`: the first, or all frames), and how densely a page is drawn."""

    page: int | None = None
    density_dpi: int = 150


class Encoding(msgspec.Struct, frozen=True):
    """How the frames are written: everything decided. `quality` 1 to 100, `None` where the format has none.

    `chroma`: `444`, `420`, or `None` for what the encoder thinks right.  `png`, `apng`, `any_format`, `tiff`, `profile`: as
    in Output.  `icc`: the profile whose colours are wanted, if they are not sRGB's; `bare`: it is not written.
    `metadata`: what the frames carry of it is written.  `patient`: nobody waits (`effort`).
    """

    format: str
    quality: int | None
    level: str = "good"
    progressive: str | None = None
    lossy: bool = False
    chroma: str | None = None
    png: str | None = None
    apng: bool = False
    any_format: bool = False
    tiff: str | None = None
    profile: bool = False
    icc: bytes = b""
    bare: bool = False
    metadata: bool = False
    patient: bool = False
    delays_ms: tuple[int, ...] = ()
    loop: int = 0
