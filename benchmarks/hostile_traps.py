"""Originals that are sound in each part and a trap as a whole: what refers, repeats, contradicts itself or leads in circles.

Bytes only, always the same, made from nothing or from honest files; `hostile_files` writes them.
"""

import random
import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.hostile_bombs import Named, boxes, chunk, saved

_SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="800" height="800">'
_SHAPE = '<rect width="800" height="800"/>'
_CODED = {"avif": b"av01", "heic": b"hvc1"}
_SIDE = 240
"""Of the honest files."""


def containers(honest: Mapping[str, bytes]) -> Named:
    """Boxes, chunks, tiles and scans whose parts are honest."""
    for kind in _CODED:
        yield from _derived(honest[f"honest.{kind}"], kind)
    yield from _codestreams(honest["honest.jxl"])
    yield from _canvases()
    yield from _deep_colours(honest["honest.png"])
    yield from _tiles()
    yield from _scans(honest)


def profiles() -> Named:
    """ICC profiles that lie: about their kind, their tables, and anything else in their first bytes."""
    import PIL.Image
    import PIL.ImageCms

    true = PIL.ImageCms.ImageCmsProfile(PIL.ImageCms.createProfile("sRGB")).tobytes()
    picture, dice = PIL.Image.linear_gradient("L").convert("RGB"), random.Random(5)
    lies = {
        kind.decode().strip(): true[:16] + kind + true[20:] for kind in (b"GRAY", b"CMYK", b"FCLR")
    }
    lies["length"] = b"\xff\xff\xff\xff" + true[4:]
    lies["tags"] = true[:128] + b"\xff\xff\xff\xff" + true[132:]
    for index in range(20):
        damaged = bytearray(true)
        for _ in range(dice.randrange(1, 8)):
            damaged[dice.randrange(400)] = dice.choice((0, 255, dice.randrange(256)))
        lies[str(index)] = bytes(damaged)
    lut = b"mft1" + bytes(4) + b"\x03\x03\xff\0" + bytes(36) + bytes(3 * 256) + bytes(10**6)
    lies["table"] = _profile([(b"A2B0", lut), (b"A2B1", lut)])
    curve = b"curv" + bytes(4) + b"\xff\xff\xff\xff"
    lies["curve"] = _profile([(name, curve) for name in (b"rTRC", b"gTRC", b"bTRC")])
    for name, profile in lies.items():
        yield f"profile-{name}.jpg", saved(picture, "JPEG", icc_profile=profile)


def drawings() -> Named:
    """SVG in which every part doubles the one before, or calls it."""
    far = range(300)
    bodies = {
        "clip-tower": _doubled("clipPath", "clip-path", _SHAPE),
        "mask-tower": _doubled("mask", "mask", _SHAPE),
        "filter-chain": "".join(
            f'<filter id="f{n}"><feImage xlink:href="#g{n + 1}"/></filter><g id="g{n}" filter="url(#f{n})">{_SHAPE}</g>'
            for n in far
        ),
        "clip-chain": "".join(
            f'<clipPath id="c{n}" clip-path="url(#c{n + 1})">{_SHAPE}</clipPath>'
            for n in range(20_000)
        )
        + '<g clip-path="url(#c0)"/>',
        "brackets": f"<style>{':not(' * 20_000}a{')' * 20_000}{{fill:red}}</style>",
        "siblings": f"<style>{'~'.join(['rect'] * 5000)}{{fill:red}}</style>" + "<rect/>" * 5000,
        "morphology": '<filter id="f">'
        + '<feMorphology radius="40"/>' * 400
        + f"</filter><g filter='url(#f)'>{_SHAPE}</g>",
        "region": '<filter id="f" filterUnits="userSpaceOnUse" x="-1e6" y="-1e6" width="1e9" height="1e9">'
        f"<feGaussianBlur stdDeviation='99'/></filter><g filter='url(#f)'>{_SHAPE}</g>",
        "merge": f'<filter id="f"><feMerge>{"<feMergeNode/>" * 100_000}</feMerge></filter><g filter="url(#f)">{_SHAPE}</g>',
        "blend": '<g style="mix-blend-mode:multiply">' * 200 + _SHAPE + "</g>" * 200,
        "letters": f"<text y='99'>Z{chr(0x301) * 100_000}</text>",
        "directions": f"<text>{chr(0x202E) + chr(0x2066)}</text>" * 9000,
        "spans": '<text y="9">' + '<tspan dx="1">g</tspan>' * 60_000 + "</text>",
        "cdata": '<style><![CDATA[@import "file:///etc/passwd";]]></style>',
        "tab": '<image width="9" height="9" xlink:href="fi&#9;le:///etc/passwd"/>',
    }
    for name, body in bodies.items():
        yield f"trap-{name}.svg", f"{_SVG}{body}</svg>".encode()
    yield "view.svg", b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1e-308 1e308"/>'
    for coding in ("utf-16-le", "utf-32", "cp037", "shift_jis", "iso-2022-jp"):
        text = f'<?xml version="1.0" encoding="{coding}"?>{_SVG}<image href="file:///etc/passwd"/></svg>'
        yield f"{coding}.svg", text.encode(coding)


