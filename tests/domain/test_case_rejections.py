"""What is refused about an accountability case, and why."""

from uuid import UUID

import pytest
from pydantic import ValidationError

from domain.accountability import commands as c
from domain.accountability.opening import NumberMissingError
from domain.accountability.permissions import ALLOWED
from domain.accountability.rejections import (
    AppealPeriodOver,
    CaseAlreadyOpened,
    CaseNotInStep,
    DecidedByAccusedUnit,
    DecidedByNamedPerson,
    DecisionWithoutGrounds,
    HandledByAccusedUnit,
    MeasureNotMilder,
    MeasureStands,
    NoSuchCase,
    NotTheAccusedUnit,
    ReviewedByAccusedUnit,
    ReviewedByDecider,
    ReviewedByNamedPerson,
    StatementPeriodOver,
    StatementPeriodRuns,
    TooManyGrounds,
)
from domain.accountability.rules import Measure
from domain.accountability.values import Grounds, HandCause
from domain.actor import Actor, Role
from domain.errors import Forbidden
from domain.item.rejections import CampaignNotInForce
from domain.rulebook.rulebook import UnknownArea, UnknownUnit
from tests.domain import case_samples as s
from tests.domain.clocks import november
from tests.domain.item_samples import EVERYBODY, HOTLINE, ITEM, LEADER, OFFICE, SERVICE, SQUAD_HANDLER, SWEEPER

MANY = tuple(UUID(int=number) for number in range(1, 201))


@pytest.mark.parametrize("deed", s.DEEDS, ids=lambda deed: deed.command.__name__)
def test_every_command_is_refused_to_everybody_whose_role_it_is_not(deed):
    for actor in EVERYBODY:
        if actor.role not in ALLOWED[deed.command]:
            s.accused().when(deed.by(actor)).rejected(Forbidden)


@pytest.mark.parametrize("deed", s.DEEDS, ids=lambda deed: deed.command.__name__)
def test_nothing_can_be_done_about_a_case_that_was_never_opened(deed):
    s.Accusing().when(deed).rejected(NoSuchCase)


def test_a_case_is_opened_once():
    s.accused().when(s.open_by_rung).rejected(CaseAlreadyOpened)


def test_people_open_cases_by_hand_only_and_back_office_systems_none_by_hand():
    s.Accusing().when(s.open_by_rung.by(OFFICE)).rejected(Forbidden)
    s.Accusing().when(s.open_by_ranking.by(LEADER)).rejected(Forbidden)
    s.Accusing().when(s.open_by_hand.by(HOTLINE)).rejected(Forbidden)


def test_by_hand_a_case_names_what_exists():
    s.Accusing().when(s.open_by_hand.with_(unit="old-squad")).rejected(UnknownUnit)
    s.Accusing().when(s.open_by_hand.with_(area="drowned")).rejected(UnknownArea)
    s.Accusing().when(s.open_by_hand.with_(campaign_id="county-2020")).rejected(CampaignNotInForce)


def test_without_its_number_nothing_is_decided():
    with pytest.raises(NumberMissingError):
        s.Accusing().when(s.open_by_rung.with_(number=None))


def test_nothing_is_found_or_decided_while_the_unit_may_still_make_its_statement():
    for deeds in ((), (s.notify,)):
        for deed in (s.find, s.decision, s.no_fault):
            s.accused(*deeds).when(deed).rejected(StatementPeriodRuns)


def test_a_statement_in_the_last_instant_is_in_time_and_one_after_it_is_not():
    case = s.accused(s.notify)
    due_at = case.clock.due_at
    assert case.when(s.state_reasons.at(due_at)).stands("awaiting_finding").record.heard
    case.when(s.state_reasons.at(due_at + s.PACE)).rejected(StatementPeriodOver)
    silent = case.until(due_at)
    silent.when(s.state_reasons).rejected(StatementPeriodOver)
    silent.when(s.find, s.state_reasons).rejected(StatementPeriodOver)


def test_a_statement_is_made_once_and_not_before_the_unit_was_notified():
    s.accused().when(s.state_reasons).rejected(CaseNotInStep)
    s.accused(*s.HEARD).when(s.state_reasons).rejected(CaseNotInStep)


def test_statement_and_appeal_are_the_accused_units_own():
    s.accused(s.notify).when(s.state_reasons.by(SWEEPER)).rejected(NotTheAccusedUnit)
    s.accused(*s.DECIDED).when(s.appeal.by(SWEEPER)).rejected(NotTheAccusedUnit)
    assert s.accused(s.notify).when(s.state_reasons.by(SQUAD_HANDLER)).stands("awaiting_finding")


def test_a_unit_above_the_accused_one_does_not_speak_for_it():
    case = s.Accusing().when(s.open_by_rung.with_(unit="market-squad"), s.notify)
    case.when(s.state_reasons).rejected(NotTheAccusedUnit)


def test_an_appeal_in_the_last_instant_is_in_time_and_one_after_it_is_not():
    case = s.accused(*s.DECIDED)
    due_at = case.clock.due_at
    assert case.when(s.appeal.at(due_at)).stands("under_review")
    case.when(s.appeal.at(due_at + s.PACE)).rejected(AppealPeriodOver)
    lapsed = case.until(due_at)
    lapsed.when(s.appeal).rejected(AppealPeriodOver)
    lapsed.when(s.carry_out, s.appeal).rejected(AppealPeriodOver)


