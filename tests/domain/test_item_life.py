"""The life of an item along the line: from the report to the archive, with every turn it may take."""

import pytest

from domain.clock import ClockKind
from domain.errors import Forbidden
from domain.item import rejections as r
from domain.item.events import (
    CheckPassed,
    CommentAdded,
    IssueReported,
    ItemAbsorbed,
    ItemAccepted,
    ItemArchived,
    ItemClosed,
    ItemDispatched,
    ItemFixedOnTheSpot,
    ItemMerged,
    ItemRecurred,
    ItemRefused,
    ItemRegistered,
    ItemSentBack,
    ItemTransferred,
    ItemTransferredOut,
    ItemVoided,
    RecheckHeld,
    RectificationSubmitted,
    RecurrenceOpened,
)
from domain.limits import LimitKind
from domain.rulebook.rulebook import UnknownUnit
from tests.domain.clocks import november
from tests.domain.item_samples import (
    CLOSED_BY_OFFICE,
    HANDLER,
    ISSUE,
    KEPT_OPEN,
    MANHOLE,
    MANUAL_DISPATCH,
    MANUAL_REGISTRATION,
    NUMBER,
    OTHER_ITEM,
    OWN_INSPECTOR,
    SANITATION_INSPECTOR,
    SQUAD_HANDLER,
    SQUAD_INSPECTOR,
    START,
    SWEEPER,
    absorb,
    accept,
    archive,
    close,
    comment,
    confirm_recheck,
    dispatch,
    dispatch_jointly,
    follow_up,
    given,
    link_recurrence,
    merge,
    pass_check,
    record_recurrence,
    refuse,
    register,
    report,
    report_fixed,
    rules_with,
    send_back,
    submit,
    transfer,
    transfer_out,
    void,
)


class TestTheWholeLine:
    def test_an_issue_is_reported_registered_and_dispatched_in_one_go(self):
        life = given().when(report).then(IssueReported, ItemRegistered, ItemDispatched).stands("dispatched")
        assert life.state.assignment.unit == "city-management"
        assert life.state.assignment.order_number == f"{NUMBER}-1"
        assert life.clock.kind is ClockKind.ACCEPT
        assert life.state.dossier.policy_version == "city@1"

    def test_the_report_bears_the_instant_at_which_it_was_seen_and_the_clock_starts_now(self):
        life = given(report)
        assert life.last(IssueReported).occurred_at < START
        assert life.clock.opened_at == START

    def test_every_step_starts_its_own_clock_and_the_last_ends_them(self):
        kinds = [
            given(report).clock.kind,
            given(report, accept).clock.kind,
            given(report, accept, submit).clock.kind,
            given(report, accept, submit, pass_check).clock.kind,
        ]
        assert kinds == [ClockKind.ACCEPT, ClockKind.RECTIFY, ClockKind.CHECK, ClockKind.RECHECK]
        over = given(report, accept, submit, pass_check, confirm_recheck).stands("archived")
        assert (over.clock, over.due) == (None, None)

    def test_a_check_that_passes_closes_and_a_recheck_that_holds_archives(self):
        life = given(report).when(accept).then(ItemAccepted)
        life = life.when(submit).then(RectificationSubmitted).stands("submitted")
        life = life.when(pass_check).then(CheckPassed, ItemClosed).stands("closed")
        assert life.last(ItemClosed).basis == "check_passed"
        life.when(confirm_recheck).then(RecheckHeld, ItemArchived).stands("archived")

    def test_a_category_that_is_not_rechecked_is_archived_as_soon_as_it_is_closed(self):
        life = given(report.with_(issue=MANHOLE), accept, submit)
        life.when(pass_check).then(CheckPassed, ItemClosed, ItemArchived)

    def test_a_policy_may_leave_closing_to_the_office(self):
        life = given(report, accept, submit, rules=CLOSED_BY_OFFICE).when(pass_check).then(CheckPassed).stands("passed")
        assert life.clock.kind is ClockKind.CLOSE
        life.when(close).then(ItemClosed).stands("closed")

    def test_a_policy_may_leave_archiving_to_the_office(self):
        life = given(report, accept, submit, pass_check, rules=KEPT_OPEN)
        life.when(confirm_recheck).then(RecheckHeld).stands("closed").when(archive).then(ItemArchived)

    def test_once_a_recheck_held_nothing_falls_due_any_more(self):
        life = given(report, accept, submit, pass_check, confirm_recheck, rules=KEPT_OPEN)
        assert life.due is None
        life.when(follow_up.at(november(30, 9))).then()

    def test_registration_by_hand_waits_for_the_office_which_dispatches_at_once(self):
        life = given(rules=MANUAL_REGISTRATION).when(report).then(IssueReported).stands("reported")
        assert life.clock.kind is ClockKind.REGISTER
        life.when(register).then(ItemRegistered, ItemDispatched)

    def test_a_report_may_be_registered_at_once_where_registration_is_by_hand(self):
        life = given(rules=MANUAL_REGISTRATION).when(report.with_(register_now=True))
        life.then(IssueReported, ItemRegistered, ItemDispatched)

    def test_dispatch_by_hand_waits_for_the_office(self):
        life = given(rules=MANUAL_DISPATCH).when(report).then(IssueReported, ItemRegistered).stands("registered")
        assert life.clock.kind is ClockKind.DISPATCH
        life.when(dispatch).then(ItemDispatched)

    def test_an_issue_that_no_rule_sends_anywhere_waits_for_the_office(self):
        nobody_leads = report.with_(issue=ISSUE.model_copy(update={"category": "litter", "area": "city"}))
        given().when(nobody_leads).then(IssueReported, ItemRegistered).stands("registered")

    def test_registered_by_hand_and_routed_nowhere_it_waits_for_the_office_again(self):
        both = rules_with(registration="manual", dispatching="manual")
        life = given(report, rules=both).when(register).then(ItemRegistered).stands("registered")
        assert life.clock.kind is ClockKind.DISPATCH


