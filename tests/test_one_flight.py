"""One render per answer, however many ask, wherever they ask, and whoever dies meanwhile.  On real servers and sockets."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx
import psutil
import pytest
import pyvips
from prometheus_client.parser import text_string_to_metric_families

from imgproxy.caches.redis import RedisCache
from imgproxy.caches.tiered import Tiered
from imgproxy.errors import OriginFailed, Overloaded, RenderTimedOut
from imgproxy.flights.redis import RedisLeases
from imgproxy.origins.memory import InMemory
from tests.test_delivery import Worker, picture, request, started
from tests.test_start import serving

SLOW = "c_scale,w_1500/f_avif,q_95"
"""More than a second of work in one call into an encoder."""

ENDLESS = "c_scale,w_4500/e_blur:2000/q_99"

CHILD = "imgproxy.renderers.child"
_START_S = 10.0
"""More CPU time than a render process can use before it has work."""


class Told(NamedTuple):
    status: int
    body: bytes


# --- many at once ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("flight")
    (path / "originals").mkdir()
    noise = pyvips.Image.gaussnoise(640, 480, mean=128, sigma=40).cast("uchar")
    image = noise.bandjoin([noise.fliphor(), noise.flipver()]).copy(interpretation="srgb")
    image.jpegsave(path / "originals" / "villa.jpg")
    return path


@pytest.fixture(scope="module")
def service(folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    variables = {"DARKROOM_RENDERERS": "1", "DARKROOM_RENDER_TIMEOUT_S": "40"}
    with serving(folder, **variables) as (base, process):
        yield base, psutil.Process(process.pid)


async def told(base: str, path: str, ready: asyncio.Barrier) -> Told | None:
    """The answer on a connection that was opened before anybody asked; `None` when it was cut."""
    address = urlsplit(base)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    try:
        await ready.wait()
        writer.write(f"GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n".encode())
        async with asyncio.timeout(60):
            head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        return Told(int(head.split()[1]), body) if head else None
    except ConnectionError:
        return None
    finally:
        writer.close()


async def asked_at_once(base: str, path: str, count: int) -> list["asyncio.Task[Told | None]"]:
    """Everybody is connected, then everybody asks."""
    ready = asyncio.Barrier(count + 1)
    tasks = [asyncio.create_task(told(base, path, ready)) for _ in range(count)]
    async with asyncio.timeout(30):
        await ready.wait()
    return tasks


def counted(base: str) -> Counter[str]:
    """What the service has counted of renders and requests so far."""
    found: Counter[str] = Counter()
    for family in text_string_to_metric_families(httpx.get(f"{base}/metrics", timeout=20).text):
        for sample in family.samples:
            if sample.name in {"darkroom_renders_total", "darkroom_requests_total"}:
                found[next(iter(sample.labels.values()))] = int(sample.value)
    return found


async def test_five_hundred_at_once_over_two_workers_render_once(service):
    base, _ = service
    before = counted(base)
    tasks = await asked_at_once(base, "/demo/image/upload/c_fill,h_300,w_400/villa.webp", 500)
    answers = await asyncio.gather(*tasks)
    assert {answer.status for answer in answers if answer} == {200}
    assert len({answer.body for answer in answers if answer}) == 1
    assert None not in answers
    found = counted(base) - before
    assert found["done"] == 1
    assert found["miss"] == 1
    assert found["hit"] + found["joined"] == 499


def renderers(service: psutil.Process) -> list[psutil.Process]:
    return [one for one in service.children(recursive=True) if renders(one)]


def renders(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):  # it ended meanwhile
        return CHILD in process.cmdline()
    return False


def work_s(renderer: psutil.Process) -> float:
    """CPU time it has used; 0 when it is gone."""
    with contextlib.suppress(psutil.NoSuchProcess):
        times = renderer.cpu_times()
        return float(times.user + times.system)
    return 0.0


async def busy(service: psutil.Process, idle: dict[psutil.Process, float]) -> psutil.Process:
    """The render process that works, told by the CPU time it has used since `idle` was taken, or since its start."""
    async with asyncio.timeout(30):
        while True:
            for one in renderers(service):
                if work_s(one) - idle.get(one, _START_S) >= 0.1:
                    return one
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("victim", ["renderer", "worker"])
async def test_who_dies_while_others_wait_is_replaced_by_one_second_render(service, victim):
    base, process = service
    before = counted(base)
    idle = {one: work_s(one) for one in renderers(process)}
    path = f"/demo/image/upload/{SLOW}/e_contrast:{len(victim)}/villa.avif"
    tasks = await asked_at_once(base, path, 60)
    working = await busy(process, idle)
    dead = working if victim == "renderer" else working.parent()
    assert dead
    dead.kill()
    answers = await asyncio.gather(*tasks)
    assert {answer.status for answer in answers if answer} == {200}
    assert len({answer.body for answer in answers if answer}) == 1
    cut = answers.count(None)
    if victim == "renderer":
        assert cut == 0
    else:
        assert 0 < cut < 60, "who was connected to the dead worker, and nobody else"
    found = counted(base) - before
    assert found["done"] == 1
    assert found["died"] == (victim == "renderer")


# --- failures --------------------------------------------------------------------------------------------------------


class Failing(InMemory):
    """Has the picture, and cannot give its bytes; counts who wanted them."""

    wanted = 0

    @contextlib.asynccontextmanager
    async def open(self, located):
        self.wanted += 1
        await asyncio.sleep(0.3)  # so that all who ask have come
        if self.wanted:
            raise OriginFailed("trouble")
        yield


async def outcomes(workers: Sequence[Worker], transformation: str) -> set[str]:
    asked = (worker.get(transformation) for worker in workers for _ in range(10))
    return {repr(each) for each in await asyncio.gather(*asked, return_exceptions=True)}


async def test_a_failure_is_told_to_those_who_waited_in_other_workers(tmp_path):
    files = {"villa.jpg": picture(200)}
    workers = tuple(Worker(tmp_path, files, render_timeout_s=0.4) for _ in range(3))
    async with started(*workers):
        for _ in range(2):
            assert await outcomes(workers, ENDLESS) == {repr(RenderTimedOut(0.4))}
            assert sum(worker.renderers.asked for worker in workers) == 1


async def test_an_original_that_cannot_be_had_is_wanted_once(tmp_path):
    origin = Failing({"villa.jpg": picture(200)})
    workers = tuple(Worker(tmp_path, {}, origin=origin) for _ in range(3))
    async with started(*workers):
        assert await outcomes(workers, "w_40") == {repr(OriginFailed("trouble"))}
    assert origin.wanted == 1


async def test_a_full_queue_is_a_matter_of_one_worker(tmp_path):
    files = {"villa.jpg": picture(200)}
    crowded, free = Worker(tmp_path, files), Worker(tmp_path, files)

    async def refuse(request, originals, key):
        await asyncio.sleep(0.1)
        raise Overloaded("the queue is full")

    async with started(crowded, free):
        crowded.delivery._making.make = refuse  # type: ignore[method-assign]
        first = asyncio.create_task(crowded.get())
        await asyncio.sleep(0.05)
        second = asyncio.create_task(free.get())
        with pytest.raises(Overloaded):
            await first
        assert (await second).how == "miss"


# --- nodes -----------------------------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def nodes(redis_url: str, folder: Path) -> AsyncIterator[list[Worker]]:
    """Two of them, with a disk each, that share Redis alone."""
    files = {"villa.jpg": picture(200)}
    workers = [Worker(folder / name, files, render_timeout_s=1.0) for name in "ab"]
    for worker in workers:
        delivery = worker.delivery
        delivery.leases = RedisLeases(redis_url)
        tiers = Tiered([worker.disk, RedisCache(redis_url)])
        delivery.shared = delivery._notes._shared = tiers
    async with started(*workers):
        yield workers


async def test_nodes_render_once_and_fail_once(redis_url, tmp_path):
    async with nodes(redis_url, tmp_path) as both:
        answers = await asyncio.gather(*(node.get() for node in both for _ in range(100)))
        assert len({answer.rendered.etag for answer in answers}) == 1
        assert sum(node.renderers.asked for node in both) == 1
        assert await outcomes(both, ENDLESS) == {repr(RenderTimedOut(1.0))}
        assert sum(node.renderers.asked for node in both) == 2


async def test_a_node_that_falls_silent_is_replaced(redis_url, tmp_path):
    """Its lease is renewed no more: what Redis sees of a node that was killed."""
    async with nodes(redis_url, tmp_path) as (dead, other):
        asked = request("w_42")
        located = dead.delivery.origin.peek(asked.source)
        assert located
        holding = dead.delivery.leases.hold(asked.key(located).path)
        await holding.__aenter__()
        renewing = [task for task in asyncio.all_tasks() if task.get_name() == "lease"]
        for task in renewing:
            task.cancel()
        assert (await other.get("w_42")).how == "miss"
        await holding.__aexit__(None, None, None)
