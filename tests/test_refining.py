"""Popular answers, better: when it is tried, when it gives way, what replaces what, and who hears of it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from imgproxy.caches.disk import Disk
from imgproxy.caches.memory import Memory
from imgproxy.caches.tiered import Tiered
from imgproxy.delivery import Answer, Delivery
from imgproxy.delivery.popular import MIN_BYTES, Popular
from imgproxy.delivery.refining import QUIET_S
from imgproxy.errors import BadRequest, RendererDied, RenderTimedOut
from imgproxy.flights.files import FileLeases
from imgproxy.grammar import parse
from imgproxy.metrics import Metrics
from imgproxy.metrics.families import REFINED_BYTES_SAVED, REFINEMENTS, REFINING_S, RUNNING
from imgproxy.negotiation import Variant
from imgproxy.origins.memory import InMemory
from imgproxy.purging import OneId
from imgproxy.render.job import RenderReport
from imgproxy.renderers.pool import Finished, Renderers
from imgproxy.replies import Asked
from imgproxy.request import RenderRequest, build
from imgproxy.settings import Limits
from imgproxy.values import CacheKey, Rendered, Source

PROMPT = b"prompt" * 1000
SMALLER = b"patient" * 800
LARGER = b"raised" * 1500


class Desk(Renderers):
    """Renderers without processes: they answer `body`, or raise it, once `paper` is there."""

    def __init__(
        self, body: bytes | Exception, media_type: str = "image/webp", *, raised: bool = False
    ) -> None:
        super().__init__(1, Limits())
        self.facts: dict[str, Any] = {"width": 40, "height": 30, "pages": 1, "raised": raised}
        self.body = body
        self.media_type = media_type
        self.efforts: list[str] = []
        self.paper = asyncio.Event()
        self.paper.set()
        self.at_work = asyncio.Event()
        self.started = self.closed = 0
        self.given_up = False
        self.meanwhile: Callable[[], None] = lambda: None

    async def start(self) -> None:
        self.started += 1

    async def close(self) -> None:
        self.closed += 1

    async def render(self, job, told=None, source="", begun=None):
        self.efforts.append(job.effort)
        self.at_work.set()
        try:
            await self.paper.wait()
        except asyncio.CancelledError:
            self.given_up = True
            raise
        self.meanwhile()
        if isinstance(self.body, Exception):
            raise self.body
        facts = self.facts | {"render_ms": 500, "encode_ms": 1500}
        return Finished(RenderReport(self.body, self.media_type, **facts), 0)


class Worker:
    """One server process's half; its clock stands still until `rest`."""

    def __init__(self, folder: Path, spare: Desk, memory_bytes: int = 10**7) -> None:
        self.now = 100.0
        self.files = {"villa.jpg": b"a villa", "garden.jpg": b"a garden"}
        self.prompt, self.spare = Desk(PROMPT), spare
        self.disk = Disk(folder / "cache", 10**8)
        self.delivery = Delivery(
            InMemory(self.files),
            Memory(memory_bytes),
            Tiered([self.disk]),
            FileLeases(folder / "leases"),
            self.prompt,
            Limits(),
            clock=lambda: self.now,
            spare=lambda: spare,
        )

    async def rest(self) -> None:
        """All is stored, and nothing was asked for a while."""
        while len(self.delivery._flights):
            await asyncio.sleep(0.001)
        self.now += QUIET_S

    async def get(self, name: str = "villa", times: int = 1) -> Answer:
        for _ in range(times - 1):
            await self.delivery.get(request(name))
        return await self.delivery.get(request(name))

    async def look(self) -> str | None:
        return await self.delivery.refining.look()

    def counted(self) -> dict[str, float]:
        cells = self.delivery.metrics.cells
        return {name: cells[cell] for name, cell in REFINEMENTS.items() if cells[cell]}


def request(name: str = "villa") -> RenderRequest:
    return build(Source("upload", name, "webp"), parse("c_fill,h_30,w_40"), Variant())


@asynccontextmanager
async def started(*workers: Worker) -> AsyncIterator[None]:
    for worker in workers:
        await worker.delivery.start()
    try:
        yield
    finally:
        for worker in workers:
            await worker.delivery.close()


async def test_what_was_asked_for_three_times_again_becomes_smaller(tmp_path):
    worker = Worker(tmp_path, Desk(SMALLER))
    async with started(worker):
        old = await worker.get(times=4)
        await worker.rest()
        assert await worker.look() == "done"
        new = await worker.get()
        stored = await worker.disk.get(request().key(new.located))
    assert (old.rendered.body, new.rendered.body) == (PROMPT, SMALLER)
    assert new.how == "hit"
    assert stored == new.rendered
    assert worker.spare.efforts == ["patient"]
    assert worker.prompt.efforts == ["prompt"]


