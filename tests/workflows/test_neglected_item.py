"""An item that nobody looks after, over weeks of skipped time."""

from datetime import timedelta

from temporalio.testing import WorkflowEnvironment

from domain.item import commands as c
from domain.item.state import Dispatched
from domain.ladder import RUNGS
from services.embedded.databases import DatabaseAddresses
from tests.workflows.town import OFFICE, town, working

A_MOMENT = timedelta(seconds=2)


async def test_a_neglected_item_climbs_every_rung_at_its_planned_instant(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment
):
    now = await time_skipping.get_current_time()
    async with town(database.app, time_skipping.client, now) as place, working(place):
        item_id = await place.report(now)
        planned = (await place.item(item_id)).clock.planned
        await place.tell(item_id)
        await time_skipping.sleep(planned[-1].at - now + timedelta(hours=1))

        climbed = await place.events(item_id, "item.rung_climbed.v1")
        assert [event.rung for event in climbed] == list(RUNGS)
        assert [event.planned_at for event in climbed] == [step.at for step in planned]
        assert all(event.planned_at <= event.occurred_at < event.planned_at + A_MOMENT for event in climbed)
        (overdue,) = await place.events(item_id, "item.fell_overdue.v1")
        assert overdue.due_at <= overdue.occurred_at < overdue.due_at + A_MOMENT
        assert len(await place.events(item_id, "item.accountability_fell_due.v1")) == 1
        assert isinstance(await place.item(item_id), Dispatched)
        assert "待签收" in await place.workflow(item_id).query("waiting_for")

        later = await time_skipping.get_current_time()
        await place.give(c.VoidItem, item_id, later, OFFICE, reason="试验结束")
        await place.tell(item_id)
        assert await place.workflow(item_id).result() == "voided"
        assert await place.tell(item_id) is False
