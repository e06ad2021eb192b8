"""Gravity: which part of a picture matters, or where on a canvas it goes."""

import re
from enum import StrEnum
from typing import Self

import msgspec

from imgproxy.errors import NotSupported
from imgproxy.notation.focus import Focus
from imgproxy.notation.near import Unknown

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


_WORDS = (*COMPASS, *"auto face faces body custom region_!name! xy_center liquid".split())
_EXPECTED = f"one of {', '.join(_WORDS)}"
_ADD_ONS = frozenset("adv_face adv_faces adv_eyes ocr_text cld-decompose_tile".split())
_OBJECTS = frozenset(
    "person bicycle car motorcycle airplane bus train truck boat bird cat dog horse sheep cow elephant bear zebra "
    "giraffe backpack umbrella handbag tie suitcase skis snowboard kite skateboard surfboard bottle cup fork knife "
    "spoon bowl banana apple sandwich orange broccoli carrot pizza donut cake chair couch sofa bed toilet tv laptop "
    "mouse keyboard phone oven sink refrigerator book clock vase scissors toothbrush bag shoe shoes hat dress shirt "
    "skirt food fruit flower plant tree animal pet vehicle furniture accessory electronic kitchen sport sports watch "
    "glasses sunglasses jewelry necklace ring balloon building house".split()
)
"""Things that an add-on of the language finds; a selection, so that a slip in a word is still told as one."""


class Kind(StrEnum):
    """How the place is found."""

    COMPASS = "compass"
    AUTO = "auto"
    FACE = "face"
    FACES = "faces"
    BODY = "body"
    CUSTOM = "custom"
    REGION = "region"
    XY_CENTER = "xy_center"
    LIQUID = "liquid"


_FALLBACKS: dict[str, dict[str, str | None]] = {
    Kind.FACE: {"": "north", "center": "center", "auto": None},
    Kind.FACES: {"": "north", "center": "center", "auto": None},
    Kind.BODY: {"": "north", "face": "north", "faces": "north", "center": "center", "auto": None},
}
"""What follows the colon to the point that counts where no face is found; `None` is automatic."""


_REGION = re.compile(r"region_!([\w-][\w -]{0,63})!")


class Gravity(msgspec.Struct, frozen=True):
    """`kind`, the compass point it names or falls back to (`None`: falls back to automatic), and what `auto` seeks.

    `region`: the stored region that is meant.  `faces`: `face` or `faces` where these count before the point, when no
    place is stored.
    """

    kind: Kind
    point: str | None = "center"
    focus: Focus = Focus()
    region: str = ""
    faces: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """A compass point, `auto[:…]`, `face[:center|:auto]`, `faces[:…]`, `body[:…]`, `custom[:face]`, `region_!…!`, `xy_center`, `liquid`.

        Raises NotSupported for what only an add-on finds.
        """
        point = _SYNONYMS.get(text, text)
        if point in COMPASS:
            return cls(Kind.COMPASS, point)
        head, _, rest = text.partition(":")
        if head == Kind.AUTO:
            _refuse_add_ons(rest)
            return cls(Kind.AUTO, None, Focus.parse(rest))
        if head == Kind.CUSTOM and rest in {"", "face", "faces"}:
            return cls(Kind.CUSTOM, "north" if rest else "center", faces=rest)
        if region := _REGION.fullmatch(text):
            return cls(Kind.REGION, region=region[1])
        if text in {Kind.XY_CENTER, Kind.LIQUID}:
            return cls(Kind(text))
        if rest in _FALLBACKS.get(head, {}):
            return cls(Kind(head), _FALLBACKS[head][rest])
        _refuse_add_ons(text)
        raise Unknown(_EXPECTED, text, _WORDS)

    @property
    def by_content(self) -> bool:
        """Whether the pixels decide, at least where no face is found."""
        return self.kind in {Kind.AUTO, Kind.LIQUID} or (self.by_faces and self.point is None)

    @property
    def by_faces(self) -> bool:
        """Whether faces decide where there are any."""
        return self.kind in {Kind.FACE, Kind.FACES, Kind.BODY} or bool(self.faces)

    @property
    def by_data(self) -> bool:
        """Whether a place that is stored with the asset decides, where there is one."""
        return self.kind in {Kind.CUSTOM, Kind.REGION}

    @property
    def by_boxes(self) -> bool:
        """Whether rectangles decide, which the picture's size does not tell."""
        return self.by_faces or self.by_data

    @property
    def one_face(self) -> bool:
        """Whether the largest face counts alone."""
        if self.kind is Kind.AUTO:
            return self.focus.largest_only
        return Kind.FACE in {self.kind, self.faces}

    @property
    def anchor(self) -> tuple[float, float]:
        """Shares of the free space left of and above the window; the middle when the pixels decide."""
        return COMPASS[self.point or "center"]

    def __str__(self) -> str:
        if self.kind is Kind.COMPASS:
            return self.point or ""
        if self.kind is Kind.AUTO:
            return f"auto:{self.focus}".rstrip(":")
        if self.kind is Kind.REGION:
            return f"region_!{self.region}!"
        if self.faces:
            return f"{self.kind}:{self.faces}"
        if self.by_faces and self.point != "north":
            return f"{self.kind}:{self.point or 'auto'}"
        return str(self.kind)


def _refuse_add_ons(text: str) -> None:
    for word in text.split(":"):
        name = word.removesuffix("_avoid").rstrip("-0123456789").rstrip("_")
        if name in _OBJECTS or name in _ADD_ONS:
            raise NotSupported(f"g_{word}", "is found by an add-on service")
        if word.startswith(("clipping_path", "track_person")):
            raise NotSupported(f"g_{word}", "is not available")


CENTER = Gravity(Kind.COMPASS, "center")
NORTH_WEST = Gravity(Kind.COMPASS, "north_west")
LIQUID = Gravity(Kind.LIQUID)
