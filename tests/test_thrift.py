"""Memory that a render leaves in the allocator: kept while jobs come, given back when none does."""

import ctypes
import os
import subprocess
import sys

import pytest

from imgproxy.renderers.thrift import ENVIRONMENT

pytestmark = pytest.mark.skipif(
    not hasattr(ctypes.CDLL(None), "malloc_trim"),
    reason="only glibc keeps so much, and can be told",
)

PROGRAM = """
import os, sys
from imgproxy.renderers.thrift import Thrift, _resident_bytes

jobs, waiting = os.pipe()
jobs = os.fdopen(jobs, "rb")
megabytes = int(sys.argv[1])
thrift = Thrift()
before = _resident_bytes()
# each too small to be a mapping of its own, and one behind them all that stays
blocks = [b"x" * 65_536 for _ in range(megabytes * 16)]
last = b"y" * 65_536
del blocks
os.write(waiting, b"job")
thrift.rest(jobs)
print(_resident_bytes() - before)
jobs.read(3)
thrift.rest(jobs)
print(_resident_bytes() - before)
"""

BUFFERS = """
from resource import RUSAGE_SELF, getrusage

def work():
    buffers = [bytearray(2 * 1024 * 1024) for _ in range(10)]

work()
before = getrusage(RUSAGE_SELF).ru_minflt
work()
print(getrusage(RUSAGE_SELF).ru_minflt - before)
"""


def held(megabytes: int) -> tuple[float, float]:
    """What a process still holds of so much that it has freed: with a job at the door, and after a pause."""
    busy, idle = (int(line) / 2**20 for line in printed(PROGRAM, str(megabytes)).split())
    return busy, idle


def printed(program: str, *arguments: str, set_up: bool = True) -> str:
    """What a process prints whose allocator is set up as that of a render process, or not at all."""
    environment = {**os.environ, **(ENVIRONMENT if set_up else {})}
    command = [sys.executable, "-c", program, *arguments]
    told = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return told.stdout


def test_much_is_kept_while_jobs_come_and_given_back_in_a_pause():
    busy, idle = held(64)
    assert busy > 48
    assert idle < 8


def test_a_little_is_kept_for_the_next_render():
    busy, idle = held(8)
    assert busy > 6
    assert idle > 6


def test_buffers_of_an_encoder_are_not_asked_of_the_system_each_time():
    pages = 20 * 1024 * 1024 // os.sysconf("SC_PAGE_SIZE")
    assert int(printed(BUFFERS, set_up=False)) > pages * 0.8
    assert int(printed(BUFFERS)) < pages * 0.05
