"""Originals that mean harm: bombs, liars, cripples, polyglots, and drawings that ask for too much.

Everything is made here, with a fixed seed, from nothing.  Family by family, so that a report can say which one hurt.
It must never write outside the folder it is given.
"""

import random
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import hostile_bombs, hostile_traps
from benchmarks.hostile_bombs import chunk, saved

Files = dict[str, list[str]]
"""File names by family."""

_SIDE = 240
_SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '


def write(folder: Path, *, damaged_each: int) -> Files:
    """Writes all originals into `folder`; `damaged_each` cripples are made of every honest one."""
    folder.mkdir(parents=True, exist_ok=True)
    honest = dict(_honest())
    families: dict[str, dict[str, bytes]] = {
        "honest": honest,
        "large": dict(_large()),
        "bombs": dict([*_bombs(honest), *hostile_bombs.unfolding(honest)]),
        "frames": dict([*_many_frames(), *hostile_bombs.frames(honest)]),
        "metadata": dict(_fat_metadata(honest)),
        "drawings": dict([*_drawings(), *hostile_bombs.drawings(), *hostile_traps.drawings()]),
        "containers": dict(hostile_traps.containers(honest)),
        "profiles": dict(hostile_traps.profiles()),
        "documents": dict(hostile_traps.documents()),
        "disguised": dict([*_disguised(honest), *hostile_bombs.polyglots(honest)]),
        "damaged": dict(_damaged(honest, damaged_each)),
    }
    for files in families.values():
        for name, data in files.items():
            (folder / name).write_bytes(data)
    return {family: sorted(files) for family, files in families.items()}


def _honest() -> Iterator[tuple[str, bytes]]:
    import pillow_heif
    import pillow_jxl  # noqa: F401 - registers the format

    pillow_heif.register_heif_opener()
    picture = _noise(_SIDE, _SIDE)
    for suffix, kind in (
        *(("jpg", "JPEG"), ("png", "PNG"), ("gif", "GIF"), ("webp", "WEBP"), ("tiff", "TIFF")),
        *(("avif", "AVIF"), ("heic", "HEIF"), ("jxl", "JXL"), ("bmp", "BMP"), ("ico", "ICO")),
        ("pdf", "PDF"),
    ):
        yield f"honest.{suffix}", saved(picture, kind)
    yield "progressive.jpg", saved(picture, "JPEG", progressive=True)
    drawing = f'{_SVG} width="200" height="100"><circle r="50" cx="80" cy="50" fill="#c40"/></svg>'
    yield "honest.svg", drawing.encode()
    yield "honest.svgz", zlib.compress(drawing.encode(), wbits=31)


def _large() -> Iterator[tuple[str, bytes]]:
    """Within every limit, and as much work as the limits leave."""
    import PIL.Image

    yield "photo-24mp.jpg", saved(_noise(6000, 4000, coarse=8), "JPEG", quality=90)
    plain = PIL.Image.new("RGB", (8900, 8900), (200, 60, 20))
    yield "plain-79mp.png", saved(plain, "PNG")
    yield "plain-79mp.jpg", saved(plain, "JPEG", progressive=True)
    yield "plain-25mp.webp", saved(plain.crop((0, 0, 5000, 5000)), "WEBP", lossless=True)


