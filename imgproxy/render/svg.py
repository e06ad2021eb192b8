"""What an SVG may say: a drawing that needs nothing but itself.

librsvg runs no script and, given bytes instead of a path, loads no file; this is the second wall in front of that one,
and it gives a sentence instead of a hole in the picture.  Refused are entities and any internal DTD subset (bombs),
stylesheet instructions, and every reference that leaves the document: `href` and `src` other than `#id` and
`data:` pictures, `url()` and `@import` in styles.  Links (`<a href>`) and scripts are inert here and stay.
Refused is also what makes librsvg call itself until it dies: brackets in styles and references that lead too far.

Never decodes a pixel; the text it checked is the text that is rendered.
"""

import re
import zlib
from xml.parsers import expat

from imgproxy.errors import LimitExceeded, NotAnImage
from imgproxy.render.sniff import GZIP
from imgproxy.render.svg_chains import Chains

MAX_SVG_BYTES = 10_000_000
"""Of text, after gzip: librsvg's own limit for untrusted documents."""

MAX_CHAIN = 32
"""References that lead from one to the next; librsvg dies of 140 filters inside filters, and drawings need five."""

MAX_BRACKETS = 64
"""Within each other in a style; it dies of some thousands."""

_BRACKET = re.compile(r"[()\[\]{}]")
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_STRING = re.compile(r"\"[^\"\n]*+\"|'[^'\n]*+'")
_PICTURE = re.compile(r"data:image/(png|jpe?g|gif|webp|avif)[;,]", re.IGNORECASE)
_URL = re.compile(r"url\(\s*['\"]?\s*([^)'\"]*)", re.IGNORECASE)
_ESCAPE = re.compile(r"\\([0-9a-fA-F]{1,6})\s?")
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
"""One that never ends takes the rest, as in CSS."""


def checked(data: bytes) -> bytes:
    """The plain text of the SVG (or svgz) in `data`.

    Raises NotAnImage when it is broken or refers to anything outside itself, LimitExceeded when it is too long.
    """
    text = _inflated(data) if data.startswith(GZIP) else data
    if len(text) > MAX_SVG_BYTES:
        raise LimitExceeded("the SVG in bytes", len(text), MAX_SVG_BYTES)
    try:
        _parser().Parse(text, True)
    except expat.ExpatError as error:
        raise NotAnImage(f"the SVG is not well-formed in line {error.lineno}") from None
    except (LookupError, ValueError):
        raise NotAnImage("the SVG is in an encoding that is not known") from None
    return text


def _inflated(data: bytes) -> bytes:
    inflater = zlib.decompressobj(wbits=31)
    try:
        return inflater.decompress(data, MAX_SVG_BYTES + 1)
    except zlib.error:
        raise NotAnImage("the gzip around the SVG is damaged") from None


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate(namespace_separator=" ")
    inside: list[str] = []
    chains = Chains()

    def opened(name: str, attributes: dict[str, str]) -> None:
        inside.append(name.rpartition(" ")[2])
        chains.enter(inside[-1], attributes)
        for attribute, value in attributes.items():
            _check_attribute(inside[-1], attribute.rpartition(" ")[2], value)

    def written(text: str) -> None:
        if inside and inside[-1] == "style":
            styles.append(text)

    def closed(_name: str) -> None:
        chains.leave()
        if inside.pop() == "style":
            chains.style(_check_style("".join(styles)))
            styles.clear()
        if not inside and chains.longest(MAX_CHAIN) > MAX_CHAIN:
            raise LimitExceeded(
                "the SVG in references after each other", f"over {MAX_CHAIN}", MAX_CHAIN
            )

    styles: list[str] = []
    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    parser.CharacterDataHandler = written
    parser.StartDoctypeDeclHandler = _check_doctype
    parser.EntityDeclHandler = _refuse_entity
    parser.ProcessingInstructionHandler = _check_instruction
    return parser


def _check_doctype(_name: str, _system: str | None, _public: str | None, subset: int) -> None:
    if subset:
        raise NotAnImage("the SVG declares entities or types of its own")


def _refuse_entity(*_declaration: object) -> None:
    raise NotAnImage("the SVG declares entities or types of its own")


def _check_instruction(target: str, _data: str) -> None:
    if target.lower() == "xml-stylesheet":
        raise NotAnImage("the SVG refers to a stylesheet outside itself")


def _check_attribute(element: str, attribute: str, value: str) -> None:
    if attribute in {"href", "src"} and element not in {"a", "script"}:
        _check_reference(value)
    elif attribute == "base":
        raise NotAnImage("the SVG moves its references elsewhere with xml:base")
    elif "url" in value or "\\" in value or "@import" in value or attribute == "style":
        _check_style(value)
    else:
        _check_brackets(value)


def _check_style(text: str) -> str:
    """The style without comments and escapes, which was looked at."""
    plain = _ESCAPE.sub(lambda found: _character(found[1]), _COMMENT.sub("", text))
    _check_brackets(plain)
    if "@import" in plain.lower():
        raise NotAnImage("the SVG imports a stylesheet")
    for reference in _URL.findall(plain):
        _check_reference(reference)
    return plain


def _check_brackets(text: str) -> None:
    if text.count("(") + text.count("[") + text.count("{") <= MAX_BRACKETS:
        return
    open_: list[str] = []
    for bracket in _BRACKET.findall(_STRING.sub("", text)):
        if bracket in _CLOSING:
            open_.append(_CLOSING[bracket])
        elif open_ and open_[-1] == bracket:
            open_.pop()
        if len(open_) > MAX_BRACKETS:
            raise LimitExceeded(
                "the SVG in brackets within each other", f"over {MAX_BRACKETS}", MAX_BRACKETS
            )


def _character(digits: str) -> str:
    code = int(digits, 16)
    return chr(code) if code <= 0x10FFFF else "\ufffd"


def _check_reference(value: str) -> None:
    target = value.strip()
    if target and not target.startswith("#") and not _PICTURE.match(target):
        raise NotAnImage("the SVG refers to something outside itself")
