"""What delivery gives back: plain values without verbs."""

from typing import NamedTuple

from imgproxy.values import Located, Rendered


class Timing(NamedTuple):
    """Milliseconds of a miss, for Server-Timing."""

    queue_ms: float
    fetch_ms: float
    render_ms: float
    encode_ms: float


class Answer(NamedTuple):
    """What is sent, what it was made from, and how it came about: `hit`, `stale`, `miss` or `joined`.

    `raised`: made while nobody waited, to look as its level means, which a prompt one does not.
    """

    rendered: Rendered
    located: Located
    how: str
    timing: Timing | None = None


class Purged(NamedTuple):
    """What a purge did: its stamp, the tag the CDN was told, copies deleted so far (a prefix deletes none by itself)."""

    stamp: int
    tag: str
    copies: int
