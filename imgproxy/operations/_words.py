"""Arguments between colons among which there may be colours, whose own spelling has a colon.

The underscore keeps this file out of the registry.
"""

from imgproxy.notation.colour import Colour


def words(text: str) -> list[str]:
    """The parts between colons, with `rgb:` kept together with its digits."""
    parts = text.split(":") if text else []
    glued: list[str] = []
    for part in parts:
        if glued and glued[-1] == "rgb":
            glued[-1] = f"rgb:{part}"
        else:
            glued.append(part)
    return glued


def colour_or_none(word: str) -> Colour | None:
    """The colour a word names, `None` when it names none. Bare digits are a number first."""
    try:
        return None if word.lstrip("-").isdigit() and len(word) < 6 else Colour.parse(word)
    except ValueError:
        return None
