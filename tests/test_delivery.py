"""From a request value to an answer: hit, miss, one flight per key, failures, several workers, a restart."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
import pyvips

from imgproxy.caches.disk import Disk
from imgproxy.caches.memory import Memory
from imgproxy.caches.tiered import Tiered
from imgproxy.delivery import Answer, Delivery
from imgproxy.errors import NotAnImage, NotFound, RenderTimedOut
from imgproxy.flights.files import FileLeases
from imgproxy.grammar import parse
from imgproxy.negatives import NEGATIVE_S
from imgproxy.negotiation import Variant
from imgproxy.origins import Origin
from imgproxy.origins.memory import InMemory
from imgproxy.renderers.pool import Renderers
from imgproxy.request import RenderRequest, build
from imgproxy.settings import Limits
from imgproxy.values import Source


class CountedRenderers(Renderers):
    """The real pool, counting what it is asked."""

    asked = 0

    async def render(self, *job, **more):
        self.asked += 1
        return await super().render(*job, **more)


class Worker:
    """One server process's half, with its own memory over a shared folder."""

    def __init__(
        self,
        folder: Path,
        files: dict[str, bytes],
        origin: Origin | None = None,
        **limits: float,
    ) -> None:
        self.now = 0.0
        limits_ = msgspec.structs.replace(Limits(), **limits)
        self.renderers = CountedRenderers(1, limits_)
        self.disk = Disk(folder / "cache", 10**8)
        self.delivery = Delivery(
            origin or InMemory(files),
            Memory(10**7),
            Tiered([self.disk]),
            FileLeases(folder / "leases"),
            self.renderers,
            limits_,
            clock=lambda: self.now,
        )

    async def get(self, transformation: str = "c_fill,h_30,w_40", name: str = "villa") -> Answer:
        return await self.delivery.get(request(transformation, name))


def request(transformation: str = "c_fill,h_30,w_40", name: str = "villa") -> RenderRequest:
    return build(Source("upload", name, "jpg"), parse(transformation), Variant())


def picture(colour: int) -> bytes:
    image = pyvips.Image.black(120, 90).bandjoin([90, 80]).linear(1, [colour, 0, 0])
    data: bytes = image.cast("uchar").copy(interpretation="srgb").jpegsave_buffer()
    return data


@asynccontextmanager
async def started(*workers: Worker) -> AsyncIterator[None]:
    await asyncio.gather(*(worker.delivery.start() for worker in workers))
    try:
        yield
    finally:
        await asyncio.gather(*(worker.delivery.close() for worker in workers))


@pytest.fixture
def files() -> dict[str, bytes]:
    return {"villa.jpg": picture(200), "text.jpg": b"no picture"}


async def test_the_first_request_renders_and_the_second_comes_from_memory(tmp_path, files):
    worker = Worker(tmp_path, files)
    async with started(worker):
        first = await worker.get()
        second = worker.delivery.peek(request())
    assert (first.how, first.rendered.width, first.rendered.height) == ("miss", 40, 30)
    assert first.timing is not None
    assert second is not None
    assert (second.how, second.rendered) == ("hit", first.rendered)


async def test_fifty_requests_at_once_over_two_workers_render_once(tmp_path, files):
    workers = Worker(tmp_path, files), Worker(tmp_path, files)
    async with started(*workers):
        answers = await asyncio.gather(*(worker.get() for worker in workers for _ in range(25)))
    assert len({answer.rendered.etag for answer in answers}) == 1
    assert sum(worker.renderers.asked for worker in workers) == 1
    assert [answer.how for answer in answers].count("miss") == 1


async def test_other_spellings_of_one_meaning_share_a_derivative(tmp_path, files):
    worker = Worker(tmp_path, files)
    async with started(worker):
        await worker.get("w_40,h_30,c_fill")
        again = await worker.get("c_fill,g_center,h_30%2Cw_40")
    assert again.how == "hit"
    assert worker.renderers.asked == 1


async def test_a_restart_keeps_the_disk(tmp_path, files):
    before, after = Worker(tmp_path, files), Worker(tmp_path, files)
    async with started(before):
        first = await before.get()
    async with started(after):
        second = await after.get()
    assert (second.how, second.rendered) == ("hit", first.rendered)
    assert after.renderers.asked == 0


async def test_a_changed_original_gives_new_pixels_at_once(tmp_path, files):
    worker = Worker(tmp_path, files)
    async with started(worker):
        old = await worker.get()
        files["villa.jpg"] = picture(20)
        new = await worker.get()
    assert new.how == "miss"
    assert new.rendered.etag != old.rendered.etag


async def test_an_absent_original_is_told_without_a_render(tmp_path, files):
    worker = Worker(tmp_path, files)
    async with started(worker):
        with pytest.raises(NotFound, match="nowhere"):
            await worker.get(name="nowhere")
        with pytest.raises(NotFound):
            worker.delivery.peek(request(name="nowhere"))
        files["nowhere.jpg"] = files["villa.jpg"]
        assert (await worker.get(name="nowhere")).how == "miss", "added later, found at once"


async def test_a_failure_is_remembered_for_a_short_while(tmp_path, files):
    worker = Worker(tmp_path, files)
    async with started(worker):
        for _ in range(3):
            with pytest.raises(NotAnImage):
                await worker.get(name="text")
        assert worker.renderers.asked == 1
        worker.now = NEGATIVE_S + 1
        with pytest.raises(NotAnImage):
            await worker.get(name="text")
    assert worker.renderers.asked == 2


async def test_followers_of_a_failed_flight_get_its_error(tmp_path, files):
    worker = Worker(tmp_path, files, render_timeout_s=0.2)
    async with started(worker):
        outcomes = await asyncio.gather(
            *(worker.get("c_scale,w_4500/e_blur:2000/q_99") for _ in range(5)),
            return_exceptions=True,
        )
    assert {type(outcome) for outcome in outcomes} == {RenderTimedOut}
    assert worker.renderers.asked == 1


async def test_when_the_last_waiter_leaves_the_work_ends(tmp_path, files):
    worker = Worker(tmp_path, files)
    async with started(worker):
        slow = asyncio.create_task(worker.get("c_scale,w_4500/q_99,f_png"))
        while not worker.renderers.busy_pids:
            await asyncio.sleep(0.005)
        slow.cancel()
        with pytest.raises(asyncio.CancelledError):
            await slow
        assert (await worker.get()).how == "miss"
