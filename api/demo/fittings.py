"""What makes a room lived in: rugs, lamps, pictures, plants, curtains, shelves, vases, the bath."""

from math import cos, pi, sin
from random import Random

from api.demo.camera import Face, Vec
from api.demo.canvas import Canvas, Point
from api.demo.furniture import Set, block, shadow
from api.demo.palette import mix, times, vary


def rug(stage: Set, x: float, y: float, width: float, depth: float, colours: tuple[str, str, str], *, style: str = "border") -> None:
    """Flat on the floor, with a border, stripes or diamonds. Painted on the floor sheet, so shadows and sun fall on it."""
    paint, camera, room = stage.floor.paint, stage.room.camera, stage.room
    lit = [times(c, room.on((0, 0, 1))) for c in colours]

    def quad(u0: float, v0: float, u1: float, v1: float) -> list[Point]:
        return camera.outline([(x + u0, y + v0, 0), (x + u1, y + v0, 0), (x + u1, y + v1, 0), (x + u0, y + v1, 0)])

    paint.polygon(quad(-0.03, -0.04, width + 0.03, depth), "#1d1a1c", 0.3)
    paint.polygon(quad(0, 0, width, depth), lit[0])
    if style == "stripes":
        for n in range(int(width / 0.22)):
            paint.polygon(quad(n * 0.22, 0, n * 0.22 + (0.1 if n % 3 else 0.03), depth), lit[1 + n % 2], 0.8)
    elif style == "diamonds":
        _diamonds(stage, quad, (width, depth), lit)
    else:
        for inset, tone in ((0.1, lit[1]), (0.16, lit[0]), (0.2, lit[2]), (0.23, lit[0])):
            paint.polygon(quad(inset, inset, width - inset, depth - inset), tone)
    for _ in range(260):
        u, v = stage.rng.uniform(0, width), stage.rng.uniform(0, depth)
        paint.polygon(quad(u, v, min(width, u + 0.09), min(depth, v + 0.012)), times(lit[0], stage.rng.choice((0.86, 1.1))), 0.35)


def _diamonds(stage: Set, quad: object, size: tuple[float, float], lit: list[str]) -> None:
    assert callable(quad)
    columns, rows = max(2, int(size[0] / 0.55)), max(2, int(size[1] / 0.55))
    for row in range(rows):
        for column in range(columns):
            u, v = (column + 0.5) * size[0] / columns, (row + 0.5) * size[1] / rows
            for reach, tone in ((0.25, lit[1]), (0.19, lit[0]), (0.1, lit[2])):
                west, south, east, north = quad(u - reach, v, u, v)[:1], quad(u, v - reach, u, v)[:1], quad(u + reach, v, u, v)[:1], quad(u, v + reach, u, v)[:1]
                stage.floor.paint.polygon([*west, *south, *east, *north], tone, 0.9)


def picture(stage: Set, wall: Face, u: float, v: float, width: float, height: float, colours: tuple[str, ...], *, frame: str = "#3a2f28") -> None:
    """A framed abstract landscape on a wall, with mount, glass shine and the frame's shade on the wall."""
    paint, rng = stage.things.paint, stage.rng
    lit = stage.room.on(wall.outward)
    stage.floor.shade(5).polygon(wall.quad(u + 0.02, v - 0.07, u + width + 0.05, v + height - 0.02), stage.room.daylight.shadow, 0.7)
    paint.polygon(wall.quad(u, v, u + width, v + height, 0.03), times(frame, lit))
    paint.polygon(wall.quad(u + 0.025, v + 0.025, u + width - 0.025, v + height - 0.025, 0.03), times("#f7f3ea", lit))
    inset = min(width, height) * 0.14
    area = wall.quad(u + inset, v + inset, u + width - inset, v + height - inset, 0.03)
    with paint.inside(area):
        paint.polygon(area, times(colours[0], lit))
        sun = wall.at(u + width * rng.uniform(0.35, 0.65), v + height * 0.6, 0.03)
        radius = wall.camera.per_metre(wall.point(u, v)) * min(width, height) * 0.16
        paint.ellipse(sun, radius, radius, times(colours[-1], lit))
        for layer, colour in enumerate(colours[1:-1]):
            top = v + height * (0.55 - 0.16 * layer)
            hill = [(u, v), (u + width, v)]
            hill += [(u + width * (1 - n / 12), top + height * 0.06 * sin(n * (0.5 + layer * 0.23) + layer * 2)) for n in range(13)]
            paint.polygon(wall.shape(hill, 0.03), times(colour, lit))
    shine = [(u + width * 0.15, v + height), (u + width * 0.4, v + height), (u + width * 0.1, v), (u - width * 0.1, v)]
    with paint.inside(wall.quad(u + 0.025, v + 0.025, u + width - 0.025, v + height - 0.025, 0.03)):
        paint.polygon(wall.shape(shine, 0.03), "#ffffff", 0.1)


