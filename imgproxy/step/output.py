"""What the directives of a transformation say about the answer, folded into one value."""

import msgspec

from imgproxy.values import Source


class Output(msgspec.Struct, frozen=True):
    """What the directives of a transformation say about the answer, folded together."""

    format: str | None = None
    quality: int | None = None
    quality_level: str = "good"
    """Without `q_` that of `q_auto`: in the mean what a JPEG of quality 80 looks like, which is usual elsewhere."""

    sensitive: bool = False
    """Half a level more than `quality_level` says, for pictures that show faults easily."""

    chroma: str | None = None
    """`444` keeps colour as sharp as brightness, `420` halves it; `None` leaves it to the encoder."""

    dpr: float = 1.0
    progressive: str | None = None
    lossy: bool = False
    still: bool = False
    """Only one frame, also where the format holds more."""

    apng: bool = False
    keep_alpha: bool = False
    any_format: bool = False
    png: str | None = None
    """`png8`, `png24` or `png32`."""

    tiff: str | None = None
    """`tiff8_lzw`, `group4` or `mono`."""

    profile: bool = False
    """The sRGB profile goes out too."""

    bare: bool = False
    """No profile goes out, of whatever colours."""

    space: str = ""
    """`cmyk`, `keep_cmyk` or `copy`: other colours than sRGB, if the format holds them."""

    icc: Source | None = None
    """The profile whose colours the answer is to have."""

    kept: str | None = None
    """`attribution` or `iptc`: what of the original's metadata goes out again."""

    sanitize: bool = False
    original: bool = False
    immutable: bool = False
    attachment: str | None = None
    getinfo: bool = False
    default: Source | None = None
    """Shown when the original is missing."""

    page: int | None = None
    density_dpi: int = 150
    delay_ms: int | None = None
    loop: int | None = None
    """How often an animation plays, 0 is for ever; `None` keeps what the original says."""
