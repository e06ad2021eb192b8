"""What automatic gravity should look for: the words behind `g_auto:`, joined by colons in any order.

| word | meaning |
| --- | --- |
| `faces`, `face` | faces count (they do anyhow), or the largest alone |
| `face_80`, `faces_-50`, `face_avoid` | how much, -100 to 100; `avoid` is -100 |
| `no_faces`, `none` | they count for nothing |
| `thirds_0` | how much the rule of thirds counts, 0 to 100; 50 when not written |
| `aoi_x_y_w_h` | an area that counts as much as a face; pixels of the original, or shares with a decimal point |
| `subject`, `classic`, `aggr`, `custom`, `body`, `focal` | taken, and change nothing: one method serves for all |
"""

from typing import Self

import msgspec

from imgproxy.notation.length import Length, Offset
from imgproxy.notation.number import read_integer

_INERT = frozenset({"subject", "classic", "aggr", "custom", "body", "focal", ""})
_EXPECTED = "after auto: face, faces, no_faces, thirds_N or aoi_x_y_w_h, joined by colons"
_USUAL_FACES = 100
_USUAL_THIRDS = 50


class Area(msgspec.Struct, frozen=True):
    """An area of interest: left and top, width and height."""

    x: Offset
    y: Offset
    width: Length
    height: Length

    @classmethod
    def parse(cls, text: str) -> Self:
        """`10_20_200_100`. Raises ValueError."""
        words = text.split("_")
        if len(words) != 4:
            raise ValueError(text)
        x, y = map(Offset.parse, words[:2])
        return cls(x, y, *map(Length.parse, words[2:]))

    def __str__(self) -> str:
        return f"aoi_{self.x}_{self.y}_{self.width}_{self.height}"


class Focus(msgspec.Struct, frozen=True):
    """Weights in percent."""

    faces: int = _USUAL_FACES
    largest_only: bool = False
    thirds: int = _USUAL_THIRDS
    areas: tuple[Area, ...] = ()

    @staticmethod
    def parse(text: str) -> "Focus":
        """The words between colons. Raises ValueError for one that is none of them."""
        focus = Focus()
        try:
            for word in text.split(":"):
                focus = _told(focus, word)
        except ValueError:
            raise ValueError(_EXPECTED) from None
        return focus

    def __str__(self) -> str:
        words = [_faces(self)] if (self.faces, self.largest_only) != (_USUAL_FACES, False) else []
        words += [f"thirds_{self.thirds}"] if self.thirds != _USUAL_THIRDS else []
        return ":".join([*words, *map(str, self.areas)])


def _told(focus: Focus, word: str) -> Focus:
    head, _, weight = word.partition("_")
    change: dict[str, object]
    if word in _INERT:
        return focus
    if word in {"no_faces", "none"}:
        change = {"faces": 0, "largest_only": False}
    elif head in {"face", "faces"}:
        change = {"faces": _weight(weight, -100, _USUAL_FACES), "largest_only": head == "face"}
    elif head == "thirds":
        change = {"thirds": _weight(weight, 0, _USUAL_THIRDS)}
    elif head == "aoi":
        change = {"areas": (*focus.areas, Area.parse(weight))}
    else:
        raise ValueError(word)
    return msgspec.structs.replace(focus, **change)


def _weight(text: str, low: int, usual: int) -> int:
    return (
        {"": usual, "avoid": low}[text] if text in {"", "avoid"} else read_integer(text, low, 100)
    )


def _faces(focus: Focus) -> str:
    if focus.faces == 0:
        return "no_faces"
    head = "face" if focus.largest_only else "faces"
    return head if focus.faces == _USUAL_FACES else f"{head}_{focus.faces}"
