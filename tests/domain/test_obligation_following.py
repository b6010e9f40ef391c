"""What follows on an obligation by itself: milestones, overdue marks, rungs; in working hours, never twice."""

from collections import Counter

import pytest

from domain.campaign.plan import DutyKind
from domain.clock import ClockKind
from domain.ladder import RUNGS, Ladder, Rung, RungRule
from domain.obligation.events import (
    MilestoneMissed,
    ObligationAccountabilityFellDue,
    ObligationFellOverdue,
    ObligationRungClimbed,
    ProgressReported,
)
from domain.obligation.state import ImpossibleObligationHistoryError, evolve
from tests.domain import obligation_samples as s
from tests.domain.calendars import shanghai
from tests.domain.clocks import november, working_days
from tests.domain.item_samples import rules_with

MUCH_LATER = shanghai(2026, 12, 31, 10)
ALONE = s.assign_task.with_(milestones=())


def played(owing, until):
    """Follow up at every instant that falls due, as the workflow does."""
    for _ in range(100):
        due = owing.waits_until
        if due is None or due.at > until:
            return owing
        owing = owing.when(s.follow_up.at(due.at)).settled()
        assert owing.led_to
    raise AssertionError("it never ends")


def test_a_report_nobody_makes_climbs_the_whole_ladder_rung_by_rung():
    neglected = played(s.owed(s.assign_duty), MUCH_LATER)
    climbs = neglected.all(ObligationRungClimbed)
    assert [climb.rung for climb in climbs] == list(RUNGS)
    assert all(climb.occurred_at == climb.planned_at for climb in climbs)
    assert {climb.unit for climb in climbs} == {"city-management"}
    assert len(neglected.all(ObligationFellOverdue)) == 1
    assert len(neglected.all(ObligationAccountabilityFellDue)) == 1
    assert neglected.due is None


@pytest.mark.parametrize("opening", [s.assign_duty, ALONE, s.issue_letter], ids=["duty", "task", "letter"])
def test_following_up_once_very_late_settles_the_same_as_following_up_in_time(opening):
    in_time = played(s.owed(opening), shanghai(2027, 3, 1, 10))
    once = s.owed(opening).when(s.follow_up.at(shanghai(2027, 3, 1, 10)))
    assert [(event.type, getattr(event, "rung", None)) for event in once.history] == [
        (event.type, getattr(event, "rung", None)) for event in in_time.history
    ]
    once.when(s.follow_up).then()


def test_an_overdue_mark_comes_at_any_hour_and_a_rung_in_working_hours():
    neglected = s.owed(ALONE).when(s.follow_up.at(shanghai(2026, 12, 11, 17)))
    at_midnight = neglected.when(s.follow_up.at(shanghai(2026, 12, 15))).then(ObligationFellOverdue)
    assert at_midnight.waits_until is not None
    assert at_midnight.waits_until.at == shanghai(2026, 12, 15, 8)
    assert at_midnight.waits_until.rung is Rung.REMIND
    assert at_midnight.when(s.follow_up.at(shanghai(2026, 12, 15, 3))).led_to == ()
    late = at_midnight.when(s.follow_up.at(shanghai(2026, 12, 15, 13)))
    assert late.led_to == ()
    assert late.waits_until is not None
    assert late.waits_until.at == shanghai(2026, 12, 15, 14)


def test_nothing_follows_before_its_time():
    assert s.owed(s.assign_duty).when(s.follow_up).led_to == ()


def test_a_missed_milestone_is_recorded_once_as_its_day_ends():
    task = played(s.owed(s.assign_task), shanghai(2026, 11, 25))
    assert [(missed.milestone_id, missed.occurred_at) for missed in task.all(MilestoneMissed)] == [
        ("surveyed", shanghai(2026, 11, 24))
    ]
    assert task.record.missed == ("surveyed",)
    assert task.due is not None


def test_a_milestone_reached_in_time_is_not_missed_and_one_reached_late_is_both():
    reached = s.owed(s.assign_task, s.progress.at(shanghai(2026, 11, 24)))
    assert played(reached, shanghai(2026, 11, 30)).all(MilestoneMissed) == []
    late = s.owed(s.assign_task).when(s.progress.at(shanghai(2026, 11, 24, 0, 1)))
    late.then(MilestoneMissed, ProgressReported)
    assert (late.record.missed, late.record.reached) == (("surveyed",), ("surveyed",))


def test_while_acceptance_waits_nobody_is_blamed():
    waiting = played(s.owed(s.assign_task, s.complete), MUCH_LATER)
    assert {event.unit for event in waiting.all(ObligationRungClimbed)} == {None}
    assert {event.kind for event in waiting.all(ObligationFellOverdue)} == {ClockKind.ACCEPTANCE}
    assert waiting.all(MilestoneMissed) == []


def test_every_clock_climbs_each_rung_once():
    returned = played(s.owed(s.assign_task, s.complete), shanghai(2026, 12, 1, 9)).when(s.send_back)
    climbs = played(returned, shanghai(2027, 2, 1, 9)).all(ObligationRungClimbed)
    assert set(Counter((climb.clock_id, climb.rung) for climb in climbs).values()) == {1}
    assert {climb.clock_id for climb in climbs} == {"acceptance-1", "task-2"}


def test_obligations_climb_a_ladder_of_their_own_where_the_policy_has_one():
    short = Ladder(rules=(RungRule(rung=Rung.SUMMON, after_due=working_days(1)),))
    rules = rules_with(ladders={ClockKind.DUTY: short, ClockKind.LETTER: Ladder()})
    duty = s.Owing(rules=rules).when(s.assign_duty)
    assert [step.rung for step in duty.clock.planned] == [Rung.SUMMON]
    assert s.Owing(rules=rules).when(s.issue_letter).clock.planned == ()


def test_acceptance_takes_as_long_as_the_policy_says():
    limits = {**s.RULES.policies["city@1"].limits, ClockKind.ACCEPTANCE: working_days(5)}
    waiting = s.Owing(rules=rules_with(limits=limits)).when(s.assign_task, s.complete)
    assert waiting.clock.limit == working_days(5)


def test_a_settled_rung_is_not_climbed_again_by_the_workflow():
    reported = s.owed(s.assign_material, s.hand_in.at(november(18, 10)))
    assert reported.record.owed.duty_kind is DutyKind.ARCHIVE_MATERIAL
    climbs = played(reported, MUCH_LATER).all(ObligationRungClimbed)
    assert max(Counter((climb.clock_id, climb.rung) for climb in climbs).values()) == 1


def test_a_history_that_cannot_be_is_noticed():
    done = s.owed(s.issue_letter, s.sign)
    assigned, fulfilled = done.history
    for state, event in ((None, fulfilled), (done.state, fulfilled), (done.state, assigned)):
        with pytest.raises(ImpossibleObligationHistoryError):
            evolve(state, event)