async def test_the_new_bytes_have_a_tag_of_their_own_and_the_same_date(tmp_path):
    worker, asked = Worker(tmp_path, Desk(SMALLER)), Asked(request())
    async with started(worker):
        old = await worker.get(times=4)
        tag = dict(asked.reply(old, b"", b"")[1])[b"etag"]
        assert asked.reply(old, tag, b"")[0] == 304
        await worker.rest()
        await worker.look()
        new = await worker.get()
    status, fields, body = asked.reply(new, tag, b"")
    assert (status, body) == (200, SMALLER)
    assert dict(fields)[b"etag"] != tag
    assert new.rendered.modified_s == old.rendered.modified_s


async def test_it_is_counted_with_the_bytes_and_the_time(tmp_path):
    worker = Worker(tmp_path, Desk(SMALLER))
    async with started(worker):
        await worker.get(times=4)
        await worker.rest()
        await worker.look()
        cells = worker.delivery.metrics.cells
        assert worker.counted() == {"done": 1}
        assert cells[REFINED_BYTES_SAVED["webp"]] == len(PROMPT) - len(SMALLER)
        assert cells[REFINING_S[""]] == 2.0


@pytest.mark.parametrize(
    ("body", "media_type", "saved_bytes"),
    [
        pytest.param(LARGER, "image/webp", 0, id="larger"),
        pytest.param(PROMPT[:-20], "image/webp", 20, id="hardly smaller"),
        pytest.param(SMALLER, "image/webp", len(PROMPT) - len(SMALLER), id="smaller"),
        pytest.param(LARGER, "image/jpeg", 0, id="the original itself"),
    ],
)
async def test_what_was_raised_takes_the_place_whatever_its_bytes(
    tmp_path, body, media_type, saved_bytes
):
    worker = Worker(tmp_path, Desk(body, media_type, raised=True))
    async with started(worker):
        old = await worker.get(times=4)
        await worker.rest()
        assert await worker.look() == "raised"
        new = await worker.get(times=4)
        assert await worker.look() is None
        stored = await worker.disk.get(request().key(new.located))
        cells = worker.delivery.metrics.cells
        assert sum(cells[cell] for cell in REFINED_BYTES_SAVED.values()) == saved_bytes
    assert (new.rendered.body, new.rendered.media_type) == (body, media_type)
    assert new.rendered.etag != old.rendered.etag
    assert stored == new.rendered
    assert worker.counted() == {"raised": 1}


async def test_what_was_raised_elsewhere_is_adopted(tmp_path):
    one, two = Worker(tmp_path, Desk(LARGER, raised=True)), Worker(tmp_path, Desk(SMALLER))
    async with started(one, two):
        for worker in (one, two):
            await worker.get(times=4)
            await worker.rest()
        assert [await one.look(), await two.look()] == ["raised", "adopted"]
        assert (await two.get()).rendered.body == LARGER
    assert two.spare.efforts == []


async def test_raising_to_what_is_there_is_no_change(tmp_path):
    worker = Worker(tmp_path, Desk(PROMPT, raised=True))
    async with started(worker):
        old = await worker.get(times=4)
        await worker.rest()
        assert await worker.look() == "kept"
        assert (await worker.get()).rendered.etag == old.rendered.etag


async def test_another_size_is_never_taken(tmp_path):
    worker = Worker(tmp_path, Desk(LARGER, raised=True))
    worker.spare.facts["width"] = 41
    async with started(worker):
        await worker.get(times=4)
        await worker.rest()
        assert await worker.look() == "kept"


async def test_what_was_asked_for_less_is_left_alone(tmp_path):
    worker = Worker(tmp_path, Desk(SMALLER))
    async with started(worker):
        await worker.get(times=3)
        await worker.rest()
        assert await worker.look() is None
    assert worker.spare.started == 0


async def test_looking_is_no_asking(tmp_path):
    worker = Worker(tmp_path, Desk(SMALLER))
    async with started(worker):
        await worker.get(times=3)
        await worker.rest()
        assert [await worker.look() for _ in range(4)] == [None] * 4


async def test_nothing_begins_shortly_after_a_render(tmp_path):
    worker = Worker(tmp_path, Desk(SMALLER))
    async with started(worker):
        await worker.get(times=4)
        await worker.rest()
        worker.now -= QUIET_S * 0.1
        assert await worker.look() is None
        worker.now += QUIET_S * 0.1
        assert await worker.look() == "done"


