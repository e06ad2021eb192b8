"""Flat things: rugs on the floor, pictures and curtains on walls."""

from math import sin

from api.demo.camera import Face
from api.demo.canvas import Point
from api.demo.furniture import Set
from api.demo.palette import dim, times


def rug(
    stage: Set,
    x: float,
    y: float,
    width: float,
    depth: float,
    colours: tuple[str, str, str],
    *,
    style: str = "border",
) -> None:
    """Flat on the floor, with a border, stripes or diamonds. Painted on the floor sheet, so shadows and sun fall on it."""
    paint, camera, room = stage.floor.paint, stage.room.camera, stage.room
    lit = [times(c, room.on((0, 0, 1))) for c in colours]

    def quad(u0: float, v0: float, u1: float, v1: float) -> list[Point]:
        return camera.outline(
            [(x + u0, y + v0, 0), (x + u1, y + v0, 0), (x + u1, y + v1, 0), (x + u0, y + v1, 0)]
        )

    paint.polygon(quad(-0.03, -0.04, width + 0.03, depth), "#1d1a1c", 0.3)
    paint.polygon(quad(0, 0, width, depth), lit[0])
    if style == "stripes":
        for n in range(int(width / 0.22)):
            paint.polygon(
                quad(n * 0.22, 0, n * 0.22 + (0.1 if n % 3 else 0.03), depth), lit[1 + n % 2], 0.8
            )
    elif style == "diamonds":
        _diamonds(stage, quad, (width, depth), lit)
    else:
        for inset, tone in ((0.1, lit[1]), (0.16, lit[0]), (0.2, lit[2]), (0.23, lit[0])):
            paint.polygon(quad(inset, inset, width - inset, depth - inset), tone)
    for _ in range(260):
        u, v = stage.rng.uniform(0, width), stage.rng.uniform(0, depth)
        paint.polygon(
            quad(u, v, min(width, u + 0.09), min(depth, v + 0.012)),
            times(lit[0], stage.rng.choice((0.86, 1.1))),
            0.35,
        )


def _diamonds(stage: Set, quad: object, size: tuple[float, float], lit: list[str]) -> None:
    assert callable(quad)
    columns, rows = max(2, int(size[0] / 0.55)), max(2, int(size[1] / 0.55))
    for row in range(rows):
        for column in range(columns):
            u, v = (column + 0.5) * size[0] / columns, (row + 0.5) * size[1] / rows
            for reach, tone in ((0.25, lit[1]), (0.19, lit[0]), (0.1, lit[2])):
                west, south, east, north = (
                    quad(u - reach, v, u, v)[:1],
                    quad(u, v - reach, u, v)[:1],
                    quad(u + reach, v, u, v)[:1],
                    quad(u, v + reach, u, v)[:1],
                )
                stage.floor.paint.polygon([*west, *south, *east, *north], tone, 0.9)


def picture(
    stage: Set,
    wall: Face,
    u: float,
    v: float,
    width: float,
    height: float,
    colours: tuple[str, ...],
    *,
    frame: str = "#3a2f28",
) -> None:
    """A framed abstract landscape on a wall, with mount, glass shine and the frame's shade on the wall."""
    paint, rng = stage.things.paint, stage.rng
    lit = stage.room.on(wall.outward)
    stage.floor.shade(5).polygon(
        wall.quad(u + 0.02, v - 0.07, u + width + 0.05, v + height - 0.02),
        stage.room.daylight.shadow,
        0.7,
    )
    paint.polygon(wall.quad(u, v, u + width, v + height, 0.03), times(frame, lit))
    paint.polygon(
        wall.quad(u + 0.025, v + 0.025, u + width - 0.025, v + height - 0.025, 0.03),
        times("#f7f3ea", lit),
    )
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
            hill += [
                (
                    u + width * (1 - n / 12),
                    top + height * 0.06 * sin(n * (0.5 + layer * 0.23) + layer * 2),
                )
                for n in range(13)
            ]
            paint.polygon(wall.shape(hill, 0.03), times(colour, lit))
    shine = [
        (u + width * 0.15, v + height),
        (u + width * 0.4, v + height),
        (u + width * 0.1, v),
        (u - width * 0.1, v),
    ]
    with paint.inside(wall.quad(u + 0.025, v + 0.025, u + width - 0.025, v + height - 0.025, 0.03)):
        paint.polygon(wall.shape(shine, 0.03), "#ffffff", 0.1)


def curtain(
    stage: Set,
    wall: Face,
    u: float,
    width: float,
    colour: str,
    *,
    top: float = 2.6,
    sheer: float = 0.0,
) -> None:
    """Hangs from a rod to the floor in folds; `sheer` 0..1 lets the window through."""
    # Cloth before a window glows with the light behind it.
    through = 1.35 - 0.3 * stage.room.daylight.lamps
    paint, lit = (
        stage.things.paint,
        times(colour, dim(stage.room.on(wall.outward), through)),
    )
    count = max(5, int(width / 0.075))
    for n in range(count):
        u0, u1 = u + width * n / count, u + width * (n + 1) / count
        out = 0.07 + 0.05 * (n % 2)
        fill = paint.linear(
            wall.at(u0, 1, out),
            wall.at(u1, 1, out),
            [
                (0, times(lit, 0.78), 1 - sheer),
                (0.5, times(lit, 1.08), 1 - sheer),
                (1, times(lit, 0.86), 1 - sheer),
            ],
        )
        sway = stage.rng.uniform(-0.006, 0.006)
        paint.polygon(
            wall.shape(
                [(u0 + sway, 0.02), (u1 + sway + 0.004, 0.02), (u1 + 0.004, top), (u0, top)], out
            ),
            fill,
        )
    paint.line(
        [wall.at(u - 0.12, top + 0.02, 0.1), wall.at(u + width + 0.12, top + 0.02, 0.1)],
        "#3a332d",
        max(1.4, wall.per_metre * 0.02),
    )
