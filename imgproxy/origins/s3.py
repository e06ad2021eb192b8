"""Originals in an S3 bucket; the version of an original is its ETag.

Names are looked for as in a folder: the exact one by a HEAD, the others by one listing of what shares the stem, which
the credentials must allow. Every question is asked of the store; `remembered` stands in front of it for those that
were asked before.

Nothing outside this file hears of botocore, buckets or endpoints; no error names one.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from imgproxy.clients import s3_client
from imgproxy.errors import NotFound, OriginFailed, OriginTimedOut
from imgproxy.origins.names import Asked, asked
from imgproxy.origins.spool import Spool
from imgproxy.values import Located, Original, Source

_T = TypeVar("_T")

_CHUNK_BYTES = 256 * 1024
_ABSENT = {"404", "NoSuchKey", "NotFound"}
_REFUSED = {"401", "403", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch"}


class _Seen(msgspec.Struct, frozen=True):
    """An object as the store showed it."""

    name: str
    version: str
    size_bytes: int
    modified_s: float


class S3Origin:
    """An Origin in `bucket` under `prefix`.

    Every question and every transfer ends within `timeout_s`. Originals are copied into `spool_folder` while they
    are open; those above `max_bytes` are refused. An `endpoint_url` of `None` leaves it to the `AWS_*` variables.
    """

    def __init__(
        self,
        bucket: str,
        prefix: str,
        spool_folder: Path,
        max_bytes: int = 50_000_000,
        timeout_s: float = 10.0,
        endpoint_url: str | None = None,
    ) -> None:
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._spool = Spool(spool_folder, max_bytes)
        self._timeout_s = timeout_s
        self._endpoint_url = endpoint_url
        self._opened = AsyncExitStack()
        self._client: Any = None

    def peek(self, source: Source) -> None:
        """Nothing is remembered. Raises NotFound for an id that no object may answer to."""
        self._names(source)

    async def locate(self, source: Source) -> Located:
        """One or two questions to the store. Raises NotFound, OriginFailed, OriginTimedOut."""
        names = self._names(source)
        async with self._translated(source):
            seen = await self._head(names.exact[0]) or await self._another(names)
        if seen is None:
            raise NotFound(source.public_id)
        return _located(source, seen)

    @asynccontextmanager
    async def open(self, located: Located) -> AsyncIterator[Original]:
        """A copy of the object as it is now, which says of which version it is."""
        async with self._translated(located.source):
            original = await self._copy(located)
        try:
            yield original
        finally:
            self._spool.drop(original)

    def forget(self, source: Source) -> None:
        """Nothing is remembered."""

    def believe(self, located: Located) -> None:
        """Nothing is remembered."""

    async def start(self) -> None:
        """Opens the client without asking the store anything."""
        await self._spool.start()
        self._client = await self._opened.enter_async_context(
            s3_client(self._endpoint_url, connect_timeout_s=2.0, read_timeout_s=self._timeout_s)
        )

    async def close(self) -> None:
        self._client = None
        await self._opened.aclose()

    def _names(self, source: Source) -> Asked:
        names = asked(source.public_id, source.extension)
        if names is None:
            raise NotFound(source.public_id)
        return names

    async def _head(self, name: str) -> _Seen | None:
        try:
            answer = await self._client.head_object(Bucket=self._bucket, Key=self._prefix + name)
        except self._client.exceptions.ClientError as error:
            if _code(error) in _ABSENT:
                return None
            raise
        return _seen(name, answer, answer["ContentLength"])

    async def _another(self, names: Asked) -> _Seen | None:
        """Under one of the other exact names, or with another extension."""
        stems = [f"{f}/{stem}" if f else stem for f in names.folders for stem in names.stems]
        heads = await _all(self._head(name) for name in names.exact[1:])
        if found := next((seen for seen in heads if seen), None):
            return found
        pages = await _all(self._list(f"{stem}.") for stem in stems)
        by_name = {seen.name: seen for page in pages for seen in page}
        alike = (f"{f}/{name}" if f else name for f in names.folders for name in names.alike())
        return next((by_name[name] for name in alike if name in by_name), None)

    async def _list(self, start: str) -> list[_Seen]:
        """The first thousand objects whose name begins so; more extensions than that nobody has."""
        answer = await self._client.list_objects_v2(
            Bucket=self._bucket, Prefix=self._prefix + start, Delimiter="/"
        )
        return [
            _seen(entry["Key"].removeprefix(self._prefix), entry, entry["Size"])
            for entry in answer.get("Contents", ())
        ]

    async def _copy(self, located: Located) -> Original:
        name = self._prefix + located.place
        answer = await self._client.get_object(Bucket=self._bucket, Key=name)
        async with answer["Body"] as body:
            self._spool.check(answer["ContentLength"])
            copy = await self._spool.fill(body.iter_chunks(_CHUNK_BYTES))
        return msgspec.structs.replace(copy, version=answer["ETag"].strip('"'))

    @asynccontextmanager
    async def _translated(self, source: Source) -> AsyncIterator[None]:
        """One deadline around the block, and our errors instead of the library's."""
        try:
            with _foreign_errors(source):
                async with asyncio.timeout(self._timeout_s):
                    yield
        except TimeoutError as error:
            raise OriginTimedOut(self._timeout_s) from error


@contextlib.contextmanager
def _foreign_errors(source: Source) -> Iterator[None]:
    """The table of what the library raises; its timeouts become TimeoutError."""
    from aiohttp import ClientError as ConnectionTrouble
    from botocore.exceptions import (
        BotoCoreError,
        ClientError,
        ConnectTimeoutError,
        ReadTimeoutError,
    )

    try:
        yield
    except ClientError as error:
        raise _meaning(_code(error), source) from error
    except (ConnectTimeoutError, ReadTimeoutError) as error:
        raise TimeoutError from error
    except TimeoutError:
        raise
    except (BotoCoreError, ConnectionTrouble) as error:
        raise OriginFailed("the store cannot be reached") from error
    except OSError as error:
        raise OriginFailed("the original cannot be copied") from error


async def _all(calls: Iterable[Awaitable[_T]]) -> list[_T]:
    """All results of calls made together; the first error when all have ended, so that none is left running."""
    results = await asyncio.gather(*calls, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return [result for result in results if not isinstance(result, BaseException)]


def _meaning(code: str, source: Source) -> NotFound | OriginFailed:
    if code in _ABSENT:
        return NotFound(source.public_id)
    if code in _REFUSED:
        return OriginFailed("the store refuses access")
    return OriginFailed(f"the store answered {code}")


def _code(error: Any) -> str:
    return str(error.response["Error"]["Code"])


def _seen(name: str, answer: dict[str, Any], size_bytes: int) -> _Seen:
    return _Seen(name, answer["ETag"].strip('"'), size_bytes, answer["LastModified"].timestamp())


def _located(source: Source, seen: _Seen) -> Located:
    return Located(source, seen.version, seen.size_bytes, seen.modified_s, seen.name)
