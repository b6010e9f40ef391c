"""Obligations from assignment to the end: duties are reported, tasks completed and accepted, letters signed."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from pydantic import ValidationError

from domain.campaign.plan import DutyKind
from domain.clock import ClockKind
from domain.errors import Forbidden
from domain.item.rejections import CheckedByOwnUnit, DueInThePast, DueTooFarAhead, LeadUnitSupportsItself, NotYourUnit
from domain.limits import Limit, LimitKind
from domain.obligation.events import (
    CompletionAccepted,
    CompletionReturned,
    CompletionSubmitted,
    ObligationAssigned,
    ObligationFellOverdue,
    ObligationFulfilled,
    ObligationRungClimbed,
    ObligationWithdrawn,
    ProgressReported,
)
from domain.obligation.identity import duty_key, letter_key, task_key
from domain.obligation.rejections import (
    AlreadyAssigned,
    MilestoneGivenTwice,
    NoSuchObligation,
    ObligationNotInStep,
    QuantityMissing,
    UnknownMilestone,
    UnknownQuantity,
    WrongKindOfObligation,
)
from domain.obligation.values import MilestonePlan
from domain.rulebook.rulebook import UnknownUnit
from tests.domain import obligation_samples as s
from tests.domain.calendars import shanghai
from tests.domain.clocks import november, working_hours
from tests.domain.item_samples import (
    EVERYBODY,
    INSPECTOR,
    LEADER,
    OFFICE,
    OWN_INSPECTOR,
    SANITATION_INSPECTOR,
    SERVICE,
    SQUAD_HANDLER,
    SWEEPER,
    text,
)

LATE = november(17, 10)


def milestone(days_before):
    return MilestonePlan(milestone_id="m", name=text("m"), days_before=days_before)


class TestDuties:
    def test_an_occurrence_runs_from_its_instant_and_bears_its_number(self):
        duty = s.owed(s.assign_duty.at(s.START + timedelta(seconds=2))).then(ObligationAssigned)
        assert duty.clock.kind is ClockKind.DUTY
        assert duty.clock.due_at == november(16, 15)
        assert duty.record.number == "county-2026/daily-report/20261116T0100Z/city-management"

    def test_a_report_in_time_fulfils_it_with_its_quantities(self):
        done = s.owed(s.assign_duty, s.report_duty).then(ObligationFulfilled).stands("fulfilled")
        assert not done.last(ObligationFulfilled).late
        assert done.last(ObligationFulfilled).quantities[0].amount == Decimal(1200)
        assert done.due is None

    def test_a_report_at_the_very_deadline_is_in_time(self):
        assert not s.owed(s.assign_duty, s.report_duty.at(november(16, 15))).record.late

    def test_a_late_report_is_late_even_if_nobody_followed_up(self):
        done = s.owed(s.assign_duty, s.report_duty.at(LATE))
        done.then(ObligationRungClimbed, ObligationFellOverdue, ObligationRungClimbed, ObligationFulfilled)
        assert done.last(ObligationFulfilled).late
        assert done.record.late

    def test_whoever_works_below_the_unit_may_report_and_nobody_else(self):
        s.owed(s.assign_duty, s.report_duty.by(SQUAD_HANDLER)).stands("fulfilled")
        for stranger in (SWEEPER, INSPECTOR, OFFICE):
            s.owed(s.assign_duty).when(s.report_duty.by(stranger)).rejected(NotYourUnit)

    def test_an_inspection_is_reported_by_the_inspectors_who_owe_it(self):
        s.owed(s.assign_duty.with_(unit="inspection"), s.report_duty.by(INSPECTOR)).stands("fulfilled")

    def test_what_the_office_owes_the_office_reports(self):
        bulletin = s.DAILY.model_copy(update={"duty_kind": DutyKind.WEEKLY_BULLETIN, "by_office": True})
        s.owed(s.assign_duty.with_(owed=bulletin, unit="inspection"), s.report_duty.by(OFFICE)).stands("fulfilled")

    def test_every_quantity_asked_for_is_given_once_and_no_other(self):
        duty = s.owed(s.assign_duty)
        duty.when(s.report_duty.with_(quantities=())).rejected(QuantityMissing)
        duty.when(s.report_duty.with_(quantities=(*s.DONE, s.DONE[0]))).rejected(UnknownQuantity)
        odd = s.DONE[0].model_copy(update={"kind": "清理河道（米）"})
        duty.when(s.report_duty.with_(quantities=(*s.DONE, odd))).rejected(UnknownQuantity)
        nothing_done = tuple(quantity.model_copy(update={"amount": Decimal(0)}) for quantity in s.DONE)
        duty.when(s.report_duty.with_(quantities=nothing_done)).then(ObligationFulfilled)

    @pytest.mark.parametrize("amount", [Decimal(-1), Decimal("0.0001"), Decimal("NaN")])
    def test_a_quantity_is_a_plain_number(self, amount):
        with pytest.raises(ValidationError):
            type(s.DONE[0])(kind="清理小广告（张）", amount=amount)

    def test_material_is_accepted_or_returned(self):
        handed_in = s.owed(s.assign_material, s.hand_in).then(CompletionSubmitted).stands("submitted")
        assert handed_in.clock.kind is ClockKind.ACCEPTANCE
        handed_in.when(s.accept).then(CompletionAccepted).stands("fulfilled")
        returned = handed_in.when(s.send_back).then(CompletionReturned).stands("open")
        assert (returned.clock.clock_id, returned.record.returns) == ("duty-2", 1)

    def test_one_that_ran_out_before_anybody_was_told_begins_when_told(self):
        told = november(18, 9)
        duty = s.owed(s.assign_duty.at(told))
        assert duty.clock.opened_at == told
        assert duty.clock.due_at == november(18, 15)

    def test_one_told_late_but_in_time_keeps_its_deadline_and_is_not_warned_about_the_past(self):
        duty = s.owed(s.assign_duty.at(november(16, 14, 30)))
        assert duty.clock.due_at == november(16, 15)
        assert all(step.at >= november(16, 14, 30) for step in duty.clock.planned)


class TestTasks:
    def test_milestones_count_back_from_the_day_of_inspection_and_stand_in_order(self):
        task = s.owed(s.assign_task)
        assert [(m.milestone_id, m.due_at) for m in task.record.owed.milestones] == [
            ("surveyed", shanghai(2026, 11, 24)),
            ("finished", shanghai(2026, 12, 11)),
        ]

    def test_it_is_due_as_the_day_before_the_inspection_ends_unless_told_otherwise(self):
        assert s.owed(s.assign_task).clock.due_at == shanghai(2026, 12, 15)
        uneven = s.assign_task.at(s.START + timedelta(microseconds=123))
        assert s.owed(uneven).clock.due_at == shanghai(2026, 12, 15)
        sooner = s.assign_task.with_(complete_by=date(2026, 11, 30))
        assert s.owed(sooner).clock.due_at == shanghai(2026, 12, 1)

    def test_progress_is_reported_completed_and_accepted(self):
        task = s.owed(s.assign_task, s.progress).then(ProgressReported)
        assert (task.record.percent, task.record.reached) == (40, ("surveyed",))
        submitted = task.when(s.complete).then(CompletionSubmitted).stands("submitted")
        assert submitted.clock.due_at == november(17, 9, 2)  # as long as a check
        done = submitted.when(s.accept).then(CompletionAccepted).stands("fulfilled")
        assert not done.last(CompletionAccepted).late

    def test_what_is_returned_gets_a_new_clock_and_may_be_submitted_again(self):
        returned = s.owed(s.assign_task, s.complete, s.send_back).then(CompletionReturned).stands("open")
        assert (returned.clock.kind, returned.clock.clock_id) == (ClockKind.TASK, "task-2")
        assert returned.clock.due_at == november(18, 9, 2)
        assert returned.due is not None
        assert returned.due.what == "rung"  # its milestones counted as reached with the first submission
        again = returned.when(s.complete).stands("submitted")
        assert again.clock.clock_id == "acceptance-2"

    def test_a_return_without_a_limit_gives_that_of_rework(self):
        returned = s.owed(s.assign_task, s.complete, s.send_back.with_(limit=None))
        assert returned.clock.limit == working_hours(4)

    def test_lateness_is_that_of_the_submission_not_of_the_acceptance(self):
        submitted = s.owed(s.assign_task, s.complete)
        accepted = submitted.when(s.accept.at(shanghai(2026, 12, 30, 9)))
        assert not accepted.last(CompletionAccepted).late
        late = s.owed(s.assign_task, s.complete.at(shanghai(2026, 12, 16, 9))).when(s.accept)
        assert late.last(CompletionAccepted).late

    @pytest.mark.parametrize("actor", [OWN_INSPECTOR, SANITATION_INSPECTOR], ids=["lead", "supporting"])
    def test_a_unit_never_accepts_its_own_work(self, actor):
        submitted = s.owed(s.assign_task, s.complete)
        submitted.when(s.accept.by(actor)).rejected(CheckedByOwnUnit)
        submitted.when(s.send_back.by(actor)).rejected(CheckedByOwnUnit)

    def test_the_leading_group_and_the_office_may_accept(self):
        for actor in (LEADER, OFFICE):
            s.owed(s.assign_task, s.complete, s.accept.by(actor)).stands("fulfilled")

    def test_only_the_lead_unit_reports_and_submits(self):
        task = s.owed(s.assign_task)
        task.when(s.progress.by(SWEEPER)).rejected(NotYourUnit)
        task.when(s.complete.by(SWEEPER)).rejected(NotYourUnit)

    def test_a_milestone_it_does_not_have_is_not_reached(self):
        s.owed(s.assign_task).when(s.progress.with_(reached=("odd",))).rejected(UnknownMilestone)

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"unit": "nobody"}, UnknownUnit),
            ({"supporting": ("old-squad",)}, UnknownUnit),
            ({"supporting": ("city-management",)}, LeadUnitSupportsItself),
            ({"supporting": ("sanitation", "sanitation")}, LeadUnitSupportsItself),
            ({"inspection_day": date(2026, 11, 16)}, DueInThePast),
            ({"complete_by": date(2026, 11, 15)}, DueInThePast),
            ({"complete_by": date(2040, 1, 1)}, DueTooFarAhead),
            ({"milestones": (MilestonePlan(milestone_id="m", name=text("m"), days_before=40),)}, DueInThePast),
            (
                {"milestones": (MilestonePlan(milestone_id="m", name=text("m"), days_before=4),) * 2},
                MilestoneGivenTwice,
            ),
        ],
    )
    def test_a_task_that_cannot_be_is_refused(self, changes, reason):
        s.Owing().when(s.assign_task.with_(**changes)).rejected(reason)

    @pytest.mark.parametrize("percent", [-1, 101, 40.5, True])
    def test_progress_is_a_whole_percentage(self, percent):
        with pytest.raises(ValidationError):
            s.progress.with_(percent=percent).as_command(s.START)


class TestLetters:
    def test_it_is_issued_and_signed(self):
        issued = s.owed(s.issue_letter).then(ObligationAssigned)
        assert issued.clock.kind is ClockKind.LETTER
        assert issued.record.number == "county-2026/letter-2026/city-management"
        issued.when(s.sign).then(ObligationFulfilled).stands("fulfilled")

    def test_one_signed_late_is_late(self):
        assert s.owed(s.issue_letter, s.sign.at(november(25, 9))).record.late

    def test_only_the_unit_signs(self):
        s.owed(s.issue_letter).when(s.sign.by(SWEEPER)).rejected(NotYourUnit)


class TestSteps:
    def test_the_same_is_assigned_once(self):
        for opening in s.OPENINGS:
            s.owed(opening).when(opening).rejected(AlreadyAssigned)

    def test_it_is_assigned_to_units_that_exist(self):
        for opening in s.OPENINGS:
            s.Owing().when(opening.with_(unit="old-squad")).rejected(UnknownUnit)

    @pytest.mark.parametrize("deed", s.DEEDS, ids=lambda deed: deed.command.__name__)
    def test_nothing_is_done_about_what_was_never_assigned(self, deed):
        s.Owing().when(deed).rejected(NoSuchObligation)

    @pytest.mark.parametrize(
        ("opening", "deeds"),
        [
            (s.assign_duty, (s.progress, s.complete, s.sign)),
            (s.assign_task, (s.report_duty, s.sign)),
            (s.issue_letter, (s.report_duty, s.progress, s.complete)),
        ],
        ids=["duty", "task", "letter"],
    )
    def test_what_does_not_belong_to_its_kind_is_refused(self, opening, deeds):
        for deed in deeds:
            s.owed(opening).when(deed).rejected(WrongKindOfObligation)

    def test_only_what_was_submitted_is_accepted_or_returned(self):
        for deed in (s.accept, s.send_back):
            s.owed(s.assign_task).when(deed).rejected(ObligationNotInStep)

    def test_what_was_submitted_waits(self):
        for deed in (s.complete, s.progress):
            s.owed(s.assign_task, s.complete).when(deed).rejected(ObligationNotInStep)
        s.owed(s.assign_material, s.hand_in).when(s.hand_in).rejected(ObligationNotInStep)

    @pytest.mark.parametrize("before", [(), (s.complete,)], ids=["open", "submitted"])
    def test_it_is_withdrawn_unless_it_is_over(self, before):
        withdrawn = s.owed(s.assign_task, *before, s.withdraw).then(ObligationWithdrawn).stands("withdrawn")
        assert withdrawn.due is None
        for deed in (s.withdraw, s.complete, s.progress, s.accept, s.send_back):
            withdrawn.when(deed).rejected(ObligationNotInStep)
        withdrawn.when(s.follow_up.at(shanghai(2027, 6, 1, 9))).then()

    def test_the_service_withdraws_what_a_campaign_leaves_behind(self):
        s.owed(s.assign_duty, s.withdraw.by(SERVICE)).stands("withdrawn")

    def test_a_clock_that_lags_behind_does_not_turn_time_back(self):
        task = s.owed(s.assign_task, s.progress.at(november(16, 9)))
        assert task.last(ProgressReported).occurred_at == s.START
        earlier = task.when(s.complete.at(november(15, 9)))
        assert earlier.last(CompletionSubmitted).occurred_at == s.START


ALLOWED = (
    (s.assign_duty, {"system"}),
    (s.assign_task, {"office"}),
    (s.issue_letter, {"office"}),
    (s.report_duty, {"handler", "inspector", "office"}),
    (s.progress, {"handler"}),
    (s.complete, {"handler"}),
    (s.sign, {"handler"}),
    (s.accept, {"office", "inspector", "leader"}),
    (s.send_back, {"office", "inspector", "leader"}),
    (s.withdraw, {"office", "system"}),
    (s.follow_up, {"system"}),
)


@pytest.mark.parametrize(("deed", "roles"), ALLOWED, ids=lambda value: getattr(value, "command", type(None)).__name__)
@pytest.mark.parametrize("actor", EVERYBODY, ids=lambda actor: actor.role)
def test_only_the_roles_in_charge_may(deed, roles, actor):
    outcome = s.Owing().when(deed.by(actor)).outcome
    assert isinstance(outcome, Forbidden) is (actor.role not in roles)


def test_keys_tell_apart_what_differs_and_nothing_else():
    at = shanghai(2026, 11, 16, 18)
    same = duty_key("c", "daily", at.astimezone(at.tzinfo), "unit")
    assert duty_key("c", "daily", shanghai(2026, 11, 16, 18), "unit") == same
    keys = {
        same,
        duty_key("c", "daily", at, "other"),
        duty_key("c", "daily", at + timedelta(days=1), "unit"),
        duty_key("c", "weekly", at, "unit"),
        duty_key("d", "daily", at, "unit"),
        task_key("c", "daily"),
        letter_key("c", "daily", "unit"),
    }
    assert len(keys) == 7


def test_a_limit_without_working_time_runs_through_the_night():
    overnight = Limit(kind=LimitKind.URGENT_HOURS, amount=12)
    assert s.owed(s.assign_duty.with_(limit=overnight)).clock.due_at == november(16, 21)
