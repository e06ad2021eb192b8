"""A derivative is made: originals as local files, one render in a process of its own, the bytes with their checksum.

The originals are at hand before a render slot is taken, so a slow origin holds none.  Nothing is stored here.
"""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from time import perf_counter
from typing import Literal

import msgspec

from imgproxy import asset
from imgproxy.asset import AssetData
from imgproxy.delivery.answers import Answer, Timing
from imgproxy.errors import RendererDied
from imgproxy.masters import Masters
from imgproxy.metrics import Metrics
from imgproxy.metrics.families import STAGES
from imgproxy.origins import Origin
from imgproxy.render.job import LayerFile, RenderJob, RenderReport
from imgproxy.renderers.pool import Finished, Renderers
from imgproxy.request import RenderRequest
from imgproxy.settings import Limits
from imgproxy.values import CacheKey, Located, Rendered, Source, etag_of

_STAGES = tuple(STAGES[name] for name in ("queue", "fetch", "render", "encode"))


class Making:
    """Knows where originals are and who renders."""

    def __init__(
        self,
        origin: Origin,
        renderers: Renderers,
        masters: Masters,
        limits: Limits,
        metrics: Metrics,
        effort: Literal["prompt", "patient"] = "prompt",
    ) -> None:
        self._effort = effort
        self._origin = origin
        self._renderers = renderers
        self._masters = masters
        self._limits = limits
        self._metrics = metrics

    async def make(
        self, request: RenderRequest, originals: tuple[Located, ...], key: CacheKey
    ) -> Answer:
        """A `miss`, or `raised`; `originals` are the picture's own and those of its layers. Raises ImageError and its children."""
        started = perf_counter()
        async with AsyncExitStack() as opened:
            paths = {
                located.source: (await opened.enter_async_context(self._origin.open(located))).path
                for located in originals
                if not asset.is_absent(located)
            }
            data = await _asset(request, paths)
            fetched_ms = (perf_counter() - started) * 1000
            job = self._job(request, paths, data)
            finished = await self._render(job, key, originals[0].version)
        report = finished.report
        timing = Timing(finished.queue_ms, fetched_ms, report.render_ms, report.encode_ms)
        for stage, took_ms in zip(_STAGES, timing, strict=True):
            self._metrics.observe(stage, took_ms / 1000)
        how = "raised" if report.raised else "miss"
        return Answer(_rendered(report, originals[0]), originals[0], how, timing)

    async def _render(self, job: RenderJob, key: CacheKey, version: str) -> Finished:
        """Out of a master where there is one; the time that it waited for that is of the queue's."""
        started = perf_counter()
        async with self._masters.visit(key.source, version, key.purged) as visit:
            waited_ms = (perf_counter() - started) * 1000
            if not visit.path and visit.keep == "never":
                return await self._renderers.render(job, source=key.source)
            job = msgspec.structs.replace(job, master=visit.path)

            def begun() -> RenderJob:
                return msgspec.structs.replace(job, keep=visit.keep)

            try:
                report, queue_ms = await self._renderers.render(job, visit.told, key.source, begun)
            except RendererDied:
                await self._masters.drop(visit)
                raise
        return Finished(report, waited_ms + queue_ms)

    def _job(self, request: RenderRequest, paths: dict[Source, str], data: AssetData) -> RenderJob:
        return RenderJob(
            path=paths[request.source],
            transformation=request.canonical,
            formats=request.variant.formats,
            negotiated=request.output.format == "auto",
            extension=request.source.extension,
            layers=tuple(
                LayerFile(source, paths[source])
                for source in request.needs
                if not asset.is_sidecar(source)
            ),
            asset=data,
            effort=self._effort,
            limits=self._limits,
        )


async def _asset(request: RenderRequest, paths: dict[Source, str]) -> AssetData:
    """What is stored about the original, if the request asks for it. Raises OriginFailed."""
    for source in request.needs:
        if asset.is_sidecar(source) and source in paths:
            return asset.read(await asyncio.to_thread(Path(paths[source]).read_bytes))
    return asset.NOTHING


def _rendered(report: RenderReport, located: Located) -> Rendered:
    return Rendered(
        body=report.body,
        media_type=report.media_type,
        width=report.width,
        height=report.height,
        etag=etag_of(report.body),
        modified_s=located.modified_s,
        pages=report.pages,
    )
