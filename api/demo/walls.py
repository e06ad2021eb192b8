"""What houses are made of, course by course: each material paints one face in true perspective.

A material is a function of canvas, face, light on the face and a random source; it paints the whole face and nothing else.
"""

from collections.abc import Callable
from functools import partial
from random import Random

from api.demo.camera import Face
from api.demo.canvas import Canvas
from api.demo.palette import Rgb, mix, times, vary

Material = Callable[[Canvas, Face, Rgb, Random], None]


def brick(
    canvas: Canvas,
    face: Face,
    lit: Rgb,
    rng: Random,
    *,
    colour: str,
    mortar: str = "#c9bfb2",
    course: float = 0.085,
) -> None:
    """Running bond; every brick has its own fire."""
    canvas.polygon(face.whole, times(mortar, lit))
    length, joint = course * 3, course * 0.14
    for row in range(int(face.height / course) + 1):
        v0, v1 = row * course, min(face.height, (row + 1) * course - joint)
        start = -length / 2 if row % 2 else 0.0
        while start < face.width and v1 > v0:
            u0, u1 = max(0.0, start), min(face.width, start + length - joint)
            if u1 > u0:
                tone = mix(colour, "#3c2a2a", rng.choice((0, 0, 0, 0.12, 0.25)))
                canvas.polygon(face.quad(u0, v0, u1, v1), times(vary(rng, tone, 0.13), lit))
            start += length


def boards(
    canvas: Canvas,
    face: Face,
    lit: Rgb,
    rng: Random,
    *,
    colour: str,
    pitch: float = 0.16,
    upright: bool = False,
    spread: float = 0.05,
) -> None:
    """Painted or raw planks with a shadow under each edge and a few fibres."""
    along, count = (face.height, face.width) if upright else (face.width, face.height)
    canvas.polygon(face.whole, times(colour, lit))
    for index in range(int(count / pitch) + 1):
        low, high = index * pitch, min(count, (index + 1) * pitch)
        if high - low < 0.01:
            continue
        tone = times(vary(rng, colour, spread), lit)
        canvas.polygon(_strip(face, low, high, along, upright), tone)
        canvas.polygon(
            _strip(face, high - pitch * 0.2, high, along, upright), times(tone, 1.1), 0.6
        )
        canvas.polygon(
            _strip(face, low, low + pitch * 0.12, along, upright), times(tone, 0.55), 0.85
        )
        for _ in range(int(spread * 40)):
            level = rng.uniform(low + pitch * 0.2, high - pitch * 0.1)
            start, length = rng.uniform(0, along), rng.uniform(0.3, 1.6)
            ends = [(start, level), (min(along, start + length), level)]
            points = [face.at(v, u) if upright else face.at(u, v) for u, v in ends]
            canvas.line(points, times(tone, 0.72), max(0.3, face.per_metre * 0.006), 0.5)


def _strip(
    face: Face, low: float, high: float, along: float, upright: bool
) -> list[tuple[float, float]]:
    return face.quad(low, 0, high, along) if upright else face.quad(0, low, along, high)


def logs(
    canvas: Canvas, face: Face, lit: Rgb, rng: Random, *, colour: str, pitch: float = 0.26
) -> None:
    """Round timber: each log is light on top and dark where it meets the next."""
    for row in range(int(face.height / pitch) + 1):
        v0, v1 = row * pitch, min(face.height, (row + 1) * pitch)
        tone = times(vary(rng, colour, 0.09), lit)
        bands = (
            (0, 0.16, 0.42),
            (0.16, 0.4, 0.78),
            (0.4, 0.66, 1.0),
            (0.66, 0.88, 1.2),
            (0.88, 1, 0.95),
        )
        for low, high, level in bands:
            top = min(face.height, v0 + pitch * high)
            canvas.polygon(face.quad(0, v0 + pitch * low, face.width, top), times(tone, level))
        for _ in range(int(face.width * 3)):
            start, level = rng.uniform(0, face.width), rng.uniform(v0, v1)
            ends = [
                face.at(start, level),
                face.at(min(face.width, start + rng.uniform(0.2, 0.9)), level),
            ]
            canvas.line(ends, times(tone, 0.6), max(0.3, face.per_metre * 0.008), 0.5)


