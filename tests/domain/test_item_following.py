"""What follows by itself: overdue marks, rungs and reviews, in order, in working hours, and never twice."""

from datetime import timedelta

import pytest

from domain.clock import ClockKind
from domain.item.events import (
    AccountabilityFellDue,
    CheckPassed,
    CommentAdded,
    ItemAccepted,
    ItemClosed,
    ItemFellOverdue,
    ItemTransferred,
    RectificationSubmitted,
    RungClimbed,
)
from domain.ladder import RUNGS, STANDARD_LADDER, Rung
from tests.domain.calendars import shanghai
from tests.domain.clocks import natural_days, november
from tests.domain.item_samples import (
    MANUAL_DISPATCH,
    MANUAL_REGISTRATION,
    SERVICE,
    SWEEPER,
    accept,
    comment,
    follow_up,
    given,
    grant_extension,
    merge,
    pass_check,
    record_recurrence,
    refuse,
    report,
    request_extension,
    rules_with,
    send_back,
    submit,
    take_over,
    transfer,
    transfer_out,
    void,
)

# Accepted on Monday at ten, within one working day: when each rung is due, if nobody moves.
at_work = given(report, accept.at(november(16, 10)))
DEADLINE = november(17, 10)
LADDER = {
    Rung.WARN: november(17, 8, 24),
    Rung.REMIND: DEADLINE,
    Rung.SUPERVISE: november(19, 10),
    Rung.CRITICISE: november(24, 10),
    Rung.SUMMON: november(27, 10),
    Rung.HOLD_TO_ACCOUNT: shanghai(2026, 12, 1, 10),
}
MUCH_LATER = shanghai(2026, 12, 3, 9)


def rungs(life):
    return [event.rung for event in life.led_to if isinstance(event, RungClimbed)]


class TestANeglectedItem:
    def test_it_climbs_every_rung_at_its_instant_and_then_rests(self):
        life, waited = at_work, []
        while life.due is not None:
            waited.append((life.due.what, life.due.rung, life.due.at))
            life = life.when(follow_up.at(life.due.at)).settled()
        assert waited == [
            ("rung", Rung.WARN, LADDER[Rung.WARN]),
            ("overdue", None, DEADLINE),
            *(("rung", rung, LADDER[rung]) for rung in RUNGS[2:]),
        ]
        assert [(event.rung, event.occurred_at) for event in life.all(RungClimbed)] == list(LADDER.items())

    def test_the_last_rung_says_that_an_accountability_case_is_due(self):
        life = at_work.when(follow_up.at(LADDER[Rung.SUMMON]), follow_up.at(LADDER[Rung.HOLD_TO_ACCOUNT]))
        life.then(RungClimbed, AccountabilityFellDue)
        case = life.last(AccountabilityFellDue)
        assert (case.clock_id, case.unit, case.policy_version) == ("rectify-1", "city-management", "city@1")

    def test_the_mark_and_the_rungs_name_the_unit_that_should_have_acted(self):
        life = at_work.when(follow_up.at(DEADLINE))
        assert life.last(ItemFellOverdue).unit == life.last(RungClimbed).unit == "city-management"

    def test_the_deadline_is_marked_before_the_reminder_of_the_same_instant(self):
        at_work.when(follow_up.at(LADDER[Rung.WARN]), follow_up.at(DEADLINE)).then(ItemFellOverdue, RungClimbed)


class TestNeverTwice:
    @pytest.mark.parametrize("instant", [*LADDER.values(), MUCH_LATER])
    def test_asked_again_at_the_same_instant_nothing_follows(self, instant):
        life = at_work.when(follow_up.at(instant))
        assert life.led_to
        life.when(follow_up.at(instant)).then()

    def test_asked_too_early_nothing_follows(self):
        at_work.when(follow_up.at(LADDER[Rung.WARN] - timedelta(microseconds=1))).then()

    def test_asked_by_a_clock_that_runs_behind_nothing_is_dated_back(self):
        life = at_work.when(comment.at(november(18, 9)), follow_up.at(november(16, 9))).then()
        assert life.state.dossier.updated_at == november(18, 9)


