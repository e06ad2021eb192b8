"""Evictions: what share of requests and bytes each way of making room keeps in a cache, and what it costs.

One trace for all: popularity by Zipf, one request in seven for something that nobody asks for again, a crawler that
walks through more than the budget, and a day on which the top of the list changes.  Tiers forget by the service's own
code; what it is compared with is written here, as good as it can be when nothing has to be shared or kept on disk.
"""

import itertools
import os
import random
import tempfile
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from benchmarks import report
from benchmarks.progress import Progress
from imgproxy.caches.memory import Memory
from imgproxy.caches.sweeping import BLOCK_BYTES, Halt, Ledger, blocks, sweep
from imgproxy.caches.worth import asked_again, paced
from imgproxy.values import CacheKey, Rendered, digest

# Bytes of 846 derivatives at 21 quantiles: 47 photos and drawings in 6 widths from 160 to 960 px as JPEG, WebP, AVIF.
_QUANTILES = (
    *(366, 2004, 3002, 3972, 4911, 6033, 7598, 8958, 11_310, 13_030, 15_812),
    *(19_070, 23_230, 27_613, 31_276, 37_211, 44_153, 49_850, 61_007, 81_018, 155_537),
)
_ZIPF = 0.9
_ONCE_ONLY = 0.15
_CRAWLED_FROM, _CHANGED_FROM = 0.3, 0.6
_REQUESTS_PER_S = 50.0
_DISK_SHARE, _MEMORY_SHARE = 0.08, 0.008
_LOW_WATER = 0.95


class _Scale(Struct, frozen=True):
    requests: int
    known: int
    files: int


_FULL = _Scale(requests=250_000, known=30_000, files=20_000)
_QUICK = _Scale(requests=20_000, known=4000, files=1000)


class Kept(Struct, frozen=True):
    """Shares of what reached the tier that it could answer, and the time that its bookkeeping took."""

    by_requests: float
    by_bytes: float
    us_per_request: float


class Figures(Struct, frozen=True):
    requests: int
    different: int
    disk_bytes: int
    memory_bytes: int
    disk: dict[str, Kept]
    disk_behind_memory: dict[str, Kept]
    memory: dict[str, Kept]
    file_us: dict[str, float]


class Policy(Protocol):
    def ask(self, name: int, size: int, now_s: float) -> bool:
        """Whether it was held; it is afterwards, if there is room at all."""
        ...


class Exact:
    """Least recently used first, one by one."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes, self._held = max_bytes, 0
        self._sizes: OrderedDict[int, int] = OrderedDict()

    def ask(self, name: int, size: int, now_s: float) -> bool:  # noqa: ARG002 - one seam for all
        if name in self._sizes:
            self._sizes.move_to_end(name)
            return True
        self._sizes[name] = size
        self._held += size
        while self._held > self._max_bytes:
            self._held -= self._sizes.popitem(last=False)[1]
        return False


class Swept:
    """One number for each, a sweep of the lowest when the budget is passed; by default the time of last use."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes, self._held = max_bytes, 0
        self._items: dict[int, tuple[float, int]] = {}

    def ask(self, name: int, size: int, now_s: float) -> bool:
        if held := self._items.get(name):
            self._items[name] = (self.worth(held[0], now_s), size)
            return True
        self._items[name] = (now_s, size)
        self._held += size
        if self._held > self._max_bytes:
            self.swept(now_s, self._drop_lowest())
        return False

    def worth(self, before_s: float, now_s: float) -> float:
        return max(before_s, now_s)

    def swept(self, now_s: float, dropped: int) -> None:
        """After a sweep."""

    def _drop_lowest(self) -> int:
        before = self._held
        for name, (_, size) in sorted(self._items.items(), key=lambda item: item[1][0]):
            if self._held <= self._max_bytes * _LOW_WATER:
                break
            del self._items[name]
            self._held -= size
        return before - self._held


class Fading(Swept):
    """As the disk tier does it: `asked_again` is the very function."""

    def __init__(self, max_bytes: int) -> None:
        super().__init__(max_bytes)
        self._half_life_s, self._last_s = 3600.0, 0.0

    def worth(self, before_s: float, now_s: float) -> float:
        return asked_again(before_s, now_s, self._half_life_s)

    def swept(self, now_s: float, dropped: int) -> None:
        share = dropped / self._max_bytes
        self._half_life_s = paced(self._half_life_s, now_s - self._last_s, share)
        self._last_s = now_s


class TwoQueues:
    """S3-FIFO by the very class of the memory tier, its entries as large as files."""

    def __init__(self, max_bytes: int) -> None:
        self._memory = Memory(max_bytes)

    def ask(self, name: int, size: int, now_s: float) -> bool:  # noqa: ARG002 - one seam for all
        key = _key(name)
        if self._memory.lookup(key):
            return True
        self._memory.keep(key, _answer(size))
        return False


_DISK: dict[str, Callable[[int], Policy]] = {
    "least recently used, exact": Exact,
    "least recently used, swept": Swept,
    "fading frequency, swept (ours)": Fading,
    "S3-FIFO, exact": TwoQueues,
}
_MEMORY: dict[str, Callable[[int], Policy]] = {
    "least recently used": Exact,
    "S3-FIFO (ours)": TwoQueues,
}


