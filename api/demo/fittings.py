"""What makes a room lived in: rugs, lamps, pictures, plants, curtains, shelves, vases, the bath."""

from math import cos, pi, sin
from random import Random

from api.demo.camera import Vec
from api.demo.canvas import Canvas, Point
from api.demo.furniture import Set, block, shadow
from api.demo.palette import dim, times, vary


def plant(
    stage: Set,
    x: float,
    y: float,
    tall: float,
    *,
    z: float = 0.0,
    pot: str = "#c9beac",
    leaf: str = "#4f7d4a",
    kind: str = "fig",
) -> None:
    """A potted plant: broad drooping leaves (`fig`) or upright blades (`palm`)."""
    rng, room = stage.rng, stage.room
    if z == 0:
        shadow(stage, (x - 0.2, y - 0.2, 0), (0.4, 0.4, 0.8))
    wide = 0.16 + tall * 0.08
    block(stage, (x - wide, y - wide, z), (wide * 2, wide * 2, wide * 1.9), pot, soft=wide * 0.5)
    foot, size = room.camera.at((x, y, z + wide * 1.8)), room.camera.per_metre((x, y, z))
    count = 46 if kind == "fig" else 30
    for n in range(count):
        lift = (n + 1) / count
        turn = rng.uniform(0, 2 * pi)
        if kind == "fig":
            root = (foot[0] + cos(turn) * size * 0.02, foot[1] - lift * tall * size * 0.78)
            tip = (
                root[0] + cos(turn) * size * tall * 0.3,
                root[1] - size * tall * (0.16 + 0.12 * sin(turn)),
            )
            broad = size * tall * 0.075
        else:
            root, lean = foot, rng.uniform(-0.6, 0.6)
            tip = (
                root[0] + lean * size * tall * 0.75,
                root[1] - size * tall * rng.uniform(0.55, 1) * (1 - abs(lean) * 0.5),
            )
            broad = size * tall * 0.03
        tone = times(vary(rng, leaf, 0.12), dim(room.on((0, -0.5, 0.5)), (0.62 + 0.5 * lift)))
        _leaf(stage.things.paint, root, tip, broad, tone, rng)


def _leaf(paint: Canvas, root: Point, tip: Point, broad: float, tone: str, rng: Random) -> None:
    dx, dy = tip[0] - root[0], tip[1] - root[1]
    length = max(0.1, (dx * dx + dy * dy) ** 0.5)
    nx, ny = -dy / length * broad, dx / length * broad
    mx, my = root[0] + dx * 0.55, root[1] + dy * 0.55 - length * 0.08
    for side, level in ((1, 1.0), (-1, rng.choice((0.8, 1.2)))):
        outline = f"M{root[0]:.1f} {root[1]:.1f} Q{mx + nx * side * 1.6:.1f} {my + ny * side * 1.6:.1f} {tip[0]:.1f} {tip[1]:.1f} Q{mx:.1f} {my:.1f} {root[0]:.1f} {root[1]:.1f} Z"
        paint.path(outline, times(tone, level))


def shelf(
    stage: Set, at: Vec, size: tuple[float, float, float], colour: str, *, levels: int = 5
) -> None:
    """An open bookcase: back panel, boards, books, a few objects."""
    (x, y, z), (w, d, h), rng = at, size, stage.rng
    if z == 0:
        shadow(stage, at, size)
    block(stage, (x, y + d - 0.03, z), (w, 0.03, h), times(colour, 0.6))
    for n in range(levels + 1):
        v = z + (h - 0.04) * n / levels
        if n < levels:
            _row(stage, (x + 0.05, y + 0.04, v + 0.04), w - 0.1, (h / levels) - 0.06, rng)
        block(stage, (x, y, v), (w, d, 0.035), colour)
    for edge in (x, x + w - 0.035):
        block(stage, (edge, y, z), (0.035, d, h), colour)


BOOKS = (
    "#c9b28a",
    "#a4523f",
    "#3f5f6c",
    "#e4d6b4",
    "#6f7a52",
    "#d8cfc0",
    "#7a3b3b",
    "#2f3b4a",
    "#c98a4a",
    "#efe8da",
)


def _row(stage: Set, at: Vec, width: float, room_m: float, rng: Random) -> None:
    u = 0.0
    while u < width - 0.08:
        pick = rng.random()
        if pick < 0.12:
            vase(
                stage,
                (at[0] + u + 0.09, at[1] + 0.08, at[2]),
                room_m * 0.6,
                rng.choice(("#c9794f", "#e8e0d2", "#5d7376")),
            )
            u += 0.24
        elif pick < 0.2:
            u += rng.uniform(0.1, 0.2)
        else:
            thick, tall = rng.uniform(0.025, 0.05), room_m * rng.uniform(0.6, 0.9)
            block(
                stage,
                (at[0] + u, at[1], at[2]),
                (thick, 0.12, tall),
                vary(rng, rng.choice(BOOKS), 0.1),
            )
            u += thick + 0.004


def books(stage: Set, at: Vec, count: int = 3) -> None:
    """A lying stack."""
    z = at[2]
    for _ in range(count):
        shift = stage.rng.uniform(-0.03, 0.03)
        block(stage, (at[0] + shift, at[1], z), (0.28, 0.2, 0.035), stage.rng.choice(BOOKS))
        z += 0.037


