"""How long a foreign answer may be believed, and how to ask whether it still holds (RFC 9111, RFC 9110 section 13).

Pure: header fields in, numbers out.  A foreign server's wish is followed between a floor, so that it cannot make every
request a fetch, and a ceiling, so that a picture cannot be kept for ever.
"""

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

FLOOR_S = 60.0
CEILING_S = 86_400.0
UNSAID_S = 300.0
"""When the server does not say."""

_MAX_VALIDATOR = 256
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
