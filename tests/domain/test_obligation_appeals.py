"""Appeals 申诉 against overdue marks of obligations: as of items, once per mark, and the fact stays."""

from domain.item import rejections as r
from domain.item.values import AppealStatus
from domain.obligation.events import (
    ObligationAppealGranted,
    ObligationAppealRefused,
    ObligationOverdueAppealed,
    ObligationRungClimbed,
)
from tests.domain import obligation_samples as s
from tests.domain.clocks import november
from tests.domain.item_samples import SQUAD_HANDLER, SWEEPER

late = s.owed(s.assign_duty, s.report_duty.at(november(20, 9)))
neglected = s.owed(s.assign_duty, s.follow_up.at(november(20, 9)))
REFUSED = s.rule_on_appeal.with_(granted=False)


def appeals(owing: s.Owing) -> list[AppealStatus]:
    return [mark.appeal for mark in owing.record.marks]


def test_the_unit_appeals_and_the_office_grants():
    appealed = late.when(s.appeal).then(ObligationOverdueAppealed)
    assert appeals(appealed) == [AppealStatus.PENDING]
    granted = appealed.when(s.rule_on_appeal).then(ObligationAppealGranted)
    assert appeals(granted) == [AppealStatus.GRANTED]


def test_the_fact_stays_whatever_the_ruling():
    for ruling in (s.rule_on_appeal, REFUSED):
        after = late.when(s.appeal, ruling)
        assert (after.record.late, len(after.record.marks), after.state.status) == (True, 1, "fulfilled")


def test_a_refused_appeal_leaves_the_mark_counting():
    refused = late.when(s.appeal, REFUSED).then(ObligationAppealRefused)
    assert appeals(refused) == [AppealStatus.REFUSED]


def test_an_appeal_comes_in_every_step():
    task = s.owed(s.assign_task, s.complete.at(november(30, 9)))
    opened = neglected.when(s.appeal).then(ObligationOverdueAppealed)
    assert (opened.state.status, opened.clock) == (neglected.state.status, neglected.clock)
    neglected.when(s.withdraw, s.appeal).then(ObligationOverdueAppealed).stands("withdrawn")
    handed_in = s.owed(s.assign_material, s.hand_in.at(november(20, 9)))
    handed_in.when(s.appeal).then(ObligationOverdueAppealed).stands("submitted")
    task.when(s.appeal).rejected(r.NoOverdueMark)


def test_a_mark_is_appealed_once_whatever_the_ruling():
    late.when(s.appeal, s.appeal).rejected(r.AlreadyAppealed)
    late.when(s.appeal, s.rule_on_appeal, s.appeal).rejected(r.AlreadyAppealed)
    late.when(s.appeal, REFUSED, s.appeal).rejected(r.AlreadyAppealed)


def test_rungs_that_follow_on_an_excused_mark_say_so():
    due = november(16, 15)
    climbs = s.owed(s.assign_duty, s.follow_up.at(due), s.appeal, s.rule_on_appeal).when(
        s.follow_up.at(november(30, 9))
    )
    assert {climb.excused for climb in climbs.all(ObligationRungClimbed) if climb.planned_at >= due} == {False, True}
    assert all(climb.excused for climb in climbs.led_to if isinstance(climb, ObligationRungClimbed))
    counting = s.owed(s.assign_duty, s.follow_up.at(due), s.appeal, REFUSED, s.follow_up.at(november(30, 9)))
    assert not any(climb.excused for climb in counting.all(ObligationRungClimbed))


def test_only_the_unit_that_was_late_appeals_or_one_below_it():
    late.when(s.appeal.by(SWEEPER)).rejected(r.NotYourUnit)
    late.when(s.appeal.by(SQUAD_HANDLER)).then(ObligationOverdueAppealed)


def test_what_the_office_was_late_with_is_nobodys_to_appeal():
    waiting = s.owed(s.assign_material, s.hand_in, s.follow_up.at(november(30, 9)))
    assert [mark.unit for mark in waiting.record.marks] == [None]
    waiting.when(s.appeal.with_(clock_id=waiting.record.marks[0].clock_id)).rejected(r.NotYourUnit)


def test_there_is_nothing_to_rule_on_before_an_appeal_nor_after_the_ruling():
    late.when(s.rule_on_appeal).rejected(r.NoAppealPending)
    late.when(s.appeal, s.rule_on_appeal, s.rule_on_appeal).rejected(r.NoAppealPending)
    s.owed(s.assign_duty).when(s.rule_on_appeal).rejected(r.NoOverdueMark)
