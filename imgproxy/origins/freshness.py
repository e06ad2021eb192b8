"""How long a foreign answer may be believed, when to look again, and how to ask (RFC 9111, RFC 9110 section 13).

Pure: header fields and clocks in, numbers out.  A foreign server's wish is followed between a floor, so that it cannot make every
request a fetch, and a ceiling, so that a picture cannot be kept for ever.
"""

import math
import re
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime

FLOOR_S = 60.0
CEILING_S = 86_400.0
UNSAID_S = 300.0
"""When the server does not say."""

_MAX_VALIDATOR = 256
_EARLY = 0.4  # eight twentieths; that chance reaches further has one chance in 3000
_DIRECTIVE = re.compile(
    r"(?:^|,)\s*(s-maxage|max-age|no-store|no-cache|private)(?:\s*=\s*\"?(\d+))?", re.IGNORECASE
)


def fresh_s(fields: Mapping[str, str]) -> float:
    """Seconds from now, from FLOOR_S to CEILING_S; names of `fields` in any case, as the mapping has it."""
    said = {
        name.lower(): value for name, value in _DIRECTIVE.findall(fields.get("Cache-Control", ""))
    }
    if said.keys() & {"no-store", "no-cache", "private"}:
        return FLOOR_S
    # ours is a shared cache: s-maxage is meant for us
    lifetime = said.get("s-maxage") or said.get("max-age")
    if not lifetime:
        return UNSAID_S
    age = fields.get("Age", "").strip()
    seconds = float(lifetime[:12]) - (float(age[:12]) if age.isdecimal() else 0.0)
    return min(max(seconds, FLOOR_S), CEILING_S)


def early_from(fresh_until: float, span_s: float) -> float:
    """When chance begins to matter for something believed for `span_s`; before that nobody need throw dice."""
    return fresh_until - _EARLY * span_s


def is_due(now: float, fresh_until: float, span_s: float, chance: Callable[[], float]) -> bool:
    """Whether to look again: always past the time, before it ever more likely the nearer it is.

    So of many requests one looks early, and workers that began together do not look together: the optimal
    probabilistic early expiration of Vattani, Chierichetti and Lowenstein (VLDB 2015), with a twentieth of the
    span in place of the time a look takes.  `chance` gives numbers in [0, 1).
    """
    if now >= fresh_until:
        return True
    return now - span_s / 20 * math.log(1.0 - chance()) >= fresh_until


def validators(fields: Mapping[str, str]) -> dict[str, str]:
    """The request fields that ask for the bytes only if they changed; empty where the answer cannot be asked about."""
    asked = {
        "If-None-Match": fields.get("ETag", ""),
        "If-Modified-Since": fields.get("Last-Modified", ""),
    }
    return {name: value for name, value in asked.items() if _usable(value)}


def modified_s(fields: Mapping[str, str], now_s: float) -> float:
    """When the original changed, in Unix time and never in the future; now where nobody says."""
    try:
        said_s = parsedate_to_datetime(fields.get("Last-Modified", "")).timestamp()
    except (ValueError, OverflowError, OSError):
        return now_s
    return min(max(said_s, 0.0), now_s)


def _usable(value: str) -> bool:
    """What is kept for thousands of originals has to be short, and what goes out again plain."""
    return 0 < len(value) <= _MAX_VALIDATOR and value.isascii() and value.isprintable()
