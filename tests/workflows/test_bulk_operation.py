"""Bulk operations: every item once, whoever stops them and whatever fails in the middle."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from temporalio.testing import WorkflowEnvironment

import activities.bulk_work
from activities.bulk_work import BulkWork
from activities.notices import Moment
from activities.streams import StoreAwayError
from domain.bulk import commands as c
from domain.bulk.values import DispatchAgain, Extend, Merge, Recompute, Selection, Transfer, Void
from domain.limits import Limit, LimitKind
from domain.organisation.commands import RegisterUnit
from domain.organisation.state import Unit
from services.embedded.databases import DatabaseAddresses
from services.handling.aggregates import BULK, UNIT
from services.handling.command_handler import Wish
from services.store.bulk_queries import BulkQueries
from services.temporal.watched import workflow_id
from services.worker.bulk_port import BulkOperationsInStore
from tests.workflows.campaigning import text
from tests.workflows.town import OFFICE, Town, town, working

WEEK = Limit(kind=LimitKind.WORKING_DAYS, amount=5)
OF_ALL = Selection(units=("city-management",))


class Failing:
    """An event store that goes away in the middle of pages: before something is done, or after."""

    def __init__(self, operations: Any, faults: int) -> None:
        self._operations = operations
        self.faults = faults

    def __getattr__(self, name: str) -> Any:
        return getattr(self._operations, name)

    async def carry_out_all(self, commands: Mapping[UUID, Any]) -> Sequence[str | None]:
        half = dict(list(commands.items())[: len(commands) // 2])
        if self.faults % 2 == 1:
            self.faults -= 1
            await self._operations.carry_out_all(half)
            raise StoreAwayError("in the middle")
        return await self._operations.carry_out_all(commands)

    async def carry_out(self, stream_id: UUID, command: Any) -> None:
        await self._operations.carry_out(stream_id, command)
        if self.faults > 0:
            self.faults -= 1
            raise StoreAwayError("after it was recorded")


def operations(place: Town) -> BulkOperationsInStore:
    queries = BulkQueries(place.store._pool)
    return BulkOperationsInStore(place.store, place.rulebooks, place.handler, queries)


async def start(place: Town, at: Any, operation: Any, selection: Selection = OF_ALL) -> UUID:
    operation_id = BULK.stream(uuid4().hex)
    command = c.StartBulk(
        command_id=f"start:{operation_id}",
        at=at,
        actor=OFFICE,
        operation_id=operation_id,
        operation=operation,
        selection=selection,
        reason="机构改革",
        total=0,
    )
    await place.handler.handle(Wish(BULK, operation_id, command, new=True))
    return operation_id


async def steer(place: Town, operation_id: UUID, kind: type[Any], at: Any) -> None:
    command = kind(command_id=uuid4().hex, at=at, actor=OFFICE, reason="核对名单")
    await place.handler.handle(Wish(BULK, operation_id, command))
    await place.tell(operation_id)


async def finished(place: Town, operation_id: UUID) -> Any:
    await place.tell(operation_id)
    async with asyncio.timeout(60):
        result = await place.client.get_workflow_handle(workflow_id("bulk", operation_id)).result()
    progress = (await operations(place).standing(operation_id)).state.progress
    return result, progress


async def accepted(place: Town, at: Any, count: int) -> list[UUID]:
    items = [await place.report(at) for _ in range(count)]
    for item_id in items:
        await place.accept(item_id, at)
    return items


async def test_every_item_is_asked_once_page_by_page_although_pages_fail_and_answers_are_lost(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(activities.bulk_work, "PAGE", 7)
    now = await time_skipping.get_current_time()
    async with town(database.app, time_skipping.client, now) as place:
        await another_unit(place, now)
        items = await accepted(place, now, 30)
        submitted = items[:5]
        for item_id in submitted:
            await place.submit(item_id, now)
        work = BulkWork(Failing(operations(place), 3))
        async with working(place, work):
            operation_id = await start(place, now, Transfer(to="parks"))
            result, progress = await finished(place, operation_id)

        assert (result, progress.done, progress.skipped) == ("finished", 25, 5)
        assert progress.refusals == {"wrong_step": 5}
        for item_id in items:
            transferred = await place.events(item_id, "item.transferred.v1")
            assert len(transferred) == (0 if item_id in submitted else 1)
            assert all(event.reason == "机构改革" and event.assignment.unit == "parks" for event in transferred)


async def test_a_paused_operation_does_nothing_until_it_is_resumed(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment
):
    now = await time_skipping.get_current_time()
    async with town(database.app, time_skipping.client, now) as place, working(place, BulkWork(operations(place))):
        (item_id,) = await accepted(place, now, 1)
        operation_id = await start(place, now, Void())
        await steer(place, operation_id, c.PauseBulk, now)
        await time_skipping.sleep(3600)
        assert (await place.item(item_id)).status == "rectifying"
        watching = place.client.get_workflow_handle(workflow_id("bulk", operation_id))
        assert "已暂停" in await watching.query("waiting_for")

        await steer(place, operation_id, c.ResumeBulk, await time_skipping.get_current_time())
        assert (await finished(place, operation_id))[0] == "finished"
        assert (await place.item(item_id)).status == "voided"


async def test_a_cancelled_operation_ends_and_what_was_done_stays_done(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(activities.bulk_work, "PAGE", 2)
    now = await time_skipping.get_current_time()
    async with town(database.app, time_skipping.client, now) as place:
        items = await accepted(place, now, 6)
        operation_id = await start(place, now, Void())
        work = BulkWork(operations(place))
        standing = await work.operations.standing(operation_id)
        moment = Moment(stream_id=operation_id, version=standing.version, due="page", at=now)
        await work.work_through_page(moment)
        async with working(place, work):
            await steer(place, operation_id, c.CancelBulk, now)
            result, progress = await finished(place, operation_id)
        assert (result, progress.done) == ("cancelled", 2)
        assert [(await place.item(item_id)).status for item_id in items].count("voided") == 2


async def test_a_page_that_runs_again_before_it_is_recorded_changes_nothing(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment
):
    now = await time_skipping.get_current_time()
    async with town(database.app, time_skipping.client, now) as place:
        items = await accepted(place, now, 4)
        operation_id = await start(place, now, Extend(by=WEEK))
        work = BulkWork(operations(place))
        moment = Moment(stream_id=operation_id, version=1, due="page", at=now)
        first = await work.work_through_page(moment)
        again = await work.work_through_page(moment)
        assert first == again
        for item_id in items:
            assert len(await place.events(item_id, "item.extension_granted.v1")) == 1


@pytest.mark.parametrize(
    ("operation", "event"),
    [
        (DispatchAgain(), "item.dispatched.v1"),
        (DispatchAgain(unit="parks"), "item.dispatched.v1"),
        (Transfer(to="parks"), "item.transferred.v1"),
        (Void(), "item.voided.v1"),
    ],
)
async def test_what_waits_for_acceptance_can_be_moved_and_ended(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment, operation: Any, event: str
):
    now = await time_skipping.get_current_time()
    async with town(database.app, time_skipping.client, now) as place:
        await another_unit(place, now)
        item_id = await place.report(now)
        before = len(await place.events(item_id, event))
        operation_id = await start(place, now, operation)
        await worked_off(place, operation_id, now)
        assert len(await place.events(item_id, event)) == before + 1


async def test_duplicates_are_merged_into_the_one_that_carries_on(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment
):
    now = await time_skipping.get_current_time()
    async with town(database.app, time_skipping.client, now) as place:
        into, *duplicates = [await place.report(now) for _ in range(4)]
        operation_id = await start(place, now, Merge(into=into), Selection(items=(into, *duplicates)))
        progress = await worked_off(place, operation_id, now)
        assert (progress.done, progress.refusals) == (3, {"merged_into_itself": 1})
        assert {(await place.item(item_id)).status for item_id in duplicates} == {"merged"}
        assert (await place.item(into)).status == "dispatched"
        absorbed = await place.events(into, "item.absorbed.v1")
        assert {event.item for event in absorbed} == set(duplicates)


async def test_nothing_outside_the_selection_is_touched(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment
):
    now = await time_skipping.get_current_time()
    async with town(database.app, time_skipping.client, now) as place:
        dispatched, rectifying = await place.report(now), (await accepted(place, now, 1))[0]
        selection = Selection(areas=("old-town",), categories=("stalls",), statuses=("rectifying",))
        await worked_off(place, await start(place, now, Void(), selection), now)
        assert (await place.item(dispatched)).status == "dispatched"
        assert (await place.item(rectifying)).status == "voided"
        elsewhere = Selection(areas=("new-town",))
        assert (await worked_off(place, await start(place, now, Void(), elsewhere), now)).done == 0
        same_rules = await worked_off(place, await start(place, now, Recompute(), Selection()), now)
        assert same_rules.refusals == {"deadline_unchanged": 1}


async def worked_off(place: Town, operation_id: UUID, at: Any) -> Any:
    """Run its one page without a workflow."""
    work = BulkWork(operations(place))
    await work.work_through_page(Moment(stream_id=operation_id, version=1, due="page", at=at))
    return (await work.operations.standing(operation_id)).state.progress


async def another_unit(place: Town, at: Any) -> None:
    parks = RegisterUnit(command_id="parks", at=at, actor=OFFICE, unit=Unit(code="parks", name=text("园林处")))
    await place.handler.handle(Wish(UNIT, UNIT.stream("parks"), parks, new=True))
    await place.rulebooks.current(newest=True)