class TestAfterAnOutage:
    def test_everything_that_fell_due_is_recorded_in_one_go_and_in_order(self):
        life = at_work.when(follow_up.at(MUCH_LATER))
        life.then(RungClimbed, ItemFellOverdue, *[RungClimbed] * 5, AccountabilityFellDue)
        assert rungs(life) == list(RUNGS)
        assert [event.planned_at for event in life.all(RungClimbed)] == list(LADDER.values())
        assert {event.occurred_at for event in life.led_to} == {MUCH_LATER}

    def test_at_night_only_the_fact_is_recorded_and_the_rungs_wait_for_the_morning(self):
        night, morning = november(19, 23), november(20, 8)
        life = at_work.when(follow_up.at(night)).then(ItemFellOverdue)
        assert life.due is not None
        assert life.due.at == LADDER[Rung.WARN]
        assert life.waits_until is not None
        assert life.waits_until.at == morning
        life = life.when(follow_up.at(night)).then()
        assert rungs(life.when(follow_up.at(morning))) == [Rung.WARN, Rung.REMIND, Rung.SUPERVISE]

    def test_a_rung_ahead_is_waited_for_at_its_own_instant(self):
        assert at_work.waits_until == at_work.due

    def test_a_late_submission_is_marked_late_first(self):
        life = at_work.when(submit.at(november(19, 11)))
        life.then(RungClimbed, ItemFellOverdue, RungClimbed, RungClimbed, RectificationSubmitted)
        assert rungs(life) == [Rung.WARN, Rung.REMIND, Rung.SUPERVISE]

    def test_at_the_very_deadline_a_submission_is_in_time(self):
        life = at_work.when(follow_up.at(LADDER[Rung.WARN]), submit.at(DEADLINE)).then(RectificationSubmitted)
        assert life.state.dossier.marks == ()

    def test_a_late_transfer_leaves_the_mark_with_the_unit_that_was_late(self):
        life = at_work.when(transfer.at(november(18, 9))).then(
            RungClimbed, ItemFellOverdue, RungClimbed, ItemTransferred
        )
        assert life.last(ItemFellOverdue).unit == "city-management"

    def test_even_a_remark_settles_what_fell_due(self):
        at_work.when(comment.at(november(18, 9))).then(RungClimbed, ItemFellOverdue, RungClimbed, CommentAdded)

    def test_no_warning_follows_the_reminder_where_a_late_extension_would_make_room_for_one(self):
        # Taken over when its warning was past already, reminded, and then granted what had been asked in time.
        life = given(take_over.with_(reported_at=november(13, 9), rectify_by=november(16, 12)))
        life = life.when(request_extension.with_(by=natural_days(20)), follow_up.at(november(16, 14)))
        assert rungs(life) == [Rung.REMIND]
        life = life.when(grant_extension).settled()
        assert life.due is not None
        assert (life.due.what, life.due.at) == ("overdue", shanghai(2026, 12, 6, 12))
        assert life.clock.next_rung.rung is Rung.SUPERVISE


class TestOtherClocks:
    def test_an_order_that_nobody_accepts_climbs_its_own_ladder(self):
        life = given(report).when(follow_up.at(MUCH_LATER))
        assert rungs(life) == list(RUNGS)
        assert {event.clock_id for event in life.all(RungClimbed)} == {"accept-1"}

    def test_acceptance_ends_the_ladder_of_the_order_and_begins_that_of_the_work(self):
        life = given(report).when(accept.at(november(18, 9)))
        life.then(RungClimbed, ItemFellOverdue, RungClimbed, ItemAccepted)
        assert life.clock.climbed == ()
        assert rungs(life.when(follow_up.at(november(19, 9)))) == [Rung.WARN, Rung.REMIND]

    def test_rework_climbs_a_ladder_of_its_own(self):
        life = at_work.when(submit.at(november(18, 9)), send_back.at(november(18, 10)), follow_up.at(MUCH_LATER))
        assert rungs(life) == list(RUNGS)
        assert {climb.clock_id for climb in life.state.dossier.climbs[-6:]} == {"rectify-2"}

    @pytest.mark.parametrize(
        ("life", "kind"),
        [
            (given(report, rules=MANUAL_REGISTRATION), ClockKind.REGISTER),
            (given(report, rules=MANUAL_DISPATCH), ClockKind.DISPATCH),
            (given(report, refuse), ClockKind.DISPATCH),
            (given(report, accept, submit), ClockKind.CHECK),
            (given(report, accept, submit, pass_check), ClockKind.RECHECK),
        ],
    )
    def test_where_the_office_or_the_inspectors_are_late_no_unit_is_marked(self, life, kind):
        late = life.when(follow_up.at(MUCH_LATER)).then(ItemFellOverdue)
        assert (late.last(ItemFellOverdue).kind, late.last(ItemFellOverdue).unit) == (kind, None)
        assert late.due is None

    def test_a_policy_may_give_the_inspectors_a_ladder_too(self):
        rules = rules_with(ladders={ClockKind.CHECK: STANDARD_LADDER})
        life = given(report, accept, submit, rules=rules).when(follow_up.at(MUCH_LATER))
        assert rungs(life) == list(RUNGS)
        assert life.last(AccountabilityFellDue).unit is None

    def test_a_newer_policy_does_not_change_a_ladder_that_is_being_climbed(self):
        life = at_work.under(rules_with(ladders={})).when(follow_up.at(MUCH_LATER))
        assert rungs(life) == list(RUNGS)
        assert {event.policy_version for event in life.all(RungClimbed)} == {"city@1"}

    @pytest.mark.parametrize("deed", [void, merge, transfer_out], ids=["voided", "merged", "transferred out"])
    def test_what_is_over_waits_for_nothing(self, deed):
        life = at_work.when(deed)
        assert (life.due, life.waits_until) == (None, None)
        life.when(follow_up.at(MUCH_LATER)).then()

    def test_a_recurrence_is_opened_by_the_workflow_and_not_by_following_up(self):
        life = given(report, accept, submit, pass_check, record_recurrence)
        life.when(follow_up.at(MUCH_LATER)).then()

    def test_a_late_check_is_marked_and_passes(self):
        life = given(report, accept, submit).when(pass_check.at(MUCH_LATER))
        life.then(ItemFellOverdue, CheckPassed, ItemClosed)

    def test_the_service_follows_up_for_whichever_unit_it_is(self):
        life = given(report, accept, transfer, accept.by(SWEEPER)).when(follow_up.by(SERVICE).at(MUCH_LATER))
        assert life.last(AccountabilityFellDue).unit == "sanitation"