def floor_lamp(stage: Set, x: float, y: float, *, tall: float = 1.6, shade: str = "#f3e6cc") -> None:
    """Stem, shade, and the pool of light if lamps are on."""
    camera, paint, level = stage.room.camera, stage.things.paint, stage.room.daylight.lamps
    size = camera.per_metre((x, y, 1))
    shadow(stage, (x - 0.14, y - 0.14, 0), (0.28, 0.28, 0.2), strength=0.7)
    foot = camera.at((x, y, 0.02))
    paint.ellipse(foot, size * 0.14, size * 0.035, "#2a2624")
    paint.line([foot, camera.at((x, y, tall - 0.2))], "#2f2a27", size * 0.022)
    _shade(stage, (x, y, tall - 0.3), 0.21, 0.15, 0.32, shade, level)


def _shade(stage: Set, at: Vec, low: float, high: float, tall: float, colour: str, level: float) -> None:
    camera, paint = stage.room.camera, stage.things.paint
    size = camera.per_metre(at)
    (x0, y0), (x1, y1) = camera.at(at), camera.at((at[0], at[1], at[2] + tall))
    lit = mix(times(colour, stage.room.on((0, -1, 0))), "#fff0c8", level * 0.85)
    dim = times(lit, 0.8 if level < 0.5 else 0.92)
    fill = paint.linear((x0 - low * size, y0), (x0 + low * size, y0), [(0, dim, 1), (0.4, lit, 1), (1, times(dim, 0.9), 1)])
    outline = f"M{x0 - low * size:.1f} {y0:.1f} L{x1 - high * size:.1f} {y1:.1f} Q{x1:.1f} {y1 - size * 0.03:.1f} {x1 + high * size:.1f} {y1:.1f} "
    paint.path(outline + f"L{x0 + low * size:.1f} {y0:.1f} Q{x0:.1f} {y0 + size * 0.05:.1f} {x0 - low * size:.1f} {y0:.1f} Z", fill)
    if level > 0.1:
        middle = ((x0 + x1) / 2, (y0 + y1) / 2)
        for blur, radius, strength in ((8, 0.3, 0.65), (40, 1.0, 0.55), (110, 2.2, 0.4)):
            stage.things.glow(blur).ellipse(middle, size * radius, size * radius, "#a8702c", level * strength)


def table_lamp(stage: Set, at: Vec, base: str, *, size: float = 0.5) -> None:
    """Stands on whatever is at that height."""
    x, y, z = at
    block(stage, (x - 0.06, y - 0.06, z), (0.12, 0.12, size * 0.45), base, soft=0.08)
    _shade(stage, (x, y, z + size * 0.45), size * 0.32, size * 0.2, size * 0.5, "#f5ead2", stage.room.daylight.lamps)


def pendant(stage: Set, x: float, y: float, drop: float, colour: str, *, wide: float = 0.22) -> None:
    """A lamp on a cord, `drop` metres under the ceiling."""
    camera, top = stage.room.camera, stage.room.height
    size = camera.per_metre((x, y, top))
    stage.things.paint.line([camera.at((x, y, top)), camera.at((x, y, top - drop))], "#2b2725", max(1.0, size * 0.012))
    _shade(stage, (x, y, top - drop - wide), wide, wide * 0.3, wide, colour, stage.room.daylight.lamps * 0.6)
    glow = camera.at((x, y, top - drop - wide))
    stage.things.paint.ellipse(glow, size * wide * 0.85, size * wide * 0.12, mix("#d8cdb8", "#fff6dc", stage.room.daylight.lamps))


def plant(stage: Set, x: float, y: float, tall: float, *, z: float = 0.0, pot: str = "#c9beac", leaf: str = "#4f7d4a", kind: str = "fig") -> None:
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
            tip = (root[0] + cos(turn) * size * tall * 0.3, root[1] - size * tall * (0.16 + 0.12 * sin(turn)))
            broad = size * tall * 0.075
        else:
            root, lean = foot, rng.uniform(-0.6, 0.6)
            tip = (root[0] + lean * size * tall * 0.75, root[1] - size * tall * rng.uniform(0.55, 1) * (1 - abs(lean) * 0.5))
            broad = size * tall * 0.03
        tone = times(vary(rng, leaf, 0.12), tuple(c * (0.62 + 0.5 * lift) for c in room.on((0, -0.5, 0.5))))  # type: ignore[arg-type]  # stays a triple
        _leaf(stage.things.paint, root, tip, broad, tone, rng)


