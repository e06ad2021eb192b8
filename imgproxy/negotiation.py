"""Which formats a client takes, folded to few classes, and what the answer therefore varies by.

Browsers list what they accept at equal weight, so their order says nothing and the server ranks: JPEG XL, AVIF, WebP.
`image/*` and `*/*` never mean one of these; they are how old clients say "anything common".
"""

from functools import lru_cache

import msgspec

RANKED = ("jxl", "avif", "webp")
"""Best first: bytes at equal looks, then speed of encoding."""


class Variant(msgspec.Struct, frozen=True):
    """The negotiated part of a request: formats that may be answered beyond the base, and the Vary that goes with it.

    `hints`: client hints that would change the answer, to be asked for with Accept-CH.
    """

    formats: tuple[str, ...] = ()
    vary: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()

    @property
    def is_hinted(self) -> bool:
        """Whether it depends on anything but Accept."""
        return self.vary not in {(), ("Accept",)}


_ACCEPT_CHARACTERS = 1000
"""Browsers send a tenth of it; the rest of a longer one is not read."""


def choose(wanted: str | None, accept: str) -> Variant:
    """What `f_…` (`wanted`, or `None`) and the Accept header come to."""
    if wanted == "auto":
        return Variant(accepted(accept[:_ACCEPT_CHARACTERS]), ("Accept",))
    return Variant((wanted,) if wanted else ())


@lru_cache(maxsize=1024)
def accepted(accept: str) -> tuple[str, ...]:
    """Modern formats the header allows at no lower weight than common ones: one of eight classes."""
    weights = dict(_weights(accept))
    common = max(
        (weights.get(f"image/{name}", 0.0) for name in ("jpeg", "png", "gif")), default=0.0
    )
    offered = {name: weights.get(f"image/{name}", 0.0) for name in RANKED}
    return tuple(name for name in RANKED if offered[name] > 0 and offered[name] >= common)


def _weights(accept: str) -> list[tuple[str, float]]:
    found = []
    for part in accept.lower().split(","):
        media, *parameters = (word.strip() for word in part.split(";"))
        quality = next((word[2:] for word in parameters if word.startswith("q=")), "1")
        try:
            found.append((media, float(quality)))
        except ValueError:
            continue
    return found
