"""Owner of the journal in this worker: reads what other workers and nodes have purged, issues purges of its own.

It must never touch a cache; who has caches asks `stamp` before every look, and hands in what to do about news.
"""

import time
from collections.abc import Callable
from pathlib import Path

import structlog

from imgproxy.metrics import Metrics
from imgproxy.purging import Order, Purge, tag_of
from imgproxy.purging.journal import Journal
from imgproxy.purging.nodes import Nodes
from imgproxy.purging.shared import JournalFile
from imgproxy.purging.webhook import Template, Webhook
from imgproxy.values import Source

_MAX_LINES_PER_ENTRY = 4
_LEAST_LINES = 1000

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


class Purges:
    """Without `folder` this worker alone, without `redis_url` this node alone, without `template` no CDN."""

    def __init__(
        self,
        folder: Path | None = None,
        redis_url: str = "",
        template: Template | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        self._journal = Journal()
        self._file = JournalFile(folder) if folder else None
        self._nodes = Nodes(redis_url, self._hear, lambda: self._journal) if redis_url else None
        self._webhook = Webhook(template, metrics or Metrics()) if template else None
        self._on_news: Callable[[Purge, bool], None] = lambda _purge, _first: None

    async def start(self, on_news: Callable[[Purge, bool], None]) -> None:
        """`on_news` gets every purge of others, with True in the one worker of the node that should clear stores."""
        self._on_news = on_news
        self._open()
        for part in (self._nodes, self._webhook):
            if part:
                await part.start()

    async def close(self) -> None:
        for part in (self._webhook, self._nodes):
            if part:
                await part.close()
        if self._file:
            self._file.close()

    def stamp(self, source: Source, layers: tuple[Source, ...]) -> int:
        """Part of the key of what is made from these; 0 when none of them was ever purged."""
        if self._file is not None and self._file.has_news:
            self._read_on()
        if not self._journal.newest:
            return 0
        return max(self._journal.stamp(source), *map(self._journal.stamp, layers), 0)

    async def issue(self, pattern: Order) -> Purge:
        """From now on for every worker of this node, and for the others as soon as they hear of it."""
        self._journal_is_current()
        stamp = max(time.time_ns() // 1000, self._journal.newest + 1)
        purge = Purge(stamp, pattern)
        self._record(purge)
        if self._nodes:
            await self._nodes.tell(purge)
        if self._webhook:
            self._webhook.send(tag_of(pattern))
        return purge

    def _open(self) -> None:
        if self._file is None:
            return
        try:
            self._file.open()
            self._read_on()
        except OSError as error:
            _log.warning("purges are not shared among workers", errno=error.errno)
            self._file = None

    def _journal_is_current(self) -> None:
        if self._file is not None and self._file.has_news:
            self._read_on()

    def _hear(self, purge: Purge) -> None:
        """From another node: the first worker that writes it down clears stores, all clear their memory."""
        first = self._record(purge)
        if first:
            self._on_news(purge, True)

    def _record(self, purge: Purge) -> bool:
        """False when this worker or another one of the node knew it already."""
        if self._file is None:
            return self._journal.add(purge)
        try:
            with self._file.locked():
                self._read_on()
                if not self._journal.add(purge):
                    return False
                self._file.append(purge)
                if self._file.lines > len(self._journal) * _MAX_LINES_PER_ENTRY + _LEAST_LINES:
                    self._file.rewrite(self._journal)
        except OSError as error:
            _log.error("a purge could not be written down for the other workers", errno=error.errno)
            return self._journal.add(purge)
        return True

    def _read_on(self) -> None:
        assert self._file is not None  # asked before
        try:
            purges = self._file.news()
        except OSError as error:
            _log.error("the journal of purges cannot be read", errno=error.errno)
            return
        for purge in purges:
            if self._journal.add(purge):
                self._on_news(purge, False)
