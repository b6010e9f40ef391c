"""Appeals 申诉 against overdue marks: the fact stays, the score is corrected, once per mark."""

from domain.item import rejections as r
from domain.item.events import OverdueAppealed, OverdueAppealGranted, OverdueAppealRefused
from domain.item.values import AppealStatus
from tests.domain.clocks import november
from tests.domain.item_samples import (
    SQUAD_HANDLER,
    SWEEPER,
    accept,
    appeal,
    confirm_recheck,
    follow_up,
    given,
    grant_extension,
    pass_check,
    report,
    request_extension,
    rule_on_appeal,
    send_back,
    submit,
)

in_time = given(report, accept)
late = in_time.when(submit.at(november(18, 9)))
REFUSED = rule_on_appeal.with_(granted=False)


def marks(life):
    return [mark.appeal for mark in life.state.dossier.marks]


def test_the_unit_appeals_and_the_office_grants():
    life = late.when(appeal).then(OverdueAppealed)
    assert marks(life) == [AppealStatus.PENDING]
    life = life.when(rule_on_appeal).then(OverdueAppealGranted)
    assert marks(life) == [AppealStatus.GRANTED]


def test_a_refused_appeal_leaves_the_mark_counting():
    assert marks(late.when(appeal, REFUSED).settled()) == [AppealStatus.REFUSED]
    late.when(appeal).when(REFUSED).then(OverdueAppealRefused)


def test_an_appeal_changes_neither_step_nor_clock():
    life = late.when(appeal, rule_on_appeal)
    assert (life.state.status, life.clock) == (late.state.status, late.clock)


def test_a_mark_is_appealed_once_whatever_the_ruling():
    late.when(appeal, appeal).rejected(r.AlreadyAppealed)
    late.when(appeal, rule_on_appeal, appeal).rejected(r.AlreadyAppealed)
    late.when(appeal, REFUSED, appeal).rejected(r.AlreadyAppealed)


def test_only_the_unit_that_was_late_appeals_or_one_below_it():
    late.when(appeal.by(SWEEPER)).rejected(r.NotYourUnit)
    late.when(appeal.by(SQUAD_HANDLER)).then(OverdueAppealed)


def test_nobody_appeals_a_mark_against_the_inspectors():
    life = late.when(pass_check.at(november(25, 9)))
    life.when(appeal.with_(clock_id="check-1")).rejected(r.NotYourUnit)


def test_without_a_mark_or_an_appeal_there_is_nothing_to_do():
    in_time.when(appeal).rejected(r.NoOverdueMark)
    in_time.when(rule_on_appeal).rejected(r.NoOverdueMark)
    late.when(rule_on_appeal).rejected(r.NoAppealPending)
    late.when(appeal, rule_on_appeal, rule_on_appeal).rejected(r.NoAppealPending)


def test_an_appeal_may_be_made_and_ruled_on_when_the_item_is_over():
    life = late.when(pass_check, confirm_recheck).stands("archived")
    assert marks(life.when(appeal, rule_on_appeal).stands("archived")) == [AppealStatus.GRANTED]


def test_each_clock_has_a_mark_of_its_own():
    life = late.when(send_back.at(november(18, 10)), submit.at(november(20, 9)))
    life = life.when(appeal.with_(clock_id="rectify-2"), rule_on_appeal.with_(clock_id="rectify-2"))
    assert marks(life) == [AppealStatus.NONE, AppealStatus.GRANTED]


def test_a_clock_that_was_late_twice_has_two_marks_each_with_its_own_appeal():
    once = in_time.when(request_extension, follow_up.at(november(18, 9)))
    once = once.when(appeal, rule_on_appeal, grant_extension)
    twice = once.when(follow_up.at(november(26, 9)))
    assert marks(twice) == [AppealStatus.GRANTED, AppealStatus.NONE]
    assert marks(twice.when(appeal)) == [AppealStatus.GRANTED, AppealStatus.PENDING]
    assert marks(twice.when(appeal, REFUSED)) == [AppealStatus.GRANTED, AppealStatus.REFUSED]


def test_two_appeals_about_one_clock_are_ruled_on_in_order():
    life = in_time.when(request_extension, follow_up.at(november(18, 9)), appeal, grant_extension)
    life = life.when(follow_up.at(november(26, 9)), appeal)
    assert marks(life) == [AppealStatus.PENDING, AppealStatus.PENDING]
    assert marks(life.when(REFUSED)) == [AppealStatus.REFUSED, AppealStatus.PENDING]
    assert marks(life.when(REFUSED, rule_on_appeal)) == [AppealStatus.REFUSED, AppealStatus.GRANTED]
