"""More originals that mean harm: what unfolds, repeats itself or lies in one of its inner lengths, format by format.

Bytes only, always the same, made from nothing or from honest files; `hostile_files` writes them.  Each stays small on disk:
what makes it a bomb is what a decoder would do with it.
"""

import io
import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

Named = Iterator[tuple[str, bytes]]

_SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="900" height="900">'
_BOXED = ("avif", "heic")


def unfolding(honest: Mapping[str, bytes]) -> Named:
    """Small files that unfold to very many pixels or bytes, or say so."""
    yield from _plain_pictures()
    yield from _icons(honest)
    yield from _bitmaps()
    yield from _documents()
    yield from _lengths_that_lie(honest)
    yield from _jpeg_segments(honest)


def frames(honest: Mapping[str, bytes]) -> Named:
    """Animations and pages by the thousand, honest and claimed, on canvases that multiply them."""
    yield "pages-3000.tiff", _tiff_pages(3000)
    yield "apng-3000.png", _apng(honest["honest.png"], claimed=3000, real=3000)
    yield "apng-claims.png", _apng(honest["honest.png"], claimed=2**31 - 1, real=1)
    yield "canvas.gif", _gif_canvas(8000, 8000, 200)
    yield "canvas-small.gif", _gif_canvas(1000, 1000, 20_000)
    yield "canvas.webp", _webp_canvas(16_384, 16_384, 3000)
    yield "canvas-small.webp", _webp_canvas(64, 64, 3000)


def drawings() -> Named:
    """SVG that refers to itself, nests, or hides another document."""
    inner = f'{_SVG}<image width="9" height="9" xlink:href="data:image/svg+xml;utf8,&lt;svg/&gt;"/></svg>'
    loops = {
        "gradient-loop": '<linearGradient id="a" xlink:href="#b"/><linearGradient id="b" xlink:href="#a"/><rect width="9" height="9" fill="url(#a)"/>',
        "clip-loop": '<clipPath id="a" clip-path="url(#b)"/><clipPath id="b" clip-path="url(#a)"/><rect width="9" height="9" clip-path="url(#a)"/>',
        "mask-loop": '<mask id="a"><rect mask="url(#a)" width="9" height="9"/></mask><rect mask="url(#a)" width="9" height="9"/>',
        "marker-loop": '<marker id="a"><path d="M0 0L9 9" marker-end="url(#a)"/></marker>'
        '<path d="M0 0L9 9" marker-end="url(#a)"/>',
        "pattern-loop": '<pattern id="a" width="1" height="1"><rect fill="url(#a)" width="9" height="9"/></pattern><rect fill="url(#a)" width="99" height="99"/>',
        "filter-loop": '<filter id="a"><feImage xlink:href="#b"/></filter><g id="b" filter="url(#a)"><rect width="9" height="9"/></g>',
        "nested-svg": "<svg>" * 900 + "</svg>" * 900,
        "attributes": "<rect " + " ".join(f'a{n}="1"' for n in range(60_000)) + "/>",
        "one-attribute": f'<rect fill="{"a" * 5_000_000}"/>',
        "transforms": f'<rect width="9" height="9" transform="{"scale(9) " * 100_000}"/>',
        "markers": '<marker id="m"><rect width="9" height="9"/></marker><path marker-mid="url(#m)" d="M0 0'
        + "L9 9 1 1" * 50_000
        + '"/>',
        "entities": "&#x41;" * 400_000,
        "base": '<g xml:base="file:///etc/"><image xlink:href="passwd" width="9" height="9"/></g>',
        "handlers": '<rect width="9" height="9" onload="alert(1)" onclick="alert(1)"/><a xlink:href="javascript:alert(1)"><rect/></a>',
        "animation": '<set attributeName="href" to="javascript:alert(1)"/><animate attributeName="d" values="M0 0"/>',
    }
    for name, body in loops.items():
        yield f"{name}.svg", f"{_SVG}{body}</svg>".encode()
    yield "inner.svg", inner.encode()
    yield "sheet.svg", f'<?xml-stylesheet href="file:///etc/passwd"?>{_SVG}</svg>'.encode()
    yield "wide-utf.svg", f"{_SVG}</svg>".encode("utf-16")
    yield "utf-7.svg", b'<?xml version="1.0" encoding="UTF-7"?>' + _SVG.encode() + b"</svg>"
    parameter = '<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;'
    yield "parameter.svg", f"<!DOCTYPE svg [{parameter}]>{_SVG}</svg>".encode()


