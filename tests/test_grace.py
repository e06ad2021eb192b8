"""A server that is told to stop: what is under way may go on for a while, and then ends and takes back what it began."""

import asyncio
import multiprocessing
import os
import signal
import socket

import pytest
import uvloop

from imgproxy.errors import NotFound, Overloaded
from imgproxy.grace import Grace
from imgproxy.origins.memory import InMemory
from imgproxy.process import when_told_to_stop
from tests.test_delivery import Worker, picture, started
from tests.test_start import serving


async def test_whoever_still_waits_when_the_grace_is_over_is_told_so():
    grace, began, undone = Grace(), asyncio.Event(), []

    async def work():
        async with grace.until_over():
            began.set()
            try:
                await asyncio.Event().wait()
            finally:
                undone.append("files")

    waits = asyncio.create_task(work())
    await began.wait()
    grace.end()
    grace.end()  # a second signal
    with pytest.raises(Overloaded, match="the server is stopping"):
        await waits
    assert undone == ["files"]


async def test_what_begins_afterwards_does_not_wait_at_all():
    grace = Grace()
    grace.end()
    with pytest.raises(Overloaded):
        async with grace.until_over():
            await asyncio.Event().wait()


async def test_until_then_work_ends_as_it_does():
    grace = Grace()
    async with grace.until_over():
        done = await asyncio.sleep(0, "done")
    assert done == "done"
    with pytest.raises(NotFound):
        async with grace.until_over():
            raise NotFound("villa")
    with pytest.raises(TimeoutError):
        async with grace.until_over(), asyncio.timeout(0):
            await asyncio.Event().wait()
    with pytest.raises(TimeoutError):
        async with grace.until_over():
            raise TimeoutError  # of somebody else
    grace.end()


class Hanging(InMemory):
    """A place of originals that never answers."""

    async def locate(self, source):
        return await asyncio.Event().wait()

    def peek(self, source):
        return None


async def test_a_picture_whose_original_never_comes_is_refused_in_the_end(tmp_path):
    worker = Worker(tmp_path, {}, Hanging({"villa": picture(200)}))
    async with started(worker):
        asked = asyncio.create_task(worker.get())
        await asyncio.sleep(0.05)
        assert not asked.done()
        worker.delivery.grace.end()
        with pytest.raises(Overloaded):
            await asked


def told(kind: str, said) -> None:
    """What a worker of a server does: the server's own handler, then ours, then a signal."""

    async def main() -> None:
        loop, heard, over = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
        loop.add_signal_handler(signal.SIGTERM, heard.set)
        when_told_to_stop(over.set, 0)
        os.kill(os.getpid(), signal.SIGTERM)
        await heard.wait()
        await over.wait()
        said.send("both heard of it")

    with asyncio.Runner(loop_factory=uvloop.new_event_loop if kind == "uvloop" else None) as runner:
        runner.run(main())


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_the_server_and_the_application_both_hear_of_the_signal(loop):
    start = multiprocessing.get_context("spawn")
    here, there = start.Pipe(duplex=False)
    process = start.Process(target=told, args=(loop, there))
    process.start()
    assert here.poll(60)
    assert here.recv() == "both heard of it"
    process.join(60)
    assert process.exitcode == 0
    process.close()


def test_outside_a_server_signals_stay_as_they_are():
    before = signal.getsignal(signal.SIGTERM)
    when_told_to_stop(lambda: None, 0)
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_client_that_never_ends_its_upload_does_not_hold_up_the_stop(tmp_path):
    """It was killed after 15 seconds before, with a file left that nobody would ever ask for."""
    part = (
        b"--x\r\nContent-Disposition: form-data; name=images; filename=a.jpg\r\n"
        b"Content-Type: image/jpeg\r\n\r\n" + b"\xff" * 5000
    )
    with serving(tmp_path) as (base, process), socket.create_connection(_address(base)) as client:
        client.sendall(
            b"POST /playground/picture HTTP/1.1\r\nHost: here\r\nX-Api-Key: demo-key:demo-secret\r\n"
            b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 100000\r\n\r\n"
            + part
        )
        waiting = tmp_path / "originals" / ".uploads"
        while not (waiting.exists() and any(waiting.iterdir())):
            assert process.poll() is None
        process.terminate()
        assert client.recv(200).startswith(b"HTTP/1.1 503 ")
        assert process.wait(timeout=40) == 0
    assert not list(waiting.iterdir())


def _address(base: str) -> tuple[str, int]:
    host, _, port = base.removeprefix("http://").rpartition(":")
    return host, int(port)