def run(*, quick: bool = False) -> report.Finding:
    scale = _QUICK if quick else _FULL
    asked = list(trace(scale.requests, scale.known))
    footprint = sum(map(size_of, set(asked)))
    disk_bytes, memory_bytes = int(footprint * _DISK_SHARE), int(footprint * _MEMORY_SHARE)
    seen_by_disk = list(_missed(asked, TwoQueues(memory_bytes)))
    figures = Figures(
        requests=len(asked),
        different=len(set(asked)),
        disk_bytes=disk_bytes,
        memory_bytes=memory_bytes,
        disk={name: _measure(make(disk_bytes), asked) for name, make in _DISK.items()},
        disk_behind_memory={
            name: _measure(make(disk_bytes), seen_by_disk) for name, make in _DISK.items()
        },
        memory={name: _measure(make(memory_bytes), asked) for name, make in _MEMORY.items()},
        file_us=_file_costs(scale.files),
    )
    return report.Finding("evictions", tuple(_tables(figures)), figures)


def trace(requests: int, known: int) -> Iterator[int]:
    """Names as numbers, the same each time."""
    chance = random.Random(1)
    weights = list(itertools.accumulate(1 / rank**_ZIPF for rank in range(1, known + 1)))
    ranks = list(range(known))
    chance.shuffle(ranks)
    crawled, once = itertools.count(10**7), itertools.count(10**8)
    crawl = range(int(requests * _CRAWLED_FROM), int(requests * (_CRAWLED_FROM + 0.1)))
    change = int(requests * _CHANGED_FROM)
    for number, place in enumerate(chance.choices(range(known), cum_weights=weights, k=requests)):
        if number == change:
            ranks = ranks[-known // 30 :] + ranks[: -known // 30]
        if number in crawl and number % 3:
            yield next(crawled)
        else:
            yield next(once) if chance.random() < _ONCE_ONLY else ranks[place]


@cache
def size_of(name: int) -> int:
    """Bytes in whole blocks, by the quantiles."""
    place = random.Random(name).random() * (len(_QUANTILES) - 1)
    low = int(place)
    size = _QUANTILES[low] + (_QUANTILES[low + 1] - _QUANTILES[low]) * (place - low)
    return blocks(int(size)) * BLOCK_BYTES


@cache
def _key(name: int) -> CacheKey:
    return CacheKey(digest(str(name)), "0" * 32)


@cache
def _answer(size: int) -> Rendered:
    return Rendered(bytes(size), "image/jpeg", 1, 1, "", 0.0)


def _missed(asked: Sequence[int], faster: Policy) -> Iterator[int]:
    for number, name in enumerate(asked):
        if not faster.ask(name, size_of(name), number / _REQUESTS_PER_S):
            yield name


def _measure(policy: Policy, asked: Sequence[int]) -> Kept:
    hits = hit_bytes = all_bytes = 0
    progress = Progress("evictions", expected=len(asked))
    started_s = time.perf_counter()
    for number, name in enumerate(asked):
        size = size_of(name)
        all_bytes += size
        if policy.ask(name, size, number / _REQUESTS_PER_S):
            hits, hit_bytes = hits + 1, hit_bytes + size
        if number % 10_000 == 0:
            progress.show(number)
    spent_s = time.perf_counter() - started_s
    progress.clear()
    return Kept(hits / len(asked), hit_bytes / all_bytes, spent_s / len(asked) * 1e6)


def _file_costs(count: int) -> dict[str, float]:
    """Microseconds of the real thing on real files: raising one, and a sweep of all by the number that it evicts."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        folder = root / "answers"
        folder.mkdir()
        for number in range(count):
            (folder / str(number)).write_bytes(b"x")
        started_s = time.perf_counter()
        for number in range(0, count, 10):
            _raise(folder / str(number))
        raised_s = time.perf_counter() - started_s
        budget = int(count * BLOCK_BYTES * 0.99)
        started_s = time.thread_time()
        swept = sweep(folder, Ledger(root, budget), budget, Halt())
        swept_s = time.thread_time() - started_s
    dropped = swept.dropped_files if swept else 1
    return {
        "a hit that raises a file": raised_s / len(range(0, count, 10)) * 1e6,
        "a sweep, for each file that it looks at": swept_s / count * 1e6,
        "a sweep, for each file that it makes room for": swept_s / dropped * 1e6,
    }


def _raise(path: Path) -> None:
    worth_s = asked_again(path.stat().st_mtime, time.time(), 3600.0)
    os.utime(path, (worth_s, worth_s))


def _tables(figures: Figures) -> Iterator[report.Table]:
    columns = ("policy", "hits", "hits by bytes", "behind memory", "by bytes", "µs/request")
    rows = tuple(
        (
            name,
            *map(_percent, (kept.by_requests, kept.by_bytes)),
            *map(_percent, (behind.by_requests, behind.by_bytes)),
            report.us(kept.us_per_request),
        )
        for (name, kept), behind in zip(
            figures.disk.items(), figures.disk_behind_memory.values(), strict=True
        )
    )
    notes = (
        f"{figures.requests:,} requests for {figures.different:,} answers, a budget of {report.size(figures.disk_bytes)}",
        f"behind memory: what a memory tier of {report.size(figures.memory_bytes)} leaves over",
        "swept: 5 % are dropped at a time, so that a folder is read seldom; exact ones would need a list that processes share",
        *(f"{name}: {us:.1f} µs" for name, us in figures.file_us.items()),
    )
    yield report.Table("Evictions: disk", columns, rows, notes)
    yield report.Table(
        "Evictions: memory",
        ("policy", "hits", "hits by bytes", "µs/request"),
        tuple(
            (
                name,
                _percent(kept.by_requests),
                _percent(kept.by_bytes),
                report.us(kept.us_per_request),
            )
            for name, kept in figures.memory.items()
        ),
        (f"the same requests, a budget of {report.size(figures.memory_bytes)}",),
    )


def _percent(share: float) -> str:
    return f"{share:.1%}"