class TestRework:
    def test_work_sent_back_gets_a_new_clock_with_the_rework_limit(self):
        life = given(report, accept, submit).when(send_back).then(ItemSentBack).stands("rectifying")
        assert life.clock.clock_id == "rectify-2"
        assert (life.clock.limit.kind, life.clock.limit.amount) == (LimitKind.WORKING_HOURS, 4)
        assert life.state.dossier.reworks == 1

    def test_it_may_be_sent_back_again_and_pass_in_the_end(self):
        life = given(report, accept, submit, send_back, submit, send_back, submit, pass_check).stands("closed")
        assert life.state.dossier.reworks == 2


class TestRefusalAndTransfer:
    def test_a_refused_item_goes_back_to_the_office_and_out_again_under_a_new_number(self):
        life = given(report).when(refuse).then(ItemRefused).stands("registered")
        assert life.clock.kind is ClockKind.DISPATCH
        life = life.when(dispatch.with_(unit="sanitation")).then(ItemDispatched)
        assert life.state.assignment.order_number == f"{NUMBER}-2"
        assert (life.state.dossier.refusals, life.state.dossier.rounds) == (1, 2)

    def test_an_order_nobody_accepted_may_be_given_again_and_its_clock_runs_on(self):
        first = given(report)
        again = first.when(dispatch).then(ItemDispatched)
        assert again.state.assignment.round == 2
        assert again.clock == first.clock

    def test_an_order_given_again_to_another_unit_starts_a_clock_of_its_own(self):
        life = given(report).when(dispatch.with_(unit="sanitation")).then(ItemDispatched)
        assert life.clock.clock_id == "accept-2"

    def test_a_transfer_makes_the_other_unit_accept_anew(self):
        life = given(report, accept).when(transfer).then(ItemTransferred).stands("dispatched")
        assert (life.state.assignment.unit, life.clock.kind) == ("sanitation", ClockKind.ACCEPT)
        life.when(accept).rejected(r.NotYourUnit)
        life.when(accept.by(SWEEPER)).then(ItemAccepted)

    def test_a_transfer_to_the_same_unit_is_refused(self):
        given(report).when(transfer.with_(unit="city-management")).rejected(r.AlreadyWithThisUnit)

    def test_a_transfer_out_ends_the_item_here(self):
        life = given(report, accept).when(transfer_out).then(ItemTransferredOut).stands("transferred_out")
        assert life.due is None

    @pytest.mark.parametrize("deed", [dispatch, transfer], ids=["dispatch", "transfer"])
    def test_nothing_goes_to_a_unit_that_is_dissolved_or_unknown(self, deed):
        life = given(report)
        for unit in ("old-squad", "nowhere"):
            life.when(deed.with_(unit=unit)).rejected(UnknownUnit)
            life.when(deed.with_(unit="sanitation", supporting=(unit,))).rejected(UnknownUnit)


class TestJointDispatch:
    def test_supporting_units_are_named_in_the_order(self):
        life = given(report).when(dispatch_jointly).then(ItemDispatched)
        assert life.state.assignment.supporting == ("sanitation",)

    def test_only_the_lead_unit_accepts_and_submits(self):
        life = given(report, dispatch_jointly)
        life.when(accept.by(SWEEPER)).rejected(r.NotYourUnit)
        life.when(accept).settled().when(submit.by(SWEEPER)).rejected(r.NotYourUnit)

    def test_a_lead_unit_does_not_support_itself_and_nobody_supports_twice(self):
        life = given(report)
        life.when(dispatch.with_(supporting=("city-management",))).rejected(r.LeadUnitSupportsItself)
        life.when(dispatch.with_(supporting=("sanitation", "sanitation"))).rejected(r.LeadUnitSupportsItself)