def _leaf(paint: Canvas, root: Point, tip: Point, broad: float, tone: str, rng: Random) -> None:
    dx, dy = tip[0] - root[0], tip[1] - root[1]
    length = max(0.1, (dx * dx + dy * dy) ** 0.5)
    nx, ny = -dy / length * broad, dx / length * broad
    mx, my = root[0] + dx * 0.55, root[1] + dy * 0.55 - length * 0.08
    for side, level in ((1, 1.0), (-1, rng.choice((0.8, 1.2)))):
        outline = f"M{root[0]:.1f} {root[1]:.1f} Q{mx + nx * side * 1.6:.1f} {my + ny * side * 1.6:.1f} {tip[0]:.1f} {tip[1]:.1f} Q{mx:.1f} {my:.1f} {root[0]:.1f} {root[1]:.1f} Z"
        paint.path(outline, times(tone, level))


def curtain(stage: Set, wall: Face, u: float, width: float, colour: str, *, top: float = 2.6, sheer: float = 0.0) -> None:
    """Hangs from a rod to the floor in folds; `sheer` 0..1 lets the window through."""
    # Cloth before a window glows with the light behind it.
    through = 1.35 - 0.3 * stage.room.daylight.lamps
    paint, lit = stage.things.paint, times(colour, tuple(c * through for c in stage.room.on(wall.outward)))  # type: ignore[arg-type]  # stays a triple
    count = max(5, int(width / 0.075))
    for n in range(count):
        u0, u1 = u + width * n / count, u + width * (n + 1) / count
        out = 0.07 + 0.05 * (n % 2)
        fill = paint.linear(wall.at(u0, 1, out), wall.at(u1, 1, out), [(0, times(lit, 0.78), 1 - sheer), (0.5, times(lit, 1.08), 1 - sheer), (1, times(lit, 0.86), 1 - sheer)])
        sway = stage.rng.uniform(-0.006, 0.006)
        paint.polygon(wall.shape([(u0 + sway, 0.02), (u1 + sway + 0.004, 0.02), (u1 + 0.004, top), (u0, top)], out), fill)
    paint.line([wall.at(u - 0.12, top + 0.02, 0.1), wall.at(u + width + 0.12, top + 0.02, 0.1)], "#3a332d", max(1.4, wall.per_metre * 0.02))


def shelf(stage: Set, at: Vec, size: tuple[float, float, float], colour: str, *, levels: int = 5) -> None:
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


BOOKS = ("#c9b28a", "#a4523f", "#3f5f6c", "#e4d6b4", "#6f7a52", "#d8cfc0", "#7a3b3b", "#2f3b4a", "#c98a4a", "#efe8da")


def _row(stage: Set, at: Vec, width: float, room_m: float, rng: Random) -> None:
    u = 0.0
    while u < width - 0.08:
        pick = rng.random()
        if pick < 0.12:
            vase(stage, (at[0] + u + 0.09, at[1] + 0.08, at[2]), room_m * 0.6, rng.choice(("#c9794f", "#e8e0d2", "#5d7376")))
            u += 0.24
        elif pick < 0.2:
            u += rng.uniform(0.1, 0.2)
        else:
            thick, tall = rng.uniform(0.025, 0.05), room_m * rng.uniform(0.6, 0.9)
            block(stage, (at[0] + u, at[1], at[2]), (thick, 0.12, tall), vary(rng, rng.choice(BOOKS), 0.1))
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
        paint.line([(x, y - size * 0.9), (x + lean * size * 0.35, y - size * 1.5), tip], "#6b5a44", max(0.8, size * 0.025))
        for _ in range(9):
            t = rng.random()
            spot = (x + lean * size * (0.35 + 0.65 * t) + rng.gauss(0, size * 0.07), y - size * 1.4 + (tip[1] - y + size * 1.4) * t + rng.gauss(0, size * 0.06))
            paint.ellipse(spot, size * 0.055, size * 0.05, vary(rng, times(blossom, stage.room.on((0, -0.5, 0.5))), 0.1))
    fill = paint.linear((x - size * 0.3, y), (x + size * 0.3, y), [(0, times(lit, 1.1), 1), (0.35, times(lit, 1.2), 1), (1, times(lit, 0.6), 1)])
    body = f"M{x - size * 0.16:.1f} {y:.1f} C{x - size * 0.42:.1f} {y - size * 0.3:.1f} {x - size * 0.3:.1f} {y - size * 0.7:.1f} {x - size * 0.11:.1f} {y - size * 0.82:.1f} "
    body += f"L{x - size * 0.13:.1f} {y - size:.1f} L{x + size * 0.13:.1f} {y - size:.1f} L{x + size * 0.11:.1f} {y - size * 0.82:.1f} "
    paint.path(body + f"C{x + size * 0.3:.1f} {y - size * 0.7:.1f} {x + size * 0.42:.1f} {y - size * 0.3:.1f} {x + size * 0.16:.1f} {y:.1f} Z", fill)


