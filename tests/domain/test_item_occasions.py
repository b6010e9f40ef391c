"""Occasions and severity: a rung climbed at once, on the clock that starts, and other ladders for graver issues."""

from dataclasses import replace

import pytest

from domain.item.events import (
    AccountabilityFellDue,
    IssueReported,
    ItemAccepted,
    ItemDispatched,
    ItemFellOverdue,
    ItemRegistered,
    ItemSentBack,
    ItemTransferred,
    LimitChanged,
    RungClimbed,
)
from domain.ladder import STANDARD_LADDER, Ladder, OccasionRule, Rung, RungRule, Severity
from domain.rulebook.rulebook import Rulebook
from tests.domain.calendars import shanghai
from tests.domain.clocks import november, plan, working_days
from tests.domain.item_samples import (
    HANDLER,
    MANHOLE,
    OTHER_ITEM,
    POLICY,
    RULES,
    SWEEPER,
    accept,
    apply_regime,
    comment,
    dispatch,
    extend_item,
    follow_up,
    given,
    pass_check,
    refuse,
    report,
    resume,
    rules_with,
    send_back,
    submit,
    suspend,
    transfer,
    void,
)
from tests.domain.scenario import Deed, Scenario

RECURRING = report.with_(recurrence_of=OTHER_ITEM)


def rules(*occasions: OccasionRule, step: str = "rectify") -> Rulebook:
    ladder = Ladder(rules=STANDARD_LADDER.rules, occasions=occasions)
    return rules_with(ladders={"accept": STANDARD_LADDER, "rectify": STANDARD_LADDER, step: ladder})


TWICE = rules(OccasionRule(rung=Rung.SUPERVISE, reworks=2, points=1, new_limit=working_days(2)))
TWICE_AND_THRICE = rules(
    OccasionRule(rung=Rung.SUPERVISE, reworks=2, points=1), OccasionRule(rung=Rung.CRITICISE, reworks=3, points=4)
)
BACK_AGAIN = rules(OccasionRule(rung=Rung.SUMMON, recurrence=True), step="accept")
TO_THE_TOP = rules(OccasionRule(rung=Rung.HOLD_TO_ACCOUNT, reworks=1))


def sent_back(times: int, rules_in_force: Rulebook = TWICE, opening: Deed = report) -> Scenario:
    return given(opening, accept, *[submit, send_back] * times, rules=rules_in_force)


def climbs(life: Scenario) -> list[tuple[str, Rung, str]]:
    return [(event.clock_id, event.rung, event.occasion) for event in life.all(RungClimbed)]


class TestSentBack:
    def test_sent_back_once_climbs_nothing(self):
        assert climbs(sent_back(1)) == []

    def test_sent_back_twice_supervises_at_once_with_the_terms_of_the_occasion(self):
        life = sent_back(2).then(ItemSentBack, RungClimbed)
        climbed = life.last(RungClimbed)
        assert (climbed.clock_id, climbed.rung, climbed.occasion) == ("rectify-3", Rung.SUPERVISE, "reworks")
        assert climbed.planned_at == climbed.occurred_at == life.now
        assert (climbed.points, climbed.answer_by) == (1, november(18, 9, 5))
        assert climbed.unit == "city-management"
        assert climbed.due_at == life.clock.due_at

    def test_lower_rungs_are_no_longer_planned_and_higher_ones_wait_for_their_time(self):
        life = sent_back(2)
        assert life.clock.climbed == (Rung.SUPERVISE,)
        assert list(plan(life.clock)) == [Rung.CRITICISE, Rung.SUMMON, Rung.HOLD_TO_ACCOUNT]
        life = life.when(follow_up.at(november(17, 9))).then(ItemFellOverdue)

    def test_each_time_after_the_second_climbs_once_on_its_own_clock(self):
        assert climbs(sent_back(3)) == [
            ("rectify-3", Rung.SUPERVISE, "reworks"),
            ("rectify-4", Rung.SUPERVISE, "reworks"),
        ]

    def test_of_several_occasions_only_the_highest_is_climbed(self):
        assert climbs(sent_back(3, TWICE_AND_THRICE)) == [
            ("rectify-3", Rung.SUPERVISE, "reworks"),
            ("rectify-4", Rung.CRITICISE, "reworks"),
        ]

    def test_what_another_unit_had_sent_back_does_not_count_against_this_one(self):
        life = sent_back(1).when(transfer, accept.by(SWEEPER), submit.by(SWEEPER), send_back)
        assert climbs(life) == []
        assert climbs(life.when(submit.by(SWEEPER), send_back)) == [("rectify-5", Rung.SUPERVISE, "reworks")]

    def test_an_order_accepted_after_reworks_of_before_is_no_occasion(self):
        life = sent_back(2).when(transfer, refuse.by(SWEEPER), dispatch, accept)
        assert climbs(life) == [("rectify-3", Rung.SUPERVISE, "reworks")]

    def test_the_last_rung_on_an_occasion_has_a_case_follow(self):
        life = sent_back(1, TO_THE_TOP).then(ItemSentBack, RungClimbed, AccountabilityFellDue)
        assert life.last(AccountabilityFellDue).clock_id == "rectify-2"
        assert life.clock.planned == ()