def documents() -> Named:
    """PDF: trees, forms, patterns and fonts that lead in circles or fan out."""
    page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 500 500]/Contents 4 0 R/Resources<<%s>>%s>>"
    root = {1: b"<</Type/Catalog/Pages 2 0 R>>"}
    many = b"<</Type/Pages/Count 60000/Kids[" + b"3 0 R " * 60_000 + b"]>>"
    yield "pages.pdf", _pdf({**root, 2: many, 3: b"<</Type/Page/MediaBox[0 0 9 9]>>"})
    deep = {n: b"<</Type/Pages/Count 1/Kids[%d 0 R]>>" % (n + 1) for n in range(2, 9000)}
    yield "deep.pdf", _pdf({**root, **deep, 9000: b"<</Type/Page/MediaBox[0 0 9 9]>>"})
    form = "/Type/XObject/Subtype/Form/BBox[0 0 500 500]/Resources<</XObject<</A %d 0 R>>>>"
    tower = {n: _stream(b"/A Do " * 16, form % (n + 1)) for n in range(10, 30)}
    square = b"0 0 500 500 re f"
    glyph = (
        "<</Type/Font/Subtype/Type3/FontBBox[0 0 1 1]/FontMatrix[1 0 0 1 0 0]/CharProcs<</a 6 0 R>>"
    )
    glyph += "/Encoding<</Differences[97/a]>>/FirstChar 97/LastChar 97/Widths[1]/Resources<</Font<</F 5 0 R>>>>>>"
    tiling = "/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 9 9]/XStep 0.0001/YStep 0.0001/Resources<<>>"
    image = (
        "/Subtype/Image/Width 60000/Height 60000/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/%s"
    )
    notes = "/Annots[" + "5 0 R " * 50_000 + "]"
    cases: dict[str, tuple[bytes, str, str, dict[int, bytes]]] = {
        "tower": (b"/A Do", "/XObject<</A 10 0 R>>", "", {**tower, 30: _stream(square, form % 30)}),
        "glyphs": (
            b"BT /F 99 Tf (aaaa) Tj ET",
            "/Font<</F 5 0 R>>",
            "",
            {5: glyph.encode(), 6: _stream(b"1 0 d0 BT /F 1 Tf (aaaaaaaa) Tj ET", "")},
        ),
        "tiling": (
            b"/Pattern cs /P scn " + square,
            "/Pattern<</P 5 0 R>>",
            "",
            {5: _stream(square, tiling)},
        ),
        "unit": (square, "", "/UserUnit 1000000", {}),
        "notes": (square, "", notes, {5: b"<</Type/Annot/Subtype/Square/Rect[0 0 500 500]>>"}),
        **{
            coding: (
                b"/A Do",
                "/XObject<</A 5 0 R>>",
                "",
                {5: _stream(bytes(5000), image % coding)},
            )
            for coding in ("JPXDecode", "JBIG2Decode", "CCITTFaxDecode", "LZWDecode")
        },
    }
    pages = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
    for name, (drawn, resources, keys, more) in cases.items():
        first = {2: pages, 3: (page % (resources, keys)).encode(), 4: _stream(drawn, "")}
        yield f"trap-{name}.pdf", _pdf({**root, **first, **more})


