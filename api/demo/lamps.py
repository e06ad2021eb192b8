"""Lamps, and their pools of light when the evening has come."""

from api.demo.camera import Vec
from api.demo.furniture import Set, block, shadow
from api.demo.palette import mix, times


def floor_lamp(
    stage: Set, x: float, y: float, *, tall: float = 1.6, shade: str = "#f3e6cc"
) -> None:
    """Stem, shade, and the pool of light if lamps are on."""
    camera, paint, level = stage.room.camera, stage.things.paint, stage.room.daylight.lamps
    size = camera.per_metre((x, y, 1))
    shadow(stage, (x - 0.14, y - 0.14, 0), (0.28, 0.28, 0.2), strength=0.7)
    foot = camera.at((x, y, 0.02))
    paint.ellipse(foot, size * 0.14, size * 0.035, "#2a2624")
    paint.line([foot, camera.at((x, y, tall - 0.2))], "#2f2a27", size * 0.022)
    _shade(stage, (x, y, tall - 0.3), 0.21, 0.15, 0.32, shade, level)


def _shade(
    stage: Set, at: Vec, low: float, high: float, tall: float, colour: str, level: float
) -> None:
    camera, paint = stage.room.camera, stage.things.paint
    size = camera.per_metre(at)
    (x0, y0), (x1, y1) = camera.at(at), camera.at((at[0], at[1], at[2] + tall))
    lit = mix(times(colour, stage.room.on((0, -1, 0))), "#fff0c8", level * 0.85)
    dim = times(lit, 0.8 if level < 0.5 else 0.92)
    fill = paint.linear(
        (x0 - low * size, y0),
        (x0 + low * size, y0),
        [(0, dim, 1), (0.4, lit, 1), (1, times(dim, 0.9), 1)],
    )
    outline = f"M{x0 - low * size:.1f} {y0:.1f} L{x1 - high * size:.1f} {y1:.1f} Q{x1:.1f} {y1 - size * 0.03:.1f} {x1 + high * size:.1f} {y1:.1f} "
    paint.path(
        outline
        + f"L{x0 + low * size:.1f} {y0:.1f} Q{x0:.1f} {y0 + size * 0.05:.1f} {x0 - low * size:.1f} {y0:.1f} Z",
        fill,
    )
    if level > 0.1:
        middle = ((x0 + x1) / 2, (y0 + y1) / 2)
        for blur, radius, strength in ((8, 0.3, 0.65), (40, 1.0, 0.55), (110, 2.2, 0.4)):
            stage.things.glow(blur).ellipse(
                middle, size * radius, size * radius, "#a8702c", level * strength
            )


def table_lamp(stage: Set, at: Vec, base: str, *, size: float = 0.5) -> None:
    """Stands on whatever is at that height."""
    x, y, z = at
    block(stage, (x - 0.06, y - 0.06, z), (0.12, 0.12, size * 0.45), base, soft=0.08)
    _shade(
        stage,
        (x, y, z + size * 0.45),
        size * 0.32,
        size * 0.2,
        size * 0.5,
        "#f5ead2",
        stage.room.daylight.lamps,
    )


def pendant(
    stage: Set, x: float, y: float, drop: float, colour: str, *, wide: float = 0.22
) -> None:
    """A lamp on a cord, `drop` metres under the ceiling."""
    camera, top = stage.room.camera, stage.room.height
    size = camera.per_metre((x, y, top))
    stage.things.paint.line(
        [camera.at((x, y, top)), camera.at((x, y, top - drop))], "#2b2725", max(1.0, size * 0.012)
    )
    _shade(
        stage,
        (x, y, top - drop - wide),
        wide,
        wide * 0.3,
        wide,
        colour,
        stage.room.daylight.lamps * 0.6,
    )
    glow = camera.at((x, y, top - drop - wide))
    stage.things.paint.ellipse(
        glow,
        size * wide * 0.85,
        size * wide * 0.12,
        mix("#d8cdb8", "#fff6dc", stage.room.daylight.lamps),
    )
