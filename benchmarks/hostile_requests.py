"""Requests that mean harm: URLs at every limit and beyond, chains that ask for too much, HTTP as nobody should speak it.

Pure: bytes for a connection, nothing is sent here.  The mix is fixed by a seed.
"""

import random
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from imgproxy.operations import CLAIMS

_TWO_OF_THREE = 2 / 3
_FORMATS = ("jpg", "png", "webp", "avif", "gif", "jxl", "svg", "tiff", "auto", "bmp", "ico")
_PLAIN = (
    "c_fill,w_{n},h_80",
    "c_scale,w_{n}",
    "c_fit,w_{n}",
    "c_fill,g_auto,w_{n},h_90",
    "w_{n}/e_blur",
    "w_{n}/fl_sanitize",
    "fl_sanitize",
    "fl_getinfo",
    "w_{n}/fl_keep_iptc",
    "pg_{n}/w_90",
)
_LARGE = (
    "c_scale,w_{n}/e_blur:2000",
    "c_scale,w_{n}/f_avif,q_100",
    "c_scale,w_{n}/f_gif",
    "c_scale,w_{n}/f_jxl,q_100",
    "c_scale,w_{n}/fl_lossy,f_png",
    "c_scale,w_{n}/e_blur:2000/e_blur:1999/e_blur:1998/e_sharpen:2000/e_oil_paint:100",
    "c_pad,b_auto,w_{n},h_{n}",
    "c_fill,g_auto,w_{n},h_4000",
    "c_scale,w_{n}/a_45/a_44/a_43",
    "c_scale,w_{n}/r_max/e_shadow:100",
    "c_scale,w_{n}/e_outline:outer:100:200",
    "c_scale,w_{n}/l_text:Arial_1000:" + "W" * 200,
    "c_scale,w_{n}/"
    + "/".join(f"l_photo-24mp.jpg/e_blur:{2000 - i}/fl_layer_apply" for i in range(8)),
    "c_scale,w_{n}/e_vectorize:colors:30:detail:1000:paths:100",
)

ODD_PATHS = (
    *(
        "/",
        "//",
        "/demo",
        "/demo/image",
        "/demo/image/upload",
        "/demo/image/upload/",
        "/" * 8000,
        "/%",
        "/%zz",
    ),
    *(
        f"/demo/image/upload/{way}etc/passwd"
        for way in (
            "../" * 12,
            "..%2f" * 12,
            "%2e%2e/" * 9,
            "..%252f" * 9,
            "..\\" * 9,
            "//",
            "file:///",
            "%00/",
            "..%c0%af" * 9,
            "....//" * 9,
        )
    ),
    *(
        f"/demo/image/upload/honest.jpg{odd}"
        for odd in (
            "%00",
            "%00.png",
            "%0d%0aX-Injected:%20yes",
            "%0aX-Injected:1",
            "%e2%80%a8",
            "%c0%ae",
            "%ff%fe",
            "%ed%a0%80",
            "/",
            "/.",
            "?" + "a" * 5000,
            "%20" * 2000,
            "%23",
            ";x",
        )
    ),
    *(
        f"/demo/image/upload/fl_attachment:{odd}/honest.jpg"
        for odd in (
            "a%0d%0aX-Injected:1",
            "%22;x",
            "%00",
            "%e2%80%ae",
            "a" * 3000,
            "..%2f..%2fx",
            "%ff",
        )
    ),
    *(
        f"/demo/image/upload/w_{odd}/honest.jpg"
        for odd in (
            "9" * 4000,
            "-1",
            "1e309",
            "nan",
            "0x10",
            "%D9%A3",
            "1.0e-400",
            "0",
            "iw*" * 900 + "1",
            "(" * 2000,
            "2_pow_" * 500 + "2",
            "$x",
            "9" * 300 + "_pow_" + "9" * 300,
        )
    ),
    *(
        f"/demo/image/upload/{odd}/honest.jpg"
        for odd in (
            "if_w_gt_1/" * 2000,
            "$a_" + "1_mul_" * 1000 + "1",
            "/".join(["$x_$x_mul_$x"] * 31),
            "$x_9999999_pow_9999999",
            "$x_10_pow_10/" + "/".join(["$x_$x_pow_$x"] * 12),
            "/".join(["w_10"] * 33),
            "l_a/" * 60 + "w_1",
            "t_" + "a" * 999,
            "e_" + "a:" * 2000,
            "l_text:Arial_20:" + "%25252C" * 600,
            "l_text:Arial_99999:a",
            "l_text:a_1:" + "%F0%9F%98%80" * 500,
            "l_fetch:aHR0cDovLzEyNy4wLjAuMS8",
            "if_" + "w_gt_1_and_" * 500 + "w_gt_1",
            "a_" + "9" * 300,
            "dpr_" + "9" * 300,
            "dpr_1e-300,w_1.0",
            "b_gradient:" + "9:" * 999,
            "e_distort:" + ":".join(["99999999"] * 8),
            "e_distort:0:0:0:0:0:0:0:0",
            "e_shear:60:60/e_shear:60:60/e_shear:60:60",
            "c_crop,w_1,h_1,x_99999999999999999999,y_-9",
            "r_" + ":".join(["99999999999"] * 4),
            "co_rgb:" + "f" * 4000,
            "$" + "a" * 4000 + "_1",
            "$a_!" + "b" * 3000 + "!",
            "s--" + "a" * 4000 + "--",
            "v" + "9" * 4000,
        )
    ),
    *(
        f"/demo/image/fetch/{url}"
        for url in (
            "http://127.0.0.1/",
            "http://169.254.169.254/latest",
            "file:///etc/passwd",
            "http://[::1]/",
            "gopher://x",
            "http://" + "a" * 5000,
            "http://a@b:c@127.1/",
            "http%3A//0x7f.1/",
        )
    ),
    *(
        f"/demo/{kind}/{way}/honest.jpg"
        for kind in ("video", "raw", "image")
        for way in ("private", "authenticated", "upload", "sprite", "multi", "text")
    ),
)
"""Sent as they are; spaces never occur, as they would end the request line."""