async def test_nothing_begins_while_another_worker_of_the_node_renders(tmp_path):
    worker = Worker(tmp_path, Desk(SMALLER))
    other = Metrics(tmp_path / "metrics")
    worker.delivery.metrics._folder = tmp_path / "metrics"
    async with started(worker):
        await worker.get(times=4)
        await worker.rest()
        other.open()
        other.cells[RUNNING[""]] += 1
        assert await worker.look() is None
        other.cells[RUNNING[""]] -= 1
        assert await worker.look() == "done"
        other.close()


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        pytest.param(PROMPT[: int(len(PROMPT) * 0.98)], "image/webp", id="hardly smaller"),
        pytest.param(PROMPT + b"more", "image/webp", id="larger"),
        pytest.param(SMALLER, "image/jpeg", id="another format"),
    ],
)
async def test_what_is_no_better_changes_nothing_and_is_tried_once(tmp_path, body, media_type):
    worker = Worker(tmp_path, Desk(body, media_type))
    async with started(worker):
        old = await worker.get(times=4)
        await worker.rest()
        assert await worker.look() == "kept"
        new = await worker.get(times=4)
        assert await worker.look() is None
        assert (new.rendered.body, new.rendered.etag) == (PROMPT, old.rendered.etag)
    again = Worker(tmp_path, Desk(SMALLER))
    async with started(again):
        await again.get(times=4)
        await again.rest()
        assert await again.look() is None
    assert again.spare.efforts == []


async def test_after_a_restart_the_smaller_bytes_are_there_and_stay(tmp_path):
    first, second = Worker(tmp_path, Desk(SMALLER)), Worker(tmp_path, Desk(b"x" * 3000))
    async with started(first):
        await first.get(times=4)
        await first.rest()
        await first.look()
    async with started(second):
        answer = await second.get(times=4)
        await second.rest()
        assert await second.look() is None
    assert answer.rendered.body == SMALLER


async def test_a_request_that_has_to_wait_ends_it_at_once(tmp_path):
    worker = Worker(tmp_path, Desk(SMALLER))
    worker.spare.paper.clear()
    async with started(worker):
        await worker.get(times=4)
        await worker.rest()
        looking = asyncio.create_task(worker.look())
        await worker.spare.at_work.wait()
        given_up_before_the_render: list[bool] = []
        worker.prompt.meanwhile = lambda: given_up_before_the_render.append(worker.spare.given_up)
        other = await worker.get("garden")
        assert await looking == "abandoned"
        assert other.how == "miss"
        assert given_up_before_the_render == [True]
        assert worker.spare.closed == 1
        assert (await worker.get()).rendered.body == PROMPT
        worker.spare.paper.set()
        await worker.rest()
        assert await worker.look() == "done"
    assert worker.counted() == {"abandoned": 1, "done": 1}


async def test_a_hit_does_not_end_it(tmp_path):
    worker = Worker(tmp_path, Desk(SMALLER))
    worker.spare.paper.clear()
    async with started(worker):
        await worker.get(times=4)
        await worker.rest()
        looking = asyncio.create_task(worker.look())
        await worker.spare.at_work.wait()
        await worker.get(times=10)
        worker.spare.paper.set()
        assert await looking == "done"


@pytest.mark.parametrize("trouble", [RendererDied(), RenderTimedOut(120.0)])
async def test_where_the_machine_has_no_time_it_is_tried_three_times(tmp_path, trouble):
    worker = Worker(tmp_path, Desk(trouble))
    async with started(worker):
        await worker.get(times=4)
        await worker.rest()
        assert [await worker.look() for _ in range(4)] == ["abandoned"] * 3 + [None]


async def test_an_error_of_the_request_is_counted_and_ends_the_tries(tmp_path):
    worker = Worker(tmp_path, Desk(BadRequest("no")))
    async with started(worker):
        await worker.get(times=4)
        await worker.rest()
        assert [await worker.look() for _ in range(2)] == ["failed", None]
        assert (await worker.get()).rendered.body == PROMPT


async def test_what_is_purged_meanwhile_is_not_stored(tmp_path):
    worker = Worker(tmp_path, Desk(SMALLER))
    worker.spare.paper.clear()
    async with started(worker):
        located = (await worker.get(times=4)).located
        await worker.rest()
        looking = asyncio.create_task(worker.look())
        await worker.spare.at_work.wait()
        await worker.delivery.purge(OneId("upload", "villa"))
        worker.spare.paper.set()
        assert await looking == "void"
        assert await worker.disk.get(request().key(located)) is None
        assert (await worker.get()).rendered.body == PROMPT