class TestRecurrence:
    def test_what_has_come_back_climbs_when_it_is_dispatched(self):
        life = given(RECURRING, rules=BACK_AGAIN)
        assert [type(event) for event in life.led_to] == [IssueReported, ItemRegistered, ItemDispatched, RungClimbed]
        assert climbs(life) == [("accept-1", Rung.SUMMON, "recurrence")]

    def test_it_climbs_again_for_the_unit_it_is_transferred_to(self):
        life = given(RECURRING, rules=BACK_AGAIN).when(transfer).then(ItemTransferred, RungClimbed)
        assert (life.last(RungClimbed).clock_id, life.last(RungClimbed).unit) == ("accept-2", "sanitation")

    def test_an_order_given_again_on_the_running_clock_is_no_occasion(self):
        given(RECURRING, rules=BACK_AGAIN).when(dispatch).then(ItemDispatched)

    def test_a_clock_without_a_rule_for_it_climbs_as_usual(self):
        given(RECURRING, rules=BACK_AGAIN).when(accept).then(ItemAccepted)

    def test_a_new_issue_is_no_recurrence(self):
        assert climbs(given(report, rules=BACK_AGAIN)) == []

    def test_what_waits_for_the_office_waits_for_its_unit(self):
        manual = rules_with(
            dispatching="manual",
            ladders={"accept": Ladder(occasions=(OccasionRule(rung=Rung.SUMMON, recurrence=True),))},
        )
        life = given(RECURRING, rules=manual)
        assert climbs(life) == []
        assert climbs(life.when(dispatch)) == [("accept-1", Rung.SUMMON, "recurrence")]

    def test_recurrence_and_reworks_together_climb_the_higher_rung(self):
        both = rules(OccasionRule(rung=Rung.REMIND, recurrence=True), OccasionRule(rung=Rung.SUPERVISE, reworks=1))
        assert climbs(sent_back(1, both, RECURRING)) == [
            ("rectify-1", Rung.REMIND, "recurrence"),
            ("rectify-2", Rung.SUPERVISE, "reworks"),
        ]


class TestAfterwards:
    def test_a_suspension_holds_what_is_left_and_resumption_continues_it(self):
        life = sent_back(2).when(suspend.at(november(16, 10)))
        assert (life.clock.due_at, life.clock.planned) == (None, ())
        life = life.when(comment.at(november(25, 9)))
        assert len(climbs(life)) == 1
        life = life.when(resume.at(november(25, 10)))
        assert list(plan(life.clock)) == [Rung.CRITICISE, Rung.SUMMON, Rung.HOLD_TO_ACCOUNT]
        assert life.clock.due_at == november(25, 15, 5)
        assert plan(life.clock)[Rung.CRITICISE] == shanghai(2026, 12, 2, 15, 5)

    def test_an_extension_does_not_bring_lower_rungs_back(self):
        life = sent_back(2).when(extend_item)
        assert Rung.REMIND not in plan(life.clock)
        assert life.clock.climbed == (Rung.SUPERVISE,)

    def test_neither_does_a_change_of_rules(self):
        tighter = POLICY.model_copy(update={"version": 3, "rework": working_days(1)})
        newer = replace(TWICE, policies={**TWICE.policies, tighter.ref: tighter})
        life = sent_back(2).under(newer).when(apply_regime).then(LimitChanged)
        assert Rung.REMIND not in plan(life.clock)
        assert Rung.SUPERVISE not in plan(life.clock)
        assert life.clock.climbed == (Rung.SUPERVISE,)

    @pytest.mark.parametrize("ending", [(void,), (submit, pass_check)], ids=["voided", "closed"])
    def test_an_end_ends_it(self, ending: tuple[Deed, ...]):
        life = sent_back(2).when(*ending)
        assert len(climbs(life.when(follow_up.at(november(30, 10))))) == 1

    def test_a_rung_by_time_is_not_climbed_again_on_an_occasion_nor_the_other_way_round(self):
        life = sent_back(2).when(follow_up.at(november(30, 10)))
        assert [rung for clock_id, rung, _ in climbs(life) if clock_id == "rectify-3"] == [
            Rung.SUPERVISE,
            Rung.CRITICISE,
            Rung.SUMMON,
        ]


STEEP = Ladder(rules=(RungRule(rung=Rung.SUMMON, after_due=working_days(1), points=3),))
GRAVER = rules_with(severities={"critical": {"rectify": STEEP}})


class TestSeverity:
    def test_a_graver_category_climbs_its_own_ladder(self):
        life = given(report.with_(issue=MANHOLE), accept, rules=GRAVER)
        assert life.clock.severity is Severity.CRITICAL
        assert list(plan(life.clock)) == [Rung.SUMMON]

    def test_an_ordinary_one_climbs_the_usual_ladder(self):
        life = given(report, accept, rules=GRAVER)
        assert life.clock.severity is Severity.ORDINARY
        assert list(plan(life.clock)) == list(Rung)

    def test_a_step_that_graver_issues_do_not_name_has_the_usual_ladder(self):
        assert list(plan(given(report.with_(issue=MANHOLE), rules=GRAVER).clock)) == list(Rung)

    def test_resuming_and_extending_keep_the_graver_ladder(self):
        life = given(report.with_(issue=MANHOLE), accept, rules=GRAVER).when(suspend, resume, extend_item)
        assert list(plan(life.clock)) == [Rung.SUMMON]

    def test_its_points_are_those_of_the_graver_ladder(self):
        life = given(report.with_(issue=MANHOLE), accept, rules=GRAVER).when(follow_up.at(november(19, 10)))
        assert [(event.rung, event.points) for event in life.all(RungClimbed)] == [(Rung.SUMMON, 3)]

    def test_a_running_clock_comes_under_a_graver_ladder_with_the_rules_that_have_one(self):
        life = given(report.with_(issue=MANHOLE), accept, rules=RULES)
        assert list(plan(life.clock)) == list(Rung)
        life = life.under(GRAVER).when(apply_regime).then(LimitChanged)
        assert list(plan(life.clock)) == [Rung.SUMMON]
        assert HANDLER.unit == life.state.assignment.unit
