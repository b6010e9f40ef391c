"""How an item begins: what a report must name, and what a row of an old ledger becomes."""

from datetime import timedelta

import pytest

from domain.clock import ClockKind
from domain.item import rejections as r
from domain.item.events import (
    IssueReported,
    ItemAccepted,
    ItemArchived,
    ItemClosed,
    ItemDispatched,
    ItemFellOverdue,
    ItemRegistered,
    ItemTransferredOut,
    ItemVoided,
    RectificationSubmitted,
)
from domain.ladder import Rung
from domain.rulebook.regime import UnknownCategory
from domain.rulebook.rulebook import UnknownArea, UnknownUnit
from tests.domain.clocks import november, plan
from tests.domain.item_samples import (
    ISSUE,
    MANUAL_DISPATCH,
    MANUAL_REGISTRATION,
    START,
    follow_up,
    given,
    report,
    report_fixed,
    submit,
    take_over,
)

LONG_AGO = november(2, 9)
old = take_over.with_(reported_at=LONG_AGO)
OPENINGS = pytest.mark.parametrize("deed", [report, report_fixed, take_over], ids=["report", "fixed", "import"])


class TestWhatAReportNames:
    @OPENINGS
    @pytest.mark.parametrize(
        ("field", "value", "reason"),
        [
            ("category", "noise", UnknownCategory),
            ("area", "nowhere", UnknownArea),
            ("area", "drowned", UnknownArea),
        ],
    )
    def test_categories_and_areas_must_be_known_and_in_use(self, deed, field, value, reason):
        given().when(deed.with_(issue=ISSUE.model_copy(update={field: value}))).rejected(reason)

    @OPENINGS
    def test_nothing_is_reported_before_it_was_seen(self, deed):
        given().when(deed.with_(reported_at=START + timedelta(seconds=1))).rejected(r.ReportedInTheFuture)

    @OPENINGS
    def test_what_is_seen_this_instant_is_reported(self, deed):
        assert given().when(deed.with_(reported_at=START)).led_to

    @OPENINGS
    def test_an_item_is_reported_once(self, deed):
        given(report).when(deed).rejected(r.AlreadyReported)

    def test_an_import_goes_to_a_unit_that_exists(self):
        given().when(take_over.with_(unit="old-squad")).rejected(UnknownUnit)


class TestAnOldLedger:
    @pytest.mark.parametrize(
        ("outcome", "status", "events"),
        [
            ("dispatched", "dispatched", ()),
            ("rectifying", "rectifying", (ItemAccepted,)),
            ("closed", "archived", (ItemClosed, ItemArchived)),
            ("voided", "voided", (ItemVoided,)),
            ("transferred_out", "transferred_out", (ItemTransferredOut,)),
        ],
    )
    def test_a_row_becomes_an_item_in_the_step_it_had_reached(self, outcome, status, events):
        life = given().when(old.with_(outcome=outcome)).stands(status)
        life.then(IssueReported, ItemRegistered, ItemDispatched, *events)

    def test_its_dates_are_those_of_the_ledger(self):
        life = given(old.with_(outcome="closed", ended_at=november(9, 15)))
        assert [event.occurred_at for event in life.history] == [LONG_AGO] * 3 + [november(9, 15)] * 2
        assert life.last(ItemClosed).basis == "imported"

    @pytest.mark.parametrize(
        ("ended_at", "taken_for"),
        [(None, START), (LONG_AGO - timedelta(days=1), LONG_AGO), (START + timedelta(days=1), START)],
    )
    def test_an_impossible_end_is_taken_for_the_nearest_possible_one(self, ended_at, taken_for):
        life = given(old.with_(outcome="closed", ended_at=ended_at))
        assert life.last(ItemArchived).occurred_at == taken_for

    def test_an_open_row_is_overdue_since_its_true_deadline(self):
        life = given(old)
        assert life.due is not None
        assert (life.due.what, life.due.at) == ("overdue", november(3, 9))
        life = life.when(follow_up.at(START))
        assert life.last(ItemFellOverdue).due_at == november(3, 9)

    def test_its_ladder_starts_at_the_import(self):
        climbing = plan(given(old).clock)
        assert Rung.WARN not in climbing
        assert climbing[Rung.REMIND] == START
        assert climbing[Rung.SUPERVISE] == november(18, 9)

    def test_the_date_in_the_ledger_is_its_deadline(self):
        assert given(old.with_(rectify_by=november(20, 12))).clock.due_at == november(20, 12)

    def test_a_date_before_the_report_makes_it_overdue_from_the_beginning(self):
        assert given(old.with_(rectify_by=LONG_AGO - timedelta(days=3))).clock.due_at == LONG_AGO

    def test_a_date_more_than_ten_years_ahead_is_a_typing_mistake(self):
        given().when(old.with_(rectify_by=START + timedelta(days=4000))).rejected(r.DueTooFarAhead)

    def test_what_ended_is_named_even_where_the_ledger_does_not_say_how(self):
        assert given(old.with_(outcome="transferred_out")).state.authority
        assert given(old.with_(outcome="voided")).last(ItemVoided).reason

    def test_manual_policies_do_not_hold_up_an_import(self):
        for rules in (MANUAL_REGISTRATION, MANUAL_DISPATCH):
            assert given(old, rules=rules).stands("rectifying").clock.kind is ClockKind.RECTIFY

    def test_it_goes_on_like_any_other_item(self):
        life = given(old, follow_up.at(START)).when(submit).then(RectificationSubmitted)
        assert life.clock.ladder_from is None
