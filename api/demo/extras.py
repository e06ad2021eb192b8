"""Originals that are no photographs: a floor plan on transparent ground, and a house from morning to night as a moving picture."""

import msgspec
import pyvips

from api.demo import exteriors
from api.demo.canvas import Canvas, Frame, Point
from api.demo.palette import mix

Area = tuple[float, float, float, float]

FLOORS: tuple[tuple[Area, str], ...] = (
    ((120, 120, 660, 560), "#e8d8bd"),
    ((680, 120, 1080, 420), "#dfe6e4"),
    ((680, 440, 1080, 560), "#e9e3d8"),
    ((120, 580, 480, 880), "#e3d6c4"),
    ((500, 580, 760, 880), "#d9e4ea"),
    ((780, 580, 1080, 880), "#e6dccb"),
    ((1100, 300, 1360, 880), "#d5e2c6"),
)
"""Rooms in units: left, top, right, bottom, and the colour of the floor."""

FURNITURE: tuple[tuple[Area, str, float], ...] = (
    ((160, 380, 420, 470), "#9aa894", 18),
    ((160, 300, 240, 380), "#9aa894", 18),
    ((280, 270, 400, 340), "#b98a5a", 8),
    ((470, 190, 620, 290), "#a87b4f", 10),
    ((690, 130, 1070, 180), "#c9c5bc", 4),
    ((1020, 190, 1070, 400), "#c9c5bc", 4),
    ((780, 250, 940, 330), "#a87b4f", 8),
    ((150, 620, 350, 800), "#f2ece0", 14),
    ((150, 620, 350, 668), "#c9d3cc", 14),
    ((400, 600, 470, 860), "#b59a78", 4),
    ((520, 600, 600, 780), "#f7f9fa", 34),
    ((660, 600, 740, 660), "#f7f9fa", 20),
    ((680, 800, 750, 870), "#f7f9fa", 24),
    ((860, 640, 1060, 810), "#f2ece0", 14),
    ((860, 640, 1060, 686), "#d9b9a4", 14),
    ((1140, 360, 1240, 460), "#8a6442", 50),
)
"""Left, top, right, bottom, colour, corner radius."""

WALL = "#38404a"


def _corners(area: Area) -> list[Point]:
    left, top, right, bottom = area
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def floor_plan(frame: Frame) -> pyvips.Image:
    """RGBA, transparent around the house; soft shadow under it."""
    shadow, plan = Canvas(frame), Canvas(frame)
    shadow.polygon(_corners((112, 122, 1100, 906)), "#1c2430", 0.55)
    for area, colour in FLOORS:
        _floor(plan, area, colour)
    for area, colour, radius in FURNITURE:
        _piece(plan, area, colour, radius)
    _openings(plan)
    soft = shadow.render(4).gaussblur(max(0.5, 14 * frame.scale / 4))
    ground = soft.resize(frame.size[0] / soft.width, vscale=frame.size[1] / soft.height).gravity(
        "north-west", *frame.size
    )
    return ground.composite2(plan.render(), "over").cast("uchar")


def _floor(plan: Canvas, area: Area, colour: str) -> None:
    left, top, right, bottom = area
    garden = left > 1090
    plan.polygon(
        _corners(area),
        colour,
        edge=WALL if not garden else mix(colour, WALL, 0.4),
        edge_width=20 if not garden else 6,
    )
    plan.polygon(
        _corners(area),
        plan.linear((left, top), (right, bottom), [(0, "#ffffff", 0.22), (1, "#5a4a3a", 0.14)]),
    )
    step = 26.0 if not garden else 52.0
    y = top + step
    while y < bottom - 4:
        plan.line([(left + 10, y), (right - 10, y)], mix(colour, "#6a5a48", 0.4), 1.2, 0.5)
        y += step


def _piece(plan: Canvas, area: Area, colour: str, radius: float) -> None:
    left, top, right, bottom = (
        area[0] + radius / 2,
        area[1] + radius / 2,
        area[2] - radius / 2,
        area[3] - radius / 2,
    )
    for shift, tone, alpha in ((5.0, "#2a2420", 0.25), (0.0, colour, 1.0)):
        inside = (
            left + shift,
            top + shift,
            max(left + 1, right) + shift,
            max(top + 1, bottom) + shift,
        )
        plan.polygon(
            _corners(inside),
            tone,
            alpha,
            edge=tone if not shift else "none",
            edge_width=radius if not shift else 0,
        )
    plan.line([(left, top), (max(left + 1, right), top)], mix(colour, "#ffffff", 0.5), 2, 0.8)


def _openings(plan: Canvas) -> None:
    """Windows are light lines in the outer walls; doors are gaps with the arc of their swing."""
    for x0, y0, x1, y1 in (
        (220, 120, 420, 120),
        (760, 120, 960, 120),
        (120, 200, 120, 420),
        (120, 660, 120, 800),
        (200, 880, 380, 880),
        (840, 880, 1020, 880),
        (1080, 640, 1080, 780),
    ):
        plan.line([(x0, y0), (x1, y1)], "#f7fafc", 14)
        plan.line([(x0, y0), (x1, y1)], "#8fb4cc", 4)
    for x, y, dx, dy in (
        (560, 570, 70, 70),
        (700, 570, 70, 70),
        (860, 570, 70, 70),
        (670, 470, -70, 70),
        (1090, 470, 70, 70),
    ):
        across = abs(dx) if y == 570 else 0
        plan.line([(x, y), (x + across, y if across else y + abs(dy))], "#efe6d8", 22)
        plan.path(
            f"M{x} {y} L{x} {y + dy} A{abs(dx)} {abs(dy)} 0 0 {0 if dx > 0 else 1} {x + dx} {y}",
            "none",
            edge=WALL,
            edge_width=2.5,
        )


HOURS = ("morning", "golden", "dusk", "night")


def day_and_night(frame: Frame, public_id: str, steps: int = 3) -> pyvips.Image:
    """The frames of an animation under each other, `page-height` and delays set: four hours of one house, `steps` frames each, back to the start."""
    plan = exteriors.PLANS[public_id]
    # Grain differs in every pixel of every frame: without it the file is a third as large.
    hours = [
        exteriors.gabled(frame, msgspec.structs.replace(plan, mood=hour))
        .gaussblur(0.8 * frame.scale / 0.64)
        .copy_memory()
        for hour in HOURS
    ]
    frames = []
    for here, following in zip(hours, hours[1:] + hours[:1], strict=True):
        for step in range(steps):
            share = step / steps
            frames.append((here * (1 - share) + following * share).cast("uchar"))
    strip = pyvips.Image.arrayjoin(frames, across=1).copy(interpretation="srgb").copy_memory()
    strip.set_type(pyvips.GValue.gint_type, "page-height", frames[0].height)
    strip.set_type(
        pyvips.GValue.array_int_type,
        "delay",
        [420 if n % steps == 0 else 130 for n in range(len(frames))],
    )
    strip.set_type(pyvips.GValue.gint_type, "loop", 0)
    return strip
