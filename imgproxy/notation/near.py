"""What was meant, perhaps: the nearest of some words to one that is none of them."""

from collections.abc import Iterable
from difflib import get_close_matches

_MOST_CHARS = 40
_AT_LEAST = 0.6


class Unknown(ValueError):
    """`Unknown(expected, came, words)`: as a text what was expected; `near` is the word that may be meant, or empty."""

    def __init__(self, expected: str, came: str, words: Iterable[str]) -> None:
        super().__init__(expected)
        self.near = "".join(get_close_matches(came[:_MOST_CHARS], list(words), 1, _AT_LEAST))
