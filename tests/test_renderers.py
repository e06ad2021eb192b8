"""Render processes: isolation, deadlines, the queue, and that a lost process costs one request."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
import pyvips
from hypothesis import given
from hypothesis import strategies as st

from imgproxy.errors import (
    BadParameter,
    ImageError,
    LimitExceeded,
    NotAnImage,
    Overloaded,
    RendererDied,
    RenderTimedOut,
)
from imgproxy.render.job import RenderJob
from imgproxy.renderers import pool as pool_module
from imgproxy.renderers.pool import Renderers
from imgproxy.renderers.wire import LENGTH_BYTES, Failure, failure, frame, read_reply, revived
from imgproxy.settings import Limits

LIMITS = Limits()
SLOW = "c_scale,w_4500/f_avif,q_99"
"""Some seconds of work in one call into an encoder, which nothing but the end of its process can stop."""


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A noisy 1200×900 JPEG."""
    path = tmp_path_factory.mktemp("photo") / "photo.jpg"
    noise = pyvips.Image.gaussnoise(1200, 900, mean=128, sigma=60).cast("uchar")
    noise.bandjoin([noise.fliphor(), noise.flipver()]).copy(interpretation="srgb").jpegsave(path)
    return str(path)


@asynccontextmanager
async def pool(count: int = 1, **limits: float) -> AsyncIterator[Renderers]:
    renderers = Renderers(count, msgspec.structs.replace(Limits(), **limits))
    await renderers.start()
    try:
        yield renderers
    finally:
        await renderers.close()


def job(
    path: str, transformation: str = "c_fill,h_30,w_40/f_webp", limits: Limits = LIMITS
) -> RenderJob:
    formats = (transformation.rpartition("f_")[2][:4],) if "f_" in transformation else ()
    return RenderJob(path, transformation, formats, limits=limits)


async def test_a_render_gives_the_picture_and_its_facts(photo):
    async with pool() as renderers:
        report, queue_ms = await renderers.render(job(photo))
    assert (report.media_type, report.width, report.height, report.pages) == (
        "image/webp",
        40,
        30,
        1,
    )
    assert report.body.startswith(b"RIFF")
    assert queue_ms >= 0


async def test_what_the_child_raises_arrives_as_the_same_class_with_the_same_sentence(
    photo, tmp_path
):
    text = tmp_path / "text.jpg"
    text.write_text("not a picture")
    async with pool() as renderers:
        with pytest.raises(NotAnImage, match="cannot be decoded"):
            await renderers.render(job(str(text)))
        with pytest.raises(LimitExceeded, match="90000×67500"):
            await renderers.render(job(photo, "c_scale,w_90000"))
        assert len(renderers.pids) == 1, "an honest error does not cost the process"


async def test_a_fault_of_ours_is_told_and_does_not_cost_the_process(photo, capfd):
    """A job that names a layer without its file cannot come from a URL."""
    async with pool() as renderers:
        before = renderers.pids
        with pytest.raises(ImageError, match="Internal error") as caught:
            await renderers.render(job(photo, "l_logo/fl_layer_apply"))
        assert caught.value.status == 500
        assert renderers.pids == before
    assert "KeyError" in capfd.readouterr().err


async def test_a_process_killed_in_mid_render_costs_only_its_own_request(photo):
    async with pool(2) as renderers:
        victim = asyncio.create_task(renderers.render(job(photo, SLOW)))
        while renderers.idle == 2:
            await asyncio.sleep(0.01)
        before = renderers.pids
        (busy,) = renderers.busy_pids
        bystander = asyncio.create_task(renderers.render(job(photo)))
        os.kill(busy, signal.SIGKILL)
        with pytest.raises(RendererDied):
            await victim
        assert (await bystander).report.width == 40
        replies = await asyncio.gather(*(renderers.render(job(photo)) for _ in range(4)))
        assert {reply.report.width for reply in replies} == {40}
        assert busy not in renderers.pids
        assert before - {busy} <= renderers.pids


async def test_a_process_that_hangs_is_killed_at_its_deadline_and_replaced(photo):
    async with pool(render_timeout_s=0.5) as renderers:
        (pid,) = renderers.pids
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(RenderTimedOut, match=r"0\.5 s"):
            await renderers.render(job(photo))
        assert not Path(f"/proc/{pid}/exe").exists() or pid not in renderers.pids
    async with pool(render_timeout_s=1.0) as renderers:
        with pytest.raises(RenderTimedOut):
            await renderers.render(job(photo, SLOW))
        assert (await renderers.render(job(photo))).report.width == 40, "the next finds a fresh one"


