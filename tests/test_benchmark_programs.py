"""The programs that measure promises, on their smallest scale: what they count has to be right, however long it takes."""

import pytest

from benchmarks import flights, hostile, purging, tiers
from tests import services


@pytest.fixture(autouse=True)
def redis_is_here() -> None:
    services.require_or_skip(services.find_redis(), "Redis is missing")


def test_flights_render_once_wherever_they_can_hear_of_each_other():
    figures = flights.run(quick=True).figures
    shared = {name: (found.renders, found.requests) for name, found in figures.sharing.items()}
    assert shared == {
        "one node": ((1,), 40),
        "… each his own picture": ((4,), 4),
        "two nodes with a Redis": ((1,), 40),
        "two nodes without": ((2,), 40),
    }
    killed = {victim: kills[0] for victim, kills in figures.kills.items()}
    assert [kill.renders for kill in killed.values()] == [1, 1, 1]
    assert killed["render process"].cut == 0
    assert all(kill.answered + kill.cut == 12 for kill in killed.values())
    assert killed["node"].cut == 6


def test_purges_reach_every_worker_of_both_nodes():
    figures = purging.run(quick=True).figures
    assert len(figures.rounds) == 8
    for name, (found,) in figures.rounds.items():
        assert found.last_old_ms <= found.answered_ms, f"{name}: old after the answer"
        assert found.last_old_elsewhere_ms <= found.everywhere_ms
    assert figures.masters_used > 0
    assert (figures.made_after, figures.out_of_old_masters) == (8, 0)


def test_tiers_answer_alone_and_behind_one_that_hangs():
    figures = tiers.run(quick=True).figures
    assert list(figures.alone) == [*figures.crowd, "a render"]
    assert len(figures.slowest_ms) == 2


def test_hostile_input_breaks_no_promise_but_that_of_time():
    figures = hostile.run(quick=True).figures
    assert [fault for fault in figures.faults if not fault.startswith("late")] == []
    assert sum(sum(found.values()) for found in figures.statuses.values()) == figures.requests
    assert {name: phase.refused for name, phase in figures.honest.items()} == {
        "calm": 0,
        "beside the attack": 0,
    }