def _derived(data: bytes, kind: str) -> Named:
    """AVIF and HEIC: grids, overlays and copies of one small picture, of each other, and of themselves."""
    coded, brand = _CODED[kind], {"avif": b"avif", "heic": b"heic"}[kind]
    at = data.find(b"mdat")
    payload = data[at + 4 : at - 4 + int.from_bytes(data[at - 4 : at])]
    ipco = data.find(b"ipco")
    inside = range(ipco + 4, ipco - 4 + int.from_bytes(data[ipco - 4 : ipco]))
    properties = [
        data[start : start + int.from_bytes(data[start : start + 4])]
        for start in boxes(data, inside.start, inside.stop)
    ]

    def grid(side: int) -> bytes:
        return struct.pack(">BBBBII", 0, 1, side - 1, side - 1, side * _SIDE, side * _SIDE)

    def file(
        items: list[tuple[int, bytes, bytes]], refers: dict[int, list[int]], size: int
    ) -> bytes:
        return _heif(brand, coded, properties, items, refers, size)

    one = (1, coded, payload)
    levels = range(2, 30)
    copies = range(2, 3000)
    overlay = bytes((0, 1)) + b"\xff" * 8 + struct.pack(">II", 8000, 8000) + bytes(8 * 2000)
    for name, items, refers, size in (
        ("grid-36", [one, (2, b"grid", grid(36))], {2: [1] * 36**2}, 36 * _SIDE),
        ("grid-256", [one, (2, b"grid", grid(255))], {2: [1] * 255**2}, 100),
        ("grid-itself", [one, (2, b"grid", grid(2))], {2: [2] * 4}, 480),
        (
            "grid-loop",
            [(1, b"grid", grid(2)), (2, b"grid", grid(2))],
            {1: [2] * 4, 2: [1] * 4},
            480,
        ),
        (
            "grid-tower",
            [one, *((n, b"grid", grid(4)) for n in levels)],
            {n: [n - 1] * 16 for n in levels},
            960,
        ),
        (
            "copies",
            [one, *((n, b"iden", b"") for n in copies)],
            {n: [n - 1] for n in copies},
            _SIDE,
        ),
        ("overlay", [one, (2, b"iovl", overlay)], {2: [1] * 2000}, 8000),
    ):
        yield f"{name}.{kind}", file(list(items), refers, size)
    honest_size = struct.pack(">II", _SIDE, _SIDE)
    yield f"says-less.{kind}", data.replace(honest_size, struct.pack(">II", 1, 1))


def _heif(
    brand: bytes,
    coded: bytes,
    properties: Sequence[bytes],
    items: Sequence[tuple[int, bytes, bytes]],
    refers: Mapping[int, Sequence[int]],
    side: int,
) -> bytes:
    """A file whose last item is shown; coded items have all properties, the others only a size."""
    sized = [*properties, _box(b"ispe", bytes(4), struct.pack(">II", side, side))]
    count = len(properties)
    links = b"".join(
        struct.pack(">IB", number, count) + bytes(range(1, count + 1))
        if kind == coded
        else struct.pack(">IBB", number, 1, count + 1)
        for number, kind, _ in items
    )
    infos = [
        _box(b"infe", b"\3\0\0\0", struct.pack(">IH", number, 0), kind, b"\0")
        for number, kind, _ in items
    ]
    names = [
        _box(b"hdlr", bytes(8), b"pict", bytes(13)),
        _box(b"pitm", b"\1\0\0\0", struct.pack(">I", items[-1][0])),
    ]
    dimg = [
        _box(b"dimg", struct.pack(f">IH{len(to)}I", number, len(to), *to))
        for number, to in refers.items()
    ]

    def meta(at: int) -> bytes:
        places = b""
        for number, _, data in items:
            places += struct.pack(">IHHHII", number, 0, 0, 1, at, len(data))
            at += len(data)
        return _box(
            b"meta",
            bytes(4),
            *names,
            _box(b"iloc", b"\2\0\0\0\x44\0", struct.pack(">I", len(items)), places),
            _box(b"iinf", b"\1\0\0\0", struct.pack(">I", len(items)), *infos),
            _box(b"iref", b"\1\0\0\0", *dimg),
            _box(
                b"iprp",
                _box(b"ipco", *sized),
                _box(b"ipma", bytes(4), struct.pack(">I", len(items)), links),
            ),
        )

    start = _box(b"ftyp", brand, bytes(4), b"mif1", brand)
    head = meta(len(start) + len(meta(0)) + 8)
    return start + head + _box(b"mdat", *(data for _, _, data in items))


