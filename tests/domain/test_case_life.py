"""Accountability cases from opened to closed: with and without a statement, an appeal, a fault."""

from dataclasses import replace

import pytest

from domain.accountability.events import (
    AppealPeriodLapsed,
    CaseClosed,
    CaseDecided,
    CaseFellOverdue,
    CaseOpened,
    CaseWithdrawn,
    DecisionAppealed,
    DecisionCarriedOut,
    DecisionReviewed,
    FindingRecorded,
    GroundExcused,
    StatementAbsent,
    StatementSubmitted,
    UnitNotified,
)
from domain.accountability.rejections import CaseNotInStep
from domain.accountability.rules import AccountabilityRules, CaseLimits, Measure
from domain.accountability.state import ImpossibleCaseHistoryError, evolve
from domain.accountability.values import Grounds
from domain.clock import ClockKind
from domain.errors import Forbidden
from domain.rulebook.rulebook import CampaignInForce
from tests.domain import case_samples as s
from tests.domain.calendars import shanghai
from tests.domain.clocks import november, working_days
from tests.domain.item_samples import ITEM, LEADER, OFFICE, OTHER_ITEM, rules_with


def test_a_case_walks_from_opened_to_closed_where_the_unit_states_appeals_and_is_rejected():
    case = s.Accusing().when(s.open_by_rung).then(CaseOpened).stands("opened")
    case = case.when(s.notify).then(UnitNotified).stands("notified")
    case = case.when(s.state_reasons).then(StatementSubmitted).stands("awaiting_finding")
    case = case.when(s.find).then(FindingRecorded).stands("awaiting_decision")
    case = case.when(s.decision).then(CaseDecided).stands("decided")
    case = case.when(s.appeal).then(DecisionAppealed).stands("under_review")
    case = case.when(s.reject).then(DecisionReviewed).stands("to_carry_out")
    case = case.when(s.carry_out).then(DecisionCarriedOut, CaseClosed).stands("concluded")
    assert case.state.basis == "carried_out"
    assert case.due is None
    assert case.clock is None


def test_every_step_has_a_clock_of_its_own_with_the_limit_of_the_policy():
    limits = CaseLimits(**{name: working_days(days) for days, name in enumerate(CaseLimits.model_fields, start=1)})
    case = s.Accusing(rules=rules_with(accountability=AccountabilityRules(limits=limits).model_dump()))
    clocks = []
    for deed in (s.open_by_rung, *s.APPEALED, s.reject):
        case = case.when(deed)
        clocks.append((case.clock.kind, case.clock.limit))
    kinds = ["notify", "statement", "finding", "decision", "appeal", "review", "carry_out"]
    assert clocks == [(kind, working_days(days)) for days, kind in enumerate(kinds, start=1)]


def test_a_unit_that_keeps_silent_is_decided_about_without_its_statement():
    case = s.accused(s.notify)
    assert case.due is not None
    assert (case.due.what, case.due.at) == ("statement_over", case.clock.due_at)
    case = case.when(s.follow_up.at(case.due.at)).then(StatementAbsent).stands("awaiting_finding")
    case = case.when(s.find, s.decision).stands("decided")
    assert case.due is not None
    case = case.when(s.follow_up.at(case.due.at)).then(AppealPeriodLapsed).stands("to_carry_out")
    assert case.when(s.carry_out).stands("concluded").state.basis == "carried_out"


def test_without_fault_the_case_is_closed_by_the_decision():
    case = s.accused(*s.FOUND).when(s.no_fault).then(CaseDecided, CaseClosed).stands("concluded")
    assert case.state.basis == "no_fault"
    assert case.last(CaseDecided).clock is None
    assert case.last(CaseDecided).points == 0


def test_an_upheld_appeal_puts_a_milder_measure_in_its_place():
    case = s.accused(*s.APPEALED).when(s.uphold).then(DecisionReviewed).stands("to_carry_out")
    reviewed = case.last(DecisionReviewed)
    assert (reviewed.measure, reviewed.points, reviewed.reviewed_by) == (Measure.EDUCATION, 2, "user:other-leader")
    assert case.when(s.carry_out).stands("concluded").state.basis == "carried_out"


def test_an_upheld_appeal_can_leave_nothing():
    case = s.accused(*s.APPEALED).when(s.acquit).then(DecisionReviewed, CaseClosed).stands("concluded")
    assert case.state.basis == "overturned"
    assert case.last(DecisionReviewed).points == 0