def vase(stage: Set, foot: Vec, tall: float, colour: str, *, blossom: str = "") -> None:
    """A thrown pot, with branches in blossom if a colour is given."""
    camera, paint, rng = stage.room.camera, stage.things.paint, stage.rng
    (x, y), size = camera.at(foot), camera.per_metre(foot) * tall
    lit = times(colour, stage.room.on((0, -1, 0)))
    for _ in range(9 if blossom else 0):
        lean = rng.uniform(-0.7, 0.7)
        tip = (x + lean * size, y - size * rng.uniform(1.6, 2.4))
        paint.line(
            [(x, y - size * 0.9), (x + lean * size * 0.35, y - size * 1.5), tip],
            "#6b5a44",
            max(0.8, size * 0.025),
        )
        for _ in range(9):
            t = rng.random()
            spot = (
                x + lean * size * (0.35 + 0.65 * t) + rng.gauss(0, size * 0.07),
                y - size * 1.4 + (tip[1] - y + size * 1.4) * t + rng.gauss(0, size * 0.06),
            )
            paint.ellipse(
                spot,
                size * 0.055,
                size * 0.05,
                vary(rng, times(blossom, stage.room.on((0, -0.5, 0.5))), 0.1),
            )
    fill = paint.linear(
        (x - size * 0.3, y),
        (x + size * 0.3, y),
        [(0, times(lit, 1.1), 1), (0.35, times(lit, 1.2), 1), (1, times(lit, 0.6), 1)],
    )
    body = f"M{x - size * 0.16:.1f} {y:.1f} C{x - size * 0.42:.1f} {y - size * 0.3:.1f} {x - size * 0.3:.1f} {y - size * 0.7:.1f} {x - size * 0.11:.1f} {y - size * 0.82:.1f} "
    body += f"L{x - size * 0.13:.1f} {y - size:.1f} L{x + size * 0.13:.1f} {y - size:.1f} L{x + size * 0.11:.1f} {y - size * 0.82:.1f} "
    paint.path(
        body
        + f"C{x + size * 0.3:.1f} {y - size * 0.7:.1f} {x + size * 0.42:.1f} {y - size * 0.3:.1f} {x + size * 0.16:.1f} {y:.1f} Z",
        fill,
    )


def bowl(stage: Set, at: Vec, wide: float, colour: str, fruit: tuple[str, ...]) -> None:
    """Fruit heaped in a bowl."""
    camera, paint = stage.room.camera, stage.things.paint
    (x, y), size = camera.at(at), camera.per_metre(at) * wide / 2
    for n, tone in enumerate(fruit):
        lit = times(tone, stage.room.on((0, -0.5, 0.5)))
        ball = paint.radial(
            [(0, times(lit, 1.25), 1), (0.6, lit, 1), (1, times(lit, 0.6), 1)], (0.35, 0.3)
        )
        paint.ellipse(
            (x + (n - (len(fruit) - 1) / 2) * size * 0.4, y - size * (0.68 if n % 2 else 0.55)),
            size * 0.28,
            size * 0.28,
            ball,
        )
    lit = times(colour, stage.room.on((0, -1, 0)))
    fill = paint.linear(
        (x - size, y), (x + size, y), [(0, times(lit, 1.08), 1), (1, times(lit, 0.66), 1)]
    )
    paint.path(
        f"M{x - size:.1f} {y - size * 0.5:.1f} Q{x - size * 0.7:.1f} {y:.1f} {x:.1f} {y:.1f} Q{x + size * 0.7:.1f} {y:.1f} {x + size:.1f} {y - size * 0.5:.1f} Z",
        fill,
    )


def tub(stage: Set, x: float, y: float, width: float) -> None:
    """A free-standing bath with a rolled rim and a floor-mounted tap."""
    camera, paint, room = stage.room.camera, stage.things.paint, stage.room
    shadow(stage, (x, y, 0), (width, 0.8, 0.6))
    (cx, foot), size = (
        camera.at((x + width / 2, y + 0.1, 0)),
        camera.per_metre((x + width / 2, y + 0.1, 0.3)),
    )
    top, half = camera.at((x + width / 2, y + 0.1, 0.6))[1], width / 2 * size
    lit = times("#f7f5f0", room.on((0, -1, 0)))
    fill = paint.linear(
        (cx - half, top),
        (cx + half, foot),
        [(0, times(lit, 1.08), 1), (0.5, lit, 1), (1, times(lit, 0.68), 1)],
    )
    paint.path(
        f"M{cx - half:.1f} {top:.1f} C{cx - half * 0.95:.1f} {foot - 4:.1f} {cx - half * 0.7:.1f} {foot:.1f} {cx - half * 0.5:.1f} {foot:.1f} L{cx + half * 0.5:.1f} {foot:.1f} C{cx + half * 0.7:.1f} {foot:.1f} {cx + half * 0.95:.1f} {foot - 4:.1f} {cx + half:.1f} {top:.1f} Z",
        fill,
    )
    paint.ellipse((cx, top), half * 1.02, size * 0.12, times("#ffffff", room.on((0, 0, 1))))
    inner = paint.linear(
        (cx - half, top), (cx + half, top), [(0, times(lit, 0.62), 1), (1, times(lit, 0.9), 1)]
    )
    paint.ellipse((cx, top + size * 0.012), half * 0.95, size * 0.085, inner)
    paint.ellipse(
        (cx, top + size * 0.04), half * 0.82, size * 0.05, times("#a8ccd0", room.on((0, 0, 1))), 0.9
    )
    tap = cx + half * 1.14
    paint.path(
        f"M{tap:.1f} {foot - size * 0.05:.1f} L{tap:.1f} {top - size * 0.26:.1f} Q{tap:.1f} {top - size * 0.36:.1f} {tap - size * 0.12:.1f} {top - size * 0.36:.1f} Q{tap - size * 0.24:.1f} {top - size * 0.36:.1f} {tap - size * 0.24:.1f} {top - size * 0.24:.1f}",
        "none",
        edge="#b3935a",
        edge_width=size * 0.03,
    )
