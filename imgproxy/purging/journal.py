"""The journal as a table: entries in, the stamp of an original out. Pure and bounded."""

from collections.abc import Iterator

from imgproxy.purging import (
    BUCKET_DIGITS,
    Bucket,
    OneId,
    Pattern,
    Prefix,
    Purge,
    Tagged,
    tags_of,
)
from imgproxy.values import Source, digest

MAX_IDS = 20_000
MAX_PREFIXES = 1_000
_MAX_STAMPS = 50_000


class Journal:
    """Knows of each pattern its newest purge; the order in which entries come does not matter."""

    def __init__(self, max_ids: int = MAX_IDS, max_prefixes: int = MAX_PREFIXES) -> None:
        self._max_ids, self._max_prefixes = max_ids, max_prefixes
        self._entries: dict[Pattern, int] = {}
        self._ids: dict[str, OneId] = {}
        self._prefixes: dict[Prefix, None] = {}
        self._tags: dict[str, Tagged] = {}
        self._lengths: tuple[int, ...] = ()
        self._stamps: dict[Source, int] = {}
        self.newest = 0
        """The greatest stamp; 0 while nothing was ever purged."""

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Purge]:
        """All entries that count."""
        return (Purge(stamp, pattern) for pattern, stamp in self._entries.items())

    def add(self, purge: Purge) -> bool:
        """Whether that was news."""
        pattern = purge.pattern
        if purge.stamp <= self._covered(pattern):
            return False
        self._entries.pop(pattern, None)
        self._entries[pattern] = purge.stamp
        self.newest = max(self.newest, purge.stamp)
        match pattern:
            case OneId():
                self._ids.pop(pattern.digest, None)
                self._ids[pattern.digest] = pattern
            case Prefix():
                self._prefixes.pop(pattern, None)
                self._prefixes[pattern] = None
            case Tagged():
                self._tags.pop(pattern.text, None)
                self._tags[pattern.text] = pattern
        self._forget_oldest()
        self._lengths = tuple({len(held.prefix) for held in self._prefixes})
        self._stamps.clear()
        return True

    def stamp(self, source: Source) -> int:
        """The greatest of all entries that match; 0 without one."""
        stamp = self._stamps.get(source)
        if stamp is None:
            if len(self._stamps) >= _MAX_STAMPS:
                self._stamps.clear()
            stamp = self._stamps[source] = max(map(self._stamp, self._matching(source)))
        return stamp

    def _covered(self, pattern: Pattern) -> int:
        """The newest entry that says at least as much."""
        wider: list[Pattern] = [pattern, Bucket("")]
        if isinstance(pattern, OneId):
            wider.append(Bucket(pattern.digest[:BUCKET_DIGITS]))
        return max(map(self._stamp, wider))

    def _matching(self, source: Source) -> Iterator[Pattern]:
        identity = digest(source.kind, source.public_id)
        yield Bucket("")
        yield Bucket(identity[:BUCKET_DIGITS])
        if identity in self._ids:
            yield self._ids[identity]
        for length in self._lengths:
            if length <= len(source.public_id):
                yield Prefix(source.kind, source.public_id[:length])
        if self._tags:
            yield from (self._tags[tag] for tag in tags_of(source) if tag in self._tags)

    def _stamp(self, pattern: Pattern) -> int:
        return self._entries.get(pattern, 0)

    def _forget_oldest(self) -> None:
        while len(self._ids) > self._max_ids:
            identity = next(iter(self._ids))
            self._widen(self._ids.pop(identity), Bucket(identity[:BUCKET_DIGITS]))
        while len(self._prefixes) > self._max_prefixes:
            oldest = next(iter(self._prefixes))
            del self._prefixes[oldest]
            self._widen(oldest, Bucket(""))
        while len(self._tags) > self._max_prefixes:
            self._widen(self._tags.pop(next(iter(self._tags))), Bucket(""))

    def _widen(self, pattern: Pattern, wider: Bucket) -> None:
        """With the stamp it had, so that nodes which forget at other times agree in the end."""
        stamp = self._entries.pop(pattern)
        self._entries[wider] = max(stamp, self._stamp(wider))
