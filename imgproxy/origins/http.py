"""Originals on foreign servers: `Source("fetch", "https://…")`.

    peek     what was seen before; past its time it is still given, and looked at anew in the background
    locate   one GET per URL, whoever asks meanwhile waits for the same; its bytes are kept as a copy
    open     the copy, or another GET where it made room for others

The version of an original is a digest of its bytes: ETags differ between the machines of one server and change with
nothing, and the bytes come anyway.  ETag and Last-Modified only save the way when nothing has changed.  A server that is
in trouble does not take back what was seen; one that says the picture is gone does.
"""

import asyncio
import hashlib
import random
import ssl
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
from aiohttp.abc import AbstractResolver

from imgproxy.errors import ImageError, NotFound, OriginFailed, Overloaded
from imgproxy.metrics import Metrics
from imgproxy.metrics.families import LOOKS
from imgproxy.negatives import Negatives, anew
from imgproxy.origins import STALE_S, freshness
from imgproxy.origins.addresses import is_public
from imgproxy.origins.copies import Copies
from imgproxy.origins.guarded import GuardedClient, Reply, within
from imgproxy.origins.spool import Spool
from imgproxy.remote import AllowedHosts
from imgproxy.values import Located, Original, Source

_MAX_REMEMBERED = 10_000
_MAX_FAILURES = 1_000
_MAX_FETCHES = 256


class _Seen(msgspec.Struct, frozen=True):
    """An original as its server showed it last; `fresh_until` by our own clock."""

    version: str
    size_bytes: int
    modified_s: float
    fresh_s: float
    fresh_until: float
    final_url: str
    validators: dict[str, str]


_Outcome = _Seen | ImageError


