"""Items that people move along in time: the process follows them and keeps quiet."""

from datetime import datetime, timedelta

from temporalio.client import WorkflowExecutionStatus
from temporalio.testing import WorkflowEnvironment

from activities.notices import Notice
from domain.item import commands as c
from domain.item.state import Reported
from domain.ladder import RUNGS, Rung
from services.embedded.databases import DatabaseAddresses
from services.handling.aggregates import ITEM
from tests.workflows.town import INSPECTOR, OFFICE, PROOF, town, working

CLIMBED = "item.rung_climbed.v1"
OVERDUE = "item.fell_overdue.v1"


async def test_whoever_acts_in_time_is_left_in_peace_from_acceptance_to_archive(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment
):
    async def an_hour_later() -> datetime:
        await time_skipping.sleep(timedelta(hours=1))
        return await time_skipping.get_current_time()

    now = await time_skipping.get_current_time()
    async with town(database.app, time_skipping.client, now) as place, working(place):
        item_id = await place.report(now)
        await place.tell(item_id)
        watching = place.workflow(item_id)
        steps = (
            ("整改中", lambda at: place.accept(item_id, at)),
            ("待核查", lambda at: place.submit(item_id, at)),
            ("整改中", lambda at: place.give(c.SendBack, item_id, at, INSPECTOR, reason="仍有摊点")),
            ("待核查", lambda at: place.submit(item_id, at)),
            ("待回头看", lambda at: place.give(c.PassCheck, item_id, at, INSPECTOR)),
        )
        for stage, act in steps:
            await act(await an_hour_later())
            await place.tell(item_id)
            assert stage in await watching.query("waiting_for")
        await place.give(c.ConfirmRecheck, item_id, await an_hour_later(), INSPECTOR, evidence=PROOF)
        await place.tell(item_id)

        assert await watching.result() == "archived"
        assert await place.events(item_id, CLIMBED, OVERDUE) == []


async def test_a_suspension_stops_the_ladder_and_resuming_lets_it_go_on(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment
):
    now = await time_skipping.get_current_time()
    async with town(database.app, time_skipping.client, now) as place, working(place):
        item_id = await place.report(now)
        await place.tell(item_id)
        await place.accept(item_id, now)
        review_on = now + timedelta(days=60)
        await place.give(c.SuspendItem, item_id, now, OFFICE, reason="待省级资金", review_on=review_on)
        await place.tell(item_id)
        await time_skipping.sleep(timedelta(days=90))

        assert await place.events(item_id, CLIMBED, OVERDUE) == []
        reviews = await place.events(item_id, "item.suspension_review_fell_due.v1")
        assert [review.review_on for review in reviews] == [review_on + timedelta(weeks=week) for week in range(5)]
        assert all(timedelta(0) <= review.occurred_at - review.review_on < timedelta(seconds=2) for review in reviews)

        later = await time_skipping.get_current_time()
        await place.give(c.ResumeItem, item_id, later, OFFICE, reason="资金到位")
        planned = (await place.item(item_id)).clock.planned
        await place.tell(item_id)
        await time_skipping.sleep(planned[-1].at - later + timedelta(hours=1))

        assert [event.rung for event in await place.events(item_id, CLIMBED)] == list(RUNGS)
        await place.workflow(item_id).terminate()


async def test_an_older_notice_changes_nothing(database: DatabaseAddresses, time_skipping: WorkflowEnvironment):
    now = await time_skipping.get_current_time()
    async with town(database.app, time_skipping.client, now) as place, working(place):
        item_id = await place.report(now)
        await place.accept(item_id, now)
        await place.tell(item_id)
        watching = place.workflow(item_id)
        expected = await watching.query("waiting_for")
        for step in ("dispatched", "voided"):
            await watching.signal("notice", Notice(version=2, step=step, next_due_at=now, next_due="warn"))

        assert await watching.query("waiting_for") == expected
        assert (await watching.describe()).status is WorkflowExecutionStatus.RUNNING
        assert await place.events(item_id, CLIMBED) == []
        await watching.terminate()


async def test_a_rung_that_is_late_waits_for_working_hours(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment
):
    now = await time_skipping.get_current_time()
    async with town(database.app, time_skipping.client, now) as place, working(place):
        calendar = (await place.rulebooks.current()).regime().calendar
        item_id = await place.report(now)
        supervise = next(step for step in (await place.item(item_id)).clock.planned if step.rung is Rung.SUPERVISE)
        # Nobody was told until the night after the rung was due.
        night = supervise.at.replace(hour=16, minute=0) + timedelta(days=1)
        await time_skipping.sleep(night - now)
        await place.tell(item_id)
        await time_skipping.sleep(timedelta(minutes=5))
        assert len(await place.events(item_id, OVERDUE)) == 1
        assert await place.events(item_id, CLIMBED) == []

        at = await time_skipping.get_current_time()
        opening = calendar.next_working_instant(at)
        await time_skipping.sleep(opening - at + timedelta(minutes=1))
        climbed = await place.events(item_id, CLIMBED)
        assert [event.rung for event in climbed] == [Rung.WARN, Rung.REMIND, Rung.SUPERVISE]
        assert all(opening <= event.occurred_at < opening + timedelta(seconds=2) for event in climbed)
        await place.workflow(item_id).terminate()


async def test_after_a_recurrence_a_new_item_carries_on(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment
):
    now = await time_skipping.get_current_time()
    async with town(database.app, time_skipping.client, now) as place, working(place):
        item_id = await place.report(now)
        await place.accept(item_id, now)
        await place.submit(item_id, now)
        await place.give(c.PassCheck, item_id, now, INSPECTOR)
        new_item = ITEM.stream(f"recurrence\n{item_id}")
        await place.give(c.RecordRecurrence, item_id, now, INSPECTOR, new_item=new_item, note="摊点又回来了")
        await place.tell(item_id)

        assert await place.workflow(item_id).result() == "recurred"
        carrying_on = await place.item(new_item)
        assert not isinstance(carrying_on, Reported)
        assert carrying_on.dossier.recurrence_of == item_id
        assert carrying_on.dossier.issue.area == "old-town"
