"""More is asked than can be made: hits go on, the rest is refused honestly, and nobody works for those who left."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from imgproxy.errors import Overloaded
from imgproxy.origins.memory import InMemory
from tests.test_delivery import Worker, picture, request, started
from tests.test_one_flight import asked_at_once, counted, folder, told  # noqa: F401 - a fixture
from tests.test_start import serving

ENDLESS = "c_scale,w_4500/f_avif,q_99"
"""More seconds of work than a test has; `e_contrast` makes as many of them as are wanted."""


@pytest.fixture(scope="module")
def base(folder):
    variables = {"WORKERS": "1", "DARKROOM_RENDERERS": "1", "DARKROOM_MAX_QUEUE": "8"}
    patient = {"DARKROOM_QUEUE_TIMEOUT_S": "30", "DARKROOM_RENDER_TIMEOUT_S": "30"}
    with serving(folder, **variables, **patient) as (address, _):
        yield address


def endless(number: int) -> str:
    return f"/demo/image/upload/{ENDLESS}/e_contrast:{number}/villa.avif"


async def one(base: str, path: str):
    (task,) = await asked_at_once(base, path, 1)
    return await task


async def until_counted(base: str, name: str, least: int) -> None:
    async with asyncio.timeout(30):
        while (await asyncio.to_thread(counted, base))[name] < least:
            await asyncio.sleep(0.05)


async def test_who_left_is_worked_for_no_more(base):
    before = counted(base)
    for number in range(4):
        tasks = await asked_at_once(base, endless(number), 3)
        await asyncio.sleep(0.1)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    await until_counted(base, "abandoned", before["abandoned"] + 12)
    answer = await one(base, "/demo/image/upload/c_fill,h_31,w_41/villa.jpg")
    assert answer.status == 200
    found = counted(base) - before
    assert found["done"] == 1, "not one of the four was made for nobody"
    assert 1 <= found["killed"] <= 4


async def test_a_full_queue_refuses_misses_and_no_hit(base):
    hit = "/demo/image/upload/c_fill,h_32,w_42/villa.jpg"
    assert (await one(base, hit)).status == 200
    waiting = [(await asked_at_once(base, endless(number), 1))[0] for number in range(12)]
    await until_counted(base, "5xx", 6)
    refused = [task.result() for task in waiting if task.done()]
    assert {answer.status for answer in refused if answer} == {503}
    assert (await one(base, hit)).status == 200
    assert (await one(base, endless(99))).status == 503
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert counted(base)["crowded"] >= 6, "half of the queue is the most that one original may fill"


async def test_a_refusal_says_when_to_come_back(base):
    before = counted(base)["5xx"]
    waiting = [(await asked_at_once(base, endless(number), 1))[0] for number in range(20, 26)]
    await until_counted(base, "5xx", before + 1)
    reader, writer = await asyncio.open_connection(*base.removeprefix("http://").split(":"))
    writer.write(f"GET {endless(98)} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n".encode())
    head = (await reader.read()).partition(b"\r\n\r\n")[0].lower()
    writer.close()
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert head.startswith(b"http/1.1 503")
    assert b"\r\nretry-after: 2" in head
    assert b"\r\ncache-control: no-store" in head


class Slow(InMemory):
    """Its `slow…` originals do not arrive before they may."""

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(files)
        self.may_arrive = asyncio.Event()
        self.under_way = 0

    @asynccontextmanager
    async def open(self, located):
        if located.source.public_id.startswith("slow"):
            self.under_way += 1
            await self.may_arrive.wait()
        async with super().open(located) as original:
            yield original


async def test_a_slow_origin_holds_no_process(tmp_path):
    origin = Slow({"villa.jpg": picture(200)} | {f"slow{n}.jpg": picture(n) for n in range(20)})
    worker = Worker(tmp_path, {}, origin=origin, max_queue=4)
    async with started(worker):
        slow = [asyncio.create_task(worker.get(name=f"slow{number}")) for number in range(20)]
        while origin.under_way < 20:
            await asyncio.sleep(0.01)
        assert worker.renderers.idle == 1
        assert (await worker.get()).how == "miss"
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)


async def test_a_hostile_original_does_not_keep_others_waiting(tmp_path):
    files = {"villa.jpg": picture(200), "hostile.jpg": picture(20)}
    worker = Worker(tmp_path, files)
    order: list[str] = []

    async def ask(name: str, width: int) -> None:
        await worker.get(f"c_scale,w_{width}", name)
        order.append(name)

    async with started(worker):
        crowd = [asyncio.create_task(ask("hostile", 900 + number)) for number in range(12)]
        while worker.renderers.waiting < 11:
            await asyncio.sleep(0.001)
        await ask("villa", 50)
        await asyncio.gather(*crowd)
    assert order.index("villa") <= 2, "after what was at work, and at most one more turn"


async def test_misses_under_way_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr("imgproxy.delivery.delivery._MAX_FETCHING", -5)
    origin = Slow({"villa.jpg": picture(200)} | {f"slow{n}.jpg": picture(n) for n in range(20)})
    async with started(before := Worker(tmp_path, {}, origin=origin)):
        await before.get()
    worker = Worker(tmp_path, {}, origin=origin, max_queue=10)
    async with started(worker):
        slow = [asyncio.create_task(worker.get(name=f"slow{number}")) for number in range(5)]
        while origin.under_way < 5:
            await asyncio.sleep(0.01)
        with pytest.raises(Overloaded):
            await worker.get(name="slow6")
        assert (await worker.get()).how == "hit", "from the disk: only misses are refused"
        joined = asyncio.create_task(worker.get(name="slow0"))
        await asyncio.sleep(0)
        origin.may_arrive.set()
        outcomes = await asyncio.gather(*slow, joined, return_exceptions=True)
    assert {getattr(each, "how", each) for each in outcomes} == {"miss", "joined"}


async def test_a_request_that_is_refused_is_not_remembered_as_a_failure(tmp_path):
    worker = Worker(tmp_path, {"villa.jpg": picture(200)}, queue_timeout_s=0.2)
    async with started(worker):
        busy = asyncio.create_task(worker.get(ENDLESS))
        while not worker.renderers.busy_pids:
            await asyncio.sleep(0.005)
        with pytest.raises(Overloaded):
            await worker.get()
        busy.cancel()
        await asyncio.gather(busy, return_exceptions=True)
        while not worker.renderers.idle:
            await asyncio.sleep(0.01)
        assert (await worker.delivery.get(request())).how == "miss"