class HttpOrigin:
    """An Origin for URLs of `allowed` hosts.

    Every look ends within `timeout_s`, redirects and body included. Originals above `max_bytes` are refused; copies of
    `max_held_bytes` are kept in `spool_folder` for the next form of the same picture.
    """

    def __init__(
        self,
        allowed: AllowedHosts,
        spool_folder: Path,
        max_bytes: int = 50_000_000,
        timeout_s: float = 10.0,
        max_held_bytes: int = 250_000_000,
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
        metrics: Metrics | None = None,
        may_connect: Callable[[str], bool] = is_public,
        resolver: AbstractResolver | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._client = GuardedClient(
            allowed, min(3.0, timeout_s), may_connect, resolver, ssl_context
        )
        self._spool = Spool(spool_folder, max_bytes)
        self._copies = Copies(self._spool, max_held_bytes)
        self._timeout_s = timeout_s
        self._clock = clock
        self._chance = chance
        self._metrics = metrics or Metrics()
        self._known: OrderedDict[str, _Seen] = OrderedDict()
        self._failures: Negatives[str] = Negatives(_MAX_FAILURES, clock)
        self._fetches: dict[tuple[str, bool], asyncio.Task[_Outcome]] = {}
        self._tasks: set[asyncio.Task[_Outcome]] = set()

    def peek(self, source: Source) -> Located | None:
        """What was seen last, `None` when that is nothing or too long ago. Raises NotFound while that is known."""
        seen = self._known.get(source.public_id)
        if seen is None:
            self._failures.check(source.public_id, NotFound)
            return None
        self._known.move_to_end(source.public_id)
        now = self._clock()
        if now - seen.fresh_until > STALE_S:
            return None
        if now >= freshness.early_from(seen.fresh_until, seen.fresh_s) and freshness.is_due(
            now, seen.fresh_until, seen.fresh_s, self._chance
        ):
            self._look_again(source.public_id)
        return _located(source, seen, fresh=now < seen.fresh_until)

    async def locate(self, source: Source) -> Located:
        """Looks anew. Raises NotFound, AccessDenied, LimitExceeded, OriginFailed, OriginTimedOut, Overloaded."""
        self._failures.check(source.public_id)
        return _located(source, await self._fetched(source.public_id, whole=False), fresh=True)

    @asynccontextmanager
    async def open(self, located: Located) -> AsyncIterator[Original]:
        """The newest bytes there are; if they are not those that were located, the next look knows already."""
        url = located.source.public_id
        with self._copies.lent(url) as original:
            if original is not None:
                yield original
                return
        self._failures.check(url)
        await self._fetched(url, whole=True)
        with self._copies.lent(url) as original:
            if original is None:
                raise OriginFailed("its copy had to make room for others")
            yield original

    def forget(self, source: Source) -> None:
        """The copy too; what is under way began too early to be remembered."""
        url = source.public_id
        self._known.pop(url, None)
        self._failures.forget(url)
        self._copies.forget(url)
        for whole in (False, True):
            self._fetches.pop((url, whole), None)

    def believe(self, located: Located) -> None:
        now, url = self._clock(), located.source.public_id
        version, size_bytes, modified_s = located.version, located.size_bytes, located.modified_s
        self._known.setdefault(url, _Seen(version, size_bytes, modified_s, 0.0, now, url, {}))

    async def start(self) -> None:
        """Opens the client without asking anybody."""
        await self._spool.start()
        await self._client.start()

    async def close(self) -> None:
        """Ends what is under way; copies go."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._copies.clear()
        await self._client.close()

    def _look_again(self, url: str) -> None:
        """In the background; not while the last failure is remembered, and not beside too many others."""
        if self._failures.recall(url) is None and len(self._fetches) < _MAX_FETCHES:
            self._task(url, whole=False)

    async def _fetched(self, url: str, *, whole: bool) -> _Seen:
        """What one GET saw; who leaves meanwhile ends his wait alone. Raises ImageError."""
        if (url, whole) not in self._fetches and len(self._fetches) >= _MAX_FETCHES:
            raise Overloaded(f"{_MAX_FETCHES} originals are on their way")
        outcome = await asyncio.shield(self._task(url, whole=whole))
        if isinstance(outcome, ImageError):
            raise anew(outcome)
        return outcome

    def _task(self, url: str, *, whole: bool) -> asyncio.Task[_Outcome]:
        """The one task for that URL; it ends within the deadline, or with this origin."""
        key = url, whole
        if key not in self._fetches:
            task = asyncio.create_task(self._outcome(url, whole=whole))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            self._fetches[key] = task
        return self._fetches[key]

    async def _outcome(self, url: str, *, whole: bool) -> _Outcome:
        """One GET and what is remembered of it; a failure is a value here, as perhaps nobody is waiting any more."""
        found: _Outcome
        try:
            async with within(self._timeout_s):
                found = await self._get(url, None if whole else self._known.get(url))
        except ImageError as error:
            found = anew(error)
        except OSError:
            return OriginFailed("the original cannot be copied")
        finally:
            current = self._fetches.get((url, whole)) is asyncio.current_task()
            if current:
                del self._fetches[url, whole]
        if current:
            self._remember(url, found)
        return found

    async def _get(self, url: str, before: _Seen | None) -> _Seen:
        conditions = before.validators if before else {}
        async with self._client.get(url, conditions, before.final_url if before else "") as reply:
            fresh_s = freshness.fresh_s(reply.fields)
            until = self._clock() + fresh_s
            if before and reply.unchanged:
                return msgspec.structs.replace(before, fresh_s=fresh_s, fresh_until=until)
            version, original = await self._copy(reply)
        known = self._known.get(url)
        modified_s = freshness.modified_s(reply.fields, time.time())
        if known and known.version == version:
            modified_s = known.modified_s
        self._copies.keep(url, original)
        validators = freshness.validators(reply.fields)
        size_bytes = original.size_bytes
        return _Seen(version, size_bytes, modified_s, fresh_s, until, reply.url, validators)

    async def _copy(self, reply: Reply) -> tuple[str, Original]:
        """The bytes as a file, and their digest."""
        state = hashlib.blake2b(digest_size=16)

        async def counted() -> AsyncIterator[bytes]:
            async for chunk in reply.chunks:
                state.update(chunk)
                yield chunk

        length = reply.fields.get("Content-Length", "")
        if length.isdecimal():
            self._spool.check(int(length))
        original = await self._spool.fill(counted())
        return state.hexdigest(), original

    def _remember(self, url: str, found: _Outcome) -> None:
        self._metrics.cells[LOOKS[_result(found, self._known.get(url))]] += 1
        if isinstance(found, ImageError):
            self._failures.remember(url, found)
            if isinstance(found, NotFound):
                self._known.pop(url, None)
                self._copies.forget(url)
            return
        self._failures.forget(url)
        self._known[url] = found
        self._known.move_to_end(url)
        if len(self._known) > _MAX_REMEMBERED:
            self._known.popitem(last=False)


def _result(found: _Outcome, before: _Seen | None) -> str:
    """A value of LOOKS."""
    if isinstance(found, ImageError):
        return "absent" if isinstance(found, NotFound) else "failed"
    return "same" if before and before.version == found.version else "new"


def _located(source: Source, seen: _Seen, *, fresh: bool) -> Located:
    return Located(source, seen.version, seen.size_bytes, seen.modified_s, fresh=fresh)
