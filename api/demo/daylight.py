"""Windows seen from inside: the view, the frame, the halo, and the sun on floor and wall."""

from random import Random

from api.demo.camera import Face, Vec
from api.demo.canvas import Canvas, Point
from api.demo.light import Sheet
from api.demo.openings import Box
from api.demo.palette import dim, mix, times, vary
from api.demo.room import Room


def opening(
    room: Room,
    sheet: Sheet,
    face: Face,
    box: Box,
    rng: Random,
    *,
    bars: tuple[int, int] = (2, 1),
    frame: str = "#f4f1ea",
) -> None:
    """A window seen from inside: the view, frame, sill, its halo, and the sun it lets onto the floor."""
    d, paint = room.daylight, sheet.paint
    whole = box.corners(face)
    wood = times(
        frame,
        room.on(face.outward) if face.outward[1] else dim(room.on((0, -1, 0)), 0.9),
    )
    paint.polygon(box.corners(face, 0, 0.09), times(wood, 0.94), edge="#6e675c", edge_width=0.6)
    with paint.inside(whole):
        _view(room, paint, whole, rng)
        across, up = bars
        for n in range(across + 1):
            u = box.u + box.width * n / across
            paint.polygon(
                face.quad(u - 0.035, box.v, u + 0.035, box.v + box.height), times(wood, 0.86)
            )
            paint.polygon(
                face.quad(u + 0.015, box.v, u + 0.035, box.v + box.height), times(wood, 0.66)
            )
        for n in range(up + 1):
            v = box.v + box.height * n / up
            paint.polygon(
                face.quad(box.u, v - 0.035, box.u + box.width, v + 0.035), times(wood, 0.9)
            )
            paint.polygon(
                face.quad(box.u, v - 0.035, box.u + box.width, v - 0.015), times(wood, 0.66)
            )
    if box.v > 0.3:
        sill = [
            face.point(box.u - 0.12, box.v - 0.09, 0),
            face.point(box.u + box.width + 0.12, box.v - 0.09, 0),
        ]
        sill += [
            face.point(box.u + box.width + 0.12, box.v - 0.09, 0.16),
            face.point(box.u - 0.12, box.v - 0.09, 0.16),
        ]
        paint.polygon(room.camera.outline(sill), times(frame, room.on((0, 0, 1))))
    if d.lamps < 0.9:
        sheet.glow(22).polygon(whole, mix(d.outside[1], "#000000", 0.62))
        sheet.glow(90).polygon(whole, mix(d.outside[1], "#000000", 0.66))
    if d.sun:
        _sun_patches(room, sheet, face, box, bars)
        if not face.outward[1]:
            _wall_light(room, sheet, box, bars)


def _view(room: Room, paint: Canvas, whole: list[Point], rng: Random) -> None:
    """Bright and out of focus: sky, and the tops of trees."""
    xs, ys = [p[0] for p in whole], [p[1] for p in whole]
    left, wide, top, foot = min(xs), max(xs) - min(xs), min(ys), max(ys)
    sky, low, green = room.daylight.outside
    paint.polygon(
        whole,
        paint.linear(
            (left, top), (left, foot), [(0, sky, 1), (0.6, low, 1), (1, mix(low, green, 0.6), 1)]
        ),
    )
    for _ in range(26):
        x, rise, size = (
            left + rng.random() * wide,
            rng.random() ** 1.6 * 0.5,
            (foot - top) * rng.uniform(0.08, 0.2),
        )
        tone = vary(rng, mix(green, low, rise), 0.1)
        paint.ellipse(
            (x, foot - rise * (foot - top)),
            size,
            size * 0.9,
            paint.radial([(0, tone, 0.75), (0.6, tone, 0.5), (1, tone, 0)]),
        )
    if room.daylight.lamps > 0.9:
        for _ in range(24):
            at = (left + rng.random() * wide, foot - rng.random() ** 2 * 0.5 * (foot - top))
            paint.ellipse(
                at,
                4,
                4,
                paint.radial(
                    [
                        (0, rng.choice(("#ffd890", "#ffe9c0", "#ffb878")), 0.9),
                        (0.7, "#ffd890", 0.5),
                        (1, "#ffd890", 0),
                    ]
                ),
            )


def _sun_patches(room: Room, sheet: Sheet, face: Face, box: Box, bars: tuple[int, int]) -> None:
    """Each pane is thrown along the sun's ray onto the floor; the bars stay dark between the patches."""
    ray = (
        (-room.window_side * 0.78, -0.34, -0.95)
        if not face.outward[1]
        else (0.3 * -room.window_side, -1.0, -0.95)
    )
    across, up = bars
    for column in range(across):
        for row in range(up):
            u0, v0 = (
                box.u + box.width * column / across + 0.05,
                box.v + box.height * row / up + 0.05,
            )
            u1, v1 = u0 + box.width / across - 0.1, v0 + box.height / up - 0.1
            cast = [
                _landed(face.point(u, v), ray) for u, v in ((u0, v0), (u1, v0), (u1, v1), (u0, v1))
            ]
            edge = room.width / 2
            kept = [(min(edge, max(-edge, x)), min(room.depth, y), z) for x, y, z in cast]
            for blur, strength in ((2.5, 0.62), (26, 0.3)):
                sheet.glow(blur).polygon(
                    room.camera.outline(kept),
                    room.daylight.sun_colour,
                    min(1.0, strength * room.daylight.sun),
                )


def _wall_light(room: Room, sheet: Sheet, box: Box, bars: tuple[int, int]) -> None:
    """The same window, faint and stretched, high on the wall across the room: light that came back from a bright yard."""
    wall = room.side(-room.window_side)
    across, up = bars
    for column in range(across):
        for row in range(up):
            u0, v0 = (
                box.u + 0.3 + box.width * column / across,
                0.55 + box.v * 0.5 + box.height * 0.75 * row / up,
            )
            u1, v1 = u0 + box.width / across - 0.07, v0 + box.height * 0.75 / up - 0.07
            shape = wall.shape([(u0, v0), (u1, v0 - 0.12), (u1, v1 - 0.12), (u0, v1)])
            for blur, strength in ((5, 0.34), (34, 0.2)):
                sheet.glow(blur).polygon(
                    shape, room.daylight.sun_colour, strength * room.daylight.sun
                )


def _landed(p: Vec, ray: Vec) -> Vec:
    time = -p[2] / ray[2]
    return p[0] + ray[0] * time, p[1] + ray[1] * time, 0.0
