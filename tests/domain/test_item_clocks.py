"""What moves a running clock: extension, suspension, a newer calendar, an explicit date; and what never does."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.clock import ClockKind
from domain.item import rejections as r
from domain.item.due import Due
from domain.item.events import (
    DeadlineRecomputed,
    ExtensionGranted,
    ExtensionRefused,
    ExtensionRequested,
    ItemAccepted,
    ItemFellOverdue,
    ItemResumed,
    ItemSentBack,
    ItemSuspended,
    RectificationSubmitted,
    RungClimbed,
    SuspensionReviewFellDue,
)
from domain.ladder import Rung
from domain.limits import LARGEST_AMOUNT, LimitKind
from tests.domain.calendars import shanghai
from tests.domain.clocks import november, plan, working_days
from tests.domain.item_samples import (
    MANUAL_DISPATCH,
    RULES,
    RULES_WITH_2027,
    START,
    SWEEPER,
    accept,
    follow_up,
    given,
    grant_extension,
    recompute,
    refuse_extension,
    report,
    request_extension,
    resume,
    rules_with,
    send_back,
    submit,
    suspend,
    transfer,
    void,
)

FRIDAY_AT_FOUR = november(20, 16)
at_work = given(report.at(november(20, 15)), accept.at(FRIDAY_AT_FOUR))  # due Monday at four


class TestTheWorkedExample:
    def test_one_working_day_from_friday_at_four_is_due_monday_at_four(self):
        assert at_work.clock.due_at == november(23, 16)

    def test_suspended_friday_at_five_and_resumed_monday_at_nine_it_is_due_monday_at_six(self):
        life = at_work.when(suspend.at(november(20, 17))).then(ItemSuspended).stands("suspended")
        assert (life.clock.due_at, life.clock.planned) == (None, ())
        life = life.when(resume.at(november(23, 9))).then(ItemResumed).stands("rectifying")
        assert life.clock.due_at == november(23, 18)

    def test_a_suspension_over_the_weekend_adds_no_weekend(self):
        life = at_work.when(suspend.at(november(20, 18)), resume.at(november(23, 8)))
        assert life.clock.due_at == november(23, 16)


class TestExtension:
    def test_it_is_asked_by_the_unit_and_granted_by_the_office(self):
        life = at_work.when(request_extension).then(ExtensionRequested)
        assert life.clock == at_work.clock
        life = life.when(grant_extension).then(ExtensionGranted)
        assert life.last(ExtensionGranted).due_before == november(23, 16)
        assert life.clock.due_at == november(25, 16)

    def test_it_is_granted_twice_and_the_third_request_is_refused(self):
        life = at_work.when(request_extension, grant_extension, request_extension, grant_extension)
        assert life.state.dossier.extensions == 2
        life.when(request_extension).rejected(r.ExtensionLimitReached)

    def test_rework_and_transfer_grant_no_further_extensions(self):
        twice = at_work.when(request_extension, grant_extension, request_extension, grant_extension)
        twice.when(submit, send_back, request_extension).rejected(r.ExtensionLimitReached)
        moved = twice.when(transfer, accept.by(SWEEPER))
        moved.when(request_extension.by(SWEEPER)).rejected(r.ExtensionLimitReached)

    def test_a_policy_may_allow_fewer(self):
        life = given(report, accept, rules=rules_with(max_extensions=0))
        life.when(request_extension).rejected(r.ExtensionLimitReached)

    def test_the_policy_the_clock_started_under_counts(self):
        life = at_work.under(rules_with(max_extensions=0))
        life.when(request_extension).then(ExtensionRequested)

    def test_a_refused_one_may_be_asked_for_again_and_does_not_count(self):
        life = at_work.when(request_extension).when(refuse_extension).then(ExtensionRefused)
        assert life.clock == at_work.clock
        assert life.state.dossier.extensions == 0
        life.when(request_extension).then(ExtensionRequested)

    def test_one_request_at_a_time(self):
        at_work.when(request_extension, request_extension).rejected(r.ExtensionAlreadyAsked)

    @pytest.mark.parametrize("deed", [grant_extension, refuse_extension], ids=["grant", "refuse"])
    def test_without_a_request_there_is_nothing_to_rule_on(self, deed):
        at_work.when(deed).rejected(r.NoExtensionAsked)

    def test_only_the_responsible_unit_asks(self):
        at_work.when(request_extension.by(SWEEPER)).rejected(r.NotYourUnit)

    def test_at_the_deadline_it_may_still_be_asked_and_a_second_later_not(self):
        deadline = november(23, 16)
        assert at_work.when(request_extension.at(deadline)).led_to
        at_work.when(request_extension.at(deadline + timedelta(seconds=1))).rejected(r.ExtensionAfterDeadline)

    def test_asked_in_time_and_granted_late_the_mark_stays_and_the_new_deadline_counts(self):
        life = at_work.when(request_extension, grant_extension.at(november(24, 9)))
        assert [mark.due_at for mark in life.state.dossier.marks] == [november(23, 16)]
        assert life.clock.due_at == november(25, 16)
        assert life.when(request_extension.at(november(25, 15))).led_to
        life.when(request_extension.at(november(25, 17))).rejected(r.ExtensionAfterDeadline)

    def test_a_climbed_rung_is_not_planned_again_by_an_extension(self):
        life = at_work.when(request_extension, follow_up.at(november(23, 16)), grant_extension)
        assert Rung.REMIND in life.clock.climbed
        assert Rung.REMIND not in plan(life.clock)
        assert plan(life.clock)[Rung.SUPERVISE] == november(27, 16)

    def test_a_request_ends_with_the_step_it_was_made_in(self):
        life = at_work.when(request_extension, submit).then(RectificationSubmitted)
        assert life.state.dossier.extension_request is None
        life.when(send_back).then(ItemSentBack).when(grant_extension).rejected(r.NoExtensionAsked)

    def test_a_request_outlives_a_suspension_and_can_be_granted_after_it(self):
        life = at_work.when(request_extension, suspend, resume.at(november(20, 17))).when(grant_extension)
        life.then(ExtensionGranted)


class TestSuspension:
    @pytest.mark.parametrize(
        ("life", "step"),
        [
            (given(report, rules=MANUAL_DISPATCH), "registered"),
            (given(report), "dispatched"),
            (given(report, accept), "rectifying"),
        ],
    )
    def test_it_resumes_in_the_step_it_left(self, life, step):
        resumed = life.stands(step).when(suspend, resume).stands(step)
        assert resumed.clock.due_at == life.clock.due_at + timedelta(minutes=1)

    def test_a_suspended_item_waits_for_its_review_and_for_nothing_else(self):
        life = at_work.when(suspend)
        assert life.due is not None
        assert (life.due.what, life.due.at) == ("review", november(30, 9))
        life.when(follow_up.at(november(27, 9))).then()

    def test_the_review_is_called_once_and_again_every_week_until_somebody_resumes(self):
        life = at_work.when(suspend, follow_up.at(november(30, 9))).then(SuspensionReviewFellDue)
        life = life.when(follow_up.at(november(30, 10))).then()
        assert life.due == Due(at=shanghai(2026, 12, 7, 9), what="review")
        later = life.when(follow_up.at(shanghai(2026, 12, 31, 9))).then(SuspensionReviewFellDue)
        assert later.due == Due(at=shanghai(2027, 1, 4, 9), what="review")
        assert later.when(resume).due.what != "review"

    def test_suspended_again_it_is_reviewed_again(self):
        life = at_work.when(suspend, follow_up.at(november(30, 9)), resume.at(november(30, 10)))
        life = life.when(suspend.with_(review_on=shanghai(2026, 12, 14, 9)))
        assert life.when(follow_up.at(shanghai(2026, 12, 14, 9))).led_to

    def test_a_review_in_the_past_or_now_is_refused(self):
        for review_on in (november(20, 16), november(20, 16) + timedelta(minutes=1)):
            at_work.when(suspend.with_(review_on=review_on)).rejected(r.ReviewInThePast)

    def test_nothing_is_suspended_twice_and_only_what_stands_still_is_resumed(self):
        at_work.when(suspend, suspend).rejected(r.AlreadySuspended)
        at_work.when(resume).rejected(r.NotSuspended)

    def test_resuming_keeps_a_granted_extension(self):
        life = at_work.when(
            request_extension, grant_extension, suspend.at(november(20, 17)), resume.at(november(23, 9))
        )
        assert life.clock.due_at == november(25, 18)

    def test_climbed_rungs_stay_climbed_over_a_suspension(self):
        warned = at_work.when(follow_up.at(november(23, 15)))
        assert warned.clock.climbed == (Rung.WARN,)
        life = warned.when(suspend, resume.at(november(24, 9)))
        assert life.clock.climbed == (Rung.WARN,)
        assert Rung.WARN not in plan(life.clock)

    def test_a_late_suspension_is_marked_late_first(self):
        life = at_work.when(suspend.at(november(24, 9))).then(RungClimbed, ItemFellOverdue, RungClimbed, ItemSuspended)
        assert life.state.dossier.marks[0].due_at == november(23, 16)

    def test_what_stands_still_can_be_voided(self):
        at_work.when(suspend, void).stands("voided")

    def test_no_step_is_taken_while_the_clock_stands_still(self):
        life = at_work.when(suspend)
        for deed in (submit, transfer, request_extension, grant_extension, recompute):
            life.when(deed).rejected(r.WrongStep)


class TestANewerCalendar:
    def test_a_provisional_deadline_becomes_firm_and_both_dates_are_kept(self):
        life = given(report, accept.at(shanghai(2026, 12, 31, 9)))
        assert (life.clock.due_at, life.clock.provisional) == (shanghai(2027, 1, 1, 9), True)
        life = life.under(RULES_WITH_2027).when(recompute).then(DeadlineRecomputed)
        assert life.last(DeadlineRecomputed).due_before == shanghai(2027, 1, 1, 9)
        assert (life.clock.due_at, life.clock.calendar_version) == (shanghai(2027, 1, 4, 9), "cn@2")
        assert not life.clock.provisional

    def test_under_the_same_calendar_nothing_changes(self):
        at_work.when(recompute).rejected(r.DeadlineUnchanged)

    def test_publishing_a_calendar_moves_no_deadline_by_itself(self):
        life = given(report, accept.at(shanghai(2026, 12, 31, 9))).under(RULES_WITH_2027)
        assert life.when(follow_up.at(shanghai(2026, 12, 31, 10))).clock.due_at == shanghai(2027, 1, 1, 9)

    def test_a_finished_item_has_no_deadline_to_recompute(self):
        given(report, void).when(recompute).rejected(r.WrongStep)


class TestAnExplicitDate:
    ordered = report.with_(rectify_by=november(18, 12))

    def test_it_becomes_the_deadline_when_the_unit_accepts(self):
        life = given(self.ordered, accept)
        assert (life.clock.due_at, life.clock.limit.kind) == (november(18, 12), LimitKind.ELAPSED_SECONDS)

    def test_it_holds_for_whoever_accepts_after_a_transfer(self):
        life = given(self.ordered, accept, transfer, accept.by(SWEEPER))
        assert life.clock.due_at == november(18, 12)

    def test_it_is_overdue_at_once_where_the_unit_accepts_too_late(self):
        life = given(self.ordered, accept.at(november(18, 13)))
        assert life.clock.due_at == november(18, 13)
        life = life.when(follow_up.at(november(18, 13))).then(ItemFellOverdue)  # rungs wait for the end of lunch
        life.when(follow_up.at(november(18, 14))).then(RungClimbed, RungClimbed)

    def test_rework_has_the_limit_of_rework(self):
        life = given(self.ordered, accept, submit, send_back)
        assert life.clock.limit.kind is LimitKind.WORKING_HOURS

    def test_it_lies_ahead_and_within_ten_years(self):
        too_far = START + timedelta(seconds=LARGEST_AMOUNT[LimitKind.ELAPSED_SECONDS] + 1)
        given().when(report.with_(rectify_by=START)).rejected(r.DueInThePast)
        given().when(report.with_(rectify_by=too_far)).rejected(r.DueTooFarAhead)
        assert given().when(report.with_(rectify_by=too_far - timedelta(seconds=1))).led_to


class TestWhichLimit:
    def test_a_category_may_have_its_own(self):
        stalls, *others = RULES.catalogues["city@1"].categories
        slower = stalls.model_copy(update={"limits": {ClockKind.RECTIFY: working_days(3)}, "rework": working_days(2)})
        catalogue = RULES.catalogues["city@1"].model_copy(update={"version": 2, "categories": (slower, *others)})
        rules = replace(RULES, catalogues={**RULES.catalogues, catalogue.ref: catalogue})
        life = given(report, accept, rules=rules)
        assert life.last(ItemAccepted).clock.limit == working_days(3)
        assert life.when(submit, send_back).clock.limit == working_days(2)

    def test_a_newer_policy_holds_for_clocks_that_start_after_it(self):
        newer = rules_with(limits={**RULES.regime().policy.limits, ClockKind.CHECK: working_days(2)})
        life = given(report, accept).under(newer)
        assert life.clock.policy_version == "city@1"
        life = life.when(submit)
        assert (life.clock.policy_version, life.clock.limit) == ("city@2", working_days(2))
