"""Glass. It shows the sky when it is brighter outside and the room when it is brighter inside."""

from random import Random

from api.demo.canvas import Canvas, Point
from api.demo.palette import mix, times
from api.demo.sky import Mood


def pane(
    canvas: Canvas,
    glass: list[Point],
    mood: Mood,
    rng: Random,
    level: float,
    *,
    curtains: bool = True,
) -> None:
    """Glass over the four points: reflection and room, mixed by how bright the room is (0..1)."""
    if len(glass) != 4:
        return
    xs, ys = [p[0] for p in glass], [p[1] for p in glass]
    left, right, top, bottom = min(xs), max(xs), min(ys), max(ys)
    wide, tall = right - left, bottom - top
    with canvas.inside(glass):
        dark = [(0.0, mix("#2b3944", mood.sky[0], 0.25), 1.0), (1.0, "#171e26", 1.0)]
        canvas.polygon(glass, canvas.linear((left, top), (left, bottom), dark))
        if level > 0.05:
            _room(canvas, glass, (left, top, wide, tall), level, rng)
        if curtains:
            _curtains(canvas, (left, top, wide, tall), level, rng)
        _reflection(canvas, glass, (left, top, wide, tall), mood, rng, 1 - level * 0.86)


def _room(
    canvas: Canvas,
    glass: list[Point],
    area: tuple[float, float, float, float],
    level: float,
    rng: Random,
) -> None:
    left, top, wide, tall = area
    warm = rng.choice(("#ffdf9e", "#ffd78c", "#ffe6b4", "#ffcf86"))
    fill = canvas.linear(
        (left, top),
        (left, top + tall),
        [(0, mix(warm, "#ffffff", 0.15), 1), (0.55, warm, 1), (1, mix(warm, "#a8601f", 0.6), 1)],
    )
    canvas.polygon(glass, fill, level)
    lamp = (left + wide * rng.uniform(0.25, 0.75), top + tall * rng.uniform(0.2, 0.45))
    halo = canvas.radial([(0, "#fffbe8", 0.95), (0.25, "#fff0c4", 0.6), (1, "#ffd890", 0)])
    canvas.ellipse(lamp, wide * 0.5, tall * 0.34, halo, level)
    for _ in range(3):
        x, high = left + wide * rng.uniform(0, 0.85), tall * rng.uniform(0.12, 0.42)
        block = [
            (x, top + tall),
            (x, top + tall - high),
            (x + wide * 0.24, top + tall - high),
            (x + wide * 0.24, top + tall),
        ]
        canvas.polygon(block, "#6b3d1c", 0.35 * level)


def _curtains(
    canvas: Canvas, area: tuple[float, float, float, float], level: float, rng: Random
) -> None:
    left, top, wide, tall = area
    cloth = mix("#8d949b", "#fff0cc", level)
    for side in (0, 1):
        reach = wide * rng.uniform(0.1, 0.22)
        x0 = left if side == 0 else left + wide - reach
        for fold in range(5):
            x = x0 + reach * fold / 5
            tone = times(cloth, 0.86 if fold % 2 else 1.04)
            canvas.polygon(
                [(x, top), (x + reach / 5, top), (x + reach / 5, top + tall), (x, top + tall)],
                tone,
                0.55,
            )


def _reflection(
    canvas: Canvas,
    glass: list[Point],
    area: tuple[float, float, float, float],
    mood: Mood,
    rng: Random,
    strength: float,
) -> None:
    left, top, wide, tall = area
    sky = [
        (0.0, mood.sky[0], 0.62 * strength),
        (0.6, mood.sky[2], 0.72 * strength),
        (1.0, mood.sky[3], 0.5 * strength),
    ]
    canvas.polygon(glass, canvas.linear((left, top), (left + wide * 0.3, top + tall), sky))
    for _ in range(9):
        x, size = left + rng.random() * wide, tall * rng.uniform(0.08, 0.2)
        canvas.ellipse(
            (x, top + tall * 1.02 - size * 0.6), wide * 0.14, size, "#1c2a26", 0.34 * strength
        )
    for _ in range(2):
        x, broad = left + rng.uniform(-0.2, 0.9) * wide, wide * rng.uniform(0.08, 0.25)
        streak = [
            (x, top),
            (x + broad, top),
            (x + broad - tall * 0.45, top + tall),
            (x - tall * 0.45, top + tall),
        ]
        canvas.polygon(streak, "#ffffff", 0.1 * strength)