def stone(
    canvas: Canvas,
    face: Face,
    lit: Rgb,
    rng: Random,
    *,
    colour: str,
    mortar: str = "#b9b0a0",
    size: float = 0.3,
) -> None:
    """Rubble in rough courses; corners rounded by a rim of the stone's own colour, moss in places."""
    canvas.polygon(face.whole, times(mortar, lit))
    v = 0.0
    rim = face.per_metre * size * 0.12
    while v < face.height:
        tall = min(size * rng.uniform(0.55, 1.0), face.height - v)
        u = -rng.random() * size
        while u < face.width:
            wide = size * rng.uniform(0.7, 1.7)
            tone = mix(
                vary(rng, colour, 0.16),
                "#7d7a55",
                rng.choice((0, 0, 0.15, 0.35)) * max(0, 1 - v / 2),
            )
            low, high = max(0.03, u + 0.03), min(face.width - 0.03, u + wide - 0.03)
            if high - low > 0.04 and tall > 0.08:
                shape = [
                    (low, v + 0.03 + rng.random() * 0.03),
                    (high, v + 0.03),
                    (high, v + tall - 0.03),
                    (low, v + tall - 0.03 - rng.random() * 0.03),
                ]
                lit_tone = times(tone, lit)
                canvas.polygon(face.shape(shape), lit_tone, edge=lit_tone, edge_width=rim)
                canvas.line(
                    face.shape(
                        [(low, v + tall - 0.03), (high, v + tall - 0.03), (high, v + tall - 0.03)]
                    )[:2],
                    times(lit_tone, 1.18),
                    rim * 0.6,
                    0.6,
                )
            u += wide
        v += tall


def plaster(
    canvas: Canvas, face: Face, lit: Rgb, rng: Random, *, colour: str, worn: float = 0.05
) -> None:
    """Smooth render with clouds of tone and faint rain streaks."""
    tone = times(colour, lit)
    canvas.polygon(face.whole, tone)
    with canvas.inside(face.whole):
        for _ in range(int(face.width * face.height * 1.5)):
            centre = face.at(rng.uniform(0, face.width), rng.uniform(0, face.height))
            radius = face.per_metre * rng.uniform(0.3, 1.3)
            level = 1 + rng.uniform(-worn, worn) * 2
            canvas.ellipse(
                centre,
                radius,
                radius * 0.7,
                canvas.radial([(0, times(tone, level), 0.7), (1, times(tone, level), 0)]),
            )
        for _ in range(int(face.width * 2)):
            u, drop = rng.uniform(0, face.width), rng.uniform(0.3, face.height * 0.6)
            ends = [face.at(u, face.height), face.at(u, face.height - drop)]
            canvas.line(ends, times(tone, 0.8), face.per_metre * rng.uniform(0.01, 0.05), worn)


def concrete(
    canvas: Canvas, face: Face, lit: Rgb, rng: Random, *, colour: str, panel: float = 1.4
) -> None:
    """Cast panels with joints and tie holes."""
    plaster(canvas, face, lit, rng, colour=colour, worn=0.06)
    tone = times(colour, lit)
    width = max(0.4, face.per_metre * 0.015)
    u = panel
    while u < face.width:
        canvas.line([face.at(u, 0), face.at(u, face.height)], times(tone, 0.7), width, 0.8)
        u += panel
    v = panel / 1.2
    while v < face.height:
        canvas.line([face.at(0, v), face.at(face.width, v)], times(tone, 0.7), width, 0.8)
        v += panel / 1.2


def ambient(canvas: Canvas, face: Face, *, foot: float = 0.34, top: float = 0.28) -> None:
    """The light that corners lose: darker at the ground and under the eaves."""
    dark = "#1a1c2e"
    stops = [
        (0.0, dark, foot),
        (0.2, dark, foot * 0.25),
        (0.5, dark, 0.0),
        (0.85, dark, top * 0.3),
        (1.0, dark, top),
    ]
    canvas.polygon(
        face.whole,
        canvas.linear(face.at(face.width / 2, 0), face.at(face.width / 2, face.height), stops),
    )


MATERIALS: dict[str, Material] = {
    "red brick": partial(brick, colour="#a4503c"),
    "dark brick": partial(brick, colour="#7b4638", mortar="#a89a8c"),
    "pale brick": partial(brick, colour="#cbb294", mortar="#ded5c6"),
    "white boards": partial(boards, colour="#f1ede3", spread=0.02),
    "blue boards": partial(boards, colour="#9db4c4", spread=0.03),
    "red boards": partial(boards, colour="#a23a2c", pitch=0.18, upright=True),
    "cedar": partial(boards, colour="#b3774a", pitch=0.12, spread=0.14),
    "larch": partial(boards, colour="#9a6a43", pitch=0.14, upright=True, spread=0.14),
    "charred": partial(boards, colour="#39363a", pitch=0.14, upright=True, spread=0.1),
    "logs": partial(logs, colour="#9a6a42"),
    "stone": partial(stone, colour="#a79c8a"),
    "warm stone": partial(stone, colour="#c7ad85", size=0.36),
    "white plaster": partial(plaster, colour="#f4f0e8", worn=0.025),
    "rose plaster": partial(plaster, colour="#d9a08e"),
    "sea plaster": partial(plaster, colour="#8fb3b5"),
    "ochre plaster": partial(plaster, colour="#d8a552"),
    "sand plaster": partial(plaster, colour="#e3cfae"),
    "concrete": partial(concrete, colour="#b9b6b0"),
}
"""The yard: names that a scene may ask for."""
