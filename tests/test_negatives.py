"""What failed is remembered: 10 s, doubling, bounded in time and number, forgotten at once when told."""

import pytest

from imgproxy.errors import ImageError, NotAnImage, NotFound, OriginFailed, OriginTimedOut
from imgproxy.negatives import Negatives


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.mark.parametrize(
    ("error", "pauses_s"),
    [
        (NotFound("villa"), [10, 20, 40, 80, 160, 320, 600, 600]),
        (NotAnImage("text"), [10, 20, 40, 80, 160, 320, 600, 600]),
        (OriginFailed("trouble"), [10, 20, 40, 60, 60]),
        (OriginTimedOut(10.0), [10, 20, 40, 60, 60]),
    ],
)
def test_every_further_time_counts_twice_as_long(error: ImageError, pauses_s: list[float]):
    clock = Clock()
    failures: Negatives[str] = Negatives(10, clock)
    for pause_s in pauses_s:
        assert failures.remember("a", error) == pause_s
        clock.now_s += pause_s - 0.001
        assert repr(failures.recall("a")) == repr(error)
        clock.now_s += 0.001
        assert failures.recall("a") is None


def test_what_was_forgotten_begins_anew():
    failures: Negatives[str] = Negatives(10, Clock())
    failures.remember("a", NotFound("a"))
    failures.remember("a", NotFound("a"))
    failures.forget("a")
    assert failures.recall("a") is None
    assert failures.remember("a", NotFound("a")) == 10


def test_each_caller_gets_an_error_of_its_own():
    failures: Negatives[str] = Negatives(10, Clock())
    failures.remember("a", NotFound("a"))
    assert failures.recall("a") is not failures.recall("a")


def test_those_that_failed_longest_ago_go_first():
    failures: Negatives[int] = Negatives(3, Clock())
    for key in (1, 2, 3, 1, 4):
        failures.remember(key, NotFound("a"))
    assert [key for key in range(5) if failures.recall(key)] == [1, 3, 4]
    assert len(failures) == 3