def polyglots(honest: Mapping[str, bytes]) -> Named:
    """Heads of one format on the body of another, and two whole files in one."""
    heads = {
        "gif": b"GIF89a",
        "png": b"\x89PNG\r\n\x1a\n",
        "jpg": b"\xff\xd8\xff\xe0",
        "webp": b"RIFF\xff\xff\xff\x7fWEBP",
        "avif": b"\0\0\0\x1cftypavif\0\0\0\0avifmif1",
        "jxl": b"\0\0\0\x0cJXL \r\n\x87\n",
        "bmp": b"BM",
        "ico": b"\0\0\x01\0\x01\0",
        "tiff": b"MM\0*\0\0\0\x08",
        "pdf": b"%PDF-1.7\n",
        "svg": b"<svg>",
    }
    whole = [name for name in honest if name.startswith("honest.")]
    for kind, head in heads.items():
        for name in whole:
            other = name.partition(".")[2]
            if other != kind:
                yield f"{kind}-head-{other}.{kind}", head + honest[name]
    for name in whole:
        kind = name.partition(".")[2]
        yield f"{kind}-then-svg.{kind}", honest[name] + honest["honest.svg"]
        yield f"{kind}-then-pdf.pdf", honest[name][:900] + honest["honest.pdf"]


def _plain_pictures() -> Named:
    """One colour, so that a few bytes are tens of megapixels: inside the limits, and outside."""
    import PIL.Image

    inside, outside = PIL.Image.new("L", (8000, 8000), 90), PIL.Image.new("L", (12_000, 12_000), 90)
    yield "plain-64mp.gif", saved(inside, "GIF")
    yield "plain-64mp.tiff", saved(inside, "TIFF", compression="tiff_lzw")
    yield "plain-64mp-packed.tiff", saved(inside, "TIFF", compression="packbits")
    yield "plain-64mp.avif", saved(inside.convert("RGB"), "AVIF", speed=10)
    yield "plain-64mp.jxl", saved(inside, "JXL", effort=1)
    yield "plain-144mp.png", saved(outside, "PNG")
    yield "plain-144mp.gif", saved(outside, "GIF")
    yield "plain-144mp.tiff", saved(outside, "TIFF", compression="tiff_lzw")
    lossless = PIL.Image.new("RGB", (16_383, 8000))
    yield "plain-131mp.webp", saved(lossless, "WEBP", lossless=True, method=0)


def _icons(honest: Mapping[str, bytes]) -> Named:
    """Icons hold PNG or bitmaps of their own, with sizes of their own."""
    claims = _png(60_000, 60_000, zlib.compress(bytes(10**6), 9))
    unfolds = _png(256, 256, zlib.compress(bytes(300_000_000), 9))
    bitmap = struct.pack("<IiiHHIIiiII", 40, 30_000, 60_000, 1, 32, 0, 0, 0, 0, 0, 0) + bytes(999)
    inside = {"png-claims": claims, "png-unfolds": unfolds, "bitmap": bitmap}
    inside |= {"jpeg": honest["honest.jpg"], "itself": honest["honest.ico"]}
    for name, data in inside.items():
        yield (
            f"{name}.ico",
            struct.pack("<HHHBBBBHHII", 0, 1, 1, 0, 0, 0, 0, 1, 32, len(data), 22) + data,
        )
    entry = struct.pack("<BBBBHHII", 0, 0, 0, 0, 1, 32, len(claims), 6 + 16 * 65_535)
    yield "many.ico", struct.pack("<HHH", 0, 1, 65_535) + entry * 65_535 + claims