def test_a_decision_is_appealed_once_and_not_where_there_is_none():
    s.accused(*s.FOUND).when(s.appeal).rejected(CaseNotInStep)
    s.accused(*s.APPEALED).when(s.appeal).rejected(CaseNotInStep)
    s.accused(*s.APPEALED).when(s.reject, s.appeal).rejected(CaseNotInStep)


def test_a_person_of_the_accused_unit_can_neither_find_decide_review_carry_out_nor_withdraw():
    s.accused(*s.HEARD).when(s.find.by(s.OWN_OFFICE)).rejected(HandledByAccusedUnit)
    s.accused(*s.HEARD).when(s.withdraw.by(s.OWN_OFFICE)).rejected(HandledByAccusedUnit)
    s.accused(*s.APPEALED, s.reject).when(s.carry_out.by(s.OWN_OFFICE)).rejected(HandledByAccusedUnit)
    for leader in (s.OWN_LEADER, s.SQUAD_LEADER):
        s.accused(*s.FOUND).when(s.decision.by(leader)).rejected(DecidedByAccusedUnit)
        s.accused(*s.APPEALED).when(s.reject.by(leader)).rejected(ReviewedByAccusedUnit)


def test_a_leader_of_a_unit_above_or_beside_the_accused_one_decides_and_reviews():
    case = s.Accusing().when(s.open_by_rung.with_(unit="market-squad"), s.notify, s.state_reasons.by(SQUAD_HANDLER))
    case = case.when(s.find, s.decision.by(s.OWN_LEADER), s.appeal.by(SQUAD_HANDLER))
    beside = Actor(principal="user:cleaning-leader", role=Role.LEADER, unit="sanitation")
    assert case.when(s.reject.by(beside)).stands("to_carry_out")


def test_whoever_decided_does_not_review():
    s.accused(*s.APPEALED).when(s.reject.by(LEADER)).rejected(ReviewedByDecider)


def test_whom_a_measure_concerns_neither_decides_nor_reviews():
    s.accused(*s.FOUND).when(s.decision.with_(persons=(LEADER.principal,))).rejected(DecidedByNamedPerson)
    named = s.decision.with_(persons=("p-head", s.OTHER_LEADER.principal))
    s.accused(*s.FOUND).when(named, s.appeal, s.reject).rejected(ReviewedByNamedPerson)


@pytest.mark.parametrize("measure", [None, Measure.ADMONITION, Measure.REFERRAL])
def test_an_upheld_appeal_needs_a_milder_measure(measure):
    s.accused(*s.APPEALED).when(s.uphold.with_(measure=measure)).rejected(MeasureNotMilder)


def test_a_rejected_appeal_changes_no_measure():
    s.accused(*s.APPEALED).when(s.reject.with_(measure=Measure.EDUCATION)).rejected(MeasureStands)


def test_what_is_decided_is_not_withdrawn_nor_decided_again():
    for deeds in (s.DECIDED, s.APPEALED, (*s.APPEALED, s.reject), (*s.FOUND, s.no_fault)):
        for deed in (s.withdraw, s.decision, s.find, s.notify):
            s.accused(*deeds).when(deed).rejected(CaseNotInStep)


def test_nothing_is_decided_before_the_finding_nor_carried_out_while_an_appeal_is_possible():
    s.accused(*s.HEARD).when(s.decision).rejected(CaseNotInStep)
    s.accused(*s.DECIDED).when(s.carry_out).rejected(CaseNotInStep)
    s.accused(*s.APPEALED).when(s.carry_out).rejected(CaseNotInStep)


@pytest.mark.parametrize("ending", [(s.withdraw,), (*s.FOUND, s.no_fault), (*s.APPEALED, s.reject, s.carry_out)])
def test_a_case_that_is_over_stays_over(ending):
    over = s.accused(*ending)
    for deed in (s.notify, s.find, s.decision, s.reject, s.carry_out, s.withdraw):
        over.when(deed).rejected(CaseNotInStep)
    assert over.when(s.follow_up.at(november(30, 9))).led_to == ()


def test_a_measure_rests_on_something_and_that_there_was_no_fault_on_nothing():
    nothing = Grounds()
    found = s.Accusing().when(s.open_by_hand.with_(grounds=nothing), *s.HEARD, s.find.with_(grounds=nothing)).settled()
    found.when(s.decision.with_(grounds=nothing)).rejected(DecisionWithoutGrounds)
    found.when(s.no_fault.with_(grounds=nothing)).stands("concluded")
    for grounds in ({"items": (ITEM,)}, {"obligations": (ITEM,)}, {"bulletins": ("周通报",)}, {"acts": ("创督",)}):
        found.when(s.decision.with_(grounds=Grounds.model_validate(grounds))).stands("decided")
    s.accused(*s.HEARD, s.find.with_(grounds=nothing), s.decision.with_(grounds=nothing)).stands("decided")


def test_a_decision_that_would_rest_on_too_much_is_refused():
    case = s.accused(*s.HEARD, s.find.with_(grounds=Grounds(items=MANY)))
    case.when(s.decision).rejected(TooManyGrounds)


def test_a_reason_that_nobody_can_see_is_no_reason():
    with pytest.raises(ValidationError):
        c.DecideCase(command_id="1", at=s.START, actor=LEADER, measure=Measure.NO_FAULT, reasons=" ")


def test_the_service_opens_no_case_by_hand():
    s.Accusing().when(s.open_by_hand.by(SERVICE).with_(cause=HandCause(reason="x"))).rejected(Forbidden)