def test_a_rejected_appeal_leaves_measure_and_points_as_they_were():
    points = AccountabilityRules(points={Measure.ADMONITION: 30}).model_dump()
    case = s.accused(*s.APPEALED).under(rules_with(accountability=points)).when(s.reject)
    reviewed = case.last(DecisionReviewed)
    assert (reviewed.measure, reviewed.points) == (Measure.ADMONITION, 8)
    assert reviewed.policy_version == "city@2"
    assert s.accused(*s.APPEALED).when(s.reject.with_(measure=Measure.ADMONITION)).stands("to_carry_out")


def test_an_upheld_appeal_never_costs_more_points_than_the_decision_did():
    points = AccountabilityRules(points={Measure.EDUCATION: 30}).model_dump()
    case = s.accused(*s.APPEALED).under(rules_with(accountability=points)).when(s.uphold)
    assert case.last(DecisionReviewed).points == 8


def test_a_decision_names_the_policy_in_force_what_it_rests_on_and_who_decided():
    newer = rules_with(accountability=AccountabilityRules(points={Measure.ADMONITION: 12}).model_dump())
    decided = s.accused(*s.FOUND).under(newer).when(s.decision).last(CaseDecided)
    assert (decided.policy_version, decided.points, decided.decided_by) == ("city@2", 12, "user:leader")
    assert decided.grounds == Grounds(items=(ITEM,), acts=("创督〔2026〕12号",), bulletins=("周通报 2026-46",))
    assert decided.number.text == "创问决〔2026〕1号"


def test_a_review_rests_on_what_the_decision_rested_on_and_on_what_came_to_light():
    grounds = s.accused(*s.APPEALED).when(s.uphold).last(DecisionReviewed).grounds
    assert grounds.items == (ITEM, OTHER_ITEM)


@pytest.mark.parametrize(
    ("opening", "grounds"),
    [
        (s.open_by_rung, Grounds(items=(ITEM,))),
        (s.open_by_rung.with_(cause=s.RUNG.model_copy(update={"source": "obligation"})), Grounds(obligations=(ITEM,))),
        (s.open_by_ranking, Grounds(bulletins=("周通报 2026-46", "周通报 2026-44", "周通报 2026-45"))),
        (s.open_by_hand, Grounds(items=(OTHER_ITEM,))),
        (s.open_by_hand.by(LEADER), Grounds(items=(OTHER_ITEM,))),
    ],
    ids=["item", "obligation", "ranking", "office", "leader"],
)
def test_a_case_rests_on_what_it_was_opened_for(opening, grounds):
    opened = s.Accusing().when(opening).then(CaseOpened).last(CaseOpened)
    assert opened.grounds == grounds
    assert opened.policy_version == "city@1"


def test_a_rung_opens_a_case_against_a_unit_and_in_a_campaign_that_are_gone_by_now():
    gone = s.open_by_rung.with_(unit="old-squad", campaign_id="county-2020", area="drowned")
    assert s.Accusing().when(gone).then(CaseOpened).stands("opened")


def test_a_case_can_be_withdrawn_until_it_is_decided():
    for deeds in ((), (s.notify,), s.HEARD, s.FOUND):
        assert s.accused(*deeds).when(s.withdraw).then(CaseWithdrawn).stands("withdrawn").due is None


@pytest.mark.parametrize("deeds", [(), s.HEARD, s.FOUND, s.DECIDED, s.APPEALED], ids=len)
def test_an_appeal_granted_while_a_case_is_open_is_noted_once_and_moves_nothing(deeds):
    case = s.accused(*deeds)
    noted = case.when(s.excuse).then(GroundExcused)
    assert noted.record.excused == noted.last(GroundExcused)
    assert (noted.state.status, noted.clock, noted.due) == (case.state.status, case.clock, case.due)
    noted.when(s.excuse).then()


def test_a_case_whose_ground_was_excused_may_be_withdrawn_or_decided():
    s.accused(*s.FOUND).when(s.excuse, s.withdraw).then(CaseWithdrawn)
    s.accused(*s.FOUND).when(s.excuse, s.no_fault).then(CaseDecided, CaseClosed)


def test_what_is_over_notes_nothing_any_more():
    s.accused(s.withdraw).when(s.excuse).rejected(CaseNotInStep)
    s.accused(*s.FOUND, s.no_fault).when(s.excuse).rejected(CaseNotInStep)
    s.accused().when(s.excuse.by(OFFICE)).rejected(Forbidden)


