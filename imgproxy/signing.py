"""Signatures of delivery URLs, over raw text.

    signature = base64url( H( "<components>/<public id>" + secret ) )[:8 or 32]

H is SHA-1, or SHA-256 (always for 32 characters); version, type and cloud are not covered.
Source: the public SDKs; the vectors in the tests were recomputed from them.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from urllib.parse import quote, unquote

SHORT, LONG = 8, 32


def sign(text: str, secret: str, *, long: bool = False, sha256: bool = False) -> str:
    """The characters between `s--` and `--`."""
    algorithm = hashlib.sha256 if long or sha256 else hashlib.sha1
    whole = urlsafe_b64encode(algorithm((text + secret).encode()).digest()).decode()
    return whole[: LONG if long else SHORT]


def verify(signature: str, text: str, secret: str) -> bool:
    """Whether the signature fits the text as it came, decoded, or encoded the way the SDKs encode."""
    spellings = {
        text,
        unquote(text),
        quote(unquote(text), safe="/:_.-"),
        quote(unquote(text), safe="/:!'()*"),
    }
    long = len(signature) == LONG
    candidates = [
        sign(spelling, secret, long=long, sha256=sha256)
        for spelling in spellings
        for sha256 in (False, True)
    ]
    # each comparison takes constant time, and which of the spellings fits is no secret
    return any(hmac.compare_digest(signature, candidate) for candidate in candidates)