def _codestreams(data: bytes) -> Named:
    start = b"\0\0\0\x0cJXL \r\n\x87\n" + _box(b"ftyp", b"jxl \0\0\0\0jxl ")
    bare = data[data.find(b"\xff\x0a") :]
    last = len(bare) - 1
    pieces = (
        struct.pack(">I", n | (2**31 if n == last else 0)) + bare[n : n + 1]
        for n in range(last + 1)
    )
    yield "pieces.jxl", start + b"".join(_box(b"jxlp", piece) for piece in pieces)
    yield "boxes.jxl", start + _box(b"free") * 900_000 + _box(b"jxlc", bare)
    yield "packed.jxl", start + _box(b"brob", b"Exif" + bytes(5000)) * 2000 + _box(b"jxlc", bare)
    yield "two.jxl", start + _box(b"jxlc", bare[:30]) + _box(b"jxlc", bare)


def _canvases() -> Named:
    """Frames that are larger than the picture they are in, or beyond it."""
    import PIL.Image

    large = saved(PIL.Image.new("RGB", (16_383, 4000)), "WEBP", lossless=True, method=0)[12:]
    head = b"VP8X\x0a\0\0\0\0\0\0\0" + b"\x09\0\0" * 2
    yield (
        "larger-inside.webp",
        b"RIFF" + struct.pack("<I", len(head + large) + 4) + b"WEBP" + head + large,
    )
    frame = b"!\xf9\x04\x08\x01\0\0\0,%b\0\x02\x02D\x01\0"
    for name, place in (("inside", (0, 0, 65_535, 65_535)), ("far", (65_000, 65_000, 500, 500))):
        start = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff"
        yield f"larger-{name}.gif", start + frame % struct.pack("<HHHH", *place) * 240 + b";"


def _deep_colours(png: bytes) -> Named:
    """Within every limit of pixels, with eight bytes for each of them."""
    packer = zlib.compressobj(9, wbits=-15)
    block = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    rows = b"\x78\xda" + block * 605
    for interlaced in (0, 1):
        head = struct.pack(">IIBBBBB", 8900, 8900, 16, 6, 0, 0, interlaced)
        parts = chunk(b"IHDR", head), chunk(b"IDAT", rows), chunk(b"IEND", b"")
        yield f"deep-{interlaced}.png", png[:8] + b"".join(parts)
    yield "empty-parts.png", png[:33] + chunk(b"IDAT", b"") * 500_000 + png[33:]