async def test_what_is_removed_meanwhile_is_not_stored(tmp_path):
    worker = Worker(tmp_path, Desk(SMALLER))
    worker.spare.paper.clear()
    async with started(worker):
        located = (await worker.get(times=4)).located
        await worker.rest()
        looking = asyncio.create_task(worker.look())
        await worker.spare.at_work.wait()
        await worker.delivery.remove(request())
        worker.spare.paper.set()
        assert await looking == "void"
        assert await worker.disk.get(request().key(located)) is None


@pytest.mark.parametrize("when", ["before", "meanwhile"])
async def test_an_original_that_changes_voids_it(tmp_path, when):
    worker = Worker(tmp_path, Desk(SMALLER))
    change = {"villa.jpg": b"a new villa"}
    async with started(worker):
        await worker.get(times=4)
        await worker.rest()
        if when == "before":
            worker.files.update(change)
        else:
            worker.spare.meanwhile = lambda: worker.files.update(change)
        assert await worker.look() == "void"
        assert (await worker.get()).rendered.body == PROMPT
    assert len(worker.spare.efforts) == (when == "meanwhile")


async def test_two_workers_make_it_once_and_both_give_it(tmp_path):
    one, two = Worker(tmp_path, Desk(SMALLER)), Worker(tmp_path, Desk(SMALLER))
    async with started(one, two):
        for worker in (one, two):
            await worker.get(times=5)
            await worker.rest()
        results = await asyncio.gather(one.look(), two.look())
        bodies = [(await worker.get()).rendered.body for worker in (one, two)]
    assert set(results) == {"adopted", "done"}
    assert bodies == [SMALLER, SMALLER]
    assert len(one.spare.efforts + two.spare.efforts) == 1


async def test_what_another_worker_is_at_is_left_to_it(tmp_path):
    worker = Worker(tmp_path, Desk(SMALLER))
    worker.delivery.refining._leases = FileLeases(tmp_path / "leases", max_wait_s=0.05)
    async with started(worker):
        located = (await worker.get(times=4)).located
        await worker.rest()
        other = FileLeases(tmp_path / "leases")
        async with other.hold(f"refine {request().key(located).path}"):
            assert await worker.look() == "abandoned"
        assert worker.spare.efforts == []
        assert await worker.look() == "done"


async def test_the_largest_come_first_and_each_has_its_turn(tmp_path):
    worker = Worker(tmp_path, Desk(SMALLER))
    async with started(worker):
        for name in ("villa", "garden"):
            await worker.get(name, times=4)
        await worker.rest()
        assert [await worker.look() for _ in range(3)] == ["done", "done", None]


async def test_closing_ends_what_is_under_way(tmp_path):
    worker = Worker(tmp_path, Desk(SMALLER))
    worker.spare.paper.clear()
    async with started(worker):
        await worker.get(times=4)
        await worker.rest()
        looking = asyncio.create_task(worker.look())
        await worker.spare.at_work.wait()
        looking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await looking
    assert worker.spare.closed == 1


async def test_without_memory_nothing_is_popular(tmp_path):
    worker = Worker(tmp_path, Desk(SMALLER), memory_bytes=0)
    async with started(worker):
        await worker.get(times=8)
        await worker.rest()
        assert await worker.look() is None


@pytest.mark.parametrize(
    ("rendered", "noted"),
    [
        pytest.param({}, True, id="a picture"),
        pytest.param({"media_type": "image/gif"}, False, id="a format without patience"),
        pytest.param({"pages": 3}, False, id="an animation"),
        pytest.param({"body": b"x" * (MIN_BYTES - 1)}, False, id="a tiny one"),
        pytest.param({"width": 6000, "height": 4000}, False, id="a huge one"),
        pytest.param({"refined": True}, False, id="one that had its turn"),
    ],
)
def test_what_may_become_better(rendered, noted):
    plain = {"media_type": "image/avif", "width": 800, "height": 600, "body": PROMPT}
    popular = Popular(10)
    answer = Rendered(**{"etag": "e", "modified_s": 0.0, **plain, **rendered})
    popular.note(CacheKey("a", "b"), request(), answer)
    assert len(popular) == noted


def test_the_table_of_requests_is_bounded():
    popular = Popular(3)
    answer = Rendered(PROMPT, "image/webp", 40, 30, "e", 0.0)
    for number in range(10):
        popular.note(CacheKey("a", str(number)), request(), answer)
    assert len(popular) == 3
