"""Clocks under other rules than those they began with: a sprint tightens them, and what happened before counts."""

from dataclasses import replace
from datetime import timedelta

from domain.clock import ClockKind
from domain.item import rejections as r
from domain.item.events import ExtensionGranted, ExtensionRequested, LimitChanged, RungClimbed
from domain.ladder import STANDARD_LADDER, Ladder, Rung, RungRule
from domain.rulebook.documents import Policy
from tests.domain.clocks import november, working_days, working_hours
from tests.domain.item_samples import (
    OFFICE,
    POLICY,
    SERVICE,
    accept,
    apply_regime,
    extend_item,
    follow_up,
    given,
    grant_extension,
    report,
    request_extension,
    resume,
    rules_with,
    send_back,
    submit,
    suspend,
)

LONG = POLICY.limits | {ClockKind.RECTIFY: working_days(3)}
HALF_A_DAY = POLICY.limits | {ClockKind.RECTIFY: working_hours(4)}
CALM = rules_with(limits=LONG)
HOT = Ladder(
    rules=(
        RungRule(rung=Rung.REMIND, after_due=working_hours(1)),
        RungRule(rung=Rung.SUPERVISE, after_due=working_hours(2)),
        RungRule(rung=Rung.CRITICISE, after_due=working_hours(4)),
    )
)
at_work = given(report, accept.at(november(16, 10)), rules=CALM)  # a Monday; due Thursday at ten


def sprint(life, **changes):
    """The same item, in a city that publishes a newer policy."""
    newer = Policy.model_validate({**POLICY.model_dump(), "version": 3, "limits": HALF_A_DAY, **changes})
    return life.under(replace(life.rules, policies={**life.rules.policies, newer.ref: newer}))


class TestATightenedLimit:
    def test_counts_from_when_the_clock_began_and_keeps_both_dates(self):
        life = sprint(at_work).when(apply_regime.at(november(16, 11))).then(LimitChanged)
        assert at_work.clock.due_at == november(19, 10)
        assert life.last(LimitChanged).due_before == november(19, 10)
        assert life.clock.due_at == november(16, 16)
        assert (life.clock.opened_at, life.clock.policy_version) == (november(16, 10), "city@3")

    def test_is_given_by_the_service_when_a_phase_opens(self):
        sprint(at_work).when(apply_regime.by(SERVICE)).then(LimitChanged)

    def test_that_has_run_out_already_makes_nobody_climb_several_rungs_at_once(self):
        life = sprint(at_work).when(apply_regime.at(november(18, 9)))
        assert life.clock.due_at == november(16, 16)
        life = life.when(follow_up.at(november(18, 9) + timedelta(seconds=1)))
        assert [event.rung for event in life.led_to if isinstance(event, RungClimbed)] == [Rung.REMIND]
        assert life.clock.planned[0].at == november(20, 9)

    def test_keeps_suspensions(self):
        paused = at_work.when(suspend.at(november(16, 11)), resume.at(november(18, 11)))
        assert sprint(paused).when(apply_regime.at(november(18, 11))).clock.due_at == november(18, 16)

    def test_keeps_extensions(self):
        longer = at_work.when(request_extension.at(november(16, 11)), grant_extension)
        assert sprint(longer).when(apply_regime.at(november(16, 12))).clock.due_at == november(18, 16)

    def test_reaches_a_suspended_item_when_it_is_resumed(self):
        life = sprint(at_work.when(suspend.at(november(16, 11)))).when(apply_regime).then(LimitChanged)
        assert life.state.status == "suspended"
        assert life.clock.due_at is None
        assert life.when(resume.at(november(18, 11))).clock.due_at == november(18, 16)

    def test_of_rework_is_that_of_rework(self):
        again = at_work.when(submit, send_back.at(november(17, 9)))
        life = sprint(again, rework=working_hours(2)).when(apply_regime.at(november(17, 10)))
        assert life.clock.due_at == november(17, 11)

    def test_leaves_a_date_that_was_ordered(self):
        ordered = given(report.with_(rectify_by=november(25, 9)), accept, rules=CALM)
        sprint(ordered).when(apply_regime).rejected(r.DeadlineUnchanged)


class TestTheLadder:
    late = at_work.when(follow_up.at(november(20, 9)))  # reminded on Thursday at ten

    def test_a_change_puts_no_rung_off(self):
        planned = {step.rung: step.at for step in self.late.clock.planned}
        life = sprint(self.late).when(apply_regime.at(november(20, 10)))
        assert {step.rung: step.at for step in life.clock.planned} == planned
        assert Rung.REMIND in life.clock.climbed

    def test_hotter_rungs_count_from_now_for_who_was_in_time(self):
        ladders = dict.fromkeys(POLICY.ladders, HOT)
        life = sprint(at_work, ladders=ladders).when(apply_regime.at(november(18, 9)))
        assert [(step.rung, step.at) for step in life.clock.planned] == [
            (Rung.REMIND, november(18, 10)),
            (Rung.SUPERVISE, november(18, 11)),
            (Rung.CRITICISE, november(18, 15)),
        ]

    def test_an_overdue_mark_stays_one(self):
        life = sprint(self.late).when(apply_regime.at(november(20, 10)), follow_up.at(november(20, 11)))
        assert len(life.state.dossier.marks) == 1

    def test_the_same_rules_again_change_nothing(self):
        once = sprint(at_work).when(apply_regime.at(november(16, 11)))
        once.when(apply_regime.at(november(16, 12))).rejected(r.DeadlineUnchanged)

    def test_the_same_limit_with_another_ladder_is_a_change(self):
        life = sprint(at_work, limits=LONG, ladders=dict.fromkeys(POLICY.ladders, HOT)).when(apply_regime)
        assert life.then(LimitChanged).clock.due_at == at_work.clock.due_at
        assert at_work.rules.regime().policy.ladder(ClockKind.RECTIFY) == STANDARD_LADDER


class TestMoreTimeForEverybody:
    def test_the_office_extends_of_its_own_accord(self):
        life = at_work.when(extend_item.by(OFFICE)).then(ExtensionRequested, ExtensionGranted)
        assert life.last(ExtensionGranted).due_before == november(19, 10)
        assert life.clock.due_at == november(23, 10)

    def test_no_more_often_than_the_policy_allows(self):
        at_work.when(extend_item, extend_item, extend_item).rejected(r.ExtensionLimitReached)

    def test_not_while_the_unit_has_asked(self):
        at_work.when(request_extension, extend_item).rejected(r.ExtensionAlreadyAsked)
