"""What a climbed rung brings: who is told, points, until when the unit answers; and which ladders a policy may have."""

from typing import Any

import pytest
from pydantic import ValidationError

from domain.clock import ClockKind
from domain.item.events import (
    AccountabilityFellDue,
    ItemFellOverdue,
    OverdueAppealed,
    OverdueAppealGranted,
    OverdueAppealRefused,
    RungClimbed,
)
from domain.ladder import STANDARD_LADDER, USUAL_RECIPIENTS, Ladder, OccasionRule, Recipient, Rung, RungRule, Severity
from domain.obligation.events import ObligationAccountabilityFellDue, ObligationRungClimbed
from tests.domain import obligation_samples as s
from tests.domain.calendars import shanghai
from tests.domain.clocks import natural_days, november, seconds, working_days, working_hours
from tests.domain.item_samples import (
    POLICY,
    RULES,
    accept,
    appeal,
    follow_up,
    given,
    report,
    resume,
    rule_on_appeal,
    rules_with,
    submit,
    suspend,
)

MUCH_LATER = shanghai(2027, 3, 1, 10)
ORDERS = Ladder(
    rules=(
        RungRule(rung=Rung.WARN, before_due=working_hours(2), recipients=(Recipient.OFFICE,)),
        RungRule(rung=Rung.SUPERVISE, after_due=seconds(0), points=4, new_limit=working_days(2)),
        RungRule(rung=Rung.CRITICISE, after_due=working_days(5), new_limit=natural_days(3)),
    )
)


def with_ladder(kind: str, ladder: Ladder, **changes: object):
    return rules_with(ladders={kind: ladder}, **changes)


class TestOfAnItem:
    def test_each_rung_names_its_recipients_its_points_and_the_deadline_it_belongs_to(self):
        life = given(report, accept).when(follow_up.at(MUCH_LATER))
        climbs = life.all(RungClimbed)
        assert {event.rung: event.recipients for event in climbs} == USUAL_RECIPIENTS
        assert [event.points for event in climbs] == [0, 0, 1, 2, 3, 5]
        assert {event.occasion for event in climbs} == {"time"}
        mark = life.last(ItemFellOverdue)
        assert {(event.clock_id, event.due_at) for event in climbs} == {(mark.clock_id, mark.due_at)}
        assert life.last(AccountabilityFellDue).due_at == mark.due_at

    def test_whom_the_policy_names_is_told_instead(self):
        life = given(report, accept.at(november(16, 10)), rules=with_ladder("rectify", ORDERS))
        life = life.when(follow_up.at(november(17, 8)))
        assert life.last(RungClimbed).recipients == (Recipient.OFFICE,)

    def test_the_new_limit_counts_from_the_climb_on_the_calendar_of_the_clock(self):
        life = given(report, accept.at(november(16, 10)), rules=with_ladder("rectify", ORDERS))
        life = life.when(follow_up.at(november(17, 10)))
        assert life.last(RungClimbed).answer_by == november(19, 10)
        life = life.when(follow_up.at(november(24, 11)))
        assert (life.last(RungClimbed).rung, life.last(RungClimbed).answer_by) == (Rung.CRITICISE, november(27, 11))

    def test_an_order_leaves_the_deadline_and_the_ladder_as_they_are(self):
        life = given(report, accept.at(november(16, 10)), rules=with_ladder("rectify", ORDERS))
        before = life.clock
        life = life.when(follow_up.at(november(17, 10)))
        assert life.clock.due_at == before.due_at
        assert life.clock.planned == before.planned[2:]

    def test_a_limit_that_no_calendar_reaches_keeps_no_rung_from_the_unit(self):
        far = Ladder(rules=(RungRule(rung=Rung.SUPERVISE, after_due=seconds(0), new_limit=natural_days(3660)),))
        much_later = shanghai(2195, 6, 3, 10)
        life = given(report, accept, rules=with_ladder("rectify", far)).when(follow_up.at(much_later))
        assert life.last(RungClimbed).answer_by is None

    def test_where_no_unit_is_in_charge_nobody_loses_points_and_the_office_is_told(self):
        rules = with_ladder("check", STANDARD_LADDER)
        climbs = given(report, accept, submit, rules=rules).when(follow_up.at(MUCH_LATER)).all(RungClimbed)
        assert {(event.unit, event.points, event.answer_by) for event in climbs} == {(None, 0, None)}
        assert all(Recipient.OFFICE in event.recipients for event in climbs)

    def test_they_are_those_of_the_policy_version_the_clock_runs_by(self):
        life = given(report, accept).under(with_ladder("rectify", ORDERS)).when(follow_up.at(MUCH_LATER))
        assert [event.points for event in life.all(RungClimbed)] == [0, 0, 1, 2, 3, 5]

    def test_a_suspension_holds_rungs_before_the_deadline_and_resumption_continues_them(self):
        life = given(report, accept.at(november(16, 10)), rules=with_ladder("rectify", ORDERS))
        life = life.when(suspend.at(november(16, 15)), follow_up.at(november(20, 9))).then()
        life = life.when(resume.at(november(20, 10)))
        assert [(step.rung, step.at) for step in life.clock.planned][:2] == [
            (Rung.WARN, november(20, 15)),
            (Rung.SUPERVISE, november(20, 17)),
        ]

    def test_an_appeal_and_the_ruling_name_the_deadline_that_passed(self):
        late = given(report, accept).when(submit.at(november(18, 9)))
        passed = late.last(ItemFellOverdue).due_at
        assert late.when(appeal).last(OverdueAppealed).due_at == passed
        assert late.when(appeal, rule_on_appeal).last(OverdueAppealGranted).due_at == passed
        refused = late.when(appeal, rule_on_appeal.with_(granted=False))
        assert refused.last(OverdueAppealRefused).due_at == passed