def _bitmaps() -> Named:
    def bitmap(width: int, height: int, bits: int, coding: int, used: int, data: bytes) -> bytes:
        head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, coding, 0, 0, 0, used, 0)
        return b"BM" + struct.pack("<IHHI", 0, 0, 0, 54 + 1024) + head + bytes(1024) + data

    yield "runs.bmp", bitmap(8000, 8000, 8, 1, 256, b"\xff\x01" * 100 + b"\0\x01")
    yield "jumps.bmp", bitmap(8000, 8000, 8, 1, 256, b"\0\x02\xff\xff" * 50_000)
    yield "palette.bmp", bitmap(10, 10, 8, 0, 2**31, b"")
    yield "bits.bmp", bitmap(10, 10, 65_535, 3, 0, bytes(400))
    yield "offset.bmp", bitmap(100, 100, 24, 0, 0, b"")[:10] + b"\xff\xff\xff\xff" + bytes(60)


def _documents() -> Named:
    """PDF: streams that unfold, pictures inside that claim, nesting, lists of pages that lie, passwords."""
    bomb = zlib.compress(b"0 0 m 9 9 l S " * 10_000_000, 9)
    picture = (
        "/Type/XObject/Subtype/Image/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/FlateDecode"
    )
    yield "stream.pdf", _pdf("/Filter/FlateDecode", bomb, "", b"")
    twice = zlib.compress(zlib.compress(bytes(2 * 10**9 // 20), 9), 9)
    yield "stream-twice.pdf", _pdf("/Filter[/FlateDecode/FlateDecode]", twice, "", b"")
    for name, side in (("picture", 20_000), ("picture-large", 2**31 - 1)):
        inside = f"{picture}/Width {side}/Height {side}"
        yield (
            f"{name}.pdf",
            _pdf("", b"q 500 0 0 500 0 0 cm /A Do Q", inside, zlib.compress(bytes(10**7), 9)),
        )
    yield "nested.pdf", _pdf("/X " + "[" * 200_000 + "]" * 200_000, b"", "", b"")
    yield "saves.pdf", _pdf("", b"q " * 3_000_000, "", b"")
    yield "locked.pdf", _pdf("", b"", "", b"").replace(b"/Root 1 0 R", b"/Root 1 0 R/Encrypt 9 0 R")
    yield "length.pdf", _pdf("/Length 99999999999999", b"0 0 m", "", b"")
    yield "cross.pdf", _pdf("", b"", "", b"") + b"\nstartxref\n0\n%%EOF" * 5000


def _lengths_that_lie(honest: Mapping[str, bytes]) -> Named:
    """Every box of AVIF and HEIC, and every chunk of WebP and PNG, with a length that is not true."""
    for kind in _BOXED:
        data = honest[f"honest.{kind}"]
        for index, at in enumerate(boxes(data, 0, len(data))):
            for lie in (0, 1, 7, 0x7FFFFFFF, 0xFFFFFFFF):
                yield (
                    f"box-{index}-{lie:x}.{kind}",
                    data[:at] + struct.pack(">I", lie) + data[at + 4 :],
                )
    for kind, first, order in (("webp", 12, "<I"), ("png", 8, ">I")):
        data = honest[f"honest.{kind}"]
        at = first + (4 if kind == "webp" else 0)
        for lie in (0, 1, 0x7FFFFFFF, 0xFFFFFFFF):
            yield f"chunk-{lie:x}.{kind}", data[:at] + struct.pack(order, lie) + data[at + 4 :]


def boxes(data: bytes, start: int, end: int) -> Iterator[int]:
    """Where boxes of ISO 14496-12 begin, those inside `meta`, `iprp` and `ipco` too."""
    at = start
    while at + 8 <= end:
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        yield at
        inner = {b"meta": 12, b"iprp": 8, b"ipco": 8}.get(kind)
        if inner:
            yield from boxes(data, at + inner, min(end, at + size))
        if size < 8:
            return
        at += size


def _jpeg_segments(honest: Mapping[str, bytes]) -> Named:
    data = honest["honest.jpg"]
    table = b"\xff\xc4" + struct.pack(">H", 20) + b"\0" + b"\x01" + bytes(15) + b"\0"
    comment = b"\xff\xfe\0\x02"
    parts = {"tables": table * 60_000, "comments": comment * 900_000, "fill": b"\xff" * 3_000_000}
    for name, part in parts.items():
        yield f"{name}.jpg", data[:2] + part + data[2:]
    yield "restarts.jpg", data[:2] + b"\xff\xdd\0\x04\0\x01" + data[2:]
    yield "pictures.jpg", data * 500
    start = data.find(b"\xff\xc0")
    for bits, bands in ((12, 3), (8, 255), (8, 0), (255, 1)):
        yield (
            f"bits-{bits}-{bands}.jpg",
            data[: start + 4]
            + bytes([bits])
            + data[start + 5 : start + 9]
            + bytes([bands])
            + data[start + 10 :],
        )


def _tiff_pages(count: int) -> bytes:
    tags = (
        (256, 8),
        (257, 8),
        (258, 8),
        (259, 1),
        (262, 1),
        (273, 8),
        (277, 1),
        (278, 8),
        (279, 64),
    )
    length = 2 + 12 * len(tags) + 4
    pages = bytearray(b"II*\0" + struct.pack("<I", 72) + bytes(64))
    for index in range(count):
        follows = 72 + (index + 1) * length if index + 1 < count else 0
        pages += struct.pack("<H", len(tags))
        pages += b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
        pages += struct.pack("<I", follows)
    return bytes(pages)


def _apng(png: bytes, claimed: int, real: int) -> bytes:
    control = chunk(b"acTL", struct.pack(">II", claimed, 0))
    pixel = zlib.compress(b"\0\0\0\0")
    parts = []
    for index in range(real):
        where = struct.pack(">IIIIIHHBB", 2 * index, 1, 1, 0, 0, 1, 100, 0, 0)
        parts.append(
            chunk(b"fcTL", where) + chunk(b"fdAT", struct.pack(">I", 2 * index + 1) + pixel)
        )
    end = png.rfind(b"IEND") - 4
    return png[:33] + control + png[33:end] + b"".join(parts) + png[end:]


def _gif_canvas(width: int, height: int, count: int) -> bytes:
    """One pixel for each frame, on a canvas that has to be filled each time."""
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    frame = b"!\xf9\x04\x08\x01\0\0\0" + b",\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0"
    return head + frame * count + b";"


def _webp_canvas(width: int, height: int, count: int) -> bytes:
    pixel = b"VP8L\x0d\0\0\0\x2f\0\0\0\x10\x07\x10\x11\x11\x88\x88\x08\x08\0"
    frame = bytes(6) + bytes(6) + b"\x0a\0\0\0" + pixel
    body = (
        b"VP8X\x0a\0\0\0\x02\0\0\0"
        + (width - 1).to_bytes(3, "little")
        + (height - 1).to_bytes(3, "little")
    )
    body += b"ANIM\x06\0\0\0" + bytes(6) + (b"ANMF" + struct.pack("<I", len(frame)) + frame) * count
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def _pdf(keys: str, drawn: bytes, inside: str, data: bytes) -> bytes:
    body = b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    body += b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 500 500]/Contents 4 0 R/Resources<</XObject<</A 5 0 R>>>>>>endobj\n"
    body += (
        f"4 0 obj<</Length {len(drawn)}{keys}>>stream\n".encode() + drawn + b"\nendstream endobj\n"
    )
    body += (
        f"5 0 obj<</Length {len(data)}{inside}>>stream\n".encode() + data + b"\nendstream endobj\n"
    )
    return body + b"trailer<</Root 1 0 R>>\n%%EOF"


def saved(picture: Any, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _png(width: int, height: int, rows: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", header), chunk(b"IDAT", rows), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)
