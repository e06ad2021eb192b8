"""Town: terraces of narrow houses on a street, and an apartment tower."""

from random import Random

import msgspec
import pyvips

from api.demo import planting, setting
from api.demo.canvas import Frame
from api.demo.sky import MOODS
from api.demo.terrace import terrace
from api.demo.tower import tower


class Street(msgspec.Struct, frozen=True):
    """A terrace seen from across the street; `fronts` are (material, door colour, gable) from left to right, or one tower."""

    mood: str
    fronts: tuple[tuple[str, str, str], ...] = ()
    tower: bool = False
    leaves: str = planting.GREEN
    floors: int = 12
    material: str = "concrete"
    mirrored: bool = False
    seed: int = 1


def street(frame: Frame, plan: Street) -> pyvips.Image:
    """The finished photo, RGB."""
    rng, mood = Random(plan.seed), MOODS[plan.mood]  # noqa: S311 - art, no secrets
    if plan.tower:
        picture = tower(frame, mood, rng, plan.floors, (plan.material, plan.leaves))
    else:
        picture = terrace(frame, mood, rng, plan.fronts, plan.leaves)
    picture = setting.finish(picture, frame, mood, plan.seed)
    return picture.fliphor() if plan.mirrored else picture


PLANS = {
    "houses/brick-townhouses": Street(
        "morning",
        (
            ("dark brick", "#2f4a5c", "cornice"),
            ("red brick", "#39543f", "step"),
            ("pale brick", "#7a2f2f", "cornice"),
            ("red brick", "#23364f", "bell"),
            ("dark brick", "#a8782f", "step"),
            ("red brick", "#2f4a3a", "cornice"),
        ),
        seed=4,
    ),
    "houses/harbour-row": Street(
        "overcast",
        (
            ("sand plaster", "#39543f", "bell"),
            ("rose plaster", "#f0ece2", "step"),
            ("sea plaster", "#7a2f2f", "bell"),
            ("ochre plaster", "#23364f", "step"),
            ("white plaster", "#3c6a7a", "bell"),
            ("sea plaster", "#a8482f", "cornice"),
        ),
        mirrored=True,
        seed=12,
    ),
    "houses/night-tower": Street("night", tower=True, seed=6, leaves="#4f6a48"),
    "houses/garden-block": Street(
        "golden", tower=True, floors=7, material="pale brick", seed=15, mirrored=True
    ),
}
"""Photos that this file draws, by public id."""