class TestOfAnObligation:
    def test_each_rung_brings_the_terms_of_the_ladder_of_rectification(self):
        late = s.owed(s.assign_duty).when(s.follow_up.at(MUCH_LATER))
        climbs = late.all(ObligationRungClimbed)
        assert {event.rung: event.recipients for event in climbs} == USUAL_RECIPIENTS
        assert [event.points for event in climbs] == [0, 0, 1, 2, 3, 5]
        assert [event.answer_by for event in climbs if event.answer_by] == [shanghai(2027, 3, 4, 10)]
        assert {event.due_at for event in climbs} == {late.last(ObligationAccountabilityFellDue).due_at}

    def test_while_the_office_waits_to_accept_no_unit_loses_points(self):
        waiting = s.owed(s.assign_task.with_(milestones=())).when(s.complete, s.follow_up.at(MUCH_LATER))
        climbs = waiting.all(ObligationRungClimbed)
        assert climbs
        assert {(event.unit, event.points, event.answer_by) for event in climbs} == {(None, 0, None)}


REWORKS = Ladder(occasions=(OccasionRule(rung=Rung.SUPERVISE, reworks=2),))
RECURRENCE = Ladder(occasions=(OccasionRule(rung=Rung.SUPERVISE, recurrence=True),))


class TestLaddersOfAPolicy:
    @pytest.mark.parametrize(
        "changes",
        [
            {"ladders": {ClockKind.STATEMENT: STANDARD_LADDER}},
            {"ladders": {ClockKind.CHECK: REWORKS}},
            {"ladders": {ClockKind.DUTY: RECURRENCE}},
            {"ladders": {ClockKind.ACCEPT: REWORKS}},
            {"severities": {Severity.ORDINARY: {ClockKind.RECTIFY: STANDARD_LADDER}}},
            {"severities": {Severity.SERIOUS: {ClockKind.DUTY: STANDARD_LADDER}}},
            {"severities": {Severity.SERIOUS: {ClockKind.REVIEW: STANDARD_LADDER}}},
            {"severities": {Severity.CRITICAL: {ClockKind.ACCEPT: REWORKS}}},
            {"severities": {"dreadful": {ClockKind.RECTIFY: STANDARD_LADDER}}},
        ],
    )
    def test_one_that_no_clock_could_climb_is_refused(self, changes: dict[str, Any]):
        with pytest.raises(ValidationError):
            rules_with(**changes)

    def test_occasions_stand_where_a_unit_accepts_or_rectifies(self):
        rules = rules_with(ladders={ClockKind.ACCEPT: RECURRENCE, ClockKind.RECTIFY: REWORKS})
        assert rules.policy("city@2").ladder(ClockKind.RECTIFY) == REWORKS

    def test_a_graver_issue_climbs_the_usual_ladder_where_no_other_is_given(self):
        policy = rules_with(severities={"serious": {"accept": RECURRENCE}}).policy("city@2")
        assert policy.ladder(ClockKind.ACCEPT, Severity.SERIOUS) == RECURRENCE
        assert policy.ladder(ClockKind.ACCEPT, Severity.CRITICAL) == STANDARD_LADDER
        assert policy.ladder(ClockKind.RECTIFY, Severity.SERIOUS) == POLICY.ladder(ClockKind.RECTIFY)

    def test_a_category_is_ordinary_unless_it_says_otherwise_and_when_it_is_gone(self):
        regime = RULES.regime()
        assert regime.severity("stalls") is Severity.ORDINARY
        assert regime.severity("manholes") is Severity.CRITICAL
        assert regime.severity("long gone") is Severity.ORDINARY
