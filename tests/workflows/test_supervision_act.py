"""Acts of supervision in skipped time: issued in their time with number and files, withdrawn, recorded late."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from temporalio.testing import WorkflowEnvironment

from activities.act_steps import ActSteps
from activities.notices import Moment
from domain.calendar import WorkCalendar
from domain.item import commands as i
from domain.ladder import Rung
from domain.supervision import commands as c
from domain.supervision import occasion as o
from services.documents.desk import Desk
from services.embedded.databases import DatabaseAddresses
from services.handling.act_completion import ActCompletion
from services.worker.act_port import ActsInStore
from tests.workflows.issuing import A_MOMENT, Issuing, asked, at_work, issuing
from tests.workflows.town import OFFICE, Town, town, working

INTERVIEW = {
    "interviewer": "p-leader",
    "interviewed": ("p-head",),
    "account": "约谈主要负责人",
    "undertaking": "一周内整改",
}


async def calendar_of(place: Town) -> WorkCalendar:
    return (await place.rulebooks.current()).regime().calendar


async def test_a_reminder_is_issued_as_the_next_working_day_begins(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment
):
    async with issuing(database, time_skipping) as place:
        act = await asked(place, time_skipping, Rung.REMIND)
        issue_at = (await act.state()).file.planned.issue_at
        assert issue_at - await time_skipping.get_current_time() > timedelta(hours=8)
        assert "待制发" in await act.workflow.query("waiting_for")
        await act.pass_until(issue_at)
        assert await act.workflow.result() == "issued"
        issued = (await act.state()).file.issued
        assert issued is not None
        assert issue_at <= issued.occurred_at < issue_at + A_MOMENT
        assert issued.number.text.endswith("〕1号")
        assert [(ref.kind, ref.format) for ref in issued.documents] == [
            ("reminder_notice", "docx"),
            ("reminder_notice", "pdf"),
        ]


@pytest.mark.parametrize("rung", [Rung.SUPERVISE, Rung.CRITICISE])
async def test_a_higher_act_is_issued_at_once(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment, rung: Rung
):
    async with issuing(database, time_skipping) as place:
        act = await asked(place, time_skipping, rung)
        assert await act.workflow.result() == "issued"
        assert await act.types() == ["planned", "issued"]


async def test_what_is_asked_for_at_night_is_issued_in_the_morning(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment
):
    async with issuing(database, time_skipping) as place:
        calendar = await calendar_of(place)
        now = await time_skipping.get_current_time()
        await time_skipping.sleep(now.replace(hour=15) - now + timedelta(days=1))  # 23:00 in the town
        act = await asked(place, time_skipping, Rung.SUPERVISE)
        await act.pass_until((await act.state()).file.planned.issue_at)
        assert await act.workflow.result() == "issued"
        issued = (await act.state()).file.issued
        assert issued is not None
        assert calendar.is_working(issued.occurred_at)


async def test_an_act_whose_item_is_over_is_withdrawn(database: DatabaseAddresses, time_skipping: WorkflowEnvironment):
    async with issuing(database, time_skipping) as place:
        now = await time_skipping.get_current_time()
        item_id = await place.report(now)
        reminder = await asked(place, time_skipping, Rung.REMIND, item_id)
        await place.give(i.VoidItem, item_id, now, OFFICE, reason="误报")
        order = await asked(place, time_skipping, Rung.SUPERVISE, item_id)
        await reminder.pass_until((await reminder.state()).file.planned.issue_at)
        for act in (reminder, order):
            assert await act.workflow.result() == "withdrawn"
            assert (await act.events())[-1].reason == o.CLOSED


async def test_nobody_is_reminded_of_what_was_suspended_or_done_overnight_but_orders_stand(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment
):
    async with issuing(database, time_skipping) as place:
        now = await time_skipping.get_current_time()
        done, suspended = await place.report(now), await place.report(now)
        reminders = [await asked(place, time_skipping, Rung.REMIND, item_id) for item_id in (done, suspended)]
        await place.accept(done, now)
        later = now + timedelta(days=30)
        await place.give(i.SuspendItem, suspended, now, OFFICE, reason="等待资金", review_on=later)
        order = await asked(place, time_skipping, Rung.SUPERVISE, suspended)
        assert await order.workflow.result() == "issued"
        await reminders[0].pass_until((await reminders[0].state()).file.planned.issue_at)
        assert [await act.workflow.result() for act in reminders] == ["withdrawn", "withdrawn"]
        assert [(await act.events())[-1].reason for act in reminders] == [o.STEP_DONE, o.SUSPENDED]


async def test_the_office_withdraws_a_reminder_overnight(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment
):
    async with issuing(database, time_skipping) as place:
        act = await asked(place, time_skipping, Rung.REMIND)
        await act.do(c.WithdrawAct, OFFICE, reason="已电话督促")
        assert await act.workflow.result() == "withdrawn"
        assert await act.types() == ["planned", "withdrawn"]


async def test_a_summons_waits_for_its_record_and_marks_it_as_late_once(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment
):
    async with issuing(database, time_skipping) as place:
        act = await asked(place, time_skipping, Rung.SUMMON)
        await time_skipping.sleep(A_MOMENT)
        due_at = await deadline(act)
        assert "待约谈" in await act.workflow.query("waiting_for")
        await act.pass_until(due_at)
        await time_skipping.sleep(timedelta(days=20))
        assert await act.types() == ["planned", "issued", "fell_overdue"]
        await act.do(c.RecordInterview, OFFICE, held_at=due_at, **INTERVIEW)
        assert await act.workflow.result() == "recorded"
        recorded = (await act.state()).file.recorded
        assert recorded is not None
        assert recorded.late
        assert [ref.kind for ref in recorded.documents] == ["interview_record"] * 2


async def test_a_record_in_time_ends_the_wait(database: DatabaseAddresses, time_skipping: WorkflowEnvironment):
    async with issuing(database, time_skipping) as place:
        act = await asked(place, time_skipping, Rung.SUMMON)
        await time_skipping.sleep(timedelta(days=1))
        await act.do(c.RecordInterview, OFFICE, held_at=await time_skipping.get_current_time(), **INTERVIEW)
        assert await act.workflow.result() == "recorded"
        assert await act.types() == ["planned", "issued", "interview_recorded"]


async def test_steps_that_run_twice_change_nothing_the_second_time(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment
):
    async with issuing(database, time_skipping) as place:
        act = await asked(place, time_skipping, Rung.SUPERVISE)
        assert await act.workflow.result() == "issued"
        issued = (await act.state()).file.issued
        assert issued is not None
        for at in (issued.occurred_at, issued.occurred_at + timedelta(days=1)):
            again = Moment(stream_id=act.act_id, version=1, due="issue", at=at)
            assert (await act.steps.issue_act(again)).version == 2
            assert (await act.steps.mark_record_overdue(again)).version == 2
        (other, *_) = [await asked(place, time_skipping, Rung.SUPERVISE)]
        assert await other.workflow.result() == "issued"
        second = (await other.state()).file.issued
        assert second is not None
        assert (issued.number.sequence, second.number.sequence) == (1, 2)


async def test_what_is_late_to_be_issued_waits_for_the_morning(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment
):
    env = time_skipping
    async with town(database.app, env.client, await env.get_current_time()) as place:  # nobody is at work in it
        await at_work(env, place)
        act = await asked(place, env, Rung.SUPERVISE, watched=False)
        night = (await act.state()).file.planned.issue_at.replace(hour=20)
        answer = await act.steps.issue_act(Moment(stream_id=act.act_id, version=1, due="issue", at=night))
        assert (answer.step, answer.next_due) == ("planned", "issue")
        assert answer.next_due_at == (await calendar_of(place)).next_working_instant(night)


class FailingDesk(Desk):
    """Fails at first, as when the disk is full."""

    failures = 1

    async def draw_up(self, connection: Any, letter: Any) -> Any:
        drawn_up = await super().draw_up(connection, letter)
        if self.failures:
            self.failures -= 1
            raise RuntimeError("no space left")
        return drawn_up


async def test_an_act_that_could_not_be_drawn_up_is_tried_again_and_keeps_its_number(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment
):
    env = time_skipping
    async with town(database.app, env.client, await env.get_current_time()) as place:
        desk = FailingDesk(place.store._pool)
        steps = ActSteps(ActsInStore(place.store, place.rulebooks, place.handler, ActCompletion(desk)))
        async with working(place, steps):
            await at_work(env, place)
            act = await asked(place, env, Rung.SUPERVISE)
            assert await act.workflow.result() == "issued"
        issued = (await act.state()).file.issued
        assert issued is not None
        assert (desk.failures, issued.number.sequence) == (0, 1)


async def deadline(act: Issuing) -> datetime:
    state: Any = await act.state()
    return state.clock.due_at
