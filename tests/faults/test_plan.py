"""The plan of a run: drawn from its seed alone, touching everything, never two strikes where one needs it alone."""

from itertools import combinations, pairwise

from tests.faults.parts import FIRST_ONES
from tests.faults.plan import plan
from tests.faults.quick import QUICK

LONG_ENOUGH_MINUTES = 10.0


def faults_of(seed: int, minutes: float = LONG_ENOUGH_MINUTES) -> set[str]:
    return {planned.strike.fault for planned in plan(seed, minutes)}


def test_the_same_seed_draws_the_same_plan_and_another_another() -> None:
    assert plan(7, 10.0) == plan(7, 10.0)
    assert plan(7, 10.0) != plan(8, 10.0)


def test_ten_minutes_hold_every_kind_of_strike() -> None:
    everything = faults_of(1, minutes=60.0)
    for seed in range(1, 6):
        assert everything - faults_of(seed) <= {
            "connections cut",
            "connections refused",
            "connections delayed",
            "connections stalled",
            "broken off in a message",
        }


def test_the_short_plan_holds_every_kind_of_strike_and_kills_every_process() -> None:
    assert {planned.strike.fault for planned in QUICK} == faults_of(1, minutes=60.0)
    assert {planned.strike.target for planned in QUICK if planned.strike.fault == "killed"} >= set(FIRST_ONES)


def test_two_strikes_that_need_the_same_never_overlap_while_they_last() -> None:
    for seed in range(20):
        for one, other in combinations(plan(seed, LONG_ENOUGH_MINUTES), 2):
            if one.strike.claims & other.strike.claims:
                assert one.at_seconds + one.lasts_seconds < other.at_seconds


def test_strikes_overlap_where_they_may() -> None:
    planned = plan(1, LONG_ENOUGH_MINUTES)
    assert any(one.at_seconds + one.lasts_seconds > other.at_seconds for one, other in pairwise(planned))
