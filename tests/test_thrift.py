"""Memory that a render leaves in the allocator: kept while jobs come, given back when none does."""

import ctypes
import os
import subprocess
import sys

import pytest

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


def held(megabytes: int) -> tuple[float, float]:
    """What a process still holds of so much that it has freed: with a job at the door, and after a pause."""
    environment = {**os.environ, "MALLOC_ARENA_MAX": "1"}
    command = [sys.executable, "-c", PROGRAM, str(megabytes)]
    told = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    busy, idle = (int(line) / 2**20 for line in told.stdout.split())
    return busy, idle


def test_much_is_kept_while_jobs_come_and_given_back_in_a_pause():
    busy, idle = held(64)
    assert busy > 48
    assert idle < 8


def test_a_little_is_kept_for_the_next_render():
    busy, idle = held(8)
    assert busy > 6
    assert idle > 6
