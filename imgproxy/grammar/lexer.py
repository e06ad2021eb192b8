"""Text to parameters: slashes, one level of percent-decoding, commas, the first underscore.

    transformation = component *( "/" component )
    component      = parameter *( "," parameter )
    parameter      = key "_" value | "$" name "_" value | "if_" condition

Commas are split after decoding, because clients escape them as they like (`w_300%2Ch_200`); what must survive as a
comma inside a text comes escaped twice.
"""

import re
from urllib.parse import unquote_to_bytes

from imgproxy.errors import BadParameter

Parameters = list[tuple[str, str]]

KEY = re.compile(r"(\$[A-Za-z][A-Za-z0-9]*|[a-z]{1,4})_(.+)", re.DOTALL)


def components(text: str) -> list[str]:
    """The segments between slashes; empty ones are harmless."""
    return [segment for segment in text.split("/") if segment]


def parameters(segment: str) -> Parameters:
    """Key and value pairs of one component, in order. Raises BadParameter."""
    pairs = []
    for part in decoded(segment).split(","):
        if not part:
            continue
        match = KEY.fullmatch(part)
        if match is None:
            raise BadParameter("parameter", part, "a key, an underscore and a value, such as w_300")
        pairs.append((match[1], match[2]))
    return pairs


def decoded(segment: str) -> str:
    """One level of percent-decoding. Raises BadParameter for what is not UTF-8."""
    if "%" not in segment and segment.isascii():
        return segment
    try:
        return unquote_to_bytes(segment).decode()
    except UnicodeError:
        raise BadParameter("text", segment, "percent-encoded UTF-8") from None


def flags(value: str, names: frozenset[str]) -> list[str]:
    """The flags of `fl_a.b`; a dot inside an argument (`attachment:villa.front`) belongs to the argument.

    Raises BadParameter for a flag without a name.
    """
    found: list[str] = []
    for word in value.split("."):
        if found and ":" in found[-1] and word.partition(":")[0] not in names:
            found[-1] = f"{found[-1]}.{word}"
        elif word:
            found.append(word)
        else:
            raise BadParameter("fl", value, "flags joined by single dots")
    return found