ODD_HTTP = (
    b"GET /demo/image/upload/honest.jpg HTTP/1.0\r\n\r\n",
    b"GET /demo/image/upload/honest.jpg HTTP/1.1\r\n\r\n",
    b"GET http://127.0.0.1/demo/image/upload/honest.jpg HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    *(
        method + b" /demo/image/upload/honest.jpg HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        for method in (
            b"POST",
            b"PUT",
            b"DELETE",
            b"PATCH",
            b"TRACE",
            b"OPTIONS",
            b"HEAD",
            b"CONNECT",
            b"PROPFIND",
            b"GETGETGET",
            b"get",
            b"\xff\xfe",
            b"PRI",
        )
    ),
    *(
        b"GET /demo/image/upload/honest.jpg HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        + field
        + b"\r\n\r\n"
        for field in (
            b"X: " + b"a" * 100_000,
            b"\r\n".join([b"X-%d: y" % n for n in range(2000)]),
            b"Accept: " + b"image/avif," * 3000,
            b"Accept: \xff\xfe\x80",
            b"If-Modified-Since: Thu, 99 Foo 99999999 99:99:99 GMT",
            b"If-Modified-Since: Mon, 01 Jan 0001 00:00:00 +9999",
            b"If-Modified-Since: Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
            b"If-Modified-Since: Mon, 01 Jan 2020 00:00:00 +99999999999999999999",
            b"If-None-Match: " + b'"a",' * 9000,
            b"Range: bytes=0-,0-,0-,0-",
            b"Range: bytes=99999999999999999999-",
            b"Expect: 100-continue",
            b"Transfer-Encoding: chunked\r\nContent-Length: 5",
            b"Content-Length: -1",
            b"Content-Length: 99999999999999999999",
            b"Host: a\r\nHost: b",
            b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            b"DPR: 9e999\r\nWidth: -1",
            b"X\0Y: z",
            b" folded: x",
            b"X-Forwarded-For: 127.0.0.1\r\nForwarded: for=unix:/x",
        )
    ),
    b"GET /demo/image/upload/honest.jpg HTTP/1.1\r\nHost: x\r\n\r\n" * 50,
    b"POST /demo/image/upload/honest.jpg HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nabc",
    b"GET /a b c HTTP/1.1\r\n\r\n",
    b"GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /\xc0\xaf\xff HTTP/1.1\r\nHost: x\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100),
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\0" * 10_000,
    b"GET " + b"/" * 500_000 + b" HTTP/1.1\r\n\r\n",
    b"GET /x HTTP/9.9\r\n\r\n",
    b"\r\n" * 5000,
)


class Request(Struct, frozen=True):
    """What is sent, and how: `whole` waits for the answer, `left` closes soon, `slow` sends or reads in drips."""

    family: str
    data: bytes
    manner: str = "whole"


