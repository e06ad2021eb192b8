"""ETags of JSON answers and the comparisons that RFC 9110 asks for.  Pure."""

from hashlib import blake2b


def etag_of(body: bytes) -> str:
    """A strong tag: 128 bits of the bytes themselves, quoted."""
    return f'"{blake2b(body, digest_size=16).hexdigest()}"'


def matches_weakly(condition: str, etag: str) -> bool:
    """If-None-Match (RFC 9110 13.1.2): whether the client has what the tag names."""
    tags = [tag.strip().removeprefix("W/") for tag in condition.split(",")]
    return etag in tags or "*" in tags


def matches_strongly(condition: str, etag: str) -> bool:
    """If-Match (RFC 9110 13.1.1): a weak tag never matches, for equal meaning is not equal bytes."""
    tags = [tag.strip() for tag in condition.split(",")]
    return etag in tags or "*" in tags