class TestWhoseWork:
    def test_a_unit_below_the_responsible_one_may_act_for_it(self):
        life = given(report).when(accept.by(SQUAD_HANDLER)).then(ItemAccepted)
        assert life.last(ItemAccepted).unit == "city-management"

    @pytest.mark.parametrize("deed", [accept, refuse], ids=["accept", "refuse"])
    def test_another_unit_neither_accepts_nor_refuses(self, deed):
        given(report).when(deed.by(SWEEPER)).rejected(r.NotYourUnit)

    @pytest.mark.parametrize("deed", [pass_check, send_back], ids=["pass", "send back"])
    @pytest.mark.parametrize(
        "inspector", [OWN_INSPECTOR, SQUAD_INSPECTOR, SANITATION_INSPECTOR], ids=["lead", "below lead", "supporting"]
    )
    def test_no_unit_that_had_a_part_in_the_work_checks_it(self, deed, inspector):
        given(report, dispatch_jointly, accept, submit).when(deed.by(inspector)).rejected(r.CheckedByOwnUnit)

    @pytest.mark.parametrize("deed", [confirm_recheck, record_recurrence], ids=["holds", "has come back"])
    @pytest.mark.parametrize("inspector", [OWN_INSPECTOR, SQUAD_INSPECTOR, SANITATION_INSPECTOR])
    def test_nor_rechecks_it(self, deed, inspector):
        life = given(report, dispatch_jointly, accept, submit, pass_check)
        life.when(deed.by(inspector)).rejected(r.CheckedByOwnUnit)

    def test_a_unit_that_passed_the_item_on_may_check_what_the_other_did(self):
        life = given(report, accept, transfer, accept.by(SWEEPER), submit.by(SWEEPER))
        life.when(pass_check.by(OWN_INSPECTOR)).then(CheckPassed, ItemClosed)

    def test_a_handler_never_checks(self):
        given(report, accept, submit).when(pass_check.by(HANDLER)).rejected(Forbidden)


class TestFixedOnTheSpot:
    def test_it_is_closed_in_one_go_and_rechecked_like_any_other(self):
        life = given().when(report_fixed).then(IssueReported, ItemRegistered, ItemFixedOnTheSpot, ItemClosed)
        assert life.last(ItemClosed).basis == "fixed_on_the_spot"
        life.when(confirm_recheck).then(RecheckHeld, ItemArchived)

    def test_where_nothing_is_rechecked_it_is_archived_at_once(self):
        fixed = given().when(report_fixed.with_(issue=MANHOLE))
        fixed.then(IssueReported, ItemRegistered, ItemFixedOnTheSpot, ItemClosed, ItemArchived)


class TestRecurrence:
    def test_what_has_come_back_waits_for_the_item_that_carries_on(self):
        life = given(report, accept, submit, pass_check).when(record_recurrence).then(ItemRecurred).stands("recurred")
        assert life.state.new_item == OTHER_ITEM
        assert life.due is not None
        assert life.due.what == "open_recurrence"

    def test_the_link_is_recorded_once(self):
        life = given(report, accept, submit, pass_check, record_recurrence)
        life = life.when(link_recurrence).then(RecurrenceOpened)
        assert life.due is None
        life.when(link_recurrence).then()

    def test_without_a_recurrence_there_is_nothing_to_link(self):
        given(report).when(link_recurrence).rejected(r.RecurrenceNotRecorded)

    def test_the_new_item_says_what_it_follows(self):
        assert given(report.with_(recurrence_of=OTHER_ITEM)).state.dossier.recurrence_of == OTHER_ITEM


class TestBesideTheLine:
    @pytest.mark.parametrize("deeds", [(), (accept,), (accept, submit)], ids=["dispatched", "rectifying", "submitted"])
    def test_an_open_item_may_be_voided(self, deeds):
        given(report, *deeds).when(void).then(ItemVoided).stands("voided")

    def test_a_duplicate_is_merged_into_an_open_item(self):
        life = given(report).when(merge).then(ItemMerged).stands("merged")
        assert life.state.into == OTHER_ITEM

    def test_a_duplicate_is_not_merged_into_itself_or_into_something_that_is_over(self):
        life = given(report)
        life.when(merge.with_(into=life.state.dossier.item_id)).rejected(r.MergedIntoItself)
        life.when(merge.with_(into_is_open=False)).rejected(r.MergeTargetNotOpen)

    def test_the_item_that_carries_on_remembers_its_duplicates_and_goes_on_as_before(self):
        before = given(report, accept)
        after = before.when(absorb).then(ItemAbsorbed).stands("rectifying")
        assert (after.clock, after.due, after.state.dossier.absorbed) == (before.clock, before.due, (OTHER_ITEM,))

    @pytest.mark.parametrize("deed", [void, merge, transfer_out], ids=["voided", "merged", "out"])
    def test_what_is_over_carries_nothing_on(self, deed):
        given(report, deed).when(absorb).rejected(r.MergeTargetNotOpen)

    def test_a_remark_changes_neither_step_nor_clock(self):
        before = given(report, accept)
        after = before.when(comment).then(CommentAdded).stands("rectifying")
        assert after.clock == before.clock

    def test_a_remark_may_follow_when_all_is_over(self):
        given(report, void).when(comment).then(CommentAdded).stands("voided")