def requests(files: Mapping[str, Sequence[str]], count: int) -> Iterator[Request]:
    """`count` requests, every file and every oddity among them where the number allows it."""
    dice = random.Random(11)
    sources = [
        _files(files, dice),
        _effects(files, dice),
        _odd_paths(),
        _mutants(dice),
        _odd_http(dice),
        _large(dice),
        _long_meanings(dice),
    ]
    weights = [40, 16, 14, 12, 9, 1, 8]
    for _ in range(count):
        yield next(dice.choices(sources, weights)[0])


def _get(path: str) -> bytes:
    head = f"GET {path} HTTP/1.1\r\nHost: x\r\nAccept: image/avif,image/webp\r\nConnection: close\r\n\r\n"
    return head.encode("utf-8", "surrogateescape")


def _files(files: Mapping[str, Sequence[str]], dice: random.Random) -> Iterator[Request]:
    every = [
        (family, name) for family, names in files.items() for name in names if family != "large"
    ]
    while True:
        dice.shuffle(every)
        for family, name in every:
            chain = dice.choice(_PLAIN).format(n=dice.randrange(8, 1200))
            chain = f"{chain}/f_{dice.choice(_FORMATS)}" if dice.random() < _TWO_OF_THREE else chain
            yield Request(f"file: {family}", _get(f"/demo/image/upload/{chain}/{name}"))


def _effects(files: Mapping[str, Sequence[str]], dice: random.Random) -> Iterator[Request]:
    """Every example of every operation, on honest and damaged originals, often with its numbers driven up."""
    examples = [example for step in CLAIMS for example in step.examples]
    names = [*files["honest"], *files["damaged"], *files["frames"]]
    while True:
        chain = "/".join(dice.sample(examples, dice.randrange(1, 4)))
        if dice.random() < _TWO_OF_THREE:
            chain = "".join(dice.choice((c, c * 3, "9")) if c.isdigit() else c for c in chain)
        yield Request("effects", _get(f"/demo/image/upload/{chain}/{dice.choice(names)}"))


def _odd_paths() -> Iterator[Request]:
    while True:
        for path in ODD_PATHS:
            yield Request("odd paths", _get(path))


def _mutants(dice: random.Random) -> Iterator[Request]:
    """Honest URLs with a few characters changed, doubled or taken out."""
    examples = [example for step in CLAIMS for example in step.examples]
    letters = "abz019_,:/$!%.-~()*^|\\\"'<>{}[]&=+;@\u00e9\u4e2d\udc80\udcff\x7f\x01"
    while True:
        text = list(f"/demo/image/upload/{'/'.join(dice.sample(examples, 2))}/honest.jpg")
        for _ in range(dice.randrange(1, 6)):
            at = dice.randrange(6, len(text))
            text[at] = dice.choice(
                ("", text[at] * 2, dice.choice(letters), f"%{dice.randrange(256):02x}")
            )
        yield Request("mutated paths", _get("".join(text).replace(" ", "%20")))


def _odd_http(dice: random.Random) -> Iterator[Request]:
    while True:
        for data in ODD_HTTP:
            yield Request("odd HTTP", data, "slow" if dice.random() < 0.05 else "whole")
        for _ in range(20):
            path = f"/demo/image/upload/c_scale,w_{dice.randrange(900, 2000)}/honest.png"
            yield Request("left early", _get(path), "left")


def _long_meanings(dice: random.Random) -> Iterator[Request]:
    """Valid URLs and headers at their limits, each another one: what is remembered of them must not add up."""
    while True:
        layers = (
            f"l_text:Arial_20:{'W' * 850}{dice.randrange(10**9)}/c_scale,w_{at + 1}/fl_layer_apply"
            for at in range(8)
        )
        yield Request("long meanings", _get(f"/demo/image/upload/{'/'.join(layers)}/absent.jpg"))
        accept = b"Accept: image/webp," + b"x/y," * 1000 + b"%d\r\n" % dice.randrange(10**9)
        plain = _get(f"/demo/image/upload/w_{dice.randrange(1, 999)}/f_auto/honest.jpg")
        yield Request("long meanings", plain.replace(b"Accept: image/avif,image/webp\r\n", accept))


def _large(dice: random.Random) -> Iterator[Request]:
    while True:
        for pattern in _LARGE:
            chain = pattern.format(n=dice.randrange(4500, 5000))
            name = dice.choice(
                ("photo-24mp.jpg", "plain-79mp.png", "plain-79mp.jpg", "frames-240.gif")
            )
            yield Request("large", _get(f"/demo/image/upload/{chain}/{name}"))
