"""Glass walls, with the room behind them in true depth."""

from random import Random

from api.demo.camera import Face
from api.demo.canvas import Canvas
from api.demo.light import Sheet
from api.demo.openings import RECESS_M, Box, Style, bars, reveal_shadow
from api.demo.palette import mix, times
from api.demo.sky import Mood


def great_window(
    sheet: Sheet,
    face: Face,
    box: Box,
    mood: Mood,
    rng: Random,
    *,
    panes: int,
    frame: str = "#2b2d31",
    lit: float | None = None,
) -> None:
    """A glass wall with the living room behind it: ceiling spots, pictures, sofas, a floor lamp."""
    rng = Random(rng.random())  # noqa: S311 - art, no secrets
    level = mood.lamps if lit is None else lit
    paint, glass = sheet.paint, box.corners(face, -RECESS_M)
    with paint.inside(box.corners(face)):
        top, foot = face.at(box.u, box.v + box.height), face.at(box.u, box.v)
        dark = [(0.0, mix("#3a444c", mood.sky[0], 0.2), 1.0), (1.0, "#20262c", 1.0)]
        paint.polygon(glass, paint.linear(top, foot, dark))
        _living(paint, face, box, 0.25 + 0.75 * level, rng)
        sky = [(0.0, mood.sky[0], 0.5), (0.7, mood.sky[2], 0.55), (1.0, mood.sky[3], 0.3)]
        shine = 1 - level * 0.82
        paint.polygon(
            glass,
            paint.linear(top, foot, [(at, colour, alpha * shine) for at, colour, alpha in sky]),
        )
        for _ in range(panes):
            u, broad = box.u + rng.random() * box.width, rng.uniform(0.2, 0.7)
            streak = [
                (u, box.v + box.height),
                (u + broad, box.v + box.height),
                (u + broad - 1, box.v),
                (u - 1, box.v),
            ]
            paint.polygon(face.shape(streak, -RECESS_M), "#ffffff", 0.09 * shine)
        metal = times(frame, mood.on(face.outward))
        bars(paint, face, box, Style(frame=frame, bars=(panes, 1), thick=0.07), metal)
        reveal_shadow(paint, face, box)
    if level > 0.2:
        sheet.glow(18).polygon(box.corners(face), "#7a4c1e", 0.5 * level)
        sheet.glow(60).polygon(box.corners(face, 0, 0.4), "#6b3d16", 0.55 * level)


def _living(paint: Canvas, face: Face, box: Box, level: float, rng: Random) -> None:
    """The far wall stands three metres behind the glass, so it shifts rightly when the viewer stands aside."""
    deep, v0, v1 = -3.0, box.v, box.v + box.height
    warm, wood = mix("#4b4a48", "#ffe0a8", level), mix("#3c3833", "#c98d4a", level)
    u0, u1 = box.u - 2, box.u + box.width + 2
    floor = face.camera.outline(
        [
            face.point(u0, v0, 0),
            face.point(u1, v0, 0),
            face.point(u1, v0, deep),
            face.point(u0, v0, deep),
        ]
    )
    ceiling = face.camera.outline(
        [
            face.point(u0, v1, 0),
            face.point(u1, v1, 0),
            face.point(u1, v1, deep),
            face.point(u0, v1, deep),
        ]
    )
    wall = face.quad(u0, v0, u1, v1, deep)
    paint.polygon(
        wall,
        paint.linear(
            face.at(u0, v1, deep),
            face.at(u0, v0, deep),
            [(0, mix(warm, "#ffffff", 0.2 * level), 1), (1, times(warm, 0.72), 1)],
        ),
    )
    paint.polygon(floor, wood)
    paint.polygon(ceiling, times(warm, 1.08))
    u, turn = box.u + 0.2, rng.randrange(6)
    while u < box.u + box.width:
        _furnishing(
            paint,
            face,
            (u, v0, v1),
            level,
            rng,
            ("picture", "sofa", "lamp", "shelf", "picture", "curtain")[turn % 6],
        )
        u, turn = u + rng.uniform(0.9, 1.5), turn + 1
    for n in range(int(box.width / 1.1)):
        spot, size = face.at(box.u + 0.6 + n * 1.1, v1 - 0.02, -1.5), face.per_metre
        paint.ellipse(
            spot,
            size * 0.4,
            size * 0.26,
            paint.radial([(0, "#fffdf0", 0.95), (0.2, "#fff3cf", 0.5), (1, "#ffe3a4", 0)]),
            level,
        )


def _furnishing(
    paint: Canvas, face: Face, at: tuple[float, float, float], level: float, rng: Random, kind: str
) -> None:
    u, v0, v1 = at
    tone = mix(
        "#24262a", rng.choice(("#7a5a3e", "#5d6b6a", "#8a6a55", "#54484a")), 0.3 + 0.6 * level
    )
    if kind == "sofa":
        paint.polygon(
            face.quad(u, v0 + 0.1, u + 1.9, v0 + 0.72, -2.2),
            tone,
            edge=tone,
            edge_width=face.per_metre * 0.06,
        )
        paint.polygon(
            face.quad(u - 0.05, v0 + 0.1, u + 1.95, v0 + 0.42, -1.9),
            times(tone, 1.18),
            edge=times(tone, 1.18),
            edge_width=face.per_metre * 0.06,
        )
    elif kind == "shelf":
        paint.polygon(face.quad(u, v0, u + 1.2, v1 - 0.4, -2.8), times(tone, 0.8))
        for row in range(5):
            for column in range(7):
                low, left = v0 + 0.1 + row * 0.42, u + 0.08 + column * 0.155
                book = rng.choice(("#c9b28a", "#a4523f", "#52707a", "#e4d6b4", "#6f7a52"))
                paint.polygon(
                    face.quad(left, low, left + 0.11, low + rng.uniform(0.18, 0.32), -2.78),
                    times(book, 0.35 + 0.6 * level),
                )
    elif kind == "lamp":
        paint.line([face.at(u, v0, -2), face.at(u, v0 + 1.5, -2)], "#2b2420", face.per_metre * 0.03)
        paint.polygon(
            face.shape(
                [
                    (u - 0.22, v0 + 1.4),
                    (u + 0.22, v0 + 1.4),
                    (u + 0.14, v0 + 1.75),
                    (u - 0.14, v0 + 1.75),
                ],
                -2,
            ),
            mix(tone, "#fff4d6", level),
        )
        paint.ellipse(
            face.at(u, v0 + 1.5, -2),
            face.per_metre * 0.9,
            face.per_metre * 0.9,
            paint.radial([(0, "#fff0c8", 0.7), (1, "#ffe0a0", 0)]),
            level,
        )
    elif kind == "picture":
        paint.polygon(
            face.quad(u, v0 + 1.1, u + 0.9, v0 + 1.8, -2.95), times("#f4eee2", 0.4 + 0.6 * level)
        )
        paint.polygon(face.quad(u + 0.1, v0 + 1.2, u + 0.8, v0 + 1.7, -2.94), tone)
    else:
        for fold in range(6):
            paint.polygon(
                face.quad(u + fold * 0.1, v0, u + fold * 0.1 + 0.1, v1, -0.25),
                times("#efe6d6", (0.45 + 0.5 * level) * (0.86 if fold % 2 else 1)),
                0.9,
            )