def test_the_office_may_notify_before_the_service_does():
    assert s.accused(s.notify.by(OFFICE)).stands("notified")


def test_a_unit_is_notified_in_working_hours():
    night = s.Accusing().when(s.open_by_rung.at(shanghai(2026, 11, 20, 19)))  # a Friday
    assert night.due is not None
    assert (night.due.what, night.due.at) == ("notify", night.now)
    assert night.waits_until is not None
    assert night.waits_until.at == shanghai(2026, 11, 23, 8)
    day = s.accused()
    assert day.waits_until is not None
    assert day.waits_until.at == day.now


def test_a_step_that_is_late_is_marked_once_and_goes_on():
    case = s.accused(*s.HEARD)
    assert case.due is not None
    assert case.due.what == "overdue"
    late = case.when(s.follow_up.at(case.due.at)).then(CaseFellOverdue).stands("awaiting_finding")
    assert late.due is None
    assert late.when(s.follow_up).led_to == ()
    assert [mark.kind for mark in late.record.marks] == [ClockKind.FINDING]
    assert late.when(s.find).then(FindingRecorded).stands("awaiting_decision")


def test_what_was_late_is_marked_before_what_is_done_then():
    case = s.accused(*s.HEARD).when(s.find.at(shanghai(2026, 12, 30, 9)))
    case.then(CaseFellOverdue, FindingRecorded)
    unnotified = s.accused().when(s.notify.at(november(25, 9)))
    unnotified.then(CaseFellOverdue, UnitNotified)


def test_following_up_once_very_late_settles_the_same_as_following_up_in_time():
    late = shanghai(2026, 12, 30, 9)
    for deeds in ((s.notify,), s.HEARD, s.FOUND, s.DECIDED, s.APPEALED):
        in_time, once = s.accused(*deeds).until(late), s.accused(*deeds).when(s.follow_up.at(late))
        assert [(event.type, getattr(event, "clock", None)) for event in once.history] == [
            (event.type, getattr(event, "clock", None)) for event in in_time.history
        ]
        assert once.case.model_dump(exclude={"record": {"updated_at"}}) == in_time.case.model_dump(
            exclude={"record": {"updated_at"}}
        )


def test_the_next_step_counts_from_the_end_of_a_period_not_from_when_somebody_looked():
    case = s.accused(s.notify)
    due_at = case.clock.due_at
    late = case.when(s.follow_up.at(shanghai(2026, 11, 26, 20)))
    assert late.clock.opened_at == due_at


def test_nothing_follows_before_its_time():
    assert s.accused(s.notify).when(s.follow_up).led_to == ()


def test_time_never_goes_back_when_the_clocks_of_two_machines_differ():
    case = s.accused(*s.HEARD)
    found = case.when(s.find.at(s.START))
    assert found.last(FindingRecorded).occurred_at == case.now


def test_a_history_that_cannot_be_is_noticed():
    case = s.accused(*s.APPEALED).when(s.reject, s.carry_out)
    opened, notified = case.history[:2]
    for state, event in ((None, notified), (case.state, opened), (case.state, notified)):
        with pytest.raises(ImpossibleCaseHistoryError):
            evolve(state, event)
    with pytest.raises(ImpossibleCaseHistoryError):
        evolve(s.accused().state, case.last(CaseDecided))


def test_a_campaign_that_ends_meanwhile_leaves_the_case_under_its_policy():
    own = s.RULES.newest_policy("city").model_copy(
        update={"policy_id": "sprint", "accountability": AccountabilityRules(points={Measure.ADMONITION: 21})}
    )
    campaign = CampaignInForce("county-2026", "sprint", own.calendar_id, own.catalogue_id)
    over = replace(s.RULES, policies={**s.RULES.policies, own.ref: own})
    case = s.Accusing().under(replace(over, campaigns={"county-2026": campaign}))
    case = case.when(s.open_by_rung.with_(campaign_id="county-2026"), *s.FOUND).under(over).when(s.decision)
    decided = case.last(CaseDecided)
    assert (decided.policy_version, decided.points) == (own.ref, 21)
    newer = own.model_copy(update={"version": own.version + 1})
    later = case.under(replace(over, policies={**over.policies, newer.ref: newer})).when(s.appeal, s.reject)
    assert later.last(DecisionReviewed).policy_version == newer.ref
