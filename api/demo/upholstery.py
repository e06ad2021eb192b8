"""Soft furniture: sofas, beds, cushions, an armchair seen from behind."""

from api.demo.camera import Vec
from api.demo.canvas import Point
from api.demo.furniture import Set, block, shadow
from api.demo.palette import dim, times, vary


def cushion(
    stage: Set, centre: Vec, size: float, colour: str, *, tilt: float = 0.15, pattern: str = ""
) -> None:
    """A scatter cushion leaning on something; bulging sides, lit from above."""
    room, paint = stage.room, stage.things.paint
    x, y = room.camera.at(centre)
    half, lit = size / 2 * room.camera.per_metre(centre), times(colour, room.on((0, -1, 0)))

    def spin(u: float, v: float) -> Point:
        return x + (u + v * tilt) * half, y + (v - u * tilt) * half

    corners = [spin(-1, -1), spin(1, -1), spin(1, 1), spin(-1, 1)]
    middles = [spin(0, -0.86), spin(0.86, 0), spin(0, 0.86), spin(-0.86, 0)]
    outline = f"M{corners[0][0]:.1f} {corners[0][1]:.1f} "
    for n in range(4):
        after = corners[(n + 1) % 4]
        outline += f"Q{middles[n][0]:.1f} {middles[n][1]:.1f} {after[0]:.1f} {after[1]:.1f} "
    paint.path(outline, "#15131a", 0.22, edge="#15131a", edge_width=half * 0.16)
    paint.path(
        outline,
        paint.linear(
            (x, y - half),
            (x + half * 0.4, y + half),
            [(0, times(lit, 1.14), 1), (1, times(lit, 0.74), 1)],
        ),
        edge=times(lit, 0.95),
        edge_width=half * 0.1,
    )
    for n in range(-2, 3) if pattern else ():
        paint.line(
            [spin(n * 0.34, -0.8), spin(n * 0.34, 0.8)],
            times(pattern, room.on((0, -1, 0))),
            half * 0.06,
            0.8,
        )


def sofa(
    stage: Set, x: float, y: float, width: float, colour: str, accents: tuple[str, ...]
) -> None:
    """Facing the viewer: back, arms, seat and back cushions, scatter cushions, wooden feet."""
    shadow(stage, (x, y, 0), (width, 0.95, 0.8))
    for foot in (x + 0.1, x + width - 0.16):
        block(stage, (foot, y + 0.05, 0), (0.06, 0.06, 0.14), "#6b4a30")
    block(
        stage, (x + 0.05, y + 0.62, 0.14), (width - 0.1, 0.3, 0.72), times(colour, 0.92), soft=0.12
    )
    seats = 3 if width > 1.9 else (2 if width > 1.2 else 1)
    wide = (width - 0.44) / seats
    for n in range(seats):
        block(
            stage,
            (x + 0.22 + n * wide, y + 0.5, 0.42),
            (wide - 0.015, 0.2, 0.46),
            vary(stage.rng, colour, 0.03),
            soft=0.13,
        )
    block(stage, (x + 0.1, y + 0.04, 0.14), (width - 0.2, 0.8, 0.2), times(colour, 0.86), soft=0.06)
    for n in range(seats):
        block(
            stage,
            (x + 0.22 + n * wide, y, 0.28),
            (wide - 0.015, 0.62, 0.19),
            vary(stage.rng, times(colour, 1.04), 0.02),
            soft=0.1,
        )
    for arm in (x, x + width - 0.24):
        block(stage, (arm, y, 0.14), (0.24, 0.9, 0.5), colour, soft=0.12)
    for n, accent in enumerate(accents):
        u = x + 0.42 + (width - 0.84) * (n / max(1, len(accents) - 1) if len(accents) > 1 else 0.3)
        cushion(
            stage,
            (u, y + 0.42, 0.66),
            0.46,
            accent,
            tilt=stage.rng.uniform(-0.25, 0.25),
            pattern="#f4efe4" if n % 2 else "",
        )


def bed(stage: Set, x: float, y: float, width: float, linen: str, blanket: str, frame: str) -> None:
    """Head at the far wall: headboard, mattress, duvet, folded blanket, pillows."""
    length = 2.05
    shadow(stage, (x, y, 0), (width, length, 0.6))
    block(stage, (x - 0.12, y + length, 0), (width + 0.24, 0.1, 1.2), frame, soft=0.05)
    block(stage, (x - 0.03, y, 0.08), (width + 0.06, length, 0.22), times(frame, 0.85), soft=0.03)
    block(stage, (x, y + 0.02, 0.26), (width, length - 0.04, 0.24), "#f2efe8", soft=0.1)
    for row, (deep, tall, tone) in enumerate(((0.16, 0.42, "#f6f3ec"), (0.36, 0.34, linen))):
        for n in range(2):
            wide = width / 2 - 0.1
            block(
                stage,
                (x + 0.07 + n * (wide + 0.06), y + length - deep - 0.12, 0.48),
                (wide, 0.16, tall),
                vary(stage.rng, tone, 0.02),
                soft=0.15,
            )
        if row:
            cushion(
                stage,
                (x + width / 2, y + length - 0.62, 0.68),
                0.42,
                blanket,
                tilt=0.06,
                pattern=linen,
            )
    block(stage, (x - 0.07, y - 0.03, 0.3), (width + 0.14, 1.45, 0.29), linen, soft=0.14)
    folds(stage, (x - 0.07, y, 0.6), (width + 0.14, 1.3), linen)
    block(stage, (x - 0.09, y + 0.15, 0.3), (width + 0.18, 0.62, 0.31), blanket, soft=0.1)
    for n in range(9):
        at = stage.room.camera.outline(
            [
                (x - 0.05, y + 0.2 + n * 0.06, 0.605),
                (x + width + 0.05, y + 0.2 + n * 0.06, 0.605),
                (x + width, y + 0.2 + n * 0.06, 0.605),
            ]
        )[:2]
        stage.things.paint.line(at, times(blanket, dim(stage.room.on((0, 0, 1)), 0.84)), 1.4, 0.7)


def folds(stage: Set, at: Vec, area: tuple[float, float], cloth: str) -> None:
    """Soft creases lying on a horizontal piece of cloth."""
    rng, paint, camera = stage.rng, stage.things.paint, stage.room.camera
    for _ in range(16):
        x, y = at[0] + rng.uniform(0.08, 0.92) * area[0], at[1] + rng.uniform(0.05, 0.9) * area[1]
        dx, dy = rng.uniform(-0.25, 0.25), rng.uniform(-0.12, 0.2)
        line = camera.outline(
            [(x, y, at[2]), (x + dx * 0.5, y + dy * 0.4, at[2] + 0.01), (x + dx, y + dy, at[2])]
        )
        tone = rng.choice((0.8, 0.86, 1.12))
        paint.line(
            line,
            times(cloth, dim(stage.room.on((0, 0, 1)), tone)),
            rng.uniform(2, 5),
            0.35,
        )
