"""Graphics as screens and documents have them, by seed: text, charts, interfaces, gradients, flat shapes, maps, noise.

Half of what a service delivers is no photograph, and encoders miss differently there.  Same name, same picture.
"""

from collections.abc import Callable, Iterator
from random import Random

import pyvips

from imgproxy.operations import _fonts

_WIDTH, _HEIGHT = 1200, 900
_WORDS = (
    "house garden window bright kitchen river light terrace meadow quiet morning harbour "
    "stone level north timber glass 3 rooms 84 m² from 450,000 built 1987 heating survey"
).split()
_FONT = "font-family='Source Sans Pro'"
VARIANTS = 6


def draw(kind: str, seed: int) -> pyvips.Image:
    """sRGB, 8 bit, three bands, 1200×900. `kind` is a key of KINDS."""
    image = KINDS[kind](Random(f"{kind} {seed}"))
    image = image.flatten(background=[255, 255, 255]) if image.hasalpha() else image
    return image.colourspace("srgb").cast("uchar").copy_memory()


def _svg(body: Iterator[str], ground: str) -> pyvips.Image:
    _fonts.load()
    head = f"<svg xmlns='http://www.w3.org/2000/svg' width='{_WIDTH}' height='{_HEIGHT}'>"
    text = f"{head}<rect width='100%' height='100%' fill='{ground}'/>{''.join(body)}</svg>"
    return pyvips.Image.svgload_buffer(text.encode())


def _colour(rng: Random, low: int = 0, high: int = 255) -> str:
    return "#" + "".join(f"{rng.randint(low, high):02x}" for _ in range(3))


def _line(rng: Random, words: int) -> str:
    return " ".join(rng.choice(_WORDS) for _ in range(words))


