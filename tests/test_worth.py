"""What an answer on disk is worth: requests that fade by half, and how fast they fade."""

import os
import time
from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgproxy.caches.worth import Pace, asked_again

DAY_S = 24 * 3600.0


class TestWorth:
    @given(st.lists(st.floats(0, 40), min_size=1, max_size=30), st.floats(0.1, 10))
    def test_is_the_sum_of_requests_that_fade_by_half(self, times, half_life):
        """Against the definition: requests at times t count 2 ** -(now - t) / half-life each."""
        times.sort()
        worth = times[0]
        for at in times[1:]:
            worth = asked_again(worth, at, half_life)
        whole = sum(2 ** ((at - times[-1]) / half_life) for at in times)
        assert worth == pytest.approx(times[-1] + half_life * log2(whole), abs=1e-6)

    @given(st.floats(0, 1e10), st.floats(0, 1e10), st.floats(60, 1e7))
    def test_a_request_never_lowers_it_below_now_nor_lifts_it_without_end(
        self, worth, now, half_life
    ):
        assert now <= asked_again(worth, now, half_life) <= now + 20.001 * half_life

    @pytest.mark.parametrize(
        ("story", "wins"),
        [
            # half-lives ago at which each was asked for; the last of them is when they are compared
            ({"often": [3, 2, 1], "once": [0.5]}, "often"),
            ({"often, long ago": [9, 9, 9, 9], "once": [0.5]}, "once"),
            ({"twice": [1, 1], "once": [0.1]}, "twice"),
            ({"twice": [2, 2], "once": [0.1]}, "once"),
        ],
    )
    def test_frequency_counts_and_fades(self, story, wins):
        def worth(ago):
            value = -ago[0] * DAY_S
            for each in ago[1:]:
                value = asked_again(value, -each * DAY_S, DAY_S)
            return value

        assert max(story, key=lambda name: worth(story[name])) == wins


class TestPace:
    def test_is_a_day_until_somebody_knows_better(self, tmp_path):
        assert Pace(tmp_path, 10**9).half_life_s == DAY_S
        (tmp_path / "pace").write_text("half a number?")
        assert Pace(tmp_path, 10**9).half_life_s == DAY_S

    def test_settles_at_four_times_what_it_takes_to_write_the_budget(self, tmp_path):
        pace = Pace(tmp_path, 1_000_000)
        pace.evicted(50_000)
        for _ in range(60):
            os.utime(tmp_path / "pace", (time.time() - 600,) * 2)
            pace.evicted(50_000)
        assert Pace(tmp_path, 1_000_000).half_life_s == pytest.approx(4 * 20 * 600, rel=0.01)

    def test_other_processes_and_the_next_start_know_it(self, tmp_path):
        (tmp_path / "pace").write_text("7200")
        assert Pace(tmp_path, 1).half_life_s == 7200

    @pytest.mark.parametrize(("text", "half_life_s"), [("0", 60), ("-5", 60), ("1e99", 90 * DAY_S)])
    def test_is_never_beyond_reason(self, tmp_path, text, half_life_s):
        (tmp_path / "pace").write_text(text)
        assert Pace(tmp_path, 1).half_life_s == half_life_s
