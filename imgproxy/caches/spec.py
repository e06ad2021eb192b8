"""The setting that names the cache tiers, read into values: `memory:128MB,disk:/srv/cache?max=5GB,s3://bucket/prefix`.

Pure text; building the tiers is the composition root's work.
"""

import re
from collections.abc import Callable
from urllib.parse import parse_qsl

import msgspec

from imgproxy.settings import SettingsError, size_bytes

VARIABLE = "DARKROOM_CACHE"

_EXPECTED = "tiers such as memory:128MB,disk:PATH?max=5GB,redis:,s3://bucket/prefix"
_NEXT_TIER = re.compile(r",(?=\s*[A-Za-z0-9]+:)")  # a comma inside a path is part of the path


class MemoryTier(msgspec.Struct, frozen=True):
    max_bytes: int


class DiskTier(msgspec.Struct, frozen=True):
    path: str
    max_bytes: int


class RedisTier(msgspec.Struct, frozen=True):
    """`url` is empty when the node's own Redis is meant."""

    url: str = ""


class S3Tier(msgspec.Struct, frozen=True):
    bucket: str
    prefix: str = ""


TierSpec = MemoryTier | DiskTier | RedisTier | S3Tier


def parse_tiers(text: str) -> tuple[TierSpec, ...]:
    """The tiers in their order, at least one. Raises SettingsError."""
    return tuple(_tier(part.strip()) for part in _NEXT_TIER.split(text.strip()))


def _tier(text: str) -> TierSpec:
    kind, colon, rest = text.partition(":")
    reader = _READERS.get(kind.lower() if colon else "")
    if reader is None:
        raise SettingsError(VARIABLE, text, _EXPECTED)
    return reader(text, rest)


def _memory(text: str, rest: str) -> MemoryTier:
    return MemoryTier(_size(text, rest))


def _disk(text: str, rest: str) -> DiskTier:
    path, _, query = rest.rpartition("?")
    options = parse_qsl(query)
    if not path or [name for name, _ in options] != ["max"]:
        raise SettingsError(VARIABLE, text, "disk:PATH?max=SIZE")
    return DiskTier(path, _size(text, options[0][1]))


def _redis(text: str, rest: str) -> RedisTier:
    if rest and not rest.startswith("//"):
        raise SettingsError(VARIABLE, text, "redis: or redis://host:port/number")
    return RedisTier(text if rest else "")


def _s3(text: str, rest: str) -> S3Tier:
    bucket, _, prefix = rest.removeprefix("//").partition("/")
    if not rest.startswith("//") or not re.fullmatch(r"[a-z0-9][a-z0-9.-]+", bucket):
        raise SettingsError(VARIABLE, text, "s3://bucket/prefix")
    return S3Tier(bucket, prefix.strip("/"))


def _size(text: str, size: str) -> int:
    try:
        value = size_bytes(VARIABLE, size)
    except SettingsError as error:
        raise SettingsError(VARIABLE, text, error.args[2]) from None
    if value <= 0:
        raise SettingsError(VARIABLE, text, "a size above zero")
    return value


_READERS: dict[str, Callable[[str, str], TierSpec]] = {
    "memory": _memory,
    "disk": _disk,
    "redis": _redis,
    "rediss": _redis,
    "s3": _s3,
}