def _text(rng: Random) -> pyvips.Image:
    dark = rng.random() < 0.4
    ink, ground = (_colour(rng, 170, 255), _colour(rng, 0, 60))
    ink, ground = (ink, ground) if dark else (ground, _colour(rng, 225, 255))
    size = rng.choice((16, 20, 26, 34, 48))

    def lines() -> Iterator[str]:
        for y in range(50 + size, _HEIGHT - 30, round(size * 1.5)):
            fill = _colour(rng) if rng.random() < 0.12 else ink
            text = _line(rng, 1000 // (size * 4) + rng.randint(-3, 3))
            yield f"<text x='50' y='{y}' font-size='{size}' fill='{fill}' {_FONT}>{text}</text>"

    return _svg(lines(), ground)


def _chart(rng: Random) -> pyvips.Image:
    number = rng.randint(5, 24)
    step = 1050 / number

    def marks() -> Iterator[str]:
        for y in range(100, 801, 100):
            yield f"<path d='M80 {y}H1150' stroke='#ccc'/><text x='20' y='{y + 6}' font-size='20' {_FONT}>{900 - y}</text>"
        if rng.random() < 0.5:
            for index in range(number):
                high = rng.randint(30, 690)
                yield (
                    f"<rect x='{90 + index * step:.1f}' y='{800 - high}' width='{step * 0.7:.1f}' "
                    f"height='{high}' fill='{_colour(rng, 30, 230)}'/>"
                )
        for _ in range(rng.randint(1, 5)):
            points = " ".join(f"{90 + i * step:.0f},{rng.randint(110, 790)}" for i in range(number))
            yield f"<polyline points='{points}' fill='none' stroke='{_colour(rng)}' stroke-width='{rng.choice((1, 2, 4))}'/>"
        yield f"<text x='90' y='60' font-size='36' {_FONT}>{_line(rng, 5)}</text>"

    return _svg(marks(), "#ffffff")


def _interface(rng: Random) -> pyvips.Image:
    accent, columns = _colour(rng, 20, 200), rng.choice((2, 3, 4))
    wide = (_WIDTH - 260) // columns

    def parts() -> Iterator[str]:
        yield f"<defs><linearGradient id='g'><stop stop-color='{accent}'/><stop offset='1' stop-color='{_colour(rng)}'/></linearGradient></defs>"
        yield f"<rect width='220' height='{_HEIGHT}' fill='{_colour(rng, 10, 60)}'/><rect width='{_WIDTH}' height='64' fill='url(#g)'/>"
        for y in range(110, 860, 44):
            yield f"<circle cx='36' cy='{y}' r='9' fill='{accent}'/><text x='60' y='{y + 6}' font-size='18' fill='#dde' {_FONT}>{_line(rng, 2)}</text>"
        for index in range(columns * 3):
            x, y = 240 + index % columns * wide, 90 + index // columns * 270
            yield f"<rect x='{x}' y='{y}' width='{wide - 20}' height='250' rx='10' fill='#fff' stroke='#d5d8e0'/>"
            yield f"<text x='{x + 16}' y='{y + 34}' font-size='22' {_FONT}>{_line(rng, 2)}</text>"
            for row in range(5):
                yield f"<text x='{x + 16}' y='{y + 70 + row * 24}' font-size='15' fill='#667' {_FONT}>{_line(rng, wide // 60)}</text>"
            yield f"<rect x='{x + 16}' y='{y + 200}' width='{rng.randint(40, wide - 60)}' height='26' rx='6' fill='url(#g)'/>"

    return _svg(parts(), _colour(rng, 235, 250))


def _gradient(rng: Random) -> pyvips.Image:
    kind = rng.choice(("linearGradient", "radialGradient"))

    def parts() -> Iterator[str]:
        for index in range(rng.randint(1, 4)):
            stops = "".join(
                f"<stop offset='{at}' stop-color='{_colour(rng)}' stop-opacity='{rng.uniform(0.4, 1):.2f}'/>"
                for at in (0, rng.uniform(0.2, 0.8), 1)
            )
            yield f"<{kind} id='g{index}'>{stops}</{kind}><rect width='100%' height='100%' fill='url(#g{index})'/>"

    image = _svg(parts(), _colour(rng))
    grain = rng.choice((0, 0, 2, 6))
    noise = pyvips.Image.gaussnoise(_WIDTH, _HEIGHT, sigma=grain, mean=0, seed=rng.randint(1, 99))
    return image.extract_band(0, n=3) + noise


def _shapes(rng: Random) -> pyvips.Image:
    def parts() -> Iterator[str]:
        for _ in range(rng.randint(4, 60)):
            x, y, size = rng.randint(0, _WIDTH), rng.randint(0, _HEIGHT), rng.randint(20, 320)
            fill = _colour(rng)
            yield rng.choice(
                (
                    f"<circle cx='{x}' cy='{y}' r='{size / 2}' fill='{fill}'/>",
                    f"<rect x='{x}' y='{y}' width='{size}' height='{size * 0.6}' fill='{fill}'/>",
                    f"<path d='M{x} {y}l{size} {size // 2}l-{size} {size // 3}z' fill='{fill}'/>",
                    f"<circle cx='{x}' cy='{y}' r='{size / 2}' fill='none' stroke='{fill}' stroke-width='3'/>",
                )
            )

    return _svg(parts(), _colour(rng))


def _map(rng: Random) -> pyvips.Image:
    seed, cell = rng.randint(1, 999), rng.choice((30, 60, 140))
    cells = pyvips.Image.worley(_WIDTH, _HEIGHT, cell_size=cell, seed=seed)
    land = pyvips.Image.perlin(_WIDTH, _HEIGHT, cell_size=256, seed=seed)
    base = (land > 0).ifthenelse([214, 228, 190], [170, 205, 230])
    base = (land > 0.35).ifthenelse([235, 232, 222], base)
    roads = ((cells / cell * 4).floor() % 2) > 0
    return roads.ifthenelse([255, 250, 200], base)


def _noise(rng: Random) -> pyvips.Image:
    seed, sigma = rng.randint(1, 999), rng.choice((6, 12, 20, 35, 60))
    bands = [
        pyvips.Image.gaussnoise(_WIDTH, _HEIGHT, mean=0, sigma=sigma, seed=seed + band)
        for band in range(3)
    ]
    noise = bands[0] if rng.random() < 0.5 else bands[0].bandjoin(bands[1:])
    soft = noise.gaussblur(rng.choice((0.4, 0.8, 1.5))) * 1.5 if rng.random() < 0.5 else noise
    cloud = pyvips.Image.perlin(_WIDTH, _HEIGHT, cell_size=200, seed=seed) * 60 + 128
    tints = [rng.randint(-30, 30) for _ in range(3)]
    return cloud.bandjoin([cloud, cloud]) + tints + soft


KINDS: dict[str, Callable[[Random], pyvips.Image]] = {
    "text": _text,
    "chart": _chart,
    "interface": _interface,
    "gradient": _gradient,
    "shapes": _shapes,
    "map": _map,
    "noise": _noise,
}
