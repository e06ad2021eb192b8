"""Gravity: which part of a picture matters, or where on a canvas it goes."""

from enum import StrEnum
from typing import Self

import msgspec

COMPASS: dict[str, tuple[float, float]] = {
    "north_west": (0.0, 0.0),
    "north": (0.5, 0.0),
    "north_east": (1.0, 0.0),
    "west": (0.0, 0.5),
    "center": (0.5, 0.5),
    "east": (1.0, 0.5),
    "south_west": (0.0, 1.0),
    "south": (0.5, 1.0),
    "south_east": (1.0, 1.0),
}
"""Name to anchor, as shares of the free space from the left and from the top."""

_SYNONYMS = {"northwest": "north_west", "northeast": "north_east", "southwest": "south_west"}
_SYNONYMS |= {"southeast": "south_east", "centre": "center"}


class Kind(StrEnum):
    """How the place is found."""

    COMPASS = "compass"
    AUTO = "auto"
    FACE = "face"
    FACES = "faces"
    XY_CENTER = "xy_center"


class Gravity(msgspec.Struct, frozen=True):
    """`kind`, and the compass point it names or falls back to (`None`: falls back to automatic)."""

    kind: Kind
    point: str | None = "center"

    @classmethod
    def parse(cls, text: str) -> Self:
        """A compass point, `auto`, `face[:center|:auto]`, `faces[:…]`, `xy_center`."""
        point = _SYNONYMS.get(text, text)
        if point in COMPASS:
            return cls(Kind.COMPASS, point)
        head, _, fallback = text.partition(":")
        if head == Kind.AUTO and (not fallback or fallback in {"subject", "classic"}):
            return cls(Kind.AUTO, None)
        if head == Kind.XY_CENTER and not fallback:
            return cls(Kind.XY_CENTER)
        if head in {Kind.FACE, Kind.FACES} and fallback in {"", "center", "auto"}:
            return cls(Kind(head), {"": "north", "auto": None}.get(fallback, fallback))
        raise ValueError(f"one of {', '.join(COMPASS)}, auto, face, faces, xy_center")

    @property
    def by_content(self) -> bool:
        """Whether the pixels decide."""
        return self.kind is Kind.AUTO or (
            self.kind in {Kind.FACE, Kind.FACES} and self.point is None
        )

    @property
    def anchor(self) -> tuple[float, float]:
        """Shares of the free space left of and above the window; the middle when the pixels decide."""
        return COMPASS[self.point or "center"]

    def __str__(self) -> str:
        if self.kind is Kind.COMPASS:
            return self.point or ""
        if self.kind in {Kind.FACE, Kind.FACES} and self.point != "north":
            return f"{self.kind}:{self.point or 'auto'}"
        return str(self.kind)


CENTER = Gravity(Kind.COMPASS, "center")
NORTH_WEST = Gravity(Kind.COMPASS, "north_west")
