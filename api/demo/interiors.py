"""Rooms: living, kitchen, bed, bath, study, loft. Each function furnishes a shell from the far wall towards the viewer."""

from collections.abc import Callable
from random import Random

import pyvips

from api.demo import hangings, surfaces
from api.demo import room as space
from api.demo.camera import Camera
from api.demo.canvas import Frame
from api.demo.furniture import Set
from api.demo.light import Sheet
from api.demo.room import DAYLIGHTS, Room
from api.demo.scenes import Interior, bedroom, dining, living, loft, study
from api.demo.wetrooms import bathroom, kitchen

SCENES: dict[str, Callable[[Set, Sheet, Interior], None]] = {
    "living": living,
    "kitchen": kitchen,
    "bedroom": bedroom,
    "bathroom": bathroom,
    "study": study,
    "loft": loft,
    "dining": dining,
}


def interior(frame: Frame, plan: Interior) -> pyvips.Image:
    """The finished photo, RGB."""
    rng = Random(plan.seed)  # noqa: S311 - art, no secrets
    upright = frame.height > frame.width
    # Standing near the blank wall narrows it and opens the window wall; the lens is shifted back to keep the room in the middle.
    aside = -plan.window_side * 0.55
    camera = Camera(
        frame,
        (aside, -2.3, 1.25),
        0,
        focal=1.12 if upright else 0.74,
        horizon=0.5,
        centre=0.5 + aside * 0.13,
    )
    room = Room(camera, DAYLIGHTS[plan.daylight], *plan.size, plan.window_side)
    walls = Sheet(frame)
    surfaces.shell(room, walls, rng, floor=plan.floor, wall=plan.wall, feature=plan.feature)
    stage = Set(room, Sheet(frame), Sheet(frame), rng)
    if plan.scene not in {"kitchen", "bathroom"}:
        side = room.side(-plan.window_side)
        hangings.picture(
            stage,
            side,
            3.6,
            1.2,
            1.5,
            1.0,
            (plan.colours[3], plan.colours[1], plan.colours[0], plan.colours[2], "#f6e8c4"),
            frame="#b58a5a",
        )
    SCENES[plan.scene](stage, walls, plan)
    picture = walls.over(
        (pyvips.Image.black(*frame.size, bands=3) + 128).cast("uchar").copy(interpretation="srgb")
    )
    picture = stage.floor.over(space.polish(picture, room, plan.gloss))
    return space.finish(stage.things.over(picture), room, plan.seed)


PLANS = {
    "rooms/bright-living-room": Interior("living", seed=3),
    "rooms/evening-living-room": Interior(
        "living",
        "evening",
        floor="boards:#8a5f3e",
        wall="#5f6f6c",
        feature="#4f625f",
        colours=("#a8583c", "#c9a15a", "#d9b98a", "#d8c7a8"),
        window_side=1,
        seed=6,
    ),
    "rooms/white-kitchen": Interior(
        "kitchen",
        feature="tiles:#eef0ec",
        colours=("#f4f2ec", "#7f9488", "#b3935a", "#e9e6e0"),
        floor="boards:#d0a878",
        seed=4,
    ),
    "rooms/navy-kitchen": Interior(
        "kitchen",
        "golden",
        feature="tiles:#f0e8da",
        colours=("#34475c", "#34475c", "#c9a15a", "#efe9de"),
        floor="tiles:#d9cfbf",
        window_side=1,
        seed=8,
    ),
    "rooms/linen-bedroom": Interior(
        "bedroom",
        "soft",
        feature="#c9cfc4",
        colours=("#9aa894", "#c9b08a", "#c98f6a", "#efe9de"),
        wood="#b98f62",
        seed=5,
    ),
    "rooms/blue-bedroom": Interior(
        "bedroom",
        "golden",
        wall="#e6e4de",
        feature="#5f7d92",
        colours=("#c98a5a", "#8fa8b4", "#d9b46a", "#f2ece0"),
        wood="#8a6444",
        size=(4.6, 5.0, 2.9),
        window_side=1,
        seed=10,
    ),
    "rooms/marble-bathroom": Interior(
        "bathroom",
        "bright",
        floor="tiles:#dcd9d3",
        wall="tiles:#e6ebe8",
        feature="tiles:#8fb0a8",
        colours=("#8fb0a8", "#cfc9bf", "#b3935a", "#f4efe6"),
        size=(4.6, 4.6, 2.75),
        gloss=0.2,
        seed=7,
    ),
    "rooms/quiet-study": Interior(
        "study",
        "golden",
        wall="#e9e0cf",
        feature="#3f5a50",
        floor="boards:#a9774a",
        colours=("#8a4f3a", "#4f6a62", "#c98f4a", "#efe6d4"),
        wood="#8a5f3c",
        seed=9,
    ),
    "rooms/brick-loft": Interior(
        "loft",
        "bright",
        wall="#e6e2da",
        feature="red brick",
        floor="plain:#b4aea6",
        colours=("#4a5560", "#9a6a42", "#d9a05a", "#e9e0d0"),
        size=(6.4, 6.2, 3.5),
        gloss=0.16,
        seed=12,
    ),
    "rooms/dining-room": Interior(
        "dining",
        "soft",
        feature="#b7653f",
        wall="#f0e9dc",
        floor="boards:#b98a5c",
        colours=("#5a6e68", "#c9a98a", "#f0dcc0", "#f3ece0"),
        wood="#8f6440",
        window_side=1,
        seed=11,
    ),
}
"""Photos that this file draws, by public id."""
