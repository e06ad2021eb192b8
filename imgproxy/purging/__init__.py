"""Purges: what was made before a purge is never served after it, on any worker of any node.

Keys are digests, so nobody can list what a prefix made, and a picture that is being rendered while it is purged would be stored
afterwards.  So a purge deletes nothing first.  It is an entry in a **journal**: a pattern of originals and a stamp (µs of Unix
time, always above all known).  The greatest stamp among the entries that match an original is part of the key of everything
made from it, as picture or as layer: from the purge on the same request has another key, and old copies in memory, disk, Redis
and S3, remembered failures and renders under way are out of reach together.  Deleting what a public id made is housekeeping
that follows; what a prefix made is left to eviction.

    workers of a node   the journal is a file; its generation lies in shared memory, so a request that finds it unchanged has
                        spent a comparison, and once a purge is answered no worker gives an old picture           (`shared`)
    nodes               a hash in Redis holds the journal, a channel tells news; who (re)connects reads and adds what
                        it lacks; what could not be told is told later                                            (`nodes`)
    CDN                 answers carry tags: the original's, and one for each folder above it; the node that is
                        asked sends the tag of the pattern to a webhook                                           (`webhook`)

Bounds: of many ids the oldest are forgotten into one of 4096 buckets, of many prefixes and tags into one that means everything,
each with its stamp, so that too much is purged rather than too little.  Nodes that share S3 without Redis do not hear of each other.
Clocks of nodes may differ by the time between two purges of one pattern.
"""

import msgspec

from imgproxy.values import Source, digest

BUCKET_DIGITS = 3
_TAG_DIGITS = 16
_MOST_FOLDERS = 32
"""That have a tag of their own; deeper ones go by the last of these, and too much is purged rather than too little."""


class OneId(msgspec.Struct, frozen=True, tag="id"):
    """One original: its delivery type (`upload`, `fetch`, …) and public id without extension."""

    kind: str
    public_id: str

    @property
    def digest(self) -> str:
        """`CacheKey.source` of everything made from it."""
        return digest(self.kind, self.public_id)


class Prefix(msgspec.Struct, frozen=True, tag="prefix"):
    """Originals whose public id begins so; the empty prefix means all of a kind."""

    kind: str
    prefix: str


class Tagged(msgspec.Struct, frozen=True, tag="tag"):
    """Originals whose answers carry that tag (`tags_of`): one original, or all of a folder and below."""

    text: str

    @property
    def digest(self) -> str:
        """`CacheKey.source`, where it is the tag of one original."""
        return self.text


class Bucket(msgspec.Struct, frozen=True, tag="bucket"):
    """Originals whose digest begins so; empty: every original."""

    digits: str


Order = OneId | Prefix | Tagged
"""What somebody may ask to be purged."""

Pattern = Order | Bucket


class Purge(msgspec.Struct, frozen=True):
    """Everything made from matching originals before this is void."""

    stamp: int
    pattern: Pattern


def tags_of(source: Source, layers: tuple[Source, ...] = ()) -> tuple[str, ...]:
    """What a CDN may purge an answer by: each original, and every folder above it."""
    tags: list[str] = []
    for one in (source, *layers):
        tags.append(digest(one.kind, one.public_id))
        folders = one.public_id.split("/", _MOST_FOLDERS)[:-1]
        tags += (folder_tag(one.kind, folders[:depth]) for depth in range(len(folders) + 1))
    return tuple(dict.fromkeys(tags))


def folder_tag(kind: str, folders: list[str]) -> str:
    """16 hex digits for everything in a folder and below; no folders: all of the kind."""
    return digest("folder", kind, *folders[:_MOST_FOLDERS])[:_TAG_DIGITS]


def tag_of(pattern: Order) -> str:
    """The tag that covers the pattern: of a prefix that of the nearest whole folder, which may be more."""
    if not isinstance(pattern, Prefix):
        return pattern.digest
    return folder_tag(pattern.kind, pattern.prefix.split("/")[:-1])