async def test_a_caller_that_leaves_ends_the_work(photo):
    async with pool() as renderers:
        (pid,) = renderers.pids
        task = asyncio.create_task(renderers.render(job(photo, SLOW)))
        while renderers.idle:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await renderers.render(job(photo))).report.width == 40
        assert pid not in renderers.pids


async def test_a_full_queue_refuses_at_once_and_a_long_one_after_its_time(photo):
    async with pool(max_queue=1, queue_timeout_s=0.3) as renderers:
        (pid,) = renderers.pids
        os.kill(pid, signal.SIGSTOP)
        running = asyncio.create_task(renderers.render(job(photo)))
        while renderers.idle:
            await asyncio.sleep(0.01)
        waiting = asyncio.create_task(renderers.render(job(photo)))
        while not renderers.waiting:
            await asyncio.sleep(0.01)
        with pytest.raises(Overloaded, match="the queue of 1 is full"):
            await renderers.render(job(photo))
        with pytest.raises(Overloaded, match=r"within 0\.3 s"):
            await waiting
        os.kill(pid, signal.SIGCONT)
        assert (await running).report.width == 40


async def test_a_process_is_replaced_after_its_share_of_renders(photo):
    async with pool(renders_per_process=2) as renderers:
        first = renderers.pids
        for _ in range(3):
            await renderers.render(job(photo))
        assert renderers.pids != first


async def test_a_render_that_needs_too_much_memory_is_refused_and_the_server_lives(photo):
    async with pool(max_renderer_bytes=700_000_000, max_output_pixels=10**9) as renderers:
        with pytest.raises(ImageError):
            await renderers.render(
                job(photo, "c_scale,w_30000/f_webp", limits=Limits(max_output_pixels=10**9))
            )
        assert (await renderers.render(job(photo))).report.width == 40


async def test_render_processes_are_told_no_secrets(photo, monkeypatch):
    monkeypatch.setenv("DARKROOM_API_SECRET", "do-not-tell")
    async with pool() as renderers:
        (pid,) = renderers.pids
        assert b"do-not-tell" not in Path(f"/proc/{pid}/environ").read_bytes()


@given(st.text(), st.text(), st.text(min_size=1))
def test_errors_survive_the_wire(parameter, came, expected):
    error = BadParameter(parameter, came, expected, None)
    reply = read_reply(frame(failure(error))[LENGTH_BYTES:])
    assert isinstance(reply, Failure)
    again = revived(reply)
    assert type(again) is BadParameter
    assert str(again) == str(error)


@pytest.fixture
def large(tmp_path: Path) -> str:
    """Worth a master: 12 megapixels of PNG."""
    path = tmp_path / "large.png"
    pyvips.Image.black(4000, 3000, bands=3).copy(interpretation="srgb").pngsave(path)
    return str(path)


@pytest.mark.parametrize("kept_s", [0.0, 0.05])
async def test_masters_are_whole_and_their_memory_is_given_back_a_while_after_the_last(
    large, monkeypatch, kept_s
):
    monkeypatch.setattr(pool_module, "_DESK_KEPT_S", kept_s)
    desks: list[int] = []
    heads: list[bytes] = []

    def put_away(what: str, fd: int, size_bytes: int) -> asyncio.Future[None] | None:
        if what != "made":
            return None
        desks.append(fd)
        heads.append(os.pread(fd, 4, 0))
        assert os.fstat(fd).st_blocks * 512 >= size_bytes > 9_000_000
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(0.01, done.set_result, None)
        return done

    renderers = Renderers(1, LIMITS, desk_bytes=16_000_000)
    await renderers.start()
    try:
        for _ in range(3):
            making = msgspec.structs.replace(job(large), keep="always")
            await renderers.render(making, told=put_away)
            await asyncio.sleep(0.02)
        async with asyncio.timeout(30):
            while os.fstat(desks[0]).st_blocks:
                await asyncio.sleep(0.01)
    finally:
        await renderers.close()
    assert heads == [b"DRM1"] * 3
