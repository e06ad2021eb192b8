"""What a server process arranges for itself: signals heard apart, a collector with little to do, faults written quickly."""

import contextlib
import gc
import multiprocessing
import signal
import subprocess
import sys
import time

import psutil
import pytest
import structlog

from imgproxy.process import spare_the_collector, write_faults_plainly


def spared(answer) -> None:
    spare_the_collector()
    answer.send((gc.get_freeze_count(), gc.get_threshold()))


def test_what_is_there_at_the_start_stays_out_of_the_collectors_rounds():
    start = multiprocessing.get_context("spawn")
    here, there = start.Pipe(duplex=False)
    process = start.Process(target=spared, args=(there,))
    process.start()
    assert here.poll(60)
    frozen, threshold = here.recv()
    process.join(60)
    process.close()
    assert frozen > 10_000
    assert threshold[0] * threshold[1] <= 10_000, "no round but a full one looks at more"


def test_but_not_in_a_process_that_no_server_forked():
    before = gc.get_freeze_count(), gc.get_threshold()
    spare_the_collector()
    assert (gc.get_freeze_count(), gc.get_threshold()) == before


SLOW_TO_HEAR = """
import os, signal, sys, threading, time
from imgproxy.process import hear_signals_apart

lock, heard = threading.Lock(), []
def hear(number, frame):
    with lock:
        time.sleep(0.2)
        heard.append(number)
signal.signal(signal.SIGTERM, hear)
hear_signals_apart()
child = os.fork()
if not child:
    time.sleep(60)
print(child, flush=True)
while len(heard) < 2:
    time.sleep(0.05)
print(*heard, flush=True)
"""


@pytest.fixture
def slow_to_hear():
    """A process whose handler of SIGTERM holds a lock for 0.2 s, and the number of a child that it forked."""
    with subprocess.Popen(
        [sys.executable, "-c", SLOW_TO_HEAR], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        child = psutil.Process(int(process.stdout.readline()))
        yield process, child
        for each in (child, process):
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()


def test_a_second_signal_does_not_wait_for_ever_for_what_the_first_ones_handler_holds(slow_to_hear):
    process, _ = slow_to_hear
    for _ in range(2):
        process.send_signal(signal.SIGTERM)
        time.sleep(0.05)  # or the system makes one of the two
    assert process.wait(timeout=20) == 0
    assert process.stdout
    assert process.stdout.readline().split() == ["15", "15"]


def test_what_was_forked_before_it_listens_ends_by_the_signal_and_the_parent_hears_nothing(
    slow_to_hear,
):
    process, child = slow_to_hear
    child.send_signal(signal.SIGTERM)
    psutil.wait_procs([child], timeout=20)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=1)
    process.kill()
    assert process.stdout
    assert process.stdout.read() == ""


def test_a_fault_is_written_as_python_writes_it(capsys):
    before = structlog.get_config()
    try:
        write_faults_plainly()
        try:
            int("trouble")
        except ValueError:
            structlog.get_logger().exception("it failed")
    finally:
        structlog.configure(**before)
    written = capsys.readouterr().out
    assert "Traceback (most recent call last):" in written
    assert "ValueError: invalid literal" in written
    assert "╭" not in written