def _bombs(honest: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Small files that claim, or unfold to, far more than they are."""
    for width, height in (
        (60_000, 60_000),
        (2**31 - 1, 2**31 - 1),
        (0, 0),
        (65_535, 1),
        (1, 65_000),
    ):
        yield f"claims-{width}x{height}.png", _png(width, height, zlib.compress(bytes(10**6), 9))
    yield "interlaced.png", _png(8000, 8000, zlib.compress(bytes(24_016_000), 9), interlace=1)
    yield "unfolds.png", _png(10, 10, zlib.compress(bytes(200_000_000), 9))
    yield "claims.gif", b"GIF89a" + struct.pack("<HHBBB", 65_535, 65_535, 0, 0, 0) + b",;"
    yield "claims.jpg", _jpeg_claiming(honest["honest.jpg"], 65_500, 65_500)
    yield "claims-progressive.jpg", _jpeg_claiming(honest["progressive.jpg"], 8_900, 8_900)
    yield "scans.jpg", _many_scans(4000)
    for suffix in ("avif", "heic"):
        for side in (65_535, 2**32 - 1, 0):
            yield f"claims-{side}.{suffix}", _heif_claiming(honest[f"honest.{suffix}"], side)
    yield "claims.jxl", b"\xff\x0a" + (2**63 - 1).to_bytes(8, "little") + bytes(64)
    yield "claims.bmp", honest["honest.bmp"][:18] + struct.pack("<ii", 60_000, -60_000) + bytes(99)
    yield (
        "claims.ico",
        struct.pack("<HHH", 0, 1, 500)
        + struct.pack("<BBBBHHII", 0, 0, 0, 0, 1, 32, 2**31, 6) * 500,
    )
    yield "claims.webp", b"RIFF\x20\0\0\0WEBPVP8L\x10\0\0\0\x2f" + b"\xff" * 16
    yield from _tiffs()
    for points in (14_000, 1e30, 0, -5, float("inf")):
        yield f"claims-{points:g}.pdf", _pdf(f"[0 0 {points} {points}]", b"")
    yield "recursive.pdf", _pdf("[0 0 500 500]", b"/A Do " * 2000)
    yield "paths.pdf", _pdf("[0 0 2000 2000]", b"0 0 m 2000 2000 l 0 2000 l h S " * 100_000)


def _many_frames() -> Iterator[tuple[str, bytes]]:
    import PIL.Image

    tiny = [PIL.Image.new("P", (2, 2), index % 256) for index in range(3000)]
    yield "frames-3000.gif", saved(tiny[0], "GIF", save_all=True, append_images=tiny[1:])
    tall = [_noise(200, 200).convert("P") for _ in range(240)]
    yield "frames-240.gif", saved(tall[0], "GIF", save_all=True, append_images=tall[1:])
    small = [_noise(16, 16) for _ in range(400)]
    yield "frames-400.webp", saved(small[0], "WEBP", save_all=True, append_images=small[1:])
    yield "frames-400.avif", saved(small[0], "AVIF", save_all=True, append_images=small[1:20])


def _fat_metadata(honest: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    segment = b"\xff\xe2\xff\xff" + b"ICC_PROFILE\0\x01\xff" + bytes(65_535 - 16)
    for name, fill in (
        ("icc.jpg", segment),
        ("exif.jpg", b"\xff\xe1\xff\xffExif\0\0" + b"II*\0" + b"\xff" * 65_523),
    ):
        yield name, honest["honest.jpg"][:2] + fill * 300 + honest["honest.jpg"][2:]
    bomb = zlib.compress(bytes(100_000_000), 9)
    for kind in (b"iCCP", b"zTXt", b"iTXt"):
        extra = {b"iTXt": b"XML:com.adobe.xmp\0\x01\0\0\0"}.get(kind, b"p\0\0") + bomb
        yield (
            f"{kind.decode()}.png",
            honest["honest.png"][:33] + chunk(kind, extra) * 3 + honest["honest.png"][33:],
        )
    texts = b"".join(chunk(b"tEXt", b"k%d\0v" % index) for index in range(50_000))
    yield "texts.png", honest["honest.png"][:33] + texts + honest["honest.png"][33:]


def _drawings() -> Iterator[tuple[str, bytes]]:
    uses = "".join(
        f'<g id="u{n}">' + f'<use xlink:href="#u{n - 1}"/>' * 10 + "</g>" for n in range(1, 12)
    )
    noise = (
        '<filter id="f" width="9000" height="9000">'
        + '<feTurbulence numOctaves="200" baseFrequency="9"/>' * 50
    )
    bodies = {
        "uses": f'<defs><rect id="u0" width="9" height="9"/>{uses}</defs><use xlink:href="#u11"/>',
        "use-itself": '<g id="a"><use xlink:href="#a"/></g>',
        "turbulence": f'{noise}</filter><rect width="100%" height="100%" filter="url(#f)"/>',
        "blur": '<filter id="f"><feGaussianBlur stdDeviation="5000"/><feMorphology radius="5000"/></filter>'
        + '<rect width="9999" height="9999" filter="url(#f)"/>' * 50,
        "convolve": '<filter id="f"><feConvolveMatrix order="50" kernelMatrix="'
        + "1 " * 2500
        + '"/></filter><rect width="9999" height="9999" filter="url(#f)"/>',
        "pattern": '<pattern id="p" width="0.0001" height="0.0001"><rect width="1" height="1"/></pattern><rect width="999" height="999" fill="url(#p)"/>',
        "nested": "<g>" * 100_000 + "</g>" * 100_000,
        "nested-opacity": '<g opacity="0.9">' * 5000
        + '<rect width="99" height="99"/>'
        + "</g>" * 5000,
        "nested-masks": "".join(
            f'<mask id="m{n}"><rect width="999" height="999" fill="white" mask="url(#m{n + 1})"/></mask>'
            for n in range(500)
        )
        + '<rect width="999" height="999" mask="url(#m0)"/>',
        "path": '<path d="M0 0' + " L9 9 0 9" * 400_000 + '"/>',
        "dashes": '<path d="M0 0 L1e9 1e9" stroke="red" stroke-width="3" stroke-dasharray="0.00001"/>',
        "text": '<text font-size="1e30">a</text><text>'
        + "\u0635\u0644\u0649 " * 50_000
        + "</text>",
        "styles": "<style>"
        + "".join(f"a{n} b c > d + e ~ f {{fill: red}}" for n in range(50_000))
        + "</style>"
        + "<rect/>" * 20_000,
        "picture": f'<image width="999" height="999" xlink:href="data:image/png;base64,{_base64(_png(30_000, 30_000, zlib.compress(bytes(90_000_000), 9)))}"/>',
        "image-out": '<image width="9" height="9" xlink:href="file:///etc/passwd"/>',
        "image-net": '<image width="9" height="9" xlink:href="http://127.0.0.1:1/x.png"/>',
        "import": "<style>@import url(http://127.0.0.1:1/x.css);</style>",
        "font": "<style>@font-face{font-family:a;src:url(file:///etc/passwd)}</style>",
        "script": '<script>alert(1)</script><foreignObject><iframe src="x"/></foreignObject>',
        "include": '<x:include xmlns:x="http://www.w3.org/2001/XInclude" parse="text" href="/etc/passwd"/>',
    }
    for name, body in bodies.items():
        yield f"{name}.svg", f'{_SVG} width="1000" height="1000">{body}</svg>'.encode()
    for side in ("99999", "1e30", "-1", "0", "NaN", "1e9%", "2147483648"):
        yield f"side-{side.rstrip('%')}.svg", f'{_SVG} width="{side}" height="{side}"/>'.encode()
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    yield (
        "laughs.svg",
        f'<!DOCTYPE svg [<!ENTITY l0 "ha">{laughs}]>{_SVG}><text>&l11;</text></svg>'.encode(),
    )
    yield (
        "entity.svg",
        f'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>{_SVG}>&x;</svg>'.encode(),
    )
    yield "doctype.svg", f'<!DOCTYPE svg SYSTEM "http://127.0.0.1:1/x.dtd">{_SVG}/>'.encode()
    yield "bomb.svgz", zlib.compress(f"{_SVG}>".encode() + b" " * 500_000_000, wbits=31)
    yield "twice.svgz", zlib.compress(zlib.compress(f"{_SVG}/>".encode(), wbits=31), wbits=31)
    yield "comment.svg", b"<!--" + b" " * 9_000_000 + b"-->" + f"{_SVG}/>".encode()


def _disguised(honest: dict[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Wrong types, and files that are two things at once."""
    program = b"\x7fELF\x02\x01\x01" + bytes(500)
    archive = b"PK\x03\x04" + bytes(500)
    for name, data in {
        "empty": b"",
        "zeros": bytes(100_000),
        "program": program,
        "archive": archive,
        "page": b"<!doctype html><script>alert(1)</script>",
        "text": b"root:x:0:0:root\n" * 100,
        "postscript": b"%!PS-Adobe-3.0\n(/etc/passwd) (r) file\n",
        "magick": b"push graphic-context\nimage over 0,0 0,0 'url(http://127.0.0.1)'\n",
        "vips": b"\xb6\xa6\xf2\x08" + bytes(500),
        "matrix": b"3 3\n1 2 3\n1 2 3\n1 2 3\n",
        "fits": b"SIMPLE  =                    T" + b" " * 3000,
        "openexr": b"\x76\x2f\x31\x01" + bytes(500),
    }.items():
        for suffix in ("jpg", "png", "svg"):
            yield f"{name}-as.{suffix}", data
    for kind in ("jpg", "png", "gif", "webp", "pdf"):
        yield f"{kind}-and-archive.png", honest[f"honest.{kind}"] + archive
        yield (
            f"{kind}-and-page.gif",
            honest[f"honest.{kind}"][:40]
            + b"<script>alert(1)</script>"
            + honest[f"honest.{kind}"][40:],
        )
    yield "gif-and-script.gif", b"GIF89a/*\0\0\0\0" + bytes(40) + b"*/=1;alert(1)"


def _damaged(honest: dict[str, bytes], each: int) -> Iterator[tuple[str, bytes]]:
    """Cut short, with flipped bytes, with a hole, or doubled in the middle."""
    dice = random.Random(7)
    for name, data in honest.items():
        stem, _, suffix = name.rpartition(".")
        for index in range(each):
            yield f"{stem}-{suffix}-{index}.{suffix}", _damage(data, index % 4, dice)


def _damage(data: bytes, how: int, dice: random.Random) -> bytes:
    at = dice.randrange(2, len(data))
    if how == 0:
        return data[:at]
    if how == 1:
        return data[:at] + dice.randbytes(min(64, len(data) - at)) + data[at + 64 :]
    if how == 2:
        return data[:at] + data[min(len(data), at + dice.randrange(1, 5000)) :]
    flipped = bytearray(data)
    for _ in range(dice.randrange(1, 40)):
        flipped[dice.randrange(min(len(data), 2000))] ^= 1 << dice.randrange(8)
    return bytes(flipped)


def _noise(width: int, height: int, coarse: int = 2) -> Any:
    import PIL.Image

    size = (max(1, width // coarse), max(1, height // coarse))
    data = random.Random(width).randbytes(size[0] * size[1] * 3)
    return PIL.Image.frombytes("RGB", size, data).resize(
        (width, height), PIL.Image.Resampling.BICUBIC
    )


def _base64(data: bytes) -> str:
    import base64

    return base64.b64encode(data).decode()


def _png(width: int, height: int, rows: bytes, interlace: int = 0) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, interlace)
    parts = chunk(b"IHDR", header), chunk(b"IDAT", rows), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _jpeg_claiming(data: bytes, width: int, height: int) -> bytes:
    start = max(data.find(b"\xff\xc0"), data.find(b"\xff\xc2"))
    return data[: start + 5] + struct.pack(">HH", height, width) + data[start + 9 :]


def _many_scans(count: int) -> bytes:
    """A progressive JPEG of 25 megapixels whose last scan comes `count` times."""
    import PIL.Image

    data = saved(PIL.Image.new("L", (5000, 5000), 90), "JPEG", progressive=True)
    last = data.rfind(b"\xff\xda")
    return data[:last] + data[last:-2] * count + data[-2:]


def _heif_claiming(data: bytes, side: int) -> bytes:
    at = data.find(b"ispe") + 8
    return data[:at] + struct.pack(">II", side, side) + data[at + 8 :]


def _tiffs() -> Iterator[tuple[str, bytes]]:
    def directory(next_at: int, **tags: int) -> bytes:
        numbers = {
            "width": 256,
            "height": 257,
            "bits": 258,
            "coding": 259,
            "kind": 262,
            "strip": 273,
            "bands": 277,
            "rows": 278,
            "bytes": 279,
            "tile_width": 322,
            "tile_height": 323,
            "tile": 324,
            "tile_bytes": 325,
        }
        entries = sorted((numbers[name], value) for name, value in tags.items())
        body = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
        return struct.pack("<H", len(entries)) + body + struct.pack("<I", next_at)

    plain = {"bits": 8, "kind": 1, "bands": 1, "coding": 8}
    rows = zlib.compress(bytes(79_000_000), 9)
    huge = directory(0, width=8900, height=8800, strip=200, rows=8800, bytes=len(rows), **plain)
    yield "unfolds.tiff", (b"II*\0" + struct.pack("<I", 8) + huge).ljust(200, b"\0") + rows
    claims = directory(0, width=2**31, height=2**31, strip=8, rows=2**31, bytes=2**31, **plain)
    yield "claims.tiff", b"II*\0" + struct.pack("<I", 8) + claims
    tiled = directory(
        0,
        width=100,
        height=100,
        tile_width=65_536,
        tile_height=65_536,
        tile=8,
        tile_bytes=99,
        **plain,
    )
    yield "tiles.tiff", b"II*\0" + struct.pack("<I", 8) + tiled
    circle = directory(8, width=10, height=10, strip=8, rows=10, bytes=100, **plain)
    yield "circle.tiff", b"II*\0" + struct.pack("<I", 8) + circle + bytes(200)


def _pdf(box: str, drawn: bytes) -> bytes:
    body = b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R 2 0 R]/Count 99999>>endobj\n"
    body += f"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox{box}/Contents 4 0 R/Resources<</XObject<</A 5 0 R>>>>>>endobj\n".encode()
    body += f"4 0 obj<</Length {len(drawn)}>>stream\n".encode() + drawn + b"\nendstream endobj\n"
    body += b"5 0 obj<</Type/XObject/Subtype/Form/BBox[0 0 500 500]/Resources<</XObject<</A 5 0 R>>>>/Length 30>>stream\n/A Do /A Do /A Do             \nendstream endobj\n"
    return body + b"trailer<</Root 1 0 R>>\n%%EOF"