def bowl(stage: Set, at: Vec, wide: float, colour: str, fruit: tuple[str, ...]) -> None:
    """Fruit heaped in a bowl."""
    camera, paint = stage.room.camera, stage.things.paint
    (x, y), size = camera.at(at), camera.per_metre(at) * wide / 2
    for n, tone in enumerate(fruit):
        lit = times(tone, stage.room.on((0, -0.5, 0.5)))
        ball = paint.radial([(0, times(lit, 1.25), 1), (0.6, lit, 1), (1, times(lit, 0.6), 1)], (0.35, 0.3))
        paint.ellipse((x + (n - (len(fruit) - 1) / 2) * size * 0.4, y - size * (0.68 if n % 2 else 0.55)), size * 0.28, size * 0.28, ball)
    lit = times(colour, stage.room.on((0, -1, 0)))
    fill = paint.linear((x - size, y), (x + size, y), [(0, times(lit, 1.08), 1), (1, times(lit, 0.66), 1)])
    paint.path(f"M{x - size:.1f} {y - size * 0.5:.1f} Q{x - size * 0.7:.1f} {y:.1f} {x:.1f} {y:.1f} Q{x + size * 0.7:.1f} {y:.1f} {x + size:.1f} {y - size * 0.5:.1f} Z", fill)


def tub(stage: Set, x: float, y: float, width: float) -> None:
    """A free-standing bath with a rolled rim and a floor-mounted tap."""
    camera, paint, room = stage.room.camera, stage.things.paint, stage.room
    shadow(stage, (x, y, 0), (width, 0.8, 0.6))
    (cx, foot), size = camera.at((x + width / 2, y + 0.1, 0)), camera.per_metre((x + width / 2, y + 0.1, 0.3))
    top, half = camera.at((x + width / 2, y + 0.1, 0.6))[1], width / 2 * size
    lit = times("#f7f5f0", room.on((0, -1, 0)))
    fill = paint.linear((cx - half, top), (cx + half, foot), [(0, times(lit, 1.08), 1), (0.5, lit, 1), (1, times(lit, 0.68), 1)])
    paint.path(f"M{cx - half:.1f} {top:.1f} C{cx - half * 0.95:.1f} {foot - 4:.1f} {cx - half * 0.7:.1f} {foot:.1f} {cx - half * 0.5:.1f} {foot:.1f} L{cx + half * 0.5:.1f} {foot:.1f} C{cx + half * 0.7:.1f} {foot:.1f} {cx + half * 0.95:.1f} {foot - 4:.1f} {cx + half:.1f} {top:.1f} Z", fill)
    paint.ellipse((cx, top), half * 1.02, size * 0.12, times("#ffffff", room.on((0, 0, 1))))
    inner = paint.linear((cx - half, top), (cx + half, top), [(0, times(lit, 0.62), 1), (1, times(lit, 0.9), 1)])
    paint.ellipse((cx, top + size * 0.012), half * 0.95, size * 0.085, inner)
    paint.ellipse((cx, top + size * 0.04), half * 0.82, size * 0.05, times("#a8ccd0", room.on((0, 0, 1))), 0.9)
    tap = cx + half * 1.14
    paint.path(f"M{tap:.1f} {foot - size * 0.05:.1f} L{tap:.1f} {top - size * 0.26:.1f} Q{tap:.1f} {top - size * 0.36:.1f} {tap - size * 0.12:.1f} {top - size * 0.36:.1f} Q{tap - size * 0.24:.1f} {top - size * 0.36:.1f} {tap - size * 0.24:.1f} {top - size * 0.24:.1f}", "none", edge="#b3935a", edge_width=size * 0.03)
