"""What a server process arranges for itself: a collector with little to do, and faults that are written quickly."""

import gc
import multiprocessing

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
    assert threshold[0] == 10_000


def test_but_not_in_a_process_that_no_server_forked():
    before = gc.get_freeze_count(), gc.get_threshold()
    spare_the_collector()
    assert (gc.get_freeze_count(), gc.get_threshold()) == before


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
