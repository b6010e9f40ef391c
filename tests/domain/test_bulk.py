"""The life of a bulk operation: page by page, paused, resumed, cancelled, finished; and what it asks of each item."""

from datetime import timedelta
from typing import get_args

import pytest

from domain.actor import Role
from domain.bulk import commands as c
from domain.bulk import rejections as r
from domain.bulk.decisions import ALLOWED, decide, fold
from domain.bulk.events import (
    BulkCancelled,
    BulkFinished,
    BulkPaused,
    BulkProgressed,
    BulkResumed,
    BulkStarted,
)
from domain.bulk.item_commands import command_for
from domain.bulk.state import ImpossibleBulkHistoryError, evolve
from domain.bulk.values import DispatchAgain, Extend, Merge, Recompute, Selection, Transfer, Void
from domain.errors import Forbidden
from domain.item import commands as ic
from domain.limits import Limit, LimitKind
from domain.rulebook.rulebook import UnknownUnit
from tests.domain import bulk_samples as s
from tests.domain import item_samples as i

TWO_DAYS = Limit(kind=LimitKind.WORKING_DAYS, amount=2)
OPERATIONS = (
    (Recompute(), ic.ApplyRegime),
    (DispatchAgain(), ic.DispatchItem),
    (DispatchAgain(unit="sanitation"), ic.DispatchItem),
    (Transfer(to="sanitation"), ic.TransferItem),
    (Merge(into=i.OTHER_ITEM), ic.MergeItem),
    (Void(), ic.VoidItem),
    (Extend(by=TWO_DAYS), ic.ExtendItem),
)


class TestProgress:
    def test_pages_add_up_until_nothing_is_left(self):
        life = s.given(s.start).when(s.progress).then(BulkProgressed).when(s.last_page)
        life.then(BulkProgressed, BulkFinished)
        assert (life.progress.done, life.progress.skipped, life.progress.cursor) == (3, 2, s.LAST)
        assert life.progress.refusals == {"wrong_step": 2}
        assert life.bulk is not None
        assert life.bulk.status == "finished"

    def test_nothing_to_do_is_finished_at_once(self):
        s.given(s.start).when(s.nothing_left).then(BulkFinished)

    def test_a_page_that_ran_twice_counts_once(self):
        s.given(s.start, s.progress).when(s.progress).then()

    def test_a_page_under_way_when_somebody_pauses_still_counts(self):
        life = s.given(s.start, s.pause).when(s.progress).then(BulkProgressed)
        assert life.bulk is not None
        assert life.bulk.status == "paused"

    def test_after_the_end_nothing_counts_any_more(self):
        s.given(s.start, s.cancel).when(s.progress).then()

    def test_time_never_goes_back(self):
        life = s.given(s.start)
        early = s.progress.at(life.now - timedelta(hours=1))
        assert life.when(early).history[-1].occurred_at == life.now


class TestSteering:
    def test_it_is_paused_resumed_and_cancelled(self):
        life = s.given(s.start).when(s.pause).then(BulkPaused).when(s.resume).then(BulkResumed)
        life.when(s.cancel).then(BulkCancelled)

    def test_what_is_paused_can_be_cancelled(self):
        s.given(s.start, s.pause).when(s.cancel).then(BulkCancelled)

    @pytest.mark.parametrize(
        ("before", "deed", "reason"),
        [
            ((s.start,), s.start, r.BulkAlreadyStarted),
            ((), s.pause, r.NoSuchBulkOperation),
            ((s.start, s.pause), s.pause, r.BulkNotWorking),
            ((s.start,), s.resume, r.BulkNotPaused),
            ((s.start, s.cancel), s.cancel, r.BulkIsOver),
            ((), s.start.with_(selection=Selection()), r.SelectionTooWide),
            ((), s.start.with_(operation=Void(), selection=Selection()), r.SelectionTooWide),
            ((), s.start.with_(operation=Merge(into=i.ITEM)), r.SelectionTooWide),
            ((), s.start.with_(operation=Transfer(to="old-squad")), UnknownUnit),
            ((), s.start.with_(operation=DispatchAgain(unit="nobody")), UnknownUnit),
        ],
    )
    def test_what_cannot_be_is_refused(self, before, deed, reason):
        s.given(*before).when(deed).rejected(reason)

    def test_only_rules_may_be_applied_to_everything(self):
        s.given(s.start.with_(operation=Recompute(), selection=Selection())).then(BulkStarted)

    def test_a_campaign_recomputes_its_own_items(self):
        (started,) = s.given(s.recompute).then(BulkStarted).history
        assert isinstance(started, BulkStarted)
        assert (started.operation, started.selection) == (Recompute(), Selection(campaign_id="county-2026"))

    @pytest.mark.parametrize("deed", s.DEEDS, ids=lambda deed: deed.command.__name__)
    def test_the_office_steers_and_the_service_works(self, deed):
        service = deed.command in (c.StartRecomputation, c.RecordBulkProgress)
        for actor in i.EVERYBODY:
            outcome = s.given().when(deed.by(actor)).outcome
            assert isinstance(outcome, Forbidden) == (actor.role is not (Role.SYSTEM if service else Role.OFFICE))

    def test_every_command_has_its_roles(self):
        assert set(get_args(c.BulkCommand)) == set(ALLOWED)

    def test_a_damaged_history_is_noticed(self):
        life = s.given(s.start, s.cancel)
        for event in life.history:
            with pytest.raises(ImpossibleBulkHistoryError):
                evolve(life.bulk, event)
        with pytest.raises(ImpossibleBulkHistoryError):
            fold(life.history[1:])
        assert decide


class TestWhatItAsksOfAnItem:
    @pytest.mark.parametrize(("operation", "command"), OPERATIONS)
    def test_each_operation_is_a_command_in_the_name_of_who_started_it(self, operation, command):
        progress = s.given(s.start).progress.model_copy(update={"operation": operation})
        item = i.given(i.report).state
        asked = command_for(progress, item, i.START, i.RULES, into_is_open=True)
        assert type(asked) is command
        assert asked.actor == i.OFFICE
        assert asked.command_id == f"bulk:{s.OPERATION}:{i.ITEM}"

    def test_what_has_no_route_is_left_alone(self):
        progress = s.given(s.start).progress.model_copy(update={"operation": DispatchAgain()})
        nobody = i.ISSUE.model_copy(update={"category": "litter", "area": "city"})
        item = i.given(i.report.with_(issue=nobody)).state
        assert command_for(progress, item, i.START, i.RULES, into_is_open=False) is None

    def test_a_transfer_keeps_the_supporting_units_but_the_new_lead(self):
        progress = s.given(s.start).progress.model_copy(update={"operation": Transfer(to="sanitation")})
        item = i.given(i.report, i.dispatch.with_(supporting=("sanitation", "east-street"))).state
        asked = command_for(progress, item, i.START, i.RULES, into_is_open=False)
        assert isinstance(asked, ic.TransferItem)
        assert (asked.unit, asked.supporting) == ("sanitation", ("east-street",))