def _tiles() -> Named:
    """TIFF whose many tiles are the same bytes, and one strange tag at a time."""
    count = (8896 // 16) ** 2
    plain = {256: (4, 8896), 257: (4, 8896), 258: (3, 8), 259: (3, 8), 262: (3, 1), 277: (3, 1)}
    same = {**plain, 322: (4, 16), 323: (4, 16), 324: (4, [8] * count), 325: (4, [200] * count)}
    yield "same-tiles.tiff", _tiff(same)
    small = {
        **plain,
        256: (4, 100),
        257: (4, 100),
        259: (3, 1),
        278: (4, 100),
        273: (4, 8),
        279: (4, 40_000),
    }
    odd: dict[str, dict[int, tuple[int, Any]]] = {
        "bands": {277: (3, 65_535)},
        "bits": {258: (3, 64), 339: (3, 3)},
        "rows": {278: (4, 0)},
        "orientation": {274: (3, 9)},
        "chroma": {262: (3, 6), 277: (3, 3), 530: (3, 0)},
        "within": {330: (4, [8] * 50_000)},
        **{
            f"coding-{n}": {259: (3, n)}
            for n in (4, 6, 7, 32_809, 34_676, 34_712, 34_887, 50_000, 50_001)
        },
    }
    for name, tags in odd.items():
        yield f"odd-{name}.tiff", _tiff({**small, **tags}) + b"\xff" * 40_000


def _scans(honest: Mapping[str, bytes]) -> Named:
    """JPEG: heights that come later, codings nobody shows, scans without anything in them."""
    data, progressive = honest["honest.jpg"], honest["progressive.jpg"]
    start = data.find(b"\xff\xc0")
    for name, lines in (("true", _SIDE), ("large", 65_500)):
        later = b"\xff\xdc\0\x04" + struct.pack(">H", lines) + b"\xff\xd9"
        yield f"lines-{name}.jpg", data[: start + 5] + b"\0\0" + data[start + 7 : -2] + later
    for marker in (0xC3, 0xC5, 0xC9, 0xCA, 0xCB):
        yield f"coding-{marker:x}.jpg", data[: start + 1] + bytes((marker,)) + data[start + 2 :]
    for sampling in (0x44, 0x14, 0xFF, 0):
        yield (
            f"sampling-{sampling:x}.jpg",
            data[: start + 11] + bytes((sampling,)) + data[start + 12 :],
        )
    first = progressive.find(b"\xff\xda")
    yield "empty-scans.jpg", progressive[:first] + b"\xff\xda\0\x08\x01\x01\0\x01\x3f\0\0" * 50_000


def _doubled(tag: str, attribute: str, shape: str) -> str:
    inner = shape.replace("/>", ' %s="url(#t%d)"/>')
    parts = (f'<{tag} id="t{n}">{(inner % (attribute, n + 1)) * 2}</{tag}>' for n in range(30))
    return "".join(parts) + inner % (attribute, 0)


def _profile(tags: Sequence[tuple[bytes, bytes]]) -> bytes:
    at, table, body = 132 + 12 * len(tags), b"", b""
    for name, data in tags:
        table += name + struct.pack(">II", at + len(body), len(data))
        body += data
    head = b"lcms\x04\0\0\0mntrRGB Lab " + bytes(12) + b"acsp" + bytes(88)
    return struct.pack(">I", at + len(body)) + head + struct.pack(">I", len(tags)) + table + body


def _tiff(tags: Mapping[int, tuple[int, Any]]) -> bytes:
    at, entries, values = 14 + 12 * len(tags), b"", b""
    for tag, (kind, value) in sorted(tags.items()):
        if isinstance(value, list):
            entries += struct.pack("<HHII", tag, kind, len(value), at + len(values))
            values += struct.pack(f"<{len(value)}I", *value)
        else:
            entries += struct.pack("<HHII", tag, kind, 1, value)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + entries + bytes(4) + values


def _pdf(objects: Mapping[int, bytes]) -> bytes:
    body = b"".join(b"%d 0 obj%bendobj\n" % (number, data) for number, data in objects.items())
    return b"%PDF-1.7\n" + body + b"trailer<</Root 1 0 R>>\n%%EOF"


def _stream(data: bytes, keys: str) -> bytes:
    return f"<<{keys}/Length {len(data)}>>stream\n".encode() + data + b"\nendstream "


def _box(kind: bytes, *contents: bytes) -> bytes:
    content = b"".join(contents)
    return struct.pack(">I", len(content) + 8) + kind + content
