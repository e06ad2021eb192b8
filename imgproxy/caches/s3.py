"""The tier in an S3 bucket: slow, large, shared by all nodes; belongs behind a disk tier.

    <prefix>/<key.path>    one packed answer per object

The bucket's own lifecycle rules say how long answers stay. A store that is away, slow or refuses is a miss and a
pause, never an error.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any, TypeVar

from imgproxy.breaker import Breaker
from imgproxy.caches import pack, unpack
from imgproxy.clients import s3_client
from imgproxy.values import IMAGE_EPOCH, CacheKey, Rendered

_T = TypeVar("_T")
_ABSENT = {"NoSuchKey", "404"}


class S3Cache:
    """A Cache in `bucket` under `prefix`; `endpoint_url` of `None` means the usual `AWS_*` variables decide."""

    name = "s3"

    def __init__(
        self,
        bucket: str,
        prefix: str = "",
        endpoint_url: str | None = None,
        timeout_s: float = 5.0,
        pause_s: float = 10.0,
    ) -> None:
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._endpoint_url = endpoint_url
        self._timeout_s = timeout_s
        self._breaker = Breaker("s3 cache", pause_s)
        self._opened = AsyncExitStack()
        self._client: Any = None

    async def get(self, key: CacheKey) -> Rendered | None:
        async def read() -> bytes:
            answer = await self._client.get_object(Bucket=self._bucket, Key=self._name(key))
            async with answer["Body"] as body:
                return bytes(await body.read())

        data = await self._guarded("reading", read)
        return unpack(data) if data else None

    async def put(self, key: CacheKey, rendered: Rendered) -> None:
        async def write() -> None:
            await self._client.put_object(
                Bucket=self._bucket, Key=self._name(key), Body=pack(rendered)
            )

        await self._guarded("writing", write)

    @property
    def held_bytes(self) -> None:
        """Known to the store alone."""

    @property
    def in_trouble(self) -> bool:
        return self._breaker.in_doubt

    async def purge(self, source: str) -> int:
        if not source.isalnum():
            return 0
        return await self._guarded("purging", lambda: self._drop_all(source)) or 0

    async def remove(self, key: CacheKey) -> int:
        async def drop() -> int:
            where = {"Bucket": self._bucket, "Key": self._name(key)}
            await self._client.head_object(**where)  # deleting does not say whether it was there
            await self._client.delete_object(**where)
            return 1

        return await self._guarded("removing", drop) or 0

    async def start(self) -> None:
        """Opens the client without asking the store anything."""
        self._client = await self._opened.enter_async_context(
            s3_client(self._endpoint_url, connect_timeout_s=1.0, read_timeout_s=self._timeout_s)
        )

    async def close(self) -> None:
        self._client = None
        await self._opened.aclose()

    async def _drop_all(self, source: str) -> int:
        dropped = 0
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=f"{self._prefix}{IMAGE_EPOCH}/{source[:2]}/{source}/"
        )
        async for page in pages:
            if names := [{"Key": entry["Key"]} for entry in page.get("Contents", ())]:
                await self._client.delete_objects(
                    Bucket=self._bucket, Delete={"Objects": names, "Quiet": True}
                )
                dropped += len(names)
        return dropped

    async def _guarded(self, doing: str, call: Callable[[], Awaitable[_T]]) -> _T | None:
        from aiohttp import ClientError as ConnectionTrouble
        from botocore.exceptions import BotoCoreError, ClientError

        if self._client is None or not self._breaker.admit():
            return None
        try:
            async with asyncio.timeout(self._timeout_s):
                found = await call()
        except ClientError as error:
            if error.response["Error"]["Code"] in _ABSENT:
                self._breaker.mend()
            else:
                self._breaker.trip(doing, error)
            return None
        except (BotoCoreError, ConnectionTrouble, OSError) as error:
            self._breaker.trip(doing, error)
            return None
        self._breaker.mend()
        return found

    def _name(self, key: CacheKey) -> str:
        return self._prefix + key.path
