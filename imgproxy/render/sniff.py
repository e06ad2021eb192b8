"""What bytes are, by their first bytes and never by their name.

Pure: nothing here opens a file or decodes a pixel.  The answer is deliberately stricter than the decoders' own:
what is not recognised here never reaches one.

    format  leading bytes
    jpg     FF D8 FF
    png     89 "PNG" 0D 0A 1A 0A
    gif     "GIF87a", "GIF89a"
    webp    "RIFF" ???? "WEBP"
    avif    ???? "ftyp", and among its brands avif or avis
    heic    ???? "ftyp", and among its brands one of HEIC_BRANDS but none of avif's
    jxl     FF 0A, or the 12 bytes of its container
    tiff    "II" 2A 00, "MM" 00 2A; BigTIFF 2B for 2A
    bmp     "BM", and at 14 the size of a known header
    ico     00 00 01 00, a count, and a directory entry whose reserved byte is 0
    pdf     "%PDF-"
    svg     text whose first element is svg; or gzip that holds such a text
"""

import re
import struct
import zlib

from imgproxy.values import Size

HEAD_BYTES = 65_536
"""How much of a file `sniff` wants to see; an SVG may open with a long comment."""

HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
AVIF_BRANDS = frozenset({b"avif", b"avis"})
JXL_CONTAINER = b"\x00\x00\x00\x0cJXL \r\n\x87\n"
GZIP = b"\x1f\x8b\x08"

_MAGIC = (
    (b"\xff\xd8\xff", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"\xff\x0a", "jxl"),
    (JXL_CONTAINER, "jxl"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"II+\x00", "tiff"),
    (b"MM\x00+", "tiff"),
    (b"%PDF-", "pdf"),
)

_BMP_HEADERS = frozenset({12, 16, 40, 52, 56, 64, 108, 124})

# possessive throughout: what was passed is never gone over again, so that no text takes longer than its length
_SVG = re.compile(
    r"(?> \s++ | <\?.*?\?> | <!--.*?--> | <!DOCTYPE \s++ (?:\w++:)?svg \b (?> [^>\[]++ | \[.*?\] )*+ > )*+"
    r"<(?:\w++:)?svg[\s/>]",
    re.DOTALL | re.VERBOSE,
)


def sniff(head: bytes) -> str | None:
    """Format name (a key of MEDIA_TYPES) of a file that starts with `head`; `None` when it is no picture."""
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp":
        return _by_brand(head)
    if head.startswith(b"BM") and len(head) >= 18:
        return "bmp" if _u32(head, 14) in _BMP_HEADERS else None
    if head.startswith(b"\x00\x00\x01\x00") and len(head) >= 22:
        return "ico" if head[4:6] != b"\x00\x00" and head[9] == 0 else None
    return "svg" if _is_svg(head) else None


def describe(head: bytes) -> str:
    """A phrase for bytes that `sniff` does not know, for the reader of an error."""
    if not head:
        return "the file is empty"
    text = head[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script")):
        return "it is an HTML page"
    if text.startswith((b"<?xml", b"<!--", b"<")):
        return "it is XML, but not SVG"
    if b"\x00" not in head[:1024] and _decoded(head[:1024]).isprintable():
        return "it is text"
    return "its type is not known"


def jxl_size(data: bytes) -> Size | None:
    """Width and height as a JPEG XL codestream states them, before orientation; `None` without a codestream.

    ISO/IEC 18181-1, SizeHeader: the bits follow the two bytes of the signature, least significant first.
    """
    codestream = _codestream(data)
    if not codestream.startswith(b"\xff\x0a"):
        return None
    bits = _Bits(codestream[2:18])
    small = bits.take(1)
    height = _jxl_side(bits, small)
    ratio = bits.take(3)
    if not ratio:
        return Size(_jxl_side(bits, small), height)
    across, down = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))[ratio - 1]
    return Size(max(1, height * across // down), height)


def _u32(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")


def _by_brand(head: bytes) -> str | None:
    end = min(int.from_bytes(head[:4], "big"), len(head), 4096)
    brands = {head[8:12]} | {head[at : at + 4] for at in range(16, end - 3, 4)}
    if brands & AVIF_BRANDS:
        return "avif"
    return "heic" if brands & HEIC_BRANDS else None


def _is_svg(head: bytes) -> bool:
    if head.startswith(GZIP):
        head = _inflated(head)
    return bool(_SVG.match(_decoded(head).removeprefix("\ufeff")))


def _inflated(head: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(head, HEAD_BYTES)
    except zlib.error:
        return b""


def _decoded(head: bytes) -> str:
    """Text in the encodings XML may open with; never fails, because it is only looked at."""
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    return head.decode("utf-16" if wide else "utf-8", "replace")


def _codestream(data: bytes) -> bytes:
    """The first bytes of the codestream, bare or inside the boxes of a container."""
    at = 0 if data.startswith(JXL_CONTAINER) else len(data)
    while at + 8 <= len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        header = 16 if length == 1 else 8
        if kind in {b"jxlc", b"jxlp"}:
            start = at + header + (4 if kind == b"jxlp" else 0)
            return data[start : start + 18]
        if length == 1:
            length = int.from_bytes(data[at + 8 : at + 16], "big")
        if length < header:
            return b""
        at += length
    return b"" if data.startswith(JXL_CONTAINER) else data[:18]


class _Bits:
    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "little")

    def take(self, count: int) -> int:
        """The next `count` bits as a number."""
        bits = self._value & ((1 << count) - 1)
        self._value >>= count
        return bits


def _jxl_side(bits: _Bits, small: int) -> int:
    if small:
        return (bits.take(5) + 1) * 8
    return bits.take((9, 13, 18, 30)[bits.take(2)]) + 1
