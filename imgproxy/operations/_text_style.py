"""How a text layer spells its lettering and its words.

The underscore keeps this file out of the registry. Style and words come escaped twice, because commas and slashes
would end a parameter or a component: the lexer takes off one level, this file the other. What is escaped once only,
or not at all, is taken as it stands, since clients do both. Nothing here draws.
"""

import re
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Self
from urllib.parse import unquote_to_bytes

import msgspec

from imgproxy.notation.number import read_decimal, spell
from imgproxy.operations.border import Line

MAX_CHARACTERS = 2000

_STYLE = re.compile(r"(.+?)_(\d[\d.]*)((?:_.*)?)", re.DOTALL)
_SIZED = re.compile(r"_\d")
_FONT_FILE = re.compile(r".+\.(?:ttf|otf|woff2?)_\d", re.IGNORECASE)
_FAMILY = re.compile(r"[\w .,+&':/()-]{1,100}")
_OPTION = re.compile(
    r"_(?:(?:font_weight_)?(?P<weight>normal|bold|light|thin)|(?P<slant>italic)"
    r"|(?P<line>underline|strikethrough)|(?:text_)?(?:align_)?(?P<align>left|center|right|start|end|justify)"
    r"|(?P<stroke>stroke)(?:_bo_(?P<border>\d[\d.]*px_solid_[^_]+(?:_[0-9a-fA-F]{3,8})?))?"
    r"|letter_spacing_(?P<letter>-?[\d.]+)|line_spacing_(?P<spacing>-?[\d.]+)"
    r"|antialias_(?P<antialias>none|gray|subpixel|fast|good|best)"
    r"|hinting_(?:none|slight|medium|full)|none)(?=_|$)"
)
_EXPECTED = "<font>_<size>, then any of bold, italic, underline, center, stroke, letter_spacing_<n>"
_CONTROLS = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0), 0xFFFE, 0xFFFF])
_CONTROLS |= {ord("\n"): "\n", ord("\t"): " ", 0x2028: "\n", 0x2029: "\n"}


class Weight(StrEnum):
    """How heavy the letters are."""

    NORMAL = "normal"
    BOLD = "bold"
    LIGHT = "light"
    THIN = "thin"


class Align(StrEnum):
    """How the lines of a paragraph lie to each other; start and end follow the direction of the script."""

    START = "start"
    END = "end"
    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"
    JUSTIFY = "justify"


class TextStyle(msgspec.Struct, frozen=True):
    """A font, a size in pixels, and options."""

    font: str
    size: float
    weight: Weight = Weight.NORMAL
    italic: bool = False
    line: str = ""
    """`underline`, `strikethrough` or neither."""

    align: Align = Align.START
    stroke: bool = False
    border: Line | None = None
    """Of the stroke, where it is written inside the style."""

    letter_spacing: float = 0.0
    line_spacing: float = 0.0
    smooth: bool = True

    @classmethod
    def parse(cls, text: str) -> Self:
        """`<font>_<size>[_<option>…]`, such as `Source%20Sans%20Pro_40_bold_italic_center`.

        Size 1 to 1000 px. Options in any order: `normal bold light thin`, `italic`, `underline strikethrough`,
        `left center right start end justify`, `stroke`, `letter_spacing_<n>`, `line_spacing_<n>`,
        `antialias_none`; other kinds of antialiasing and of hinting are taken and make no difference.
        """
        match = _STYLE.fullmatch(unescaped(text))
        if match is None or not _FAMILY.fullmatch(match[1]):
            raise ValueError(_EXPECTED)
        size = read_decimal(match[2], 1, 1000, "a size")
        return cls(match[1], size, **_options(match[3]))

    def __str__(self) -> str:
        options = [
            self.weight if self.weight is not Weight.NORMAL else "",
            "italic" if self.italic else "",
            self.line,
            self.align if self.align is not Align.START else "",
            "stroke" if self.stroke else "",
            f"letter_spacing_{spell(self.letter_spacing)}" if self.letter_spacing else "",
            f"line_spacing_{spell(self.line_spacing)}" if self.line_spacing else "",
            "" if self.smooth else "antialias_none",
        ]
        words = [escaped(self.font).replace(":", "%253A"), spell(self.size)]
        return "_".join([*words, *(option for option in options if option)])


class Wording(msgspec.Struct, frozen=True):
    """What is written; lines are divided by line feeds."""

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Words of at most 2000 characters; a comma is `%252C`, a slash `%252F`, a per cent sign `%2525`, a new line `%250A`."""
        words = unescaped(text).replace("\r\n", "\n").translate(_CONTROLS)
        if len(words) > MAX_CHARACTERS:
            raise ValueError(f"at most {MAX_CHARACTERS} characters")
        if not words.strip():
            raise ValueError("words to be written")
        return cls(words)

    def __str__(self) -> str:
        return escaped(self.text)


def parted(value: str) -> tuple[str, str]:
    """Style and words of `<style>:<words>`; the style has colons only in a folder of fonts and in a colour."""
    pieces = value.split(":")
    end = 1
    if not _SIZED.search(pieces[0]):
        end = next((at for at, piece in enumerate(pieces, 1) if _FONT_FILE.match(piece)), 1)
    end += pieces[end - 1].endswith("_rgb")
    return "%3A".join(pieces[:end]), ":".join(pieces[end:])


def escaped(text: str) -> str:
    """Twice, for all that would end something or mean a variable."""
    for character in "%,/$\n":
        text = text.replace(character, f"%{ord(character):02X}")
    return text.replace("%", "%25")


def unescaped(text: str) -> str:
    """One level; what is no UTF-8 was not escaped."""
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        return text


def _options(text: str) -> dict[str, Any]:
    """Of doubles the last counts. Raises ValueError."""
    found: dict[str, Any] = {}
    at = 0
    while at < len(text):
        match = _OPTION.match(text, at)
        if match is None:
            raise ValueError(_EXPECTED)
        found |= _option(match)
        at = match.end()
    return found


def _option(match: re.Match[str]) -> dict[str, Any]:
    name = match.lastgroup
    return _READ[name](match[name]) if name else {}


_READ: dict[str, Callable[[str], dict[str, Any]]] = {
    "weight": lambda word: {"weight": Weight(word)},
    "slant": lambda _: {"italic": True},
    "line": lambda word: {"line": word},
    "align": lambda word: {"align": Align(word)},
    "stroke": lambda _: {"stroke": True},
    "border": lambda word: {"stroke": True, "border": Line.parse(word)},
    "letter": lambda word: {"letter_spacing": _spacing(word)},
    "spacing": lambda word: {"line_spacing": _spacing(word)},
    "antialias": lambda word: {"smooth": word != "none"},
}


def _spacing(word: str) -> float:
    return read_decimal(word, -1000, 1000, "a spacing")
