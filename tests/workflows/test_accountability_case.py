"""Accountability cases from opened to closed in skipped time: heard or silent, appealed or not, late or withdrawn."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from temporalio.testing import WorkflowEnvironment

from activities.case_steps import CaseSteps
from activities.notices import Moment
from domain.accountability import commands as c
from domain.accountability import events as e
from domain.accountability.rules import Measure
from domain.accountability.state import CASES, Case, running_clock
from domain.accountability.values import RungCause
from domain.actor import Actor, Role
from domain.clock import ClockKind
from domain.ladder import Rung
from domain.text import Text
from services.documents.desk import Desk
from services.embedded.databases import DatabaseAddresses
from services.handling.aggregates import CASE
from services.handling.case_completion import CaseCompletion
from services.handling.command_handler import Wish
from services.store.pools import open_pool
from services.temporal.watched import workflow_id
from services.worker.case_port import CasesInStore
from tests.workflows.town import HANDLER, OFFICE, Town, town, working

SERVICE = Actor(principal="service:consequences", role=Role.SYSTEM)
LEADER = Actor(principal="user:leader", role=Role.LEADER)
DEPUTY = Actor(principal="user:deputy", role=Role.LEADER)
A_MOMENT = timedelta(seconds=5)
TITLE = Text(zh="占道经营逾期未改", en="Stalls not removed in time")


@dataclass
class Accused:
    """A case in the town, and those who act on it."""

    place: Town
    env: WorkflowEnvironment
    completion: CaseCompletion
    steps: CaseSteps
    case_id: UUID
    watched: bool = True

    @property
    def workflow(self) -> Any:
        return self.place.client.get_workflow_handle(workflow_id("case", self.case_id))

    async def do(self, command: type[Any], actor: Actor, **content: Any) -> None:
        now = await self.env.get_current_time()
        asked = command(command_id=f"{command.__name__}:{self.case_id}", at=now, actor=actor, **content)
        await self.place.handler.handle(Wish(CASE, self.case_id, asked, completed=self.completion.of(asked)))
        if self.watched:
            await self.place.tell(self.case_id)

    async def open(self) -> None:
        cause = RungCause(
            source="item",
            stream_id=uuid4(),
            number="2026-0000001",
            title=TITLE.zh,
            clock_id="rectify-1",
            clock_kind=ClockKind.RECTIFY,
            rung=Rung.HOLD_TO_ACCOUNT,
            climbed_at=await self.env.get_current_time(),
        )
        await self.do(c.OpenCase, SERVICE, case_id=self.case_id, unit="city-management", title=TITLE, cause=cause)

    async def state(self) -> Case:
        stored = await self.place.store.state(self.case_id)
        assert stored is not None
        return CASES.validate_json(stored.state)

    async def events(self, *kinds: type[Any]) -> list[Any]:
        stored = await self.place.store.stream(self.case_id)
        found = [CASE.events.validate_json(event.data) for event in stored]
        return [event for event in found if not kinds or isinstance(event, kinds)]

    async def pass_the_deadline(self) -> datetime:
        """Let the running clock run out; returns its due instant."""
        clock = running_clock(await self.state())
        assert clock is not None
        assert clock.due_at is not None
        await self.env.sleep(clock.due_at - await self.env.get_current_time() + A_MOMENT)
        return clock.due_at

    async def pass_until_notified(self) -> None:
        calendar = (await self.place.rulebooks.current()).regime().calendar
        now = await self.env.get_current_time()
        await self.env.sleep(calendar.next_working_instant(now) - now + A_MOMENT)


@asynccontextmanager
async def accused(database: DatabaseAddresses, env: WorkflowEnvironment) -> AsyncGenerator[Accused]:
    pool = await open_pool(database.app)
    try:
        async with town(database.app, env.client, await env.get_current_time()) as place:
            completion = CaseCompletion(Desk(pool))
            steps = CaseSteps(CasesInStore(place.store, place.rulebooks, place.handler, completion))
            async with working(place, steps):
                case = Accused(place, env, completion, steps, uuid4())
                await case.open()
                yield case
    finally:
        await pool.close()


async def test_a_silent_unit_is_decided_about_and_the_decision_stands_without_an_appeal(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment
):
    async with accused(database, time_skipping) as case:
        opened_at = await time_skipping.get_current_time()
        await case.pass_until_notified()
        (notified,) = await case.events(e.UnitNotified)
        calendar = (await case.place.rulebooks.current()).regime().calendar
        assert calendar.is_working(notified.occurred_at)
        assert notified.occurred_at >= opened_at
        assert [(ref.kind, ref.format) for ref in notified.documents] == [
            ("case_notice", "docx"),
            ("case_notice", "pdf"),
        ]
        assert "申辩期" in await case.workflow.query("waiting_for")

        due_at = await case.pass_the_deadline()
        (absent,) = await case.events(e.StatementAbsent)
        assert due_at == absent.due_at
        assert due_at <= absent.occurred_at < due_at + A_MOMENT

        await case.do(c.RecordFinding, OFFICE, finding="属实", proposed=Measure.EDUCATION)
        await case.do(c.DecideCase, LEADER, measure=Measure.PUBLIC_CRITICISM, reasons="多次督办未改")
        due_at = await case.pass_the_deadline()
        (lapsed,) = await case.events(e.AppealPeriodLapsed)
        assert due_at == lapsed.due_at
        await case.do(c.CarryOutDecision, OFFICE, account="已通报")
        assert await case.workflow.result() == "concluded"
        assert (await case.events())[-1].basis == "carried_out"


async def test_a_heard_unit_appeals_in_time_and_whoever_is_late_is_marked_once(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment
):
    async with accused(database, time_skipping) as case:
        await case.pass_until_notified()
        await case.do(c.SubmitStatement, HANDLER, statement="已增派人手")
        await case.pass_the_deadline()
        await case.do(c.RecordFinding, OFFICE, finding="部分属实", proposed=Measure.EDUCATION)
        await case.pass_the_deadline()
        await case.do(c.DecideCase, LEADER, measure=Measure.ADMONITION, reasons="情节较重")
        await case.do(c.AppealDecision, HANDLER, reasons="处理过重")
        await case.pass_the_deadline()
        await time_skipping.sleep(timedelta(days=3))
        await case.do(c.ReviewDecision, DEPUTY, upheld=True, measure=Measure.EDUCATION, reasons="已整改")
        await case.pass_the_deadline()
        late = [event.kind for event in await case.events(e.CaseFellOverdue)]
        assert late == [ClockKind.FINDING, ClockKind.DECISION, ClockKind.REVIEW, ClockKind.CARRY_OUT]
        assert await case.events(e.StatementAbsent, e.AppealPeriodLapsed) == []
        await case.do(c.CarryOutDecision, OFFICE, account="已批评教育")
        assert await case.workflow.result() == "concluded"


async def test_a_case_without_fault_and_a_withdrawn_one_are_over(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment
):
    async with accused(database, time_skipping) as case:
        await case.pass_until_notified()
        await case.do(c.SubmitStatement, HANDLER, statement="责任在建设单位")
        await case.do(c.RecordFinding, OFFICE, finding="责任不在该单位", proposed=Measure.NO_FAULT)
        await case.do(c.DecideCase, LEADER, measure=Measure.NO_FAULT, reasons="责任不在该单位")
        assert await case.workflow.result() == "concluded"

        other = Accused(case.place, time_skipping, case.completion, case.steps, uuid4())
        await other.open()
        await other.do(c.WithdrawCase, OFFICE, reason="立案对象有误")
        assert await other.workflow.result() == "withdrawn"


async def test_steps_that_run_twice_change_nothing_the_second_time(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment
):
    async with accused(database, time_skipping) as case:
        await case.pass_until_notified()
        (notified,) = await case.events(e.UnitNotified)
        stored = await case.place.store.state(case.case_id)
        assert stored is not None
        again = Moment(stream_id=case.case_id, version=1, due="notify", at=notified.occurred_at)
        answer = await case.steps.notify_unit(again)
        assert (answer.version, answer.step, answer.next_due) == (stored.version, "notified", "statement_over")
        early = Moment(stream_id=case.case_id, version=2, due="statement_over", at=notified.occurred_at)
        assert (await case.steps.record_absence_of_statement(early)).version == stored.version


async def test_a_notice_that_is_late_is_marked_so_before_it_goes_out(
    database: DatabaseAddresses, time_skipping: WorkflowEnvironment
):
    async with accused(database, time_skipping) as case:
        forgotten = Accused(case.place, time_skipping, case.completion, case.steps, uuid4(), watched=False)
        await forgotten.open()
        clock = running_clock(await forgotten.state())
        assert clock is not None
        assert clock.due_at is not None
        calendar = (await case.place.rulebooks.current()).regime().calendar
        evening = clock.due_at.replace(hour=12)  # 20:00 in the town
        for at in (evening, calendar.next_working_instant(evening)):
            answer = await forgotten.steps.notify_unit(
                Moment(stream_id=forgotten.case_id, version=1, due="notify", at=at)
            )
            assert answer.step == ("opened" if at == evening else "notified")
        assert [event.type for event in await forgotten.events()] == [
            *("case.opened.v1", "case.fell_overdue.v1", "case.unit_notified.v1")
        ]
